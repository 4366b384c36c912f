"""The messenger: one text for one service that apprise knows, as JSON on stdin; what became of it, as JSON on stdout.

Started by `monitor.notice` for each notice, and killed when it takes too long; should that process be gone, it ends by itself. Apprise
limits each word that a service says, not how long it says them, and only a process can be ended in the middle of that.
"""

import json
import os
import re
import sys
import threading


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not end up in the answer
    job = json.load(sys.stdin)
    end = threading.Timer(job["seconds"], os._exit, [1])
    end.daemon = True
    end.start()
    json.dump(hand_over(job["url"], title=job["title"], body=job["body"]), answers)
    answers.close()


def hand_over(url: str, *, title: str, body: str) -> dict[str, object]:
    import apprise

    said: list[str] = []
    messenger = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Fengping", async_mode=False))
    if not messenger.add(url):
        return {"known": False}
    markdown = messenger[0].notify_format is apprise.NotifyFormat.MARKDOWN  # and nothing else
    accepted = messenger.notify(
        body=as_markdown(body) if markdown else body,
        title=title,
        body_format=apprise.NotifyFormat.MARKDOWN if markdown else apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
        log_callback=lambda entry, _service: said.append(str(entry.message)),
        log_level=30,
    )
    return {"known": True, "accepted": bool(accepted), "said": said}


def as_markdown(body: str) -> str:
    """For a service that knows nothing else, as Teams: apprise would put a backslash before each dot of our link. What
    others wrote holds no mark and no address by now (`monitor.notice.harmless`), so that every address is ours."""
    lines = (re.sub(r"https?://\S+", r"[\g<0>](\g<0>)", line) for line in body.splitlines() if line)
    return "\n\n".join(lines)


if __name__ == "__main__":
    main()

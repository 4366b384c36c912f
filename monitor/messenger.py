"""The messenger: one text for one service that apprise knows, as JSON on stdin; what became of it, as JSON on stdout.

Started by `monitor.notice` for each notice, and killed when it takes too long; should that process be gone, it ends by itself. Apprise
limits each word that a service says, not how long it says them, and only a process can be ended in the middle of that.
"""

import json
import os
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
    accepted = messenger.notify(
        body=body,
        title=title,
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
        log_callback=lambda entry, _service: said.append(str(entry.message)),
        log_level=30,
    )
    return {"known": True, "accepted": bool(accepted), "said": said}


if __name__ == "__main__":
    main()

"""Telling people: one notice, written for one target, sent once per call.

A notice is plain values (what the outbox stores), so that it can be written again after a crash. `send` hands it to a
signed JSON webhook or, by apprise, to e-mail, DingTalk, Feishu, WeCom, Slack, Teams, Telegram and others. Mentions are
other people's words: they are quoted as plain text with the characters by which chat programs call people, link or
format made harmless.

The webhook's signature, verified in five lines:

    import hashlib, hmac, time
    signed = headers["X-Fengping-Timestamp"].encode() + b"." + body
    expected = "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, headers["X-Fengping-Signature"])
    assert abs(time.time() - int(headers["X-Fengping-Timestamp"])) < 300

`X-Fengping-Id` is the same for every try of one notice: a receiver that keeps the ids it has seen hears each once.
A target has `TIMEOUT` seconds for a webhook's answer, `MESSENGER` for anything else, however slowly it talks. Blind spots:
apprise says only that a service refused, and its log line, not whether a retry could help; a service that takes a notice and
is too slow to say so hears it again.
"""

import hashlib
import hmac
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import httpcore
import httpx

from collectors import network
from collectors.child import command
from errors import InputError, NotifyError
from monitor.plain import clean, mask_secrets

WEBHOOK, APPRISE = "webhook", "apprise"
TIMEOUT = 15.0  # seconds for a webhook to answer, from its name to its status
MESSENGER = 30.0  # seconds for anything else, the start of the process that tells it included
AT_ONCE = 6  # such processes; each takes 45 MB
_MESSENGERS = threading.BoundedSemaphore(AT_ONCE)
_QUOTE = 160
_LEVELS = {
    "en": {"blue": "Blue", "yellow": "Yellow", "orange": "Orange", "red": "Red"},
    "zh": {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"},
}
_EVENTS = {
    "en": {
        "opened": "new case",
        "raised": "case got worse",
        "escalated": "nobody has answered",
        "test": "test",
        "resolved": "case resolved",
        "digest": "{n} notices",
    },
    "zh": {
        "opened": "新事件",
        "raised": "事件升级",
        "escalated": "超时无人处理",
        "test": "测试",
        "resolved": "事件已处置",
        "digest": "{n} 条通知",
    },
}
_TEST = {
    "en": "This is a test from Fengping. If you can read it, notices reach you.",
    "zh": "这是风评发出的测试通知。看到它，说明通知可以送达。",
}  # fmt: skip


@dataclass(frozen=True)
class Quote:
    """One mention as a notice shows it."""

    id: int
    text: str
    source: str
    author: str | None
    published_at: str
    url: str | None


@dataclass(frozen=True)
class Notice:
    """What one target is told. `words` holds the arithmetic and `clock` by when to act, per language; `link` leads to the
    case."""

    event: str  # opened, raised, escalated, resolved, test, digest
    lang: str = "zh"
    case_id: int | None = None
    level: str = ""
    brand: str = ""
    title: str = ""
    words: dict[str, str] = field(default_factory=dict)
    since: str = ""
    owner: str = ""
    mentions: tuple[Quote, ...] = ()
    link: str = ""
    notices: tuple["Notice", ...] = ()  # of a digest
    clock: dict[str, str] = field(default_factory=dict)
    id: str = ""  # by which a receiver knows it again, given when it is sent


def notice_to_plain(notice: Notice) -> dict[str, Any]:
    return asdict(notice)


def notice_from_plain(plain: Mapping[str, Any]) -> Notice:
    values = dict(plain)
    values["mentions"] = tuple(Quote(**quote) for quote in values.get("mentions", ()))
    values["notices"] = tuple(notice_from_plain(one) for one in values.get("notices", ()))
    return Notice(**values)


def digest(notices: Sequence[Notice], lang: str) -> Notice:
    """Several notices as one, the gravest first."""
    order = ["", *_LEVELS["en"]]
    ranked = sorted(notices, key=lambda one: order.index(one.level) if one.level in order else 0, reverse=True)
    return Notice("digest", lang=lang, level=ranked[0].level, link=ranked[0].link, notices=tuple(ranked))


def subject(notice: Notice) -> str:
    """One line: level, brand, what happened."""
    lang = notice.lang if notice.lang in _EVENTS else "en"
    event = _EVENTS[lang].get(notice.event, notice.event).format(n=len(notice.notices))
    level = _LEVELS[lang].get(notice.level, "")
    start = f"[{level}] " if level else ""
    named = notice.brand and notice.brand not in notice.title  # a title that a person gave need not name the brand
    about = harmless(
        " · ".join([notice.brand, notice.title] if named and notice.title else [notice.title or notice.brand])
    )
    return f"{start}{'风评' if lang == 'zh' else 'Fengping'}: {event}" + (f" · {about}" if about else "")


def body(notice: Notice) -> str:
    """The notice in words: arithmetic, the mentions behind it, the link. Plain text."""
    lang = notice.lang if notice.lang in _EVENTS else "en"
    if notice.event == "test":
        return "\n\n".join([_TEST[lang], notice.link]).strip()
    if notice.event == "digest":
        return "\n\n".join(f"{subject(one)}\n{_said(one, lang)}\n{one.link}" for one in notice.notices)
    parts = [_said(notice, lang)]
    if notice.mentions:
        parts.append("\n".join(_quoted(quote, lang) for quote in notice.mentions[:3]))
    if notice.owner:
        parts.append(f"{'负责人' if lang == 'zh' else 'Owner'}: {harmless(notice.owner)}")
    parts.append(notice.link)
    return "\n\n".join(part for part in parts if part)


def _said(notice: Notice, lang: str) -> str:
    """The arithmetic, and by when to act. It may name a source, and what a source calls itself are other people's words,
    too."""
    return "\n".join(harmless(part) for part in (notice.words.get(lang), notice.clock.get(lang)) if part)


def _quoted(quote: Quote, lang: str) -> str:
    text = " ".join(quote.text.split())
    text = text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"
    who = " · ".join(harmless(part) for part in (quote.author or "", quote.source) if part)
    return f"“{harmless(text)}” ({who}, #{quote.id})" if who else f"“{harmless(text)}” (#{quote.id})"


_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*\s*:(?=\s*//)|\b(?:javascript|data|file|mailto|tel|sms)\s*:", re.ASCII)
_DOMAIN = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")  # chats make a link of evil.example, too
_CALLS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "ˋ", "*": "∗", "_": "＿", "[": "［", "]": "］", "~": "∼",
                        "|": "｜", "\\": "＼", "#": "＃"})  # fmt: skip


def harmless(text: str) -> str:
    """Other people's words with nothing a chat program acts on: no calls (@all), markup, link or control character."""
    plain = " ".join(clean(text).split())
    plain = _DOMAIN.sub("․", _ADDRESS.sub(lambda found: found.group().replace(":", "∶"), plain))
    return plain.translate(_CALLS)


def sign(secret: str, timestamp: str, payload: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of timestamp, a dot and the body, as `sha256=<hex>`."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + payload, hashlib.sha256).hexdigest()


def send(notice: Notice, *, kind: str, url: str, secret: str | None, key: str, now: datetime) -> None:
    """Hand one notice to one target. Raises NotifyError with the service's own words when it is not accepted."""
    if kind == WEBHOOK:
        _send_webhook(notice, url, secret or "", key, now)
    else:
        _send_apprise(notice, url)


def check_target(kind: str, url: str) -> None:
    """Refuse an address nothing can be sent to. Raises InputError with what to write."""
    if kind == WEBHOOK:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise InputError(f"the webhook's address is not a URL: {error}") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise InputError("a webhook's address begins with https:// or http://")
        return
    if kind != APPRISE:
        raise InputError(f"a target is of kind '{WEBHOOK}' or '{APPRISE}', not '{kind}'")
    import apprise

    if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
        raise InputError(
            "that address names no service; write it as apprise does, "
            "such as mailtos://user:password@example.com or dingtalk://token"
        )


def _send_webhook(notice: Notice, url: str, secret: str, key: str, now: datetime) -> None:
    payload = json.dumps(
        {**notice_to_plain(notice), "id": key, "subject": subject(notice), "text": body(notice)}, ensure_ascii=False
    ).encode()
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Fengping-Id": key,
        "X-Fengping-Timestamp": stamp,
    }
    if secret:  # under no key anybody could sign, so nothing is pretended
        headers["X-Fengping-Signature"] = sign(secret, stamp, payload)
    try:
        with _reaching(url) as client, client.stream("POST", url, content=payload, headers=headers) as answer:
            status = answer.status_code
    except httpcore.TimeoutException as error:
        raise NotifyError(f"the webhook did not answer within {TIMEOUT:.0f} s") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotifyError(
            f"the webhook could not be reached: {mask_secrets(str(error)) or type(error).__name__}"
        ) from error
    if not 200 <= status < 300:
        raise NotifyError(f"the webhook answered {status}")


@contextmanager
def _reaching(url: str) -> Iterator[httpx.Client]:
    """A client for one address, public or not, in which everything is over after TIMEOUT: a receiver that sends a byte now
    and then would keep one that limits each read for days."""
    address = httpx.URL(url)
    host, port = address.raw_host.decode("ascii"), address.port or (443 if address.scheme == "https" else 80)
    deadline = network.Deadline()
    chosen = network.allowed([f"[{host}]:{port}" if ":" in host else f"{host}:{port}"])
    transport = network.GuardedTransport(network.GuardedBackend(chosen, deadline), connections=1)
    with deadline.until(time.monotonic() + TIMEOUT), httpx.Client(transport=transport, timeout=TIMEOUT) as client:
        yield client


def _send_apprise(notice: Notice, url: str) -> None:
    """By a messenger process, which is ended when it takes too long: apprise limits each word of a service, not all of them."""
    job = {"url": url, "title": subject(notice), "body": body(notice), "seconds": MESSENGER}
    with _MESSENGERS:
        try:
            told = subprocess.run(  # noqa: S603 - our own interpreter and module
                command("monitor.messenger"),
                input=json.dumps(job).encode(),
                capture_output=True,
                start_new_session=True,  # Ctrl-C is its owner's to answer
                timeout=MESSENGER,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotifyError(f"the service did not take the notice within {MESSENGER:.0f} s") from error
    try:
        answer = json.loads(told.stdout)
    except ValueError as error:
        said = mask_secrets(told.stderr.decode(errors="replace").strip().rpartition("\n")[2])
        raise NotifyError(f"the notice could not be handed over: {said or 'its messenger ended'}") from error
    if not answer["known"]:
        raise NotifyError("the target's address names no service apprise knows")
    if not answer["accepted"]:
        said = answer["said"]
        raise NotifyError(mask_secrets(said[-1]) if said else "the service did not accept the notice")

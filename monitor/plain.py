"""Words on their way to a terminal, a pipe or a log: nothing in them may steer a screen or give a secret away.

Promise: what `line` and `json_line` return holds no control character but tab (and the spaces between words), and an
address in it shows neither password nor key. Blind spot: a secret written into a path or into prose is not known as one.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# C0 and C1 but tab and line feed; lone surrogates; line and paragraph separators; marks that turn the reading direction.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]+")
_SECRET_PARAM = re.compile(
    r"(?i)([?&;](?:access_?token|api_?key|key|token|client_?secret|secret|password|passwd|sig|signature|auth)=)([^&#\s]*)"
)
_CLOSING = ")]}>,;:.'\""  # what stands after an address in a sentence
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/?#\s@]*@")
MASK = "***"


def clean(text: str) -> str:
    """The text without control characters but line feed and tab."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: object) -> str:
    """The text on one line, without control characters but tab, secrets in addresses masked."""
    return _UNSAFE.sub("", mask_secrets(_BREAKS.sub(" ", str(text))))


def several(count: int, one: str, many: str = "") -> str:
    """`1 source`, `2 sources`; `many` where it is not `one` and an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def mask_secrets(text: str) -> str:
    """Any text with the passwords and keys in its addresses masked."""
    return _SECRET_PARAM.sub(_masked, _USERINFO.sub(rf"\g<1>{MASK}@", text))


def _masked(found: re.Match[str]) -> str:
    secret = found[2].rstrip(_CLOSING)
    return f"{found[1]}{MASK}{found[2][len(secret) :]}"


def mask_url(url: str) -> str:
    """An address without its password and keys."""
    return mask_secrets(url)


def host_of(url: str) -> str:
    """`host:port` of an address in lower case, for politeness; "" when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        return f"{(parts.hostname or '').lower()}:{port}" if parts.hostname else ""
    except ValueError:
        return ""


def same_address(url: str) -> str:
    """The address as a key: two spellings of one address give one key. Fragment, case of host and default port go."""
    try:
        parts = urlsplit(url.strip())
        host = host_of(url)
    except ValueError:
        return url
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit((parts.scheme.lower(), f"{user}@{host}" if user else host, parts.path or "/", parts.query, ""))


def json_line(value: dict[str, Any]) -> str:
    """One JSON object on one line, readable Chinese kept; whatever could steer a screen is escaped, so nothing is lost."""
    text = json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC to the second, as `2026-11-21T10:05:00Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"

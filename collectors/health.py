"""A failure in words: what went wrong in one sentence, and what a person can do about it."""

import re

from errors import (
    AddressRefused,
    Crowded,
    FengpingError,
    Forbidden,
    Gone,
    HTTPStatusError,
    InputError,
    ParseError,
    RateLimited,
    TimedOut,
)

LONGEST = 300
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U000dffff]+")
_CREDENTIALS = re.compile(r"(https?://)[^\s/@']*@", re.I)


def sentence(error: FengpingError) -> str:
    """What happened, in one line that may be shown and logged: no control characters, no credentials."""
    text = _UNPRINTABLE.sub(" ", " ".join(str(error).split())) or type(error).__name__
    text = _CREDENTIALS.sub(r"\1***@", text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def advice(error: FengpingError) -> str:
    """What a person can do about it."""
    text = str(error)
    if isinstance(error, InputError):
        return "Correct the source's settings."
    if isinstance(error, AddressRefused):
        return "Check the address. If this machine is meant to be read, an admin can list it in FENGPING_ALLOW_HOSTS."
    if isinstance(error, HTTPStatusError):
        return _status_advice(error)
    if isinstance(error, Crowded):
        return "Nothing to do: it is asked again in a few minutes; if it stays, raise FENGPING_PARSE_PROCESSES."
    if isinstance(error, TimedOut):
        return "Usually passes by itself; if it stays, look whether the address opens in a browser."
    if isinstance(error, ParseError):
        return _parse_advice(text)
    if "certificate" in text:
        return "The site must renew its certificate; look whether it moved to another address."
    if "is not known" in text or "has no address" in text:
        return "Check the spelling of the address and this machine's connection; the site may have moved or closed."
    if "too large" in text:
        return "Look for a shorter feed of the same site, or raise FENGPING_MAX_BYTES."
    if "redirect" in text:
        return "Open the address in a browser and add the one it ends at."
    return "Usually passes by itself; it is tried again, later each time."


def _status_advice(error: HTTPStatusError) -> str:
    if isinstance(error, Gone):
        return "The site says that this has ended; look for its new address, or remove the source."
    if isinstance(error, RateLimited):
        return "Nothing to do: it is asked again when the site allows; a longer interval helps."
    if isinstance(error, Forbidden):
        return "The site does not want to be read this way; look for an open feed, or ask it for permission."
    if error.status == 404:
        return "Check the address; the feed may have moved: look for its link on the site."
    return "Usually passes by itself; it is tried again, later each time."


def _parse_advice(text: str) -> str:
    if "login page" in text:
        return "The site wants a login now; look for an open feed of the same content."
    if "web page" in text:
        return "This is a page for people; add the site again with kind auto, which looks for its feed."
    if "to parse" in text or "memory" in text:
        return "The document is built to be hard to read, or far too big; look for another feed of the site."
    return "Open the address and look whether it is still what it was; tell the site if its feed is broken."

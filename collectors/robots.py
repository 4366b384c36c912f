"""robots.txt (RFC 9309), for the kinds that read pages made for people. Feeds and APIs are made to be fetched.

A missing file allows, as the standard says; so does one that answers 4xx. A server that fails (5xx, no connection)
forbids for the time being, as the standard says, too. An answer is kept for an hour per host.
"""

import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from protego import Protego

from collectors import charset
from collectors.seams import Document
from collectors.urls import host_of
from errors import AddressRefused, CollectError, FetchError, Forbidden, HTTPStatusError

AGENT = "Fengping"
KEPT = 3600.0
LONGEST = 500_000  # bytes of a robots.txt that are read (RFC 9309, 2.5)
Fetch = Callable[[str], Document]  # asks within what time the source has left, after the host's gap
_lock = threading.Lock()
_rules: dict[str, tuple[float, Protego | None]] = {}


def obey(url: str, fetch: Fetch) -> None:
    """Return when robots.txt allows the address. Raises Forbidden, or FetchError when the file cannot be had."""
    rules = _rules_of(url, fetch)
    if rules is not None and not rules.can_fetch(url, AGENT):
        raise Forbidden("robots.txt of the site forbids this page to programs", url=url, status=200)


def forget() -> None:
    """Ask every host again."""
    with _lock:
        _rules.clear()


def _rules_of(url: str, fetch: Fetch) -> Protego | None:
    split = urlsplit(url)
    key = f"{split.scheme}://{host_of(url)}"
    with _lock:
        found = _rules.get(key)
    if found is not None and time.monotonic() - found[0] < KEPT:
        return found[1]
    rules = _fetched(f"{split.scheme}://{split.netloc}/robots.txt", fetch)
    with _lock:
        if len(_rules) > 2_000:
            _rules.clear()
        _rules[key] = (time.monotonic(), rules)
    return rules


def _fetched(url: str, fetch: Fetch) -> Protego | None:
    try:
        document = fetch(url)
    except HTTPStatusError as error:
        if error.status < 500 and error.status != 429:
            return None
        raise FetchError(
            f"robots.txt cannot be read (HTTP {error.status}), so the page is left alone", url=url
        ) from error
    except AddressRefused:
        raise  # the page is no more to be asked than the file
    except CollectError as error:
        raise FetchError(f"robots.txt cannot be read, so the page is left alone: {error}", url=url) from error
    text = charset.decode(document.body[:LONGEST], document.headers.get("content-type", ""))
    return Protego.parse(text)

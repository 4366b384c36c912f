"""What an HTTP answer means besides its document: its failures, when to come back, how long it stays fresh."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from collectors.seams import Document, Kind
from errors import CollectError, FetchError, Forbidden, Gone, HTTPStatusError, RateLimited, TimedOut

LONGEST_RETRY = timedelta(days=7)  # a server may not send us away for longer in one go
LONGEST_TTL = timedelta(days=1)  # nor claim that a feed stays fresh for longer
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.I)
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_NEVER = re.compile(r"\bno-(?:cache|store)\b", re.I)


def raise_for(document: Document, *, conditional: bool, now: datetime) -> None:
    """Raise what the status means, unless it brought a document or said that nothing changed."""
    status = document.status
    if status == 304 and conditional:
        return
    if 200 <= status < 300 and status not in (204, 205, 206):
        return
    url, at = document.url, retry_at(document.headers, now)
    words = f"HTTP {status}: {_phrase(status)}"
    if status == 410:
        raise Gone(words, url=url, status=status)
    if status in (401, 402, 403, 407, 451):
        raise Forbidden(words, url=url, status=status, retry_at=at, body=document.body)
    if status == 429 or (status == 503 and at is not None):
        at = at or reset_at(document.headers, now)
        raise RateLimited(words, url=url, status=status, retry_at=at, body=document.body)
    if status >= 400:
        raise HTTPStatusError(words, url=url, status=status, retry_at=at, body=document.body)
    raise FetchError(words, url=url)


def _phrase(status: int) -> str:
    ours = {
        204: "the server sent no document",
        205: "the server sent no document",
        206: "the server sent only a part of the document",
        304: "the server said 'not modified' although nothing was known yet",
        401: "the server wants a login",
        403: "the server forbids it",
        404: "there is nothing at this address",
        410: "the source has ended",
        429: "too many requests",
        451: "withheld for legal reasons",
    }
    try:
        return ours.get(status) or HTTPStatus(status).phrase.lower()
    except ValueError:
        return "a status nobody knows"


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment of Retry-After, in seconds or as a date; None when absent, past or unreadable."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"\d{1,100}(\.\d+)?", value):
        wait = timedelta(seconds=min(float(value), LONGEST_RETRY.total_seconds()))
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        wait = moment - now
    return now + min(wait, LONGEST_RETRY) if wait > timedelta(0) else None


def reset_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a period's requests are new again, as Reddit (seconds), V2EX (epoch) and Mastodon (ISO 8601) say it."""
    value = next((headers[name].strip() for name in _RESETS if headers.get(name, "").strip()), "")
    try:
        if re.fullmatch(r"\d{1,11}(\.\d+)?", value):
            number = float(value)
            moment = now + timedelta(seconds=number) if number < 10**8 else datetime.fromtimestamp(number, UTC)
        else:
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(moment, now + LONGEST_RETRY) if moment > now else None


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """How long Cache-Control says the answer stays fresh."""
    control = headers.get("cache-control", "")
    match = _MAX_AGE.search(control)
    if match is None or _NEVER.search(control):
        return None
    age = headers.get("age", "").strip()
    seconds = int(match[1]) - (int(age) if age.isdigit() and len(age) < 10 else 0)
    return min(timedelta(seconds=seconds), LONGEST_TTL) if seconds > 0 else None


def passes(error: CollectError) -> bool:
    """Whether what failed now may well work the next time; a page that is refused or not there will not."""
    if isinstance(error, HTTPStatusError):
        return isinstance(error, RateLimited) or error.status >= 500
    return isinstance(error, TimedOut) or type(error) is FetchError


def in_its_words(error: HTTPStatusError, kind: Kind, *, now: datetime) -> HTTPStatusError:
    """The failure with what the service said of it in the body, and what that means: when to come back, say."""
    if not error.body or isinstance(error, Gone):
        return error
    meant, until = type(error), error.retry_at
    try:
        kind.refuse(Document(error.url, error.status, {}, error.body, now))
        return error
    except HTTPStatusError as said:
        words, meant, until = f"{error}: {said}", type(said), until or said.retry_at
    except CollectError as said:
        words = f"{error}: {said}"
    return meant(words, url=error.url, status=error.status, retry_at=until)

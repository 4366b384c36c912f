"""What other systems push to `POST /mentions`: checking and reading the body. The server itself is the monitor's.

A push is a JSON object, a JSON list of mentions, or JSON Lines (`Content-Type: application/x-ndjson`):

    curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" http://127.0.0.1:8502/mentions -d '
      {"source": "call centre", "brand": "云雀奶茶", "channel": "forum",
       "mentions": [{"id": "c-1042", "text": "奶茶里有异物", "published_at": "2026-11-21T10:05:00+08:00",
                     "author": "李女士", "rating": 1, "url": "https://example.com/c/1042", "extra": {"shop": "人民路店"}}]}'

A mention wants `text` or `title`; all else may be missing and is then unknown, never 0. `id` (or `external_id`) makes
a push idempotent: the same id again is the same mention, with other words a change; without one the words, the author
and the time are the id. Fields we do not know are kept in `extra`. `brand` may be one name, several, or missing: then
the text is matched as from any source. A mention may name its own `brand`, overriding the push's.
All or nothing: a push with a wrong mention stores nothing and is told every fault by place and field, so that sending
it again, mended, is safe. Times without a zone are UTC; a time that cannot be read is a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors import loose
from collectors.file import table_of
from collectors.records import CHANNELS, Brand, Mention, Source, SourceState
from collectors.rows import FIELDS, Shape, mention_of, told_apart
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from errors import InputError, ParseError

MOST_MENTIONS = 1_000
MOST_BYTES = 5_000_000
MOST_FAULTS = 50  # told back; more of them say nothing new
DEFAULT_SOURCE = "inbox"
_ALIASES = {"id": "external_id", "content": "text", "body": "text", "link": "url", "date": "published_at"}
_OWN = ("brand", "brands")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one mention: its place in the push from 0, the field if one is to blame, and why."""

    index: int
    field: str | None
    message: str


@dataclass(frozen=True)
class Pushed:
    """A push as read. `brands[i]`: the names under which mention i goes; empty means: match its text."""

    source: str
    channel: str | None
    mentions: tuple[Mention, ...]
    brands: tuple[tuple[str, ...], ...]
    faults: tuple[Fault, ...] = ()


def read_push(body: bytes, content_type: str = "application/json", *, now: datetime) -> Pushed:
    """The mentions in a body, or the faults of each. Raises InputError when there is nothing to read at all."""
    if len(body) > MOST_BYTES:
        raise InputError(f"a push holds at most {MOST_BYTES:,} bytes; send it in parts")
    head, items = _items(body, content_type)
    if not items:
        raise InputError("the push holds no mentions; send an object with a list 'mentions'")
    if len(items) > MOST_MENTIONS:
        raise InputError(f"a push holds at most {MOST_MENTIONS:,} mentions, not {len(items):,}; send it in parts")
    channel = loose.text(head.get("channel"))
    if channel is not None and channel not in CHANNELS:
        raise InputError(f"there is no channel '{channel}'; choose one of {', '.join(CHANNELS)}")
    source = (loose.text(head.get("source")) or DEFAULT_SOURCE)[:200]
    found: list[tuple[Mention, tuple[str, ...]]] = []
    faults: list[Fault] = []
    for index, item in enumerate(items):
        try:
            found.append((_mention(item, now), _brands(item) or _brands(head)))
        except InputError as error:
            faults.append(Fault(index, error.column, str(error)))
    if faults:
        return Pushed(source, channel, (), (), tuple(faults[:MOST_FAULTS]))
    return _pushed(source, channel, found)


def _pushed(source: str, channel: str | None, found: list[tuple[Mention, tuple[str, ...]]]) -> Pushed:
    """Without what one push says twice; the first one's brands count."""
    kept, _ = told_apart(mention for mention, _ in found)
    names: dict[tuple[str, str], tuple[str, ...]] = {}
    for mention, brands in found:
        names.setdefault((mention.external_id, mention.content_hash), brands)
    asked = [(one.external_id, one.external_id.rpartition("#")[0], one.content_hash) for one in kept]
    named = [names.get((whole, content)) or names.get((first, content), ()) for whole, first, content in asked]
    return Pushed(source, channel, tuple(kept), tuple(named))


def _items(body: bytes, content_type: str) -> tuple[dict[str, Any], list[Any]]:
    """What holds for all mentions, and the mentions."""
    kind = content_type.split(";")[0].strip().lower()
    if kind in ("application/x-ndjson", "application/jsonl", "application/jsonlines"):
        _, rows = table_of(body, "push.jsonl")
        return {}, [row for _, row in rows]
    try:
        value = loose.load(body, what="JSON")
    except ParseError as error:
        raise InputError(f"the push cannot be read: {error}") from error
    if isinstance(value, list):
        return {}, value
    if isinstance(value, dict) and isinstance(value.get("mentions"), list):
        return value, value["mentions"]
    if isinstance(value, dict) and ("text" in value or "title" in value):
        return {}, [value]
    raise InputError("the push is neither a list of mentions nor an object with a list 'mentions'")


def _mention(item: object, now: datetime) -> Mention:
    if not isinstance(item, dict):
        raise InputError("a mention must be a JSON object")
    row = {_name(str(name), item): value for name, value in item.items()}
    known = (*FIELDS, "extra")
    shape = Shape(
        {name: name for name in row if name in known}, tuple(name for name in row if name not in (*known, *_OWN))
    )
    mention = mention_of(row, shape, now=now, zone=UTC)
    if mention is None:
        raise InputError("a mention needs a text or a title", column="text")
    return mention


def _name(name: str, item: dict[str, Any]) -> str:
    """A field's own name, unless the mention has both."""
    own = _ALIASES.get(name, name)
    return name if own != name and own in item else own


def _brands(given: Mapping[str, Any]) -> tuple[str, ...]:
    value = given.get("brand", given.get("brands"))
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(name for name in map(loose.text, listed) if name))


class Inbox(Kind):
    """A source that is pushed to. It has nothing to fetch: its pushes are its collections."""

    name = "inbox"
    default_channel = "forum"
    label = "Inbox (pushed)"

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        return []

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        try:
            pushed = read_push(document.body, document.content_type, now=context.now)
        except InputError as error:
            raise ParseError(str(error), url=document.url) from error
        if pushed.faults:
            fault = pushed.faults[0]
            raise ParseError(f"mention {fault.index}: {fault.message}", url=document.url)
        return Parsed(pushed.mentions, newest_first=False)


INBOX = Inbox()

"""Mentions that are brought to us, from files and pushes: stored as if a source had been collected.

Promise: what is brought twice is stored once (by the id the sender gives, else by content); a named brand is kept even
when its name is not in the text. Blind spot: two senders that share a source name and an id overwrite each other.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.records import Brand, Collected, Matched, Mention, Source, SourceState, Status
from monitor.matching import Matching
from monitor.schedule import NEVER
from storage import mentions as stored_mentions
from storage import sources
from storage.brands import list_brands
from storage.engine import Store, Tx
from storage.outcomes import Stored

CHUNK = 1_000  # mentions stored in one transaction: who else writes waits some tenths of a second
WEB = ("http://", "https://")

Named = tuple[Mention, tuple[int, ...]]  # with the brands the sender names


@dataclass(frozen=True)
class Brought:
    """What became of what was brought."""

    new: int = 0
    changed: int = 0
    known: int = 0
    unmatched: int = 0

    def and_(self, stored: Stored) -> "Brought":
        return Brought(
            self.new + stored.new,
            self.changed + stored.changed,
            self.known + stored.known,
            self.unmatched + stored.unmatched,
        )


def is_brought(source: Source) -> bool:
    """Whether a source has nothing to fetch: its mentions come by file or push."""
    return source.kind == "inbox" or not source.url.lower().startswith(WEB)


def brought_source(
    tx: Tx, url: str, *, kind: str, channel: str, brands: Sequence[int], title: str, now: datetime
) -> Source:
    """The source these mentions are filed under, made at the first time."""
    if found := sources.find_source(tx, url, kind=kind, channel=channel, brands=brands, now=now):
        return found.source
    return sources.add_source(
        tx, url, kind=kind, channel=channel, brands=brands, keep_all=bool(brands), every=timedelta(days=1), title=title,
        now=now,
    )  # fmt: skip


def bring(
    store: Store,
    source: Source,
    named: Iterable[Named],
    matching: Matching,
    *,
    now: datetime,
    told: Callable[[int, int | None], None] = lambda done, total: None,
) -> Brought:
    """Store mentions in chunks, each whole. Gives what became of them."""
    brought, done = Brought(), 0
    for chunk in batches(named):
        mentions, before = tuple(mention for mention, _ in chunk), matching
        matched = _matched(matching, source, chunk)
        collected = Collected(source.id, Status.OK, mentions=mentions, state=SourceState(last_success_at=now))
        with store.begin() as tx:
            matching = matching.renewed(list_brands(tx))
            if matching is not before:  # a brand was changed meanwhile
                matched = _matched(matching, source, chunk)
            brought = brought.and_(
                stored_mentions.store_collected(tx, collected, matched, next_check_at=now + NEVER, now=now)
            )
        done += len(chunk)
        told(done, None)
    return brought


def batches(named: Iterable[Named]) -> Iterator[list[Named]]:
    walk = iter(named)
    while chunk := list(itertools.islice(walk, CHUNK)):
        yield chunk


def _matched(matching: Matching, source: Source, chunk: Sequence[Named]) -> tuple[Matched, ...]:
    return tuple(
        Matched(mention, {**dict.fromkeys(brands, ""), **matching.match(source, mention).brands})
        for mention, brands in chunk
    )


def named_brands(brand: str, known: Sequence[Brand]) -> tuple[int, ...]:
    """Ids of the brand a sender names, by name or alias; none when nobody is called so."""
    wanted = brand.strip().casefold()
    return tuple(one.id for one in known if wanted in {name.casefold() for name in one.names})[:1]

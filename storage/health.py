"""How sources are doing, written in the transaction that stores what they brought: status, schedule, coverage.

Coverage says when a source was really heard. A feed reaches back to the oldest entry it lists (but for one pinned there
from long before), so the first success covers from there; each later success covers from the last one on, unless
entries in between may have been missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import Text, Update, bindparam, func, insert, select, update

from collectors.records import Collected, Matched
from storage.coverage import one_interval
from storage.engine import Tx
from storage.outcomes import Stored
from storage.schema import UtcDateTime, coverage, fetch, mention, source
from storage.sources import HEARD, state_to_json
from storage.sql import chunks
from storage.texts import clean

LATEST = 51  # mentions looked at for the usual interval between two
FEWEST = 6  # fewer do not say what is usual
PINNED = 20.0  # usual gaps of a list before its oldest entry: further back it is pinned there, not part of the list
PINNED_LEAST = timedelta(days=30)

GIVEN = (  # columns of a source that each collection sets
    "status",
    "state",
    "failures",
    "next_check_at",
    "not_before",
    "last_tried_at",
    "last_new",
    "last_changed",
    "last_capped",
    "last_missed",
    "last_error",
    "last_error_at",
    "last_advice",
)

Arrival = tuple[Collected, Sequence[Matched], datetime]


@dataclass(frozen=True)
class SourceRow:
    """What storing needs to know of a source."""

    id: int
    url: str
    kind: str
    channel: str
    title: str | None
    brought: bool  # anything before


def load_sources(tx: Tx, source_ids: Iterable[int]) -> dict[int, SourceRow]:
    found: dict[int, SourceRow] = {}
    brought = (source.c.total > 0) | source.c.last_new_at.is_not(None)
    columns = select(source.c.id, source.c.url, source.c.kind, source.c.channel, source.c.title, brought)
    for part in chunks(set(source_ids)):
        these = source.c.id.in_(part) & source.c.deleted_at.is_(None)
        found.update((row.id, SourceRow(*row)) for row in tx.execute(columns.where(these)))
    return found


def store_health(
    tx: Tx,
    sources: Mapping[int, SourceRow],
    arrivals: Sequence[Arrival],
    done: Sequence[Stored],
    *,
    now: datetime,
) -> None:
    """Status, schedule, history and coverage of every source that was asked."""
    told = [
        (sources[collected.source_id], collected, next_check_at, stored)
        for (collected, _, next_check_at), stored in zip(arrivals, done, strict=True)
        if collected.source_id in sources
    ]
    if not told:
        return
    tx.execute(insert(fetch), [_fetch(collected, stored, now) for _, collected, _, stored in told])
    outcomes = [
        _outcome(row, collected, stored, now) | {"of": row.id, "to_next_check_at": next_check_at}
        for row, collected, next_check_at, stored in told
    ]
    tx.execute(_told(), outcomes)
    brought = {row.id: stored.new for row, _, _, stored in told if stored.new}
    intervals = _usual_intervals(tx, brought)
    grown = update(source).where(source.c.id == bindparam("of"))
    rows = [{"of": one, "more": n, "usual": intervals[one], "at": now} for one, n in brought.items()]
    if rows:
        values: dict[str, Any] = {"last_new_at": bindparam("at"), "usual_interval_s": bindparam("usual")}
        tx.execute(grown.values(total=source.c.total + bindparam("more"), **values), rows)
    _cover(tx, [collected for _, collected, _, _ in told], now)


@cache
def _told() -> Update:
    """How a collection went, for many sources at once."""
    as_given: dict[str, Any] = {name: bindparam(f"to_{name}") for name in GIVEN}
    return (
        update(source)
        .where(source.c.id == bindparam("of"))
        .values(
            **as_given,
            last_success_at=func.coalesce(bindparam("heard_at", type_=UtcDateTime), source.c.last_success_at),
            title=func.coalesce(func.nullif(source.c.title, ""), bindparam("new_title", type_=Text)),
            url=func.coalesce(bindparam("new_url", type_=Text), source.c.url),
            moved_from=func.coalesce(bindparam("old_url", type_=Text), source.c.moved_from),
        )
    )


def _fetch(collected: Collected, stored: Stored, now: datetime) -> dict[str, Any]:
    return {
        "source_id": collected.source_id,
        "at": now,
        "status": collected.status,
        "error": clean(collected.error),
        "error_kind": collected.error_kind,
        "new": stored.new,
        "changed": stored.changed,
        "seconds": collected.seconds,
    }


def _outcome(row: SourceRow, collected: Collected, stored: Stored, now: datetime) -> dict[str, Any]:
    heard = collected.status in HEARD
    error = None if heard else clean(collected.error) or f"the source is {collected.status}"
    moved = collected.moved_to if collected.moved_to and collected.moved_to != row.url else None
    return {
        "to_status": collected.status,
        "to_state": state_to_json(collected.state),
        "to_failures": collected.state.failures,
        "to_not_before": collected.retry_at,
        "to_last_tried_at": now,
        "to_last_new": stored.new,
        "to_last_changed": stored.changed,
        "to_last_capped": collected.capped,
        "to_last_missed": collected.missed,
        "to_last_error": error,
        "to_last_error_at": now if error else None,
        "to_last_advice": clean(collected.advice),
        "heard_at": now if heard else None,
        "new_title": clean(collected.title),
        "new_url": clean(moved),
        "old_url": row.url if moved else None,
    }


def _usual_intervals(tx: Tx, source_ids: Iterable[int]) -> dict[int, float | None]:
    """Median seconds between a source's latest mentions."""
    usual: dict[int, float | None] = {}
    for source_id in source_ids:
        latest = select(mention.c.published_at).where(mention.c.source_id == source_id)
        times = tx.scalars(latest.order_by(mention.c.published_at.desc()).limit(LATEST)).all()
        between = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
        usual[source_id] = median(between) if len(times) >= FEWEST else None
    return usual


def _cover(tx: Tx, heard: Sequence[Collected], now: datetime) -> None:
    ids = [one.source_id for one in heard if one.status in HEARD]
    if not ids:
        return
    last = _last_intervals(tx, ids)
    longer: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for one in heard:
        if one.status not in HEARD:
            continue
        before = last.get(one.source_id)
        if before and not one.missed:
            longer.append({"key": before[0], "end": now})
        else:
            start = min(max(_reaches_back(one, now), before[1]), now) if before else _reaches_back(one, now)
            fresh.append({"source_id": one.source_id, "start_at": start, "end_at": now})
    if longer:
        tx.execute(update(coverage).where(coverage.c.id == bindparam("key")).values(end_at=bindparam("end")), longer)
    if fresh:
        tx.execute(insert(coverage), fresh)


def _last_intervals(tx: Tx, source_ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """Source -> id and end of its latest interval."""
    latest = select(one_interval(coverage.c.id, newest=True)).where(source.c.id.in_(source_ids))
    found = select(coverage.c.source_id, coverage.c.id, coverage.c.end_at).where(coverage.c.id.in_(latest))
    return {source_id: (interval, end) for source_id, interval, end in tx.execute(found)}


def _reaches_back(collected: Collected, now: datetime) -> datetime:
    """The oldest entry's time, leaving out what stands so far before the others that it must be pinned there.

    A list with an announcement of years ago at its head was not heard for years.
    """
    times = sorted(one.published_at for one in collected.mentions if one.published_at_source == "author")
    times = [moment for moment in times if moment < now]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    while gaps and gaps[0] > max(PINNED * median(gaps[1:] or [0.0]), PINNED_LEAST.total_seconds()):
        del gaps[0], times[0]
    return times[0] if times else now

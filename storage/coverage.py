"""When sources were really heard: gaps for charts, and a mask of heard hours for the detector.

A source is deaf once nothing was heard of it for twice its interval, and at least ten minutes. Before its first
interval it did not listen yet, which is no gap; one that was never heard is deaf since it was added.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, select

from storage.engine import AnyRow, Tx
from storage.records import Gap
from storage.rollups import hour_of
from storage.schema import coverage, source
from storage.sql import chunks

SHORTEST = timedelta(minutes=10)
HOUR = timedelta(hours=1)
MOSTLY = 0.5  # of an hour heard: the hour counts as heard


@dataclass(frozen=True)
class Heard:
    """One source's intervals, in order, each longer by what may pass between two polls."""

    source_id: int
    title: str
    intervals: tuple[tuple[datetime, datetime], ...]
    since: datetime  # when it began to listen
    reason: str | None
    deaf_since: datetime | None  # the end of what was heard, when that is followed by nothing


def coverage_gaps(
    tx: Tx,
    source_ids: Iterable[int] = (),
    *,
    since: datetime,
    until: datetime,
    now: datetime | None = None,
) -> list[Gap]:
    """The stretches of a period in which a source was not heard; all sources when none is named.

    Nothing after `now` is a gap; without `now`, `until` must not lie in the future.
    """
    end = min(until, now) if now is not None else until
    gaps: list[Gap] = []
    for heard in _heard(tx, source_ids, since, end):
        reached, live = max(since, heard.since), heard.intervals[-1:] or None
        for start, stop in heard.intervals:
            if start > reached:
                gaps.append(Gap(heard.source_id, heard.title, reached, min(start, end), None))
            reached = max(reached, stop)
        if reached < end:
            start = heard.deaf_since if live and heard.deaf_since is not None else reached
            gaps.append(Gap(heard.source_id, heard.title, max(since, start), end, heard.reason))
    return [gap for gap in gaps if gap.start < gap.end]


def heard_hours(tx: Tx, source_ids: Iterable[int] = (), *, since: datetime, until: datetime) -> list[float]:
    """For each hour from that of `since`: the share of the sources listening then that were heard, 0 to 1.

    0 when no source listened. An hour counts as heard when most of it was, as far as `until`.
    """
    first = hour_of(since)
    hours = max(0, -((first - until) // HOUR))
    ends = (until - first).total_seconds()
    listening, heard = [0] * (hours + 1), [0] * (hours + 1)  # by how many more, or fewer, than the hour before
    for one in _heard(tx, source_ids, first, until):
        begins = max(0.0, (one.since - first).total_seconds())
        if begins < hours * 3600.0:
            listening[int(begins // 3600)] += 1
            for start, stop in _mostly_heard(one.intervals, first, hours, begins=begins, ends=ends):
                heard[start] += 1
                heard[stop] -= 1
    both = zip(accumulate(heard[:hours]), accumulate(listening[:hours]), strict=True)
    return [n / of if of else 0.0 for n, of in both]


def _mostly_heard(
    intervals: Sequence[tuple[datetime, datetime]], first: datetime, hours: int, *, begins: float, ends: float
) -> Iterator[tuple[int, int]]:
    """Runs of hours most of which was heard, as from and up to. Counted in seconds from `first`, and by interval: every cycle
    asks for months of hours of every source of every brand, which are interrupted seldom."""
    partly = {int(begins // 3600): 0.0}  # hour -> seconds heard
    reached = 0.0
    for start, stop in intervals:
        a = max((start - first).total_seconds(), reached)
        b = min((stop - first).total_seconds(), hours * 3600.0)
        reached = max(reached, b)
        if b <= a:
            continue
        from_hour, to_hour = int(a // 3600), min(int(b // 3600), hours - 1)
        if from_hour == to_hour:
            partly[from_hour] = partly.get(from_hour, 0.0) + (b - a)
            continue
        partly[from_hour] = partly.get(from_hour, 0.0) + ((from_hour + 1) * 3600.0 - a)
        yield from_hour + 1, to_hour
        partly[to_hour] = partly.get(to_hour, 0.0) + (b - to_hour * 3600.0)
    for at, seconds in partly.items():
        whole = min((at + 1) * 3600.0, ends) - max(at * 3600.0, begins)
        if seconds >= MOSTLY * whole:
            yield at, at + 1


def one_interval(column: ColumnElement[Any], *, newest: bool) -> Any:
    """A column of a source's newest or oldest interval, in a query of sources: one step in an index. Intervals follow one
    another: the last to end is the last to begin."""
    mine = coverage.alias()
    found = select(mine.c[column.name]).where(mine.c.source_id == source.c.id)
    return found.order_by(mine.c.end_at.desc() if newest else mine.c.end_at).limit(1).scalar_subquery()


def _heard(tx: Tx, source_ids: Iterable[int], since: datetime, until: datetime) -> list[Heard]:
    ids = list(dict.fromkeys(source_ids)) or list(tx.scalars(select(source.c.id).where(source.c.deleted_at.is_(None))))
    begun = one_interval(coverage.c.start_at, newest=False).label("begun")
    last = one_interval(coverage.c.end_at, newest=True).label("last")
    found: list[Heard] = []
    for part in chunks(ids):
        rows = tx.execute(select(source, begun, last).where(source.c.id.in_(part)).order_by(source.c.id)).all()
        spans = _intervals(tx, {row.id: _slack(row) for row in rows}, since, until)
        for row in rows:
            kept = tuple((start, end + _slack(row)) for start, end in spans.get(row.id, ()))
            reason = "paused" if row.paused else row.last_error
            found.append(Heard(row.id, row.title or row.url, kept, row.begun or row.created_at, reason, row.last))
    return found


def _slack(row: AnyRow) -> timedelta:
    """What may pass between two polls."""
    return max(2 * timedelta(seconds=row.every_seconds), SHORTEST)


def _intervals(
    tx: Tx, slack: Mapping[int, timedelta], since: datetime, until: datetime
) -> dict[int, list[tuple[datetime, datetime]]]:
    """What of each source's intervals, longer by its slack, lies in a period: as much of the index, whatever else is stored."""
    alike: dict[timedelta, list[int]] = {}
    for source_id, span in slack.items():
        alike.setdefault(span, []).append(source_id)
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for span, ids in alike.items():
        mine = select(coverage.c.source_id, coverage.c.start_at, coverage.c.end_at).where(coverage.c.source_id.in_(ids))
        mine = mine.where(coverage.c.end_at > since - span, coverage.c.start_at < until)
        for source_id, start, end in tx.execute(mine.order_by(coverage.c.source_id, coverage.c.end_at)):
            spans.setdefault(source_id, []).append((start, end))
    return spans

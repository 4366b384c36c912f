"""The counts a rule is judged on, hour by hour: asked once here, so that what rings and what a replay shows are the same.

A brand's history starts with its first mention, whatever the scope (weeks in which a theme or a search found nothing are
history, too), or the first hour after it that was heard. Mentions not read yet are not counted. An hour counts as heard
when at least half of the sources in scope that listened then were heard, or when something was found in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storage.counts import hourly_counts, hourly_sum
from storage.coverage import heard_hours
from storage.engine import Tx
from storage.records import HourlyCounts, MentionFilter, SourceRecord
from storage.rollups import hour_of
from storage.sources import list_sources

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Watched:
    """One brand's counts: item i is the hour that starts i hours after `start`."""

    start: datetime
    negative: list[int]
    read: list[int]
    heard: list[bool]


def watched_counts(tx: Tx, scope: MentionFilter, *, now: datetime) -> dict[int, Watched]:
    """Counts of every brand of `scope` that was ever mentioned in its period. `scope` names brands, since and until."""
    assert scope.since is not None
    assert scope.until is not None
    since, until = hour_of(scope.since), scope.until
    whole = hourly_counts(tx, scope.brands, since=since, until=until)
    everything = MentionFilter(brands=scope.brands, since=scope.since, until=scope.until)
    found = whole if scope == everything else _in_scope(tx, scope, since, until)
    sources = list_sources(tx, now, shares=False)
    heard: dict[tuple[int, ...], list[float]] = {}  # by sources: most brands have the same
    watched: dict[int, Watched] = {}
    for brand in scope.brands:
        if any(whole[brand].total):
            ids = _listening(brand, scope, sources)
            if ids not in heard:
                heard[ids] = heard_hours(tx, ids, since=since, until=until)
            watched[brand] = _watched(found[brand], whole[brand], heard[ids])
    return watched


def _in_scope(tx: Tx, scope: MentionFilter, since: datetime, until: datetime) -> dict[int, HourlyCounts]:
    if scope.query.strip():
        return {brand: hourly_sum(tx, replace(scope, brands=(brand,), since=since)) for brand in scope.brands}
    return hourly_counts(
        tx,
        scope.brands,
        since=since,
        until=until,
        channels=scope.channels,
        sources=scope.sources,
        langs=scope.langs,
        themes=scope.themes,
    )


def _listening(brand: int, scope: MentionFilter, sources: Sequence[SourceRecord]) -> tuple[int, ...]:
    """The sources in scope that may name a brand."""
    return tuple(
        one.source.id for one in sources if one.source.may_name(brand) and one.within(scope.sources, scope.channels)
    )


def _watched(found: HourlyCounts, whole: HourlyCounts, heard: Sequence[float]) -> Watched:
    mask = [share >= 0.5 or total > 0 for share, total in zip(heard, found.total, strict=True)]
    began = next(at for at, total in enumerate(whole.total) if total)
    first = next((at for at in range(began, len(mask)) if mask[at]), began)
    return Watched(found.start + first * HOUR, found.negative[first:], found.read[first:], mask[first:])

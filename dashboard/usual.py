"""What is usual, drawn behind a chart: the detector of `analyzers.spikes` over stored counts.

Hours that nobody heard are given to the detector as such, so that an outage is no calm. What is usual is learned on the
weeks before the first hour drawn and kept for half an hour. Blind spot: filters that counts are not kept for (a search, two
themes, an author) have no range; a case has, since its rule's counts are asked for by the hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import streamlit as st

from analyzers.rules import HISTORY_DAYS, REPLAY_DAYS, Scope
from analyzers.spikes import LEARNING_DAYS, Counts, History, Measure, counts_from, score_history
from dashboard import queries
from dashboard.components.drawing import UsualRange
from storage.records import HourlyCounts, MentionFilter, SpikeRecord
from storage.watched import Watched

HOUR = timedelta(hours=1)
LEAD = timedelta(days=HISTORY_DAYS - REPLAY_DAYS)  # before the first hour drawn, to judge it against
LEAST_DAYS = 2  # of history, before a case's chart shows a range


@dataclass(frozen=True)
class Usual:
    """The range, or how many days were learned so far."""

    range: UsualRange | None
    learning: int | None


@dataclass(frozen=True)
class Band:
    """The usual range by the hour: item i is the hour that starts i hours after `start`. `days` of history were learned."""

    start: datetime
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    days: float


def usual(asked: MentionFilter, starts: Sequence[datetime]) -> Usual:
    """The usual range of negatives of a filter, per bucket of its timeline. None where it cannot be said."""
    uncounted = asked.query or asked.flagged is not None or asked.author or asked.case_id or asked.copy_group
    if uncounted or len(asked.themes) > 1 or asked.since is None or asked.until is None:
        return Usual(None, None)
    band = _band(asked, min(asked.until, this_hour() + HOUR))
    if band is None or band.days < LEARNING_DAYS:
        return Usual(None, int(band.days) if band else 0)
    return Usual(_per_bucket(band, starts), None)


def _per_bucket(band: Band, starts: Sequence[datetime]) -> UsualRange:
    """Hours vary apart from each other, so a day's range is narrower than the sum of its hours': add the squares."""
    hours = band.start.timestamp() + 3600 * np.arange(len(band.low))
    bucket = np.searchsorted([start.timestamp() for start in starts], hours, side="right") - 1
    inside = bucket >= 0
    middle = np.bincount(bucket[inside], weights=(band.low + band.high)[inside] / 2)
    half = np.sqrt(np.bincount(bucket[inside], weights=((band.high - band.low)[inside] / 2) ** 2))
    known = np.unique(bucket[inside])
    low, high = np.maximum(middle - half, 0.0)[known], (middle + half)[known]
    return UsualRange(tuple(starts[i] for i in known), tuple(low.tolist()), tuple(high.tolist()))


@st.cache_data(ttl=timedelta(minutes=30), show_spinner=False, max_entries=60)
def _band(asked: MentionFilter, until: datetime) -> Band | None:
    """None where nothing was ever mentioned. The hours drawn are those of the timeline and not counted again."""
    assert asked.since is not None
    since = asked.since - LEAD
    hourly = queries.hourly_sum(replace(asked, since=since, until=asked.since)).then(queries.hourly_sum(asked))
    counts = _counts(hourly, queries.heard(asked.brands, since, until))
    return None if counts is None else band_of(counts, "negative", since=asked.since)


def band_of(counts: Counts, measure: Measure, *, since: datetime) -> Band:
    """What was usual from an hour on, learned from the hours before."""
    lead = int(np.searchsorted(counts.start, int(since.timestamp()) // 3600 * 3600))
    history = score_history(counts, measure=measure, lead=lead)
    drawn = np.asarray(ordinary(history)[lead:], dtype=np.int64)
    low, high = history.usual
    days = float(history.days[-1]) if len(history.days) else 0.0
    start = int(counts.start[0]) + 3600 * lead
    return Band(datetime.fromtimestamp(start, UTC), low[drawn], high[drawn], days)


def ordinary(history: History) -> list[int]:
    """For each hour the one whose range is drawn there: itself, but around an outage the same hour a day (else a week)
    before, since what the detector then allows for is the backlog, not what is usual."""
    odd = history.silent | history.catching_up | ~history.heard
    stands = list(range(len(odd)))
    for index in np.flatnonzero(odd).tolist():
        before = next(
            (index - hours for hours in (24, 168) if index >= hours and not odd[stands[index - hours]]), index
        )
        stands[index] = stands[before]
    return stands


def _counts(hourly: HourlyCounts, heard: Sequence[bool]) -> Counts | None:
    """Of the hours that `heard` is of, from the first with a mention on: before it there was nothing to listen to."""
    total = hourly.total[: len(heard)]
    first = next((index for index, n in enumerate(total) if n), None)
    if first is None:
        return None
    known = slice(first, len(heard))
    ears = [bool(ear) or n > 0 for ear, n in zip(heard[known], total[known], strict=True)]
    start = int((hourly.start + first * HOUR).timestamp())
    return counts_from(start, 3600, negative=hourly.negative[known], total=hourly.read[known], heard=ears)


def counts_of(watched: Watched) -> Counts:
    start = int(watched.start.timestamp())
    return counts_from(start, 3600, negative=watched.negative, total=watched.read, heard=watched.heard)


def counted_as(measure: str) -> Measure:
    """What the detector counts for a rule's measure; silence is heard in all mentions."""
    return "total" if measure == "silence" else measure  # type: ignore[return-value]


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Around:
    """The hours around a spike, as its rule's version counts them. A share is nan where nothing was read."""

    measure: str
    scope: Scope
    starts: tuple[datetime, ...] = ()
    values: tuple[float, ...] = ()
    usual: UsualRange | None = None


@st.cache_data(ttl=timedelta(minutes=1), show_spinner=False, max_entries=60)
def around(brand_id: int, spike: SpikeRecord | None, since: datetime, until: datetime) -> Around:
    """What the rule that rang looked at, and what is usual of it. Without a rule, or where its version is gone, all
    negatives of the brand."""
    measure, scope = spike.measure if spike else "negative", Scope()
    measure = "silence" if measure == "unheard" else measure
    body = queries.rule_body(spike.rule_id, spike.rule_version) if spike else None
    if spike is not None and body is not None:
        one, many = spike.figures.get("source_id"), spike.figures.get("sources") or ()
        own = (int(one),) if one else tuple(int(source["source_id"]) for source in many)
        scope = replace(body.scope, sources=own) if own else body.scope
    since = since.replace(minute=0, second=0, microsecond=0)
    watched = queries.watched(brand_id, scope, since - LEAD, until)
    if watched is None:
        return Around(measure, scope)
    counts = counts_of(watched)
    first = int(np.searchsorted(counts.start, int(since.timestamp())))
    starts = tuple(watched.start + hour * HOUR for hour in range(first, len(counts)))
    seen = counts.negative if measure in ("negative", "share") else counts.total
    per = np.where(counts.total > 0, counts.total, np.nan) if measure == "share" else np.ones(len(counts))
    band = band_of(counts, counted_as(measure), since=since)
    usual_ = _known(starts, band, per[first:], share=measure == "share") if band.days >= LEAST_DAYS else None
    return Around(measure, scope, starts, tuple((seen / per)[first:].tolist()), usual_)


def _known(starts: Sequence[datetime], band: Band, per: npt.NDArray[np.float64], *, share: bool) -> UsualRange:
    """The range in the chart's own unit, where it has one: of an hour without mentions there is no share, and none is more
    than all."""
    known = np.flatnonzero(~np.isnan(per))
    most = 1.0 if share else np.inf
    low, high = (np.minimum(side[known] / per[known], most) for side in (band.low, band.high))
    return UsualRange(tuple(starts[i] for i in known), tuple(low.tolist()), tuple(high.tolist()))

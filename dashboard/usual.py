"""What is usual, and what a setting would have rung: the detector of `analyzers.spikes` over stored counts.

History is scored once per scope and hour and kept; a knob is then replayed over it in milliseconds. A replay takes the
counts the monitor judges by (storage.watched), up to the last full hour. Hours that nobody heard are given to the detector
as such, so that an outage is no calm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import streamlit as st

from analyzers.rules import HISTORY_DAYS, REPLAY_DAYS, Judged, RuleBody, Scope
from analyzers.spikes import (
    LEARNING_DAYS,
    Counts,
    History,
    Spike,
    counts_from,
    judge,
    quiet_counts,
    replay,
    score_history,
)
from analyzers.spikes.records import SpikeSettings
from dashboard import queries
from dashboard.components.timeline import UsualRange
from dashboard.i18n import zone_or_utc
from storage.records import HourlyCounts, MentionFilter

HOUR = timedelta(hours=1)
LEAD = timedelta(
    days=HISTORY_DAYS - REPLAY_DAYS
)  # history before the window drawn: its first days are judged against something


@dataclass(frozen=True)
class Usual:
    """The range, or how many days were learned so far."""

    range: UsualRange | None
    learning: int | None


@dataclass(frozen=True)
class Run:
    """One brand's scored history, ready to be replayed."""

    brand_id: int
    brand: str
    counts: Counts
    history: History
    starts: tuple[datetime, ...]
    values: tuple[float, ...]
    usual_high: tuple[float, ...] | None
    past: tuple[Judged, ...]
    days: float
    learning: int | None
    from_: datetime


def usual(asked: MentionFilter, *, step: str, zone_name: str) -> Usual:
    """The usual range of negatives of a filter, per bucket of its timeline. None where it cannot be said."""
    if (
        asked.query
        or asked.flagged is not None
        or asked.author
        or asked.case_id
        or asked.copy_group
        or asked.until is None
    ):
        return Usual(None, None)
    brands = asked.brands or tuple(brand.id for brand in queries.brands())
    since = asked.since or asked.until
    low, high, learned = _band(
        brands,
        since=since - LEAD,
        until=min(asked.until, _this_hour() + HOUR),
        channels=asked.channels,
        sources=asked.sources,
        langs=asked.langs,
        themes=asked.themes[:1],
    )
    if learned < LEARNING_DAYS:
        return Usual(None, int(learned))
    starts = sorted(start for start in low if start >= since)
    if step == "hour":
        return Usual(UsualRange(tuple(starts), tuple(low[s] for s in starts), tuple(high[s] for s in starts)), None)
    return Usual(_by_day(starts, low, high, zone_name), None)


def _by_day(
    starts: Sequence[datetime], low: dict[datetime, float], high: dict[datetime, float], zone_name: str
) -> UsualRange:
    """Hours vary apart from each other, so a day's range is narrower than the sum of its hours': add the squares."""
    zone = zone_or_utc(zone_name)
    days: dict[datetime, list[datetime]] = {}
    for start in starts:
        local = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        days.setdefault(local.astimezone(UTC), []).append(start)
    order = sorted(days)
    middle = {day: sum((low[s] + high[s]) / 2 for s in days[day]) for day in order}
    half = {day: sum(((high[s] - low[s]) / 2) ** 2 for s in days[day]) ** 0.5 for day in order}
    return UsualRange(
        tuple(order), tuple(max(0.0, middle[d] - half[d]) for d in order), tuple(middle[d] + half[d] for d in order)
    )


@st.cache_data(ttl=timedelta(minutes=30), show_spinner=False, max_entries=60)
def _band(
    brands: tuple[int, ...],
    *,
    since: datetime,
    until: datetime,
    channels: tuple[str, ...] = (),
    sources: tuple[int, ...] = (),
    langs: tuple[str, ...] = (),
    themes: tuple[str, ...] = (),
) -> tuple[dict[datetime, float], dict[datetime, float], float]:
    asked = MentionFilter(
        brands=brands, since=since, until=until, channels=channels, sources=sources, langs=langs, themes=themes
    )
    counts = _counts(queries.hourly_sum(asked), queries.heard(brands, since, until))
    if counts is None:
        return {}, {}, 0.0
    history = score_history(counts)
    judged = judge(history, SpikeSettings())
    drawn = [judged[index] for index in _ordinary(history)]
    low = {one.start: float(usual.low) for one, usual in zip(judged, drawn, strict=True)}
    high = {one.start: float(usual.high) for one, usual in zip(judged, drawn, strict=True)}
    return low, high, float(history.days[-1]) if len(history.days) else 0.0


def _ordinary(history: History) -> list[int]:
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
    """From the first hour with a mention on: before it there was nothing to listen to."""
    first = next((index for index, n in enumerate(hourly.total) if n), None)
    if first is None:
        return None
    start = int((hourly.start + first * HOUR).timestamp())
    negative, read = hourly.negative[first:], hourly.read[first:]
    ears = [bool(ear) or n > 0 for ear, n in zip(heard[first:], hourly.total[first:], strict=False)]
    ears += [True] * (len(negative) - len(ears))
    return counts_from(start, 3600, negative=negative, total=read, heard=ears)


def runs(scope: Scope, measure: str) -> tuple[Run, ...]:
    """Every brand of a scope with its scored history up to this hour."""
    watched = {brand.id: brand for brand in queries.brands()}
    wanted = scope.brands or tuple(brand.id for brand in watched.values() if not brand.competitor)
    found = (
        _run(brand_id, watched[brand_id].name, scope, measure, _this_hour())
        for brand_id in wanted
        if brand_id in watched
    )
    return tuple(run for run in found if run is not None)


@st.cache_resource(ttl=timedelta(minutes=30), show_spinner=False, max_entries=80)
def _scored(brand_id: int, scope: Scope, measure: str, until: datetime) -> tuple[Counts, History] | None:
    watched = queries.watched(brand_id, scope, until - timedelta(days=HISTORY_DAYS), until)
    if watched is None:
        return None
    start = int(watched.start.timestamp())
    counts = counts_from(start, 3600, negative=watched.negative, total=watched.read, heard=watched.heard)
    kind = "total" if measure in ("total", "silence") else measure
    return counts, score_history(counts, measure=kind)  # type: ignore[arg-type]


def _run(brand_id: int, name: str, scope: Scope, measure: str, until: datetime) -> Run | None:
    scored = _scored(brand_id, scope, measure, until)
    if scored is None:
        return None
    counts, history = scored
    first = until - timedelta(days=REPLAY_DAYS)
    starts = [datetime.fromtimestamp(int(s), UTC) for s in counts.start]
    shown = [index for index, start in enumerate(starts) if start >= first]
    series = counts.total if measure in ("total", "silence") else counts.negative
    stands = _ordinary(history)
    means = [float(history.mean[stands[index], 0]) for index in shown]
    usual_high = [mean + 2 * max(mean, 0.25) ** 0.5 for mean in means]
    past = [
        Judged(case.start_at, case.end_at, case.verdict)
        for case in queries.cases(brands=(brand_id,), since=first, until=until + HOUR)
    ]
    learned = float(history.days[-1]) if len(history.days) else 0.0
    span = (starts[-1] - max(first, starts[0])).total_seconds() / 86400 if starts else 0.0
    return Run(
        brand_id,
        name,
        counts,
        history,
        tuple(starts[i] for i in shown),
        tuple(float(series[i]) for i in shown),
        tuple(usual_high) if usual_high else None,
        tuple(past),
        max(span, 1.0),
        int(learned) if learned < LEARNING_DAYS else None,
        first,
    )


def would_ring(run: Run, body: RuleBody) -> list[Spike]:
    """The alarms of the last ninety days that this setting would have rung."""
    if body.measure == "silence":
        found = [
            _silent(run, start, end)
            for start, end in quiet_counts(run.counts, false_alarms_per_month=body.false_alarms_per_month)
        ]
    else:
        found = replay(run.history, body.detector)
    return [spike for spike in found if spike.end > run.from_]


def _silent(run: Run, start: datetime, end: datetime) -> Spike:
    """A silence as a spike of nothing, so that it is listed and marked like any other."""
    inside = [i for i, s in enumerate(run.counts.start) if start.timestamp() <= s < end.timestamp()]
    usual_ = float(sum(run.history.mean[i, 0] for i in inside))
    hours = (end - start) / HOUR
    return Spike(
        start=start,
        end=end,
        until=end,
        peak=start,
        window_hours=hours,
        observed=0,
        total=0,
        expected=usual_,
        usual_total=usual_,
        low=0,
        high=round(usual_ + 2 * usual_**0.5),
        p_value=float("nan"),
        once_in_days=float("nan"),
        strength=0.0,
        evidence=0.0,
        share=float("nan"),
        usual_share=float("nan"),
        measure="total",
    )


def _this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Around:
    """The hours around a case."""

    starts: tuple[datetime, ...]
    values: tuple[float, ...]
    usual: UsualRange | None

    @property
    def low(self) -> list[float]:
        return (
            [dict(zip(self.usual.starts, self.usual.low, strict=True)).get(s, float("nan")) for s in self.starts]
            if self.usual
            else []
        )

    @property
    def high(self) -> list[float]:
        return (
            [dict(zip(self.usual.starts, self.usual.high, strict=True)).get(s, float("nan")) for s in self.starts]
            if self.usual
            else []
        )


def around(brand_id: int, since: datetime, until: datetime) -> Around:
    since = since.replace(minute=0, second=0, microsecond=0)
    counts = queries.hourly((brand_id,), since=since, until=until)[brand_id]
    starts = tuple(counts.start + index * HOUR for index in range(len(counts.negative)))
    low, high, learned = _band((brand_id,), since=since - LEAD, until=until)
    band = None
    known = [start for start in starts if start in low]
    if learned >= 2 and known:
        band = UsualRange(tuple(known), tuple(low[s] for s in known), tuple(high[s] for s in known))
    return Around(starts, tuple(float(n) for n in counts.negative), band)

"""What a setting would have rung: a rule replayed over the counts the monitor judges by (storage.watched).

History is scored once per scope and hour and kept; a knob is then replayed over it in milliseconds, up to the last full
hour.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from analyzers.rules import HISTORY_DAYS, REPLAY_DAYS, Judged, RuleBody, Scope
from analyzers.spikes import LEARNING_DAYS, Counts, History, Spike, quiet_counts, replay, score_history
from dashboard import explained, queries
from dashboard.usual import HOUR, counted_as, counts_of, ordinary, this_hour


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


def runs(scope: Scope, measure: str) -> tuple[Run, ...]:
    """Every brand of a scope with its scored history up to this hour."""
    watched = {brand.id: brand for brand in queries.brands()}
    wanted = scope.brands or tuple(brand.id for brand in watched.values() if not brand.competitor)
    found = (
        _run(brand_id, watched[brand_id].name, scope, measure, this_hour())
        for brand_id in wanted
        if brand_id in watched
    )
    return tuple(run for run in found if run is not None)


@st.cache_resource(ttl=timedelta(minutes=30), show_spinner=False, max_entries=80)
def _scored(brand_id: int, scope: Scope, measure: str, until: datetime) -> tuple[Counts, History] | None:
    watched = queries.watched(brand_id, scope, until - timedelta(days=HISTORY_DAYS), until)
    if watched is None:
        return None
    counts = counts_of(watched)
    return counts, score_history(counts, measure=counted_as(measure))


def _run(brand_id: int, name: str, scope: Scope, measure: str, until: datetime) -> Run | None:
    scored = _scored(brand_id, scope, measure, until)
    if scored is None:
        return None
    counts, history = scored
    first = until - timedelta(days=REPLAY_DAYS)
    starts = [datetime.fromtimestamp(int(s), UTC) for s in counts.start]
    shown = [index for index, start in enumerate(starts) if start >= first]
    series = counts.total if measure in ("total", "silence") else counts.negative
    stands = ordinary(history)
    means = [float(history.mean[stands[index], 0]) for index in shown]
    usual_high = [mean + 2 * max(mean, 0.25) ** 0.5 for mean in means]
    past = [
        Judged(case.start_at, case.end_at, case.verdict)
        for case in queries.cases(brands=(brand_id,), since=first, until=until + HOUR)
        if explained.quiet(case) == (measure == "silence")  # a verdict on a silence says nothing of a rise
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

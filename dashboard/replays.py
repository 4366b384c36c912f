"""What a setting would have rung: a rule replayed over what the monitor judges by (storage.watched, storage.speakers).

History is scored once per scope and hour and kept; a knob is then replayed over it in milliseconds, up to the last full
hour. An alarm counts from the level that the rule asks for, graded as its case would be. Blind spots: sources and levels are
those of now, and of a rule of silence only what went quiet is replayed, not which sources could not be heard; where very
much is said, over fewer days.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import streamlit as st

from analyzers.levels import LEVELS, grade, levels_from_plain, strength
from analyzers.rules import HISTORY_DAYS, REPLAY_DAYS, Judged, RuleBody, Scope
from analyzers.spikes import LEARNING_DAYS, Counts, History, Spike, replay, score_history, share_of, silences
from dashboard import explained, queries
from dashboard.usual import HOUR, counted_as, counts_of, ordinary, this_hour
from storage.speakers import Spoken


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
    until: datetime
    spoken: tuple[Spoken, ...] = ()  # for silence: by the brand, and by each source


def runs(scope: Scope, measure: str) -> tuple[Run, ...]:
    """Every brand of a scope with its scored history up to this hour."""
    watched = {brand.id: brand for brand in queries.brands()}
    wanted = scope.brands or tuple(brand.id for brand in watched.values() if not brand.competitor)
    wanted = tuple(brand_id for brand_id in wanted if brand_id in watched)
    until = this_hour()
    spoken = _spoken(scope, wanted, until) if measure == "silence" else {}
    found = (_run(brand_id, watched[brand_id].name, scope, measure, until) for brand_id in wanted)
    return tuple(_listening(run, spoken.get(run.brand_id, [])) for run in found if run is not None)


def _listening(run: Run, spoken: list[Spoken]) -> Run:
    """A run with who should have spoken, over the days in which all they said is known."""
    first = max([run.from_, *(one.since for one in spoken if one.since is not None)])
    days = run.days if first == run.from_ else min(run.days, (run.until - first) / timedelta(days=1))
    past = tuple(one for one in run.past if one.end >= first)
    return replace(run, spoken=tuple(spoken), past=past, from_=first, days=days)


@st.cache_resource(ttl=timedelta(minutes=30), show_spinner=False, max_entries=80)
def _spoken(scope: Scope, brand_ids: tuple[int, ...], until: datetime) -> dict[int, list[Spoken]]:
    return queries.spoken(scope, brand_ids, until - timedelta(days=HISTORY_DAYS), until)


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
        until,
    )


def would_ring(run: Run, body: RuleBody) -> list[Spike]:
    """The alarms of the last ninety days that this setting would have rung."""
    if body.measure == "silence":
        found = [_silent(run, start, end) for start, end in _quiet(run, body.false_alarms_per_month)]
    else:
        found = replay(run.history, body.detector)
    found = [spike for spike in found if spike.end > run.from_]
    if body.measure == "silence" or body.least_level == LEVELS[0]:  # a silence is told of at any level
        return found
    return [spike for spike in found if LEVELS.index(_level(run, body, spike)) >= LEVELS.index(body.least_level)]


def _level(run: Run, body: RuleBody, spike: Spike) -> str:
    """How grave an alarm's case would have become."""
    since, until = spike.start, max(spike.until, spike.end)
    hours = slice(*np.searchsorted(run.counts.start, [since.timestamp(), until.timestamp()]))
    counted = run.counts.total if body.measure == "total" else run.counts.negative
    asked = replace(queries.in_scope(body.scope, (run.brand_id,), since, until), sentiments=body.sentiments)
    graded = grade(
        strength=strength(spike.observed, spike.expected),
        reach=queries.voices(asked),
        speed=float(counted[hours].max(initial=0.0)),
        table=levels_from_plain(queries.setting("levels")),
    )
    return graded.level


def _quiet(run: Run, false_alarms_per_month: float) -> list[tuple[datetime, datetime]]:
    """When the brand, or a source of it, had gone quiet; what overlaps is one case."""
    share = share_of(false_alarms_per_month, len(run.spoken) - 1)  # the brand is one of those who speak
    found = sorted(
        pause
        for one in run.spoken
        for pause in silences(one.times, run.until, false_alarms_per_month=share, unheard=one.unheard)
    )
    joined: list[tuple[datetime, datetime]] = []
    for start, end in found:
        before = joined.pop() if joined and start < joined[-1][1] else (start, end)
        joined.append((before[0], max(before[1], end)))
    return joined


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

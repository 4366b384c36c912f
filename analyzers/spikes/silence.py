"""A source or a brand that went quiet: how long is too long, from its own past gaps and its own rhythm.

Gaps are measured in mentions expected by the hour of the week (time rescaling: Brown et al. 2002), so a night is short. The
long ones are a generalised Pareto tail (Hosking & Wallis 1987): exponential where arrivals are Poisson, heavier where they
swing. A gap is odd when gaps as long come more seldom than the knob allows. `silences` are the pauses of the past that
`overdue` would have called so. A rule's knob is one brand's: `share_of` gives each of its voices a part.

Time in which nobody listened is no silence: pass coverage, and it is taken off.

Blind spots: fewer than eight mentions ever heard cannot be judged; of a busy source the newest LOOK_BACK are looked at, so
its weekends are known by how the days between them stray. A stop shorter than three quarters of its longest pause is not
told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from analyzers.spikes.baseline import hour_of_week, hour_rates
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS, Floats, Ints, moment

FEWEST = 8
LOOK_BACK = 2000  # mentions whose gaps are looked at
LEAST_OF_LONGEST = 0.75  # a pause shorter than this part of the longest that was looked at, in hours, is no silence
YOUNG = 3 * DAY  # heard for less, its nights are not known
HEAVIEST = 0.5  # shape of the tail
LIGHT = 40  # gaps that say a tail is exponential, before any was measured


@dataclass(frozen=True)
class Silence:
    """`quiet` since `since`; `usual` is the middle gap, `limit` the gap beyond which it counts as silence."""

    quiet: bool
    since: datetime | None
    gap: timedelta
    usual: timedelta
    limit: timedelta
    once_in_days: float
    reason: str


def share_of(false_alarms_per_month: float, sources: int) -> float:
    """What each voice of a brand may ring of the brand's false alarms: its sources and the brand, which is the same voice
    as its only source."""
    return false_alarms_per_month / (sources + 1 if sources > 1 else 1)


def overdue(
    times: Sequence[datetime],
    now: datetime,
    *,
    false_alarms_per_month: float = 0.5,
    unheard: Sequence[tuple[datetime, datetime]] = (),
) -> Silence:
    """Has a source with mentions at `times` gone quiet by `now`? `unheard` are periods without coverage."""
    said = np.unique([t.timestamp() for t in times if t <= now])
    zero = timedelta(0)
    if len(said) < FEWEST:
        return Silence(False, None, zero, zero, zero, float("nan"), f"too few to say: {len(said)} mentions")
    return _judged(said, now.timestamp(), _edges(unheard), false_alarms_per_month)


def silences(
    times: Sequence[datetime],
    until: datetime,
    *,
    false_alarms_per_month: float = 0.5,
    unheard: Sequence[tuple[datetime, datetime]] = (),
) -> list[tuple[datetime, datetime]]:
    """Every pause up to `until` that `overdue` would have called a silence before it ended, asked at each time with the
    LOOK_BACK mentions before. From the last mention before it to the first after."""
    said = np.unique([t.timestamp() for t in times if t < until])
    if len(said) < FEWEST:
        return []
    edges = _edges(unheard)
    ends = np.append(said[1:], until.timestamp())
    found = []
    for i in _may_be(ends - said - (_lost(ends, edges) - _lost(said, edges))).tolist():
        known = said[max(0, i + 1 - LOOK_BACK) : i + 1]
        if _judged(known, float(ends[i]), edges, false_alarms_per_month).quiet:
            found.append((moment(said[i]), moment(ends[i])))
    return found


def _judged(said: Floats, now: float, edges: Floats, knob: float) -> Silence:
    heard = said - _lost(said, edges)
    gaps = np.diff(heard)
    gap = float(now - _lost(np.array([now]), edges)[0] - heard[-1])
    clock = _Clock(said, now, edges)
    tail = _Tail(np.diff(clock.at(said)), max((heard[-1] - heard[0]) / DAY / MONTH_DAYS, 0.1))
    least = LEAST_OF_LONGEST * float(gaps.max())
    if heard[-1] - heard[0] < YOUNG:
        least = max(2 * float(gaps.max()), float(DAY))
    now_at, last_at = clock.at(np.array([now, said[-1]])).tolist()
    enough = tail.limit(knob)
    limit = max(least, clock.hours(enough))
    return Silence(
        gap > least and now_at - last_at > enough,
        moment(said[-1]),
        timedelta(seconds=gap),
        timedelta(seconds=float(np.median(gaps))),
        timedelta(seconds=limit),
        MONTH_DAYS / max(tail.per_month(now_at - last_at), 1e-6),
        "",
    )


class _Clock:
    """Tells time in mentions expected: what the hours of the week had up to the last mention, nothing while unheard."""

    def __init__(self, said: Floats, now: float, edges: Floats) -> None:
        first = said[0] // HOUR * HOUR
        self.start = first + HOUR * np.arange(int((now - first) // HOUR) + 2)
        exposure = 1.0 - np.diff(_lost(self.start, edges)) / HOUR
        known = int((said[-1] - first) // HOUR) + 1
        counts = np.bincount(((said - first) // HOUR).astype(np.int64), minlength=known).astype(np.float64)
        hours = self.start[:-1].astype(np.int64)
        self.rates = hour_rates(hours[:known], counts[:known], exposure[:known])
        self.told = np.concatenate([[0.0], np.cumsum(self.rates[hour_of_week(hours)] * exposure)])
        self.last = float(said[-1])

    def at(self, times: Floats) -> Floats:
        return np.asarray(np.interp(times, self.start, self.told), dtype=np.float64)

    def hours(self, expected: float) -> float:
        """Seconds from the last mention in which so many are expected, were all of it heard."""
        ahead = self.last // HOUR * HOUR + HOUR * np.arange(169)
        told = np.concatenate([[0.0], np.cumsum(self.rates[hour_of_week(ahead[:-1].astype(np.int64))])])
        begun = float(np.interp(self.last, ahead, told))
        weeks, rest = divmod(begun + expected, float(told[-1]))
        return float(weeks * 7 * DAY + np.interp(rest, told, ahead) - self.last)


class _Tail:
    """How often gaps so long come, from the longest of the past."""

    def __init__(self, gaps: Floats, months: float) -> None:
        share = float(np.clip(LIGHT / len(gaps), 0.05, 0.25))
        self.upper = float(np.quantile(gaps, 1.0 - share))
        beyond = gaps[gaps > self.upper] - self.upper
        # Two made-up gaps as long as the upper ones keep a young source from ringing at its first long night.
        mean = (float(beyond.sum()) + 2.0 * self.upper) / (len(beyond) + 2.0)
        # One more regular than chance is still people: an hour late is no silence, however punctual they were.
        mean = max(mean, float(gaps.mean()))
        spread = (float(((beyond - mean) ** 2).sum()) + LIGHT * mean**2) / (len(beyond) + LIGHT)
        self.shape = float(np.clip((1.0 - mean**2 / max(spread, 1e-12)) / 2.0, 1e-3, HEAVIEST))
        self.scale = mean * (1.0 - self.shape)
        self.a_month = (len(beyond) + 1.0) / months

    def limit(self, knob: float) -> float:
        often = max(1.0, self.a_month / knob)
        return self.upper + self.scale / self.shape * (often**self.shape - 1.0)

    def per_month(self, gap: float) -> float:
        return float(self.a_month * (1.0 + self.shape * max(0.0, gap - self.upper) / self.scale) ** (-1.0 / self.shape))


def _may_be(pauses: Floats) -> Ints:
    """Pauses that may be silences, by the hours alone: asking is dear."""
    longest = np.array([0.0, *pauses[:-1]])
    step = 1
    while 2 * step <= LOOK_BACK - 1:  # the maximum of twice as many is that of two halves
        longest[step:] = np.maximum(longest[step:], longest[:-step].copy())
        step *= 2
    may_be = pauses > LEAST_OF_LONGEST * longest  # of at most so many as are looked at: none is left out
    may_be[: FEWEST - 1] = False
    return np.flatnonzero(may_be)


def _edges(unheard: Sequence[tuple[datetime, datetime]]) -> Floats:
    return np.array([[a.timestamp(), b.timestamp()] for a, b in unheard], dtype=np.float64).reshape(-1, 2)


def _lost(at: Floats, edges: Floats) -> Floats:
    """Seconds before each moment in which nobody listened; the edges are in order and do not overlap."""
    if not len(edges):
        return np.zeros(len(at))
    whole = np.cumsum(edges[:, 1] - edges[:, 0])
    lost = np.stack([np.concatenate([[0.0], whole[:-1]]), whole], axis=1)
    return np.asarray(np.interp(at, edges.ravel(), lost.ravel()), dtype=np.float64)

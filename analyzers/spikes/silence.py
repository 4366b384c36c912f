"""A source or a brand that went quiet: how long is too long, from its own past gaps and its own rhythm.

Two answers, both pure. `overdue` looks at the times of a source's mentions: a gap is odd when past gaps so long were rarer
than the knob allows (their tail is taken as exponential above the upper quarter, which bursts make longer, never
shorter). `silences` are the pauses of the past that it would have called so.

Time in which nobody listened is no silence: pass coverage, and it is taken off.

Blind spot: a source with fewer than eight mentions ever heard cannot be judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from analyzers.spikes.records import DAY, MONTH_DAYS, Floats, Ints, moment

FEWEST = 8
LOOK_BACK = 300  # mentions whose gaps are looked at
LEAST_BEYOND = 1.2  # times the longest gap that was looked at


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


def overdue(
    times: Sequence[datetime],
    now: datetime,
    *,
    false_alarms_per_month: float = 0.5,
    unheard: Sequence[tuple[datetime, datetime]] = (),
) -> Silence:
    """Has a source with mentions at `times` gone quiet by `now`? `unheard` are periods without coverage."""
    seconds = sorted({t.timestamp() for t in times if t <= now})
    holes = [(a.timestamp(), b.timestamp()) for a, b in unheard]
    zero = timedelta(0)
    if len(seconds) < FEWEST:
        return Silence(False, None, zero, zero, zero, float("nan"), f"too few to say: {len(seconds)} mentions")
    gaps = np.array([_listened(a, b, holes) for a, b in pairwise(seconds)])
    gap = _listened(seconds[-1], now.timestamp(), holes)
    months = max(_listened(seconds[0], now.timestamp(), holes) / DAY / MONTH_DAYS, 0.1)
    upper = float(np.quantile(gaps, 0.75))
    beyond = gaps[gaps > upper] - upper
    # Two made-up gaps as long as the upper quarter keep a young source from ringing at its first long night.
    mean_excess = (float(beyond.sum()) + 2.0 * upper + 1.0) / (len(beyond) + 1.0)
    per_month = (len(beyond) + 1.0) / months
    limit = upper + mean_excess * max(0.0, float(np.log(per_month / false_alarms_per_month)))
    limit = max(limit, (LEAST_BEYOND if len(gaps) >= 30 else 2.0) * float(gaps.max()))
    chance = per_month * float(np.exp(-max(0.0, gap - upper) / mean_excess))
    return Silence(
        gap > limit,
        moment(seconds[-1]),
        timedelta(seconds=gap),
        timedelta(seconds=float(np.median(gaps))),
        timedelta(seconds=limit),
        MONTH_DAYS / max(chance, 1e-6),
        "",
    )


def _listened(a: float, b: float, holes: Sequence[tuple[float, float]]) -> float:
    lost = sum(max(0.0, min(b, end) - max(a, begin)) for begin, end in holes)
    return max(0.0, b - a - lost)


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
    ends = np.append(said[1:], until.timestamp())
    pauses = ends - said - (_lost(ends, unheard) - _lost(said, unheard))
    found = []
    for i in _longer_than_usual(pauses).tolist():
        first = max(0, i + 1 - LOOK_BACK)
        known = [moment(t) for t in said[first : i + 1]]
        holes = [(a, b) for a, b in unheard if b > known[0] and a.timestamp() < ends[i]]
        last = moment(ends[i])
        if overdue(known, last, false_alarms_per_month=false_alarms_per_month, unheard=holes).quiet:
            found.append((known[-1], last))
    return found


def _longer_than_usual(pauses: Floats) -> Ints:
    """Pauses that may be silences: none is shorter than LEAST_BEYOND times the longest that is looked back on."""
    before = np.concatenate([np.zeros(LOOK_BACK - 1), pauses[:-1]])
    longest = np.lib.stride_tricks.sliding_window_view(before, LOOK_BACK - 1).max(axis=1)
    may_be = pauses > LEAST_BEYOND * longest
    may_be[: FEWEST - 1] = False
    return np.flatnonzero(may_be)


def _lost(at: Floats, unheard: Sequence[tuple[datetime, datetime]]) -> Floats:
    """Seconds before each moment in which nobody listened; `unheard` is in order and does not overlap."""
    if not unheard:
        return np.zeros(len(at))
    edges = np.array([[a.timestamp(), b.timestamp()] for a, b in unheard])
    whole = np.cumsum(edges[:, 1] - edges[:, 0])
    lost = np.stack([np.concatenate([[0.0], whole[:-1]]), whole], axis=1)
    return np.asarray(np.interp(at, edges.ravel(), lost.ravel()), dtype=np.float64)

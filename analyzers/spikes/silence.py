"""A source or a brand that went quiet: how long is too long, from its own past gaps and its own rhythm.

Two answers, both pure. `overdue` looks at the times of a source's mentions: a gap is odd when past gaps so long were rarer
than the knob allows (their tail is taken as exponential above the upper quarter, which bursts make longer, never
shorter). `quiet_counts` looks at bucketed counts with their rhythm, so a night is not a silence.

Time in which nobody listened is no silence: pass coverage, and it is taken off.

Blind spot: a source with fewer than eight mentions ever heard cannot be judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from analyzers.spikes.detector import Scorer
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS, Counts, Floats, moment

FEWEST = 8


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
    limit = max(limit, 1.2 * float(gaps.max())) if len(gaps) >= 30 else max(limit, 2.0 * float(gaps.max()))
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


def quiet_counts(counts: Counts, *, false_alarms_per_month: float = 0.5) -> list[tuple[datetime, datetime]]:
    """Periods of zeros too long for the series' own rhythm. Each period begins with its first zero and ends with its last."""
    scorer = Scorer(int(counts.start[0]) if len(counts) else 0, counts.bucket_seconds, "total")
    scorer.extend(counts.total, counts.total, counts.heard.astype(np.float64))
    series = scorer.series
    due, silent = series["due_total"], series["silent"] * series["heard"]
    runs_a_month = MONTH_DAYS * DAY / max(counts.bucket_seconds, HOUR)
    allowed = false_alarms_per_month / runs_a_month
    found = []
    for a, b in _runs(silent):
        shape = float(scorer.base.k_total[-1])
        chance = (shape / (shape + float(due[a:b].sum()))) ** shape
        if chance < allowed:
            found.append((moment(int(counts.start[a])), moment(int(counts.start[b - 1]) + counts.bucket_seconds)))
    return found


def _runs(mask: Floats) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0.0], (mask > 0).astype(float), [0.0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]

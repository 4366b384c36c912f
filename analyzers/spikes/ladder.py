"""What a bar really lets through: evidence of counts goes up in steps, and a bar between two steps is as high as the next.

The union bound promises 10^-bar alarms a month if every window could spend its whole share of that. Counts cannot: where
one mention a day is usual, four in a day are once in 50 days and five once in 300, and nothing lies between; a window of
two days of a large calm brand cannot rise by a fifth, without which nothing rings; and other mentions that happen to be
many explain negatives that need no explaining. From the fit the ladder adds up what each window really spends at a bar,
and evidence is then counted in the alarms a month that truly pass it. (Tarone 1990 corrects tests of counts for the same
reason.)

Blind spot: it believes the fit's rates and spreads; what these miss is for `calibrate` to learn.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.baseline import Baseline
from analyzers.spikes.evidence import LEAST_RATIO, Lens, Sums, usual_of
from analyzers.spikes.records import Floats
from analyzers.spikes.tails import log10_tails, quantile

BARS = np.arange(-3.0, 8.01, 0.2)
# Hours of the week differ in rate, and so in their steps; other mentions are now few, now many (middles of quarters).
KINDS, STEPS = 3, 28
QUARTERS = (-1.15, -0.32, 0.32, 1.15)


@dataclass(frozen=True)
class Ladder:
    """Evidence as the union bound has it (`BARS`), and what it is worth."""

    worth: Floats

    def apply(self, decades: Floats) -> Floats:
        inside = np.interp(decades, BARS, self.worth)
        above = np.maximum(decades - BARS[-1], 0.0)
        below = np.minimum(decades - BARS[0], 0.0)
        return np.asarray(inside + above + below, dtype=np.float64)


def level_ladder() -> Ladder:
    """No correction, for a series without a fit."""
    return Ladder(BARS.copy())


def build(base: Baseline, lens: Lens, *, fewest: int) -> Ladder:
    """From the fit: sum over windows, kinds of hour and luck with other mentions of the chance to pass each bar."""
    due_negative, due_total = _usual(base, lens)
    others, mean, shape = _null(due_negative, due_total, base, lens)
    counts = _counts(mean, shape, fewest)
    none = np.zeros_like(mean)
    usual = usual_of(Sums(none, others, due_negative, due_total, none, none, none[:, :1], none[:, :1]), base, lens)
    able = counts >= np.maximum(LEAST_RATIO * usual.mean, fewest)[..., None]
    decades = np.where(able, -usual.log_p(counts, log10_tails) - usual.bar[..., None], -99.0)
    chance = 10.0 ** log10_tails(counts, mean, shape)
    highest = np.maximum.accumulate(decades, axis=2)
    # For each bar the first step that passes it; past the last step nothing does.
    first = (highest[..., None] < BARS - 1e-9).sum(axis=2)
    cases, width = mean.shape
    passing = np.take_along_axis(np.append(chance, np.zeros((cases, width, 1)), axis=2), first, axis=2)
    passed = ((lens.share * lens.tests)[:, None] / cases * passing).sum(axis=(0, 1))
    worth = -np.log10(np.maximum(passed, 1e-30))
    return Ladder(np.maximum(np.maximum.accumulate(worth), BARS))


def _usual(base: Baseline, lens: Lens) -> tuple[Floats, Floats]:
    """Expected negatives and all mentions of windows in KINDS kinds of hour, each once per quarter: cases x windows."""

    def of(rate: Floats) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(np.tile(rate, 2))])
        whole = np.maximum(1, np.round(lens.hours)).astype(np.int64)
        ends = np.sort((sums[whole[:, None] + np.arange(168)] - sums[:168]) * (lens.hours / whole)[:, None], axis=1)
        low, part = np.divmod((np.arange(KINDS) + 0.5) / KINDS * 167, 1.0)
        at = low.astype(np.int64)
        usual = (ends[:, at] + part * (ends[:, at + 1] - ends[:, at])).T
        quarters = 1 if lens.measure == "total" else len(QUARTERS)
        return np.repeat(np.maximum(usual, 1e-9), quarters, axis=0)

    total = of(base.total_rate)
    return (total if lens.measure == "total" else of(base.total_rate * base.share)), total


def _null(due_negative: Floats, due_total: Floats, base: Baseline, lens: Lens) -> tuple[Floats, Floats, Floats]:
    """Other mentions of each case, and mean and shape of the usual count beside them."""
    if lens.measure == "total":
        at_average = float(base.total_rate.mean()) * lens.hours[None, :] / due_total
        return np.zeros_like(due_total), due_total, base.k_total / at_average
    calm = np.broadcast_to(1.0 / (1.0 / base.k_total + 1.0 / base.sure_total), due_total.shape)
    due_others = np.maximum(due_total - due_negative, 1e-6)
    others = due_others.copy()
    for quarter, z in enumerate(QUARTERS):
        rows = slice(quarter, None, len(QUARTERS))
        others[rows] = quantile(due_others[rows], calm[rows], z)
    mean = due_negative * (calm + others) / (calm + due_others)
    # How unsure the fit is of its level is no chance that comes anew every hour.
    return others, mean, 1.0 / (1.0 / (calm + others) + 1.0 / base.k_share)


def _counts(mean: Floats, shape: Floats, fewest: int) -> Floats:
    """Counts from the usual to far beyond it, all of them where they are small: cases x windows x STEPS."""
    low = np.maximum(np.ceil(mean), fewest)
    far = 6.0 + 14.0 * np.sqrt(mean + mean * mean / shape)
    step = np.arange(STEPS) / (STEPS - 1.0)
    return np.asarray(np.ceil(low[..., None] + far[..., None] * step * step), dtype=np.float64)

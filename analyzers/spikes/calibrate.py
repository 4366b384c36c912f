"""Keeping the word given by the knob, whatever the series is made of.

The count model's tail is right for well-behaved brands and far too light for those whose audience comes in bursts. Each
series therefore calibrates itself: above a threshold about ten times a month high, the rate of past evidence and its
excess give a generalised Pareto tail (peaks over threshold: Pickands 1975; on line as in Siffer et al. 2017), the most
likely one under a prior that believes the model. The largest few past peaks are set aside: those were the spikes.

Blind spot: a brand that really has a crisis every few days teaches that these are usual.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.records import DAY, MONTH_DAYS, Bools, Floats, Ints, Measure
from analyzers.spikes.tails import LN10

THRESHOLD = -1.0
BLOCK_HOURS = 6.0
RATE_PRIOR = 4.0
# The prior: excess falls by about 0.8 of what the model says, and the tail is exponential unless peaks say otherwise.
USUAL_SCALE, SCALE_SPREAD = 1.0 / (0.8 * LN10), 0.35
USUAL_BEND = 0.25
BENDS = np.array([0.02, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.4, 2.0, 3.0])
SCALES = USUAL_SCALE * np.exp(np.linspace(-0.9, 2.4, 23))
CALM_REACH, BURSTY_REACH = 1.2, 1.6
_PRIOR = -BENDS[:, None] / USUAL_BEND - 0.5 * (np.log(SCALES[None, :] / USUAL_SCALE) / SCALE_SPREAD) ** 2


@dataclass(frozen=True)
class Aside:
    """How many of the largest past peaks were spikes and teach nothing: so many a month, and some to begin with."""

    per_month: float
    at_least: int


# All mentions of a brand burst far more often than chance, and each burst is a true rise: more of them are set aside.
ASIDE: dict[Measure, Aside] = {
    "negative": Aside(2.0, 0),
    "share": Aside(2.0, 0),
    "total": Aside(2.0, 1),
}


@dataclass(frozen=True)
class Tail:
    """Evidence recalibrated: shifted by `offset`, and above the threshold bent by a Pareto tail (`bend`, `scale`)."""

    offset: float = 0.0
    bend: float = float(BENDS[0])
    scale: float = USUAL_SCALE

    @property
    def bursty(self) -> float:
        """0 where peaks fall off about as the model says, 1 where they reach half as far again and more."""
        reach = self.scale / USUAL_SCALE * (1.0 + self.bend)
        return min(max((reach - CALM_REACH) / (BURSTY_REACH - CALM_REACH), 0.0), 1.0)

    def apply(self, decades: Floats) -> Floats:
        above = np.maximum(decades - THRESHOLD, 0.0)
        gained = np.log1p(self.bend * above / self.scale) / (self.bend * LN10)
        return np.asarray(np.minimum(decades, THRESHOLD) + self.offset + gained, dtype=np.float64)


def fit_tail(start: Ints, decades: Floats, usable: Bools, aside: Aside) -> Tail:
    """From the largest raw evidence of each past row. Rows that could not be judged count for no time."""
    judged = int(usable.sum())
    if judged < 8:
        return Tail()
    block = ((start - start[0]) // int(BLOCK_HOURS * 3600)).astype(np.int64)
    peaks = np.full(int(block[-1]) + 1, -99.0)
    np.maximum.at(peaks, block[usable], decades[usable])
    months = judged * float(start[1] - start[0]) / DAY / MONTH_DAYS
    excess = np.sort(_clusters(peaks))[::-1]
    excess = excess[round(aside.per_month * months) + aside.at_least :]
    promised = 10.0 ** (-THRESHOLD)
    rate = (RATE_PRIOR + len(excess)) / (RATE_PRIOR / promised + months)
    bend, scale = _pareto(excess)
    return Tail(float(np.log10(promised / rate)), bend, scale)


def _pareto(excess: Floats) -> tuple[float, float]:
    """Bend and scale of the likeliest generalised Pareto tail on a grid, under the prior."""
    bends, scales = BENDS[:, None, None], SCALES[None, :, None]
    fit = -np.log(scales) - (1.0 + 1.0 / bends) * np.log1p(bends * excess[None, None, :] / scales)
    best = int(np.argmax(fit.sum(axis=2) + _PRIOR))
    return float(BENDS[best // len(SCALES)]), float(SCALES[best % len(SCALES)])


def _clusters(peaks: Floats) -> Floats:
    """Excess of each run of blocks above the threshold: a burst that lasts counts once."""
    above = peaks > THRESHOLD
    first = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
    if len(first) == 0:
        return np.zeros(0)
    return np.asarray(np.maximum.reduceat(np.where(above, peaks, THRESHOLD), first) - THRESHOLD, dtype=np.float64)

"""Keeping the word given by the knob, whatever the series is made of.

The count model's tail is right for well-behaved brands and far too light for those whose audience comes in bursts. Each
series therefore calibrates itself: above a threshold about ten times a month high, the rate of past evidence and its
excess give a generalised Pareto tail (peaks over threshold: Pickands 1975; on line as in Siffer et al. 2017), the most
likely one under a prior that believes the model. The largest few past peaks are set aside: those were the spikes.

What towers (see `series.prominence`) is a ranking among bursts, not a chance; how often bursts of its height came in the
series' own past makes it one: heights in doublings fall off exponentially, as those of any heavy (Pareto) tail do.

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
# Bursts from FROM doublings over what was tall are counted; before they are seen so many a month are believed in, of
# which every MEAN_EXCESS doublings leave one in e. (Tweet volumes of brands: .4 to 1.4; hourly Pareto bursts: .7 to 1.3.)
FROM, OFTEN, MEAN_EXCESS, BELIEF = -0.5, 8.0, 0.8, 4.0
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

    threshold: float = THRESHOLD
    offset: float = 0.0
    bend: float = float(BENDS[0])
    scale: float = USUAL_SCALE

    @property
    def bursty(self) -> float:
        """0 where peaks fall off about as the model says, 1 where they reach half as far again and more."""
        reach = self.scale / USUAL_SCALE * (1.0 + self.bend)
        return min(max((reach - CALM_REACH) / (BURSTY_REACH - CALM_REACH), 0.0), 1.0)

    def apply(self, decades: Floats) -> Floats:
        above = np.maximum(decades - self.threshold, 0.0)
        gained = np.log1p(self.bend * above / self.scale) / (self.bend * LN10)
        return np.asarray(np.minimum(decades, self.threshold) + self.offset + gained, dtype=np.float64)


@dataclass(frozen=True)
class Towers:
    """How often a series' bursts tower: `a_month` of FROM doublings and more, e times rarer every `excess` doublings."""

    a_month: float = OFTEN
    excess: float = MEAN_EXCESS

    @property
    def decades(self) -> float:
        """By how many decades one doubling more is rarer."""
        return 1.0 / (self.excess * LN10)

    def often(self, doublings: float) -> float:
        """Bursts a month, in decades, of so many doublings and more."""
        return float(np.log10(self.a_month)) - (doublings - FROM) * self.decades


def fit_towers(start: Ints, doublings: Floats, usable: Bools) -> Towers:
    """From the doublings of each past row over what was tall before it; none is set aside, for each came."""
    judged = int(usable.sum())
    if judged < 2:
        return Towers()
    months = judged * float(start[1] - start[0]) / DAY / MONTH_DAYS
    excess = _clusters(_peaks(start, doublings, usable), FROM)
    a_month = (BELIEF + len(excess)) / (BELIEF / OFTEN + months)
    return Towers(a_month, (BELIEF * MEAN_EXCESS + float(excess.sum())) / (BELIEF + len(excess)))


def fit_tail(start: Ints, decades: Floats, usable: Bools, *, aside: Aside, least: float = THRESHOLD) -> Tail:
    """From the largest raw evidence of each past row. Rows that could not be judged count for no time.

    `least` is the evidence of the least that may ring: where even that is seldom, as three mentions are where ten a month
    are usual, a threshold below it would be passed no more often, and waiting for ten a month would make all evidence more.
    """
    judged = int(usable.sum())
    if judged < 8:
        return Tail()
    peaks = _peaks(start, decades, usable)
    months = judged * float(start[1] - start[0]) / DAY / MONTH_DAYS
    threshold = max(THRESHOLD, least)
    promised = 10.0 ** (-threshold)
    excess = np.sort(_clusters(peaks, threshold))[::-1]
    excess = excess[round(aside.per_month * months * promised / 10.0**-THRESHOLD) + aside.at_least :]
    rate = (RATE_PRIOR + len(excess)) / (RATE_PRIOR / promised + months)
    bend, scale = _pareto(excess)
    return Tail(threshold, float(np.log10(promised / rate)), bend, scale)


def _pareto(excess: Floats) -> tuple[float, float]:
    """Bend and scale of the likeliest generalised Pareto tail on a grid, under the prior."""
    bends, scales = BENDS[:, None, None], SCALES[None, :, None]
    fit = -np.log(scales) - (1.0 + 1.0 / bends) * np.log1p(bends * excess[None, None, :] / scales)
    best = int(np.argmax(fit.sum(axis=2) + _PRIOR))
    return float(BENDS[best // len(SCALES)]), float(SCALES[best % len(SCALES)])


def _peaks(start: Ints, values: Floats, usable: Bools) -> Floats:
    """The largest value of each block of BLOCK_HOURS."""
    block = ((start - start[0]) // int(BLOCK_HOURS * 3600)).astype(np.int64)
    peaks = np.full(int(block[-1]) + 1, -99.0)
    np.maximum.at(peaks, block[usable], values[usable])
    return peaks


def _clusters(peaks: Floats, threshold: float) -> Floats:
    """Excess of each run of blocks above the threshold: a burst that lasts counts once."""
    above = peaks > threshold
    first = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
    if len(first) == 0:
        return np.zeros(0)
    return np.asarray(np.maximum.reduceat(np.where(above, peaks, threshold), first) - threshold, dtype=np.float64)

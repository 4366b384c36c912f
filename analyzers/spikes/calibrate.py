"""Keeping the word given by the knob, whatever the series is made of.

The count model's tail is right for well-behaved brands and far too light for those whose audience comes in bursts. Each
series therefore calibrates itself: above a threshold about ten times a month high, the rate of past evidence and its
mean excess give an exponential tail (peaks over threshold: Pickands 1975; on line as in Siffer et al. 2017), leaning on the
model's own promise by a Gamma prior. The largest few past peaks are set aside, since those were the spikes themselves.

Blind spot: a brand that really has a crisis every few days teaches that these are usual.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.records import DAY, MONTH_DAYS, Floats, Ints
from analyzers.spikes.tails import LN10

THRESHOLD = -1.0
BLOCK_HOURS = 6.0
RATE_PRIOR, SLOPE_PRIOR, USUAL_SLOPE = 4.0, 10.0, 0.8
LARGEST_EXCESS = 2.5
SET_ASIDE_PER_MONTH = 2.0


@dataclass(frozen=True)
class Tail:
    """Calibrated evidence = `offset` + raw, with the slope bent above the threshold."""

    offset: float = 0.0
    slope: float = USUAL_SLOPE

    def apply(self, decades: Floats) -> Floats:
        above = np.maximum(decades - THRESHOLD, 0.0)
        return np.asarray(np.minimum(decades, THRESHOLD) + self.offset + self.slope * above, dtype=np.float64)


def fit_tail(start: Ints, decades: Floats, usable: Floats) -> Tail:
    """From the largest raw evidence of each past row. Rows that could not be judged count for no time."""
    keep = usable > 0
    if keep.sum() < 8:
        return Tail()
    block = ((start - start[0]) // int(BLOCK_HOURS * 3600)).astype(np.int64)
    peaks = np.full(int(block[-1]) + 1, -99.0)
    np.maximum.at(peaks, block[keep], decades[keep])
    step = float(start[1] - start[0]) if len(start) > 1 else DAY
    months = float(keep.sum()) * step / DAY / MONTH_DAYS
    excess = np.sort(_clusters(peaks))[::-1]
    aside = min(int(round(SET_ASIDE_PER_MONTH * months)), len(excess))
    excess = np.minimum(excess[aside:], LARGEST_EXCESS)
    promised = 10.0 ** (-THRESHOLD)
    rate = (RATE_PRIOR + len(excess)) / (RATE_PRIOR / promised + months)
    slope = (SLOPE_PRIOR + len(excess)) / (SLOPE_PRIOR / USUAL_SLOPE + LN10 * float(excess.sum()))
    offset = float(np.log10(promised / rate))
    return Tail(offset, float(np.clip(slope, 0.05, 1.1)))


def _clusters(peaks: Floats) -> Floats:
    """Excess of each run of blocks above the threshold: a burst that lasts counts once."""
    found: list[float] = []
    inside = False
    for peak in peaks:
        if peak > THRESHOLD:
            if inside:
                found[-1] = max(found[-1], float(peak) - THRESHOLD)
            else:
                found.append(float(peak) - THRESHOLD)
        inside = bool(peak > THRESHOLD)
    return np.asarray(found, dtype=np.float64)

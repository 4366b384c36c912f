"""What the field does, written plainly, each giving a strangeness for every row from that row and earlier ones.

The rolling z-score (mean and deviation of the last 7 days); a seasonal-decomposition test in the manner of S-H-ESD
(Hochenbaum, Vallis & Kejariwal 2017: weekly medians off, then median and MAD over four weeks); a Poisson test against the
mean of the same hour of the week in the last four weeks; the windowed Gaussian of the Numenta Anomaly Benchmark; and an
oracle that is told the true rates.
"""

import numpy as np

from analyzers.spikes.bench.simulate import Brand
from analyzers.spikes.records import DAY, HOUR, Floats
from analyzers.spikes.tails import log10_tail


def rolling_z(negative: Floats, bucket: int, *, days: int = 7) -> Floats:
    """(value - mean) / deviation over the rows before."""
    width = days * DAY // bucket
    sums = np.concatenate([[0.0], np.cumsum(negative)])
    squares = np.concatenate([[0.0], np.cumsum(negative**2)])
    i = np.arange(len(negative))
    a = np.maximum(i - width, 0)
    n = np.maximum(i - a, 1)
    mean = (sums[i] - sums[a]) / n
    deviation = np.sqrt(np.maximum((squares[i] - squares[a]) / n - mean**2, 0.0))
    z = (negative - mean) / np.maximum(deviation, 0.3)
    return np.where(i < DAY // bucket, -9.0, z)


def seasonal_test(negative: Floats, bucket: int) -> Floats:
    """Residual from the weekly median of the same slot, over the MAD of four weeks."""
    week = 7 * DAY // bucket
    out = np.full(len(negative), -9.0)
    padded = np.concatenate([np.full(4 * week, np.nan), negative])
    past = np.stack([padded[4 * week - k * week : 4 * week - k * week + len(negative)] for k in range(1, 5)])
    with np.errstate(all="ignore"):
        centre = np.nanmedian(np.where(np.isnan(past).all(axis=0), 0.0, past), axis=0)
    residual = negative - centre
    for i in range(2 * week, len(negative), max(1, DAY // bucket)):
        window = residual[max(week, i - 4 * week) : i]
        middle = float(np.median(window))
        spread = 1.4826 * float(np.median(np.abs(window - middle)))
        stop = i + max(1, DAY // bucket)
        out[i:stop] = (residual[i:stop] - middle) / max(spread, 0.5)
    return out


def poisson_same_hour(negative: Floats, bucket: int) -> Floats:
    """-log10 of the Poisson tail against the mean of the same slot in the last four weeks."""
    week = 7 * DAY // bucket
    padded = np.concatenate([np.full(4 * week, np.nan), negative])
    past = np.stack([padded[4 * week - k * week : 4 * week - k * week + len(negative)] for k in range(1, 5)])
    seen = (~np.isnan(past)).sum(axis=0)
    mean = (np.nansum(past, axis=0) + 0.25) / (seen + 0.25)
    score = -log10_tail(negative, mean, np.full_like(mean, 1e6))
    return np.where(seen >= 2, score, -9.0)


def oracle(brand: Brand) -> Floats:
    """The best of windows of 1 to 24 h against the true usual rate given what all other mentions did."""
    counts = brand.counts
    hour = HOUR // counts.bucket_seconds
    others = counts.total - counts.negative
    due_others = np.maximum(brand.usual_total - brand.usual_negative, 1e-9)
    best = np.full(len(counts), -9.0)
    for width in (1, 2, 3, 6, 12, 24):
        rows = width * hour

        def window(values: Floats, rows: int = rows) -> Floats:
            sums = np.concatenate([[0.0], np.cumsum(values)])
            i = np.arange(1, len(values) + 1)
            return sums[i] - sums[np.maximum(i - rows, 0)]

        factor = np.maximum((window(others) + 20.0) / (window(due_others) + 20.0), 1.0)
        mean = window(brand.usual_negative) * factor
        best = np.maximum(best, -log10_tail(window(counts.negative), mean, np.full_like(mean, 60.0)) + np.log10(width))
    return best


def windowed_gaussian(value: Floats, *, rows: int = 6400, step: int = 100) -> Floats:
    """Deviations from the mean of the last 22 days of 5 minutes: the plainest detector of Lavin & Ahmad's benchmark."""
    out = np.full(len(value), -9.0)
    for i in [*range(1, min(rows, len(value))), *range(rows, len(value), step)]:
        past, stop = value[max(0, i - rows) : i], i + (step if i >= rows else 1)
        out[i:stop] = (value[i:stop] - past.mean()) / max(float(past.std()), 1e-6)
    return out

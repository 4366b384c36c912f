"""Tails of count distributions, vectorised and honest far out.

A count is negative binomial: Poisson with a rate that itself varies (Gamma of shape k). Survival functions are regularised
incomplete beta functions; where those underflow, the deviance bound takes over, so that 10,000 where 60 is usual
still ranks above 5,000.

Blind spot: beyond about 1e-280 the figure is a bound (Chernoff), right in order and in magnitude of the exponent only.
"""

import numpy as np
from scipy.special import betainc, gammaln

from analyzers.spikes.records import Floats

LN10 = float(np.log(10.0))
# Terms are added up over so many counts, in tables of these widths, and never beyond a tail of so many decades.
WIDTHS, FARTHEST = (32, 64, 128, 256, 512, 1024), -280.0


def log10_tail(observed: Floats, mean: Floats, shape: Floats) -> Floats:
    """log10 P(X >= observed) for X negative binomial with this mean and shape."""
    y, mu, k = np.broadcast_arrays(observed, np.maximum(mean, 1e-9), np.clip(shape, 1e-3, 1e7))
    positive = np.maximum(y, 1e-9)
    tail = np.where(y <= 0, 1.0, betainc(positive, k, mu / (mu + k)))
    with np.errstate(divide="ignore"):
        log_tail = np.log10(tail)
    far = (tail < 1e-280) & (y > mu)
    if far.any():
        log_tail = np.where(far, _bound(positive, mu, k), log_tail)
    return np.asarray(log_tail, dtype=np.float64)


def log10_tails(counts: Floats, mean: Floats, shape: Floats) -> Floats:
    """`log10_tail` of many counts of each distribution, whole and ascending along the last axis; mean and shape lack it.

    Between the tails of its lowest and its highest count those of a distribution are sums of its terms, of which each
    follows from the one before: far cheaper than a beta function for each count, and as exact.
    """
    low, high = counts[..., 0], counts[..., -1]
    begins, ends = log10_tail(low, mean, shape), log10_tail(high, mean, shape)
    found = np.empty(counts.shape)
    width, done = high - low, ends < FARTHEST
    found[done] = log10_tail(counts[done], mean[done, None], shape[done, None])
    for most in WIDTHS:
        rows = ~done & (width <= most)
        if rows.any():
            found[rows] = _between(counts[rows], mean[rows], shape[rows], begins[rows], ends[rows])
            done |= rows
    if not done.all():
        found[~done] = log10_tail(counts[~done], mean[~done, None], shape[~done, None])
    return found


def _between(counts: Floats, mean: Floats, shape: Floats, begins: Floats, ends: Floats) -> Floats:
    mu, k = np.maximum(mean, 1e-9)[:, None], np.clip(shape, 1e-3, 1e7)[:, None]
    place = (counts - counts[:, :1]).astype(np.int64)
    count = counts[:, :1] + np.arange(int(place.max()) + 1)
    terms = np.cumprod(np.where(count > counts[:, :1], (count - 1.0 + k) / count * (mu / (mu + k)), 1.0), axis=1)
    terms[count >= counts[:, -1:]] = 0.0
    sums = np.cumsum(terms[:, ::-1], axis=1)[:, ::-1]
    first, last = 10.0 ** begins[:, None], 10.0 ** ends[:, None]
    part = np.take_along_axis(sums, place, axis=1) / np.maximum(sums[:, :1], 1e-300)
    return np.asarray(np.log10(last + (first - last) * part), dtype=np.float64)


def _bound(y: Floats, mu: Floats, k: Floats) -> Floats:
    deviance = y * np.log(y / mu) - (y + k) * np.log((y + k) / (mu + k))
    return np.asarray(-np.maximum(deviance, 0.0) / LN10, dtype=np.float64)


def log_pmf(observed: Floats, mean: Floats, shape: Floats) -> Floats:
    """ln P(X = observed) for the same distribution."""
    mu, k = np.maximum(mean, 1e-9), np.clip(shape, 1e-3, 1e7)
    norm = gammaln(observed + k) - gammaln(k) - gammaln(observed + 1.0)
    return np.asarray(norm + k * np.log(k / (k + mu)) + observed * np.log(mu / (k + mu)), dtype=np.float64)


def usual_range(mean: Floats, shape: Floats, z: float = 1.96) -> tuple[Floats, Floats]:
    """The range that holds about 95 of 100 counts, as whole numbers."""
    # A Gamma so matched has no mass at zero to speak of when the mean is small: a lone mention is still usual there.
    high = np.maximum(np.ceil(quantile(mean, shape, z)), np.where(np.asarray(mean) > 0.025, 1.0, 0.0))
    return np.floor(quantile(mean, shape, -z)), high


def quantile(mean: Floats, shape: Floats, z: float) -> Floats:
    """The count that lies z deviations out, as a fraction (Wilson & Hilferty's cube root, 1931)."""
    mu = np.maximum(np.asarray(mean, dtype=np.float64), 1e-9)
    a = mu * mu / (mu + mu * mu / np.clip(shape, 1e-3, 1e7))
    root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * np.sqrt(a))
    return np.asarray(mu * np.maximum(root, 0.0) ** 3, dtype=np.float64)

"""What is usual: rate by hour of the week, negative share, and how far both stray, fitted from past buckets only.

Counts are pooled to hours. The rate is level x hour-of-day x day-of-week x hour-of-week; every factor is a Gamma-Poisson
estimate shrunk toward its parent (1), so two weeks give a usable week and a brand with one mention a day falls back on
its daily level. Recent days weigh more (half-lives below) so slow growth is followed. Hours inside past spikes,
campaigns and outages are left out and what stays is capped at three standard deviations (Farrington et al. 1996
down-weight past outbreaks for the same reason).

Dispersion is measured for every window length on its own, so slow swings count against long windows, where they live.

Blind spots: a rhythm longer than a week (pay days, months) is not modelled; a holiday is seen only through all mentions.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.records import DAY, HOUR, Bools, Floats, Ints

HISTORY_DAYS = 42
# Prior strength of a factor is 1 / (its expected spread squared): hours of the day differ by some 70 %, days of the week
# by 30 %, and an hour of one weekday from what those two foretell by 20 %.
HOUR_PRIOR, DAY_PRIOR, WEEK_PRIOR, RECENT_PRIOR = 2.0, 11.0, 25.0, 11.0
SHARE_HOUR_PRIOR, SHARE_DAY_PRIOR, SHARE_WEEK_PRIOR, SHARE_RECENT_PRIOR = 25.0, 60.0, 100.0, 40.0
# One over a shape is seldom below the least, and before it was measured stands that much around its prior.
LEAST_SWING, PRIOR_SPREAD = 0.0005, 0.1
LEVEL_HALF_LIFE, RECENT_HALF_LIFE = 14.0, 2.5
SHARE_HALF_LIFE, SHARE_RECENT_HALF_LIFE = 21.0, 5.0


@dataclass(frozen=True)
class Past:
    """Past buckets as the fit sees them; `spiking` marks rows inside an earlier episode or a campaign."""

    start: Ints
    bucket_seconds: int
    negative: Floats
    total: Floats
    usable: Bools
    spiking: Bools


@dataclass(frozen=True)
class Baseline:
    """The fit. Rates are per hour and by hour of the week (168); dispersions are by window length.

    `k_total[w]`: shape of the swings of all mentions over window w (large is calm); `k_share[w]` the same for negatives
    given all mentions. `sure_total`, `sure_share`: how many effective mentions stand behind the level.
    """

    total_rate: Floats
    share: Floats
    k_total: Floats
    k_share: Floats
    sure_total: float
    sure_share: float
    days: float

    def expect(self, start: Ints, bucket_seconds: int) -> tuple[Floats, Floats]:
        """Expected total and expected negative share for buckets that begin at `start`."""
        slot = hour_of_week(start)
        return self.total_rate[slot] * (bucket_seconds / HOUR), self.share[slot]


def hour_of_week(start: Ints) -> Ints:
    """0..167 in UTC. The rhythm is the brand's own, so the zone only shifts labels."""
    return np.asarray((start // HOUR + 96) % 168, dtype=np.int64)


def hour_rates(start: Ints, counts: Floats, exposure: Floats) -> Floats:
    """Mentions an hour by hour of the week, from hours that begin at `start` and the part of each that was heard."""
    age = (start[-1] + HOUR - start) / DAY
    half_lives, priors = (LEVEL_HALF_LIFE, RECENT_HALF_LIFE), (HOUR_PRIOR, DAY_PRIOR, WEEK_PRIOR, RECENT_PRIOR)
    return _rate(counts, exposure, hour_of_week(start), age, half_lives=half_lives, priors=priors).by_hour


def empty_baseline(windows: int) -> Baseline:
    """Before anything was heard: one mention an hour, of which a tenth negative, and no certainty at all."""
    return Baseline(np.full(168, 1.0), np.full(168, 0.1), np.full(windows, 2.0), np.full(windows, 5.0), 0.5, 0.5, 0.0)


@dataclass(frozen=True)
class _Rate:
    by_hour: Floats
    sure: float


def fit(past: Past, windows: Ints, *, value_only: bool) -> Baseline:
    """Fit on rows before now. `windows` are lengths in buckets; `value_only` skips the share."""
    use = past.usable & ~past.spiking
    if not use.any():
        return empty_baseline(len(windows))
    now = int(past.start[-1]) + past.bucket_seconds
    hours = _pool(past, use)
    age = (now - hours.start) / DAY
    total = _rate(
        hours.total,
        hours.exposure,
        hour_of_week(hours.start),
        age,
        half_lives=(LEVEL_HALF_LIFE, RECENT_HALF_LIFE),
        priors=(HOUR_PRIOR, DAY_PRIOR, WEEK_PRIOR, RECENT_PRIOR),
    )
    share = _Rate(np.full(168, 1.0), 1e6)
    if not value_only:
        share = _rate(
            hours.negative,
            hours.total,
            hour_of_week(hours.start),
            age,
            half_lives=(SHARE_HALF_LIFE, SHARE_RECENT_HALF_LIFE),
            priors=(SHARE_HOUR_PRIOR, SHARE_DAY_PRIOR, SHARE_WEEK_PRIOR, SHARE_RECENT_PRIOR),
        )
        share = _Rate(np.clip(share.by_hour, 1e-6, 0.95), share.sure)
    slot = hour_of_week(past.start)
    mu = total.by_hour[slot] * (past.bucket_seconds / HOUR)
    k_total = _shapes(past.total, mu, use, windows, prior=0.06)
    given = past.total * share.by_hour[slot]
    k_share = np.full(len(windows), 1e6) if value_only else _shapes(past.negative, given, use, windows, prior=0.03)
    days = float(past.usable.sum()) * past.bucket_seconds / DAY
    return Baseline(total.by_hour, share.by_hour, k_total, k_share, total.sure, share.sure, days)


@dataclass(frozen=True)
class _Hours:
    start: Ints
    exposure: Floats
    total: Floats
    negative: Floats


def _pool(past: Past, use: Bools) -> _Hours:
    """Sum usable buckets into hours (a bucket longer than an hour stays itself)."""
    step = max(HOUR, past.bucket_seconds)
    first = int(past.start[0]) // step if past.bucket_seconds < HOUR else 0
    index = past.start // step - first if past.bucket_seconds < HOUR else np.arange(len(past.start))
    size = int(index[-1]) + 1
    heard = np.bincount(index[use], minlength=size) * (past.bucket_seconds / HOUR)
    total = np.bincount(index[use], weights=past.total[use], minlength=size)
    negative = np.bincount(index[use], weights=past.negative[use], minlength=size)
    start = (np.arange(size) + first) * step if past.bucket_seconds < HOUR else past.start
    keep = heard > 0
    exposure, total_, negative_ = (np.asarray(x[keep], dtype=np.float64) for x in (heard, total, negative))
    return _Hours(start[keep].astype(np.int64), exposure, total_, negative_)


def _rate(
    y: Floats,
    exposure: Floats,
    slot: Ints,
    age: Floats,
    *,
    half_lives: tuple[float, float],
    priors: tuple[float, float, float, float],
) -> _Rate:
    """Shrunken multiplicative rate of y per exposure, by hour of the week."""
    seen = exposure > 0
    y, exposure, slot, age = y[seen], exposure[seen], slot[seen], age[seen]
    if len(y) == 0:
        return _Rate(np.full(168, 0.1), 0.5)
    weight, recent = 0.5 ** (age / half_lives[0]), 0.5 ** (age / half_lives[1])
    factors = [np.ones(24), np.ones(7), np.ones(168)]
    keys = [slot % 24, slot // 24, slot]
    level = float((weight * y).sum() + 0.5) / float((weight * exposure).sum() + 1e-9)
    shape, capped = 3.0, y
    for _ in range(3):
        mu = level * exposure * factors[0][keys[0]] * factors[1][keys[1]] * factors[2][keys[2]]
        capped = np.minimum(y, mu + 3.0 * np.sqrt(mu + mu * mu / shape) + 1.0)
        weighty = weight * shape
        for which, prior in enumerate(priors[:3]):
            trust = weighty / (shape + mu)
            size = len(factors[which])
            seen_sum = np.bincount(keys[which], weights=trust * capped, minlength=size)
            due_sum = np.bincount(keys[which], weights=trust * mu, minlength=size)
            # From the parent's expectation anew each round: shrinking only what is left over would undo the prior.
            fresh = (seen_sum + prior) / (due_sum / factors[which] + prior)
            mu = mu * (fresh / factors[which])[keys[which]]
            factors[which] = fresh
        trust = weighty / (shape + mu)
        lift = float(trust @ capped + 0.5) / float(trust @ mu + 0.5)
        level, mu = level * lift, mu * lift
        shape = _shape_of(capped, mu, prior=0.15)
    trust = recent / (1.0 + mu / shape)
    level *= float(trust @ capped + priors[3]) / float(trust @ mu + priors[3])
    week = np.arange(168)
    by_hour = level * factors[0][week % 24] * factors[1][week // 24] * factors[2][week]
    sure = float((weight / (1.0 + mu / shape) * capped).sum()) + 0.5
    return _Rate(np.asarray(by_hour, dtype=np.float64), sure)


def _shape_of(y: Floats, mu: Floats, *, prior: float) -> float:
    """Shape by moments: the variance beyond Poisson over the squared mean, leaning on a prior.

    The prior is worth 12 windows, and more where counts are so small that chance alone makes the moments anything.
    """
    error = y - mu
    square, whole = float(mu @ mu), float(mu.sum())
    chance = (whole + 2.0 * square) / max(square, 1e-12) ** 2
    lean = square * (12.0 / len(mu) + chance / PRIOR_SPREAD**2)
    excess = float(error @ error) - whole + lean * prior
    return 1.0 / min(max(excess / (square + lean), LEAST_SWING), 20.0)


def _shapes(y: Floats, mu: Floats, use: Bools, windows: Ints, *, prior: float) -> Floats:
    """One shape per window length, each leaning on the one before it."""
    y0, mu0 = np.where(use, y, 0.0), np.where(use, mu, 0.0)
    sum_y, sum_mu = np.concatenate([[0.0], np.cumsum(y0)]), np.concatenate([[0.0], np.cumsum(mu0)])
    shapes, lean = [], prior
    for width in windows:
        at_mu, at_y = sum_mu[len(y) % width :: width], sum_y[len(y) % width :: width]
        due, got = at_mu[1:] - at_mu[:-1], at_y[1:] - at_y[:-1]
        keep = due > 0.0
        if keep.sum() >= 4:
            due, got = due[keep], got[keep]
            # Winsorised: a few wild windows must not make the rest deaf; the tail is calibrated separately.
            spread = np.sqrt(due + due * due * max(lean, 0.02))
            got = np.minimum(got, due + 3.0 * spread)
            lean = 1.0 / _shape_of(got, due, prior=lean)
        shapes.append(1.0 / lean)
    return np.asarray(shapes, dtype=np.float64)

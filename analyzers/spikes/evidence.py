"""How strange the buckets ending now are, for every window length at once.

For each window the count is set against what is usual *given what all other mentions did*. Let m be what multiplies
everything (a campaign, a new source, a holiday, a feed catching up). With m ~ Gamma around 1, the other mentions O tell
how large it was: m | O ~ Gamma(k + O, k + E[O]), so the negatives are negative binomial around share x E[O] x E[m | O]
(a beta-binomial's cousin; Good 1953 for the conjugacy). A small weight on a wild m lets a campaign be recognised even
for a brand with few mentions. m below 1 is not believed: fewer other mentions do not make a usual count strange.

Evidence is in decades: log10 of one over the expected number of such windows a month by chance, over all windows tested
(the union bound of Kleinberg 2003's and Neill's scan windows, here one-sided). 0 is once a month, 1 once in ten months.

Blind spot: a crisis that multiplies neutral mentions as much as negative ones is, by definition, not seen here; the
measure `total` sees it.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.baseline import Baseline
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS, Floats, Ints, Measure
from analyzers.spikes.tails import log10_tail, log_pmf

# Overlapping windows are not independent tests: per window length this many effective ones fit side by side,
# found on null series (see the bench's calibration).
OVERLAP, LENGTHS, VALUE_LENGTHS = 2.5, 12.0, 3.5
# Of the alarms that chance may ring, windows get shares that fall with the root of their length (from an hour up): a short
# window rings first, so what is spent there comes back as hours. A larger power rings sooner and misses more slow crises.
HASTE: dict[Measure, float] = {"negative": 0.5, "share": 0.5, "total": 0.0}
WILD_WEIGHT, WILD_SHAPE = 0.04, 0.3
CONTEXT_HOURS = 6.0
UNREST, UNREST_POWER = 0.1, 1.5
# From all other mentions as usual to this many times as many, what people say of a campaign is less and less foretold by
# what they usually say: the share strays more, and there is more that could look strange.
CAMPAIGN_FACTOR, CAMPAIGN_SPREAD, CAMPAIGN_BAR = 2.0, 0.12, 1.0
FEW_OTHERS = 3.0
# How far what comes late strays from what was missed, as a squared share of it.
LATE_SWING = 0.5
NO_EVIDENCE = -9.0


def window_lengths(bucket_seconds: int) -> Ints:
    """Window lengths in buckets, from one bucket to two days (seven days for daily buckets)."""
    hours = np.array([0.25, 0.5, 1, 2, 3, 6, 12, 24, 48])
    lengths = {1} | {round(h * HOUR / bucket_seconds) for h in hours if h * HOUR > bucket_seconds}
    if bucket_seconds > DAY // 2:
        lengths |= {3}
    return np.array(sorted(lengths), dtype=np.int64)


@dataclass(frozen=True)
class Lens:
    """Through which a series is looked at: window lengths in buckets and hours, and the number of tests each makes.

    `tests` is the effective number in 30 days, over the window's `share` of what chance may ring. `context` names for each
    window the one whose other mentions are looked at too: the longest up to CONTEXT_HOURS, or itself.
    """

    measure: Measure
    windows: Ints
    hours: Floats
    tests: Floats
    share: Floats
    context: Ints

    @classmethod
    def of(cls, measure: Measure, bucket_seconds: int) -> "Lens":
        windows = window_lengths(bucket_seconds)
        rows = MONTH_DAYS * DAY / bucket_seconds
        hours = np.asarray(windows * (bucket_seconds / HOUR), dtype=np.float64)
        share = np.maximum(hours, 1.0) ** -HASTE[measure]
        share /= share.sum()
        tests = np.minimum(rows, OVERLAP * rows / windows) * (VALUE_LENGTHS if measure == "total" else LENGTHS)
        tests = tests / (len(windows) * share)
        longest = max(int(np.searchsorted(hours, CONTEXT_HOURS, side="right")) - 1, 0)
        context = np.maximum(np.arange(len(windows), dtype=np.int64), longest)
        return cls(measure, windows, hours, tests, share, context)


@dataclass(frozen=True)
class Sums:
    """Sums over windows that end at each row: arrays of rows x windows."""

    negative: Floats
    total: Floats
    due_negative: Floats
    due_total: Floats
    backlog: Floats
    backlog_negative: Floats
    unrest: Floats
    loud: Floats


@dataclass(frozen=True)
class Evidence:
    """`mean` and `shape` of the usual count after what all mentions explain; `log_p` the tail; `decades` the evidence."""

    mean: Floats
    shape: Floats
    log_p: Floats
    decades: Floats


def weigh(sums: Sums, base: Baseline, lens: Lens) -> Evidence:
    """Evidence for every row and window."""
    measure, tests, context = lens.measure, lens.tests, lens.context
    if measure == "total":
        mean, shape, log_p = _all_mentions(sums, base, lens)
    else:
        loud = _loudness(sums, context)
        mean, shape, log_p = _given_the_rest(sums, base, measure, context, loud)
    decades = -log_p - np.log10(tests)[None, :] - (0.0 if measure == "total" else CAMPAIGN_BAR * loud)
    decades = np.where(sums.due_total > 0, decades, NO_EVIDENCE)
    return Evidence(mean, shape, log_p, decades)


def _all_mentions(sums: Sums, base: Baseline, lens: Lens) -> tuple[Floats, Floats, Floats]:
    mean = sums.due_total + sums.backlog
    # Bursts come from outside and do not shrink at night: the swing is that of an average hour, in mentions.
    at_average = float(base.total_rate.mean()) * lens.hours[None, :] / np.maximum(sums.due_total, 1e-9)
    late = LATE_SWING * (sums.backlog / np.maximum(mean, 1e-9)) ** 2
    swing = at_average / base.k_total[None, :] + 1.0 / base.sure_total + late
    # A wild day makes the next burst less of a surprise: recent squared errors widen the swing (as in GARCH, Bollerslev 1986).
    swing = swing + UNREST * sums.unrest * lens.windows[None, :] ** UNREST_POWER / np.maximum(sums.due_total, 1e-9) ** 2
    shape = 1.0 / swing
    return mean, shape, log10_tail(sums.total, mean, shape)


def _loudness(sums: Sums, context: Ints) -> Floats:
    """0 where other mentions are as usual, 1 where there are CAMPAIGN_FACTOR times as many, now or for long of late."""
    others = np.maximum(sums.total - sums.negative, 0.0) + FEW_OTHERS
    due = np.maximum(sums.due_total - sums.due_negative, 0.0) + FEW_OTHERS
    loud = np.clip(np.log(others / due) / np.log(CAMPAIGN_FACTOR), 0.0, 1.0)
    return np.asarray(np.maximum(loud[:, context], sums.loud), dtype=np.float64)


def _given_the_rest(
    sums: Sums, base: Baseline, measure: Measure, context: Ints, loud: Floats
) -> tuple[Floats, Floats, Floats]:
    others = np.maximum(sums.total - sums.negative, 0.0)
    due_others = np.maximum(sums.due_total - sums.due_negative, 1e-6)
    calm = np.broadcast_to(1.0 / (1.0 / base.k_total + 1.0 / base.sure_total), others.shape)
    wild = np.full_like(others, WILD_SHAPE)
    catching_up = sums.backlog > 0
    odds = np.log(WILD_WEIGHT / (1 - WILD_WEIGHT))
    odds = odds + log_pmf(others, due_others, wild) - log_pmf(others, due_others, calm)
    chance = 1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))
    # What is late multiplies a window as far as it is much beside what is due: an hour missed is nothing to two days.
    chance = np.maximum(chance, np.minimum(sums.backlog / np.maximum(sums.due_total, 1e-9), 1.0))
    # A campaign is told better by the last hours than by the last bucket: take the longer look too.
    chance = np.maximum(chance, chance[:, context])
    mean, shape, tail = np.zeros_like(others), np.zeros_like(others), np.zeros_like(others)
    for weight, k in ((1.0 - chance, calm), (chance, wild)):
        factor = (k + others) / (k + due_others)
        if measure == "negative":
            factor = np.maximum(np.maximum(factor, factor[:, context]), 1.0)
        swing = 1.0 / (k + others) + 1.0 / base.k_share[None, :] + 1.0 / base.sure_share
        swing = swing + CAMPAIGN_SPREAD * np.maximum(loud, factor > CAMPAIGN_FACTOR)
        here = sums.due_negative * factor
        mean += weight * here
        shape += weight / swing
        tail += weight * 10.0 ** np.maximum(log10_tail(sums.negative, here, 1.0 / swing), -290.0)
    log_p = np.log10(np.maximum(tail, 1e-290))
    if catching_up.any():
        whole, late = _late(sums, base, calm)
        log_p = np.where(catching_up, np.maximum(log_p, late), log_p)
        mean = np.where(catching_up, np.maximum(mean, whole), mean)
    return mean, shape, log_p


def _late(sums: Sums, base: Baseline, calm: Floats) -> tuple[Floats, Floats]:
    """Negatives that are due or owed, and the tail when all that is owed comes: only that part strays by LATE_SWING."""
    whole = sums.due_negative + sums.backlog_negative
    usual = 1.0 / calm + 1.0 / base.k_share[None, :] + 1.0 / base.sure_share
    strays = usual * sums.due_negative**2 + LATE_SWING * sums.backlog_negative**2
    return whole, log10_tail(sums.negative, whole, whole**2 / np.maximum(strays, 1e-12))

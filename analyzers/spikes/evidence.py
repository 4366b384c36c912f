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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analyzers.spikes.baseline import Baseline
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS, Bools, Floats, Ints, Measure
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
# Less than so many times the usual is no spike, however sure one can be that it is more.
LEAST_RATIO = 1.2


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
class Usual:
    """What is usual of each window after what all mentions explain: a mixture of negative binomials.

    `parts` are weight, mean and shape of each; `late` mean and shape while an outage's backlog comes in, and
    `catching_up` where it does; `bar` what evidence must make up for, in decades.
    """

    mean: Floats
    shape: Floats
    parts: tuple[tuple[Floats, Floats, Floats], ...]
    bar: Floats
    catching_up: Bools
    late: tuple[Floats, Floats] | None = None

    def at(self, where: Bools) -> "Usual":
        """The same of some windows only."""
        parts = tuple((weight[where], mean[where], shape[where]) for weight, mean, shape in self.parts)
        late = (self.late[0][where], self.late[1][where]) if self.late else None
        return Usual(self.mean[where], self.shape[where], parts, self.bar[where], self.catching_up[where], late)

    def log_p(self, observed: Floats, tail: Callable[[Floats, Floats, Floats], Floats] = log10_tail) -> Floats:
        """log10 of the chance to see so many or more."""
        if len(self.parts) == 1:
            return tail(observed, self.mean, self.shape)
        chance = np.zeros(observed.shape)
        for weight, mean, shape in self.parts:
            lone = weight.reshape(weight.shape + (1,) * (observed.ndim - weight.ndim))
            chance += lone * 10.0 ** np.maximum(tail(observed, mean, shape), -290.0)
        log_p = np.log10(np.maximum(chance, 1e-290))
        if self.late:
            log_p = np.where(self.catching_up, np.maximum(log_p, tail(observed, *self.late)), log_p)
        return log_p


@dataclass(frozen=True)
class Evidence:
    """`mean` and `shape` of the usual count after what all mentions explain; `log_p` the tail; `decades` the evidence.

    Windows that are not `strong`, that is not LEAST_RATIO times the usual, can ring for nobody: they are given none.
    """

    mean: Floats
    shape: Floats
    log_p: Floats
    decades: Floats
    strong: Bools


def weigh(sums: Sums, base: Baseline, lens: Lens) -> Evidence:
    """Evidence for every row and window."""
    usual, observed = usual_of(sums, base, lens), sums.total if lens.measure == "total" else sums.negative
    strong = observed >= LEAST_RATIO * usual.mean
    asked = strong & (observed > 0) & (sums.due_total > 0)
    some = usual.at(asked)
    log_p, decades = np.zeros(observed.shape), np.full(observed.shape, NO_EVIDENCE)
    log_p[asked] = some.log_p(observed[asked])
    decades[asked] = -log_p[asked] - some.bar
    return Evidence(usual.mean, usual.shape, log_p, decades, strong)


def usual_of(sums: Sums, base: Baseline, lens: Lens) -> Usual:
    """What is usual of the windows of each row."""
    return _all_mentions(sums, base, lens) if lens.measure == "total" else _given_the_rest(sums, base, lens)


def _all_mentions(sums: Sums, base: Baseline, lens: Lens) -> Usual:
    mean = sums.due_total + sums.backlog
    # Bursts come from outside and do not shrink at night: the swing is that of an average hour, in mentions.
    at_average = float(base.total_rate.mean()) * lens.hours[None, :] / np.maximum(sums.due_total, 1e-9)
    late = LATE_SWING * (sums.backlog / np.maximum(mean, 1e-9)) ** 2
    swing = at_average / base.k_total[None, :] + 1.0 / base.sure_total + late
    # A wild day makes the next burst less of a surprise: recent squared errors widen the swing (as in GARCH, Bollerslev 1986).
    swing = swing + UNREST * sums.unrest * lens.windows[None, :] ** UNREST_POWER / np.maximum(sums.due_total, 1e-9) ** 2
    shape, bar = 1.0 / swing, np.broadcast_to(np.log10(lens.tests), mean.shape)
    return Usual(mean, shape, ((np.ones(mean.shape), mean, shape),), bar, sums.backlog > 0)


def _loudness(sums: Sums, context: Ints) -> Floats:
    """0 where other mentions are as usual, 1 where there are CAMPAIGN_FACTOR times as many, now or for long of late."""
    others = np.maximum(sums.total - sums.negative, 0.0) + FEW_OTHERS
    due = np.maximum(sums.due_total - sums.due_negative, 0.0) + FEW_OTHERS
    loud = np.clip(np.log(others / due) / np.log(CAMPAIGN_FACTOR), 0.0, 1.0)
    return np.asarray(np.maximum(loud[:, context], sums.loud), dtype=np.float64)


def _given_the_rest(sums: Sums, base: Baseline, lens: Lens) -> Usual:
    context, loud = lens.context, _loudness(sums, lens.context)
    others = np.maximum(sums.total - sums.negative, 0.0)
    due_others = np.maximum(sums.due_total - sums.due_negative, 1e-6)
    calm = np.broadcast_to(1.0 / (1.0 / base.k_total + 1.0 / base.sure_total), others.shape)
    wild = np.full_like(others, WILD_SHAPE)
    chance = _wildness(sums, others, due_others, calm, wild)
    # A campaign is told better by the last hours than by the last bucket: take the longer look too.
    chance = np.maximum(chance, chance[:, context])
    mean, shape, parts = np.zeros_like(others), np.zeros_like(others), []
    for weight, k in ((1.0 - chance, calm), (chance, wild)):
        factor = (k + others) / (k + due_others)
        if lens.measure == "negative":
            factor = np.maximum(np.maximum(factor, factor[:, context]), 1.0)
        swing = 1.0 / (k + others) + 1.0 / base.k_share[None, :] + 1.0 / base.sure_share
        swing = swing + CAMPAIGN_SPREAD * np.maximum(loud, factor > CAMPAIGN_FACTOR)
        parts.append((weight, sums.due_negative * factor, 1.0 / swing))
        mean += weight * parts[-1][1]
        shape += weight * parts[-1][2]
    bar, catching_up = np.log10(lens.tests)[None, :] + CAMPAIGN_BAR * loud, sums.backlog > 0
    if not catching_up.any():
        return Usual(mean, shape, tuple(parts), bar, catching_up)
    late = _late(sums, base, calm)
    return Usual(np.where(catching_up, np.maximum(mean, late[0]), mean), shape, tuple(parts), bar, catching_up, late)


def _wildness(sums: Sums, others: Floats, due_others: Floats, calm: Floats, wild: Floats) -> Floats:
    """The chance that something multiplies all mentions of a window."""
    odds = np.log(WILD_WEIGHT / (1 - WILD_WEIGHT))
    odds = odds + log_pmf(others, due_others, wild) - log_pmf(others, due_others, calm)
    chance = 1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))
    # What is late multiplies a window as far as it is much beside what is due: an hour missed is nothing to two days.
    return np.asarray(np.maximum(chance, np.minimum(sums.backlog / np.maximum(sums.due_total, 1e-9), 1.0)))


def _late(sums: Sums, base: Baseline, calm: Floats) -> tuple[Floats, Floats]:
    """Negatives that are due or owed, and their shape when all that is owed comes: only that part strays by LATE_SWING."""
    whole = sums.due_negative + sums.backlog_negative
    usual = 1.0 / calm + 1.0 / base.k_share[None, :] + 1.0 / base.sure_share
    strays = usual * sums.due_negative**2 + LATE_SWING * sums.backlog_negative**2
    return whole, whole**2 / np.maximum(strays, 1e-12)

"""The shapes of spike detection: counts in, judgements and spikes out.

Everything here is frozen and free of clocks, so a judgement made yesterday can be made again from the same counts.
Times are UTC; a bucket is named by its start and is known only when it has ended.

Blind spot: `heard` says that a bucket was listened to, not that every source was; a bucket heard by half the sources
looks like a quiet one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Measure = Literal["negative", "share", "total"]

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTH_DAYS = 30.0
# A brand with less history is still being learned, and is said to be.
LEARNING_DAYS = 14.0


def moment(epoch_seconds: float) -> datetime:
    """An epoch second as an aware UTC datetime."""
    return datetime.fromtimestamp(float(epoch_seconds), UTC)


@dataclass(frozen=True)
class SpikeSettings:
    """What ops can turn.

    false_alarms_per_month: how many alarms by chance are expected of one brand in 30 days. Raising it rings earlier
        and for weaker spikes, and rings more often for nothing.
    floor: fewest mentions of the measure inside the alarm's window. Raising it silences small brands first.
    cooldown_hours: how long all must be calm before a rise counts as a new spike. Raising it joins neighbours into one.
    measure: `negative` rings for a rise of negative mentions that a rise of all mentions does not explain; `share` for
        a rise of the negative share alone, even when mentions fall; `total` for a rise of all mentions.
    """

    false_alarms_per_month: float = 1.0
    floor: int = 3
    cooldown_hours: float = 12.0
    measure: Measure = "negative"

    def __post_init__(self) -> None:
        if not 0.001 <= self.false_alarms_per_month <= 60:
            raise InputError("false_alarms_per_month must be between 0.001 and 60")
        if not 1 <= self.floor <= 1_000_000:
            raise InputError("floor must be between 1 and 1,000,000 mentions")
        if not 0 <= self.cooldown_hours <= 720:
            raise InputError("cooldown_hours must be between 0 and 720")
        if self.measure not in ("negative", "share", "total"):
            raise InputError("measure must be negative, share or total")


@dataclass(frozen=True)
class Bucket:
    """One bucket for the incremental detector. `heard` false means that nobody listened then."""

    start: float
    negative: float
    total: float
    heard: bool = True


@dataclass(frozen=True)
class Counts:
    """A regular series of buckets without gaps: a bucket nobody heard is present with `heard` false.

    For the measure `total` only `total` is read. `negative` is part of `total`.
    """

    start: Ints
    bucket_seconds: int
    negative: Floats
    total: Floats
    heard: Bools

    def __post_init__(self) -> None:
        n = len(self.start)
        if not (len(self.negative) == len(self.total) == len(self.heard) == n):
            raise InputError("counts: start, negative, total and heard must be of one length")
        if not MINUTE <= self.bucket_seconds <= DAY:
            raise InputError("counts: a bucket must be between 1 minute and 1 day")
        if n > 1 and not (np.diff(self.start) == self.bucket_seconds).all():
            raise InputError("counts: buckets must follow each other without gaps")
        values = np.concatenate([self.negative, self.total])
        if not np.isfinite(values).all() or (values < 0).any():
            raise InputError("counts: numbers must be finite and not negative")
        if (self.negative > self.total).any():
            raise InputError("counts: negative is more than total")

    def __len__(self) -> int:
        return len(self.start)


def counts_from(
    start: int,
    bucket_seconds: int,
    *,
    negative: npt.ArrayLike,
    total: npt.ArrayLike | None = None,
    heard: npt.ArrayLike | None = None,
) -> Counts:
    """Build counts from a first bucket and plain sequences; without `total` the series is its own total."""
    neg = np.asarray(negative, dtype=np.float64)
    tot = neg.copy() if total is None else np.asarray(total, dtype=np.float64)
    ear = np.ones(len(neg), dtype=bool) if heard is None else np.asarray(heard, dtype=bool)
    starts = int(start) + int(bucket_seconds) * np.arange(len(neg), dtype=np.int64)
    return Counts(starts, int(bucket_seconds), neg, tot, ear)


@dataclass(frozen=True)
class Spike:
    """A period in which the measure left its usual range, with its own arithmetic.

    `start` to `end` is the window whose figures are quoted (the alarm is known at `end`), `until` is when the measure
    was last out of range. `expected`, `low`, `high` are what was usual for that window (95 of 100 windows), after what
    a rise of all mentions explains. `once_in_days`: by chance such a window comes about once in so many days; of all
    mentions that burst often, so often did the brand's own bursts come so high.
    """

    start: datetime
    end: datetime
    until: datetime
    peak: datetime
    window_hours: float
    observed: int
    total: int
    expected: float
    usual_total: float
    low: int
    high: int
    p_value: float
    once_in_days: float
    strength: float
    evidence: float
    share: float
    usual_share: float
    measure: Measure


@dataclass(frozen=True)
class Judgement:
    """What is said of one bucket. `alarm` is true once, at the start of an episode; `episode` numbers its rows."""

    start: datetime
    score: float
    alarm: bool
    expected: float
    low: int
    high: int
    reason: str
    episode: int
    learning: bool
    spike: Spike | None

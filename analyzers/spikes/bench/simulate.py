"""A simulated truth: brands of many sizes with crises, campaigns, outages and other troubles whose times are known.

The generator knows nothing of the detector's model on purpose: rates stray by slow log-normal swings, shares by their own,
counts are then Poisson; backlogs arrive in lumps; a crisis brings neutral mentions too. Seeded: the same seed gives the
same brands on every machine with the same NumPy.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analyzers.spikes.records import DAY, HOUR, Bools, Counts, Floats, Ints

FIRST = 1_735_689_600 + 5 * DAY  # a Monday, 2025-01-06
CALM_DAYS = 21


@dataclass(frozen=True)
class Event:
    """Something known to have happened to rows `first` to `last` (inclusive)."""

    kind: str
    first: int
    last: int
    size: float


@dataclass(frozen=True)
class Brand:
    """A simulated brand and the truth about it."""

    name: str
    counts: Counts
    events: tuple[Event, ...]
    usual_negative: Floats
    usual_total: Floats

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


@dataclass
class Draft:
    """A brand being made up: rates per bucket, and what is added, silenced or late."""

    rng: np.random.Generator
    bucket: int
    days: int
    total: Floats
    share: Floats
    extra: Floats
    spill: Floats
    heard: Bools
    zero: Bools
    late: Floats
    events: list[Event] = field(default_factory=list)

    @property
    def per_hour(self) -> float:
        return HOUR / self.bucket

    def place(self, hours: float, *, gap_hours: float = 36.0) -> tuple[int, int] | None:
        """A stretch after the calm start that keeps away from other events."""
        rows = max(1, round(hours * self.per_hour))
        gap = round(gap_hours * self.per_hour)
        for _ in range(60):
            low, high = round(CALM_DAYS * 24 * self.per_hour), len(self.total) - rows - gap
            first = int(self.rng.integers(low, high))
            if all(first - gap > e.last or first + rows + gap < e.first for e in self.events):
                return first, first + rows - 1
        return None


def brand(seed: int, *, days: int = 90, bucket: int = HOUR, crises: int | None = None, troubles: bool = True) -> Brand:
    """One brand. `crises` fixes how many; without `troubles` nothing else happens either (a null series)."""
    rng = np.random.default_rng(seed)
    draft = calm_draft(rng, days, bucket)
    usual_total, usual_share = draft.total.copy(), draft.share.copy()
    if troubles:
        _troubles(draft)
    for _ in range(int(rng.integers(1, 4)) if crises is None else crises):
        _crisis(draft)
    return finish(f"brand {seed}", draft, usual_total, usual_share)


def finish(name: str, draft: Draft, usual_total: Floats, usual_share: Floats) -> Brand:
    """Draw the counts of a draft."""
    counts = _draw(draft)
    events = tuple(sorted(draft.events, key=lambda e: e.first))
    return Brand(name, counts, events, usual_total * usual_share, usual_total)


def brands(n: int, *, seed: int = 7, **options: Any) -> list[Brand]:
    return [brand(seed * 100_003 + i, **options) for i in range(n)]


def calm_draft(rng: np.random.Generator, days: int, bucket: int) -> Draft:
    rows = days * DAY // bucket
    start = np.arange(rows) * bucket
    hour, day = start / HOUR % 24, start // DAY
    share = float(np.exp(rng.uniform(np.log(0.04), np.log(0.35))))
    negatives_a_day = float(np.exp(rng.uniform(np.log(1.0), np.log(600.0))))
    level = negatives_a_day / share / DAY * bucket
    phase, depth = rng.uniform(0, 24), rng.uniform(0.3, 1.2)
    rhythm = np.exp(depth * np.sin(2 * np.pi * (hour - phase) / 24) + 0.3 * np.sin(4 * np.pi * (hour - phase) / 24))
    if rng.random() < 0.3:  # a daily digest: one hour that is always high
        rhythm = np.where(np.floor(hour) == rng.integers(0, 24), rhythm * rng.uniform(3, 6), rhythm)
    week = np.exp(rng.normal(0, 0.15, 7) + np.array([0, 0, 0, 0, 0, 1, 1]) * rng.normal(-0.2, 0.3))
    growth = np.exp(rng.normal(0.01, 0.03) * start / (7 * DAY))
    total = level * rhythm / rhythm.mean() * week[day % 7] / week.mean() * growth
    total = total * _swing(rng, rows, sd=rng.uniform(0.05, 0.35), hours=rng.uniform(2, 12), bucket=bucket)
    tilt = 1 + 0.15 * rng.normal() * np.sin(2 * np.pi * (hour - rng.uniform(0, 24)) / 24)
    shares = np.clip(
        share * tilt * _swing(rng, rows, sd=rng.uniform(0.02, 0.2), hours=rng.uniform(1, 8), bucket=bucket), 0.005, 0.8
    )
    none = np.zeros(rows)
    return Draft(
        rng,
        bucket,
        days,
        total,
        shares,
        none.copy(),
        none.copy(),
        np.ones(rows, bool),
        np.zeros(rows, bool),
        none.copy(),
    )


def _swing(rng: np.random.Generator, rows: int, *, sd: float, hours: float, bucket: int) -> Floats:
    """exp of an AR(1): the mood of days, with mean 1."""
    keep = float(np.exp(-bucket / HOUR / hours))
    noise = rng.normal(0, sd * np.sqrt(1 - keep * keep), rows)
    walk = np.empty(rows)
    value = rng.normal(0, sd)
    for i, step in enumerate(noise.tolist()):
        value = keep * value + step
        walk[i] = value
    return np.exp(walk - sd * sd / 2)


def _troubles(draft: Draft) -> None:
    rng = draft.rng
    for _ in range(int(rng.integers(0, 3))):
        _campaign(draft)
    for _ in range(int(rng.integers(0, 3))):
        _outage(draft)
    if rng.random() < 0.3:
        new_source(draft)
    if rng.random() < 0.4:
        holiday(draft)


def _shape(draft: Draft, rows: int, *, ramp: bool) -> Floats:
    t = np.arange(rows) / max(rows, 1)
    if ramp:
        return np.minimum(1.0, (t + 1 / rows) / draft.rng.uniform(0.25, 0.6))
    return np.exp(-t * draft.rng.uniform(0.3, 2.0))


def _crisis(draft: Draft) -> None:
    """Negatives three- to twentyfold for 3 to 48 hours, sudden or as a ramp; neutral mentions come along."""
    rng = draft.rng
    hours = float(np.exp(rng.uniform(np.log(3), np.log(48))))
    spot = draft.place(hours)
    if spot is None:
        return
    cut = slice(spot[0], spot[1] + 1)
    rows = spot[1] + 1 - spot[0]
    usual = float((draft.total * draft.share)[cut].mean())
    daily = float((draft.total * draft.share).mean())
    factor = float(np.exp(rng.uniform(np.log(3), np.log(20)))) - 1
    lift = factor * max(usual, 0.5 * daily) * _shape(draft, rows, ramp=rng.random() < 0.4)
    fewest = rng.uniform(5, 9)
    if lift.sum() < fewest:
        lift *= fewest / lift.sum()
    draft.extra[cut] += lift
    draft.spill[cut] += lift * rng.uniform(0.0, 0.8)
    draft.events.append(Event("crisis", *spot, factor + 1))


def _campaign(draft: Draft) -> None:
    rng = draft.rng
    spot = draft.place(float(rng.uniform(6, 72)))
    if spot is None:
        return
    cut = slice(spot[0], spot[1] + 1)
    factor = float(np.exp(rng.uniform(np.log(2.5), np.log(10))))
    shape = _shape(draft, spot[1] + 1 - spot[0], ramp=rng.random() < 0.5)
    draft.total[cut] *= 1 + (factor - 1) * shape
    draft.share[cut] *= rng.uniform(0.5, 1.1)
    draft.events.append(Event("campaign", *spot, factor))


def _outage(draft: Draft) -> None:
    """Nothing for hours, as zeros or as missing rows; then what was missed comes in one to four buckets."""
    rng = draft.rng
    spot = draft.place(float(rng.uniform(3, 30)))
    if spot is None:
        return
    cut = slice(spot[0], spot[1] + 1)
    if rng.random() < 0.5:
        draft.heard[cut] = False
    draft.zero[cut] = True
    lumps = int(rng.integers(1, 5))
    back = float(draft.total[cut].sum()) * rng.uniform(0.4, 1.0) / lumps
    draft.late[spot[1] + 1 : spot[1] + 1 + lumps] += back
    draft.events.append(Event("outage", spot[0], spot[1] + lumps, back))


def new_source(draft: Draft) -> None:
    at = draft.place(2.0)
    if at is None:
        return
    factor = float(draft.rng.uniform(1.3, 2.5))
    draft.total[at[0] :] *= factor
    draft.share[at[0] :] *= draft.rng.uniform(0.8, 1.15)
    draft.events.append(Event("new source", at[0], at[0] + round(24 * draft.per_hour), factor))


def holiday(draft: Draft) -> None:
    spot = draft.place(24.0 * int(draft.rng.integers(1, 4)))
    if spot is None:
        return
    factor = float(draft.rng.choice([0.5, 0.7, 1.5]))
    draft.total[spot[0] : spot[1] + 1] *= factor
    draft.events.append(Event("holiday", *spot, factor))


def _draw(draft: Draft) -> Counts:
    rng = draft.rng
    live = np.where(draft.zero, 0.0, 1.0)
    negative = rng.poisson((draft.total * draft.share + draft.extra) * live + draft.late * draft.share)
    rest = rng.poisson((draft.total * (1 - draft.share) + draft.spill) * live + draft.late * (1 - draft.share))
    starts: Ints = FIRST + draft.bucket * np.arange(len(negative), dtype=np.int64)
    negative = np.where(draft.heard, negative, 0)
    total = np.where(draft.heard, negative + rest, 0)
    return Counts(starts, draft.bucket, negative.astype(np.float64), total.astype(np.float64), draft.heard)

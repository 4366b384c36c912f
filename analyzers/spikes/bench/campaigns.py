"""Campaigns of many shapes, and crises inside them: what must not ring, and what must ring all the same.

Each brand lives 60 days and has campaigns of one shape only, four at most. Crises inside campaigns are three- to
twentyfold what the campaign itself brings, never fewer than 8 mentions, as in the simulated truth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.spikes.bench.simulate import Brand, Draft, Event, calm_draft, finish
from analyzers.spikes.records import HOUR, Floats

DAYS, CAMPAIGNS = 60, 4
_Shape = Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True)
class Kind:
    """`hours` and `factor` bound length and size; `share` what happens to the negative share; `crisis` lies inside."""

    hours: tuple[float, float]
    shape: _Shape
    factor: tuple[float, float] = (2.5, 10.0)
    share: tuple[float, float] = (0.6, 1.1)
    starts: tuple[float, ...] = ()
    weekday: int | None = None
    outage: bool = False
    crisis: bool = False


def _sudden(rng: np.random.Generator, rows: int) -> Floats:
    return np.asarray(np.exp(-np.arange(rows) / rows * rng.uniform(0.3, 2.0)), dtype=np.float64)


def _slow(rng: np.random.Generator, rows: int) -> Floats:
    return np.asarray(np.minimum(1.0, (np.arange(rows) + 1.0) / (rows * rng.uniform(0.6, 0.95))), dtype=np.float64)


def _flat(rng: np.random.Generator, rows: int) -> Floats:
    return np.ones(rows)


KINDS: dict[str, Kind] = {
    "slow build": Kind((36, 96), _slow),
    "one day": Kind((8, 24), _sudden),
    "several days": Kind((60, 120), _flat),
    "weekend": Kind((48, 48), _flat, weekday=5),
    "more negative": Kind((12, 60), _sudden, share=(1.15, 1.4)),
    "from midnight": Kind((12, 48), _flat, starts=(0.0, 1.0, 2.0, 3.0)),
    "with an outage": Kind((36, 72), _flat, outage=True),
    "crisis inside": Kind((36, 96), _flat, crisis=True),
}


def campaign_brand(seed: int, kind: Kind) -> Brand:
    rng = np.random.default_rng(seed)
    draft = calm_draft(rng, DAYS, HOUR)
    usual_total, usual_share = draft.total.copy(), draft.share.copy()
    for _ in range(CAMPAIGNS):
        _campaign(draft, kind)
    return finish(f"campaigns {seed}", draft, usual_total, usual_share)


def _campaign(draft: Draft, kind: Kind) -> None:
    rng = draft.rng
    spot = draft.place(float(rng.uniform(*kind.hours)))
    if spot is None:
        return
    first, rows = spot[0], spot[1] + 1 - spot[0]
    if kind.starts:
        first = first // 24 * 24 + int(rng.choice(kind.starts))
    if kind.weekday is not None:
        first = (first // 168) * 168 + 24 * kind.weekday
    last = min(first + rows, len(draft.total) - 24) - 1
    if last - first < rows // 2 or any(first - 24 <= e.last and e.first <= last + 24 for e in draft.events):
        return
    cut = slice(first, last + 1)
    factor = float(np.exp(rng.uniform(*np.log(kind.factor))))
    draft.total[cut] *= 1 + (factor - 1) * kind.shape(rng, last + 1 - first)
    draft.share[cut] = np.minimum(draft.share[cut] * rng.uniform(*kind.share), 0.8)
    draft.events.append(Event("campaign", first, last, factor))
    if kind.outage:
        _outage(draft, first, last)
    if kind.crisis:
        _crisis(draft, first, last)


def _outage(draft: Draft, first: int, last: int) -> None:
    """In the middle of the campaign nothing for hours; then what was missed comes in one to four buckets."""
    rng = draft.rng
    a = int(rng.integers(first + 4, last - 16))
    b = a + int(rng.integers(4, 12))
    if rng.random() < 0.5:
        draft.heard[a:b] = False
    draft.zero[a:b] = True
    lumps = int(rng.integers(1, 5))
    draft.late[b : b + lumps] += float(draft.total[a:b].sum()) * rng.uniform(0.4, 1.0) / lumps


def _crisis(draft: Draft, first: int, last: int) -> None:
    rng = draft.rng
    a = int(rng.integers(first + 6, max(first + 7, last - 12)))
    b = min(a + int(rng.uniform(4, 24)), last + 1)
    brought = float((draft.total * draft.share)[a:b].mean())
    lift = brought * (float(np.exp(rng.uniform(np.log(3.0), np.log(20.0)))) - 1) * np.ones(b - a)
    lift *= max(1.0, 8.0 / float(lift.sum()))
    draft.extra[a:b] += lift
    draft.spill[a:b] += lift * rng.uniform(0.0, 0.6)
    draft.events.append(Event("crisis", a, b - 1, 0.0))


@dataclass(frozen=True)
class Trial:
    """Campaigns and how many of them rang (crises aside), crises inside and how many were caught."""

    campaigns: int
    rang: int
    crises: int
    caught: int


def trial(brands: Sequence[Brand], alarms: Sequence[Sequence[int]]) -> Trial:
    rang, caught, campaigns, crises = 0, 0, 0, 0
    for brand, rows in zip(brands, alarms, strict=True):
        inside = [(e.first, e.last + 6) for e in brand.of("crisis")]
        left = [row for row in rows if not any(a <= row <= b for a, b in inside)]
        campaigns += len(brand.of("campaign"))
        crises += len(inside)
        rang += sum(any(e.first <= row <= e.last for row in left) for e in brand.of("campaign"))
        caught += sum(any(a <= row <= b for row in rows) for a, b in inside)
    return Trial(campaigns, rang, crises, caught)

"""Tweet volumes like the real ones, and the Numenta Anomaly Benchmark's way of scoring alarms on them.

The scorer follows Lavin & Ahmad 2015 and Ahmad et al. 2017: each labelled window is worth one detection, weighted by a
sigmoid of how early in the window its first alarm falls; a missed window costs 1, each alarmed row outside windows 0.11
(less when it falls just after one); 0 is silence and 100 a perfect detector. One threshold serves all files.

The series are ours: 5-minute counts, 55 days, a daily rhythm, slow swings, a drizzle of small self-exciting bursts with
Pareto sizes; labels go to the few that stand out to the eye in a plot of the whole file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.spikes.bench.simulate import FIRST
from analyzers.spikes.records import DAY, Floats

ROWS, BUCKET = 15_850, 300
PROBATION_SHARE, PROBATION_LONGEST = 0.15, 750
FALSE_COST = 0.11


@dataclass(frozen=True)
class Volume:
    """A series and its labelled windows (first and last row)."""

    name: str
    start: int
    value: Floats
    windows: tuple[tuple[int, int], ...]


def volume(seed: int) -> Volume:
    rng = np.random.default_rng(seed)
    hour = np.arange(ROWS) * BUCKET / 3600
    level = float(np.exp(rng.uniform(np.log(0.5), np.log(80.0))))
    rate = level * np.exp(rng.uniform(0.3, 0.9) * np.sin(2 * np.pi * (hour - rng.uniform(0, 24)) / 24))
    rate *= np.exp(rng.normal(0, 0.12, 7))[(np.arange(ROWS) * BUCKET // DAY) % 7]
    rate *= _swing(rng, rng.uniform(0.1, 0.3))
    bursts = _bursts(rng, level, count=int(rng.integers(40, 400)), tail=rng.uniform(0.9, 1.6))
    value = rng.poisson(rate * rng.gamma(6.0, 1 / 6.0, ROWS) + bursts).astype(np.float64)
    where = _labelled(rng, value, count=int(rng.integers(2, 6)))
    half = int(0.05 * ROWS / len(where))
    windows = [(max(0, at - half), min(ROWS - 1, at + half)) for at in sorted(where)]
    return Volume(f"volume {seed}", FIRST, value, tuple(_apart(windows)))


def _labelled(rng: np.random.Generator, value: Floats, *, count: int) -> list[int]:
    """What a person sees in the plot: the highest peaks of half-hour means and of single rows, eye and mood included."""
    smooth = np.convolve(value, np.ones(6) / 6, mode="full")[: len(value)]
    height = np.sqrt(smooth * value)
    height[:800] = 0.0
    found: list[tuple[float, int]] = []
    for _ in range(3 * count):
        at = int(height.argmax())
        found.append((float(height[at]) * float(np.exp(rng.normal(0, 0.35))), at))
        height[max(0, at - 600) : at + 600] = 0.0
    return [at for _, at in sorted(found, reverse=True)[:count]]


def _swing(rng: np.random.Generator, sd: float) -> Floats:
    steps = rng.normal(0, 1, ROWS)
    keep = float(np.exp(-1 / 60))
    walk = np.empty(ROWS)
    now = 0.0
    for i, step in enumerate(steps.tolist()):
        now = keep * now + np.sqrt(1 - keep * keep) * step
        walk[i] = now
    return np.exp(sd * walk)


def _bursts(rng: np.random.Generator, level: float, *, count: int, tail: float) -> Floats:
    """Sudden rises that fade over minutes to hours, a third of them in company (a burst begets bursts)."""
    extra = np.zeros(ROWS)
    at = 0
    for _ in range(count):
        near = at > 0 and rng.random() < 0.33
        at = min(ROWS - 1, at + int(rng.exponential(60)) + 1) if near else int(rng.integers(1, ROWS))
        size = min(level * (1 + rng.pareto(tail)), level * 200)
        last = float(np.exp(rng.uniform(np.log(0.5), np.log(60.0))))
        fade = np.exp(-np.arange(0, min(int(last * 6) + 1, ROWS - at)) / last)
        extra[at : at + len(fade)] += size * fade
    return extra


def _apart(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for window in windows:
        if kept and window[0] <= kept[-1][1]:
            kept[-1] = (kept[-1][0], window[1])
        else:
            kept.append(window)
    return kept


def _sigmoid(position: Floats) -> Floats:
    return 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, 3.0))) - 1.0


@dataclass(frozen=True)
class _File:
    """Per row: the score, which window it is in (-1 for none), what an alarm there gains or costs."""

    score: Floats
    window: Floats
    worth: Floats
    windows: int


def _file(windows: Sequence[tuple[int, int]], score: Floats) -> _File:
    rows = len(score)
    probation = min(int(PROBATION_SHARE * rows), int(PROBATION_SHARE * 5000), PROBATION_LONGEST)
    window = np.full(rows, -1.0)
    worth = np.full(rows, -FALSE_COST)
    index = np.arange(rows)
    best = float(_sigmoid(np.array([-1.0]))[0])
    for number, (first, last) in enumerate(windows):
        width = last - first + 1
        inside = (index >= first) & (index <= last)
        window[inside] = number
        worth[inside] = _sigmoid(-(last - index[inside] + 1) / width) / best
        until = windows[number + 1][0] if number + 1 < len(windows) else rows
        after = (index > last) & (index < until)
        worth[after] = FALSE_COST * _sigmoid((index[after] - last) / max(width - 1, 1)) / best
    return _File(np.where(index < probation, -1.0, score), window, worth, len(windows))


def nab_score(volumes: Sequence[Sequence[tuple[int, int]]], scores: Sequence[Floats], threshold: float) -> float:
    """The standard profile's normalised score at one threshold."""
    raw, labelled = 0.0, 0
    for windows, score in zip(volumes, scores, strict=True):
        one = _file(windows, np.asarray(score, dtype=np.float64))
        labelled += one.windows
        rows = np.flatnonzero(one.score >= threshold)
        seen: set[int] = set()
        for row in rows.tolist():
            number = int(one.window[row])
            if number < 0:
                raw += float(one.worth[row])
            elif number not in seen:
                seen.add(number)
                raw += float(one.worth[row])
        raw -= one.windows - len(seen)
    return 100.0 * (raw + labelled) / (2.0 * labelled)


def best_nab_score(volumes: Sequence[Sequence[tuple[int, int]]], scores: Sequence[Floats]) -> tuple[float, float]:
    """The best single threshold, as the benchmark's optimiser finds it, and its score."""
    pooled = np.unique(np.concatenate([np.asarray(s)[750:] for s in scores]))[::-1]
    pooled = pooled[:4000]
    grid = pooled[np.unique(np.geomspace(1, len(pooled), 120).astype(int) - 1)]
    found = [(nab_score(volumes, scores, float(t)), float(t)) for t in grid]
    return max(found)

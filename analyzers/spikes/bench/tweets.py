"""Tweet volumes like the real ones: what brands' 5-minute counts look like, and what people label in them.

Drawn after a look at stretches of the Numenta Anomaly Benchmark's ten realTweets series (none of their data is here) and at
what its published results say of the rest: 55 days, 0.3 to 90 tweets a bucket, nights of a third to a tenth of the day's
rate, slow swings, and bursts: one to seven a day, most of one to four buckets (654 where 10 are usual, then 15; 704 and 96
where 7 are), some that fade for an hour, some plateaus of hours; large ones have aftershocks for days. Heights have a very
heavy tail. 33 labelled windows in ten files, two to five in each, a tenth of the file between them, nine in the first eight
days; most labels sit on what is tallest so far, and bursts as tall go without.

How near it is can be told from the benchmark's own windowed Gaussian (`peers`), whose real results are published: on ten
real series rows beyond 8.3 deviations in 30 of 33 windows, 203 of them inside windows and 219 outside, a score of 51; on
ten of these, over six sets, in 92 % of 31 windows, 194 inside and 211 outside, a score of 51.

Blind spots: who labels here is a rule with some luck, not a person; and a detector tuned on these alone scored 76 here and
65 on the real ones, so measure on those, too (`nab.real_volumes`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from analyzers.spikes.bench.simulate import FIRST
from analyzers.spikes.records import DAY, Floats, Ints

ROWS, BUCKET = 15_850, 300
A_DAY = DAY // BUCKET
COUNTS = (2, 2, 3, 3, 4, 4, 4, 5)
PEAKS_APART, LABELS_APART, FIRST_LABEL, EARLY = 100, 170, 950, 2400
LUCK, EARLY_BONUS = 0.4, 0.6


@dataclass(frozen=True)
class Volume:
    """A series and its labelled windows (first and last row)."""

    name: str
    start: int
    value: Floats
    windows: tuple[tuple[int, int], ...]


def volume(seed: int) -> Volume:
    rng = np.random.default_rng(seed)
    rate = _usual(rng)
    noise = rng.gamma(rng.uniform(8.0, 30.0), size=ROWS)
    value = rng.poisson(rate * noise / noise.mean() + _bursts(rng, rate)).astype(np.float64)
    labels = _labels(rng, value)
    half = int(0.05 * ROWS / len(labels))
    windows = [(max(0, at - half), min(ROWS - 1, at + half)) for at in labels]
    return Volume(f"volume {seed}", FIRST, value, tuple(_joined(windows)))


def _usual(rng: np.random.Generator) -> Floats:
    hour = np.arange(ROWS) * BUCKET / 3600
    level = float(np.exp(rng.uniform(np.log(0.3), np.log(80.0))))
    phase = rng.uniform(0, 24)
    depth = rng.uniform(0.4, 1.0)
    rhythm = depth * np.sin(2 * np.pi * (hour - phase) / 24) + 0.25 * np.sin(4 * np.pi * (hour - phase) / 24)
    week = np.exp(np.array([0, 0, 0, 0, 0, 1, 1]) * rng.uniform(-0.7, 0.0))[(np.arange(ROWS) // A_DAY) % 7]
    return np.asarray(level * np.exp(rhythm) * week * _swing(rng, rng.uniform(0.1, 0.35)), dtype=np.float64)


def _swing(rng: np.random.Generator, sd: float) -> Floats:
    keep = float(np.exp(-1 / 60))
    walk = np.empty(ROWS)
    now = 0.0
    for i, step in enumerate(rng.normal(0, np.sqrt(1 - keep * keep), ROWS).tolist()):
        now = keep * now + step
        walk[i] = now
    return np.exp(sd * walk)


def _bursts(rng: np.random.Generator, rate: Floats) -> Floats:
    """Bursts of a heavy-tailed height, and the aftershocks of large ones."""
    lift, mean = np.zeros(ROWS), float(rate.mean())
    tail, tallest = rng.uniform(0.85, 1.5), float(np.exp(rng.uniform(np.log(20.0), np.log(180.0))))
    a_day = float(np.exp(rng.uniform(np.log(1.0), np.log(7.0))))
    sharp = rng.uniform(0.45, 0.75)
    for at in sorted(rng.integers(1, ROWS, rng.poisson(ROWS / A_DAY * a_day)).tolist()):
        times = min(1.2 * (1.0 + float(rng.pareto(tail))), tallest)
        height = times * max(0.5 * float(rate[at]) + 0.5 * mean, 1.2)
        _add(lift, at, _shape(rng, height, sharp))
        if times > 8 and rng.random() < 0.95:
            for _ in range(int(rng.integers(1, 8))):
                later = at + 1 + int(np.exp(rng.uniform(np.log(6.0), np.log(500.0))))
                _add(lift, later, _shape(rng, height * rng.uniform(0.15, 1.1), sharp))
    return lift


def _shape(rng: np.random.Generator, height: float, sharp: float) -> Floats:
    """Over within some buckets, fading for an hour, a block of half an hour, or a lower plateau of hours."""
    kind = (rng.random() - sharp) / (1.0 - sharp)
    if kind < 0:
        return height * _fading(float(np.exp(rng.uniform(np.log(0.25), np.log(2.0)))))
    if kind < 0.6:
        return height * _fading(float(np.exp(rng.uniform(np.log(2.0), np.log(15.0)))))
    if kind < 0.75:
        return _block(int(rng.uniform(4, 8)), height)
    return _block(int(rng.uniform(12, 70)), 0.4 * height**0.8)


def _block(rows: int, height: float) -> Floats:
    """Full height for half of the time, then down."""
    return height * np.minimum(1.0, (rows - np.arange(rows)) / (0.5 * rows))


def _fading(buckets: float) -> Floats:
    return np.exp(-np.arange(int(buckets * 5) + 1) / buckets)


def _add(lift: Floats, at: int, shape: Floats) -> None:
    cut = shape[: max(0, len(lift) - at)]
    lift[at : at + len(cut)] += cut


def _labels(rng: np.random.Generator, value: Floats) -> list[int]:
    """Peaks that stand out from the days around them and from the tallest before them; not two within half a day."""
    uneven = value + 0.01 * rng.random(ROWS)
    top = uneven == maximum_filter1d(uneven, 2 * PEAKS_APART + 1)
    peaks: Ints = np.flatnonzero(top[: ROWS - PEAKS_APART] & (np.arange(ROWS - PEAKS_APART) >= FIRST_LABEL))
    shown = []
    for at in peaks.tolist():
        before = float(np.sort(value[: at - 6])[-6:].mean())
        around = float(np.quantile(value[at - 2 * A_DAY : at + A_DAY], 0.9))
        stands_out = 0.7 * np.log((value[at] + 1) / (before + 3)) + 0.9 * np.log((value[at] + 1) / (around + 1.5))
        shown.append(stands_out + LUCK * rng.normal() + EARLY_BONUS * (at < EARLY))
    chosen: list[int] = []
    count = int(rng.choice(COUNTS))
    for at in peaks[np.argsort(shown)[::-1]].tolist():
        if len(chosen) < count and all(abs(at - other) > LABELS_APART for other in chosen):
            chosen.append(at)
    return sorted(chosen)


def _joined(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for window in windows:
        if kept and window[0] <= kept[-1][1]:
            kept[-1] = (kept[-1][0], window[1])
        else:
            kept.append(window)
    return kept

"""Tweet volumes like the real ones: what brands' 5-minute counts look like, and what people label in them.

Drawn after a look at the Numenta Anomaly Benchmark's ten realTweets series (none of their data is here): 55 days, 0.3 to
90 tweets a bucket, nights of a third to a tenth of the day's rate, slow swings; several times a day a burst of one to
four buckets, which nobody labels as long as larger ones were seen before. Labels go to two to five events a file: a burst
of a bucket or two that is among the largest so far, one that fades for hours, a plateau of some hours at several times
the usual, a climb over half a day, a train of equal bursts that goes on for days, and some that hardly show. A third of
them fall into days three to eight. Windows are centred on the label and share a tenth of the file between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.spikes.bench.simulate import FIRST
from analyzers.spikes.records import DAY, Floats

ROWS, BUCKET = 15_850, 300
A_DAY = DAY // BUCKET


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
    lift, labels = _events(rng, rate, count=int(rng.choice([2, 3, 3, 4, 5])))
    noise = rng.gamma(rng.uniform(6.0, 25.0), size=ROWS)
    value = rng.poisson(rate * noise / noise.mean() + lift).astype(np.float64)
    half = int(0.05 * ROWS / len(labels))
    windows = [(max(0, at - half), min(ROWS - 1, at + half)) for at in sorted(labels)]
    return Volume(f"volume {seed}", FIRST, value, tuple(_joined(windows)))


def _usual(rng: np.random.Generator) -> Floats:
    hour = np.arange(ROWS) * BUCKET / 3600
    level = float(np.exp(rng.uniform(np.log(0.3), np.log(80.0))))
    phase = rng.uniform(0, 24)
    depth = rng.uniform(0.4, 1.0)
    rhythm = depth * np.sin(2 * np.pi * (hour - phase) / 24) + 0.25 * np.sin(4 * np.pi * (hour - phase) / 24)
    week = np.exp(np.array([0, 0, 0, 0, 0, 1, 1]) * rng.uniform(-0.7, 0.0))[(np.arange(ROWS) // A_DAY) % 7]
    return np.asarray(level * np.exp(rhythm) * week * _swing(rng, rng.uniform(0.1, 0.3)), dtype=np.float64)


def _swing(rng: np.random.Generator, sd: float) -> Floats:
    keep = float(np.exp(-1 / 60))
    walk = np.empty(ROWS)
    now = 0.0
    for i, step in enumerate(rng.normal(0, np.sqrt(1 - keep * keep), ROWS).tolist()):
        now = keep * now + step
        walk[i] = now
    return np.exp(sd * walk)


def _events(rng: np.random.Generator, rate: Floats, *, count: int) -> tuple[Floats, list[int]]:
    """All that is added to the usual, in order of time, and the labelled rows."""
    labelled = {at: _EVENTS[int(rng.choice(len(_EVENTS), p=_SHARES))] for at in _places(rng, count=count)}
    moments = sorted([(at, False) for at in _drizzle(rng)] + [(at, True) for at in labelled])
    tail = rng.uniform(1.1, 2.0)
    floor = max(1.5, 0.3 * float(rate.mean()))
    lift, labels, record = np.zeros(ROWS), [], 3.0 * max(float(rate.mean()), 1.0)
    for at, label in moments:
        usual = float(rate[max(0, at - A_DAY) : at + 1].mean())
        if label:
            row, height = labelled[at](rng, lift, at, usual, record)
            labels.append(row)
        else:
            height = max(float(rate[at]), floor) * min(0.8 * (1.0 + float(rng.pareto(tail))), 40.0)
            height = min(height, record * (1.0 if at > 2.6 * A_DAY else 4.0) * rng.uniform(0.5, 0.9))
            _add(lift, at, height * _fading(float(np.exp(rng.uniform(np.log(0.3), np.log(4.0))))))
        record = max(record, height)
    return lift, labels


def _drizzle(rng: np.random.Generator) -> list[int]:
    """Rows at which bursts begin, a third of them in company."""
    rows: list[int] = []
    for _ in range(int(rng.poisson(55 * rng.uniform(0.7, 4.0)))):
        near = rows and rng.random() < 0.33
        at = rows[-1] + int(rng.exponential(30)) + 1 if near else int(rng.integers(1, ROWS))
        rows.append(min(at, ROWS - 1))
    return rows


def _fading(buckets: float) -> Floats:
    return np.exp(-np.arange(int(buckets * 5) + 1) / buckets)


def _add(lift: Floats, at: int, shape: Floats) -> None:
    cut = shape[: max(0, len(lift) - at)]
    lift[at : at + len(cut)] += cut


def _places(rng: np.random.Generator, *, count: int) -> list[int]:
    """Rows that keep a day and a half apart, a third of them in days three to eight."""
    found: list[int] = []
    while len(found) < count:
        early = rng.random() < 0.33
        at = int(rng.uniform(3.3, 8.5) * A_DAY) if early else int(rng.uniform(9.0, 53.0) * A_DAY)
        if all(abs(at - other) > 1.4 * A_DAY for other in found):
            found.append(at)
    return sorted(found)


def _tall(rng: np.random.Generator, usual: float, record: float) -> float:
    """What stands out in a plot: several times the usual, and among the tallest so far."""
    return max(4.0 * max(usual, 1.0), record * float(np.exp(rng.uniform(np.log(0.7), np.log(3.0)))))


# Each shape is given the usual rate and the tallest so far; it adds itself and says which row is labelled and its height.
def _burst(rng: np.random.Generator, lift: Floats, at: int, usual: float, record: float) -> tuple[int, float]:
    height = _tall(rng, usual, record)
    _add(lift, at, height * _fading(float(rng.uniform(0.5, 2.0))))
    return at, height


def _fade_out(rng: np.random.Generator, lift: Floats, at: int, usual: float, record: float) -> tuple[int, float]:
    height = _tall(rng, usual, record)
    _add(lift, at, height * _fading(float(rng.uniform(4.0, 30.0))))
    return at, height


def _plateau(rng: np.random.Generator, lift: Floats, at: int, usual: float, record: float) -> tuple[int, float]:
    rows = int(rng.uniform(20, 90))
    height = max(usual, 0.7) * float(np.exp(rng.uniform(np.log(2.5), np.log(15.0))))
    _add(lift, at, height * np.minimum(1.0, (rows - np.arange(rows)) / (0.5 * rows)))
    return at + int(rng.integers(0, rows // 2)), height


def _climb(rng: np.random.Generator, lift: Floats, at: int, usual: float, record: float) -> tuple[int, float]:
    """Slowly up, fast down; the label sits near the top."""
    rows = int(rng.uniform(50, 130))
    height = _tall(rng, usual, record)
    first = max(0, at - rows)
    up = height * np.exp(3.0 * (np.arange(at - first) / rows - 1.0)) * rng.gamma(6.0, 1 / 6.0, at - first)
    _add(lift, first, up)
    _add(lift, at, height * _fading(12.0))
    return at, height


def _train(rng: np.random.Generator, lift: Floats, at: int, usual: float, record: float) -> tuple[int, float]:
    """The first of a train of equal bursts; the rest is not labelled."""
    height = max(usual, 1.0) * float(np.exp(rng.uniform(np.log(4.0), np.log(30.0))))
    rows, gap = int(rng.choice([1, 1, 6])), float(rng.uniform(10, 60))
    end, row = at + rng.uniform(0.7, 3.0) * A_DAY, at
    while row < end:
        _add(lift, row, np.full(rows, height * rng.uniform(0.7, 1.2)))
        row += rows + 1 + int(rng.exponential(gap))
    return at, height


def _faint(rng: np.random.Generator, lift: Floats, at: int, usual: float, record: float) -> tuple[int, float]:
    height = max(1.5 * usual, 3.0)
    _add(lift, at, np.full(int(rng.integers(3, 10)), height))
    return at, height


_Shape = Callable[[np.random.Generator, Floats, int, float, float], tuple[int, float]]
_EVENTS: tuple[_Shape, ...] = (_burst, _fade_out, _plateau, _climb, _train, _faint)
_SHARES = (0.32, 0.2, 0.18, 0.1, 0.12, 0.08)


def _joined(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for window in windows:
        if kept and window[0] <= kept[-1][1]:
            kept[-1] = (kept[-1][0], window[1])
        else:
            kept.append(window)
    return kept

"""The Numenta Anomaly Benchmark's way of scoring alarms on labelled windows, standard profile.

After Lavin & Ahmad 2015 and Ahmad et al. 2017: each labelled window is worth one detection, weighted by a sigmoid of how
early in the window its first alarm falls; a missed window costs 1, each alarmed row outside windows 0.11 (less when it
falls just after one); the first rows of a file, its probation, count for nothing; 0 is silence and 100 a perfect
detector. One threshold serves all files.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analyzers.spikes.bench.tweets import Volume
from analyzers.spikes.records import Floats
from errors import InputError

PROBATION_SHARE, PROBATION_LONGEST = 0.15, 750
FALSE_COST = 0.11


def real_volumes(checkout: Path) -> list[Volume]:
    """The realTweets series of a checkout of the benchmark (its folders `data` and `labels`).

    Raises InputError naming the file that is missing.
    """
    try:
        labels = json.loads((checkout / "labels" / "combined_windows.json").read_text("utf-8"))
        named = {name: windows for name, windows in labels.items() if name.startswith("realTweets/")}
        return [_real(checkout / "data" / name, windows) for name, windows in sorted(named.items())]
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} is missing: name the folder of a checkout of the benchmark") from error


def _real(path: Path, windows: Sequence[tuple[str, str]]) -> Volume:
    rows = pd.read_csv(path, parse_dates=["timestamp"], index_col="timestamp")
    times = pd.DatetimeIndex(rows.index)
    ends = [[int(times.searchsorted(pd.Timestamp(end))) for end in window] for window in windows]
    return Volume(
        path.stem, int(times[0].timestamp()), rows["value"].to_numpy(np.float64), tuple((a, b) for a, b in ends)
    )


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

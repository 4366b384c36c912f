"""Crises caught, delay, false alarms: one way of counting for every method.

A crisis is caught when an alarm falls between its first row and six hours after its last; the delay runs from its first
row's start to the alarm's row's end, and is given as its median and as the share of caught crises that rang within two
hours (in hourly rows a median is a whole number of hours and hides how near it is to the next). Every other alarm after the first 14 days is false, wherever it falls. A campaign or
an outage was alarmed when an alarm falls into it (an outage includes its catch-up and six hours more).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.spikes.bench.simulate import Brand
from analyzers.spikes.records import DAY, HOUR, Floats

GRACE_HOURS, JOIN_HOURS, SETTLED_DAYS, PROMPT_HOURS = 6.0, 12.0, 14.0, 2.0


@dataclass(frozen=True)
class Scorecard:
    """`nan` where nothing could be counted."""

    method: str
    crises: int
    caught: float
    delay_hours: float
    prompt: float
    false_a_month: float
    campaigns: float
    outages: float

    def line(self) -> str:
        return (
            f"{self.method:<44} {self.caught:7.1%} {self.delay_hours:8.1f} h {self.prompt:7.1%} {self.false_a_month:9.2f}"
            f" {self.campaigns:10.1%} {self.outages:9.1%}"
        )


HEADER = f"{'method':<44} {'caught':>7} {'delay':>10} {'in 2 h':>7} {'false/30d':>9} {'campaigns':>10} {'outages':>9}"


def joined(rows: Sequence[int], rows_apart: float) -> list[int]:
    """First row of each run of alarms closer than `rows_apart`."""
    starts: list[int] = []
    last = -1e18
    for row in rows:
        if row - last > rows_apart:
            starts.append(row)
        last = row
    return starts


def card(method: str, brands: Sequence[Brand], alarms: Sequence[Sequence[int]]) -> Scorecard:
    """Count one method's alarm rows over all brands."""
    caught = crises = false = 0
    delays: list[float] = []
    hit: dict[str, list[bool]] = {"campaign": [], "outage": []}
    months = 0.0
    for one, rows in zip(brands, alarms, strict=True):
        grace = GRACE_HOURS * HOUR / one.counts.bucket_seconds
        settled = SETTLED_DAYS * DAY / one.counts.bucket_seconds
        months += (len(one.counts) - settled) * one.counts.bucket_seconds / DAY / 30
        explained: set[int] = set()
        for event in one.of("crisis"):
            inside = [r for r in rows if event.first <= r <= event.last + grace]
            explained.update(inside)
            crises += 1
            if inside:
                caught += 1
                delays.append((inside[0] + 1 - event.first) * one.counts.bucket_seconds / HOUR)
        false += sum(1 for r in rows if r not in explained and r >= settled)
        for kind, seen in hit.items():
            after = grace if kind == "outage" else 0
            seen += [any(e.first <= r <= e.last + after for r in rows) for e in one.of(kind)]
    return Scorecard(
        method,
        crises,
        caught / crises if crises else float("nan"),
        float(np.median(delays)) if delays else float("nan"),
        _share([delay <= PROMPT_HOURS for delay in delays]),
        false / months if months else float("nan"),
        _share(hit["campaign"]),
        _share(hit["outage"]),
    )


def _share(seen: list[bool]) -> float:
    return float(np.mean(seen)) if seen else float("nan")


def at_most_one_false_alarm(method: str, brands: Sequence[Brand], scores: Sequence[Floats]) -> Scorecard:
    """The lowest threshold with at most one false alarm per brand in 30 days, found by bisection on pooled scores."""
    pooled = np.sort(np.concatenate([s[np.isfinite(s)] for s in scores]))[::-1]
    low, high = 0, min(len(pooled) - 1, 40 * sum(len(b.counts) for b in brands) // 720)
    best = _carded(method, brands, scores, float(pooled[0]))
    while low < high:
        middle = (low + high + 1) // 2
        trial = _carded(method, brands, scores, float(pooled[middle]))
        if trial.false_a_month <= 1.0:
            low, best = middle, trial
        else:
            high = middle - 1
    return best


def _carded(method: str, brands: Sequence[Brand], scores: Sequence[Floats], threshold: float) -> Scorecard:
    alarms = []
    for one, score in zip(brands, scores, strict=True):
        rows = np.flatnonzero(score >= threshold).tolist()
        alarms.append(joined(rows, JOIN_HOURS * HOUR / one.counts.bucket_seconds))
    return card(method, brands, alarms)

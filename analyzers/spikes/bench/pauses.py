"""Voices that never went quiet, and voices that stop: what a rule of silence rings on them.

Arrivals are Poisson by the minute with a daily and a weekly rhythm; swinging ones have a level that strays by the day and
every six hours, for all sources of the brand alike, and each source's own.

Blind spot: real sources also change hands, move and die slowly; nothing here does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from analyzers.spikes.bench.simulate import FIRST
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS, Floats, moment
from analyzers.spikes.silence import LOOK_BACK, overdue, share_of, silences

SETTLED = 14  # days before anything is counted
Voices = list[list[datetime]]


@dataclass(frozen=True)
class Stops:
    """Of voices that stopped: how many were told within a fortnight, and the middle delay."""

    stopped: int
    told: int
    hours: float
    usual_gaps: float


def voices(a_day: float, sources: int, days: int, seed: int, *, swing: float = 0.0) -> Voices:
    """A brand's sources, `a_day` mentions each by the middle."""
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    rhythm = (1 + 0.8 * np.sin(2 * np.pi * (hours - 9) / 24)) * np.where(hours // 24 % 7 >= 5, 0.6, 1.16)
    together = _strays(rng, days, swing)
    found = []
    for own in np.exp(rng.normal(0.0, 0.4, sources)).tolist():
        rate = a_day / 24 * own * rhythm * together * _strays(rng, days, swing)
        at = np.repeat(hours, rng.poisson(rate)) * HOUR
        said = np.sort(at + rng.uniform(0, HOUR, len(at))).astype(np.int64)
        found.append([moment(FIRST + t) for t in said.tolist()])
    return found


def _strays(rng: np.random.Generator, days: int, swing: float) -> Floats:
    slow = np.repeat(rng.normal(0.0, 1.0, days), 24)
    quick = np.repeat(rng.normal(0.0, 1.0, days * 4), 6)
    return np.asarray(np.exp(swing * slow + swing / 2 * quick), dtype=np.float64)


def rung(brand: Voices, days: int, knob: float) -> int:
    """The cases a rule opens: pauses of the brand and of its sources that overlap are one."""
    until, share = moment(FIRST + days * DAY), share_of(knob, len(brand))
    everyone = [sorted(t for one in brand for t in one), *brand] if len(brand) > 1 else brand
    found = sorted(p for one in everyone for p in silences(one, until, false_alarms_per_month=share))
    cases, last = 0, moment(FIRST + SETTLED * DAY)
    for start, end in found:
        cases += start >= last
        last = max(last, end)
    return cases


def rings_a_month(brands: Sequence[Voices], days: int, knob: float) -> float:
    return sum(rung(one, days, knob) for one in brands) / (len(brands) * (days - SETTLED) / MONTH_DAYS)


def stops(brands: Sequence[Voices], at_day: float, knob: float) -> Stops:
    """The first source of each brand stops at `at_day`: when is it told?"""
    stop = moment(FIRST + round(at_day * DAY))
    delays, usual, stopped = [], [], 0
    for brand in brands:
        known = [t for t in brand[0] if t < stop]
        said = overdue(known[-LOOK_BACK:], stop, false_alarms_per_month=share_of(knob, len(brand)))
        stopped += 1
        late = known[-1] + said.limit - stop
        if late <= timedelta(days=14):
            delays.append(late / timedelta(hours=1))
            usual.append(said.limit / said.usual)
    return Stops(stopped, len(delays), float(np.median(delays)), float(np.median(usual)))

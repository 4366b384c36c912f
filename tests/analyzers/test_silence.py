"""Silences of the past are those that asking at the time would have found."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analyzers.spikes import LOOK_BACK, overdue, silences
from analyzers.spikes.bench.pauses import rings_a_month, stops, voices

START = datetime(2026, 8, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def spoken(
    seed: int, *, hours: float = 90 * 24, every: float = 3.0, quiet: tuple[float, float] | None = None
) -> list[datetime]:
    """Someone who speaks every few hours by chance, and is quiet between two of them."""
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(every, int(hours / every)))
    kept = at if quiet is None else at[(at < quiet[0]) | (at >= quiet[1])]
    return [START + timedelta(seconds=round(hour * 3600)) for hour in kept.tolist()]


@pytest.mark.parametrize("knob", [0.2, 6.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_silence_is_missed_and_none_is_made_up(seed: int, knob: float) -> None:
    times, until = spoken(seed, quiet=(900.0, 980.0)), START + 95 * 24 * HOUR
    unheard = [(START + 300 * HOUR, START + 340 * HOUR), (START + 890 * HOUR, START + 900 * HOUR)]
    asked = []
    for last, following in zip(times, [*times[1:], until], strict=True):
        known = [one for one in times if one <= last][-LOOK_BACK:]
        holes = [hole for hole in unheard if hole[1] > known[0]]
        if overdue(known, following, false_alarms_per_month=knob, unheard=holes).quiet:
            asked.append((last, following))
    found = silences(times, until, false_alarms_per_month=knob, unheard=unheard)
    assert found == asked
    assert any(start <= START + 900 * HOUR and end >= START + 980 * HOUR for start, end in found)


def test_time_in_which_nobody_listened_is_no_silence() -> None:
    times, until = spoken(4, quiet=(900.0, 980.0)), START + 90 * 24 * HOUR
    middle = START + 940 * HOUR
    assert [one for one in silences(times, until) if one[0] < middle < one[1]]
    unheard = [(START + 899 * HOUR, START + 981 * HOUR)]
    assert not [one for one in silences(times, until, unheard=unheard) if one[0] < middle < one[1]]


def test_too_few_say_nothing() -> None:
    assert silences(spoken(5)[:7], START + 90 * 24 * HOUR) == []
    assert silences([], START) == []


@pytest.mark.parametrize(("sources", "a_day", "swing"), [(1, 2.0, 0.0), (4, 2.0, 0.4), (2, 24.0, 0.4)])
def test_the_knob_keeps_its_word_for_a_brand_and_all_its_sources(sources: int, a_day: float, swing: float) -> None:
    brands = [voices(a_day, sources, 74, seed, swing=swing) for seed in range(8)]
    assert 0.5 < rings_a_month(brands, 74, 1.0) < 2.0
    stopped = stops(brands, 60.4, 1.0)
    assert stopped.told == stopped.stopped
    assert stopped.hours < 24 * 12 / a_day


def test_a_night_is_no_silence() -> None:
    """Twelve a day, all by day: the night's hours count for little, a lost day for much."""
    rng = np.random.default_rng(6)
    hours = [day * 24 + 8 + hour for day in range(60) for hour in sorted(rng.uniform(0, 14, 12)) if day != 50]
    times = [START + HOUR * hour for hour in hours]
    found = silences(times, START + 60 * 24 * HOUR)
    lost = START + (50 * 24 + 12) * HOUR
    assert [one[0] < lost < one[1] for one in found] == [True]

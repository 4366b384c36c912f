"""Silences of the past are those that asking at the time would have found."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analyzers.spikes import LOOK_BACK, overdue, silences

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

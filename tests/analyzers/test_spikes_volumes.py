"""All mentions of brands that burst, and volumes by the minute: what towers rings."""

import numpy as np
import pytest

from analyzers.spikes.baseline import empty_baseline
from analyzers.spikes.bench.simulate import FIRST
from analyzers.spikes.calibrate import FROM, fit_towers
from analyzers.spikes.detector import score_history
from analyzers.spikes.records import DAY, HOUR, SpikeSettings, counts_from
from analyzers.spikes.replay import replay
from analyzers.spikes.series import Series
from tests.analyzers.test_spikes import detect, rows_that_rang


def test_how_a_volume_by_the_minute_is_judged_turns_after_two_weeks_for_later_rows_only() -> None:
    rng = np.random.default_rng(5)
    value = rng.poisson(3.0, 15 * 288).astype(float)
    value[13 * 288 + 150] += 9
    whole = detect(counts_from(FIRST, 300, negative=value), SpikeSettings(measure="total"))
    for cut in (14 * 288 - 50, 14 * 288 + 50):
        assert whole[:cut] == detect(counts_from(FIRST, 300, negative=value[:cut]), SpikeSettings(measure="total"))


def test_prominence_is_of_earlier_rows_only_and_the_same_in_blocks_of_any_size() -> None:
    value = np.random.default_rng(2).pareto(1.0, 24 * 12).round()
    at_once, in_parts = Series(FIRST, HOUR), Series(FIRST, HOUR)
    base = empty_baseline(1)
    at_once.append(value, value, np.ones(len(value)), base, 0.0)
    found, a = [], 0
    while a < len(value):
        b = min(a + 1 + a % 7, len(value))
        in_parts.append(value[a:b], value[a:b], np.ones(b - a), base, 0.0)
        found.append(in_parts.prominence(a, b))
        a = b
    assert (np.concatenate(found) == at_once.prominence(0, len(value))).all()
    # Row 72 is measured by the third tallest quarter of a day before it and, with half the weight, the tallest of two days.
    peaks = np.sort(value[:72].reshape(12, 6).max(axis=1))
    lately = value[24:72].max()
    tall = (2 * np.log2(peaks[-3] + 2) + np.log2(lately + 2)) / 3
    assert at_once.prominence(72, 73)[0] == pytest.approx(np.log2(value[72] + 2) - tall)


def test_quarters_of_a_day_are_the_clocks_wherever_a_series_begins() -> None:
    value = np.concatenate([np.zeros(5), np.random.default_rng(3).pareto(1.0, 24 * 12 - 5).round()])
    whole, later = Series(FIRST, HOUR), Series(FIRST + 5 * HOUR, HOUR)
    for one, seen in ((whole, value), (later, value[5:])):
        one.append(seen, seen, np.ones(len(seen)), empty_baseline(1), 0.0)
    assert (whole.prominence(72, 288) == later.prominence(67, 283)).all()


def test_how_often_bursts_tower_and_how_far_is_learned_from_the_past() -> None:
    rng = np.random.default_rng(6)
    start = FIRST + HOUR * np.arange(360 * 24)
    doublings = np.full(len(start), -2.0)
    doublings[12::60] = FROM + rng.exponential(1.2, len(doublings[12::60]))  # 12 a month
    learned = fit_towers(start, doublings, np.ones(len(start), bool))
    assert learned.a_month == pytest.approx(12, rel=0.05)
    assert learned.excess == pytest.approx(1.2, rel=0.15)
    # Two doublings more are as much rarer as e to the power of two over the mean.
    assert learned.often(FROM) - learned.often(FROM + 2) == pytest.approx(2 / learned.excess / np.log(10))
    assert 10 ** learned.often(FROM) == pytest.approx(learned.a_month)


def test_of_a_brand_that_bursts_the_knob_halves_and_doubles_alarms_and_they_say_how_often_such_came() -> None:
    histories = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        value = rng.poisson(2.0, 100 * 24).astype(float)
        for at in rng.choice(len(value) - 3, 100):
            value[at : at + 3] += np.round(10 * rng.pareto(1.5) * np.array([1.0, 0.5, 0.25]))
        histories.append(score_history(counts_from(FIRST, HOUR, negative=value), measure="total"))
    settled = FIRST + 28 * DAY
    rang = {
        knob: [
            spike
            for history in histories
            for spike in replay(history, SpikeSettings(knob, measure="total"))
            if spike.end.timestamp() > settled
        ]
        for knob in (0.25, 1.0, 4.0)
    }
    assert 1.7 <= len(rang[1.0]) / len(rang[0.25]) <= 6
    assert 1.7 <= len(rang[4.0]) / len(rang[1.0]) <= 6
    for spikes in rang.values():
        # Of alarms of a height and more, half are rarer than twice as rare as that height.
        every = 4 * 72 / len(spikes)
        assert every / 2 <= np.median([spike.once_in_days for spike in spikes]) <= 6 * every


def test_all_mentions_that_an_outage_owed_do_not_ring_when_they_arrive() -> None:
    rang = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        value = rng.poisson(5.0, 9 * 288).astype(float)
        gone = slice(5 * 288, 5 * 288 + 720)
        value[gone.stop] += value[gone].sum()
        value[gone] = 0
        heard = np.ones(len(value), dtype=bool)
        heard[gone] = False
        rows = rows_that_rang(counts_from(FIRST, 300, negative=value, heard=heard), measure="total")
        rang += any(gone.stop <= row < gone.stop + 12 for row in rows)
    assert rang <= 1


@pytest.mark.parametrize(("usual", "more", "hours"), [(6, 60, 8), (30, 300, 10), (1, 20, 5)])
def test_a_burst_of_all_mentions_does_not_ring_again_in_long_windows_that_still_hold_it(usual, more, hours) -> None:
    echoes, begins = 0, 35 * 24
    for seed in range(6):
        rng = np.random.default_rng(seed)
        daily = 1 + 0.6 * np.sin(np.arange(40 * 24) / 24 * 2 * np.pi - 2)
        value = rng.poisson(usual * daily).astype(float)
        value[begins : begins + hours] += rng.poisson(more, hours)
        rows = rows_that_rang(counts_from(FIRST, HOUR, negative=value), measure="total")
        assert begins in rows
        echoes += sum(begins + hours < row < begins + 72 for row in rows)
    assert echoes <= 1


def test_a_young_volume_by_the_minute_keeps_the_knobs_word() -> None:
    rang = sum(
        len(rows_that_rang(counts_from(FIRST, 300, negative=one), measure="total"))
        for one in np.random.default_rng(4).poisson(100 / 288, (8, 14 * 288)).astype(float)
    )
    assert rang <= 6  # twice what the knob promises of 8 x 12 days

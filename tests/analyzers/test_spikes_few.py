"""Brands of a mention a day or less: chance comes in steps there, and the knob keeps its word all the same."""

import numpy as np
import pytest

from analyzers.spikes import SpikeSettings, counts_from, replay, score_history
from analyzers.spikes.baseline import Baseline
from analyzers.spikes.bench.simulate import FIRST
from analyzers.spikes.calibrate import ASIDE, fit_tail
from analyzers.spikes.records import DAY, HOUR
from analyzers.spikes.series import Series
from analyzers.spikes.tails import log10_tail, log10_tails


def test_tails_of_many_counts_at_once_are_those_of_each() -> None:
    rng = np.random.default_rng(2)
    mean, shape = 10 ** rng.uniform(-3, 3.5, (5, 60)), 10 ** rng.uniform(-1.5, 7, (5, 60))
    low = np.maximum(3.0, np.ceil(mean * rng.uniform(0.3, 2.0, mean.shape)))
    far = rng.choice([0.0, 4.0, 20.0, 90.0, 700.0, 4000.0], mean.shape)
    counts = np.ceil(low[..., None] + far[..., None] * np.linspace(0, 1, 28) ** 2)
    assert log10_tails(counts, mean, shape) == pytest.approx(
        log10_tail(counts, mean[..., None], shape[..., None]), abs=1e-9
    )


def test_where_even_the_least_that_may_ring_is_seldom_its_absence_makes_nothing_stranger() -> None:
    start = HOUR * np.arange(42 * 24)
    nothing, judged = np.full(len(start), -9.0), np.ones(len(start), bool)
    often = fit_tail(start, nothing, judged, aside=ASIDE["negative"], least=-2.0)
    seldom = fit_tail(start, nothing, judged, aside=ASIDE["negative"], least=0.8)
    assert often.offset > 0.5
    assert 0.0 <= seldom.offset < 0.1
    assert seldom.apply(np.array([0.8])) == pytest.approx(0.8 + seldom.offset)


@pytest.mark.parametrize(("an_hour", "believed"), [(1 / 24, 0.35), (50.0, 0.99)])
def test_unrest_is_believed_as_far_as_there_are_mentions_to_tell_it_by(an_hour: float, believed: float) -> None:
    base = Baseline(np.full(168, an_hour), np.ones(168), np.full(9, 10.0), np.full(9, 10.0), 100.0, 100.0, 42.0)
    series = Series(FIRST, HOUR)
    total = np.full(200, an_hour)
    total[190] = 3 * an_hour + 2
    series.append(total, total, np.ones(200), base, 10.0)
    kept = 0.5 ** (1 / 12)
    whole = (1 - kept) * ((total[190] - an_hour) ** 2 - an_hour) - an_hour * kept
    assert series["unrest"][191] / whole == pytest.approx(believed, abs=0.1)


def test_volumes_of_a_mention_a_day_ring_about_as_often_as_the_knob_says() -> None:
    rang, months = 0, 0.0
    for seed in range(6):
        counts = counts_from(FIRST, HOUR, negative=np.random.default_rng(seed).poisson(1 / 24, 104 * 24))
        spikes = replay(score_history(counts, measure="total"), SpikeSettings(0.5, measure="total"))
        rang += sum(spike.end.timestamp() > FIRST + 14 * DAY for spike in spikes)
        months += 3.0
    assert 0.25 <= rang / months <= 1.0

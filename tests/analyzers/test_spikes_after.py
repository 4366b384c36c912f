"""What comes after: a campaign, a crisis or a step leaves the detector neither deaf nor ringing."""

from dataclasses import replace

import numpy as np
import pytest

from analyzers.spikes import Counts, SpikeSettings, detect, replay, score_history
from tests.analyzers.test_spikes import plus, quiet, rows_that_rang


def inserted(counts: Counts, louder: Counts, rows: slice) -> Counts:
    """The first, with the second's rows in between."""
    negative, total = counts.negative.copy(), counts.total.copy()
    negative[rows], total[rows] = louder.negative[rows], louder.total[rows]
    return replace(counts, negative=negative, total=total)


def test_a_campaign_of_days_is_forgotten_when_it_is_over() -> None:
    calm = quiet(days=50, a_day=40.0)
    loud = inserted(calm, quiet(days=50, a_day=320.0, seed=9), slice(700, 820))
    usual = score_history(calm).due_total[840:864, 0].sum()
    assert score_history(loud).due_total[840:864, 0].sum() == pytest.approx(usual, rel=0.3)
    worse = plus(loud, 850, [6.0] * 12)
    assert any(850 <= row <= 861 for row in rows_that_rang(worse))
    assert [row for row in rows_that_rang(loud) if 690 <= row <= 880] == []


def test_a_step_up_that_lasts_is_the_new_usual_within_two_weeks() -> None:
    calm = quiet(days=50, a_day=40.0)
    more = inserted(calm, quiet(days=50, a_day=120.0, seed=9), slice(700, 1200))
    usual = score_history(calm).due_total[1100:1124, 0].sum()
    assert score_history(more).due_total[1100:1124, 0].sum() == pytest.approx(3 * usual, rel=0.2)
    assert [row for row in rows_that_rang(more) if 690 <= row <= 1036] == []


def test_an_episode_ends_when_all_is_usual_again_however_many_mentions_there_are() -> None:
    """Of a large calm brand every window is near the bar, though none is a rise."""
    calm = quiet(days=60, a_day=2400.0, bucket=4 * 3600)
    burnt = plus(plus(calm, 180, [2000.0, 1500, 800]), 300, [2000.0, 1500, 800])
    first, second = replay(score_history(burnt), SpikeSettings())
    assert first.until < second.start
    judged = detect(burnt)
    assert {one.episode for one in judged[190:299]} == {0}
    assert judged[300].alarm


def test_rows_missing_here_and_there_do_not_deafen() -> None:
    calm = quiet(days=40)
    worse = plus(calm, 700, [2.0] * 24)
    heard = np.random.default_rng(6).random(len(calm)) > 0.1
    patchy = replace(worse, negative=worse.negative * heard, total=worse.total * heard, heard=heard)
    whole = next(row for row in rows_that_rang(worse) if row >= 700)
    assert whole <= next(row for row in rows_that_rang(patchy) if row >= 700) <= whole + 2
    assert [row for row in rows_that_rang(patchy) if not 700 <= row <= 723] == []


def test_rows_that_are_only_learned_from_teach_nearly_the_same() -> None:
    counts = plus(quiet(days=60), 1200, [25.0, 30, 30, 28, 20, 15, 8])
    whole, led = score_history(counts), score_history(counts, lead=42 * 24)
    drawn = slice(42 * 24, None)
    apart = np.abs(led.mean[drawn, 0] / whole.mean[drawn, 0] - 1)
    assert np.median(apart) < 0.05
    assert (np.abs(led.usual[1] - whole.usual[1])[drawn] <= 1).mean() > 0.95

"""The bench's own arithmetic: the scorer counts as the benchmark does, simulations are what their pages say."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyzers.spikes.bench import confounders
from analyzers.spikes.bench.campaigns import KINDS, campaign_brand, trial
from analyzers.spikes.bench.nab import best_nab_score, nab_score, real_volumes
from analyzers.spikes.bench.scorecard import card
from analyzers.spikes.bench.simulate import Event
from analyzers.spikes.bench.tweets import ROWS, volume
from errors import InputError

WINDOWS = [[(2000, 2199), (3000, 3199)], [(1000, 1399)]]


def alarms(*rows: list[int]) -> list[np.ndarray]:
    marked = [np.zeros(5000) for _ in rows]
    for one, at in zip(marked, rows, strict=True):
        one[at] = 1.0
    return marked


def test_silence_scores_nothing_and_the_first_row_of_every_window_all() -> None:
    assert nab_score(WINDOWS, alarms([], []), 0.5) == pytest.approx(0.0)
    assert nab_score(WINDOWS, alarms([2000, 3000], [1000]), 0.5) == pytest.approx(100.0, abs=0.5)


def test_an_alarm_in_the_middle_of_a_window_is_worth_less_and_a_second_one_nothing() -> None:
    early = nab_score(WINDOWS, alarms([2000, 3000], [1000]), 0.5)
    middle = nab_score(WINDOWS, alarms([2100, 3100], [1200]), 0.5)
    # 2 / (1 + e^-2.5) - 1 in the middle, of 2 / (1 + e^-5) - 1 at the start.
    assert middle == pytest.approx(50 * (0.8483 / 0.9866 + 1), abs=0.3)
    assert nab_score(WINDOWS, alarms([2000, 2001, 2150, 3000], [1000]), 0.5) == pytest.approx(early)


def test_false_alarms_cost_a_ninth_less_after_a_window_and_nothing_in_the_probation() -> None:
    none = nab_score(WINDOWS, alarms([], []), 0.5)
    far = nab_score(WINDOWS, alarms([1500], []), 0.5)
    assert none - far == pytest.approx(100 * 0.11 / 6)
    assert far < nab_score(WINDOWS, alarms([2210], []), 0.5) < none
    assert nab_score(WINDOWS, alarms([10, 700], []), 0.5) == none


def test_the_best_threshold_is_at_least_as_good_as_any() -> None:
    rng = np.random.default_rng(0)
    scores = [rng.random(5000), rng.random(5000)]
    best, threshold = best_nab_score(WINDOWS, scores)
    assert best == pytest.approx(nab_score(WINDOWS, scores, threshold))
    assert best >= nab_score(WINDOWS, scores, 0.99)


def test_volumes_have_two_to_five_windows_that_share_a_tenth_of_the_file() -> None:
    for seed in range(4):
        one = volume(seed)
        assert len(one.value) == ROWS
        assert 1 <= len(one.windows) <= 5
        assert sum(last - first for first, last in one.windows) == pytest.approx(0.1 * ROWS, rel=0.1)
        assert (one.value == volume(seed).value).all()


def test_a_checkout_of_the_benchmark_is_read_and_what_it_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data" / "realTweets").mkdir(parents=True)
    windows = {"realTweets/one.csv": [["2015-03-01 00:10:53.0", "2015-03-01 00:20:53.0"]], "other/two.csv": []}
    (tmp_path / "labels" / "combined_windows.json").write_text(json.dumps(windows))
    with pytest.raises(InputError, match=r"one\.csv is missing"):
        real_volumes(tmp_path)
    rows = [f"2015-03-01 00:{5 * i:02}:53,{i}" for i in range(6)]
    (tmp_path / "data" / "realTweets" / "one.csv").write_text("\n".join(["timestamp,value", *rows]))
    [one] = real_volumes(tmp_path)
    assert (one.name, one.start, one.value.tolist(), one.windows) == ("one", 1425168053, [0, 1, 2, 3, 4, 5], ((2, 4),))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_campaign_brands_have_campaigns_that_multiply_all_mentions(kind: str) -> None:
    events = 0
    for seed in range(3):
        one = campaign_brand(seed, KINDS[kind])
        for event in one.of("campaign"):
            cut = slice(event.first, event.last + 1)
            events += 1
            assert one.counts.total[cut].sum() > 1.2 * one.usual_total[cut].sum()
    assert events >= 3


def test_a_trial_counts_alarms_in_campaigns_apart_from_crises_inside() -> None:
    brand = next(b for b in (campaign_brand(s, KINDS["crisis inside"]) for s in range(9)) if b.of("crisis"))
    campaign = next(c for c in brand.of("campaign") if any(c.first <= e.first <= c.last for e in brand.of("crisis")))
    crisis = next(e for e in brand.of("crisis") if campaign.first <= e.first <= campaign.last)
    assert trial([brand], [[crisis.first]]).rang == 0
    assert trial([brand], [[crisis.first]]).caught == 1
    assert trial([brand], [[campaign.first]]).rang == 1


def test_a_card_counts_crises_delays_false_alarms_and_what_else_rang() -> None:
    calm = campaign_brand(1, KINDS["one day"])
    events = (
        Event("crisis", 500, 510, 5.0),
        Event("crisis", 700, 710, 5.0),
        Event("crisis", 900, 910, 5.0),
        Event("campaign", 600, 620, 3.0),
        Event("outage", 800, 810, 0.0),
    )
    brand = replace(calm, events=events)
    # In its second hour; five hours after the end of the next; in the campaign; after the outage; in the first 14 days.
    one = card("by hand", [brand], [[501, 715, 610, 816, 100]])
    assert (one.crises, one.caught, one.delay_hours, one.prompt) == (3, pytest.approx(2 / 3), 9.0, 0.5)
    assert (one.campaigns, one.outages) == (1.0, 1.0)
    assert one.false_a_month == pytest.approx(2 / (46 / 30))


@pytest.mark.parametrize("kind", sorted(confounders.KINDS))
def test_what_else_multiplies_all_mentions_happens_to_a_brand(kind: str) -> None:
    brand = next(b for b in (confounders.troubled(seed, kind) for seed in range(9)) if b.of(kind))
    event, total = brand.of(kind)[0], brand.usual_total
    day = slice(event.first, event.first + 24)
    if kind == "daily peak":
        hours = brand.counts.total.reshape(-1, 24).sum(axis=0) / total.reshape(-1, 24).sum(axis=0)
        assert hours.argmax() == event.first % 24
        assert len(brand.of(kind)) == 46
    else:
        assert abs(brand.counts.total[day].sum() / total[day].sum() - 1) > 0.1


def test_an_alarm_for_a_trouble_is_told_from_one_elsewhere() -> None:
    first, second = Event("holiday", 400, 447, 0.5), Event("holiday", 700, 723, 1.5)
    brand = replace(confounders.troubled(1, "holiday"), events=(first, second))
    rows = [first.first, first.last + 6, second.last + 7, 100]
    found = confounders.trouble([brand], "holiday", [rows])
    assert (found.events, found.rang) == (2, 1)
    hours = 46 * 24 - sum(event.last + 7 - event.first for event in (first, second))
    assert found.quiet == pytest.approx(1 / (hours / 720))

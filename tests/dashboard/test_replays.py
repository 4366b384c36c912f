"""A replay rings what the monitor would have: from the level its cases would have had, and for the silences it would have
asked about."""

from dataclasses import replace
from datetime import timedelta

import pytest

from analyzers.levels import LEVELS, levels_from_plain
from analyzers.rules import RuleBody, Scope
from dashboard import decisions, queries, replays
from dashboard.replays import Run
from monitor.explaining import grades, told_of
from storage.mentions import iter_rows
from storage.records import MentionFilter
from storage.speakers import Spoken
from tests.dashboard.world import World

HOUR = timedelta(hours=1)
EASY = RuleBody(false_alarms_per_month=30.0, cooldown_hours=1.0)


def of_brand(made: World, body: RuleBody) -> Run:
    return next(run for run in replays.runs(body.scope, body.measure) if run.brand_id == made.brand.id)


def test_an_alarm_is_graded_as_its_case_would_be(made: World) -> None:
    run = of_brand(made, EASY)
    (spike, *_) = replays.would_ring(run, EASY)
    inside = MentionFilter(
        brands=(made.brand.id,), since=spike.start, until=max(spike.until, spike.end), sentiments=("negative",)
    )
    with queries.store().read() as tx:
        told = [told_of(row) for row in iter_rows(tx, inside)]
    for table in ({}, {"strength": [1, 2, 3]}, {"reach": [1, 2, 3], "speed": [1, 2, 3]}, {"speed": [1, 2, 300]}):
        decisions.set_setting("levels", table, who="ops")
        assert replays._level(run, EASY, spike) == grades(spike, told, levels_from_plain(table)).level


def test_below_its_level_a_rule_rings_for_nothing(made: World) -> None:
    run = of_brand(made, EASY)
    every = replays.would_ring(run, EASY)
    levels = [LEVELS.index(replays._level(run, EASY, spike)) for spike in every]
    for least, level in enumerate(LEVELS):
        rung = replays.would_ring(run, replace(EASY, least_level=level))
        assert rung == [spike for spike, graded in zip(every, levels, strict=True) if graded >= least]
    decisions.set_setting("levels", {name: [1e6, 2e6, 3e6] for name in ("strength", "reach", "speed")}, who="ops")
    assert every
    assert replays.would_ring(run, replace(EASY, least_level="yellow")) == []


def test_everyone_who_should_speak_is_listened_to(made: World) -> None:
    run = of_brand(made, RuleBody(measure="silence"))
    brand, *sources = run.spoken
    asked = MentionFilter(brands=(made.brand.id,), since=run.until - timedelta(days=132), until=run.until)
    assert len(brand.times) == queries.figures(asked).total
    assert len(sources) == len([one for one in queries.sources() if one.status in ("ok", "not_modified")])
    narrowed = of_brand(made, RuleBody(measure="silence", scope=Scope(sources=(made.sources[0].id,))))
    assert [len(one.times) for one in narrowed.spoken[1:]] == [len(sources[0].times)]


@pytest.mark.parametrize("shift", [0, 30], ids=["together", "apart"])
def test_what_goes_quiet_together_is_one_alarm(made: World, shift: int) -> None:
    body = RuleBody(measure="silence")
    run = of_brand(made, body)
    spoke = [run.until - hour * HOUR for hour in range(40 * 24) if not 100 <= hour < 120]
    other = tuple(when - shift * HOUR for when in spoke)
    found = replays.would_ring(replace(run, spoken=(Spoken(tuple(spoke), ()), Spoken(other, ()))), body)
    quiet = [(run.until - spike.start) / HOUR for spike in found]
    assert quiet == ([120.0] if shift == 0 else [150.0, 120.0, 30.0])
    assert all(spike.observed == 0 for spike in found)

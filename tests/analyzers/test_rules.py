"""Rules: what is refused, when quiet hours end, how a replay is scored by people's verdicts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.rules import (
    Judged,
    QuietHours,
    RuleBody,
    Scope,
    judge_replay,
    rule_from_plain,
    rule_to_plain,
    tell_at,
)
from analyzers.spikes import SpikeSettings, counts_from, replay, score_history
from errors import InputError


def test_a_rule_survives_the_journey_to_the_store_and_back() -> None:
    body = RuleBody(scope=Scope(brands=(1, 2), channels=("news",), query="电池"), tell={"red": (1,)}, owner="Li")
    assert rule_from_plain(rule_to_plain(body)) == body
    assert rule_from_plain({}) == RuleBody()
    nothing = {"owner": None, "scope": {"query": None, "channels": None}, "quiet": None, "floor": None}
    assert rule_from_plain(nothing) == RuleBody()


@pytest.mark.parametrize(
    ("plain", "names"),
    [
        ({"measure": "anger"}, "measure 'anger'"),
        ({"false_alarms_per_month": 0}, "false_alarms_per_month"),
        ({"false_alarms_per_month": "often"}, "wrong kind"),
        ({"floor": 0}, "floor"),
        ({"cooldown_hours": -1}, "cooldown"),
        ({"least_level": "purple"}, "purple"),
        ({"tell": {"pink": [1]}}, "pink"),
        ({"tell": {"red": ["x"]}}, "wrong kind"),
        ({"tell": {"red": "12"}}, "'red' must be a list"),
        ({"quiet": {"start": "22:00"}}, "both a start and an end"),
        ({"quiet": {"start": "25:00", "end": "07:00"}}, "25:00"),
        ({"quiet": {"start": "22:00Z", "end": "07:00"}}, "22:00Z"),
        ({"quiet": {"start": "22:00", "end": "07:00+08:00"}}, "07:00"),
        ({"quiet": {"start": "22:00", "end": "22:00"}}, "22:00 to 22:00 is no time"),
        ({"quiet": {"zone": "Mars/Base"}}, "Mars/Base"),
        ({"false_alarms_per_month": True}, "must be a number"),
        ({"cooldown_hours": "12"}, "must be a number"),
        ({"quiet": {"zone": "Asia"}}, "'Asia'"),
        ({"quiet": {"zone": "x" * 5000}}, "no time zone"),
        ({"quiet": {"meanwhile": "sleep"}}, "sleep"),
        ({"scope": {"colour": []}}, "colour"),
        ({"scope": []}, "wrong|mapping"),
        ({"volume": 11}, "volume"),
        ({"respond_minutes": -5}, "clock"),
        ({"scope": {"query": 315}}, "'query' must be text, in quotes"),
        ({"scope": {"brands": "12"}}, "'brands' must be a list"),
        ({"scope": {"brands": ["Acme"]}}, "wrong kind"),
        ({"scope": {"channels": [4]}}, "wrong kind"),
        ({"scope": {"langs": ["fr"]}}, "language 'fr'"),
        ({"scope": {"channels": ["news", "radio"]}}, "channel 'radio' is not one of news, social, .*video"),
        ({"owner": 5}, "'owner' must be text"),
        ({"quiet": {"start": 1320, "end": 480}}, "'start' must be text"),
        ({"quiet": {"weekends": "no"}}, "true or false"),
        ({"floor": 2.5}, "whole number"),
        ({"acknowledge_minutes": True}, "whole number"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_reason(plain: dict[str, Any], names: str) -> None:
    if plain == {"scope": []}:
        plain = {"scope": ["brands"]}
    with pytest.raises(InputError, match=names):
        rule_from_plain(plain)


NIGHT = QuietHours("22:00", "08:00", weekends=True, zone="Asia/Shanghai", meanwhile="urgent")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("2026-11-18T12:00", "2026-11-18T12:00"),  # a Wednesday noon
        ("2026-11-18T23:30", "2026-11-19T08:00"),
        ("2026-11-19T07:59", "2026-11-19T08:00"),
        ("2026-11-19T08:00", "2026-11-19T08:00"),
        ("2026-11-20T23:00", "2026-11-23T08:00"),  # Friday night to Monday morning
        ("2026-11-21T12:00", "2026-11-23T08:00"),
    ],
)
def test_a_notice_waits_for_the_end_of_quiet_hours(raised: str, told: str) -> None:
    assert tell_at(NIGHT, "orange", at(raised)) == at(told)


def test_red_is_told_at_once_and_ring_means_always() -> None:
    night = at("2026-11-18T23:30")
    assert tell_at(NIGHT, "red", night) == night
    assert tell_at(QuietHours("22:00", "08:00", meanwhile="ring"), "blue", night) == night
    held = QuietHours("22:00", "08:00", meanwhile="hold")
    assert tell_at(held, "red", night) == at("2026-11-19T08:00")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    st.sampled_from(["00:00", "08:00", "12:30", "22:00", "23:59"]),
    st.sampled_from(["00:00", "07:00", "12:30", "23:59"]),
    st.booleans(),
)
def test_a_notice_is_never_early_nor_lost(now: datetime, start: str, end: str, weekends: bool) -> None:
    quiet = QuietHours(start, end, weekends=weekends, meanwhile="hold")
    told = tell_at(quiet, "red", now)
    assert now <= told <= now + timedelta(days=5)
    assert tell_at(quiet, "red", told) == told


def _spikes() -> list[Any]:
    negative = [0, 1, 0, 2] * 24 * 8
    negative[700:704] = [15, 22, 18, 12]
    history = score_history(counts_from(1_760_000_400, 3600, negative=negative, total=[n + 20 for n in negative]))
    return replay(history, SpikeSettings())


def test_a_replay_is_scored_by_the_verdicts_people_gave() -> None:
    (spike,) = _spikes()
    real = Judged(spike.start, spike.until, "real")
    missed = Judged(spike.start - timedelta(days=5), spike.start - timedelta(days=4), "real")
    rung, score = judge_replay([spike], [real, missed], days=32)
    assert rung[0].verdict == "real"
    assert (score.alarms, score.real_caught, score.real, score.false_rung) == (1, 1, 2, 0)
    assert score.per_month == pytest.approx(30 / 32)
    rung, score = judge_replay([spike], [Judged(spike.start, spike.until, "campaign")], days=32)
    assert (rung[0].verdict, score.false_rung, score.real) == ("campaign", 1, 0)

"""Judging against a real store: a month of usual days, a burst of complaints, and what becomes of it."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from analyzers.rules import RuleBody, Scope
from analyzers.spikes import SpikeSettings, replay, score_history
from monitor import cases as cases_told
from monitor.rules import brand_counts, evaluate
from storage import cases, outbox, rules, sources
from tests.monitor.judging import HOUR, NOW, complaints, hear, usual
from tests.storage import builders
from tests.storage.builders import say


def test_usual_days_open_nothing_and_the_rule_knows_enough(watch):
    assert watch.judge() == 0
    assert watch.cases == []
    with watch.store.read() as tx:
        said = rules.list_rules(tx)[0].evaluated_to[str(watch.brand.id)]
    assert said["learning"] is False
    assert 29 < said["days"] < 31


def test_a_burst_opens_one_case_that_says_what_and_tells_each_target_once(watch):
    watch.target("duty", lang="en")
    watch.target("chief", levels=("orange", "red"))
    watch.target("群", lang="zh")
    watch.hear(*complaints(14, copied=True))
    assert watch.judge() == 1
    case = watch.case
    assert (case.brand, case.level, case.status) == ("Acme", "yellow", "open")
    assert case.title.startswith("Acme")
    assert case.targets == {"acknowledge_minutes": 120, "respond_minutes": 240}
    facts, words = case.explanation["facts"], case.explanation["words"]
    assert facts["observed"] == facts["listed"]
    assert f"{facts['observed']} negative mentions" in words["en"]
    assert f"{facts['observed']} 条负面提及" in words["zh"]
    with watch.store.read() as tx:
        rows = cases.case_mentions(tx, case.id)
    copies = [row.id for row in rows if row.text.startswith("do not buy")]
    assert facts["copies"] == len(facts["copy_ids"]) >= 2
    assert set(facts["copy_ids"]) <= set(copies)
    assert {row.external_id for row in rows} >= {f"c{i}" for i in range(14)}
    assert {row.sentiment for row in rows} == {"negative"}
    assert case.first_mention_at == min(row.published_at for row in rows)
    shown = {claim["value"] for claim in case.explanation["why"]["claims"]}
    assert "swells" in shown
    assert watch.told == [("duty", "opened", "yellow"), ("群", "opened", "yellow")]
    with watch.store.read() as tx:
        notices = {one.target.name: one.payload for one in outbox.due(tx, NOW)}
    assert notices["duty"]["link"] == f"http://127.0.0.1:8501/cases?case={case.id}"
    assert notices["群"]["words"]["zh"] == words["zh"]
    shown = [one["id"] for one in notices["duty"]["mentions"]]
    examples = [one["mention_id"] for one in case.explanation["why"]["examples"]]
    assert 1 <= len(shown) <= 3
    assert set(shown) <= set(examples)
    cases_told.escalate_overdue(watch.store, settings=watch.settings, now=NOW + 2 * HOUR)
    with watch.store.read() as tx:
        again = {one.target.name: one.payload for one in outbox.list_outbox(tx) if one.payload["event"] == "escalated"}
    assert [one["id"] for one in again["duty"]["mentions"]] == shown, "the same that stand for the others"


def test_judging_again_changes_nothing(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    before, told, log = watch.case, watch.told, watch.log()
    assert [watch.judge() for _ in range(3)] == [0, 0, 0]
    assert watch.case == before
    assert (watch.told, watch.log()) == (told, log)
    assert watch.judge(at=NOW + timedelta(minutes=7)) == 0
    assert (watch.case.mentions, watch.told) == (before.mentions, told)


def test_more_complaints_extend_the_case_and_a_higher_level_is_told_once(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    first = watch.case
    with watch.store.begin() as tx:
        cases.respond(tx, first.id, {"said": "we look into it"}, who="林秋", now=NOW)
    watch.hear(*complaints(60, since=-0.1, until=-1.9, key="d"), at=NOW + 2 * HOUR)
    seen: dict = {}
    assert watch.judge(at=NOW + 2 * HOUR, seen=seen) == 0
    case = watch.case
    assert case.id == first.id
    assert case.mentions == first.mentions + 60
    assert case.end_at == NOW + 2 * HOUR
    assert case.level in ("orange", "red")
    assert watch.told == [("duty", "opened", "yellow"), ("duty", "raised", case.level)]
    assert watch.judge(at=NOW + 2 * HOUR, seen=seen) == 0
    assert watch.judge(at=NOW + 2 * HOUR) == 0
    assert watch.told == [("duty", "opened", "yellow"), ("duty", "raised", case.level)]
    assert watch.log().count("level") == 1
    with watch.store.read() as tx:
        raised, opened = [one.payload for one in outbox.list_outbox(tx)]
    figures = case.explanation["level"]["figures"]
    n, voices, hour = case.mentions, figures["reach"], figures["speed"]
    grown = f"By now {n} mentions in all, by {voices} separate voices, {hour} in the busiest hour."
    assert raised["words"]["en"].endswith(grown)
    assert f"至今共 {n} 条提及" in raised["words"]["zh"]
    assert "By now" not in opened["words"]["en"]


def test_late_mentions_that_move_the_start_extend_the_same_case(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    first = watch.case
    late = complaints(20, since=6.5, until=2.2, key="late")
    watch.hear(*late, at=NOW + HOUR / 2)
    assert watch.judge(at=NOW + HOUR / 2) == 0
    case = watch.case
    assert case.id == first.id
    assert case.mentions > first.mentions
    assert case.start_at < first.start_at
    assert case.first_mention_at < first.first_mention_at
    assert case.start_at <= case.first_mention_at
    assert datetime.fromisoformat(case.explanation["facts"]["start"]) == case.start_at
    assert [event for _, event, _ in watch.told].count("opened") == 1
    assert watch.judge(at=NOW + HOUR) == 0
    assert len(watch.cases) == 1


def test_a_second_rule_on_the_same_events_joins_the_case(watch):
    watch.target()
    watch.rule("quality only", scope=Scope(themes=("quality",)), false_alarms_per_month=2.0)
    watch.hear(*complaints(14))
    assert watch.judge() == 1
    case = watch.case
    assert {spike.rule_name for spike in case.spikes} == {"quality only", "Negative spikes · 负面异动"}
    assert watch.log().count("joined") == 1
    assert watch.told == [("duty", "opened", "yellow")]


def test_whom_only_the_second_rule_names_is_told_that_the_case_is_new(watch):
    watch.target()
    legal = watch.target("legal", levels=("red",))
    watch.rule("quality only", scope=Scope(themes=("quality",)), tell={"yellow": (legal.id,)})
    watch.hear(*complaints(14))
    assert watch.judge() == 1
    assert [watch.judge(), watch.judge(at=NOW + HOUR / 6)] == [0, 0]
    assert watch.told == [("duty", "opened", "yellow"), ("legal", "opened", "yellow")]
    watch.judge(at=NOW + HOUR)
    assert [one for one in watch.told if one[1] == "escalated"] == [
        ("duty", "escalated", "yellow"),
        ("legal", "escalated", "yellow"),
    ]


def test_who_was_told_by_a_rule_deleted_since_are_those_it_named(watch):
    night, desk = watch.target("night", levels=()), watch.target("desk")
    watch.only(RuleBody(tell={"yellow": (night.id,)}))
    watch.hear(*complaints(14))
    assert watch.judge() == 1
    with watch.store.begin() as tx:
        rules.delete_rule(tx, rules.list_rules(tx)[0].id, now=NOW)
    watch.rule("quality only", scope=Scope(themes=("quality",)), tell={"yellow": (desk.id,)})
    assert watch.judge() == 0
    assert watch.told == [("desk", "opened", "yellow"), ("night", "opened", "yellow")]


def test_a_joining_rule_that_sees_worse_tells_of_it(watch):
    """The first rule sees the half of it that comes from one source; the second one sees all."""
    watch.target()
    with watch.store.begin() as tx:
        other = sources.add_source(
            tx, "https://example.org/b", kind="feed", channel="forum", brands=[watch.brand.id], now=NOW
        )
    watch.only(RuleBody(scope=Scope(sources=(watch.source.id,))))
    watch.rule("everything")
    watch.hear(*complaints(14))
    watch.hear(*complaints(60, key="forum"), source=other)
    assert watch.judge() == 1
    level = watch.case.level
    assert level in ("orange", "red")
    assert watch.told == [("duty", "opened", "yellow"), ("duty", "raised", level)]
    with watch.store.read() as tx:
        raised, opened = [one.payload["words"]["en"].split()[0] for one in outbox.list_outbox(tx)]
    assert int(raised) > int(opened), "each by the arithmetic of the rule that rang"


@pytest.mark.parametrize("before", [False, True], ids=["after it", "ending an hour before it"])
def test_what_joins_within_the_hour_and_is_worse_is_told(watch, before):
    """It does not overlap the case that it joins."""
    from monitor import cases as telling
    from monitor.rules import brand_counts, judge

    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    case = watch.case
    body = RuleBody()
    with watch.store.read() as tx:
        (spike,) = judge(brand_counts(tx, body, [watch.brand.id], now=NOW)[watch.brand.id], body.detector).spikes
    begin = case.start_at - 2 * HOUR if before else case.end_at + HOUR / 2
    first = (NOW - begin) / HOUR - 0.1
    watch.hear(*complaints(60, since=first, until=first - 0.8, key="d"), at=max(NOW, begin + HOUR))
    after = replace(spike, start=begin, end=begin + HOUR, until=begin + HOUR, observed=60)
    rung = telling.Ring(watch.rule("other"), body, watch.brand.id, after, None)
    with watch.store.begin() as tx:
        assert telling.ring(tx, rung, settings=watch.settings, now=begin + HOUR, tell=True) == 0
    assert watch.case.level in ("orange", "red")
    assert watch.told == [("duty", "opened", "yellow"), ("duty", "raised", watch.case.level)]


def test_a_resolved_case_is_not_opened_again_by_its_own_spike(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.begin() as tx:
        cases.resolve(tx, watch.case.id, verdict="real", who="林秋", now=NOW + HOUR / 4)
    mentions = watch.case.mentions
    watch.hear(*complaints(30, since=-0.3, until=-0.9, key="d"), at=NOW + HOUR)
    assert watch.judge(at=NOW + HOUR) == 0
    assert (watch.case.status, watch.case.mentions) == ("resolved", mentions)
    assert len(watch.told) == 1


def test_a_new_spike_after_a_resolved_case_opens_its_own(watch):
    """Two days later it burns again: the alarm's window may reach back to the day the first one was closed."""
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.begin() as tx:
        cases.resolve(tx, watch.case.id, verdict="noise", who="林秋", now=NOW + 20 * HOUR)
    later = NOW + 46 * HOUR
    watch.hear(*usual(1.9, until=later, seed=8), *complaints(16, since=-44.2, until=-45.9, key="d"), at=later)
    assert watch.judge(at=later) == 1
    newest, oldest = watch.cases
    assert (newest.status, oldest.status) == ("open", "resolved")
    assert newest.start_at > oldest.end_at
    assert [event for _, event, _ in watch.told] == ["opened", "opened"]


@pytest.mark.parametrize(("hours", "same"), [(3, True), (14, False)])
def test_a_slow_window_that_begins_where_a_resolved_spike_ended_is_news(watch, hours, same):
    """What rings after the cool-down is a new episode, though its window touches the old one's end."""
    from monitor.rules import _same_spike

    watch.hear(*complaints(14))
    watch.judge()
    spike_row = watch.case.spikes[0]
    with watch.store.read() as tx:
        series = brand_counts(tx, RuleBody(), [watch.brand.id], now=NOW)[watch.brand.id]
        rung = replay(score_history(series), SpikeSettings())[-1]
        ends = spike_row.end_at + timedelta(hours=hours)
        again = replace(rung, start=spike_row.end_at, end=ends, until=ends)
        assert (_same_spike(tx, spike_row.rule_id, watch.brand.id, again, RuleBody()) == spike_row) is same


def test_when_everything_rises_nothing_rings(watch):
    """A campaign: eight times as many mentions as usual, of every sentiment."""
    chance = random.Random(3)
    campaign = [
        say(
            f"k{i}",
            f"Acme gift number {i} {'broken' if chance.random() < 1 / 8 else 'is here, thank you'}",
            hours_ago=3 - 3 * i / 120,
            author=f"fan {i}",
        )
        for i in range(120)
    ]
    assert 10 <= sum("broken" in one.text for one in campaign) <= 20
    watch.hear(*campaign)
    assert watch.judge() == 0
    assert watch.cases == []


def test_too_little_history_is_said_and_opens_nothing(store, settings):
    with store.begin() as tx:
        brand = builders.a_brand(tx)
        source = builders.a_source(tx, brands=[brand.id])
    hear(store, source, usual(1.5) + complaints(30), [brand])
    assert evaluate(store, settings=settings, now=NOW) == 0
    with store.read() as tx:
        said = rules.list_rules(tx)[0].evaluated_to[str(brand.id)]
        assert cases.list_cases(tx) == []
    assert said["learning"] is True
    assert said["days"] < 2


def test_what_happened_long_ago_opens_no_case(watch):
    watch.target()
    watch.hear(*complaints(30, since=120, until=118))
    watch.hear(at=NOW)
    assert watch.judge() == 0
    assert watch.cases == []


def test_what_ended_a_day_ago_opens_a_case_and_tells_nobody(watch):
    watch.target()
    watch.hear(*complaints(30, since=50, until=48))
    assert watch.judge() == 1
    assert watch.told == []

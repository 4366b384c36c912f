"""Silence: who was listened to and said nothing, told apart from what nobody could hear."""

from dataclasses import replace

import pytest

from analyzers.rules import RuleBody, Scope
from collectors.records import SourceState, Status
from monitor.rules import ensure_default_rules
from storage import rules, sources
from tests.monitor.judging import HOUR, NOW, usual
from tests.storage import builders
from tests.storage.builders import heard, say


@pytest.fixture
def two_sources(watch):
    """The month's source, and a second one that goes on being heard; rules of silence only."""
    with watch.store.begin() as tx:
        other = sources.add_source(
            tx, "https://example.org/b", kind="feed", channel="forum", brands=[watch.brand.id], now=NOW
        )
    ensure_default_rules(watch.store, now=NOW)
    with watch.store.begin() as tx:
        rules.enable_rule(tx, rules.list_rules(tx)[0].id, False, who="ops", now=NOW)
    watch.hear(*usual(10, seed=9, a_day=20), source=other)
    return watch, other


def poll(watch, source, *, at, status=Status.OK):
    """Polls with nothing new, every half hour until `at`; only the last one fails when it is to fail."""
    with watch.store.begin() as tx:
        state = SourceState(last_success_at=at, failures=int(status is Status.FAILED))
        told = heard(source, status=status, state=state, error="timed out")
        told = replace(told, error="timed out" if status is Status.FAILED else None)
        builders.store(tx, source, now=at, collected=told)


def listen(watch, *found, since, until):
    at = since
    while at < until:
        at = min(at + HOUR / 2, until)
        for source in found:
            poll(watch, source, at=at)


def test_a_brand_that_goes_quiet_while_it_is_listened_to_opens_a_case_that_ends(two_sources):
    watch, other = two_sources
    watch.target(levels=("yellow", "orange", "red"))
    later = NOW + 30 * HOUR
    listen(watch, watch.source, other, since=NOW, until=later)
    assert watch.judge(at=NOW + HOUR) == 0
    assert watch.judge(at=later) == 1
    case = watch.case
    assert (case.level, case.spikes[0].measure) == ("yellow", "silence")
    assert "No mention since" in case.explanation["words"]["en"]
    assert "起没有提及" in case.explanation["words"]["zh"]
    assert watch.told == [("duty", "opened", "yellow")]
    assert watch.judge(at=later) == 0
    again = later + HOUR
    watch.hear(say("back", "the Acme phone is back", published_at=later + HOUR / 2), at=again)
    poll(watch, other, at=again)
    assert watch.judge(at=again) == 0
    assert watch.log().count("speaks_again") == 1
    assert watch.case.end_at == again
    watch.judge(at=again + HOUR / 2)
    assert watch.log().count("speaks_again") == 1
    assert len(watch.told) == 1


def test_a_silence_of_a_search_is_judged_by_what_it_finds(two_sources):
    """Everybody goes on talking, and nobody of refunds any more."""
    watch, other = two_sources
    watch.rule("no word of refunds", RuleBody(measure="silence", scope=Scope(query="refund")))
    asked = [
        say(f"r{n}", f"Acme phone, refund number {n}", published_at=NOW - n * 2 * HOUR, author=f"r {n}")
        for n in range(80)
    ]
    watch.hear(*asked)
    assert watch.judge(at=NOW + HOUR) == 0
    later = NOW + 40 * HOUR
    for source, seed in ((watch.source, 13), (other, 14)):
        watch.hear(*usual(1.6, until=later, seed=seed, a_day=30), source=source, at=later)
        listen(watch, source, since=NOW, until=later)
    assert watch.judge(at=later) == 1
    assert watch.case.spikes[0].rule_name == "no word of refunds"


def test_a_source_that_fails_is_not_silent(two_sources):
    watch, other = two_sources
    later = NOW + 30 * HOUR
    for source in (watch.source, other):
        poll(watch, source, at=later, status=Status.FAILED)
    assert watch.judge(at=later) == 0
    assert watch.cases == []


def test_time_in_which_nobody_listened_is_no_silence(two_sources):
    """Both come back after a day and a half with nothing: what was said meanwhile nobody knows."""
    watch, other = two_sources
    later = NOW + 36 * HOUR
    for source in (watch.source, other):
        with watch.store.begin() as tx:
            told = replace(heard(source, state=SourceState(last_success_at=later)), missed=True)
            builders.store(tx, source, now=later, collected=told)
    assert watch.judge(at=later) == 0
    assert watch.cases == []


def test_one_quiet_source_of_two_is_a_blue_case(two_sources):
    watch, other = two_sources
    later = NOW + 40 * HOUR
    listen(watch, watch.source, since=NOW, until=later)
    watch.hear(*usual(1.6, until=later, seed=11, a_day=30), source=other, at=later)
    assert watch.judge(at=later) == 1
    assert watch.case.level == "blue"
    assert watch.source.url in watch.case.title


def turn_off(tx, rule, *, now):
    rules.enable_rule(tx, rule.id, False, who="ops", now=now)


def count_instead(tx, rule, *, now):
    rules.update_rule(tx, rule.id, body={"measure": "total", "floor": 1000}, who="ops", now=now, what="counts")


def remove(tx, rule, *, now):
    rules.delete_rule(tx, rule.id, now=now)


@pytest.mark.parametrize("change", [turn_off, count_instead, remove])
def test_a_rule_that_listens_no_more_closes_what_it_had_open(two_sources, change):
    """Nobody has found out why nothing was said, so nobody's verdict is put to it."""
    watch, other = two_sources
    later = NOW + 40 * HOUR
    listen(watch, watch.source, other, since=NOW, until=later)
    assert watch.judge(at=later) == 1
    with watch.store.begin() as tx:
        for rule in rules.list_rules(tx):
            change(tx, rule, now=later)
    assert watch.judge(at=later + HOUR) == 0
    assert (watch.case.status, watch.case.verdict) == ("resolved", None)
    told = watch.log()
    assert "rule_off" in told
    watch.judge(at=later + 2 * HOUR)
    assert watch.log() == told


def test_while_nothing_changes_nobody_asks_for_the_writer(two_sources, monkeypatch):
    """Neither while all speak nor while a silence goes on: collecting, pushes and people write in the same store."""
    watch, other = two_sources
    later = NOW + 30 * HOUR
    listen(watch, watch.source, other, since=NOW, until=later)
    begin, asked = watch.store.begin, []
    monkeypatch.setattr(watch.store, "begin", lambda: asked.append(1) or begin())
    assert watch.judge(at=NOW + HOUR) == 0
    assert asked == []
    assert watch.judge(at=later) == 1
    told = len(asked)
    assert watch.judge(at=later) == 0
    assert len(asked) == told

"""Quiet is never "we went blind": what could not be heard for days is one case per brand, told once, closed by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collectors.records import SourceState, Status
from monitor.rules import ensure_default_rules, evaluate
from storage import brands, cases, outbox, rules, sources
from tests.monitor.conftest import NOW
from tests.storage import builders
from tests.storage.builders import heard

HOUR = timedelta(hours=1)


@pytest.fixture
def world(store, settings, brand):
    """One brand, two sources that were heard now, somebody who is told; the rule of silence that every store begins with."""
    ensure_default_rules(store, now=NOW)
    with store.begin() as tx:
        rules.enable_rule(tx, rules.list_rules(tx)[0].id, False, who="ops", now=NOW)
        outbox.add_target(tx, "duty", url="http://127.0.0.1:1/", kind="webhook", secret="s", lang="en")
        made = [
            sources.add_source(
                tx, f"https://example.org/{name}", kind="feed", channel="forum", brands=[brand.id], now=NOW, title=name
            )
            for name in ("Owners", "Gazette")
        ]
    return World(store, settings, brand, *made)


class World:
    def __init__(self, store, settings, brand, owners, gazette):
        self.store, self.settings, self.brand, self.owners, self.gazette = store, settings, brand, owners, gazette
        self.hear(0, owners, gazette)

    def hear(self, hours, *found):
        self._collected(hours, found, Status.OK)

    def fail(self, hours, *found, tries=7, status=Status.FAILED):
        """The last of so many tries in a row."""
        self._collected(hours, found, status, failures=tries)

    def _collected(self, hours, found, status, failures=0):
        at = NOW + hours * HOUR
        with self.store.begin() as tx:
            for source in found:
                told = heard(source, status=status, state=SourceState(last_success_at=at, failures=failures))
                told = replace(
                    told, error=None if status is Status.OK else "HTTP 503 of https://key:s3cret@example.org/"
                )
                builders.store(tx, source, now=at, collected=told)

    def judge(self, hours):
        return evaluate(self.store, settings=self.settings, now=NOW + hours * HOUR)

    @property
    def cases(self):
        with self.store.read() as tx:
            return cases.list_cases(tx)

    @property
    def told(self):
        with self.store.read() as tx:
            return [(one.payload["event"], one.payload["level"]) for one in outbox.list_outbox(tx)][::-1]

    def log(self, case_id):
        with self.store.read() as tx:
            return [entry.what for entry in cases.case_log(tx, case_id)]


def test_a_source_that_fails_beyond_a_day_is_told_of_once_and_closed_when_it_is_heard(world):
    world.hear(23, world.gazette)
    world.fail(23, world.owners)
    assert world.judge(23) == 0
    world.hear(25, world.gazette)
    world.fail(25, world.owners)
    assert world.judge(25) == 1
    (case,) = world.cases
    assert (case.level, case.status, case.start_at) == ("blue", "open", NOW)
    assert case.explanation["title"]["en"] == "云雀奶茶: Owners cannot be heard"
    assert "1 of 2 sources" in case.explanation["words"]["en"]
    assert "“Owners”自 2026年11月21日 20:00 起" in case.explanation["words"]["zh"]
    assert "s3cret" not in str(case.explanation)
    assert world.told == [("opened", "blue")]
    assert [world.judge(hours) for hours in (25, 26, 49)] == [0, 0, 0]
    assert world.told == [("opened", "blue")]
    world.hear(50, world.owners, world.gazette)
    assert world.judge(50) == 0
    (case,) = world.cases
    assert (case.status, case.verdict) == ("resolved", "source_fault")
    assert [one["name"] for one in case.spikes[0].figures["sources"]] == ["Owners"], "it still says what it was about"
    assert world.log(case.id)[-3:] == ["extended", "heard_again", "resolved"]
    assert world.told == [("opened", "blue")]
    before = world.log(case.id)
    world.judge(51)
    assert world.log(case.id) == before
    world.fail(80, world.owners)
    world.hear(80, world.gazette)
    assert world.judge(80) == 1, "blind again is another case"


def test_a_brand_of_which_nothing_is_heard_is_one_graver_case(world):
    world.fail(26, world.owners, world.gazette)
    assert world.judge(26) == 1
    (case,) = world.cases
    assert case.level == "yellow"
    assert case.explanation["title"]["zh"] == "云雀奶茶：2 个来源收不到"
    assert world.told == [("opened", "yellow")]


def test_one_that_fails_later_joins_and_the_case_lasts_until_the_last_is_heard(world):
    world.fail(26, world.owners)
    world.hear(26, world.gazette)
    world.judge(26)
    world.fail(60, world.owners, world.gazette)
    assert world.judge(60) == 0
    (case,) = world.cases
    assert "2 of 2 sources" in case.explanation["words"]["en"]
    assert world.told == [("opened", "blue"), ("raised", "yellow")]
    world.hear(61, world.owners)
    world.judge(61)
    (case,) = world.cases
    assert case.status == "open"
    assert "Owners" not in case.explanation["words"]["en"]
    world.hear(62, world.gazette)
    world.judge(62)
    assert world.cases[0].status == "resolved"
    assert world.log(case.id).count("heard_again") == 2


def test_what_people_closed_stays_closed_and_another_source_is_told_of(world):
    world.fail(26, world.owners)
    world.hear(26, world.gazette)
    world.judge(26)
    with world.store.begin() as tx:
        cases.resolve(tx, world.cases[0].id, verdict="source_fault", who="林秋", now=NOW + 27 * HOUR)
    assert world.judge(30) == 0
    world.fail(60, world.owners, world.gazette)
    assert world.judge(60) == 1
    newest, _ = world.cases
    assert "Gazette" in newest.explanation["words"]["en"]
    assert "Owners" not in newest.explanation["words"]["en"]


@pytest.mark.parametrize(
    ("tries", "status", "opened"),
    [
        (1, Status.FAILED, 0),
        (3, Status.FAILED, 1),
        (1, Status.GONE, 1),
    ],
)
def test_a_machine_that_slept_has_not_failed(world, tries, status, opened):
    world.hear(100, world.gazette)
    world.fail(100, world.owners, tries=tries, status=status)
    assert world.judge(100) == opened


@pytest.mark.parametrize("counted", [0, 2])
def test_a_source_that_we_are_always_too_busy_for_is_told_of_and_one_that_we_were_once_is_not(world, counted):
    """Too busy is no failure of the source: what failed before stays counted, and no more."""
    for hour in (99, 100, 101):
        assert world.judge(hour) == 0
        world.hear(hour, world.gazette)
        world.fail(hour, world.owners, tries=counted)
    assert world.judge(101) == 1


def test_a_source_asked_once_a_day_is_given_several_of_its_days(world):
    with world.store.begin() as tx:
        sources.update_source(tx, world.owners.id, every=timedelta(days=1), now=NOW)
    world.hear(90, world.gazette)
    world.fail(90, world.owners)
    assert world.judge(90) == 0
    world.fail(98, world.owners)
    assert world.judge(98) == 1


def test_a_paused_source_is_listened_to_no_more(world):
    world.hear(26, world.gazette)
    world.fail(26, world.owners)
    world.judge(26)
    with world.store.begin() as tx:
        sources.update_source(tx, world.owners.id, paused=True, now=NOW)
    world.judge(27)
    assert world.cases[0].status == "resolved"
    assert "let_be" in world.log(world.cases[0].id)
    assert "heard_again" not in world.log(world.cases[0].id)


def test_a_rule_that_is_turned_off_closes_its_case(world):
    world.hear(26, world.gazette)
    world.fail(26, world.owners)
    world.judge(26)
    with world.store.begin() as tx:
        for rule in rules.list_rules(tx):
            rules.enable_rule(tx, rule.id, False, who="ops", now=NOW)
    world.judge(27)
    (case,) = world.cases
    assert (case.status, case.verdict) == ("resolved", "source_fault"), "that a source failed is known"
    assert "rule_off" in world.log(case.id)
    assert "heard_again" not in world.log(case.id)


def test_a_source_for_every_brand_is_counted_with_each_and_told_of_with_the_first(world):
    with world.store.begin() as tx:
        other = brands.add_brand(tx, "Hallon", now=NOW)
        own, every = (
            sources.add_source(
                tx, f"https://example.org/{name}?token=s3cret", kind="feed", channel="forum", brands=listed, now=NOW
            )
            for name, listed in (("own", [other.id]), ("every", []))
        )
    world.hear(0, own, every)
    world.hear(26, world.owners, world.gazette, every)
    world.fail(26, own)
    assert world.judge(26) == 1
    (case,) = world.cases
    assert (case.brand, case.level) == ("Hallon", "blue")
    assert "1 of 2 sources" in case.explanation["words"]["en"]
    assert "https://example.org/own" in case.title
    with world.store.read() as tx:
        said = [case, cases.case_log(tx, case.id), *(one.payload for one in outbox.list_outbox(tx))]
    assert len(said) > 2
    assert "HTTP 503 of https://***@example.org/" in str(said)
    assert "s3cret" not in str(said)


def test_the_sample_is_shown_and_never_told(store, settings):
    ensure_default_rules(store, now=NOW)
    with store.begin() as tx:
        outbox.add_target(tx, "duty", url="http://127.0.0.1:1/", kind="webhook")
        sample = brands.add_brand(tx, "Hallon", sample=True, now=NOW)
        made = sources.add_source(
            tx, "https://example.org/s", kind="feed", channel="forum", brands=[sample.id], sample=True, now=NOW
        )
    world = World(store, settings, sample, made, made)
    world.fail(26, made)
    assert world.judge(26) == 1
    assert world.cases[0].sample
    assert world.told == []

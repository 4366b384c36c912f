"""Judging against a real store: a month of usual days, a burst of complaints, and what becomes of it."""

import logging
import random
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analyzers.explain import Told, arithmetic, in_words
from analyzers.rules import QuietHours, RuleBody, Scope, rule_to_plain
from analyzers.spikes import SpikeSettings, counts_from, replay, score_history
from collectors.records import SourceState, Status
from monitor.opening import open_workspace
from monitor.rules import brand_counts, ensure_default_rules, evaluate
from settings import Settings
from storage import brands, cases, counts, export, outbox, readings, rules, sources, spikes
from storage.engine import Store
from storage.records import MentionFilter
from storage.sources import list_sources
from tests.storage import builders
from tests.storage.builders import heard, say

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SQLITE = "fengping.db"


def usual(days: float, *, until: datetime = NOW, seed: int = 7, a_day: float = 40.0):
    """Days of mentions with a night and a day, one in eight a complaint."""
    chance, made, at = random.Random(seed), [], until - timedelta(days=days)
    while at < until:
        lively = a_day / 24 * (1.7 if 1 <= at.hour < 15 else 0.3)
        for _ in range(min(8, sum(chance.random() < lively / 8 for _ in range(8)))):
            when, number = at + timedelta(minutes=chance.randrange(60)), len(made)
            bad = chance.random() < 1 / 8
            text = f"my Acme phone number {seed}-{number} {'came broken again' if bad else 'arrived this morning'}"
            made.append(say(f"u{seed}-{number}", text, published_at=when, author=f"reader {number % 300}"))
        at += HOUR
    return made


def complaints(
    n: int, *, since: float = 2.0, until: float = 0.1, key: str = "c", voices: int = 1000, copied: bool = False
):
    """Complaints spread evenly over some hours before now; when `copied`, every third says the same."""
    step = (since - until) / n
    return [
        say(
            f"{key}{i}",
            "do not buy the Acme battery it swells and is broken"
            if copied and i % 3 == 0
            else f"{key} {i} the Acme battery broken and swells, case {i * 7919 % 1000}",
            hours_ago=since - i * step,
            author=f"angry {key} {i % voices}",
        )
        for i in range(n)
    ]


def hear(store: Store, source, found, brand_ids, *, at: datetime = NOW, read: bool = True) -> None:
    """Collect and read: what says 'broken' is a complaint."""
    with store.begin() as tx:
        told = heard(source, *found, state=SourceState(last_success_at=at))
        builders.store(tx, source, *found, brands=brand_ids, now=at, collected=told)
    while read:
        with store.begin() as tx:
            waiting = readings.unread(tx, model="m1", limit=500)
            readings.store_readings(tx, [_read(one) for one in waiting], now=at)
        if not waiting:
            return


def _read(one):
    bad = "broken" in one.text
    words = tuple(word for word in one.text.replace(",", "").split() if word.isalpha())
    return builders.read(one, "negative" if bad else "neutral", tokens=words, themes=("quality",) if bad else ())


@dataclass
class Watch:
    """A store with one brand, its source, and who is told."""

    store: Store
    settings: Settings
    brand: object
    source: object

    def hear(self, *found, at=NOW, source=None):
        hear(self.store, source or self.source, found, [self.brand], at=at)

    def judge(self, *, at=NOW, **more) -> int:
        return evaluate(self.store, settings=self.settings, now=at, **more)

    def target(self, name="duty", **more):
        with self.store.begin() as tx:
            return outbox.add_target(tx, name, url="http://127.0.0.1:1/", kind="webhook", secret="s", **more)

    def rule(self, name="mine", body=None, **more):
        with self.store.begin() as tx:
            return rules.add_rule(tx, name, rule_to_plain(body or RuleBody(**more)), who="ops", now=NOW)

    def only(self, body: RuleBody):
        """The default rule with another body, and no rule of silence."""
        ensure_default_rules(self.store, now=NOW)
        with self.store.begin() as tx:
            first, silence = rules.list_rules(tx)
            rules.update_rule(tx, first.id, body=rule_to_plain(body), who="ops", now=NOW, what="test")
            rules.enable_rule(tx, silence.id, False, who="ops", now=NOW)

    @property
    def cases(self):
        with self.store.read() as tx:
            return cases.list_cases(tx)

    @property
    def case(self):
        (found,) = self.cases
        return found

    def log(self, case_id=None):
        with self.store.read() as tx:
            return [entry.what for entry in cases.case_log(tx, case_id or self.case.id)]

    @property
    def told(self):
        """(target, event, level) of everything in the outbox."""
        with self.store.read() as tx:
            items = outbox.list_outbox(tx, limit=100)
        return sorted((one.target.name, one.payload["event"], one.payload["level"]) for one in items)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with thirty usual days up to now."""
    from settings import load_settings

    home = tmp_path_factory.mktemp("month")
    store = open_workspace(load_settings(home=home, database_url=""))
    with store.begin() as tx:
        brand = builders.a_brand(tx, aliases=["埃克米"])
        source = builders.a_source(tx, brands=[brand.id])
    hear(store, source, usual(30), [brand])
    store.close()
    return home / SQLITE


@pytest.fixture
def watch(month: Path, settings: Settings):
    settings.home.mkdir(parents=True, exist_ok=True)
    shutil.copy(month, settings.home / SQLITE)
    store = open_workspace(settings)
    with store.read() as tx:
        brand, source = brands.list_brands(tx)[0], list_sources(tx, NOW)[0].source
    yield Watch(store, settings, brand, source)
    store.close()


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
    assert case.targets == {"acknowledge_minutes": 60, "respond_minutes": 240}
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
    assert 1 <= len(notices["duty"]["mentions"]) <= 3


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
        cases.acknowledge(tx, first.id, who="林秋", now=NOW)
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


def test_the_samples_cases_are_shown_and_told_to_nobody(store, settings):
    with store.begin() as tx:
        brand = builders.a_brand(tx, sample=True)
        source = builders.a_source(tx, brands=[brand.id], sample=True)
        outbox.add_target(tx, "duty", url="http://127.0.0.1:1/", kind="webhook", secret="s")
    hear(store, source, usual(21) + complaints(16), [brand])
    assert evaluate(store, settings=settings, now=NOW) == 1
    with store.read() as tx:
        (case,) = cases.list_cases(tx)
        assert case.sample
        assert outbox.list_outbox(tx) == []
    assert evaluate(store, settings=settings, now=NOW + 5 * HOUR) == 0
    with store.read() as tx:
        assert outbox.list_outbox(tx) == []


def test_quiet_hours_delay_the_notice_and_not_the_case(watch):
    watch.target()
    watch.only(RuleBody(quiet=QuietHours(start="19:00", end="08:00", zone="Asia/Shanghai")))  # now is 20:00 there
    watch.hear(*complaints(14))
    assert watch.judge() == 1
    morning = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    with watch.store.read() as tx:
        assert outbox.due(tx, morning - timedelta(seconds=1)) == []
        assert len(outbox.due(tx, morning)) == 1


def test_a_rule_may_open_only_from_a_level_on(watch):
    watch.target()
    watch.only(RuleBody(least_level="orange"))
    watch.hear(*complaints(14))
    assert watch.judge() == 0
    assert watch.cases == []
    watch.hear(*complaints(60, since=1.9, key="d"), at=NOW)
    assert watch.judge() == 1
    assert watch.case.level in ("orange", "red")


def test_whom_a_rule_names_for_a_level_is_told_and_nobody_else(watch):
    watch.target("everyone")
    duty, boss = watch.target("duty"), watch.target("boss")
    watch.only(RuleBody(tell={"yellow": (duty.id,), "orange": (duty.id, boss.id), "red": (boss.id,)}))
    watch.hear(*complaints(14))
    watch.judge()
    assert watch.told == [("duty", "opened", "yellow")]


def test_a_target_turned_off_is_not_told(watch):
    watch.target("off", enabled=False)
    watch.hear(*complaints(14))
    watch.judge()
    assert watch.told == []


def test_a_clock_that_runs_out_is_told_once(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    watch.judge(at=NOW + timedelta(minutes=59))
    assert "escalated" not in watch.log()
    for minutes in (60, 61, 300):
        watch.judge(at=NOW + timedelta(minutes=minutes))
    assert watch.log().count("escalated") == 1
    assert [event for _, event, _ in watch.told] == ["escalated", "opened"]


def test_the_clock_of_answering_runs_on_after_acknowledging(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.begin() as tx:
        cases.acknowledge(tx, watch.case.id, who="林秋", now=NOW + HOUR / 4)
    watch.judge(at=NOW + 2 * HOUR)
    assert "escalated" not in watch.log()
    watch.judge(at=NOW + 4 * HOUR)
    assert watch.log().count("escalated") == 1


def test_a_snoozed_case_rings_nobody_until_it_wakes(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.begin() as tx:
        cases.snooze(tx, watch.case.id, until=NOW + 3 * HOUR, who="林秋", now=NOW)
    watch.judge(at=NOW + 2 * HOUR)
    assert [event for _, event, _ in watch.told] == ["opened"]
    watch.judge(at=NOW + 3 * HOUR)
    assert [event for _, event, _ in watch.told] == ["escalated", "opened"]


def test_a_broken_rule_is_logged_and_stops_no_other(watch, caplog):
    watch.target()
    with watch.store.begin() as tx:
        rules.add_rule(tx, "broken one", {"measure": "mood", "scope": []}, who="ops", now=NOW)
    watch.hear(*complaints(14))
    with caplog.at_level(logging.ERROR, logger="fengping.rules"):
        assert watch.judge() == 1
    assert any("broken one" in record.getMessage() for record in caplog.records)


def test_a_rule_broken_or_deleted_after_it_rang_still_lets_clocks_run_out(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.begin() as tx:
        first = rules.list_rules(tx)[0]
        rules.update_rule(tx, first.id, body={"measure": "mood"}, who="ops", now=NOW, what="by hand")
    watch.judge(at=NOW + HOUR)
    assert [event for _, event, _ in watch.told] == ["escalated", "opened"]


def test_default_rules_are_made_once_and_stay_deleted(watch):
    ensure_default_rules(watch.store, now=NOW)
    ensure_default_rules(watch.store, now=NOW)
    with watch.store.begin() as tx:
        made = rules.list_rules(tx)
        assert [rule.body["measure"] for rule in made] == ["negative", "silence"]
        for rule in made:
            rules.delete_rule(tx, rule.id)
    watch.hear(*complaints(14))
    assert watch.judge() == 0
    with watch.store.read() as tx:
        assert rules.list_rules(tx) == []


def test_competitors_are_not_judged_unless_a_rule_names_them(watch):
    watch.hear(*complaints(14))
    with watch.store.begin() as tx:
        brands.update_brand(tx, watch.brand.id, competitor=True)
    assert watch.judge() == 0
    watch.rule("them", scope=Scope(brands=(watch.brand.id,)))
    assert watch.judge() == 1


def test_a_rule_over_a_saved_search_counts_what_the_search_finds(watch):
    watch.only(RuleBody(scope=Scope(query="swells")))
    watch.rule("other words", scope=Scope(query="thunderstorm"))
    watch.hear(*complaints(14))
    hear(watch.store, watch.source, complaints(3, since=700, until=500, key="old"), [watch.brand], at=NOW)
    assert watch.judge() == 1
    with watch.store.read() as tx:
        assert {row.text.count("swells") for row in cases.case_mentions(tx, watch.case.id)} == {1}
        hits = counts.figures(tx, MentionFilter(query="swells", since=NOW - 4 * HOUR, until=NOW))
    assert hits.negative == 14
    assert watch.case.explanation["facts"]["observed"] <= 14
    assert {spike.rule_name for spike in watch.case.spikes} == {"Negative spikes · 负面异动"}


def test_a_rule_over_all_mentions_counts_what_was_read(watch):
    watch.only(RuleBody(measure="total"))
    watch.hear(*(replace(one, text=one.text.replace("broken", "fine")) for one in complaints(120)))
    assert watch.judge() == 1
    facts = watch.case.explanation["facts"]
    assert facts["listed"] == facts["observed"] >= 20
    hear(watch.store, watch.source, complaints(5, since=1, key="unread"), [watch.brand], read=False)
    watch.judge(at=NOW + timedelta(minutes=1))
    facts = watch.case.explanation["facts"]
    assert facts["listed"] == facts["observed"]


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


# Silence


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
        told = heard(source, status=status, state=SourceState(last_success_at=at), error="timed out")
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


# A case can be checked from outside


def test_every_figure_can_be_recomputed_from_the_export(watch, tmp_path):
    watch.hear(*complaints(24, since=2.6, copied=True, voices=11))
    assert watch.judge() == 1
    case, zone = watch.case, ZoneInfo(watch.settings.timezone)
    with watch.store.read() as tx:
        export.export(tx, MentionFilter(brands=(case.brand_id,), case_id=case.id), tmp_path / "case.csv")
        export.export(tx, MentionFilter(brands=(case.brand_id,)), tmp_path / "all.csv")
        series = brand_counts(tx, RuleBody(), [case.brand_id], now=NOW)[case.brand_id]
    mine = pd.read_csv(tmp_path / "case.csv", keep_default_na=False, parse_dates=["published_at"])
    everyone = pd.read_csv(tmp_path / "all.csv", keep_default_na=False, parse_dates=["published_at"])
    facts = case.explanation["facts"]
    start, end = datetime.fromisoformat(facts["start"]), datetime.fromisoformat(facts["end"])

    # By plain counting.
    assert len(mine) == case.mentions
    window = mine[(mine.published_at >= start) & (mine.published_at < end)]
    assert facts["observed"] == facts["listed"] == (window.sentiment == "negative").sum()
    assert facts["copies"] == window.copy_group.value_counts().max() > 1
    assert sorted(facts["copy_ids"]) == sorted(window[window.copy_group == window.copy_group.mode()[0]].id)
    assert facts["voices"] == len(window[window.author != ""].groupby(["channel", "author"]))
    assert facts["unnamed"] == (window.author == "").sum()
    assert facts["sources"] == window.source.nunique()
    first = window.sort_values(["published_at", "id"]).iloc[0]
    assert (facts["first_id"], facts["first_seen"]) == (first.id, first.published_at.isoformat())
    around = everyone[(everyone.published_at >= start) & (everyone.published_at < end)]
    assert facts["total"] == len(around)
    assert facts["share"] == pytest.approx(facts["observed"] / facts["total"])

    # What is usual, from the counts before: the whole export, hour by hour, through the same detector.
    hour = everyone.published_at.dt.floor("h")
    hours = pd.date_range(hour.min(), pd.Timestamp(NOW) - pd.Timedelta(hours=1), freq="h")
    total = hour.value_counts().reindex(hours, fill_value=0)
    negative = hour[everyone.sentiment == "negative"].value_counts().reindex(hours, fill_value=0)
    again = counts_from(int(hours[0].timestamp()), 3600, negative=negative, total=total)
    assert (again.negative == series.negative).all()
    assert (again.total == series.total).all()
    spike = replay(score_history(again), SpikeSettings())[-1]
    for name, value in (("usual", spike.expected), ("low", spike.low), ("high", spike.high),
                        ("once_in_days", spike.once_in_days), ("usual_share", spike.usual_share)):  # fmt: skip
        assert facts[name] == pytest.approx(value), name

    # By the very words: facts of the export's rows are the case's facts, and say its sentences.
    remade = arithmetic(spike, [_told(row) for row in mine.itertuples()])
    for name in ("observed", "listed", "copies", "voices", "unnamed", "sources", "first_id", "total"):
        assert getattr(remade, name) == facts[name], name
    assert case.explanation["words"] == {lang: in_words(remade, lang, zone) for lang in ("zh", "en")}
    assert str(facts["observed"]) in case.explanation["words"]["zh"]

    # Why: a claim's counts are those of the mentions it names.
    for claim in case.explanation["why"]["claims"]:
        named = mine[mine.id.isin(claim["mention_ids"])]
        assert len(named) == claim["in_spike"]
        if claim["kind"] == "term":
            assert named.text.str.casefold().str.contains(claim["value"].casefold()).all()
        if claim["kind"] == "theme":
            assert named.themes.str.split(";").map(lambda themes, theme=claim["value"]: theme in themes).all()

    # Its level, from the table.
    figures = case.explanation["level"]["figures"]
    assert figures["reach"] == len(mine.groupby(["channel", "author"]))
    assert figures["speed"] == Counter(mine.published_at.dt.floor("h")).most_common(1)[0][1]
    assert figures["strength"] == pytest.approx(facts["observed"] / max(facts["usual"], 0.5))


def _told(row) -> Told:
    return Told(
        id=row.id, published_at=row.published_at.to_pydatetime(), author=row.author, source=str(row.source),
        channel=row.channel, region=row.region, themes=tuple(row.themes.split(";")), copy_group=str(row.copy_group),
        label=row.sentiment,
    )  # fmt: skip


def test_the_case_of_one_spike_is_one_row_in_the_list_of_spikes(watch):
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.read() as tx:
        (row,) = spikes.list_spikes(tx)
    assert (row.case_id, row.brand_id) == (watch.case.id, watch.brand.id)
    assert row.figures["observed"] == watch.case.explanation["facts"]["observed"]

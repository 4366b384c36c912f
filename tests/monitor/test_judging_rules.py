"""What a rule says is what rings: its scope, its level, whom it names, when it keeps quiet, and its clock."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analyzers.rules import CHANNELS as rule_channels
from analyzers.rules import QuietHours, RuleBody, Scope, tell_at
from collectors.records import CHANNELS
from monitor.notice import body, notice_from_plain, subject
from monitor.rules import ensure_default_rules, evaluate
from storage import brands, cases, counts, outbox, pages, rules, spikes
from storage.records import MentionFilter
from tests.monitor.judging import HOUR, NOW, complaints, hear, usual
from tests.storage import builders


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


def test_a_brand_of_ones_own_that_is_named_in_the_sample_is_told_of(store, settings):
    """A case is the sample's when its brand is, whatever source its mentions came from."""
    with store.begin() as tx:
        brand = builders.a_brand(tx)
        source = builders.a_source(tx, brands=[brand.id], sample=True)
        outbox.add_target(tx, "duty", url="http://127.0.0.1:1/", kind="webhook", secret="s")
    hear(store, source, usual(21) + complaints(16), [brand])
    assert evaluate(store, settings=settings, now=NOW) == 1
    with store.read() as tx:
        assert not cases.list_cases(tx)[0].sample
        assert len(outbox.list_outbox(tx)) == 1


def test_a_rule_knows_the_channels_that_sources_have():
    assert rule_channels == CHANNELS


def test_quiet_hours_delay_the_notice_and_not_the_case(watch):
    watch.target()
    watch.only(RuleBody(quiet=QuietHours(start="19:00", end="08:00", zone="Asia/Shanghai")))  # now is 20:00 there
    watch.hear(*complaints(14))
    assert watch.judge() == 1
    morning = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    with watch.store.read() as tx:
        assert outbox.due(tx, morning - timedelta(seconds=1)) == []
        assert len(outbox.due(tx, morning)) == 1


@pytest.mark.parametrize(("end", "over"), [("08:00", (0, 0)), ("21:59", (13, 59))])
def test_a_weekend_between_two_quiet_nights_is_quiet_to_its_end(watch, end, over):
    friday = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # 22:00 there
    quiet = QuietHours(start="22:00", end=end, weekends=True, zone="Asia/Shanghai", meanwhile="hold")
    until = tell_at(quiet, "orange", friday)
    assert until == datetime(2026, 11, 23, *over, tzinfo=UTC)
    target = watch.target()
    with watch.store.begin() as tx:
        outbox.enqueue(tx, "k", target_id=target.id, case_id=None, payload={}, now=friday, not_before=until)
        assert [len(outbox.due(tx, at)) for at in (friday, until - timedelta(seconds=1), until)] == [0, 0, 1]


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
    watch.hear(*complaints(14, since=0.9))
    watch.judge()
    due = watch.case.first_mention_at + 2 * HOUR
    watch.judge(at=due - timedelta(minutes=1))
    assert "escalated" not in watch.log()
    for minutes in (0, 1, 240):
        watch.judge(at=due + timedelta(minutes=minutes))
    assert watch.log().count("escalated") == 1
    assert [event for _, event, _ in watch.told] == ["escalated", "opened"]


def test_a_case_found_late_says_so_at_once_and_leaves_people_a_quarter_to_react(watch):
    """Who is only now told could not react before; what they are late against is the first mention all the same."""
    watch.target()
    watch.hear(*complaints(12, since=5.8))
    watch.judge()
    case = watch.case
    assert case.opened_at - case.first_mention_at > 4 * HOUR
    with watch.store.read() as tx:
        (notice,) = [one.payload for one in outbox.list_outbox(tx)]
    said = body(notice_from_plain(notice))
    assert said.count("(overdue)") == 2
    for minutes, told in ((0, 0), (29, 0), (30, 1), (50, 1)):
        watch.judge(at=NOW + timedelta(minutes=minutes))
        assert watch.log().count("escalated") == told
    with watch.store.begin() as tx:
        cases.acknowledge(tx, case.id, who="林秋", now=NOW + timedelta(minutes=50))
    for minutes, told in ((59, 1), (60, 2), (600, 2)):
        watch.judge(at=NOW + timedelta(minutes=minutes))
        assert watch.log().count("escalated") == told


def test_the_clock_of_answering_runs_on_after_acknowledging(watch):
    watch.target()
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.begin() as tx:
        cases.acknowledge(tx, watch.case.id, who="林秋", now=NOW + HOUR / 4)
    answered_by = watch.case.first_mention_at + 4 * HOUR
    watch.judge(at=answered_by - timedelta(minutes=1))
    assert "escalated" not in watch.log()
    watch.judge(at=answered_by)
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
            rules.delete_rule(tx, rule.id, now=NOW)
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


@pytest.mark.parametrize(
    ("scope", "rings"),
    [
        (Scope(channels=("news",)), 1),
        (Scope(channels=("forum",)), 0),
        (Scope(langs=("en",)), 1),
        (Scope(langs=("zh",)), 0),
        (Scope(themes=("quality",)), 1),
        (Scope(themes=("delivery",)), 0),
    ],
)
def test_a_rule_counts_only_what_is_in_its_scope(watch, scope, rings):
    """Complaints in English about quality, from news."""
    watch.only(RuleBody(scope=scope))
    watch.hear(*complaints(14))
    assert watch.judge() == rings


def test_a_rule_over_the_negative_share_says_the_share_and_who_owns_by_default(watch):
    watch.only(RuleBody(measure="share", owner="林秋", department="公关部", acknowledge_minutes=15, respond_minutes=45))
    watch.hear(*complaints(14))
    assert watch.judge() == 1
    case = watch.case
    assert (case.owner, case.department) == ("林秋", "公关部")
    assert case.targets == {"acknowledge_minutes": 15, "respond_minutes": 45}
    assert "%" in case.explanation["words"]["en"]


def test_a_spike_gives_a_case_opened_by_hand_its_account_and_leaves_its_name(watch):
    """People saw it first: they are told of their case, and when the rule rings it joins theirs."""
    watch.target()
    watch.hear(*complaints(3, since=1.5, until=0.2))
    with watch.store.begin() as tx:
        ids = [row.id for row in pages.page(tx, MentionFilter(query="swells")).rows]
        opened = spikes.open_by_hand(
            tx, watch.brand.id, "swollen batteries", level="yellow", mention_ids=ids, who="林秋", now=NOW
        )
        assert (opened.status, opened.owner, opened.mentions) == ("acknowledged", "林秋", 3)
    watch.only(RuleBody(floor=10))
    assert [watch.judge(), watch.judge()] == [0, 0]
    with watch.store.read() as tx:
        (notice,) = [one.payload for one in outbox.list_outbox(tx)]
    assert (notice["event"], notice["level"], notice["title"]) == ("opened", "yellow", "swollen batteries")
    assert notice["words"]["en"] == "Opened by hand, with 3 mentions; no rule rang."
    assert subject(notice_from_plain(notice)) == "[Yellow] Fengping: new case · Acme · swollen batteries"
    with watch.store.begin() as tx:
        cases.remove_mentions(tx, opened.id, ids[:1], who="林秋", now=NOW)
    watch.hear(*complaints(14, key="d", since=1.0))
    assert watch.judge() == 0
    case = watch.case
    assert (case.id, case.title, len(case.spikes)) == (opened.id, "swollen batteries", 1)
    assert "negative mentions" in case.explanation["words"]["en"]
    assert (case.explanation["named_by"], case.explanation.get("title")) == ("林秋", None)
    with watch.store.read() as tx:
        assert ids[0] not in cases.case_mention_ids(tx, case.id), "what a person took out only a person puts back"


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

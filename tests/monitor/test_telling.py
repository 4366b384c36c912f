"""Who is told of a case, of what, in which words, and again when its clock runs out."""

import logging
from datetime import timedelta

import pytest

from analyzers.rules import RuleBody, Scope, rule_to_plain
from monitor import cases as telling
from monitor.rules import evaluate
from settings import Settings
from storage import brands, cases, outbox, rules, spikes
from storage.engine import Store
from tests.monitor.conftest import NOW

HOUR = timedelta(hours=1)
CLOCK = {"acknowledge_minutes": 60, "respond_minutes": 240}
ACCOUNT = {"title": {"en": "Lark Tea: delivery", "zh": "云雀奶茶：配送"}, "words": {"en": "9 of them", "zh": "共 9 条"}}


@pytest.fixture
def rule(store: Store):
    with store.begin() as tx:
        return rules.add_rule(tx, "mine", rule_to_plain(RuleBody()), who="ops", now=NOW)


def target(store: Store, name: str, **more: object):
    with store.begin() as tx:
        return outbox.add_target(tx, name, url="http://127.0.0.1:1/", kind="webhook", secret="s", **more)


def case_of(store: Store, rule, brand, *, level: str = "orange") -> int:
    with store.begin() as tx:
        return spikes.open_case(
            tx,
            rule_id=rule.id,
            rule_version=1,
            brand_id=brand.id,
            start_at=NOW - HOUR,
            end_at=NOW,
            measure="negative",
            figures={"evidence": 2.0},
            title="云雀奶茶：配送",
            level=level,
            now=NOW,
            targets=CLOCK,
            explanation=ACCOUNT,
        ).case_id


def tell(store: Store, settings: Settings, case_id: int, body: RuleBody) -> list[str]:
    """Who is told when the case opens."""
    with store.begin() as tx:
        case = cases.existing_case(tx, case_id)
        telling.tell_targets(tx, case, body, "opened", None, (), settings=settings, now=NOW)
        return sorted(item.target.name for item in outbox.list_outbox(tx))


def clocks(store: Store, settings: Settings, *hours: float, sent: bool = True) -> list[str]:
    """What was said of clocks by each hour after the opening, newest first; `sent`, or waiting still."""
    for at in hours:
        telling.escalate_overdue(store, settings=settings, now=NOW + at * HOUR)
        with store.begin() as tx:
            for item in outbox.due(tx, NOW + at * HOUR) if sent else ():
                outbox.mark_sent(tx, item.id, now=NOW + at * HOUR)
    with store.read() as tx:
        return [item.payload["event"] for item in outbox.list_outbox(tx)]


def test_each_is_told_in_his_language(store, settings, brand, rule):
    target(store, "duty", lang="en")
    target(store, "群", lang="zh")
    tell(store, settings, case_of(store, rule, brand), RuleBody())
    with store.read() as tx:
        told = {item.target.name: item.payload["title"] for item in outbox.list_outbox(tx)}
    assert told == {"duty": "Lark Tea: delivery", "群": "云雀奶茶：配送"}


def test_a_rule_whose_people_are_all_gone_tells_everybody_who_takes_the_level(store, settings, brand, rule):
    gone, duty, off = target(store, "gone"), target(store, "duty"), target(store, "off", enabled=False)
    target(store, "reds", levels=("red",))
    with store.begin() as tx:
        outbox.delete_target(tx, gone.id)
    case_id = case_of(store, rule, brand)
    assert tell(store, settings, case_id, RuleBody(tell={"orange": (off.id,)})) == []
    assert tell(store, settings, case_id, RuleBody(tell={"orange": (gone.id,)})) == ["duty"]
    assert duty.enabled


def test_a_case_nobody_reacts_to_is_told_of_once(store, settings, brand, rule):
    target(store, "duty")
    case_of(store, rule, brand)
    assert clocks(store, settings, 0.9) == []
    assert clocks(store, settings, 1.1, 2, 5, 9) == ["escalated"]


def escalated_to(store: Store, settings: Settings, case_id: int, body: RuleBody) -> list[str]:
    with store.begin() as tx:
        case = cases.existing_case(tx, case_id)
        telling.tell_targets(tx, case, body, "escalated", None, (), settings=settings, now=NOW)
        return sorted(item.target.name for item in outbox.list_outbox(tx))


def test_when_nobody_reacts_the_next_ones_up_are_told_too(store, settings, brand, rule):
    for name, levels in {"all": telling.LEVELS, "heads": ("orange", "red"), "board": ("red",)}.items():
        target(store, name, levels=levels)
    assert escalated_to(store, settings, case_of(store, rule, brand, level="yellow"), RuleBody()) == ["all", "heads"]


def test_where_the_rule_names_people_the_next_ones_up_are_whom_it_names(store, settings, brand, rule):
    duty, chief, _ = target(store, "duty"), target(store, "chief"), target(store, "other")
    body = RuleBody(tell={"yellow": (duty.id,), "orange": (duty.id,), "red": (duty.id, chief.id)})
    assert escalated_to(store, settings, case_of(store, rule, brand, level="yellow"), body) == ["chief", "duty"]


def test_above_the_highest_level_everybody_is_told(store, settings, brand, rule):
    duty = target(store, "duty")
    target(store, "blues", levels=("blue",))
    target(store, "off", enabled=False)
    body = RuleBody(tell={"red": (duty.id,)})
    assert escalated_to(store, settings, case_of(store, rule, brand, level="red"), body) == ["blues", "duty"]


def test_acknowledged_late_and_then_not_answered_it_is_told_of_again(store, settings, brand, rule):
    target(store, "duty")
    case_id = case_of(store, rule, brand)
    assert clocks(store, settings, 1.1) == ["escalated"]
    with store.begin() as tx:
        cases.acknowledge(tx, case_id, who="林秋", now=NOW + 2 * HOUR)
    assert clocks(store, settings, 3.9) == ["escalated"]
    assert clocks(store, settings, 4.1, 5, 9) == ["escalated", "escalated"]
    with store.begin() as tx:
        said = [entry.detail["why"] for entry in cases.case_log(tx, case_id) if entry.what == "escalated"]
    assert said == ["acknowledge", "respond"]


@pytest.mark.parametrize("act", ["answered", "resolved"])
def test_what_waits_to_say_that_nobody_reacts_is_called_off_once_somebody_does(store, settings, brand, rule, act):
    """Through quiet hours, or for a target that refuses: by then it would not be true."""
    target(store, "duty")
    case_id = case_of(store, rule, brand)
    tell(store, settings, case_id, RuleBody())
    assert clocks(store, settings, 1.1, sent=False) == ["escalated", "opened"]
    with store.begin() as tx:
        cases.acknowledge(tx, case_id, who="林秋", now=NOW + 2 * HOUR)
    assert clocks(store, settings, 2.1, sent=False) == ["opened"]
    assert clocks(store, settings, 4.1, sent=False) == ["escalated", "opened"]
    with store.begin() as tx:
        by = {"who": "林秋", "now": NOW + 5 * HOUR}
        if act == "answered":
            cases.respond(tx, case_id, {"said": "sorry"}, **by)
        else:
            cases.resolve(tx, case_id, verdict="noise", **by)
    assert clocks(store, settings, 5.1, 9, sent=False) == ["opened"]


@pytest.mark.parametrize("heard", [True, False])
def test_a_case_opened_again_rings_again_where_nobody_had_been_told(store, settings, brand, rule, heard):
    target(store, "duty")
    case_id = case_of(store, rule, brand)
    assert clocks(store, settings, 1.1, sent=heard) == ["escalated"]
    with store.begin() as tx:
        cases.resolve(tx, case_id, verdict="noise", who="林秋", now=NOW + 2 * HOUR)
        cases.reopen(tx, case_id, who="林秋", now=NOW + 3 * HOUR)
    assert clocks(store, settings) == (["escalated"] if heard else [])
    assert clocks(store, settings, 3.1, 5, 9) == ["escalated"]


def test_an_answer_that_nobody_gave_is_told_of_again_in_a_case_opened_again(store, settings, brand, rule):
    target(store, "duty")
    case_id = case_of(store, rule, brand)
    assert clocks(store, settings, 1.1) == ["escalated"]
    with store.begin() as tx:
        cases.acknowledge(tx, case_id, who="林秋", now=NOW + 2 * HOUR)
    assert clocks(store, settings, 4.1, sent=False) == ["escalated", "escalated"]
    with store.begin() as tx:
        cases.resolve(tx, case_id, verdict="noise", who="林秋", now=NOW + 5 * HOUR)
        cases.reopen(tx, case_id, who="林秋", now=NOW + 6 * HOUR)
    assert clocks(store, settings) == ["escalated"]
    assert clocks(store, settings, 6.1, 9) == ["escalated", "escalated"]


def test_who_acknowledges_while_clocks_are_read_is_not_said_to_have_been_silent(
    store, settings, brand, rule, monkeypatch
):
    target(store, "duty")
    case_id = case_of(store, rule, brand)
    looked = telling.clock.overdue

    def then_seen(case, now, **more):
        found = looked(case, now, **more)
        monkeypatch.undo()
        with store.begin() as tx:
            cases.acknowledge(tx, case_id, who="林秋", now=now)
        return found

    monkeypatch.setattr(telling.clock, "overdue", then_seen)
    assert clocks(store, settings, 1.1) == []


def test_the_clock_of_a_case_whose_rule_was_deleted_is_told(store, settings, brand, rule):
    target(store, "duty")
    case_id = case_of(store, rule, brand)
    with store.begin() as tx:
        rules.delete_rule(tx, rule.id, now=NOW)
        assert cases.existing_case(tx, case_id).spikes != ()
    assert clocks(store, settings, 1.1) == ["escalated"]


def test_one_rule_that_cannot_be_judged_keeps_no_clock_from_ringing(store, settings, brand, rule, monkeypatch, caplog):
    """A fault of ours in one rule is logged; what comes after it is done all the same."""
    target(store, "duty")
    case_of(store, rule, brand)

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("monitor.rules.brand_counts", broken)
    with caplog.at_level(logging.ERROR, logger="fengping.rules"):
        evaluate(store, settings=settings, now=NOW + 1.1 * HOUR)
    assert any("'mine': a fault of ours" in record.getMessage() for record in caplog.records)
    assert clocks(store, settings) == ["escalated"]


def test_a_search_for_a_number_is_a_rule_like_any_other(store, settings):
    with store.begin() as tx:
        brands.add_brand(tx, "Acme", now=NOW)
        rules.add_rule(tx, "315", rule_to_plain(RuleBody(scope=Scope(query="315"))), who="ops", now=NOW)
    assert evaluate(store, settings=settings, now=NOW) == 0


def test_a_case_is_told_by_its_strangest_spike():
    class One:
        def __init__(self, number: int, evidence: float | None) -> None:
            self.id, self.figures = number, {"evidence": evidence}

    both = [One(1, 2.0), One(2, 5.0), One(3, None)]
    assert telling._strangest(both, 2, 5.0)
    assert not telling._strangest(both, 1, 4.0)
    assert telling._strangest(both, 1, 6.0)
    assert telling._strangest(both[:1], 1, 0.1)

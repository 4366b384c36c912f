"""A case's one clock: counted from its first mention, fair to who is told of a case that was found late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import cases, clock, rules, spikes
from tests.storage.builders import NOW, a_brand
from tests.storage.test_people import BY, HOUR, a_case

TARGETS = {"acknowledge_minutes": 120, "respond_minutes": 240}


@pytest.fixture
def case(store):
    """Opened now, an hour after its first mention."""
    with store.begin() as tx:
        rule = rules.add_rule(tx, "one", {}, **BY)
        opened = a_case(tx, a_brand(tx), rule, targets=TARGETS, first_mention_at=NOW - HOUR)
        return cases.existing_case(tx, opened.case_id)


def times(case) -> list[float | None]:
    """Hours from the opening to what is due, then to what is told."""
    moments = [ask(case, step) for ask in (clock.due, clock.escalates) for step in clock.STEPS]
    return [None if one is None else (one - case.opened_at) / HOUR for one in moments]


def test_targets_count_from_the_first_mention(case):
    assert times(case) == [1, 3, 1, 3]
    assert not any(clock.found_late(case, step) for step in clock.STEPS)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [(1.75, [0.25, 2.25, 0.5, 2.25]), (3, [-1, 1, 0.5, 1]), (30, [-28, -26, 0.5, 1])],
    ids=["nearly late", "late to acknowledge", "late for both"],
)
def test_found_late_a_quarter_of_the_target_is_left_from_the_opening(case, after, wanted):
    late = replace(case, first_mention_at=case.opened_at - after * HOUR)
    assert times(late) == wanted
    assert [clock.found_late(late, step) for step in clock.STEPS] == [one <= 0 for one in wanted[:2]]


def test_what_nobody_said_counts_from_its_opening(case):
    assert times(replace(case, first_mention_at=None, start_at=case.opened_at - 50 * HOUR)) == [2, 4, 2, 4]


@pytest.mark.parametrize("targets", [{}, {"acknowledge_minutes": 0, "respond_minutes": None}])
def test_without_a_target_nothing_is_ever_due(case, targets):
    assert times(replace(case, targets=targets)) == [None] * 4


def test_a_rule_that_joins_hurries_the_clock_and_gives_an_owner_where_there_is_none(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        one, other, third = (rules.add_rule(tx, name, {}, **BY) for name in ("one", "other", "third"))
        slow = {"acknowledge_minutes": 0, "respond_minutes": 240}
        case_id = a_case(tx, brand, one, targets=slow).case_id
        assert a_case(tx, brand, other, targets=TARGETS | {"respond_minutes": 600}, owner="林秋").what == "joined"
        assert a_case(tx, brand, third, targets=slow, owner="somebody else").what == "joined"
        joined = cases.existing_case(tx, case_id)
        assert (joined.targets, joined.owner, joined.status) == (TARGETS, "林秋", "open")
        assert [what for _, what in cases.overdue(tx, NOW + 3 * HOUR)] == ["acknowledge"]


def test_a_first_mention_found_later_moves_the_clock(store):
    with store.begin() as tx:
        rule = rules.add_rule(tx, "one", {}, **BY)
        opened = a_case(tx, a_brand(tx), rule, targets=TARGETS, first_mention_at=NOW - HOUR)
        before = clock.due(cases.existing_case(tx, opened.case_id), "respond")
        earlier = NOW - HOUR - timedelta(minutes=20)
        found = spikes.extend_case(tx, opened.spike_id, end_at=NOW, figures={}, now=NOW, first_mention_at=earlier)
        assert before - clock.due(found, "respond") == timedelta(minutes=20)

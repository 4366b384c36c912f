"""A case's one clock: counted from its first mention, fair to who is told of a case that was found late."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from analyzers import clock

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGETS = {"acknowledge_minutes": 120, "respond_minutes": 240}


@dataclass(frozen=True)
class Case:
    """Opened now, an hour after its first mention."""

    first_mention_at: datetime | None = NOW - HOUR
    opened_at: datetime = NOW
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    snoozed_until: datetime | None = None
    targets: dict = field(default_factory=lambda: dict(TARGETS))


def times(case) -> list[float | None]:
    """Hours from the opening to what is due, then to what is told."""
    moments = [ask(case, step) for ask in (clock.due, clock.escalates) for step in clock.STEPS]
    return [None if one is None else (one - case.opened_at) / HOUR for one in moments]


def test_targets_count_from_the_first_mention():
    assert times(Case()) == [1, 3, 1, 3]
    assert not any(clock.found_late(Case(), step) for step in clock.STEPS)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [(1.75, [0.25, 2.25, 0.5, 2.25]), (3, [-1, 1, 0.5, 1]), (30, [-28, -26, 0.5, 1])],
    ids=["nearly late", "late to acknowledge", "late for both"],
)
def test_found_late_a_quarter_of_the_target_is_left_from_the_opening(after, wanted):
    late = Case(first_mention_at=NOW - after * HOUR)
    assert times(late) == wanted
    assert [clock.found_late(late, step) for step in clock.STEPS] == [one <= 0 for one in wanted[:2]]


def test_what_nobody_said_counts_from_its_opening():
    assert times(Case(first_mention_at=None)) == [2, 4, 2, 4]


@pytest.mark.parametrize("targets", [{}, {"acknowledge_minutes": 0, "respond_minutes": None}])
def test_without_a_target_nothing_is_ever_due(targets):
    case = Case(targets=targets)
    assert times(case) == [None] * 4
    assert clock.overdue(case, NOW + 1000 * HOUR, told=()) is None


def test_what_is_overdue_is_told_once_while_nobody_reacts_and_once_more_when_it_is_not_answered():
    case, late = Case(), NOW + 5 * HOUR
    assert clock.overdue(case, NOW + 0.99 * HOUR, told=()) is None
    assert clock.overdue(case, NOW + HOUR, told=()) == "acknowledge"
    assert clock.overdue(case, late, told={"acknowledge"}) is None
    seen = replace(case, acknowledged_at=NOW + 2 * HOUR)
    assert clock.overdue(seen, NOW + 2.9 * HOUR, told={"acknowledge"}) is None
    assert clock.overdue(seen, late, told={"acknowledge"}) == "respond"
    assert clock.overdue(seen, late, told={"acknowledge", "respond"}) is None
    assert clock.overdue(replace(seen, snoozed_until=late + HOUR), late, told=()) is None
    assert clock.overdue(replace(seen, snoozed_until=late), late, told=()) == "respond"
    assert clock.overdue(replace(seen, responded_at=late), late, told=()) is None

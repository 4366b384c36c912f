"""A case's clock: one, from its first mention to its acknowledgement to its answer, against its rule's targets.

People began to wait when the first of them wrote, not when a rule noticed. So a slow rise may be past a target when its case opens:
that is late, and is said from its first moment. The next ones up are told that nobody reacted, though, and whoever has
only just been told could not react yet: found late, a case escalates after a quarter of the target, from its opening.

What has no first mention (a silence, a source that cannot be heard) is counted from its opening. Blind spot: the first of
the mentions that a case counts may be an ordinary complaint from before the story, most of all in long windows.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

Step = Literal["acknowledge", "respond"]
STEPS: tuple[Step, ...] = ("acknowledge", "respond")
FOUND_LATE = 0.25  # of a target: what people have, from the opening, for a case that was found late


class Clocked(Protocol):
    """What a clock is read off: storage.records.CaseRecord is one."""

    @property
    def first_mention_at(self) -> datetime | None: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def acknowledged_at(self) -> datetime | None: ...
    @property
    def responded_at(self) -> datetime | None: ...
    @property
    def snoozed_until(self) -> datetime | None: ...
    @property
    def targets(self) -> Mapping[str, Any]: ...


def began(case: Clocked) -> datetime:
    return case.first_mention_at or case.opened_at


def target(case: Clocked, step: Step) -> timedelta | None:
    """What the rule allows for a step; None where it set no target."""
    minutes = int(case.targets.get(f"{step}_minutes") or 0)
    return timedelta(minutes=minutes) if minutes else None


def due(case: Clocked, step: Step) -> datetime | None:
    """When a step's time runs out."""
    allowed = target(case, step)
    return began(case) + allowed if allowed else None


def escalates(case: Clocked, step: Step) -> datetime | None:
    """When the next ones up are told that a step is overdue."""
    allowed = target(case, step)
    return max(began(case) + allowed, case.opened_at + allowed * FOUND_LATE) if allowed else None


def done(case: Clocked, step: Step) -> datetime | None:
    return case.acknowledged_at if step == "acknowledge" else case.responded_at


def found_late(case: Clocked, step: Step) -> bool:
    """Whether a step's time had run out when the case was opened."""
    over = due(case, step)
    return over is not None and over <= case.opened_at


def overdue(case: Clocked, now: datetime, *, told: Collection[str]) -> Step | None:
    """The step whose time ran out and that is to be told of now, `told` being those that were.

    Once while nobody reacts. A case that was acknowledged after that, and is then not answered by its time, is told of
    once more.
    """
    if (case.snoozed_until is not None and case.snoozed_until > now) or (told and case.acknowledged_at is None):
        return None
    late = (step for step in STEPS if done(case, step) is None and (when := escalates(case, step)) and now >= when)
    return next((step for step in late if step not in told), None)

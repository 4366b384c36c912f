"""A case's clock: one, from its first mention to its acknowledgement to its answer, against its rule's targets. Pure.

People began to wait when the first of them wrote, not when a rule noticed. So a slow rise may be past a target when its case opens:
that is late, and is said from its first moment. The next ones up are told that nobody reacted, though, and whoever has
only just been told could not react yet: found late, a case escalates after a quarter of the target, from its opening.

What has no first mention (a silence, a source that cannot be heard) is counted from its opening. Blind spot: the first of
the mentions that a case counts may be an ordinary complaint from before the story, most of all in long windows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from storage.records import CaseRecord

Step = Literal["acknowledge", "respond"]
STEPS: tuple[Step, ...] = ("acknowledge", "respond")
FOUND_LATE = 0.25  # of a target: what people have, from the opening, for a case that was found late


def began(case: CaseRecord) -> datetime:
    return case.first_mention_at or case.opened_at


def target(case: CaseRecord, step: Step) -> timedelta | None:
    """What the rule allows for a step; None where it set no target."""
    minutes = int(case.targets.get(f"{step}_minutes") or 0)
    return timedelta(minutes=minutes) if minutes else None


def due(case: CaseRecord, step: Step) -> datetime | None:
    """When a step's time runs out."""
    allowed = target(case, step)
    return began(case) + allowed if allowed else None


def escalates(case: CaseRecord, step: Step) -> datetime | None:
    """When the next ones up are told that a step is overdue."""
    allowed = target(case, step)
    return max(began(case) + allowed, case.opened_at + allowed * FOUND_LATE) if allowed else None


def done(case: CaseRecord, step: Step) -> datetime | None:
    return case.acknowledged_at if step == "acknowledge" else case.responded_at


def found_late(case: CaseRecord, step: Step) -> bool:
    """Whether a step's time had run out when the case was opened."""
    over = due(case, step)
    return over is not None and over <= case.opened_at


def tighter(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The targets of a case for which two rules rang: of each step the shorter one, and any rather than none."""
    names = [f"{step}_minutes" for step in STEPS]
    both = {name: [int(given[name]) for given in (one, other) if given.get(name)] for name in names}
    return {**one, **{name: min(minutes) for name, minutes in both.items() if minutes}}

"""What multiplies all mentions and is no campaign: a source newly added, a public holiday, an hour of the day that is always loud.

Each brand lives 60 days and has trouble of one kind only, so an alarm in it is an alarm for it (or chance: `quiet` are the
same brands' alarms elsewhere). Negatives come along in proportion, give or take what the kind itself brings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.spikes.bench.simulate import Brand, Draft, Event, calm_draft, finish, holiday, new_source
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS

DAYS, SETTLED_DAYS, AFTER_HOURS = 60, 14, 6


def _peak(draft: Draft) -> None:
    """One hour of every day, three to six times as loud as its neighbours."""
    day = draft.rng.integers(0, 24) + np.arange(0, len(draft.total), 24)
    draft.total[day] *= draft.rng.uniform(3.0, 6.0)
    draft.events += [Event("daily peak", int(at), int(at), 0.0) for at in day if at >= SETTLED_DAYS * 24]


# What happens how often in a brand's 60 days.
KINDS: dict[str, tuple[Callable[[Draft], None], int]] = {
    "new source": (new_source, 2),
    "holiday": (holiday, 3),
    "daily peak": (_peak, 1),
}


def troubled(seed: int, kind: str) -> Brand:
    """A brand with trouble of this kind, hourly."""
    draft = calm_draft(np.random.default_rng(seed), DAYS, HOUR)
    happen, times = KINDS[kind]
    usual_total, usual_share = draft.total.copy(), draft.share.copy()
    for _ in range(times):
        happen(draft)
    return finish(f"{kind} {seed}", draft, usual_total, usual_share)


@dataclass(frozen=True)
class Trouble:
    """Events and how many rang, in their time or some hours after; alarms elsewhere per 30 days."""

    events: int
    rang: int
    quiet: float


def trouble(brands: Sequence[Brand], kind: str, alarms: Sequence[Sequence[int]]) -> Trouble:
    events, rang, elsewhere, months = 0, 0, 0, 0.0
    for brand, rows in zip(brands, alarms, strict=True):
        # After a daily peak comes an ordinary hour: only its own is its own.
        after = 0 if kind == "daily peak" else AFTER_HOURS
        spans = [(event.first, event.last + after) for event in brand.of(kind)]
        events += len(spans)
        rang += sum(any(a <= row <= b for row in rows) for a, b in spans)
        elsewhere += sum(row >= SETTLED_DAYS * 24 and not any(a <= row <= b for a, b in spans) for row in rows)
        hours = len(brand.counts) - SETTLED_DAYS * 24 - sum(b + 1 - a for a, b in spans)
        months += hours * HOUR / DAY / MONTH_DAYS
    return Trouble(events, rang, elsewhere / months)

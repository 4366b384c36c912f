"""A case made again from its export alone: the file of its mentions and the file of the counts its rule was judged on.

No store is asked: the mentions are counted, the counts go through the same detector at the rule's own knobs, which stand in
their file. What comes out are the case's own figures and sentences. Blind spots: where several rules rang for one case,
its mentions are those of all of them, and what the counts of one say of copies and voices is said of its scope alone; what
was corrected, deleted or collected late since the case was last judged is in the files and not in its sentence.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from analyzers.explain.arithmetic import arithmetic
from analyzers.explain.records import Arithmetic, Told
from analyzers.levels import Grades, LevelTable, grade, strength
from analyzers.spikes import Counts, Spike, SpikeSettings, counts_from, replay, score_history
from analyzers.spikes.records import HOUR
from errors import InputError

LONGEST = 366 * 24  # hours that one file may span; an export's are some 135 days
KNOBS = ("measure", "false_alarms_per_month", "floor", "cooldown_hours")


@dataclass(frozen=True)
class Recount:
    """What the files say: the spike, the figures of its sentence, and what its level is read off by the default table."""

    spike: Spike
    facts: Arithmetic
    graded: Grades


def recount(mentions: Path, counts: Path) -> Recount:
    """Raises InputError when a file is not one of a case's export, or when nothing in them would ring."""
    told, (series, settings) = read_mentions(mentions), read_counts(counts)
    if not told:
        raise InputError(f"{mentions}: no mention")
    first, last = min(one.published_at for one in told), max(one.published_at for one in told)
    rung = replay(score_history(series, measure=settings.measure), settings)
    mine = [spike for spike in rung if spike.start <= last and first < max(spike.until, spike.end)]
    if not mine:
        raise InputError(f"{counts}: at {settings} nothing rings while these mentions were published")
    spike = max(mine, key=lambda one: one.evidence)
    return Recount(spike, arithmetic(spike, told), grades(spike, told, LevelTable()))


def grades(spike: Spike, told: Sequence[Told], table: LevelTable) -> Grades:
    """Strength from the spike's window; reach and speed from all its mentions so far."""
    reach, speed = spread(told)
    return grade(strength=strength(spike.observed, spike.expected), reach=reach, speed=speed, table=table)


def spread(told: Sequence[Told]) -> tuple[int, int]:
    """How many separate voices, and how many mentions in the busiest hour."""
    named = {(one.channel, one.author) for one in told if one.author}
    nameless = sum(not one.author for one in told)
    hours = Counter(one.published_at.replace(minute=0, second=0, microsecond=0) for one in told)
    return len(named) + nameless, max(hours.values(), default=0)


def read_mentions(path: Path) -> list[Told]:
    """The rows of a case's exported mentions, as CSV."""
    rows = _rows(path, ("id", "published_at", "author", "channel", "copy_group", "sentiment"))
    try:
        return [_told(row) for row in rows]
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error


def _told(row: dict[str, str]) -> Told:
    return Told(
        id=int(row["id"]),
        published_at=_moment(row["published_at"]),
        author=row["author"],
        source=row.get("source", ""),
        channel=row["channel"],
        region=row.get("region", ""),
        themes=tuple(one for one in row.get("themes", "").split(";") if one),
        copy_group=row["copy_group"],
        label=row["sentiment"],
    )


def read_counts(path: Path) -> tuple[Counts, SpikeSettings]:
    """The hourly counts behind a case, and the knobs of the rule that was judged on them. An hour without a row was not
    heard."""
    rows = _rows(path, ("timestamp", *KNOBS))
    if not rows:
        raise InputError(f"{path}: no counts")
    try:
        return _series(rows), _knobs(rows[0])
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def _knobs(row: dict[str, str]) -> SpikeSettings:
    return SpikeSettings(
        measure=row["measure"],  # type: ignore[arg-type]  # SpikeSettings refuses another
        false_alarms_per_month=float(row["false_alarms_per_month"]),
        floor=int(row["floor"]),
        cooldown_hours=float(row["cooldown_hours"]),
    )


def _series(rows: Sequence[dict[str, str]]) -> Counts:
    hours = np.array([int(_moment(row["timestamp"]).timestamp()) // HOUR for row in rows])
    place = hours - hours.min()
    if place.max() >= LONGEST:
        raise ValueError("the counts of a case lie within a year; these do not")
    negative, total, heard = (np.zeros(int(place.max()) + 1) for _ in range(3))
    heard[place] = 1
    total[place] = [float(row["total"] if "total" in row else row["value"]) for row in rows]
    negative[place] = [float(row.get("negative", 0)) for row in rows]
    return counts_from(int(hours.min()) * HOUR, HOUR, negative=negative, total=total, heard=heard)


def _rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, restval="")
            missing = [name for name in needed if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError(f"{path}: no column '{missing[0]}'; is it the CSV file of a case's export?")
            return list(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _moment(cell: str) -> datetime:
    when = datetime.fromisoformat(cell)
    return when if when.tzinfo else when.replace(tzinfo=UTC)

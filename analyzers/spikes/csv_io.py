"""Counts of one table to scores and alarms in another: what `fengping spikes --csv IN --out OUT` does.

IN has `timestamp,value` or `timestamp,negative,total`, one row per bucket named by its start; buckets are of one length
from a minute to a day, found from the first rows; rows may be missing. Times without a zone are UTC. Rows need not be
sorted: they are judged by their times, and OUT has one row per input row, in the order of IN. A row's answer depends on
it and on earlier times only.

Missing rows count as not heard. After a gap of more than 42 days the series starts anew, learning included; where nearly
all rows of very many are missing, the file is refused: its buckets were told wrong. A row that repeats the bucket of another (as local times do when clocks go back) is not counted and says so.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Protocol

import numpy as np

from analyzers.spikes.detector import score_history
from analyzers.spikes.records import DAY, MINUTE, Counts, Floats, Ints, Judgement, Measure, SpikeSettings
from analyzers.spikes.replay import judge
from errors import InputError

COLUMNS = ("timestamp", "score", "alarm", "expected", "low", "high", "reason", "episode")
LONGEST_GAP_DAYS = 42
LARGEST = 1e12  # squares of larger counts leave the numbers a computer can hold
ROWS_THAT_TELL_THE_BUCKET = 100
# A bucket without a row costs as much memory and time as one with: beyond so many, so many a row are refused.
MANY_BUCKETS, BUCKETS_A_ROW = 500_000, 100
Progress = Callable[[int, int], None]


class Written(Protocol):
    """What takes text."""

    def write(self, text: str, /) -> object: ...


@dataclass(frozen=True)
class Summary:
    """What was done. `bucket_seconds` is 0 for a file without rows."""

    rows: int
    alarms: int
    bucket_seconds: int
    measure: Measure
    learning_rows: int
    repeated_rows: int


@dataclass(frozen=True)
class _Table:
    """`labels`: the times as written, in the order of the file."""

    labels: list[str]
    times: Ints
    negative: Floats
    total: Floats
    measure: Measure


def run_csv(
    columns: Sequence[str],
    rows: Iterable[tuple[int, Mapping[str, str]]],
    out: Written,
    *,
    false_alarms_per_month: float = 1.0,
    floor: int = 3,
    progress: Progress | None = None,
) -> Summary:
    """Score numbered rows of these columns into `out`. `progress` is told rows done and rows in all."""
    settings = SpikeSettings(false_alarms_per_month=false_alarms_per_month, floor=floor)
    table = _parse(columns, rows)
    order = np.argsort(table.times, kind="stable")
    table = replace(table, times=table.times[order], negative=table.negative[order], total=table.total[order])
    settings = replace(settings, measure=table.measure)
    bucket = bucket_of(table.times) if len(table.times) else 0
    judgements: list[Judgement | None] = []
    for part in _parts(table.times):
        judgements += _judge_part(table, part, bucket, settings)
        if progress is not None:
            progress(len(judgements), len(table.times))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, table.labels, [judgements[at] for at in np.argsort(order).tolist()]))
    return Summary(
        rows=len(judgements),
        alarms=sum(1 for one in judgements if one is not None and one.alarm),
        bucket_seconds=bucket,
        measure=table.measure,
        learning_rows=sum(1 for one in judgements if one is not None and one.learning),
        repeated_rows=sum(1 for one in judgements if one is None),
    )


def bucket_of(times: Ints) -> int:
    """The bucket's length: the commonest step among the first rows, the shorter of two equally common."""
    steps = [int(step) for step in np.diff(times[: ROWS_THAT_TELL_THE_BUCKET + 1]) if step > 0]
    if not steps:
        return 3600
    common = Counter(steps)
    bucket = min(common, key=lambda step: (-common[step], step))
    if not MINUTE <= bucket <= DAY:
        raise InputError(f"rows are {bucket} seconds apart; a bucket must be between 1 minute and 1 day")
    return bucket


def _parts(times: Ints) -> list[slice]:
    """Stretches between gaps too long to bridge."""
    cuts = (np.flatnonzero(np.diff(times) > LONGEST_GAP_DAYS * DAY) + 1).tolist()
    edges = [0, *cuts, len(times)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _judge_part(table: _Table, part: slice, bucket: int, settings: SpikeSettings) -> list[Judgement | None]:
    times = table.times[part]
    place = np.round((times - times[0]) / bucket).astype(np.int64)
    fresh = np.diff(place, prepend=-1) > 0
    n = int(place[-1]) + 1
    if n > MANY_BUCKETS and n > BUCKETS_A_ROW * len(times):
        raise InputError(
            f"the first rows are {bucket} seconds apart, later ones far more: {n:,} buckets for {len(times):,} rows; "
            "sum up the rows to longer buckets, or split the file",
            column="timestamp",
        )
    negative, total, heard = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    negative[place[fresh]] = table.negative[part][fresh]
    total[place[fresh]] = table.total[part][fresh]
    heard[place[fresh]] = True
    starts = int(times[0]) + bucket * np.arange(n, dtype=np.int64)
    counts = Counts(starts, bucket, negative, total, heard)
    judged = judge(score_history(counts, measure=settings.measure), settings)
    return [judged[at] if new else None for at, new in zip(place.tolist(), fresh.tolist(), strict=True)]


def _parse(columns: Sequence[str], rows: Iterable[tuple[int, Mapping[str, str]]]) -> _Table:
    spelled = {name.lower(): name for name in reversed(columns)}
    if "timestamp" not in spelled:
        raise InputError("no column 'timestamp'; expected timestamp,value or timestamp,negative,total", row=1)
    if "negative" in spelled and "total" in spelled:
        names, measure = ("negative", "total"), "negative"
    elif "value" in spelled:
        names, measure = ("value", "value"), "total"
    else:
        raise InputError("expected the columns timestamp,value or timestamp,negative,total", row=1)
    labels: list[str] = []
    times: list[float] = []
    negative: list[float] = []
    total: list[float] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row.values()):
            continue
        label, when = _time(_cell(row, spelled["timestamp"], number), number)
        labels.append(label)
        times.append(when)
        negative.append(_number(_cell(row, spelled[names[0]], number), number, names[0]))
        total.append(_number(_cell(row, spelled[names[1]], number), number, names[1]))
        if negative[-1] > total[-1]:
            raise InputError("more negative mentions than mentions in all", row=number, column="negative")
    measured: Measure = "negative" if measure == "negative" else "total"
    whole = np.floor(np.asarray(times, dtype=np.float64)).astype(np.int64)
    return _Table(labels, whole, np.asarray(negative), np.asarray(total), measured)


def _cell(row: Mapping[str, str], column: str, number: int) -> str:
    if column not in row:
        raise InputError("the row ends before it", row=number, column=column)
    return row[column]


def _time(cell: str, row: int) -> tuple[str, float]:
    label = cell.strip()
    try:
        when = datetime.fromisoformat(label)
    except ValueError as error:
        raise InputError(f"not a time like 2026-01-31 18:05:00: {label[:40]!r}", row=row, column="timestamp") from error
    aware = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return label, aware.timestamp()


def _number(cell: str, row: int, column: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise InputError(f"not a number: {cell.strip()[:40]!r}", row=row, column=column) from error
    if not 0 <= value <= LARGEST:
        raise InputError(f"must be a count from 0 to {LARGEST:.0f}: {cell.strip()[:40]!r}", row=row, column=column)
    return value


def _row(label: str, one: Judgement | None) -> list[str]:
    if one is None:
        return [label, "0", "0", "", "", "", "repeats the bucket of another row; not counted", ""]
    return [
        label,
        f"{one.score:.6f}",
        "1" if one.alarm else "0",
        f"{one.expected:.3f}",
        str(one.low),
        str(one.high),
        one.reason,
        str(one.episode) if one.episode else "",
    ]

"""`fengping spikes`: a file of counts in, the same rows with scores and alarms out. No store, no network, order kept.

Promise: the output appears whole or not at all. What the rows mean, and blind spots: `analyzers.spikes.csv_io`.
"""

import codecs
from collections.abc import Callable
from pathlib import Path

from analyzers.spikes.csv_io import Summary, run_csv
from monitor.rows import open_table, whole_output


def judge_file(
    source: Path,
    out: Path,
    *,
    false_alarms_per_month: float = 1.0,
    floor: int = 3,
    told: Callable[[int, int | None], None] = lambda done, total: None,
) -> Summary:
    """Judge every row of `source` into `out`. Raises InputError naming the row."""
    with open_table(source, kind="csv") as table, whole_output(out) as handle:
        return run_csv(
            table.columns,
            table.rows,
            codecs.getwriter("utf-8")(handle),
            false_alarms_per_month=false_alarms_per_month,
            floor=floor,
            progress=told,
        )

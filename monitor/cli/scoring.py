"""`fengping score` and `fengping spikes`: the analyzers on files, with no store."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import existing_file, progress, say
from monitor.plain import several

Input = Annotated[
    Path, typer.Option("--in", help="Rows with a text: .jsonl, .csv, .tsv or .txt; - reads JSON lines from a pipe.")
]
Output = Annotated[
    Path, typer.Option("--out", help="The same rows with their readings: .jsonl, .csv or .tsv; - for a pipe.")
]


def register(app: typer.Typer) -> None:
    app.command("score")(score)
    app.command("spikes")(spikes)


def score(source: Input, out: Output) -> None:
    """Read the sentiment of every row of a file. Needs no store.

    A row has `text` and, optionally, `id`, `brand` and `aliases` (a list; in CSV separated by ; | or ,). With a brand,
    the sentiment is the one toward that brand. Added: lang, sentiment, p_negative, p_neutral, p_positive, confidence.
    `sentiment` is the likeliest of the three; `confidence` says how sure. FENGPING_MODEL chooses another model.

    A CSV may be separated by commas, semicolons or tabs, in any encoding; .csv comes out as UTF-8 with commas, .tsv with
    tabs, and a cell that a spreadsheet could take for a formula behind an apostrophe. Cells that a short row lacks are
    empty; a row that ends before its text is refused.

    \b
    Examples:
      fengping score --in reviews.csv --out scored.csv
      cat reviews.jsonl | fengping score --in - --out - > scored.jsonl
    """
    from monitor.rows import STDIO, format_of
    from monitor.score import model_scorer, score_file
    from settings import get_settings

    if source != STDIO:
        format_of(existing_file(source))
    if out != STDIO:
        format_of(out)
    settings = get_settings()
    with progress("scoring") as told:
        count = score_file(source, out, model_scorer(settings.model, unsure_below=settings.unsure_below), told=told)
    if sys.stderr.isatty():
        say(f"{several(count, 'row')} scored")


def spikes(
    source: Annotated[Path, typer.Option("--csv", help="timestamp,value or timestamp,negative,total; - for a pipe.")],
    out: Annotated[
        Path, typer.Option("--out", help="One row per input row: timestamp,score,alarm,expected,...; - for a pipe.")
    ],
    false_alarms: Annotated[
        float, typer.Option("--false-alarms", help="Expected false alarms in 30 days: the one knob.")
    ] = 1.0,
    floor: Annotated[int, typer.Option("--floor", help="Fewest negative mentions that may ring.")] = 3,
) -> None:
    """Find spikes in a file of counts. Needs no store.

    Rows are regular buckets from a minute to a day, `YYYY-MM-DD HH:MM:SS` at their start; some may be missing. An alarm
    is one row at the start of an episode; `score` is in [0, 1], higher is stranger. The file may be separated by commas,
    semicolons or tabs, in any encoding; a row without one of these cells is refused.

    \b
    Example:
      fengping spikes --csv counts.csv --out alarms.csv
    """
    from monitor.rows import STDIO
    from monitor.spike_file import judge_file

    if source != STDIO:
        existing_file(source)
    with progress("judging") as told:
        summary = judge_file(source, out, false_alarms_per_month=false_alarms, floor=floor, told=told)
    if sys.stderr.isatty():
        say(f"{several(summary.rows, 'row')} judged, {several(summary.alarms, 'alarm')}")

"""`fengping export` and `fengping import`: mentions out to files, and in from elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errors import InputError
from monitor.cli.common import emit, existing_file, moment, now, progress, say, tell, workspace
from monitor.plain import several

if TYPE_CHECKING:
    from collectors.file import Preview
    from monitor.cli.common import Progress
    from monitor.importing import FileBrought
    from settings import Settings
    from storage.engine import Store, Tx
    from storage.records import MentionFilter

Mapping = Annotated[
    list[str], typer.Option("--map", help="column=field, as 内容=text. Repeatable; same names need none.")
]
Look = Annotated[bool, typer.Option("--look", help="Only show columns and first rows as they would be read.")]
Json = Annotated[bool, typer.Option("--json", help="What became of the rows as one JSON object.")]
Steps = Annotated[bool, typer.Option("--progress", help="JSON objects with step, done and total as it goes.")]

SENTIMENTS = ("negative", "neutral", "positive", "unsure", "unread", "failed")


def register(app: typer.Typer) -> None:
    app.command("export")(export)
    app.command("import")(import_file)


def export(
    out: Annotated[Path, typer.Option("--out", help="File to write: .csv, .xlsx, .jsonl or .parquet.")],
    brand: Annotated[list[str], typer.Option("--brand", help="Of this brand. Repeatable.")] = [],  # noqa: B006
    since: Annotated[str, typer.Option("--since", help="Published from then on: 2026-11-01, a time, or 7d.")] = "",
    until: Annotated[str, typer.Option("--until", help="Published before then.")] = "",
    sentiment: Annotated[list[str], typer.Option("--sentiment", help="negative, neutral, positive, unsure, ...")] = [],  # noqa: B006
    channel: Annotated[list[str], typer.Option("--channel", help="Of this channel. Repeatable.")] = [],  # noqa: B006
    source: Annotated[list[int], typer.Option("--source", help="Of the source with this id. Repeatable.")] = [],  # noqa: B006
    flagged: Annotated[bool, typer.Option("--flagged", help="Only flagged ones.")] = False,
    query: Annotated[str, typer.Option("--query", help="Full-text search, also of what is not read yet.")] = "",
) -> None:
    """Write mentions to a file, a row for each mention and brand, newest first.

    The same columns in every format; what is unknown is empty. CSV is UTF-8 with a mark, and a cell that a spreadsheet
    could take for a formula begins with an apostrophe; XLSX cells are text. Times are UTC.

    \b
    Examples:
      fengping export --out negative.xlsx --brand 苹果 --sentiment negative --since 7d
      fengping export --out all.parquet --since 2026-11-01 --until 2026-12-01
    """
    from storage.export import COLUMNS
    from storage.export import rows as export_rows
    from storage.files import suffix_of, whole_file, write_rows

    suffix = suffix_of(out)
    with workspace() as (_, store), store.read() as tx:
        wanted = _filter(tx, brand, since, until, sentiment, channel, source, flagged=flagged, query=query)
        with progress("exporting") as told, whole_file(out) as handle:
            rows = _counted(export_rows(tx, wanted), told)
            count = write_rows(handle, suffix, COLUMNS, rows)
    tell(f"{several(count, 'row')} written to {out}")


def import_file(
    file: Annotated[Path, typer.Argument(help="Mentions from elsewhere: .csv, .xlsx or .jsonl.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand they are about.")] = "",
    mapping: Mapping = [],  # noqa: B006
    channel: Annotated[str, typer.Option("--channel", help="Channel of these mentions.")] = "social",
    no_read: Annotated[bool, typer.Option("--no-read", help="Store without reading sentiment.")] = False,
    look: Look = False,
    as_json: Json = False,
    steps: Steps = False,
) -> None:
    """Store mentions from a file and read them. The same file again adds nothing.

    Columns are found by their usual names in Chinese and English. Fields: text, title, external_id, url, author,
    author_url, author_followers, published_at, rating (1-5), likes, replies, shares, views, region. Only text or title
    is needed; `-` as a field leaves a column out. A rating on another scale is mapped to rating/10 or rating/100. A
    value that cannot be read refuses the file and is named by row and column; only a link that is no web address is
    left empty and counted. A file is known by its name: import a corrected one under the same name.

    \b
    Examples:
      fengping import reviews.csv --look
      fengping import reviews.csv --brand 苹果 --map 内容=text --map 时间=published_at
      fengping import posts.jsonl --brand "SK-II" --channel forum
    """
    from collectors.rows import parse_mapping
    from monitor.cli.wanted import check_channel

    existing_file(file)
    check_channel(channel)
    fields = parse_mapping(mapping)
    if look:
        from collectors.file import preview

        show_look(preview(file, fields), as_json=as_json)
        return
    if not brand:
        raise InputError("--brand is missing: whom are these mentions about?")
    from monitor.cycle import Heartbeat

    with workspace() as (settings, store), Heartbeat(store, settings) as heart:
        can_read = no_read or heart.can_read(say=say)
        with progress("importing", as_json=steps) as told:
            result = _import(store, settings, file=file, brand=brand, mapping=fields, channel=channel, told=told)
        if as_json:
            emit(result.as_object())
        elif not steps:
            tell(result.in_words)
        if no_read:
            return
        with progress("reading", as_json=steps) as told:
            if not (can_read and heart.read_all(told=told, say=say)):
                raise typer.Exit(1)


def _import(
    store: "Store",
    settings: "Settings",
    *,
    file: Path,
    brand: str,
    mapping: dict[str, str],
    channel: str,
    told: "Progress",
) -> "FileBrought":
    from monitor.cli.brands import find_brand
    from monitor.importing import import_mentions

    with store.read() as tx:
        found = find_brand(tx, brand)
    return import_mentions(
        store, file, found, mapping=mapping, channel=channel, now=now(), told=told, settings=settings
    )


def show_look(seen: "Preview", *, as_json: bool) -> None:
    """The beginning of a file and how each column would be read."""
    from collectors.rows import TARGETS

    if as_json:
        emit(
            {
                "columns": seen.columns,
                "map": seen.mapping,
                "rows": seen.rows,
                "problem": seen.problem,
                "fields": TARGETS,
            }
        )
        return
    for column in seen.columns:
        examples = " | ".join(row[column][:40] for row in seen.rows if column in row)
        tell(f"{column} -> {seen.mapping.get(column, '?')}: {examples}")
    if seen.problem:
        say(f"note: {seen.problem}")


def _filter(
    tx: "Tx",
    brand: list[str],
    since: str,
    until: str,
    sentiment: list[str],
    channel: list[str],
    source: list[int],
    *,
    flagged: bool,
    query: str,
) -> "MentionFilter":
    from monitor.cli.brands import find_brand
    from monitor.cli.wanted import check_channel
    from storage.records import MentionFilter
    from storage.sources import get_source

    for word in sentiment:
        if word not in SENTIMENTS:
            raise InputError(f"there is no sentiment '{word}'; choose one of {', '.join(SENTIMENTS)}")
    for number in source:
        if get_source(tx, number, now=now()) is None:
            raise InputError(f"there is no source {number}; `fengping source list` shows the ids")
    start, end = moment(since) if since else None, moment(until) if until else None
    if start and end and start >= end:
        raise InputError(f"--since {since} is not before --until {until}, so nothing can lie between them")
    return MentionFilter(
        brands=tuple(find_brand(tx, name).id for name in brand),
        since=start,
        until=end,
        sentiments=tuple(sentiment),
        channels=tuple(check_channel(one) for one in channel),
        sources=tuple(source),
        flagged=True if flagged else None,
        query=query.strip(),
    )


def _counted(rows, told):  # type: ignore[no-untyped-def]
    for number, row in enumerate(rows, 1):
        if number % 1_000 == 0:
            told(number, None)
        yield row

"""Mentions from files: CSV, XLSX and JSON Lines, with columns mapped by name or by hand.

Understands CSV in any charset and with any of the usual separators, the first sheet of an XLSX that holds anything,
and JSON Lines or one JSON list. All or nothing: one wrong row stops the reading and is named by row and column, as
a spreadsheet counts them, and nothing is taken from the file; what one cannot or need not read is mapped to `-`.
Only a link that is none (a relative one, javascript:) stops nothing: it is left out and counted.
A file that Fengping exported comes back as the mentions it was made from: columns that say what we thought of a
mention (sentiment, themes, cases, ...) are not read.
As a source of kind `file` the same is read from an address, whole, at every poll, and its newest entries are taken; the
option `map` is its mapping.
Blind spots: old .xls is refused; numbers that a spreadsheet rounded before us stay rounded.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from collectors import asking
from collectors.charset import decode
from collectors.date_parts import named_zone
from collectors.options import Form, Option
from collectors.records import Mention, Source
from collectors.rows import Shape, links_left_out, mention_of, parse_mapping, shape_of, told_apart
from collectors.seams import Document, Kind, ParseContext, Parsed
from collectors.table import column_names, csv_table, filled, named_rows
from errors import InputError, ParseError

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".json")
UNPACKED_LIMIT = 500_000_000  # bytes an XLSX may unpack to
_ZIP = b"PK\x03\x04"
_ROW = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")  # lines of a CSV, and of JSON: found one by one, never all at once
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

Row = tuple[int, dict[str, Any]]  # its number in the file, and its cells by column


@dataclass(frozen=True)
class Imported:
    """What a file gave. `columns`: how each was read; `blank`: rows without title and text; `repeats`: seen twice;
    `links`: cells that should hold a link and hold something else."""

    mentions: tuple[Mention, ...]  # oldest first
    columns: Mapping[str, str]
    blank: int = 0
    repeats: int = 0
    links: int = 0


@dataclass(frozen=True)
class Preview:
    """The first rows of a file and the guessed mapping, for people to correct by looking at them."""

    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    rows: tuple[Mapping[str, str], ...]
    problem: str | None = None  # why the guess will not do


def read_file(
    source: Path | bytes, mapping: Mapping[str, str] | None = None, *, now: datetime, zone: tzinfo = UTC, name: str = ""
) -> Imported:
    """All mentions of a file. Times without a zone are in `zone`. Raises InputError naming row and column."""
    data, name = _bytes(source, name)
    columns, rows = table_of(data, name)
    shape = shape_of(columns, mapping)
    shape = replace(shape, guarded=shape.ours and not data.startswith((_ZIP, b"{", b"[")), linked=False)
    read: list[Mention] = []
    blank = links = 0
    for number, row in rows:
        mention = mention_of(row, shape, now=now, zone=zone, at=number)
        if mention is None:
            blank += 1
            continue
        links += links_left_out(row, shape)
        read.append(mention)
    mentions, repeats = told_apart(read)
    mentions.sort(key=lambda mention: mention.published_at)
    return Imported(tuple(mentions), _how(columns, shape), blank, repeats, links)


def preview(
    source: Path | bytes, mapping: Mapping[str, str] | None = None, *, name: str = "", rows: int = 5
) -> Preview:
    """What the file holds and how it would be read. Raises InputError only when it cannot be opened at all."""
    data, name = _bytes(source, name)
    columns, table = table_of(data, name)
    first = tuple(
        {key: str(value)[:300] for key, value in row.items() if value is not None} for _, row in islice(table, rows)
    )
    try:
        return Preview(tuple(columns), _how(columns, shape_of(columns, mapping)), first)
    except InputError as error:
        return Preview(tuple(columns), _others(columns, mapping), first, str(error))


def _others(columns: list[str], mapping: Mapping[str, str] | None) -> dict[str, str]:
    """How the columns would be read if there were one more, for the text; empty where the mapping itself is wrong."""
    try:
        return _how(columns, shape_of([*columns, "text"], mapping))
    except InputError:
        return {}


def table_of(data: bytes, name: str = "") -> tuple[list[str], Iterator[Row]]:
    """Column names and rows, by what the bytes are rather than by what the file is called; but a name that promises a
    workbook must be one, since its text is no table either."""
    suffix = PurePosixPath(name).suffix.lower()
    if data.startswith(_ZIP):
        return _xlsx(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("this is an old Excel file (.xls); save it as .xlsx or .csv")
    if data.startswith(b"PAR1"):
        raise InputError("Parquet is not read; export .csv, .xlsx or .jsonl instead")
    text = decode(data).removeprefix("\ufeff")
    if not text.strip():
        raise InputError("the file is empty")
    if suffix in (".xlsx", ".xlsm"):
        raise InputError(f"this is no workbook, although its name ends in {suffix}; save it again, or as .csv")
    start = text.lstrip()[:1]
    if start == "{" or (start == "[" and suffix not in (".csv", ".tsv", ".txt")):
        return _json(text)
    return _csv(text)


def _bytes(source: Path | bytes, name: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, name
    try:
        return source.read_bytes(), name or source.name
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror or error}") from error


def _how(columns: Iterable[str], shape: Shape) -> dict[str, str]:
    return {name: shape.fields.get(name, "extra" if name in shape.extra else "-") for name in columns}


# CSV


def _csv(text: str) -> tuple[list[str], Iterator[Row]]:
    number, header, records = csv_table(line.group() for line in _ROW.finditer(text))
    columns = _columns(header, number)
    return columns, (row for row in named_rows(records, columns) if filled(row[1].values()))


def _columns(header: Iterable[object], number: int) -> list[str]:
    """Names for all columns that somebody named, and for those between them."""
    cells = list(header)
    while cells and not _said(cells[-1]):
        cells.pop()
    if not cells:
        raise InputError("there is no header", row=number)
    return column_names(cells, number)


# XLSX


def _xlsx(data: bytes) -> tuple[list[str], Iterator[Row]]:
    _must_unpack(data)
    sheet_rows = _sheet_rows(data)
    found = next(((number, cells) for number, cells in sheet_rows if any(_said(cell) for cell in cells)), None)
    if found is None:
        raise InputError("the workbook is empty")
    number, header = found
    columns = _columns(header, number)
    return columns, _xlsx_rows(sheet_rows, columns)


def _must_unpack(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError(f"the workbook is broken: {error}") from error
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise InputError("this is a zip file, not a workbook; unpack it and import what is inside")
    if size > UNPACKED_LIMIT:
        raise InputError(f"the workbook unpacks to {size:,} bytes; the limit is {UNPACKED_LIMIT:,}")


def _sheet_rows(data: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows of the first sheet that holds anything. What openpyxl trips over is a broken workbook, in words."""
    from openpyxl import load_workbook  # late: parser children of other kinds never need it

    broken = (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError, SyntaxError,
              zipfile.BadZipFile, NotImplementedError, RecursionError)  # fmt: skip
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some writers claim one cell
            any_row = False
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if any(_said(cell) for cell in cells):
                    any_row = True
                    yield number, cells
            if any_row:
                return
    except broken as error:
        raise InputError(f"the workbook is broken: {error}") from error


def _said(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _xlsx_rows(rows: Iterator[tuple[int, tuple[Any, ...]]], columns: list[str]) -> Iterator[Row]:
    for number, cells in rows:
        if any(_said(cell) for cell in cells[len(columns) :]):
            raise InputError("a cell beyond the last column of the header", row=number)
        yield number, {name: cell for name, cell in zip(columns, cells, strict=False) if _said(cell)}


# JSON Lines


def _json(text: str) -> tuple[list[str], Iterator[Row]]:
    rows = _json_list(text) if text.lstrip().startswith("[") else _json_lines(text)
    columns = list(dict.fromkeys(name for _, row in rows for name in row))
    if not columns:
        raise InputError("the file holds no rows")
    return columns, iter(rows)


def _json_lines(text: str) -> list[Row]:
    rows: list[Row] = []
    for number, found in enumerate(_LINE.finditer(text), start=1):
        line = found.group()
        if not line.strip():
            continue
        try:
            value = json.loads(line, strict=False, parse_constant=lambda _name: None)
        except (ValueError, RecursionError) as error:
            if number == 1 and line.strip() in ("{", "["):
                return _json_list(f"[{text}]")
            raise InputError(f"not readable as JSON: {error}", row=number) from error
        rows.append((number, _object(value, number)))
    return rows


def _json_list(text: str) -> list[Row]:
    try:
        values = json.loads(text, strict=False, parse_constant=lambda _name: None)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not readable as JSON: {error}") from error
    return [(number, _object(value, number)) for number, value in enumerate(values, start=1)]


def _object(value: object, number: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("every row must be a JSON object", row=number)
    return value


# the kind


class File(Kind):
    name = "file"
    default_channel = "forum"
    label = "File"
    slow = 2.0  # a workbook of 22,000 rows takes 5 to 10 s
    options = (Option("map", Form.LIST, "Which column is which field.", "Comment=text,Stars=rating"),)

    def recognises(self, url: str) -> bool:
        """By the path's ending, or by what an online spreadsheet is asked for."""
        named = PurePosixPath(asking.path(url)).suffix.lower() in (".csv", ".tsv", ".xlsx", ".jsonl", ".ndjson")
        return named or re.search(r"[?&](?:output|format)=(?:csv|tsv|xlsx)(?:&|$)", url) is not None

    def check(self, source: Source) -> None:
        _mapping(source.options)

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        _refuse_page(document)
        zone = named_zone(str(context.options.get("timezone") or context.limits.timezone)) or UTC
        try:
            imported = read_file(
                document.body, _mapping(context.options), now=context.now, zone=zone, name=asking.path(document.url)
            )
        except InputError as error:
            raise ParseError(str(error), url=document.url) from error
        left_out = max(len(imported.mentions) - context.limits.max_entries, 0)
        return Parsed(imported.mentions[left_out:], newest_first=False, capped=left_out)


def looked(document: Document, context: ParseContext) -> Parsed:
    """A job of the parsing child: what the file at an address holds and how it would be read, a `Preview` in `cursor`."""
    _refuse_page(document)
    try:
        return Parsed(cursor=asdict(preview(document.body, name=asking.path(document.url))))
    except InputError as error:
        raise ParseError(str(error), url=document.url) from error


def _refuse_page(document: Document) -> None:
    if document.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise ParseError("a web page where a file was expected: a login or error page", url=document.url)


def _mapping(options: Mapping[str, Any]) -> dict[str, str]:
    """The option `map`: an object of column to field, or `column=field` several times, in a list or with commas."""
    given = options.get("map") or {}
    if isinstance(given, Mapping):
        return parse_mapping(f"{column}={field}" for column, field in given.items())
    return parse_mapping(given.split(",") if isinstance(given, str) else map(str, given))


FILE = File()

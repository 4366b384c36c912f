"""Rows of people's files: CSV and JSON lines in, the same rows out, streamed.

Promise: a row that cannot be understood is named by its number (the header is row 1) and its column; order is kept;
the output appears whole or not at all. CSV may be separated by anything usual (`collectors.table`, as imports are), and a
file that is not UTF-8 is read in the encoding that its first megabyte looks written in, as a document from the network is
(`collectors.charset`). Blind spots: a handful of characters can look like another encoding's; a file whose first megabyte
is ASCII is taken for UTF-8, and refused at the row where it is not; standard input is taken for UTF-8.
"""

import codecs
import csv
import io
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from collectors.charset import decoded
from collectors.table import column_names, csv_table, named_rows
from errors import InputError
from storage.files import csv_cell, json_text, text_cell, whole_file

STDIO = Path("-")
SEPARATORS = {"csv": ",", "tsv": "\t"}  # of what is written; what is read says its own
FORMATS = {".csv": "csv", ".tsv": "tsv", ".txt": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}
SNIFFED = 1_000_000
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Rows to come, with the columns of a CSV (empty for JSON lines). Each row comes with its number.

    `columns`: what the cells of a row are found by; `header`: the same as the file writes them, which may be nameless.
    """

    columns: tuple[str, ...]
    header: tuple[str, ...]
    rows: Iterator[tuple[int, Row]]
    marked: bool  # began with a byte order mark


def format_of(path: Path) -> str:
    """csv, tsv or jsonl by the suffix; `-` is JSON lines."""
    if path == STDIO:
        return "jsonl"
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise InputError(f"{path.name} is none of {', '.join(FORMATS)}") from None


@contextmanager
def open_table(path: Path, *, kind: str = "") -> Iterator[Table]:
    """The rows of a file; `kind`: what it is, whatever it is called. Raises InputError, also later while rows are taken."""
    kind = kind or format_of(path)
    if path == STDIO:
        yield _table(sys.stdin.buffer, kind, "utf-8", marked=False)
        return
    try:
        encoding, marked = _encoding(path)
        handle = path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    with handle:
        yield _table(handle, kind, encoding, marked=marked)


def _table(handle: IO[bytes], kind: str, encoding: str, *, marked: bool) -> Table:
    lines = _lines(handle, encoding)
    if kind == "jsonl":
        return Table((), (), _jsonl(lines), marked)
    number, header, records = csv_table(lines)
    columns = column_names(header, number)
    return Table(tuple(columns), tuple(name.strip() for name in header), named_rows(records, columns), marked)


def _encoding(path: Path) -> tuple[str, bool]:
    with path.open("rb") as handle:
        head = handle.read(SNIFFED)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path.name} is a workbook or an archive; save it as .csv or .jsonl")
    marked = head.startswith(_MARKS)
    if not marked and _is(head, "utf-8") and b"\0" not in head:  # with zeros it may be UTF-16 without its mark
        return "utf-8", False
    encoding = decoded(head).encoding
    if not marked and encoding.startswith("utf-16") and b"\0" not in head:
        return "utf-8", False  # emoji in two halves, as old Java writes them: refused at their row
    if encoding == "utf-8" and not _is(head, "utf-8") and _is(head, "gb18030"):
        encoding = "gb18030"  # one character over and over can look like broken UTF-8
    return encoding, marked


def _is(head: bytes, encoding: str) -> bool:
    """Whether this is how a file in that encoding begins; the end of a longer file's head may be half a character."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < SNIFFED)
    except UnicodeDecodeError:
        return False
    return True


def _lines(handle: IO[bytes], encoding: str) -> Iterator[str]:
    """Lines of text with their ends, as the csv module wants them."""
    text = io.TextIOWrapper(handle, encoding=encoding, newline="")
    number = 0
    try:
        for number, written in enumerate(text, 1):  # `number` is told when the next line cannot be decoded
            yield written.removeprefix("\ufeff") if number == 1 else written
    except UnicodeDecodeError as error:  # it is met a few thousand bytes ahead of the line that is taken
        row = number + 1 + error.object[: error.start].decode(encoding, "ignore").count("\n")
        raise InputError(f"the bytes are not {encoding} text; save the file as UTF-8", row=row) from error
    except OSError as error:
        raise InputError(f"no more can be read ({error.strerror})", row=number + 1) from error
    finally:
        if not handle.closed:
            text.detach()


def _jsonl(lines: Iterator[str]) -> Iterator[tuple[int, Row]]:
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise InputError(f"this line is not JSON ({error})", row=number) from error
        if not isinstance(row, dict):
            raise InputError("this line is JSON, but no object", row=number)
        yield number, row


def _finite(written: str) -> float:
    number = float(written)
    return number if math.isfinite(number) else _no_number(written)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


class RowWriter:
    """Writes rows in the format of the file they go to.

    `columns`: what a CSV holds of a row, and what it calls each. A row that holds more is refused: nothing is left out in
    silence. `words`: columns whose texts are guarded in CSV although they look like numbers ("+1"); None: every text is,
    since what came from JSON tells texts from numbers.
    """

    def __init__(
        self, out: IO[bytes], kind: str, columns: Mapping[str, str], *, marked: bool = False,
        words: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        # unlike a TextIOWrapper, it never closes `out`
        self._text = codecs.getwriter("utf-8")(out, "replace")
        self._columns = columns
        self._words = words
        self._csv = None
        if kind in SEPARATORS:
            self._csv = csv.writer(self._text, delimiter=SEPARATORS[kind], lineterminator="\n")
            self._text.write("\ufeff" if marked else "")
            self._csv.writerow(map(text_cell, columns.values()))

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if self._csv is None:
                self._text.write(json_text(row) + "\n")
                continue
            if more := next((name for name in row if name not in self._columns), None):
                raise InputError("no row before had this one; write .jsonl, or read from a file", column=more)
            self._csv.writerow(self._cell(name, row.get(name)) for name in self._columns)

    def _cell(self, name: str, value: object) -> str:
        written = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
        return text_cell(written) if self._words is None or name in self._words else csv_cell(written)


@contextmanager
def whole_output(path: Path) -> Iterator[IO[bytes]]:
    """Standard output for `-`, else a file that is there whole or not at all."""
    if path == STDIO:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(path) as out:
        yield out

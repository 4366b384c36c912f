"""Rows into files that people open: .csv, .xlsx, .jsonl, .parquet. The same columns and the same words in each.

Promise: rows are streamed, whatever their number; no cell is a formula (a CSV cell that a spreadsheet could take for one
begins with `'`, an XLSX cell is text); no control character but line feed and tab; what is unknown is empty (CSV, XLSX)
or null (JSONL, Parquet), never 0. Blind spots: XLSX holds 1,048,575 rows and 32,767 characters a cell; more rows are
refused, a longer cell is cut and ends in '…'.
"""

import csv
import errno
import io
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

from errors import InputError, StorageFull

SUFFIXES = (".csv", ".xlsx", ".jsonl", ".parquet")
XLSX_ROWS = 1_048_575
XLSX_CELL = 32_767
CHUNK = 5_000

Row = Mapping[str, Any]

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\n])")  # apostrophes too, so that reading back can tell ours
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_STEERS = re.compile("[\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain_text(text: str) -> str:
    """Text without control characters but line feed and tab."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def csv_cell(value: object) -> str:
    """A value as a CSV cell: numbers as they are, also those that came as text; other text that could be taken for a
    formula behind an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    text = plain_text(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def text_cell(value: object) -> str:
    """As `csv_cell`, and a text that looks like a number ("+1") is guarded too: as somebody's words it is none."""
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text := plain_text(value)) else csv_cell(value)


def json_text(row: Row) -> str:
    """A row as one line of JSON. Marks that steer a screen are written as escapes: nothing is lost."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return _STEERS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def suffix_of(path: Path) -> str:
    """The format a file's name asks for. Raises InputError."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path.name} is of no known format; end it in one of {', '.join(SUFFIXES)}")
    return suffix


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when the block ends well, and leaves nothing behind when it does not."""
    # A name may be as long as the disk takes; a name nobody can foresee, in a folder that others may write, too.
    part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as out:
            yield out
        part.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"no room is left on the disk for {path}; free some, then try again") from error
        raise InputError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):  # what could not be made is not there
            part.unlink()


def write_rows(out: IO[bytes], suffix: str, columns: Mapping[str, type], rows: Iterable[Row]) -> int:
    """Write rows in the format of a suffix of SUFFIXES; gives how many. `columns` maps names to str, int, float or bool."""
    return _WRITERS[suffix](out, columns, rows)


def _csv(out: IO[bytes], columns: Mapping[str, type], rows: Iterable[Row]) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
    text.write("\ufeff")  # so that spreadsheets read it as UTF-8
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([text_cell(row.get(name)) for name in columns])
        count += 1
    text.flush()
    text.detach()
    return count


def _jsonl(out: IO[bytes], columns: Mapping[str, type], rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        values = {name: _cleaned(row.get(name)) for name in columns}
        out.write(json_text(values).encode("utf-8", "replace") + b"\n")
        count += 1
    return count


def _xlsx(out: IO[bytes], columns: Mapping[str, type], rows: Iterable[Row]) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("mentions")
    sheet.freeze_panes = "A2"

    def cell(value: object) -> WriteOnlyCell:
        text = value if isinstance(value, str) else csv_cell(value)
        text = plain_text(text)
        made = WriteOnlyCell(sheet, value=text[: XLSX_CELL - 1] + "…" if len(text) > XLSX_CELL else text)
        made.data_type = "s"  # text, also where it begins with =
        return made

    sheet.append(list(columns))
    count = 0
    for row in rows:
        count += 1
        if count > XLSX_ROWS:
            sheet.close()
            raise InputError(f"a spreadsheet holds {XLSX_ROWS} rows; export .csv or .parquet, or filter more")
        sheet.append([None if row.get(name) is None else cell(row[name]) for name in columns])
    book.save(out)
    return count


def _parquet(out: IO[bytes], columns: Mapping[str, type], rows: Iterable[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    convert: dict[type, Callable[[Any], Any]] = {str: _as_text, int: int, float: float, bool: bool}
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for chunk in _chunks(rows):
            arrays = [
                pa.array(
                    [None if row.get(name) is None else convert[kind](row[name]) for row in chunk], type=kinds[kind]
                )
                for name, kind in columns.items()
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(chunk)
    return count


def _as_text(value: object) -> str:
    return plain_text(value if isinstance(value, str) else csv_cell(value))


def _cleaned(value: object) -> object:
    return plain_text(value) if isinstance(value, str) else value


def _chunks(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    walk = iter(rows)
    while chunk := list(islice(walk, CHUNK)):
        yield chunk


_WRITERS: dict[str, Callable[[IO[bytes], Mapping[str, type], Iterable[Row]], int]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}

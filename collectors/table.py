"""CSV as spreadsheets and programs write it: lines of text in, numbered rows with named cells out, streamed.

Promise: the separator is the one that the header uses most (comma, tab, semicolon, bar), or what Excel's own `sep=` line
says; a row has the number that a spreadsheet shows. A row with more than the header names is refused: a quotation mark
is missing somewhere. Of a row with less the last cells are absent, since spreadsheets leave out empty ones at the end
of a row; who cannot do without one of them names the row and the column.
Blind spot: a text broken over two lines without quotation marks is two rows.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from errors import InputError

CELL_LIMIT = 50_000_000  # characters; more is a quotation mark that nothing closes
PEEKED = 20_000  # characters in which the header ends
SEPARATORS = (",", "\t", ";", "|", "，", "；")


def csv_table(lines: Iterable[str]) -> tuple[int, list[str], Iterator[tuple[int, list[str]]]]:
    """The header's number and its cells, and the numbered cells of the rows below. Raises InputError, also later."""
    csv.field_size_limit(CELL_LIMIT)
    records = _records(*_separated(lines))
    number, header = next(((number, cells) for number, cells in records if filled(cells)), (1, []))
    if not header:
        raise InputError("the file is empty; its first row names the columns", row=number)
    return number, header, records


def named_rows(
    records: Iterable[tuple[int, list[str]]], columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by column. An empty line is no row; of a short row the last columns are absent."""
    for number, cells in records:
        if len(cells) > len(columns) and filled(cells[len(columns) :]):
            raise InputError(
                f"{len(cells)} cells where the header has {len(columns)}; is a quotation mark missing?", row=number
            )
        if cells:
            yield number, dict(zip(columns, cells, strict=False))


def column_names(header: Iterable[object], number: int) -> list[str]:
    """Names for all columns: a nameless one by its letter. Two of the same name cannot be told apart."""
    names = ["" if cell is None else str(cell).strip() for cell in header]
    named = [name or f"column {_letter(place)}" for place, name in enumerate(names)]
    seen: set[str] = set()
    for name in named:
        if name in seen:
            raise InputError("two columns have the same name", row=number, column=name)
        seen.add(name)
    return named


def filled(cells: Iterable[str]) -> bool:
    """Whether any of them holds more than blanks."""
    return any(cell.strip() for cell in cells)


def _separated(lines: Iterable[str]) -> tuple[Iterator[str], str]:
    """The lines without Excel's `sep=`, and what separates their cells."""
    rest = iter(lines)
    head: list[str] = []
    while sum(map(len, head)) < PEEKED and (line := next(rest, None)) is not None:
        head.append(line)
    first = head[0].strip("\ufeff\r\n ") if head else ""
    if first[:4].lower() == "sep=" and len(first) == 5:
        return chain(head[1:], rest), first[4]
    outside = re.split(r"[\r\n]", "".join("".join(head)[:PEEKED].split('"')[::2]).lstrip(" \ufeff\r\n"))[0]
    return chain(head, rest), max(SEPARATORS, key=outside.count)


def _records(lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered records. A record may span lines; its number is its row in a spreadsheet."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"not readable as CSV: {error}", row=number) from error


def _letter(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

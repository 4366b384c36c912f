"""`fengping score`: rows with a text in, the same rows with a reading out. No store, no network, order kept.

Promise: memory does not grow with the file; the output file appears when every row was read. Columns of the row that
carry the same names as ours are replaced. A CSV comes out in UTF-8, separated by commas (.tsv and .txt: by tabs) whatever
it came in as; cells that a short row lacks are empty, but a row that ends before its text is refused. `sentiment` is the
likeliest of negative, neutral and positive, however unsure: `confidence` says how sure. Blind spot: a text that cannot be
read stops the file, with its row named.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from errors import InputError
from monitor.rows import STDIO, Row, RowWriter, format_of, open_table, whole_output

ADDED = ("lang", "sentiment", "p_negative", "p_neutral", "p_positive", "confidence")
WORDS = ("text", "brand", "aliases", "title", "author")  # words also where they look like numbers
BATCH = 512
_SEPARATORS = re.compile(r"[;|,；，、\n]")

# texts, and for each the names of the brand asked about (none: the text as a whole) -> the added columns
Scorer = Callable[[Sequence[tuple[str, tuple[str, ...]]]], list[dict[str, Any]]]


def score_file(
    source: Path, out: Path, score: Scorer, *, told: Callable[[int, int | None], None] = lambda done, total: None
) -> int:
    """Score every row of `source` into `out`; gives how many. Raises InputError naming the row."""
    kind = format_of(source if out == STDIO else out)
    done = 0
    with open_table(source) as table, whole_output(out) as handle:
        if table.columns and "text" not in table.columns:
            found = ", ".join(table.columns)[:200]
            raise InputError(f"there is no such column; the header names {found}", row=1, column="text")
        rows = iter(table.rows)
        batch = list(islice(rows, BATCH))
        known = table.columns or (_fields(source, batch) if kind != "jsonl" else ())
        kept = {name: shown for name, shown in zip(known, table.header or known, strict=True) if name not in ADDED}
        columns = {**kept, **{name: name for name in ADDED}}
        words = WORDS if table.columns else None
        writer = RowWriter(handle, kind, columns, marked=table.marked, words=words)
        while batch:
            writer.write(_scored(batch, score, empty=dict.fromkeys(table.columns, "")))
            done += len(batch)
            told(done, None)
            batch = list(islice(rows, BATCH))
    return done


def _fields(source: Path, batch: Sequence[tuple[int, Row]]) -> tuple[str, ...]:
    """Every name that a row of a JSON file gives a value, for the header of a CSV; of a pipe, which is read once, those of
    the first batch."""
    if source == STDIO:
        return tuple(dict.fromkeys(name for _, row in batch for name in row))
    with open_table(source) as again:
        return tuple(dict.fromkeys(name for _, row in again.rows for name in row))


def _scored(batch: Sequence[tuple[int, Row]], score: Scorer, *, empty: Row) -> Iterator[Row]:
    """`empty`: the cells of a row that holds none, for rows that end early."""
    found = score([(_text(row, number), _names(row, number)) for number, row in batch])
    for (_, row), reading in zip(batch, found, strict=True):
        whole = {**empty, **row}
        yield {**{name: value for name, value in whole.items() if name not in ADDED}, **reading}


def _text(row: Row, number: int) -> str:
    if "text" not in row:
        raise InputError("this row has no text", row=number, column="text")
    text = "" if row["text"] is None else row["text"]  # as an empty cell of a CSV
    if not isinstance(text, str):
        raise InputError("the text must be a string", row=number, column="text")
    return text.encode("utf-8", "replace").decode("utf-8")  # half a character is no text to a model


def _names(row: Row, number: int) -> tuple[str, ...]:
    """The brand's name and aliases; empty when the row asks about no brand."""
    brand = row.get("brand")
    if brand is not None and not isinstance(brand, str):
        raise InputError("the brand must be a string", row=number, column="brand")
    aliases = row.get("aliases")
    if isinstance(aliases, str):
        aliases = _listed(aliases)
    if aliases is not None and not (isinstance(aliases, list) and all(isinstance(one, str) for one in aliases)):
        raise InputError("aliases must be a list of strings", row=number, column="aliases")
    names = [brand or "", *(aliases or [])]
    whole = (name.encode("utf-8", "replace").decode("utf-8").strip() for name in names)
    return tuple(dict.fromkeys(name for name in whole if name))


def _listed(cell: str) -> list[str]:
    """Aliases in one cell: a JSON list, or names separated by ; | , or their Chinese forms."""
    if cell.strip().startswith("["):
        try:
            found = json.loads(cell)
        except ValueError:
            found = None
        if isinstance(found, list):
            return [str(one) for one in found]
    return _SEPARATORS.split(cell)


def model_scorer(model: str, *, unsure_below: float) -> Scorer:
    """The analyzers as a scorer. The model is loaded at the first row, so that a wrong file is told at once; then
    ModelError is raised when it cannot be had."""
    from analyzers.text.language import language

    @cache
    def sentiment() -> Any:
        from analyzers.sentiment import load_sentiment

        return load_sentiment(model, unsure_below=unsure_below)

    def score(asked: Sequence[tuple[str, tuple[str, ...]]]) -> list[dict[str, Any]]:
        readings = sentiment().read([text for text, _ in asked], [names for _, names in asked])
        return [
            {
                "lang": language(text),
                "sentiment": reading.label,
                "p_negative": round(reading.p_negative, 6),
                "p_neutral": round(reading.p_neutral, 6),
                "p_positive": round(reading.p_positive, 6),
                "confidence": round(reading.confidence, 6),
            }
            for (text, _), reading in zip(asked, readings, strict=True)
        ]

    return score

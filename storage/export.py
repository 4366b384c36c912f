"""Mentions as rows for files: one per mention and brand, the same columns in every format. See README for each.

What is unknown is None, never 0. A mention that is not read, or could not be, has no sentiment and no
probabilities. A correction by a person is the sentiment; the probabilities stay the model's.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.engine import Tx
from storage.files import suffix_of, whole_file, write_rows
from storage.pages import iter_rows
from storage.records import MentionFilter, MentionRow

COLUMNS: dict[str, type] = {
    "id": int,
    "brand": str,
    "source": int,
    "source_kind": str,
    "channel": str,
    "url": str,
    "external_id": str,
    "title": str,
    "text": str,
    "lang": str,
    "author": str,
    "author_url": str,
    "author_followers": int,
    "published_at": str,
    "published_at_source": str,
    "collected_at": str,
    "rating": float,
    "likes": int,
    "replies": int,
    "shares": int,
    "views": int,
    "sentiment": str,
    "p_negative": float,
    "p_neutral": float,
    "p_positive": float,
    "confidence": float,
    "corrected_by": str,
    "themes": str,
    "region": str,
    "copy_group": int,
    "first_in_group": bool,
    "flagged": bool,
    "note": str,
    "cases": str,
}
AS_STORED = (
    "id brand source_kind channel url external_id title text lang author author_url author_followers"
    " published_at_source rating likes replies shares views p_negative p_neutral p_positive confidence corrected_by"
    " region copy_group first_in_group flagged note"
).split()


def rows(tx: Tx, f: MentionFilter) -> Iterator[dict[str, Any]]:
    """A filter's rows, newest first, in the order of COLUMNS."""
    for row in iter_rows(tx, f):
        yield as_row(row)


def as_row(row: MentionRow) -> dict[str, Any]:
    made = {name: getattr(row, name) for name in AS_STORED}
    made |= {
        "source": row.source_id,
        "published_at": iso(row.published_at),
        "collected_at": iso(row.collected_at),
        "sentiment": None if row.sentiment in ("unread", "failed") else row.sentiment,
        "themes": ";".join(row.themes) or None,
        "cases": ";".join(map(str, row.cases)) or None,
    }
    return {name: made[name] for name in COLUMNS}


def iso(moment: datetime) -> str:
    """UTC to the second, as `2026-11-21T10:05:00Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def export(tx: Tx, f: MentionFilter, path: Path) -> int:
    """Write a filter's rows to a file in the format of its suffix; how many. The file is there whole or not at all."""
    suffix = suffix_of(path)
    with whole_file(path) as handle:
        return write_rows(handle, suffix, COLUMNS, rows(tx, f))

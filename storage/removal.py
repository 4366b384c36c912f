"""Deletions that can be taken back: whoever deletes is handed the rows, and may put them in again.

Rows come back under their own ids, which were given to nobody else. Blind spot: what was deleted since, and the rows of ours
that belonged to it, stay gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, insert, select

from storage.engine import Tx

Part = tuple[Table, ColumnElement[bool]]


@dataclass(frozen=True)
class Removed:
    """Rows that were deleted together, parents first. Only `put_back` looks into it."""

    rows: tuple[tuple[Table, tuple[Mapping[str, Any], ...]], ...]


def take_out(tx: Tx, *parts: Part) -> Removed:
    """Delete rows of several tables, given parents first."""
    rows = tuple((table, tuple(tx.execute(select(table).where(which)).mappings().all())) for table, which in parts)
    for table, which in reversed(parts):
        tx.execute(delete(table).where(which))
    return Removed(tuple((table, tuple(dict(row) for row in found)) for table, found in rows))


def put_back(tx: Tx, removed: Removed) -> None:
    """Insert the rows again, but those whose parent is gone."""
    for table, rows in removed.rows:
        if kept := _with_parents(tx, table, [dict(row) for row in rows]):
            tx.execute(insert(table), kept)


def _with_parents(tx: Tx, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for key in table.foreign_keys:
        name = key.parent.name
        there = set(tx.scalars(select(key.column).where(key.column.in_({row[name] for row in rows}))))
        rows = [row for row in rows if row[name] is None or row[name] in there]
    return rows

"""Deletions that can be taken back: whoever deletes is handed the rows, and may put them in again.

Rows come back under their own ids, so that what pointed to them by number does so again; SQLite may have given the id of
a part to another row since, then that part gets a new one. Blind spot: what was deleted since, and the rows of ours that
belonged to it, stay gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, insert, select

from errors import InputError
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
    """Insert the rows again, but those whose parent is gone. Raises InputError when the first part's id is given away."""
    for at, (table, rows) in enumerate(removed.rows):
        kept = _with_parents(tx, table, [dict(row) for row in rows])
        taken = _taken(tx, table, kept)
        if taken and at == 0:
            raise InputError(f"another {table.name} has its number by now; make it again")
        same = [row for row in kept if row.get("id") not in taken]
        new = [{name: row[name] for name in row if name != "id"} for row in kept if row.get("id") in taken]
        for part in (same, new):
            if part:
                tx.execute(insert(table), part)


def _with_parents(tx: Tx, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for key in table.foreign_keys:
        name = key.parent.name
        there = set(tx.scalars(select(key.column).where(key.column.in_({row[name] for row in rows}))))
        rows = [row for row in rows if row[name] is None or row[name] in there]
    return rows


def _taken(tx: Tx, table: Table, rows: list[dict[str, Any]]) -> set[int]:
    if "id" not in table.c:
        return set()
    return set(tx.scalars(select(table.c.id).where(table.c.id.in_([row["id"] for row in rows]))))

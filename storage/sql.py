"""The few places where SQLite and PostgreSQL differ, or where a list is too long for one statement."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from storage.engine import Tx

CHUNK = 5_000  # values in one IN list: far under SQLite's 32,766 variables and PostgreSQL's 65,535
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT. Both dialects spell it alike."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def upsert(tx: Tx, table: Table, rows: Sequence[dict[str, Any]], *, replace: Iterable[str]) -> None:
    """Insert rows; where the primary key is there already, replace the columns named."""
    if not rows:
        return
    statement = insert(tx, table)
    keys = [column.name for column in table.primary_key]
    fresh = {name: statement.excluded[name] for name in replace}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def unindexed(tx: Tx, column: ColumnElement[T]) -> ColumnElement[T]:
    """The column, such that SQLite's planner gathers few rows and sorts them instead of walking all in order."""
    if tx.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def hour_text(tx: Tx, column: ColumnElement[Any]) -> ColumnElement[str]:
    """The UTC hour of a time as `YYYY-MM-DD HH`."""
    if tx.dialect.name == "sqlite":
        return func.substr(column, 1, 13)
    return func.to_char(column, "YYYY-MM-DD HH24")

"""The few places where SQLite and PostgreSQL differ, or where a list is too long for one statement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeVar

from sqlalchemy import Boolean, ColumnElement, Dialect, Table, func
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


def among(tx: Tx, table: Table, names: Sequence[str], values: Iterable[int]) -> Iterator[Any]:
    """Rows, given as `names` of their columns, whose first named column holds one of these numbers, by the driver itself.

    SQLAlchemy writes a long IN list anew for each list it is given, which costs more than the database's search.
    """
    place = _place(tx)
    for part in chunks(values):
        places = ", ".join([place] * len(part))
        statement = f"SELECT {', '.join(names)} FROM {table.name} WHERE {names[0]} IN ({places})"  # noqa: S608 - our names
        yield from tx.exec_driver_sql(statement, tuple(part))


def _place(tx: Tx) -> str:
    return "?" if tx.dialect.name == "sqlite" else "%s"


def insert_many(
    tx: Tx, table: Table, names: Sequence[str], rows: Iterable[Iterable[Any]], *, conflict: str = ""
) -> None:
    """Insert rows given as values in the order of `names`, by the driver itself; `conflict`: an ON CONFLICT clause.

    SQLAlchemy's own way makes a dictionary of parameters of each row and copies it twice, which costs more than the
    database's part: of some seventeen small rows a mention that was a third of all work. Many rows go in one statement,
    which costs a third less than each in its own, and does not offer the other threads the interpreter after each row.
    So no two of them may meet in one `conflict`: PostgreSQL refuses to change a row twice in a statement.
    """
    columns = [tuple(values) for values in zip(*rows, strict=True)]
    if not columns:
        return
    for at, prepare in _preparing(table, tuple(names), tx.dialect):
        columns[at] = tuple(map(prepare, columns[at]))
    places = f"({', '.join([_place(tx)] * len(names))})"
    for part in chunks(zip(*columns, strict=True), max(CHUNK // len(names), 1)):
        values = ", ".join([places] * len(part))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {values} {conflict}"  # noqa: S608 - our names
        tx.exec_driver_sql(statement, tuple(chain.from_iterable(part)))


@lru_cache(256)
def _preparing(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
    """Where a column's values are not what the driver takes, and what makes them so. Both drivers take our booleans."""
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for at, name in enumerate(names):
        kind = table.c[name].type
        prepare = None if isinstance(kind, Boolean) else kind.dialect_impl(dialect).bind_processor(dialect)
        if prepare is not None:
            found.append((at, prepare))
    return found


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

"""A MentionFilter as SQL: conditions on `reading`'s own columns, and sets of mention ids for all else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, false, func, select

from storage import search
from storage.engine import Tx
from storage.records import MentionFilter
from storage.schema import mention, mention_theme, reading
from storage.schema_cases import case_mention
from storage.sql import unindexed

GATHER = 20_000  # ids: up to here it is quicker to sort a set than to walk the newest until a page is full

Columns = Callable[[ColumnElement[Any]], ColumnElement[Any]]


@dataclass(frozen=True)
class IdSet:
    """A condition that needs another table: the ids that meet it, and a test of one reading."""

    ids: Select[Any] | CompoundSelect[Any]
    test: ColumnElement[bool]


def listed(f: MentionFilter, column: Columns = lambda column: column) -> list[ColumnElement[bool]]:
    """Conditions on the columns that `reading` holds. `column` may take an index away from the planner."""
    found: list[ColumnElement[bool]] = []
    for name, wanted in (
        (reading.c.brand_id, f.brands),
        (reading.c.sentiment, f.sentiments),
        (reading.c.channel, f.channels),
        (reading.c.source_id, f.sources),
        (reading.c.lang, f.langs),
    ):
        if len(wanted) == 1:
            found.append(column(name) == wanted[0])
        elif wanted:
            found.append(column(name).in_(wanted))
    if f.since is not None:
        found.append(column(reading.c.published_at) >= f.since)
    if f.until is not None:
        found.append(column(reading.c.published_at) < f.until)
    if f.flagged is not None:
        found.append(reading.c.flagged if f.flagged else ~reading.c.flagged)
    if f.copy_group is not None:
        found.append(reading.c.copy_group == f.copy_group)
    return found


def id_sets(tx: Tx, f: MentionFilter) -> list[IdSet]:
    """Conditions that need another table."""
    here = reading.c.mention_id
    found: list[IdSet] = []
    if f.query.strip():
        if search.has_words(tx, f.query):
            ids = search.found_by(
                tx, f.query
            )  # as a test, too: FTS5 reads a word's whole list for each row it is asked
            found.append(IdSet(ids, unindexed(tx, here).in_(ids)))
        else:
            found.append(IdSet(select(mention.c.id).where(false()), false()))
    if f.themes:
        theme = mention_theme.c.theme.in_(f.themes)
        mine = exists().where(mention_theme.c.mention_id == here, theme)
        found.append(IdSet(select(mention_theme.c.mention_id).where(theme), mine))
    if f.case_id is not None:
        case = case_mention.c.case_id == f.case_id
        mine = exists().where(case_mention.c.mention_id == here, case)
        found.append(IdSet(select(case_mention.c.mention_id).where(case), mine))
    if f.author is not None:
        author = mention.c.author == f.author
        found.append(IdSet(select(mention.c.id).where(author), exists().where(mention.c.id == here, author)))
    return found


def smallest(tx: Tx, sets: list[IdSet]) -> IdSet | None:
    """The set to gather from; None when each is too large for that."""
    best: tuple[int, IdSet] | None = None
    for one in sets:
        size = tx.scalar(select(func.count()).select_from(one.ids.limit(GATHER + 1).subquery())) or 0
        if size <= GATHER and (best is None or size < best[0]):
            best = (size, one)
    return best[1] if best else None


def conditions(tx: Tx, f: MentionFilter) -> tuple[list[ColumnElement[bool]], bool]:
    """All conditions on `reading`, in the order that is quick; and whether few rows are gathered."""
    sets = id_sets(tx, f)
    few = smallest(tx, sets) if sets else None
    if few is None:
        return [*listed(f, _column_for(tx, f)), *(one.test for one in sets)], False
    gathered = listed(f, lambda column: unindexed(tx, column))
    tests = [one.test for one in sets if one is not few]
    return [reading.c.mention_id.in_(few.ids), *gathered, *tests], True


def _column_for(tx: Tx, f: MentionFilter) -> Columns:
    """Walking by time: an index by source serves one source, for several it would have to sort them all."""

    def column(wanted: ColumnElement[Any]) -> ColumnElement[Any]:
        several = wanted is reading.c.source_id and len(f.sources) > 1
        return unindexed(tx, wanted) if several else wanted

    return column

"""Lists of mentions: keyset pages whose cost does not grow with what is stored.

One row per mention and brand, newest first by (published_at, mention id, brand id). Keys are found on `reading`'s
indexes alone; only the page's own rows are then read whole. Blind spot: a filter on several columns that together
match almost nothing walks its brand's whole index once (a third of a second for a million mentions).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, tuple_, union_all

from storage.engine import Tx
from storage.filters import conditions, listed
from storage.hydrate import Key, hydrate
from storage.records import Cursor, MentionFilter, MentionPage, MentionRow
from storage.schema import reading
from storage.sql import unindexed

MOST_BRANDS = 12  # up to here each brand's index is walked by itself and the heads are merged
KEY = (reading.c.published_at, reading.c.mention_id, reading.c.brand_id)


def page(
    tx: Tx, f: MentionFilter, *, after: Cursor | None = None, limit: int = 50, fold_copies: bool = False
) -> MentionPage:
    """The next mentions after a cursor. With `fold_copies` a copy group shows once, as its newest that the filter has."""
    keys = _keys(tx, f, after, limit + 1, fold_copies)
    rows = hydrate(tx, keys[:limit])
    more = len(keys) > limit
    last = keys[limit - 1] if more else None
    return MentionPage(tuple(rows), Cursor(*last) if last else None)


def times(tx: Tx, f: MentionFilter, *, limit: int) -> list[datetime]:
    """When the newest mentions of a filter were published, newest first."""
    if len(f.brands) > 1:
        return [published_at for published_at, _, _ in _keys(tx, f, None, limit, False)]
    return list(tx.scalars(_select(tx, f, None, limit, False).with_only_columns(reading.c.published_at)))


def iter_rows(tx: Tx, f: MentionFilter, *, chunk: int = 1_000) -> Iterator[MentionRow]:
    """Every row of a filter, newest first, a chunk at a time."""
    after: Cursor | None = None
    while True:
        found = page(tx, f, after=after, limit=chunk)
        yield from found.rows
        if found.next is None:
            return
        after = found.next


def _keys(tx: Tx, f: MentionFilter, after: Cursor | None, limit: int, fold: bool) -> list[Key]:
    if 1 < len(f.brands) <= MOST_BRANDS and len(set(f.brands)) == len(f.brands):
        parts = [_select(tx, replace(f, brands=(brand_id,)), after, limit, fold) for brand_id in f.brands]
        heads = union_all(*(select(part.subquery()) for part in parts)).subquery()
        order = (heads.c.published_at, heads.c.mention_id, heads.c.brand_id)
        found: Any = select(heads).order_by(*(column.desc() for column in order)).limit(limit)
    else:
        found = _select(tx, f, after, limit, fold)
    return [(row.published_at, row.mention_id, row.brand_id) for row in tx.execute(found)]


def _select(tx: Tx, f: MentionFilter, after: Cursor | None, limit: int, fold: bool) -> Select[Any]:
    wanted, gathered = conditions(tx, f)
    found = select(*KEY).where(*wanted)
    order: Sequence[ColumnElement[Any]] = [unindexed(tx, one) for one in KEY] if gathered else KEY
    if after is not None:
        here = (after.published_at, after.mention_id, after.brand_id)
        found = found.where(tuple_(*order) < tuple_(*here))
    if fold:
        found = found.where(~_newer_copy(f))
    return found.order_by(*(column.desc() for column in order)).limit(limit)


def _newer_copy(f: MentionFilter) -> Any:
    """A newer mention of the same group and brand that the filter's own columns let through."""
    other = reading.alias("other")
    newer = tuple_(other.c.published_at, other.c.mention_id) > tuple_(reading.c.published_at, reading.c.mention_id)
    same = (other.c.copy_group == reading.c.copy_group) & (other.c.brand_id == reading.c.brand_id)
    scoped = [_on(other, one) for one in listed(replace(f, brands=(), copy_group=None))]
    return exists().where(same, newer, *scoped)


def _on(other: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    from sqlalchemy.sql.util import ClauseAdapter

    adapted: ColumnElement[bool] = ClauseAdapter(other).traverse(condition)
    return adapted

"""Deleting mentions whole: their readings, texts, search words, places in cases and copy groups, and their counts.

What was set aside or deleted long enough ago goes for good here, a part at a time, so that nobody waits for it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Table, delete, exists, select, tuple_

from storage import set_aside
from storage.engine import Tx
from storage.regroup import replace_origins
from storage.schema import (
    aside,
    brand,
    coverage,
    fetch,
    mention,
    mention_key,
    mention_log,
    mention_theme,
    mention_version,
    reading,
    reading_version,
    source,
    source_brand,
)
from storage.schema_cases import case_mention
from storage.search import forget_words
from storage.sql import chunks

PART = 1_000  # mentions forgotten in one transaction: some tenths of a second
PARTS: tuple[Table, ...] = (
    mention_version,
    mention_log,
    mention_theme,
    mention_key,
    case_mention,
    reading_version,
    reading,
    aside,
)


def forget_part(tx: Tx, before: datetime, *, limit: int = PART) -> int | None:
    """Forget the next part of what is aside or deleted since before then; how much that was, None when nothing is."""
    work: tuple[Callable[[Tx, datetime, int], int | None], ...] = (_old_readings, _of_a_source, _of_a_brand)
    return next((n for part in work if (n := part(tx, before, limit)) is not None), None)


def _old_readings(tx: Tx, before: datetime, limit: int) -> int | None:
    old = select(aside.c.mention_id, aside.c.brand_id).where(aside.c.at < before).order_by(aside.c.at).limit(limit)
    return _forget_aside(tx, [(row.mention_id, row.brand_id) for row in tx.execute(old)])


def _forget_aside(tx: Tx, keys: Sequence[tuple[int, int]]) -> int | None:
    if not keys:
        return None
    for table in (aside, reading_version):
        tx.execute(delete(table).where(tuple_(table.c.mention_id, table.c.brand_id).in_(keys)))
    hidden = set_aside.without_reading(tx, [mention_id for mention_id, _ in keys])
    kept = set(tx.scalars(select(aside.c.mention_id).where(aside.c.mention_id.in_(hidden))))
    _delete_mentions(tx, [one for one in hidden if one not in kept])
    return len(keys)


def _of_a_source(tx: Tx, before: datetime, limit: int) -> int | None:
    gone = tx.scalar(select(source.c.id).where(source.c.deleted_at < before).limit(1))
    if gone is None:
        return None
    ids = list(tx.scalars(select(mention.c.id).where(mention.c.source_id == gone).limit(limit)))
    set_aside.count(tx, reading.c.mention_id.in_(ids), -1)
    in_sight = select(mention.c.id).where(mention.c.id.in_(ids), mention.c.copy_group.is_not(None))
    set_aside.hide(tx, tx.scalars(in_sight).all())
    _delete_mentions(tx, ids)
    if not ids:
        for table in (coverage, fetch, source_brand):
            tx.execute(delete(table).where(table.c.source_id == gone))
        tx.execute(delete(source).where(source.c.id == gone))
    return len(ids)


def _of_a_brand(tx: Tx, before: datetime, limit: int) -> int | None:
    gone = tx.scalar(select(brand.c.id).where(brand.c.deleted_at < before).limit(1))
    if gone is None:
        return None
    ids = list(tx.scalars(select(reading.c.mention_id).where(reading.c.brand_id == gone).limit(limit)))
    if ids:
        remove_readings(tx, ids, gone)
        return len(ids)
    left = select(aside.c.mention_id, aside.c.brand_id).where(aside.c.brand_id == gone).limit(limit)
    n = _forget_aside(tx, [(row.mention_id, row.brand_id) for row in tx.execute(left)])
    if n is None:
        tx.execute(delete(brand).where(brand.c.id == gone))
    return n or 0


def remove_readings(tx: Tx, mention_ids: Sequence[int], brand_id: int) -> None:
    """Take a brand off mentions for good; those that name no other, also not out of sight, are deleted."""
    these = reading.c.mention_id.in_(mention_ids) & (reading.c.brand_id == brand_id)
    set_aside.count(tx, these, -1)
    for table in (reading, reading_version):
        tx.execute(delete(table).where(table.c.mention_id.in_(mention_ids), table.c.brand_id == brand_id))
    hidden = set_aside.without_reading(tx, mention_ids)
    set_aside.hide(tx, hidden)
    waits = exists().where(aside.c.mention_id == mention.c.id)
    _delete_mentions(tx, list(tx.scalars(select(mention.c.id).where(mention.c.id.in_(hidden), ~waits))))


def _delete_mentions(tx: Tx, mention_ids: Sequence[int]) -> None:
    replace_origins(tx, mention_ids)
    for part in chunks(mention_ids):
        forget_words(tx, part)
        for table in PARTS:
            tx.execute(delete(table).where(table.c.mention_id.in_(part)))
        tx.execute(delete(mention).where(mention.c.id.in_(part)))

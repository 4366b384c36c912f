"""Deleting mentions whole: their readings, texts, search words, places in cases and copy groups, and their counts."""

from collections.abc import Sequence

from sqlalchemy import Table, bindparam, delete, func, select, update

from storage.engine import Tx
from storage.regroup import replace_origins
from storage.rollups import Cell, Deltas, forget_sources, hour_of
from storage.schema import (
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

PARTS: tuple[Table, ...] = (
    mention_version,
    mention_log,
    mention_theme,
    mention_key,
    case_mention,
    reading_version,
    reading,
)


def forget_source(tx: Tx, source_id: int) -> None:
    """Delete a source with all it brought."""
    forget_sources(tx, [source_id])
    ids = list(tx.scalars(select(mention.c.id).where(mention.c.source_id == source_id)))
    _delete_mentions(tx, ids)
    for table in (coverage, fetch, source_brand):
        tx.execute(delete(table).where(table.c.source_id == source_id))
    tx.execute(delete(source).where(source.c.id == source_id))


def forget_brand(tx: Tx, brand_id: int) -> None:
    """Delete a brand's readings, and the mentions that then belong to no brand."""
    ids = tx.scalars(select(reading.c.mention_id).where(reading.c.brand_id == brand_id)).all()
    for part in chunks(ids):
        remove_readings(tx, part, brand_id)


def remove_readings(tx: Tx, mention_ids: Sequence[int], brand_id: int) -> None:
    """Take a brand off mentions; those that name no other are deleted."""
    uncount(tx, mention_ids, brand_id)
    for table in (reading, reading_version):
        tx.execute(delete(table).where(table.c.mention_id.in_(mention_ids), table.c.brand_id == brand_id))
    kept = select(reading.c.mention_id).where(reading.c.mention_id.in_(mention_ids))
    orphans = sorted(set(mention_ids) - set(tx.scalars(kept)))
    counted = select(mention.c.source_id, func.count()).where(mention.c.id.in_(orphans)).group_by(mention.c.source_id)
    less = [{"source": source_id, "n": n} for source_id, n in tx.execute(counted)]
    if less:
        smaller = update(source).where(source.c.id == bindparam("source"))
        tx.execute(smaller.values(total=source.c.total - bindparam("n")), less)
    _delete_mentions(tx, orphans)


def uncount(tx: Tx, mention_ids: Sequence[int], brand_id: int) -> None:
    """Take the readings of these mentions for one brand out of the counts."""
    themes: dict[int, list[str]] = {}
    found = select(mention_theme.c.mention_id, mention_theme.c.theme)
    for mention_id, theme in tx.execute(found.where(mention_theme.c.mention_id.in_(mention_ids))):
        themes.setdefault(mention_id, []).append(theme)
    deltas = Deltas()
    mine = select(reading).where(reading.c.mention_id.in_(mention_ids), reading.c.brand_id == brand_id)
    for row in tx.execute(mine):
        cell = Cell(brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, row.sentiment)
        deltas.add(cell, themes.get(row.mention_id, ()), -1)
    deltas.write(tx)


def _delete_mentions(tx: Tx, mention_ids: Sequence[int]) -> None:
    replace_origins(tx, mention_ids)
    for part in chunks(mention_ids):
        forget_words(tx, part)
        for table in PARTS:
            tx.execute(delete(table).where(table.c.mention_id.in_(part)))
        tx.execute(delete(mention).where(mention.c.id.in_(part)))

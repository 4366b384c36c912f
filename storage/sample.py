"""The sample workspace: everything marked as sample, and its removal in one go."""

from sqlalchemy import delete, select, update

from storage.deletion import FOR_GOOD
from storage.engine import Tx
from storage.schema import brand, source
from storage.schema_cases import case, rule


def has_sample(tx: Tx) -> bool:
    there = (
        select(table.c.id).where(table.c.sample, table.c.deleted_at.is_(None)).limit(1) for table in (brand, source)
    )
    return any(tx.scalar(one) is not None for one in there)


def remove_sample(tx: Tx) -> None:
    """Take the sample's sources, brands, cases and rules out of sight; what people added themselves stays.

    They are deleted for good: `storage.forget` forgets them next, and nothing brings them back.
    """
    for table in (source, brand):
        tx.execute(update(table).where(table.c.sample).values(deleted_at=FOR_GOOD))
    for decided in (case, rule):
        tx.execute(delete(decided).where(decided.c.sample))

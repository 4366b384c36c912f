"""A source that is put under another channel: what it brought follows, a part at a time, the newest first.

Readings repeat the channel of their source and are counted under it. The source's own row says how far it is.
"""

from datetime import datetime

from sqlalchemy import select, tuple_, update

from storage.engine import Tx
from storage.schema import reading, source
from storage.set_aside import count

PART = 1_000  # mentions moved in one transaction


def begin_move(tx: Tx, source_id: int, channel: str) -> None:
    """From here on the source is of that channel; few mentions follow at once, many in parts."""
    tx.execute(update(source).where(source.c.id == source_id).values(channel=channel, moving={}))
    move_part(tx, source_id)


def move_part(tx: Tx, source_id: int | None = None, *, limit: int = PART) -> int | None:
    """Move the next part of what has to follow this source, or any; how many readings that were, None when nothing has."""
    waiting = select(source).where(source.c.moving.is_not(None)).order_by(source.c.id).limit(1)
    row = tx.execute(waiting if source_id is None else waiting.where(source.c.id == source_id)).one_or_none()
    if row is None:
        return None
    place = (reading.c.published_at, reading.c.mention_id)
    found = select(*place).where(reading.c.source_id == row.id)
    if row.moving:
        before = datetime.fromisoformat(row.moving["before"][0])
        found = found.where(tuple_(*place) < tuple_(before, row.moving["before"][1]))
    keys = tx.execute(found.order_by(*(column.desc() for column in place)).limit(limit)).all()
    these = reading.c.mention_id.in_({key.mention_id for key in keys}) & (reading.c.channel != row.channel)
    count(tx, these, -1)
    ids = tx.execute(select(reading.c.mention_id, reading.c.brand_id).where(these)).all()
    tx.execute(update(reading).where(these).values(channel=row.channel))
    moved = tuple_(reading.c.mention_id, reading.c.brand_id).in_([tuple(one) for one in ids])
    count(tx, moved, 1)
    last = keys[-1] if len(keys) == limit else None
    going = {"before": [last.published_at.isoformat(), last.mention_id]} if last else None
    tx.execute(update(source).where(source.c.id == row.id).values(moving=going))
    return len(ids)

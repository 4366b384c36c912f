"""What people say of a mention: another sentiment, a flag, a note. Counts follow at once; everything is logged."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from analyzers.records import LABELS
from errors import InputError
from storage.attach import themes_of
from storage.engine import Tx
from storage.hydrate import hydrate
from storage.records import LogEntry, MentionRow, VersionRecord
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import mention, mention_log, mention_version, reading
from storage.sql import chunks


def get_mention(tx: Tx, mention_id: int) -> list[MentionRow]:
    """A mention as each of its brands sees it; empty when there is none."""
    keys = select(reading.c.published_at, reading.c.mention_id, reading.c.brand_id)
    mine = keys.where(reading.c.mention_id == mention_id).order_by(reading.c.brand_id)
    return hydrate(tx, [(row.published_at, row.mention_id, row.brand_id) for row in tx.execute(mine)])


def versions(tx: Tx, mention_id: int) -> list[VersionRecord]:
    """What a changed mention said before, newest first."""
    mine = select(mention_version).where(mention_version.c.mention_id == mention_id)
    return [
        VersionRecord(row.seen_at, row.title, row.text, row.corrections)
        for row in tx.execute(mine.order_by(mention_version.c.id.desc()))
    ]


def mention_history(tx: Tx, mention_id: int) -> list[LogEntry]:
    """What people did to a mention, oldest first."""
    mine = select(mention_log).where(mention_log.c.mention_id == mention_id).order_by(mention_log.c.id)
    return [LogEntry(row.at, row.who, row.what, row.detail) for row in tx.execute(mine)]


def correct(tx: Tx, mention_id: int, brand_id: int, to: str | None, *, who: str, now: datetime) -> None:
    """Count a mention's reading for one brand as `to`; None undoes that, and the model's word counts again."""
    if to is not None and to not in LABELS:
        raise InputError(f"'{to}' is no sentiment; choose one of {', '.join(LABELS)}")
    key = (reading.c.mention_id == mention_id) & (reading.c.brand_id == brand_id)
    row = tx.execute(select(reading).where(key)).one_or_none()
    if row is None:
        raise InputError(f"there is no mention {mention_id} of brand {brand_id}")
    counted = to or (row.read_as if row.state == "read" else row.state)
    by = {"corrected_by": who, "corrected_at": now} if to else {"corrected_by": None, "corrected_at": None}
    tx.execute(update(reading).where(key).values(corrected_to=to, sentiment=counted, **by))
    themes = themes_of(tx, [mention_id]).get(mention_id, ())
    before = Cell(brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, row.sentiment)
    deltas = Deltas()
    deltas.add(before, themes, -1)
    deltas.add(before._replace(sentiment=counted), themes)
    deltas.write(tx)
    detail = {"brand": brand_id, "from": row.sentiment, "to": counted}
    _log(tx, [mention_id], "corrected" if to else "undone", detail, who=who, now=now)


def flag(tx: Tx, mention_ids: Iterable[int], on: bool, *, who: str, now: datetime) -> int:
    """Flag mentions, or take their flags away; how many changed."""
    changed = 0
    for part in chunks(mention_ids):
        other = select(mention.c.id).where(mention.c.id.in_(part), mention.c.flagged.is_(not on))
        ids = list(tx.scalars(other))
        tx.execute(update(mention).where(mention.c.id.in_(ids)).values(flagged=on))
        tx.execute(update(reading).where(reading.c.mention_id.in_(ids)).values(flagged=on))
        _log(tx, ids, "flagged" if on else "unflagged", {}, who=who, now=now)
        changed += len(ids)
    return changed


def note(tx: Tx, mention_id: int, text: str | None, *, who: str, now: datetime) -> None:
    """Write a note on a mention, in place of the one before; an empty one takes it away."""
    before = tx.execute(select(mention.c.note).where(mention.c.id == mention_id)).one_or_none()
    if before is None:
        raise InputError(f"there is no mention {mention_id}")
    words = (text or "").strip() or None
    tx.execute(update(mention).where(mention.c.id == mention_id).values(note=words))
    _log(tx, [mention_id], "noted", {"from": before.note, "to": words}, who=who, now=now)


def _log(tx: Tx, mention_ids: list[int], what: str, detail: dict[str, Any], *, who: str, now: datetime) -> None:
    rows = [
        {"mention_id": mention_id, "at": now, "who": who, "what": what, "detail": detail} for mention_id in mention_ids
    ]
    if rows:
        tx.execute(insert(mention_log), rows)

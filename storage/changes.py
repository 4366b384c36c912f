"""A mention that says something else than before: what it said is kept, and it is unread again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from storage.attach import attach, themes_of
from storage.engine import Tx
from storage.forget import remove_readings
from storage.regroup import Member, group_equal, leave_groups
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import aside, mention, mention_key, mention_theme, mention_version, reading, reading_version
from storage.search import forget_words
from storage.sql import chunks

UNREAD = {
    "state": "unread",
    "sentiment": "unread",
    "lang": "",
    "failed_reason": None,
    "model": None,
    "label": None,
    "p_negative": None,
    "p_neutral": None,
    "p_positive": None,
    "confidence": None,
    "read_as": None,
    "corrected_to": None,
    "corrected_by": None,
    "corrected_at": None,
}


class Change(NamedTuple):
    """A stored mention, the brands its new text names, and its new columns."""

    mention_id: int
    brands: dict[int, str]
    row: dict[str, Any]
    copy_key: int | None


def store_changes(tx: Tx, changes: Sequence[Change], *, now: datetime) -> None:
    """Store new texts of known mentions. A correction belonged to the old text and is kept with it."""
    if not changes:
        return
    ids = [change.mention_id for change in changes]
    _keep_versions(tx, ids, now)
    forget_facts(tx, ids)
    members = _members(tx, changes)
    leave_groups(tx, ids)
    groups = group_equal(tx, members)
    rows = [
        change.row
        | {"key": change.mention_id, "copy_key": change.copy_key, "copy_group": groups.get(change.mention_id)}
        for change in changes
    ]
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "key"}
    values = [{("key" if k == "key" else f"new_{k}"): v for k, v in row.items()} for row in rows]
    changed = update(mention).where(mention.c.id == bindparam("key"))
    tx.execute(changed.values(**columns, changed_at=now, lang=None, keywords=None), values)
    regrouped = update(reading).where(reading.c.mention_id == bindparam("key"))
    grouped = [{"key": mention_id, "group": group} for mention_id, group in groups.items()]
    if grouped:
        tx.execute(regrouped.values(copy_group=bindparam("group")), grouped)
    _rename_brands(tx, changes)


def forget_facts(tx: Tx, mention_ids: Sequence[int]) -> None:
    """Make mentions unread again: what the analyzers and people said of the text goes, and the counts follow."""
    for part in chunks(mention_ids):
        themes = themes_of(tx, part)
        deltas = Deltas()
        for row in tx.execute(select(reading).where(reading.c.mention_id.in_(part))):
            hour = hour_of(row.published_at)
            before = Cell(row.brand_id, hour, row.channel, row.source_id, row.lang, row.sentiment)
            deltas.add(before, themes.get(row.mention_id, ()), -1)
            deltas.add(Cell(row.brand_id, hour, row.channel, row.source_id, "", "unread"))
        for table in (mention_theme, mention_key, reading_version):
            tx.execute(delete(table).where(table.c.mention_id.in_(part)))
        forget_words(tx, part)
        tx.execute(update(mention).where(mention.c.id.in_(part)).values(lang=None, keywords=None))
        for table in (reading, aside):
            tx.execute(update(table).where(table.c.mention_id.in_(part)).values(**UNREAD))
        deltas.write(tx)


def store_figures(tx: Tx, figures: Mapping[int, Mapping[str, Any]]) -> None:
    """Newer ratings, likes and the like of mentions whose text is as it was."""
    if figures:
        names = ("rating", "likes", "replies", "shares", "views")
        newer = update(mention).where(mention.c.id == bindparam("key"))
        rows = [
            {"key": mention_id} | {f"new_{name}": row[name] for name in names} for mention_id, row in figures.items()
        ]
        tx.execute(newer.values({name: bindparam(f"new_{name}") for name in names}), rows)


def _keep_versions(tx: Tx, ids: Sequence[int], now: datetime) -> None:
    corrections: dict[int, dict[str, Any]] = {}
    for table in (reading, aside):
        corrected = table.c.mention_id.in_(ids) & table.c.corrected_to.is_not(None)
        for row in tx.execute(select(table).where(corrected)):
            said = {"to": row.corrected_to, "who": row.corrected_by, "at": row.corrected_at.isoformat()}
            corrections.setdefault(row.mention_id, {})[str(row.brand_id)] = said
    before = select(mention.c.id, mention.c.title, mention.c.text, mention.c.content_hash)
    rows = [
        {
            "mention_id": row.id,
            "seen_at": now,
            "title": row.title,
            "text": row.text,
            "content_hash": row.content_hash,
            "corrections": corrections.get(row.id, {}),
        }
        for row in tx.execute(before.where(mention.c.id.in_(ids)))
    ]
    tx.execute(insert(mention_version), rows)


def _members(tx: Tx, changes: Sequence[Change]) -> list[Member]:
    """Those that are in sight, to be grouped anew."""
    times: dict[int, datetime] = {}
    for part in chunks(change.mention_id for change in changes):
        found = select(mention.c.id, mention.c.published_at).where(mention.c.id.in_(part))
        in_sight = found.where(mention.c.copy_group.is_not(None))
        times.update((mention_id, moment) for mention_id, moment in tx.execute(in_sight))
    here = (one for one in changes if one.mention_id in times)
    return [Member(times[one.mention_id], one.mention_id, one.copy_key) for one in here]


def _rename_brands(tx: Tx, changes: Sequence[Change]) -> None:
    """A new text may name other brands. One that names none now stays under those it had: it is their history."""
    had: dict[int, dict[int, str]] = {}
    ids = [change.mention_id for change in changes]
    found = select(reading.c.mention_id, reading.c.brand_id, reading.c.matched)
    for mention_id, brand_id, alias in tx.execute(found.where(reading.c.mention_id.in_(ids))):
        had.setdefault(mention_id, {})[brand_id] = alias
    attach(tx, [(one.mention_id, brand, alias) for one in changes for brand, alias in one.brands.items()])
    gone: dict[int, list[int]] = {}
    for change in changes:
        for brand_id in had.get(change.mention_id, {}):
            if change.brands and brand_id not in change.brands:
                gone.setdefault(brand_id, []).append(change.mention_id)
    for brand_id, mention_ids in gone.items():
        remove_readings(tx, mention_ids, brand_id)

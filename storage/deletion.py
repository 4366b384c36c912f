"""Deleting a brand or a source, and bringing it back: out of sight at once, forgotten after `set_aside.KEPT`.

Both are one column, so that they cost nothing; what belongs to them follows in parts. `settle_part` reads from the
tables what has still to follow: a process that was killed leaves nothing that the next one does not find, and several may
work at it at once. Cases, rules, history and schedule stay where they are; nobody sees the cases of a deleted brand.
Blind spot: a source brings its mentions back under the brands they had, whatever words these have by now.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update

from collectors.records import source_name
from errors import InputError
from storage.brands import folded_name, give_way, list_brands
from storage.channels import move_part
from storage.engine import Tx
from storage.schema import aside, brand, reading, source, source_brand
from storage.set_aside import BRAND, SOURCE, bring_back, put_aside

PART = 1_000  # readings moved in one transaction: two tenths of a second
# `deleted_at` of what nothing brings back and `storage.forget` forgets next
FOR_GOOD = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Deleted:
    """A brand or source that can be brought back."""

    id: int
    name: str
    at: datetime
    mentions: int  # that come back with it


def delete_brand(tx: Tx, brand_id: int, *, now: datetime) -> None:
    """Out of sight, and paused is every source that was for this brand alone: it would listen for every one."""
    if not _hidden(tx, brand, brand_id, now):
        raise InputError(f"there is no brand {brand_id}")
    others = select(source_brand.c.source_id).join(brand, brand.c.id == source_brand.c.brand_id)
    others = others.where(brand.c.deleted_at.is_(None))
    mine = select(source_brand.c.source_id).where(source_brand.c.brand_id == brand_id)
    alone = source.c.id.in_(mine) & source.c.id.not_in(others) & source.c.paused.is_(False)
    tx.execute(update(source).where(alone).values(paused=True, paused_for=brand_id))


def delete_source(tx: Tx, source_id: int, *, now: datetime) -> None:
    if not _hidden(tx, source, source_id, now):
        raise InputError(f"there is no source {source_id}")


def _hidden(tx: Tx, table: Any, number: int, now: datetime) -> bool:
    there = (table.c.id == number) & table.c.deleted_at.is_(None)
    return tx.execute(update(table).where(there).values(deleted_at=now)).rowcount == 1


def restore_brand(tx: Tx, brand_id: int) -> None:
    """In sight again by its own name, with the sources that were paused for it. Refused while another bears that."""
    row = _deleted(tx, brand, brand_id)
    if row is None:
        raise InputError(f"no deleted brand {brand_id} is kept")
    name = row.name.removesuffix(f" #{brand_id}")
    taken = next((one.name for one in list_brands(tx) if folded_name(one.name) == folded_name(name)), None)
    if taken is not None:
        raise InputError(f"there is a brand '{taken}' by now; give that one another name first")
    give_way(tx, name)
    tx.execute(update(brand).where(brand.c.id == brand_id).values(deleted_at=None, name=name))
    mine = select(source_brand.c.source_id).where(source_brand.c.brand_id == brand_id)
    waiting = source.c.paused_for.is_not(None) & source.c.id.in_(mine)  # for this brand, or another deleted since
    tx.execute(update(source).where(waiting).values(paused=False, paused_for=None))


def restore_source(tx: Tx, source_id: int) -> None:
    """In sight again. Refused while another source is the same: one address may be asked for several brands."""
    row = _deleted(tx, source, source_id)
    if row is None:
        raise InputError(f"no deleted source {source_id} is kept")
    alike = (source.c[name] == row._mapping[name] for name in ("url", "kind", "channel", "keep_all"))
    others = tx.scalars(select(source.c.id).where(*alike, source.c.deleted_at.is_(None))).all()
    mine = _brands_of(tx, source_id)
    taken = next((other for other in others if _brands_of(tx, other) == mine), None)
    if taken is not None:
        raise InputError(f"source {taken} has its address by now; delete that one first")
    tx.execute(update(source).where(source.c.id == source_id).values(deleted_at=None))


def _for_a_while(table: Any) -> ColumnElement[bool]:
    """Deleted, and kept."""
    found: ColumnElement[bool] = table.c.deleted_at > FOR_GOOD
    return found


def _brands_of(tx: Tx, source_id: int) -> set[int]:
    return set(tx.scalars(select(source_brand.c.brand_id).where(source_brand.c.source_id == source_id)))


def _deleted(tx: Tx, table: Any, number: int) -> Any:
    return tx.execute(select(table).where(table.c.id == number, _for_a_while(table))).one_or_none()


def deleted_brands(tx: Tx) -> list[Deleted]:
    """What can be brought back, the latest deleted first."""
    rows = tx.execute(select(brand).where(_for_a_while(brand)).order_by(brand.c.deleted_at.desc(), brand.c.id.desc()))
    return [Deleted(row.id, row.name, row.deleted_at, _waiting(tx, aside.c.brand_id, row.id, BRAND)) for row in rows]


def deleted_sources(tx: Tx) -> list[Deleted]:
    """What can be brought back, the latest deleted first."""
    rows = tx.execute(
        select(source).where(_for_a_while(source)).order_by(source.c.deleted_at.desc(), source.c.id.desc())
    )
    named = [(row.id, source_name(row.title, row.url), row.deleted_at) for row in rows]
    return [Deleted(*one, _waiting(tx, aside.c.source_id, one[0], SOURCE)) for one in named]


def _waiting(tx: Tx, column: ColumnElement[int], number: int, why: str) -> int:
    mine = (column == number) & (aside.c.why == why)
    return tx.scalar(select(func.count(func.distinct(aside.c.mention_id))).where(mine)) or 0


def settle_part(tx: Tx, *, now: datetime, limit: int = PART) -> int | None:
    """Move the next part of what has to follow a brand or source out of sight or back, or a source to another channel;
    how much that was, None when all has."""
    for table, column, in_reading, why in (
        (source, aside.c.source_id, reading.c.source_id, SOURCE),
        (brand, aside.c.brand_id, reading.c.brand_id, BRAND),
    ):
        left = select(reading.c.mention_id).where(in_reading == table.c.id).exists()
        for number in tx.scalars(select(table.c.id).where(_for_a_while(table), left).limit(1)).all():
            ids = _latest(tx, in_reading == number, limit)
            put_aside(tx, ids, brand_id=number if why == BRAND else None, why=why, now=now)
            return len(ids)
        for number in tx.scalars(_to_come_back(table, column, why)).all():
            return _bring_part(tx, number, why, limit)
    return move_part(tx, limit=limit)


def _latest(tx: Tx, these: ColumnElement[bool], limit: int) -> list[int]:
    """The newest first: what a copy group is named by, its first, leaves last, so that few groups change their name."""
    order = (reading.c.published_at.desc(), reading.c.mention_id.desc())
    return list(dict.fromkeys(tx.scalars(select(reading.c.mention_id).where(these).order_by(*order).limit(limit))))


def _to_come_back(table: Any, column: ColumnElement[int], why: str) -> Select[Any]:
    waits = select(aside.c.mention_id).where(column == table.c.id, aside.c.why == why).exists()
    return select(table.c.id).where(table.c.deleted_at.is_(None), waits).limit(1)


def _bring_part(tx: Tx, number: int, why: str, limit: int) -> int:
    """What belongs to something else that is deleted waits for that from here on, and as long as that."""
    column, other, other_column, other_why = (
        (aside.c.source_id, brand, aside.c.brand_id, BRAND)
        if why == SOURCE
        else (aside.c.brand_id, source, aside.c.source_id, SOURCE)
    )
    mine = (column == number) & (aside.c.why == why)
    hidden = select(other.c.id).where(other.c.deleted_at.is_not(None))
    since = select(other.c.deleted_at).where(other.c.id == other_column).scalar_subquery()
    tx.execute(update(aside).where(mine, other_column.in_(hidden)).values(why=other_why, at=since))
    found = select(aside.c.mention_id).where(mine).order_by(aside.c.mention_id).limit(limit)
    ids = list(dict.fromkeys(tx.scalars(found)))
    if ids:
        bring_back(tx, ids, brand_id=number if why == BRAND else None, why=why)
    return len(ids)

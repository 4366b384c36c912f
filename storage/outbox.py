"""Who is told, and what still has to be sent. An item is put here in the transaction that opens its case.

The sender takes what is due, sends, then marks: killed in between, it sends again under the same key.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from errors import InputError
from storage.cases import SYSTEM, log
from storage.engine import AnyRow, Tx
from storage.names import free_name
from storage.records import OutboxItem, Target
from storage.removal import Removed, put_back, take_out
from storage.schema import brand
from storage.schema_cases import case, outbox, target
from storage.sql import insert as insert_or

LEVELS = ("blue", "yellow", "orange", "red")
# No notice is put off for longer: what says so was written by a clock that ran ahead. Quiet hours around a weekend last three
# days, and an hour more when the clocks go back.
LONGEST = timedelta(days=4)


def add_target(
    tx: Tx,
    name: str,
    *,
    url: str,
    kind: str,
    secret: str | None = None,
    levels: Iterable[str] = LEVELS,
    lang: str = "en",
    enabled: bool = True,
) -> Target:
    values = {"url": url, "kind": kind, "secret": secret, "lang": lang, "enabled": enabled}
    row = {"name": free_name(tx, target, name), "levels": list(levels), **values}
    return get_target(tx, tx.execute(insert(target).values(**row).returning(target.c.id)).scalar_one())


def update_target(tx: Tx, target_id: int, **changes: Any) -> Target:
    """Change any of name, url, kind, secret, levels, lang, enabled."""
    strange = set(changes) - {"name", "url", "kind", "secret", "levels", "lang", "enabled"}
    if strange:
        raise InputError(f"a target has no '{sorted(strange)[0]}'")
    if "name" in changes:
        changes["name"] = free_name(tx, target, changes["name"], besides=target_id)
    if "levels" in changes:
        changes["levels"] = list(changes["levels"])
    if changes:
        tx.execute(update(target).where(target.c.id == target_id).values(**changes))
    return get_target(tx, target_id)


def delete_target(tx: Tx, target_id: int) -> Removed:
    """Forget a target, and what was still to be sent to it."""
    return take_out(tx, (target, target.c.id == target_id), (outbox, outbox.c.target_id == target_id))


def bring_back_target(tx: Tx, removed: Removed) -> None:
    """Undo `delete_target`. Refused when another target bears the name by now."""
    for row in removed.rows[0][1]:
        free_name(tx, target, row["name"])
    put_back(tx, removed)


def list_targets(tx: Tx) -> list[Target]:
    return [_target(row) for row in tx.execute(select(target).order_by(target.c.id))]


def get_target(tx: Tx, target_id: int) -> Target:
    row = tx.execute(select(target).where(target.c.id == target_id)).one_or_none()
    if row is None:
        raise InputError(f"there is no target {target_id}")
    return _target(row)


def enqueue(
    tx: Tx,
    key: str,
    *,
    target_id: int,
    case_id: int | None,
    payload: Mapping[str, Any],
    now: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Put a notice in line; False when one with this key is, or was, there already."""
    row = {
        "key": key,
        "target_id": target_id,
        "case_id": case_id,
        "payload": dict(payload),
        "state": "waiting",
        "attempts": 0,
        "next_try_at": not_before or now,
        "created_at": now,
    }
    put = insert_or(tx, outbox).values(**row).on_conflict_do_nothing(index_elements=["key"])
    return tx.scalar(put.returning(outbox.c.id)) is not None


def due(tx: Tx, now: datetime, *, limit: int = 500) -> list[OutboxItem]:
    """What waits and may be sent now, oldest first; nothing for targets that are turned off, nor of a deleted brand."""
    of_deleted = select(case.c.id).join(brand, brand.c.id == case.c.brand_id).where(brand.c.deleted_at.is_not(None))
    come = (outbox.c.next_try_at <= now) | (outbox.c.next_try_at > now + LONGEST)
    wanted = _items().where(outbox.c.state == "waiting", come, target.c.enabled)
    wanted = wanted.where(outbox.c.case_id.is_(None) | outbox.c.case_id.not_in(of_deleted))
    return [_item(row) for row in tx.execute(wanted.order_by(outbox.c.next_try_at, outbox.c.id).limit(limit))]


def waiting_still(tx: Tx, item_ids: Iterable[int]) -> set[int]:
    """Which of these wait still: neither sent nor called off meanwhile."""
    mine = outbox.c.id.in_(list(item_ids)) & (outbox.c.state == "waiting")
    return set(tx.scalars(select(outbox.c.id).where(mine)))


def mark_sent(tx: Tx, item_id: int, *, now: datetime) -> None:
    """The target took it, which is in its case's log from now on."""
    values = {"state": "sent", "sent_at": now, "attempts": outbox.c.attempts + 1, "last_error": None}
    _end(tx, item_id, values, "notified", now)


def mark_failed(tx: Tx, item_id: int, *, error: str, next_try_at: datetime) -> None:
    failed = update(outbox).where(outbox.c.id == item_id)
    tx.execute(failed.values(attempts=outbox.c.attempts + 1, last_error=error, next_try_at=next_try_at))


def mark_dead(tx: Tx, item_id: int, *, error: str, now: datetime) -> None:
    """Given up, which is in its case's log. `now` is kept as the time of the last try."""
    values = {"state": "dead", "attempts": outbox.c.attempts + 1, "last_error": error, "next_try_at": now}
    _end(tx, item_id, values, "not_notified", now)


def _end(tx: Tx, item_id: int, values: Mapping[str, Any], what: str, now: datetime) -> None:
    ended = (
        update(outbox).where(outbox.c.id == item_id).values(**values).returning(outbox.c.case_id, outbox.c.target_id)
    )
    row = tx.execute(ended).one_or_none()  # none: its case or its target was removed while it was sent
    if row is not None and row.case_id is not None:
        log(tx, row.case_id, what, {"target": get_target(tx, row.target_id).name}, who=SYSTEM, now=now)


def postpone(tx: Tx, item_ids: Iterable[int], *, until: datetime) -> None:
    """Send these later, which is no failed attempt."""
    tx.execute(update(outbox).where(outbox.c.id.in_(list(item_ids))).values(next_try_at=until))


def requeue(tx: Tx, item_id: int, *, now: datetime) -> None:
    """Try a dead one again from the start."""
    again = update(outbox).where(outbox.c.id == item_id, outbox.c.state == "dead")
    tx.execute(again.values(state="waiting", attempts=0, next_try_at=now))


def list_outbox(tx: Tx, *, state: str | None = None, limit: int = 100) -> list[OutboxItem]:
    """Items, newest first."""
    wanted = _items().order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(limit)
    return [_item(row) for row in tx.execute(wanted.where(outbox.c.state == state) if state else wanted)]


def counts(tx: Tx) -> dict[str, int]:
    """How many wait, were sent, are dead."""
    counted = tx.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    found = {state: int(n) for state, n in counted}
    return {state: found.get(state, 0) for state in ("waiting", "sent", "dead")}


outbox_counts = counts


def sent_since(tx: Tx, target_id: int, since: datetime, *, until: datetime) -> int:
    """How many notices a target got from then on; none that a clock which ran ahead sent in the future."""
    sent = (outbox.c.target_id == target_id) & (outbox.c.state == "sent") & outbox.c.sent_at.between(since, until)
    return tx.scalar(select(func.count()).select_from(outbox).where(sent)) or 0


def prune_outbox(tx: Tx, before: datetime) -> int:
    """Forget what was sent before then; how many there were."""
    return tx.execute(delete(outbox).where(outbox.c.state == "sent", outbox.c.sent_at < before)).rowcount


def _items() -> Select[Any]:
    columns = [column.label(f"target_{column.name}") for column in target.c if column.name != "id"]
    return select(outbox, *columns).select_from(outbox.join(target, target.c.id == outbox.c.target_id))


def _item(row: AnyRow) -> OutboxItem:
    return OutboxItem(
        id=row.id,
        key=row.key,
        case_id=row.case_id,
        target=_target(row, "target_"),
        payload=row.payload,
        state=row.state,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_error=row.last_error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


def _target(row: AnyRow, prefix: str = "") -> Target:
    """A target's own row, or the part of a joined one whose columns carry the prefix."""
    values = {column.name: row._mapping[prefix + column.name] for column in target.c}
    return Target(**{**values, "levels": tuple(values["levels"])})

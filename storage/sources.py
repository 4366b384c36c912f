"""Sources: where to listen, how often, and how each is doing. The schedule is the column `next_check_at`."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, or_, select, update

from collectors.records import Source, SourceState, Status
from errors import Crowded, InputError
from storage.channels import begin_move
from storage.engine import AnyRow, Tx
from storage.records import FetchRecord, SourceRecord
from storage.schema import brand, fetch, source, source_brand

HEARD = (Status.OK, Status.NOT_MODIFIED)
SHARE_OVER = timedelta(days=7)
AHEAD = timedelta(minutes=5)  # by which the clocks of two machines may differ
FEW = 50  # sources whose brands and shares are asked for by themselves, not with everybody's


def add_source(
    tx: Tx,
    url: str,
    *,
    kind: str,
    channel: str,
    brands: Iterable[int] = (),
    keep_all: bool = False,
    every: timedelta = timedelta(minutes=15),
    options: Mapping[str, Any] | None = None,
    title: str | None = None,
    sample: bool = False,
    now: datetime,
) -> Source:
    """Store a new source, due at once."""
    brand_ids = _known_brands(tx, brands)
    if keep_all and not brand_ids:
        raise InputError("a source that keeps entries naming no brand needs a brand to keep them under")
    values = {
        "url": url,
        "kind": kind,
        "channel": channel,
        "title": title,
        "keep_all": keep_all,
        "every_seconds": _seconds(every),
        "options": dict(options or {}),
        "sample": sample,
    }
    health = {
        "paused": False,
        "status": Status.NEW,
        "state": state_to_json(SourceState()),
        "failures": 0,
        "last_missed": False,
        "total": 0,
        "next_check_at": now,
        "created_at": now,
    }
    source_id = tx.execute(insert(source).values(**values, **health).returning(source.c.id)).scalar_one()
    _scope(tx, source_id, brand_ids)
    return _existing(tx, source_id, now).source


def update_source(
    tx: Tx,
    source_id: int,
    *,
    now: datetime,
    url: str | None = None,
    channel: str | None = None,
    brands: Iterable[int] | None = None,
    keep_all: bool | None = None,
    every: timedelta | None = None,
    options: Mapping[str, Any] | None = None,
    title: str | None = None,
    paused: bool | None = None,
) -> SourceRecord:
    """Change what is given. A new address or resuming makes it due now; a gone source can so be tried again.

    What a large source brought follows it to another channel in parts: see `storage.deletion.settle_part`.
    """
    before = _existing(tx, source_id, now)
    if paused is False and brands is None:
        refuse_waiting(tx, source_id)
    values: dict[str, Any] = {
        key: value
        for key, value in (("url", url), ("keep_all", keep_all), ("title", title), ("paused", paused))
        if value is not None
    }
    if paused is not None:
        values["paused_for"] = None
    if every is not None:
        values["every_seconds"] = _seconds(every)
    if options is not None:
        values["options"] = dict(options)
    if (url is not None and url != before.source.url) or paused is False:
        values["next_check_at"] = now
        if url is not None or before.status is Status.GONE or _is_gone(tx, source_id):
            values |= {"status": Status.NEW, "state": state_to_json(SourceState()), "failures": 0}
    scope = _known_brands(tx, brands) if brands is not None else list(before.source.brands)
    if set(scope) != set(before.source.brands):  # the same ones leave a deleted one to come back to its source
        _scope(tx, source_id, scope)
    if channel is not None and channel != before.source.channel:
        begin_move(tx, source_id, channel)
    if values:
        tx.execute(update(source).where(source.c.id == source_id).values(**values))
    return _existing(tx, source_id, now)


def list_sources(tx: Tx, now: datetime, *, shares: bool = True) -> list[SourceRecord]:
    """All sources with their health, in the order they were added.

    `shares`: with their share of successes, which is for people: it counts every collection of a week.
    """
    return _records(tx, now, _in_sight().order_by(source.c.id), shares=shares)


def find_source(
    tx: Tx, url: str, *, kind: str, channel: str, brands: Iterable[int], now: datetime
) -> SourceRecord | None:
    """The source of that address, kind and channel for just these brands."""
    alike = _in_sight().where(source.c.url == url, source.c.kind == kind, source.c.channel == channel)
    found = _records(tx, now, alike.order_by(source.c.id), shares=False)
    return next((one for one in found if set(one.source.brands) == set(brands)), None)


def get_source(tx: Tx, source_id: int, *, now: datetime) -> SourceRecord | None:
    found = _records(tx, now, _in_sight().where(source.c.id == source_id))
    return found[0] if found else None


def due_sources(tx: Tx, now: datetime, limit: int = 1_000) -> list[SourceRecord]:
    """Sources whose time has come, longest waiting first; never one that is paused, gone or asked for rest.

    Their share of successes is left out: it is for people, and this is asked every few seconds.
    """
    due = select(source).where(_due(now)).order_by(source.c.next_check_at, source.c.id)
    return _records(tx, now, due.limit(limit), shares=False)


def next_due(tx: Tx) -> datetime | None:
    """When the next source will be due; None when none will."""
    later = case((source.c.not_before > source.c.next_check_at, source.c.not_before), else_=source.c.next_check_at)
    found: datetime | None = tx.scalar(select(func.min(later)).where(_listening()))
    return found


def fetch_history(tx: Tx, source_id: int, *, limit: int = 50) -> list[FetchRecord]:
    """The latest collections of a source, newest first."""
    found = select(fetch).where(fetch.c.source_id == source_id).order_by(fetch.c.at.desc(), fetch.c.id.desc())
    return [
        FetchRecord(row.at, Status(row.status), row.error, row.error_kind, row.new, row.changed, row.seconds)
        for row in tx.execute(found.limit(limit))
    ]


def prune_fetches(tx: Tx, before: datetime) -> int:
    """Delete the rows of collections older than `before`; how many there were. Source by source, as their index has them."""
    n = 0
    for source_id in tx.scalars(select(source.c.id)).all():
        n += tx.execute(delete(fetch).where(fetch.c.source_id == source_id, fetch.c.at < before)).rowcount
    return n


def state_to_json(state: SourceState) -> dict[str, Any]:
    heard = state.last_success_at.isoformat() if state.last_success_at else None
    return {
        "etag": state.etag,
        "last_modified": state.last_modified,
        "cursor": state.cursor,
        "failures": state.failures,
        "last_success_at": heard,
    }


def _state(stored: dict[str, Any]) -> SourceState:
    heard = stored.get("last_success_at")
    return SourceState(**{**stored, "last_success_at": datetime.fromisoformat(heard) if heard else None})


def _in_sight() -> Select[Any]:
    return select(source).where(source.c.deleted_at.is_(None))


def _listening() -> ColumnElement[bool]:
    """What is asked at all. A source without a web address, as an imported file, is brought to us and never due."""
    there = source.c.deleted_at.is_(None) & source.c.paused.is_(False)
    return there & (source.c.status != Status.GONE) & source.c.url.ilike("http%")


def _due(now: datetime) -> ColumnElement[bool]:
    """Also what was last asked in the future: that clock was ahead, and so is the schedule it wrote, perhaps by years."""
    rested = or_(source.c.not_before.is_(None), source.c.not_before <= now)
    return _listening() & or_((source.c.next_check_at <= now) & rested, source.c.last_tried_at > now + AHEAD)


def _seconds(every: timedelta) -> int:
    if not timedelta(0) < every <= timedelta(days=366):
        raise InputError("a source is asked at least once a year, and not without a pause")
    return max(1, round(every.total_seconds()))


def _known_brands(tx: Tx, brands: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(brands))
    known = set(tx.scalars(select(brand.c.id).where(brand.c.id.in_(wanted), brand.c.deleted_at.is_(None))))
    missing = [brand_id for brand_id in wanted if brand_id not in known]
    if missing:
        raise InputError(f"there is no brand {missing[0]}")
    return wanted


def refuse_waiting(tx: Tx, source_id: int) -> None:
    """Raise InputError when all brands that a source listens for are deleted: asked now, it would listen for every one."""
    of = source_brand.join(brand, brand.c.id == source_brand.c.brand_id)
    gone = tx.scalars(select(brand.c.deleted_at).select_from(of).where(source_brand.c.source_id == source_id)).all()
    if gone and None not in gone:
        raise InputError(f"source {source_id} waits for a deleted brand: bring that back, or give the source another")


def _scope(tx: Tx, source_id: int, brand_ids: list[int]) -> None:
    tx.execute(delete(source_brand).where(source_brand.c.source_id == source_id))
    if brand_ids:
        rows = [{"source_id": source_id, "brand_id": brand_id} for brand_id in brand_ids]
        tx.execute(insert(source_brand), rows)


def _is_gone(tx: Tx, source_id: int) -> bool:
    return tx.scalar(select(source.c.status).where(source.c.id == source_id)) == Status.GONE


def _existing(tx: Tx, source_id: int, now: datetime) -> SourceRecord:
    found = get_source(tx, source_id, now=now)
    if found is None:
        raise InputError(f"there is no source {source_id}")
    return found


def _records(tx: Tx, now: datetime, statement: Any, *, shares: bool = True) -> list[SourceRecord]:
    rows = tx.execute(statement).all()
    if not rows:
        return []
    few = [row.id for row in rows] if len(rows) <= FEW else None
    scopes = _scopes(tx, few)
    shared = _shares(tx, now, few) if shares else {}
    return [_record(row, scopes.get(row.id, []), shared.get(row.id)) for row in rows]


def _scopes(tx: Tx, only: list[int] | None) -> dict[int, list[tuple[int, str]]]:
    joined = source_brand.join(brand, brand.c.id == source_brand.c.brand_id)
    found = select(source_brand.c.source_id, brand.c.id, brand.c.name).select_from(joined)
    found = found.where(brand.c.deleted_at.is_(None))
    if only is not None:
        found = found.where(source_brand.c.source_id.in_(only))
    scopes: dict[int, list[tuple[int, str]]] = {}
    for source_id, brand_id, name in tx.execute(found.order_by(brand.c.id)):
        scopes.setdefault(source_id, []).append((brand_id, name))
    return scopes


def _shares(tx: Tx, now: datetime, only: list[int] | None) -> dict[int, float]:
    """Of the tries that were tries: when we were too busy to read an answer, that says nothing of its source."""
    tried = fetch.c.error_kind.is_distinct_from(Crowded.__name__)
    heard = func.sum(case((fetch.c.status.in_(HEARD), 1), else_=0))
    counted = select(fetch.c.source_id, heard, func.count()).where(fetch.c.at >= now - SHARE_OVER, tried)
    if only is not None:
        counted = counted.where(fetch.c.source_id.in_(only))
    return {source_id: int(good) / n for source_id, good, n in tx.execute(counted.group_by(fetch.c.source_id))}


def _record(row: AnyRow, scope: list[tuple[int, str]], share: float | None) -> SourceRecord:
    return SourceRecord(
        source=_source(row, tuple(brand_id for brand_id, _ in scope)),
        state=_state(row.state),
        status=Status.PAUSED if row.paused else Status(row.status),
        next_check_at=row.next_check_at,
        created_at=row.created_at,
        sample=row.sample,
        not_before=row.not_before,
        last_tried_at=row.last_tried_at,
        last_success_at=row.last_success_at,
        last_new_at=row.last_new_at,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        last_advice=row.last_advice,
        new=row.last_new,
        changed=row.last_changed,
        capped=row.last_capped,
        missed=row.last_missed,
        total=row.total,
        success_share_7d=share,
        usual_interval_s=row.usual_interval_s,
        brand_names=tuple(name for _, name in scope),
    )


def _source(row: AnyRow, brands: tuple[int, ...]) -> Source:
    return Source(
        id=row.id,
        url=row.url,
        kind=row.kind,
        channel=row.channel,
        brands=brands,
        keep_all=row.keep_all,
        every=timedelta(seconds=row.every_seconds),
        options=row.options,
        title=row.title,
    )

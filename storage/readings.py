"""Readings: what still has to be read, and what reading gave. Counts, themes, search and copies move with them.

A mention is read by one model at a time; what other models said stays in `reading_version`. With another model
everything is unread by it: newest mentions come first, and the old reading counts until the new one is there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, or_, select, text, update

from storage.attach import themes_of
from storage.engine import AnyRow, Store, Tx
from storage.facts import index_facts
from storage.near import Alike, group_near
from storage.records import ReadResult, Unread
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import mention, mention_key, mention_theme, reading, reading_version
from storage.sql import chunks, upsert
from storage.texts import clean

PART = 1_000  # mentions changed in one transaction
FAILED = reading.c.sentiment == "failed"
WAITING: Any = text("reading.state = 'unread'")  # in words: a partial index serves no bound value


def unread(tx: Tx, *, model: str, limit: int) -> list[Unread]:
    """At most `limit` mentions that this model has not read, newest first."""
    ids: dict[int, None] = {}
    for waiting in (WAITING, *_other_models(tx, model)):
        left = limit - len(ids)
        if left > 0:
            found = _newest(waiting).limit(left * 2)
            ids.update(dict.fromkeys(list(dict.fromkeys(tx.scalars(found)))[:left]))
    return _waiting(tx, list(ids), model)


def backlog(tx: Tx, model: str) -> int:
    """How many readings this model has still to make."""
    count: Select[Any] = select(func.count()).select_from(reading)
    return sum(int(tx.scalar(count.where(waiting)) or 0) for waiting in (WAITING, *_other_models(tx, model)))


def _newest(waiting: Any) -> Select[Any]:
    order = (reading.c.published_at.desc(), reading.c.mention_id.desc())
    return select(reading.c.mention_id).where(waiting).order_by(*order)


def _other_models(tx: Tx, model: str) -> list[ColumnElement[bool]]:
    """A condition for each model that has readings and is not this one."""
    return [reading.c.model == other for other in models(tx) if other != model]


def models(tx: Tx) -> list[str]:
    """The models that have readings, found by one index seek each."""
    found: list[str] = []
    while True:
        following = tx.scalar(select(func.min(reading.c.model)).where(reading.c.model > (found[-1] if found else "")))
        if following is None:
            return found
        found.append(following)


def _waiting(tx: Tx, mention_ids: Sequence[int], model: str) -> list[Unread]:
    brands: dict[int, list[int]] = {}
    rows: dict[int, Any] = {}
    read_before: set[int] = set()
    not_read = or_(reading.c.model.is_(None), reading.c.model != model)
    for part in chunks(mention_ids):
        mine = select(reading.c.mention_id, reading.c.brand_id).where(reading.c.mention_id.in_(part), not_read)
        for mention_id, brand_id in tx.execute(mine.order_by(reading.c.brand_id)):
            brands.setdefault(mention_id, []).append(brand_id)
        before = select(reading.c.mention_id).where(reading.c.mention_id.in_(part), reading.c.model.is_not(None))
        read_before.update(tx.scalars(before))
        columns = (mention.c.id, mention.c.title, mention.c.text, mention.c.published_at, mention.c.content_hash)
        texts = select(*columns, mention.c.lang).where(mention.c.id.in_(part))
        rows.update((row.id, row) for row in tx.execute(texts))
    return [
        Unread(
            one,
            row.title,
            row.text,
            row.published_at,
            tuple(brands[one]),
            row.content_hash,
            has_facts=row.lang is not None and one not in read_before,
        )
        for one in mention_ids
        if one in brands
        for row in (rows[one],)
    ]


def store_readings(tx: Tx, results: Sequence[ReadResult], *, now: datetime, alike: Alike | None = None) -> int:
    """Store what reading gave; how many readings that were.

    A mention deleted or set aside meanwhile is skipped, and so is one whose text changed since (when the result says which text
    it read): it stays unread. `alike` confirms that two texts are near copies (analyzers.text.copies.alike).
    """
    stored = 0
    for part in chunks(results, 1_000):
        stored += _store(tx, {result.mention_id: result for result in part}, now, alike)
    return stored


def _store(tx: Tx, results: dict[int, ReadResult], now: datetime, alike: Alike | None) -> int:
    in_sight = mention.c.id.in_(list(results)) & mention.c.copy_group.is_not(None)
    hashes = select(mention.c.id, mention.c.content_hash).where(in_sight)
    current = dict(tuple(row) for row in tx.execute(hashes))
    good = {
        mention_id: result
        for mention_id, result in results.items()
        if mention_id in current and result.content_hash in (None, current[mention_id])
    }
    before = _themes(tx, good)
    _store_facts(tx, good)
    after = _themes(tx, good)
    rows = tx.execute(select(reading).where(reading.c.mention_id.in_(list(good)))).all()
    deltas = Deltas()
    changed = [_changed(row, good[row.mention_id]) for row in rows]
    for row, new in zip(rows, changed, strict=True):
        cell = Cell(row.brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, row.sentiment)
        deltas.add(cell, before.get(row.mention_id, ()), -1)
        deltas.add(cell._replace(lang=new["lang"], sentiment=new["sentiment"]), after.get(row.mention_id, ()))
    _update(tx, changed)
    _keep_versions(tx, good, {(row.mention_id, row.brand_id) for row in rows}, now)
    group_near(tx, {one: result.facts.signature for one, result in good.items() if result.facts}, alike)
    deltas.write(tx)
    return sum(1 for row in rows if row.brand_id in good[row.mention_id].readings)


def _changed(row: AnyRow, result: ReadResult) -> dict[str, Any]:
    """The new columns of one reading."""
    new: dict[str, Any] = {column.name: getattr(row, column.name) for column in _WRITTEN}
    new |= {"of": row.mention_id, "for": row.brand_id}
    if result.facts is not None:
        new["lang"] = result.facts.lang
    made = result.readings.get(row.brand_id)
    if made is not None:
        new |= {
            "state": "read",
            "failed_reason": None,
            "model": made.model,
            "label": made.label,
            "p_negative": made.p_negative,
            "p_neutral": made.p_neutral,
            "p_positive": made.p_positive,
            "confidence": made.confidence,
            "read_as": made.sentiment,
        }
        new["sentiment"] = row.corrected_to or made.sentiment
    elif result.failed is not None:
        new |= {"state": "failed", "failed_reason": clean(result.failed), "model": result.model}
        new["sentiment"] = row.corrected_to or "failed"
    return new


_WRITTEN = (
    reading.c.state,
    reading.c.failed_reason,
    reading.c.model,
    reading.c.label,
    reading.c.p_negative,
    reading.c.p_neutral,
    reading.c.p_positive,
    reading.c.confidence,
    reading.c.read_as,
    reading.c.sentiment,
    reading.c.lang,
)


def _update(tx: Tx, changed: Sequence[dict[str, Any]]) -> None:
    if changed:
        this = (reading.c.mention_id == bindparam("of")) & (reading.c.brand_id == bindparam("for"))
        columns: dict[str, Any] = {column.name: bindparam(f"new_{column.name}") for column in _WRITTEN}
        rows = [{k if k in ("of", "for") else f"new_{k}": v for k, v in row.items()} for row in changed]
        tx.execute(update(reading).where(this).values(**columns), rows)


def _store_facts(tx: Tx, results: dict[int, ReadResult]) -> None:
    """What holds whatever the brand: language, keywords, themes, search words, copy keys."""
    facts = {mention_id: result.facts for mention_id, result in results.items() if result.facts is not None}
    if not facts:
        return
    read = update(mention).where(mention.c.id == bindparam("of"))
    rows = [{"of": one, "new_lang": fact.lang, "new_keywords": list(fact.keywords)} for one, fact in facts.items()]
    tx.execute(read.values(lang=bindparam("new_lang"), keywords=bindparam("new_keywords")), rows)
    for table in (mention_theme, mention_key):
        tx.execute(delete(table).where(table.c.mention_id.in_(list(facts))))
    index_facts(tx, facts)


def _themes(tx: Tx, mention_ids: Iterable[int]) -> dict[int, list[str]]:
    themes: dict[int, list[str]] = {}
    found = select(mention_theme.c.mention_id, mention_theme.c.theme)
    for mention_id, theme in tx.execute(found.where(mention_theme.c.mention_id.in_(list(mention_ids)))):
        themes.setdefault(mention_id, []).append(theme)
    return themes


def _keep_versions(tx: Tx, results: dict[int, ReadResult], there: set[tuple[int, int]], now: datetime) -> None:
    rows = [
        {
            "mention_id": mention_id,
            "brand_id": brand_id,
            "model": made.model,
            "label": made.label,
            "p_negative": made.p_negative,
            "p_neutral": made.p_neutral,
            "p_positive": made.p_positive,
            "confidence": made.confidence,
            "read_at": now,
        }
        for mention_id, result in results.items()
        for brand_id, made in result.readings.items()
        if (mention_id, brand_id) in there
    ]
    values = ("label", "p_negative", "p_neutral", "p_positive", "confidence", "read_at")
    upsert(tx, reading_version, rows, replace=values)


def failed(tx: Tx) -> dict[str, int]:
    """Why readings failed, and how many for each reason, the most common first. What a person corrected is read."""
    many = func.count()
    counted = select(reading.c.failed_reason, many).where(FAILED).group_by(reading.c.failed_reason)
    return {reason or "": int(n) for reason, n in tx.execute(counted.order_by(many.desc(), reading.c.failed_reason))}


def requeue(tx: Tx, after: int = 0, *, limit: int = PART) -> tuple[int, int] | None:
    """Let the next part of what could not be read be read again, by whatever model reads next.

    How many readings that were, and the mention it came to; None when none is left after that one.
    """
    next_ids = select(reading.c.mention_id).where(FAILED, reading.c.mention_id > after)
    ids = list(tx.scalars(next_ids.order_by(reading.c.mention_id).limit(limit)))
    if not ids:
        return None
    mine = reading.c.mention_id.in_(ids) & FAILED
    themes = themes_of(tx, ids)
    deltas, n = Deltas(), 0
    for row in tx.execute(select(reading).where(mine)):
        before = Cell(row.brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, "failed")
        deltas.add(before, themes.get(row.mention_id, ()), -1)
        deltas.add(before._replace(sentiment="unread"), themes.get(row.mention_id, ()))
        n += 1
    again = {"state": "unread", "sentiment": "unread", "failed_reason": None, "model": None}
    tx.execute(update(reading).where(mine).values(**again))
    deltas.write(tx)
    return n, ids[-1]


def requeue_all(store: Store) -> int:
    """Let all that could not be read be read again, in short transactions; how many readings that were."""
    done = [(0, 0)]
    for part in store.in_parts(lambda tx: requeue(tx, done[-1][1])):
        done.append(part)
    return sum(n for n, _ in done)

"""Putting brands on mentions that are stored already, and finding what a changed brand now names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select

from storage import set_aside
from storage.engine import Tx
from storage.forget import remove_readings
from storage.records import Rematch
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import mention, mention_theme, reading, source, source_brand
from storage.sql import CHUNK, chunks

LISTED = ("published_at", "source_id", "channel", "lang", "flagged", "copy_group")
Named = tuple[int, int, str]  # mention id, brand id, the alias that matched


def attach(tx: Tx, named: Sequence[Named]) -> int:
    """Store an unread reading for each mention and brand that has none yet; how many there were."""
    added = 0
    for part in chunks(named):
        ids = [mention_id for mention_id, _, _ in part]
        pairs = select(reading.c.mention_id, reading.c.brand_id).where(reading.c.mention_id.in_(ids))
        there = {(mention_id, brand_id) for mention_id, brand_id in tx.execute(pairs)}
        fresh = {(one[0], one[1]): one for one in part if one[:2] not in there}
        if fresh:
            _insert(tx, list(fresh.values()))
            added += len(fresh)
    return added


def _insert(tx: Tx, named: Sequence[Named]) -> None:
    ids = [mention_id for mention_id, _, _ in named]
    columns = (
        mention.c.id,
        mention.c.published_at,
        mention.c.source_id,
        source.c.channel,
        func.coalesce(mention.c.lang, "").label("lang"),
        mention.c.flagged,
        mention.c.copy_group,
    )
    joined = mention.join(source, source.c.id == mention.c.source_id)
    found = {row.id: row for row in tx.execute(select(*columns).select_from(joined).where(mention.c.id.in_(ids)))}
    themes = themes_of(tx, ids)
    deltas = Deltas()
    rows = []
    for mention_id, brand_id, alias in named:
        row = found[mention_id]
        rows.append(unread_row(mention_id, brand_id, alias, **{name: getattr(row, name) for name in LISTED}))
        cell = Cell(brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, "unread")
        deltas.add(cell, themes.get(mention_id, ()))
    tx.execute(insert(reading), rows)
    deltas.write(tx)


def unread_row(mention_id: int, brand_id: int, alias: str, **listed: object) -> dict[str, object]:
    """A reading still to be made. `listed`: what lists sort and filter by, as the mention has it."""
    return {
        "mention_id": mention_id,
        "brand_id": brand_id,
        "matched": alias,
        "state": "unread",
        "sentiment": "unread",
        **listed,
    }


def themes_of(tx: Tx, mention_ids: Sequence[int]) -> dict[int, list[str]]:
    """Mention id -> its themes, for those that have any."""
    themes: dict[int, list[str]] = {}
    for part in chunks(mention_ids):
        found = select(mention_theme.c.mention_id, mention_theme.c.theme).where(mention_theme.c.mention_id.in_(part))
        for mention_id, theme in tx.execute(found.order_by(mention_theme.c.theme)):
            themes.setdefault(mention_id, []).append(theme)
    return themes


def rematch(tx: Tx, brand_id: int, match: Callable[[str], Mapping[int, str]], *, now: datetime) -> Rematch:
    """Match a changed brand against what is stored: which mentions it now names, and which no more.

    `match` gives brand id -> alias for a text. Mentions kept without an alias (keep-all sources) stay. What goes is set
    aside and comes back, with what people said of it, when a later query names it. Entries that named no brand were
    never stored, so a wider brand finds in the past only what other brands brought.
    """
    named: list[Named] = []
    back: list[int] = []
    went: list[int] = []
    for one in candidates(tx, brand_id):
        alias = match(one.body).get(brand_id) if one.in_scope else None
        if alias is not None and one.had is None:
            named.append((one.mention_id, brand_id, alias))
            back += [one.mention_id] if one.aside else []
        elif alias is None and one.had:
            went.append(one.mention_id)
    came = tuple(mention_id for mention_id, _, _ in named)
    set_aside.bring_back(tx, back)
    attach(tx, named)
    set_aside.say_again(tx, brand_id, came, themes_of(tx, came))
    set_aside.keep(tx, brand_id, went, now=now)
    for part in chunks(went):
        remove_readings(tx, part, brand_id)
    return Rematch(came, tuple(went))


class Candidate(NamedTuple):
    """A stored mention that a changed brand may name."""

    mention_id: int
    body: str
    had: str | None  # the alias it has for this brand; '': kept without one
    in_scope: bool  # its source is for this brand
    aside: bool = False  # sent away by an earlier change


def candidates(tx: Tx, brand_id: int, *, limit: int | None = None) -> Iterator[Candidate]:
    """What is stored, newest first, then what an earlier change of the brand sent away; of each at most `limit`."""
    scoped: dict[int, set[int]] = {}
    for source_id, wanted in tx.execute(select(source_brand.c.source_id, source_brand.c.brand_id)):
        scoped.setdefault(source_id, set()).add(wanted)
    yield from _stored(tx, brand_id, scoped, limit)
    for one in set_aside.gone(tx, brand_id, limit=limit):
        in_scope = brand_id in scoped.get(one.source_id, {brand_id})
        yield Candidate(one.mention_id, body_of(one.title, one.text), None, in_scope, aside=True)


def _stored(tx: Tx, brand_id: int, scoped: Mapping[int, set[int]], limit: int | None) -> Iterator[Candidate]:
    mine = (reading.c.mention_id == mention.c.id) & (reading.c.brand_id == brand_id)
    columns = select(mention.c.id, mention.c.source_id, mention.c.title, mention.c.text, reading.c.matched)
    every = columns.select_from(mention.outerjoin(reading, mine)).order_by(mention.c.id.desc())
    left, before = limit, None
    while left is None or left > 0:
        size = CHUNK if left is None else min(CHUNK, left)
        rows = tx.execute((every if before is None else every.where(mention.c.id < before)).limit(size)).all()
        for row in rows:
            in_scope = brand_id in scoped.get(row.source_id, {brand_id})
            yield Candidate(row.id, body_of(row.title, row.text), row.matched, in_scope)
        if len(rows) < size:
            return
        before = rows[-1].id
        left = None if left is None else left - size


def body_of(title: str, text: str) -> str:
    """Title and text as one text, as `collectors.records.Mention.body` has it."""
    if not title or text.startswith(title):
        return text or title
    return f"{title}\n{text}" if text else title

"""Putting brands on mentions that are stored already, and what of these a changed brand may name."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Table, func, insert, select

from storage import set_aside
from storage.engine import AnyRow, Tx
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import aside, mention, mention_theme, reading, source, source_brand
from storage.sql import CHUNK, chunks

LISTED = ("published_at", "source_id", "channel", "lang", "flagged", "copy_group")
Named = tuple[int, int, str]  # mention id, brand id, the alias that matched
Scopes = Mapping[int, Collection[int]]


def attach(tx: Tx, named: Sequence[Named]) -> int:
    """Give each mention and brand without a reading the one that was set aside, else one still to be made; how many."""
    added = 0
    for part in chunks(named):
        ids = [mention_id for mention_id, _, _ in part]
        there = _pairs(tx, reading, ids)
        wanted = {(one[0], one[1]): one for one in part if one[:2] not in there}
        back = _pairs(tx, aside, ids) & wanted.keys() if wanted else set()
        for brand_id in {brand_id for _, brand_id in back}:
            aliases = {mention_id: wanted[mention_id, of][2] for mention_id, of in back if of == brand_id}
            set_aside.bring_back(tx, sorted(aliases), brand_id=brand_id, aliases=aliases)
        fresh = [one for key, one in wanted.items() if key not in back]
        if fresh:
            _insert(tx, fresh)
        added += len(wanted)
    return added


def _pairs(tx: Tx, table: Table, mention_ids: Sequence[int]) -> set[tuple[int, int]]:
    pairs = select(table.c.mention_id, table.c.brand_id).where(table.c.mention_id.in_(mention_ids))
    return {(mention_id, brand_id) for mention_id, brand_id in tx.execute(pairs)}


def _insert(tx: Tx, named: Sequence[Named]) -> None:
    ids = [mention_id for mention_id, _, _ in named]
    set_aside.show_again(tx, ids)
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


class Candidate(NamedTuple):
    """A stored mention that a changed brand may name."""

    mention_id: int
    body: str
    had: str | None  # the alias it has for this brand; '': kept without one
    in_scope: bool  # its source is for this brand


def candidates(tx: Tx, brand_id: int, *, limit: int) -> Iterator[Candidate]:
    """What is in sight, newest first, then what the brand's words sent away, oldest first; of each at most `limit`."""
    scoped = scopes(tx)
    for some in (stored_for, aside_for):
        left, past = limit, None
        while left > 0 and (found := some(tx, brand_id, scoped, past=past, limit=min(CHUNK, left))):
            yield from found
            left, past = left - len(found), found[-1].mention_id


def scopes(tx: Tx) -> dict[int, set[int]]:
    """Source -> the brands it is for; a source for all of them is not in it."""
    scoped: dict[int, set[int]] = {}
    for source_id, wanted in tx.execute(select(source_brand.c.source_id, source_brand.c.brand_id)):
        scoped.setdefault(source_id, set()).add(wanted)
    return scoped


def stored_for(tx: Tx, brand_id: int, scoped: Scopes, *, past: int | None, limit: int) -> list[Candidate]:
    """The mentions in sight after one, newest first, with the alias they have for the brand."""
    mine = (reading.c.mention_id == mention.c.id) & (reading.c.brand_id == brand_id)
    columns = select(mention.c.id, mention.c.source_id, mention.c.title, mention.c.text, reading.c.matched)
    found = columns.select_from(mention.outerjoin(reading, mine)).where(mention.c.copy_group.is_not(None))
    found = found if past is None else found.where(mention.c.id < past)
    rows = tx.execute(found.order_by(mention.c.id.desc()).limit(limit))
    return [_candidate(row, brand_id, scoped, row.matched) for row in rows]


def aside_for(tx: Tx, brand_id: int, scoped: Scopes, *, past: int | None, limit: int) -> list[Candidate]:
    """The mentions after one that the brand's words sent away; none of a deleted source.

    Oldest first: what names a copy group comes back before its copies, and few groups change their name.
    """
    mine = (aside.c.brand_id == brand_id) & (aside.c.why == set_aside.WORDS)
    joined = aside.join(mention, mention.c.id == aside.c.mention_id).join(source, source.c.id == mention.c.source_id)
    columns = select(mention.c.id, mention.c.source_id, mention.c.title, mention.c.text).select_from(joined)
    found = columns.where(mine, source.c.deleted_at.is_(None))
    found = found if past is None else found.where(aside.c.mention_id > past)
    rows = tx.execute(found.order_by(aside.c.mention_id).limit(limit))
    return [_candidate(row, brand_id, scoped, None) for row in rows]


def _candidate(row: AnyRow, brand_id: int, scoped: Scopes, had: str | None) -> Candidate:
    in_scope = brand_id in scoped.get(row.source_id, {brand_id})
    return Candidate(row.id, body_of(row.title, row.text), had, in_scope)


def body_of(title: str, text: str) -> str:
    """Title and text as one text, as `collectors.records.Mention.body` has it."""
    if not title or text.startswith(title):
        return text or title
    return f"{title}\n{text}" if text else title

"""Readings out of sight: of a brand whose words name the mention no more, of a brand or a source that was deleted.

A reading that is aside is in no list and no count, and comes back as it was: with what people said of it, in the cases
it was in. Its mention stays where it is stored, with its notes, flags, themes and words; when none of its readings is in
sight, it belongs to no copy group, and is known nevertheless when it is collected again. What is aside for `KEPT` is
forgotten by `storage.forget`. Blind spot: a near copy that is collected while all of its group is aside begins a group of
its own, and stays in it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, select, tuple_, update

from storage.engine import Tx
from storage.regroup import Member, group_equal, join_groups, replace_origins
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import aside, mention, mention_theme, reading, source
from storage.schema_cases import case, case_mention
from storage.sql import insert as insert_or

KEPT = timedelta(days=30)
WORDS, BRAND, SOURCE = "words", "brand", "source"  # why: its brand names it no more; its brand, its source was deleted
NAMES = tuple(column.name for column in reading.columns)


def put_aside(tx: Tx, mention_ids: Sequence[int], *, brand_id: int | None = None, why: str, now: datetime) -> None:
    """Take the readings of these mentions out of sight: those for one brand, or all. At most `sql.CHUNK` at once."""
    these = _of(reading, mention_ids, brand_id)
    count(tx, these, -1)
    more = (literal(now, aside.c.at.type), literal(why), literal([], aside.c.cases.type))
    moved = select(*reading.columns, *more).where(these)
    tx.execute(insert(aside).from_select([*NAMES, "at", "why", "cases"], moved))
    tx.execute(delete(reading).where(these))
    hidden = without_reading(tx, mention_ids)
    _leave_cases(tx, mention_ids, brand_id, hidden)
    hide(tx, hidden)


def bring_back(
    tx: Tx,
    mention_ids: Sequence[int],
    *,
    brand_id: int | None = None,
    why: str | None = None,
    aliases: Mapping[int, str] | None = None,
) -> None:
    """Put readings back in sight as they were: those for one brand, or that went for one reason.

    `aliases`: what names the brand in each mention by now.
    """
    these = _of(aside, mention_ids, brand_id) & (literal(True) if why is None else aside.c.why == why)
    rows = tx.execute(select(aside.c.mention_id, aside.c.brand_id, aside.c.matched, aside.c.cases).where(these)).all()
    ids = sorted({row.mention_id for row in rows})
    show_again(tx, ids)
    listed = {
        "channel": source.c.channel,
        "lang": func.coalesce(mention.c.lang, ""),
        "flagged": mention.c.flagged,
        "copy_group": mention.c.copy_group,
    }
    joined = aside.join(mention, mention.c.id == aside.c.mention_id).join(source, source.c.id == mention.c.source_id)
    moved = select(*(listed.get(name, aside.c[name]) for name in NAMES)).select_from(joined).where(these)
    tx.execute(insert(reading).from_select(list(NAMES), moved))
    tx.execute(delete(aside).where(these))
    others = {
        row.mention_id: aliases[row.mention_id] for row in rows if aliases and aliases[row.mention_id] != row.matched
    }
    _name_again(tx, brand_id, others)
    count(tx, tuple_(reading.c.mention_id, reading.c.brand_id).in_([(row.mention_id, row.brand_id) for row in rows]), 1)
    _join_cases(tx, {(number, row.mention_id) for row in rows for number in row.cases})


def show_again(tx: Tx, mention_ids: Sequence[int]) -> None:
    """Before mentions get a reading again: those that had none in sight are in a copy group again, and counted."""
    columns = (mention.c.id, mention.c.published_at, mention.c.copy_key, mention.c.source_id)
    lost = mention.c.id.in_(mention_ids) & mention.c.copy_group.is_(None)
    rows = tx.execute(select(*columns).where(lost)).all()
    if not rows:
        return
    groups = group_equal(tx, [Member(row.published_at, row.id, row.copy_key) for row in rows])
    tx.execute(
        update(mention).where(mention.c.id == bindparam("of")).values(copy_group=bindparam("group")),
        [{"of": one, "group": group} for one, group in groups.items()],
    )
    _total(tx, Counter(row.source_id for row in rows), 1)
    _join_former_groups(tx, groups)


def _join_former_groups(tx: Tx, groups: Mapping[int, int]) -> None:
    """What was in one copy group is so again, with those of it that never left, and with those that come back later."""
    sets: dict[int, set[int]] = {}
    pairs = select(aside.c.copy_group, aside.c.mention_id).where(aside.c.mention_id.in_(list(groups)))
    for group, mention_id in tx.execute(pairs):
        sets.setdefault(group, {group}).add(groups[mention_id])
    join_groups(tx, sets.values())


def without_reading(tx: Tx, mention_ids: Sequence[int]) -> list[int]:
    """Those of the mentions that have no reading in sight."""
    seen = set(tx.scalars(select(reading.c.mention_id).where(reading.c.mention_id.in_(mention_ids))))
    return sorted(set(mention_ids) - seen)


def count(tx: Tx, these: ColumnElement[bool], n: int) -> None:
    """Add the readings to the counts `n` times."""
    themes: dict[int, list[str]] = {}
    joined = reading.join(mention_theme, mention_theme.c.mention_id == reading.c.mention_id)
    found = select(mention_theme.c.mention_id, mention_theme.c.theme).select_from(joined).where(these).distinct()
    for mention_id, theme in tx.execute(found):
        themes.setdefault(mention_id, []).append(theme)
    deltas = Deltas()
    columns = (reading.c.mention_id, reading.c.brand_id, reading.c.published_at, reading.c.channel)
    for row in tx.execute(select(*columns, reading.c.source_id, reading.c.lang, reading.c.sentiment).where(these)):
        cell = Cell(row.brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, row.sentiment)
        deltas.add(cell, themes.get(row.mention_id, ()), n)
    deltas.write(tx)


def hide(tx: Tx, mention_ids: Sequence[int]) -> None:
    """Mentions without a reading in sight are in no copy group, and their source does not count them."""
    replace_origins(tx, mention_ids)
    these = mention.c.id.in_(mention_ids)
    counted = tx.execute(select(mention.c.source_id, func.count()).where(these).group_by(mention.c.source_id))
    _total(tx, dict(tuple(row) for row in counted), -1)
    tx.execute(update(mention).where(these).values(copy_group=None))


def _total(tx: Tx, counted: Mapping[int, int], sign: int) -> None:
    rows = [{"of": source_id, "n": n * sign} for source_id, n in counted.items()]
    if rows:
        more = update(source).where(source.c.id == bindparam("of"))
        tx.execute(more.values(total=source.c.total + bindparam("n")), rows)


def _leave_cases(tx: Tx, mention_ids: Sequence[int], brand_id: int | None, hidden: Collection[int]) -> None:
    """A case lists no mention that its brand lost, and none that nobody sees; where it was is kept with the reading."""
    joined = case_mention.join(case, case.c.id == case_mention.c.case_id)
    found = select(case_mention.c.mention_id, case.c.id, case.c.brand_id).select_from(joined)
    places: dict[int, list[int]] = {}
    for mention_id, case_id, of in tx.execute(found.where(case_mention.c.mention_id.in_(mention_ids))):
        if mention_id in hidden or of == brand_id:
            places.setdefault(mention_id, []).append(case_id)
    if not places:
        return
    mine = aside.c.mention_id == bindparam("of")
    mine = mine if brand_id is None else mine & (aside.c.brand_id == brand_id)
    rows = [{"of": mention_id, "in": ids} for mention_id, ids in places.items()]
    tx.execute(update(aside).where(mine).values(cases=bindparam("in", type_=aside.c.cases.type)), rows)
    left = (case_mention.c.mention_id == bindparam("of")) & (case_mention.c.case_id == bindparam("in"))
    tx.execute(
        delete(case_mention).where(left), [{"of": one, "in": each} for one, ids in places.items() for each in ids]
    )


def _join_cases(tx: Tx, places: Collection[tuple[int, int]]) -> None:
    if not places:
        return
    there = set(tx.scalars(select(case.c.id).where(case.c.id.in_({case_id for case_id, _ in places}))))
    rows = [{"case_id": case_id, "mention_id": one} for case_id, one in sorted(places) if case_id in there]
    if rows:
        tx.execute(insert_or(tx, case_mention).on_conflict_do_nothing(), rows)


def _name_again(tx: Tx, brand_id: int | None, aliases: Mapping[int, str]) -> None:
    rows = [{"of": mention_id, "to": alias} for mention_id, alias in aliases.items()]
    if rows:
        this = (reading.c.mention_id == bindparam("of")) & (reading.c.brand_id == brand_id)
        tx.execute(update(reading).where(this).values(matched=bindparam("to")), rows)


def _of(table: Any, mention_ids: Iterable[int], brand_id: int | None) -> ColumnElement[bool]:
    these: ColumnElement[bool] = table.c.mention_id.in_(mention_ids)
    return these if brand_id is None else these & (table.c.brand_id == brand_id)

"""Mentions that a changed brand sent away: kept for a while, so that they come back when the brand names them again.

Kept is what nobody could collect again: the mention as it was stored, what it said before, what people did to it and said
of it, its places in cases. It comes back unread, as a new one does, so that model, themes and copies of then hold.
Blind spot: what is set aside is looked for by the brands that sent it away alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, insert, select, update

from storage.engine import AnyRow, Tx
from storage.regroup import Member, group_equal
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import UtcDateTime, mention, mention_log, mention_version, reading, set_aside, source
from storage.schema_cases import case, case_mention
from storage.sql import chunks, upsert

Plain = dict[str, Any]
HISTORY = (mention_version, mention_log)
SAID = ("corrected_to", "corrected_by", "corrected_at")


class Kept(NamedTuple):
    """A mention that is in the store no more, as the brand's matching needs it."""

    mention_id: int
    source_id: int
    title: str
    text: str


def keep(tx: Tx, brand_id: int, mention_ids: Sequence[int], *, now: datetime) -> None:
    """Before a brand is taken off mentions: write down all that goes with it."""
    for part in chunks(mention_ids):
        history = {table.name: _by_mention(tx, table, part) for table in (*HISTORY, case_mention)}
        said = select(reading).where(reading.c.brand_id == brand_id, reading.c.mention_id.in_(part))
        words = {row.mention_id: {name: getattr(row, name) for name in SAID} for row in tx.execute(said)}
        rows = [
            {
                "brand_id": brand_id,
                "mention_id": row.id,
                "source_id": row.source_id,
                "at": now,
                "kept": {
                    "mention": _plain(row._mapping),
                    "said": _plain(words.get(row.id, {})),
                    **{name: found.get(row.id, []) for name, found in history.items()},
                },
            }
            for row in tx.execute(select(mention).where(mention.c.id.in_(part)))
        ]
        upsert(tx, set_aside, rows, replace=("source_id", "at", "kept"))


def gone(tx: Tx, brand_id: int, *, limit: int | None = None) -> Iterator[Kept]:
    """What was set aside of a brand and is in the store no more, newest first; not what was collected again since.

    At most the newest `limit` of what is aside are looked at.
    """
    stored = select(mention.c.id).where(mention.c.id == set_aside.c.mention_id).exists()
    every = select(set_aside.c.mention_id).where(set_aside.c.brand_id == brand_id, ~stored)
    ids = tx.scalars(every.order_by(set_aside.c.mention_id.desc()).limit(limit)).all()
    seen: set[tuple[int, str]] = set()  # collected, sent away, collected and sent away again: the newest of them
    for part in chunks(ids):
        found = [one for one, _ in map(_kept, tx.execute(_mine(brand_id, part)))]
        seen |= _collected_again(tx, found)
        for one in sorted(found, key=lambda one: -one["id"]):
            name = (one["source_id"], one["external_id"])
            if name not in seen:
                seen.add(name)
                yield Kept(one["id"], one["source_id"], one["title"], one["text"])


def _collected_again(tx: Tx, kept: Sequence[Plain]) -> set[tuple[int, str]]:
    names = select(mention.c.source_id, mention.c.external_id)
    of_sources = mention.c.source_id.in_({one["source_id"] for one in kept})
    found = tx.execute(names.where(of_sources, mention.c.external_id.in_([one["external_id"] for one in kept])))
    return {(source_id, external_id) for source_id, external_id in found}


def bring_back(tx: Tx, mention_ids: Sequence[int]) -> None:
    """Store these again, under the ids they had, with their history; the brand is attached afterwards."""
    for part in chunks(mention_ids):
        kept = _newest(tx, part)
        if not kept:
            continue
        members = [Member(one["published_at"], one["id"], one["copy_key"]) for one, _ in kept]
        groups = group_equal(tx, members)
        fresh = {"lang": None, "keywords": None}
        tx.execute(insert(mention), [one | fresh | {"copy_group": groups[one["id"]]} for one, _ in kept])
        for table in HISTORY:  # under new ids: SQLite may have given theirs to others since
            rows = [_row(table, old) for _, body in kept for old in body[table.name]]
            if rows:
                tx.execute(insert(table), [{name: row[name] for name in row if name != "id"} for row in rows])
        more = update(source).where(source.c.id == bindparam("of")).values(total=source.c.total + bindparam("n"))
        tx.execute(more, [{"of": of, "n": n} for of, n in Counter(one["source_id"] for one, _ in kept).items()])


def _newest(tx: Tx, mention_ids: Sequence[int]) -> list[tuple[Plain, Plain]]:
    """Of each mention what was kept last, by whichever brand: after that nobody could do anything to it."""
    aside = select(set_aside.c.kept).where(set_aside.c.mention_id.in_(mention_ids))
    found = [_kept(row) for row in tx.execute(aside.order_by(set_aside.c.at))]
    return list({one["id"]: (one, body) for one, body in found}.values())


def say_again(tx: Tx, brand_id: int, mention_ids: Sequence[int], themes: Mapping[int, Sequence[str]]) -> None:
    """What people said of mentions that have the brand again, and the cases they were in; then they are aside no more."""
    cases = set(tx.scalars(select(case.c.id).where(case.c.brand_id == brand_id)))
    for part in chunks(mention_ids):
        deltas = Deltas()
        rows = {row.mention_id: row for row in tx.execute(select(reading).where(_of(reading, brand_id, part)))}
        hashes = dict(tuple(row) for row in tx.execute(_hashes(part)))
        places = []
        for one, body in (_kept(row) for row in tx.execute(_mine(brand_id, part))):
            places += [row for row in body[case_mention.name] if row["case_id"] in cases]
            said, row = _row(reading, body["said"]), rows.get(one["id"])
            if row is not None and said.get("corrected_to") and hashes.get(one["id"]) == one["content_hash"]:
                _correct(tx, row, said, deltas, themes.get(row.mention_id, ()))
        for place in places:
            if tx.scalar(select(case_mention.c.case_id).where(*_is(place))) is None:
                tx.execute(insert(case_mention), [place])
        deltas.write(tx)
        tx.execute(delete(set_aside).where(_of(set_aside, brand_id, part)))


def prune(tx: Tx, before: datetime) -> int:
    """Forget what was set aside before then; how many mentions that were."""
    return tx.execute(delete(set_aside).where(set_aside.c.at < before)).rowcount


def _correct(tx: Tx, row: AnyRow, said: Plain, deltas: Deltas, themes: Sequence[str]) -> None:
    """A reading that waits is counted as a person said."""
    before = Cell(row.brand_id, hour_of(row.published_at), row.channel, row.source_id, row.lang, row.sentiment)
    this = _of(reading, row.brand_id, [row.mention_id])
    tx.execute(update(reading).where(this).values(**said, sentiment=said["corrected_to"]))
    deltas.add(before, themes, -1)
    deltas.add(before._replace(sentiment=said["corrected_to"]), themes)


def _of(table: Table, brand_id: int, mention_ids: Sequence[int]) -> Any:
    return (table.c.brand_id == brand_id) & table.c.mention_id.in_(mention_ids)


def _is(place: Plain) -> list[Any]:
    return [case_mention.c[name] == value for name, value in place.items()]


def _mine(brand_id: int, mention_ids: Sequence[int]) -> Any:
    return select(set_aside.c.kept).where(_of(set_aside, brand_id, mention_ids))


def _hashes(mention_ids: Sequence[int]) -> Any:
    return select(mention.c.id, mention.c.content_hash).where(mention.c.id.in_(mention_ids))


def _by_mention(tx: Tx, table: Table, mention_ids: Sequence[int]) -> dict[int, list[Plain]]:
    found: dict[int, list[Plain]] = {}
    in_turn = select(table).where(table.c.mention_id.in_(mention_ids)).order_by(*table.primary_key)
    for row in tx.execute(in_turn):
        found.setdefault(row.mention_id, []).append(_plain(row._mapping))
    return found


def _kept(row: AnyRow) -> tuple[Plain, Plain]:
    """The mention as a row, and everything that was kept with it."""
    return _row(mention, row.kept["mention"]), row.kept


def _plain(row: Any) -> Plain:
    """A row as JSON holds it: times as text."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _row(table: Table, plain: Plain) -> Plain:
    times = {column.name for column in table.c if isinstance(column.type, UtcDateTime)}
    return {
        name: datetime.fromisoformat(value) if name in times and value is not None else value
        for name, value in plain.items()
    }

"""Storing what collections brought: mentions, their counts, and how each source did, in the caller's transaction.

New, changed or known is decided in `storage.identity`. A changed mention keeps what it said before and is unread
again. Nothing here depends on what an earlier process left undone: after a kill the same collection comes again and
finds what is stored already.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import select, text

from analyzers.records import TextFacts
from collectors.records import Collected, Matched, Mention
from storage.attach import attach, unread_row
from storage.changes import Change, store_changes, store_figures
from storage.engine import Tx
from storage.facts import index_facts
from storage.health import SourceRow, load_sources, store_health
from storage.identity import KnownMention, Verdict, decide, figures_of, merge_key, newer_figures
from storage.near import Alike, group_near
from storage.outcomes import Stored
from storage.regroup import Member, copy_key, group_equal
from storage.rollups import Cell, Deltas, hour_of
from storage.schema import brand, mention, reading
from storage.sql import chunks, insert_many
from storage.texts import clean, clean_json, whole_number

Arrival = tuple[Collected, Sequence[Matched], datetime]  # with the source's next_check_at


class Entry(NamedTuple):
    """One matched mention on its way in."""

    source: SourceRow
    found: Mention
    brands: dict[int, str]
    norm: str
    content_hash: str
    key: int | None
    facts: TextFacts | None = None


NO_FACTS: Mapping[str, TextFacts] = MappingProxyType({})


def store_collected(
    tx: Tx, collected: Collected, matched: Sequence[Matched], *, next_check_at: datetime, now: datetime
) -> Stored:
    """Store one collection of one source."""
    return store_many(tx, [(collected, matched, next_check_at)], now=now)[0]


def store_many(
    tx: Tx,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    facts: Mapping[str, TextFacts] = NO_FACTS,
    alike: Alike | None = None,
) -> list[Stored]:
    """Store several collections at once, which is many times faster. One `Stored` for each, in order.

    A source deleted meanwhile is skipped, and so is a brand. An entry without title and text is not stored.
    `facts`, by the text of title and body, are stored with new mentions, which then wait for their sentiment alone;
    `alike` confirms near copies (as in `storage.readings`).
    """
    sources = load_sources(tx, [collected.source_id for collected, _, _ in arrivals])
    brands = set(tx.scalars(select(brand.c.id).where(brand.c.deleted_at.is_(None))))
    done: list[Stored] = []
    rounds: list[list[Entry]] = []
    for collected, matched, _ in arrivals:
        source = sources.get(collected.source_id)
        rounds.append(_entries(source, collected, matched, brands, facts) if source else [])
    tallies = _store_entries(tx, rounds, now, alike)
    for (_, matched, _), tally in zip(arrivals, tallies, strict=True):
        unmatched = sum(1 for one in matched if not one.brands)
        done.append(Stored(len(tally.new), tally.changed, tally.known, unmatched, tuple(tally.new)))
    store_health(tx, sources, arrivals, done, now=now)
    return done


class Tally:
    """What became of one collection's entries."""

    def __init__(self) -> None:
        self.new: list[int] = []
        self.changed = 0
        self.known = 0


def _entries(
    source: SourceRow,
    collected: Collected,
    matched: Sequence[Matched],
    brands: set[int],
    facts: Mapping[str, TextFacts],
) -> list[Entry]:
    norms = {id(one): norm for one, norm in zip(collected.mentions, collected.norms, strict=False)}
    entries = []
    for found, named in ((one.mention, one.brands) for one in matched):
        if not (found.title.strip() or found.text.strip()):
            continue
        kept = {brand_id: alias for brand_id, alias in named.items() if brand_id in brands}
        norm = norms.get(id(found))
        if norm is None:
            norm = unicodedata.normalize("NFKC", found.body).casefold()
        key = merge_key(source.kind, found)
        known = facts.get(found.body) if facts else None
        entries.append(Entry(source, found, kept, clean(norm), found.content_hash, key, known))
    return entries


def _store_entries(tx: Tx, batches: Sequence[Sequence[Entry]], now: datetime, alike: Alike | None) -> list[Tally]:
    """Decide and store. What comes twice with two texts in one batch is a change of what the batch itself stored."""
    tallies = [Tally() for _ in batches]
    waiting = [(tally, entry) for tally, entries in zip(tallies, batches, strict=True) for entry in entries]
    again = False
    while waiting:
        waiting = _one_round(tx, waiting, now, alike, again=again)
        again = True
    return tallies


def _one_round(
    tx: Tx, waiting: Sequence[tuple[Tally, Entry]], now: datetime, alike: Alike | None, *, again: bool
) -> list[tuple[Tally, Entry]]:
    by_id, by_key = _load_known(tx, [entry for _, entry in waiting], again=again)
    seen: set[tuple[int, str]] = set()
    fresh: list[tuple[Tally, Entry]] = []
    changes: list[Change] = []
    known: list[tuple[KnownMention, Entry]] = []
    later: list[tuple[Tally, Entry]] = []
    for tally, entry in waiting:
        source_id = entry.source.id
        name = (source_id, entry.found.external_id)
        twice = name in seen or (entry.key is not None and (source_id, str(entry.key)) in seen)
        verdict, stored = decide(
            entry.found,
            entry.key,
            content_hash=entry.content_hash,
            by_id=lambda wanted, of=source_id: by_id.get((of, wanted)),  # type: ignore[misc]
            by_key=lambda wanted, of=source_id: by_key.get((of, wanted)),  # type: ignore[misc]
        )
        if twice:  # decided again once the first of them is stored
            later.append((tally, entry))
            continue
        if verdict is Verdict.KNOWN and stored is not None:
            tally.known += 1
            known.append((stored, entry))
            continue
        if verdict is Verdict.CHANGED and stored is not None:
            tally.changed += 1
            changes.append(_change(stored.id, entry))
        elif entry.brands:
            fresh.append((tally, entry))
        else:
            continue
        seen.add(name)
        if verdict is Verdict.NEW and entry.key is not None:
            seen.add((source_id, str(entry.key)))
    _store_new(tx, fresh, now, alike)
    store_changes(tx, changes, now=now)
    _store_known(tx, known)
    return later


def _load_known(
    tx: Tx, entries: Iterable[Entry], *, again: bool
) -> tuple[dict[tuple[int, str], KnownMention], dict[tuple[int, int], KnownMention]]:
    """What is stored under the entries' ids, and for the rest under their texts."""
    columns = (
        mention.c.id,
        mention.c.external_id,
        mention.c.merge_key,
        mention.c.content_hash,
        mention.c.rating,
        mention.c.likes,
        mention.c.replies,
        mention.c.shares,
        mention.c.views,
    )
    per_source: dict[int, list[Entry]] = {}
    for entry in entries:
        per_source.setdefault(entry.source.id, []).append(entry)
    by_id: dict[tuple[int, str], KnownMention] = {}
    by_key: dict[tuple[int, int], KnownMention] = {}
    for source_id, mine in per_source.items():
        if not mine[0].source.brought and not again:
            continue  # a first collection: nothing to look up
        query = select(*columns).where(mention.c.source_id == source_id)
        for part in chunks(clean(entry.found.external_id) for entry in mine):
            for row in tx.execute(query.where(mention.c.external_id.in_(part))):
                by_id[source_id, row.external_id] = KnownMention(row.id, row.content_hash, tuple(row[4:]))
        keys = [
            entry.key for entry in mine if entry.key is not None and (source_id, entry.found.external_id) not in by_id
        ]
        for keyed in chunks(keys):
            for row in tx.execute(query.where(mention.c.merge_key.in_(keyed))):
                by_key[source_id, row.merge_key] = KnownMention(row.id, row.content_hash, tuple(row[4:]))
    return by_id, by_key


def _store_new(tx: Tx, fresh: Sequence[tuple[Tally, Entry]], now: datetime, alike: Alike | None) -> None:
    if not fresh:
        return
    ids = _next_ids(tx, len(fresh))
    keys = [copy_key(entry.norm) for _, entry in fresh]
    members = [
        Member(entry.found.published_at, mention_id, key)
        for mention_id, key, (_, entry) in zip(ids, keys, fresh, strict=True)
    ]
    groups = group_equal(tx, members)
    rows: list[dict[str, Any]] = []
    read: list[dict[str, Any]] = []  # rows with facts
    readings: list[dict[str, Any]] = []
    deltas = Deltas()
    for mention_id, key, (tally, entry) in zip(ids, keys, fresh, strict=True):
        group, source, moment = groups[mention_id], entry.source, entry.found.published_at
        tally.new.append(mention_id)
        row = _row(entry)
        row |= {"id": mention_id, "copy_key": key, "copy_group": group, "collected_at": now}
        lang, themes = "", ()  # type: tuple[str, tuple[str, ...]]
        if entry.facts is None:
            rows.append(row)
        else:
            lang, themes = entry.facts.lang, entry.facts.themes
            row |= {"lang": lang, "keywords": entry.facts.keywords}
            read.append(row)
        listed = {
            "published_at": moment,
            "source_id": source.id,
            "channel": source.channel,
            "lang": lang,
            "flagged": False,
            "copy_group": group,
        }
        for brand_id, alias in entry.brands.items():
            readings.append(unread_row(mention_id, brand_id, clean(alias), **listed))
            deltas.add(Cell(brand_id, hour_of(moment), source.channel, source.id, lang, "unread"), themes)
    for table, same in ((mention, rows), (mention, read), (reading, readings)):
        if same:
            names = tuple(same[0])
            insert_many(tx, table, names, map(itemgetter(*names), same))
    deltas.write(tx)
    _store_facts(tx, {mention_id: entry.facts for mention_id, (_, entry) in zip(ids, fresh, strict=True)}, alike)


def _store_facts(tx: Tx, found: Mapping[int, TextFacts | None], alike: Alike | None) -> None:
    facts = {mention_id: one for mention_id, one in found.items() if one is not None}
    index_facts(tx, facts, fresh=True)
    group_near(tx, {mention_id: one.signature for mention_id, one in facts.items()}, alike)


def _next_ids(tx: Tx, n: int) -> list[int]:
    """Ids for `n` new mentions, given out now so that their readings are stored without asking back."""
    if tx.dialect.name == "sqlite":
        last = tx.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'mention'")) or 0
        return list(range(last + 1, last + 1 + n))
    given = text("SELECT nextval(pg_get_serial_sequence('mention', 'id')) FROM generate_series(1, :n)")
    return list(tx.scalars(given, {"n": n}))


def _row(entry: Entry) -> dict[str, Any]:
    found = entry.found
    return {
        "source_id": entry.source.id,
        "external_id": clean(found.external_id),
        "content_hash": entry.content_hash,
        "merge_key": entry.key,
        "url": clean(found.url),
        "title": clean(found.title),
        "text": clean(found.text),
        "norm": entry.norm,
        "author": clean(found.author),
        "author_url": clean(found.author_url),
        "author_followers": whole_number(found.author_followers),
        "published_at": found.published_at,
        "published_at_source": found.published_at_source,
        "rating": found.rating,
        "likes": whole_number(found.likes),
        "replies": whole_number(found.replies),
        "shares": whole_number(found.shares),
        "views": whole_number(found.views),
        "region": clean(found.region),
        "extra": clean_json(found.extra),
        "flagged": False,
    }


def _change(mention_id: int, entry: Entry) -> Change:
    row = _row(entry)
    for fixed in ("source_id", "external_id", "published_at", "published_at_source", "flagged"):
        del row[fixed]
    return Change(mention_id, entry.brands, row, copy_key(entry.norm))


def _store_known(tx: Tx, known: Sequence[tuple[KnownMention, Entry]]) -> None:
    """A known mention may be named by a brand added since, or have more likes than before."""
    figures: dict[int, Mapping[str, Any]] = {}
    named = []
    for stored, entry in known:
        named += [(stored.id, brand_id, clean(alias)) for brand_id, alias in entry.brands.items()]
        newer = newer_figures(stored.figures, figures_of(entry.found))
        if newer != stored.figures:
            rating, *counts = newer
            names = ("likes", "replies", "shares", "views")
            figures[stored.id] = {"rating": rating} | {
                name: whole_number(value) for name, value in zip(names, counts, strict=True)
            }
    attach(tx, named)
    store_figures(tx, figures)


def known_ids(tx: Tx, source_id: int, external_ids: Iterable[str]) -> set[str]:
    """Those of the ids that this source has brought before."""
    found: set[str] = set()
    for part in chunks(external_ids):
        mine = select(mention.c.external_id).where(mention.c.source_id == source_id)
        found.update(tx.scalars(mine.where(mention.c.external_id.in_(part))))
    return found

"""Full text: words in, mention ids out. FTS5 in SQLite, tsvector in PostgreSQL, with the same words in both.

Texts are indexed by the analyzers' tokens, when they come with their facts or when they are read. A search finds texts that have every word of the
query; the query is cut by the store's `tokenise`, and a word also finds longer words it begins. What a person types is never
syntax. What waits unindexed is looked through letter by letter, so that nothing stored is out of a search's reach.
Blind spots: such a Chinese text has no words yet, so a word is found in it wherever its characters stand side by
side; a text whose reading failed before it was ever indexed is not found.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    CompoundSelect,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    delete,
    insert,
    literal_column,
    text,
    union_all,
)
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from storage.engine import Tx
from storage.schema import mention, reading
from storage.sql import insert_many
from storage.texts import clean

PARTS = re.compile(r"[^\W_]+")
MOST_WORDS = 10_000  # of one text; PostgreSQL numbers at most 16,383 places
LONGEST = 100  # letters of one word; PostgreSQL takes 2,046 bytes
_OVERLONG = re.compile(rf"\S{{{LONGEST + 1}}}")

# Not in the schema's metadata: Alembic cannot compare a virtual table. The key is SQLite's rowid.
_lite = Table("mention_words", MetaData(), Column("rowid", BigInteger, primary_key=True), Column("words", Text))
_full = Table(
    "mention_words", MetaData(), Column("mention_id", BigInteger, primary_key=True), Column("words", TSVECTOR)
)


def store_words(tx: Tx, lines: Mapping[int, str]) -> None:
    """Index mentions that are not indexed yet by their tokens, of each a line."""
    if tx.dialect.name == "sqlite":
        insert_many(tx, _lite, ("rowid", "words"), [(one, _line(found)) for one, found in lines.items()])
    elif lines:
        rows = [{"mention_id": mention_id, "words": _vector(found)} for mention_id, found in lines.items()]
        tx.execute(insert(_full), rows)


def forget_words(tx: Tx, mention_ids: Iterable[int]) -> None:
    key = _key(tx)
    ids = list(mention_ids)
    for start in range(0, len(ids), 5_000):
        tx.execute(delete(key.table).where(key.in_(ids[start : start + 5_000])))


def found_by(tx: Tx, query: str) -> CompoundSelect[Any]:
    """The ids of mentions that a query with words in it finds. One may come twice."""
    return union_all(sql_select(_key(tx)).where(_matches(tx, query)), _waiting(tx, query))


def _waiting(tx: Tx, query: str) -> Select[Any]:
    """The ids among what is not read yet and not indexed (it has no language): few, by the partial index of what waits."""
    waiting = reading.alias("waiting")
    unread = text("waiting.state = 'unread'")  # in words: a partial index serves no bound value
    said = [mention.c.norm.regexp_match(_pattern(parts)) for parts in _wanted(tx, query)]
    return (
        sql_select(waiting.c.mention_id)
        .join(mention, mention.c.id == waiting.c.mention_id)
        .where(unread, mention.c.lang.is_(None), *said)
    )


def _pattern(parts: Sequence[str]) -> str:
    """An expression for Python's `re` (SQLite) and PostgreSQL alike; words hold letters and digits only. What begins
    with a Latin letter or digit begins a word."""
    start = "(^|[^a-z0-9])" if parts[0][0].isascii() else ""
    return start + r"(\W|_)+".join(parts)


def has_words(tx: Tx, query: str) -> bool:
    """Whether anything is left of a query that can be searched for."""
    return bool(_wanted(tx, query))


def _key(tx: Tx) -> Any:
    return _lite.c.rowid if tx.dialect.name == "sqlite" else _full.c.mention_id


def _matches(tx: Tx, query: str) -> Any:
    wanted = _wanted(tx, query)
    if tx.dialect.name == "sqlite":
        return literal_column("mention_words").op("MATCH")(_lite_query(wanted))
    return _full.c.words.op("@@")(cast(_full_query(wanted), TSQUERY))


def _wanted(tx: Tx, query: str) -> list[list[str]]:
    tokenise = tx.get_execution_options()["tokenise"]
    tokens = dict.fromkeys(token for token in tokenise(query))
    return [parts for token in tokens if (parts := _parts(token))]


def _lite_query(wanted: Sequence[Sequence[str]]) -> str:
    """An FTS5 query of quoted phrases: inside quotes nothing is syntax, and words hold no quotes."""
    return " ".join(f'"{" ".join(parts)}"*' for parts in wanted) or '""'


def _full_query(wanted: Sequence[Sequence[str]]) -> str:
    phrases = (
        "(" + " <-> ".join([*(f"'{part}'" for part in parts[:-1]), f"'{parts[-1]}':*"]) + ")" for parts in wanted
    )
    return " & ".join(phrases)


def _words(tokens: str) -> list[str]:
    return _parts(tokens)[:MOST_WORDS]


def _parts(token: str) -> list[str]:
    return [part[:LONGEST] for part in PARTS.findall(token.casefold())]


def _line(tokens: str) -> str:
    """Words for FTS5, which cuts them as `_parts` does; ordinary ones need not be cut twice."""
    if tokens.count(" ") * 2 >= MOST_WORDS or _OVERLONG.search(tokens):
        return " ".join(_words(tokens))
    return clean(tokens.casefold())


def _vector(tokens: str) -> str:
    """A tsvector written out, so that no parser of the server's cuts Chinese its own way."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(_words(tokens), 1):
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, at[:255]))}" for word, at in places.items())

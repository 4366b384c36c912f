"""Tables. SQLAlchemy Core, written for SQLite and PostgreSQL alike. Times are UTC.

    brand ─┬─< source_brand >─ source ─< coverage, fetch
           └─< reading >─ mention ─< mention_version, mention_log, mention_theme, mention_key
    rollup, theme_rollup      counts kept in the transaction that changes a reading, and three coarser sums of them
    aside                     readings that are out of every list for a while, and can come back: see `storage.set_aside`
    schema_cases: rule ─< rule_version;  spike ─ case ─< case_mention, case_log;  target, outbox;  setting

`reading` is one row per mention and brand, and holds what lists sort and filter by (time, channel, source),
so that a page of any list is one index range however many mentions are stored. Readings by other models stay in
`reading_version`. Full-text search is `mention_words`: an FTS5 table (SQLite) or a table with a tsvector
(PostgreSQL), made by the first migration and not known to this metadata.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes in, aware UTC datetimes out. In SQLite: text that sorts as time does.

    The processors are written out, not left to the wrapped type: they run four times for each mention stored.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("naive datetime given to the store")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@lru_cache(16_384)  # a mention's time is stored twice, its hour some ten times
def _to_text(value: datetime | None) -> str | None:
    moment = _to_utc(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")[:26]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER only
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:  # with sqlite_autoincrement=True on the table an id is never given twice
    return Column("id", BigId, primary_key=True, autoincrement=True)


def reference(name: str, to: str, **options: Any) -> Column[int]:
    return Column(name, BigId, ForeignKey(to, ondelete="CASCADE"), nullable=False, **options)


brand = Table(
    "brand",
    metadata,
    row_id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("aliases", JSON, nullable=False),
    Column("excludes", JSON, nullable=False),
    Column("requires", JSON, nullable=False),
    Column("competitor", Boolean, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),  # out of sight since then, to be forgotten after 30 days
    Column("matching", JSON(none_as_null=True)),  # how far its new words are held against what is stored; NULL: done
    sqlite_autoincrement=True,
)

source = Table(
    "source",
    metadata,
    row_id(),
    Column("url", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("title", Text),
    Column("keep_all", Boolean, nullable=False),
    Column("every_seconds", Integer, nullable=False),
    Column("options", JSON, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("status", String(20), nullable=False),  # collectors.records.Status, without 'paused'
    Column("state", JSON, nullable=False),  # collectors.records.SourceState
    Column("failures", Integer, nullable=False),
    Column("next_check_at", UtcDateTime, nullable=False, index=True),
    Column("not_before", UtcDateTime),  # Retry-After: not even when asked by hand
    Column("last_tried_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),
    Column("last_new_at", UtcDateTime),
    Column("last_error", Text),
    Column("last_error_at", UtcDateTime),
    Column("last_advice", Text),
    Column("last_new", Integer),
    Column("last_changed", Integer),
    Column("last_capped", Integer),
    Column("last_missed", Boolean, nullable=False),
    Column("moved_from", Text),
    Column("total", Integer, nullable=False),  # mentions stored
    Column("usual_interval_s", Float),  # median time between its latest mentions
    Column("created_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),  # out of sight since then, to be forgotten after 30 days
    Column("paused_for", BigInteger),  # the deleted brand that it alone listened for, and was paused with
    Column("moving", JSON(none_as_null=True)),  # how far what it brought follows it to another channel; NULL: all did
    sqlite_autoincrement=True,
)

source_brand = Table(
    "source_brand",
    metadata,
    reference("source_id", "source.id", primary_key=True),
    reference("brand_id", "brand.id", primary_key=True),
)

coverage = Table(  # intervals in which a source was really heard
    "coverage",
    metadata,
    row_id(),
    reference("source_id", "source.id"),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Index(None, "source_id", "end_at"),
)

fetch = Table(  # one row per collection of a source; pruned after 30 days
    "fetch",
    metadata,
    row_id(),
    reference("source_id", "source.id"),
    Column("at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("error", Text),
    Column("error_kind", String(60)),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("ix_fetch_source_at_status", "source_id", "at", "status"),
)

mention = Table(
    "mention",
    metadata,
    row_id(),
    reference("source_id", "source.id"),
    Column("external_id", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),  # of title and text: another one is a change
    Column("merge_key", BigInteger),  # same text by the same author under a new id; NULL where ids can be trusted
    Column("copy_key", BigInteger),  # same text but for spacing, case, script and punctuation; NULL: too short
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),  # as published
    Column("norm", Text, nullable=False),  # normalised body, what brands are matched on
    Column("author", Text),
    Column("author_url", Text),
    Column("author_followers", BigInteger),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_at_source", String(10), nullable=False),
    Column("collected_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime),
    Column("rating", Float),
    Column("likes", BigInteger),
    Column("replies", BigInteger),
    Column("shares", BigInteger),
    Column("views", BigInteger),
    Column("region", Text),
    Column("extra", JSON, nullable=False),
    Column("lang", String(8)),  # zh, en, other; NULL: not read yet
    Column("keywords", JSON),
    Column(
        "copy_group", BigInteger
    ),  # id of the group's origin, its own when it is alone; NULL: all of it is set aside
    Column("flagged", Boolean, nullable=False),
    Column("note", Text),
    UniqueConstraint("source_id", "external_id"),
    Index("ix_mention_source_time", "source_id", "published_at"),
    Index("ix_mention_merge", "source_id", "merge_key"),
    Index("ix_mention_copy_key", "copy_key"),
    Index("ix_mention_copies", "copy_group", "published_at"),
    Index("ix_mention_author", "author"),
    sqlite_autoincrement=True,
)

mention_version = Table(  # what a changed mention said before
    "mention_version",
    metadata,
    row_id(),
    reference("mention_id", "mention.id", index=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("corrections", JSON, nullable=False),  # brand id -> what people had said of that text
)

mention_log = Table(  # what people did to a mention
    "mention_log",
    metadata,
    row_id(),
    reference("mention_id", "mention.id", index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(20), nullable=False),  # corrected, undone, flagged, unflagged, noted
    Column("detail", JSON, nullable=False),
)

mention_theme = Table(
    "mention_theme",
    metadata,
    reference("mention_id", "mention.id", primary_key=True),
    Column("theme", String(60), primary_key=True),
    Index("ix_mention_theme_theme", "theme", "mention_id"),
    sqlite_with_rowid=False,
)

mention_key = Table(  # MinHash bands: mentions that share one are near-copy candidates
    "mention_key",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    reference("mention_id", "mention.id", primary_key=True),
    Index("ix_mention_key_mention", "mention_id"),
    sqlite_with_rowid=False,
)


def only(lite: str, postgresql: str | None = None) -> dict[str, Any]:
    """A partial index's condition, for both databases, letter by letter as queries have it: SQLite wants that."""
    return {"sqlite_where": text(lite), "postgresql_where": text(postgresql or lite)}


LISTED = ("sentiment", "channel", "source_id", "lang", "flagged")


def _reading_columns() -> list[Column[Any]]:
    """What a reading holds, shown or set aside."""
    return [
        reference("mention_id", "mention.id", primary_key=True),
        reference("brand_id", "brand.id", primary_key=True),
        Column("matched", Text, nullable=False),  # the alias that matched; '' when kept without one
        Column("state", String(10), nullable=False),  # unread, read, failed
        Column("failed_reason", Text),
        Column("model", String(120)),
        Column("label", String(10)),
        Column("p_negative", Float),
        Column("p_neutral", Float),
        Column("p_positive", Float),
        Column("confidence", Float),
        Column("read_as", String(10)),  # what the model's reading counts as: its label, or unsure
        Column("corrected_to", String(10)),
        Column("corrected_by", Text),
        Column("corrected_at", UtcDateTime),
        # what is counted: negative, neutral, positive, unsure, unread, failed (a correction wins over the model)
        Column("sentiment", String(10), nullable=False),
        # repeated from mention and source, for lists and counts in one index range
        Column("published_at", UtcDateTime, nullable=False),
        Column("source_id", BigInteger, nullable=False),
        Column("channel", String(20), nullable=False),
        Column("lang", String(8), nullable=False),  # '' until read
        Column("flagged", Boolean, nullable=False),
        Column("copy_group", BigInteger),
    ]


reading = Table(
    "reading",
    metadata,
    *_reading_columns(),
    # The two wide ones answer any filter on the columns they hold without touching a row.
    Index("ix_reading_brand_time", "brand_id", "published_at", "mention_id", *LISTED),
    Index("ix_reading_time", "published_at", "mention_id", "brand_id", *LISTED),
    Index("ix_reading_source_time", "source_id", "published_at", "mention_id"),
    Index("ix_reading_copies", "copy_group", "brand_id", "published_at", "mention_id"),
    Index("ix_reading_model_time", "model", "published_at", "mention_id"),
    Index("ix_reading_unread", "published_at", "mention_id", **only("state = 'unread'")),
    Index("ix_reading_flagged", "published_at", "mention_id", **only("flagged = 1", "flagged")),
    sqlite_with_rowid=False,
)

aside = Table(  # readings out of sight: why, since when, and in which cases the mention was; forgotten after 30 days
    "aside",
    metadata,
    *_reading_columns(),
    Column("at", UtcDateTime, nullable=False),
    Column("why", String(10), nullable=False),  # words: its brand names it no more; brand, source: that was deleted
    Column("cases", JSON, nullable=False),
    Index("ix_aside_brand", "brand_id", "why", "mention_id"),
    Index("ix_aside_source", "source_id", "why", "mention_id"),
    Index("ix_aside_copies", "copy_group"),
    Index("ix_aside_at", "at"),
    sqlite_with_rowid=False,
)

reading_version = Table(
    "reading_version",
    metadata,
    reference("mention_id", "mention.id", primary_key=True),
    reference("brand_id", "brand.id", primary_key=True),
    Column("model", String(120), primary_key=True),
    Column("label", String(10), nullable=False),
    Column("p_negative", Float, nullable=False),
    Column("p_neutral", Float, nullable=False),
    Column("p_positive", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)


def _counts(name: str, *columns: Column[Any]) -> Table:
    """A table of counts: its columns but `n` are its key. Rows that come to 0 are deleted."""
    keys = ("brand_id", *(column.name for column in columns))
    return Table(
        name,
        metadata,
        reference("brand_id", "brand.id", primary_key=True),
        *columns,
        Column("n", Integer, nullable=False),
        Index(f"ix_{name}_time", keys[1], *(key for key in keys if key != keys[1]), "n"),
        Index(f"ix_{name}_empty", "n", **only("n = 0")),
        sqlite_with_rowid=False,
    )


def _key(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


# Hours and days are UTC and named by their start.
rollup = _counts(
    "rollup",
    _key("hour", UtcDateTime),
    _key("channel", String(20)),
    _key("source_id", BigInteger),
    _key("lang", String(8)),
    _key("sentiment", String(10)),
)
theme_rollup = _counts(
    "theme_rollup",
    _key("hour", UtcDateTime),
    _key("theme", String(60)),
    _key("channel", String(20)),
    _key("source_id", BigInteger),
    _key("lang", String(8)),
    _key("sentiment", String(10)),
)
# Sums of the two above, so that a year's chart or table reads thousands of rows and not a million.
rollup_brand = _counts("rollup_brand", _key("hour", UtcDateTime), _key("sentiment", String(10)))
rollup_day = _counts(
    "rollup_day",
    _key("day", UtcDateTime),
    _key("channel", String(20)),
    _key("source_id", BigInteger),
    _key("lang", String(8)),
    _key("sentiment", String(10)),
)
theme_day = _counts("theme_day", _key("day", UtcDateTime), _key("theme", String(60)), _key("sentiment", String(10)))

"""Tables. SQLAlchemy Core, written for SQLite and PostgreSQL alike. Times are UTC.

    brand ─┬─< source_brand >─ source ─< coverage, fetch
           └─< reading >─ mention ─< mention_version, mention_theme, mention_key
    rollup, theme_rollup      counts kept in the transaction that changes a reading
    rule ─< rule_version;  spike ─ case ─< case_mention, case_log;  target, outbox;  setting

`reading` is one row per mention and brand, and holds what lists sort and filter by (time, channel, source),
so that a page of any list is one index range however many mentions are stored. Readings by other models stay in
`reading_version`. Full-text search is an FTS5 table (SQLite) or a tsvector column (PostgreSQL), made by migration.
"""

from datetime import UTC, datetime
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
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes in, aware UTC datetimes out, on a database that keeps no zone too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the store")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER only
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def _ref(name: str, to: str, **options: Any) -> Column[int]:
    return Column(name, BigId, ForeignKey(to, ondelete="CASCADE"), nullable=False, **options)


brand = Table(
    "brand",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("aliases", JSON, nullable=False),
    Column("excludes", JSON, nullable=False),
    Column("requires", JSON, nullable=False),
    Column("competitor", Boolean, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

source = Table(
    "source",
    metadata,
    _id(),
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
    Column("created_at", UtcDateTime, nullable=False),
)

source_brand = Table(
    "source_brand",
    metadata,
    _ref("source_id", "source.id", primary_key=True),
    _ref("brand_id", "brand.id", primary_key=True),
)

coverage = Table(  # intervals in which a source was really heard
    "coverage",
    metadata,
    _id(),
    _ref("source_id", "source.id"),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Index(None, "source_id", "end_at"),
)

fetch = Table(  # one row per collection of a source; pruned after 30 days
    "fetch",
    metadata,
    _id(),
    _ref("source_id", "source.id"),
    Column("at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("error", Text),
    Column("error_kind", String(60)),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Index(None, "source_id", "at"),
)

mention = Table(
    "mention",
    metadata,
    _id(),
    _ref("source_id", "source.id"),
    Column("external_id", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
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
    Column("fingerprint", String(64), index=True),
    Column("copy_group", BigInteger, index=True),  # id of the group's origin
    Column("flagged", Boolean, nullable=False),
    Column("note", Text),
    UniqueConstraint("source_id", "external_id"),
    Index(None, "source_id", "content_hash"),
)

mention_version = Table(  # what a changed mention said before
    "mention_version",
    metadata,
    _id(),
    _ref("mention_id", "mention.id", index=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
)

mention_theme = Table(
    "mention_theme",
    metadata,
    _ref("mention_id", "mention.id", primary_key=True),
    Column("theme", String(60), primary_key=True),
    Index(None, "theme", "mention_id"),
)

mention_key = Table(  # MinHash bands: mentions that share one are near-copy candidates
    "mention_key",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    _ref("mention_id", "mention.id", primary_key=True, index=True),
)

reading = Table(
    "reading",
    metadata,
    _ref("mention_id", "mention.id", primary_key=True),
    _ref("brand_id", "brand.id", primary_key=True),
    Column("matched", Text, nullable=False),  # the alias that matched; '' when kept without one
    Column("state", String(10), nullable=False),  # unread, read, failed
    Column("failed_reason", Text),
    Column("model", String(120)),
    Column("label", String(10)),
    Column("p_negative", Float),
    Column("p_neutral", Float),
    Column("p_positive", Float),
    Column("confidence", Float),
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
    Index(None, "brand_id", "published_at", "mention_id"),
    Index(None, "published_at", "mention_id"),
    Index(None, "brand_id", "sentiment", "published_at", "mention_id"),
    Index(None, "sentiment", "published_at", "mention_id"),
    Index(None, "source_id", "published_at", "mention_id"),
    Index(None, "state", "published_at", "mention_id"),
    Index(None, "flagged", "published_at", "mention_id"),
)

reading_version = Table(
    "reading_version",
    metadata,
    _ref("mention_id", "mention.id", primary_key=True),
    _ref("brand_id", "brand.id", primary_key=True),
    Column("model", String(120), primary_key=True),
    Column("label", String(10), nullable=False),
    Column("p_negative", Float, nullable=False),
    Column("p_neutral", Float, nullable=False),
    Column("p_positive", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

rollup = Table(
    "rollup",
    metadata,
    _ref("brand_id", "brand.id", primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("source_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lang", String(8), primary_key=True),
    Column("sentiment", String(10), primary_key=True),
    Column("n", Integer, nullable=False),
    Index(None, "hour"),
)

theme_rollup = Table(
    "theme_rollup",
    metadata,
    _ref("brand_id", "brand.id", primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("theme", String(60), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("source_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lang", String(8), primary_key=True),
    Column("sentiment", String(10), primary_key=True),
    Column("n", Integer, nullable=False),
    Index(None, "hour"),
)

rule = Table(
    "rule",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("version", Integer, nullable=False),  # the one in force
    Column("enabled", Boolean, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("evaluated_to", JSON, nullable=False),  # brand id -> last hour judged, and what the judge said ("learning ...")
)

rule_version = Table(
    "rule_version",
    metadata,
    _ref("rule_id", "rule.id", primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("what", Text, nullable=False),  # the change in words
)

case = Table(
    "case",
    metadata,
    _id(),
    _ref("brand_id", "brand.id"),
    Column("title", Text, nullable=False),
    Column("level", String(10), nullable=False),  # blue, yellow, orange, red
    Column("status", String(20), nullable=False),  # open, acknowledged, resolved
    Column("owner", Text),
    Column("department", Text),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("first_mention_at", UtcDateTime),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("responded_at", UtcDateTime),
    Column("response", JSON),  # what was said, where
    Column("resolved_at", UtcDateTime),
    Column("verdict", String(20)),  # real, campaign, noise, source_fault
    Column("snoozed_until", UtcDateTime),
    Column("escalated_at", UtcDateTime),
    Column("targets", JSON, nullable=False),  # minutes to acknowledge and to respond, from the rule
    Column("explanation", JSON),  # analyzers.explain, as stored
    Column("sample", Boolean, nullable=False),
    Index(None, "status", "opened_at"),
    Index(None, "brand_id", "start_at"),
)

spike = Table(
    "spike",
    metadata,
    _id(),
    _ref("rule_id", "rule.id"),
    Column("rule_version", Integer, nullable=False),
    _ref("brand_id", "brand.id"),
    _ref("case_id", "case.id", index=True),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("measure", String(20), nullable=False),
    Column("figures", JSON, nullable=False),  # analyzers.spikes.Spike, as plain values
    UniqueConstraint("rule_id", "brand_id", "start_at"),
)

case_mention = Table(
    "case_mention",
    metadata,
    _ref("case_id", "case.id", primary_key=True),
    _ref("mention_id", "mention.id", primary_key=True, index=True),
)

case_log = Table(
    "case_log",
    metadata,
    _id(),
    _ref("case_id", "case.id", index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(40), nullable=False),  # opened, extended, level, owner, acknowledged, note, ...
    Column("detail", JSON, nullable=False),
)

target = Table(  # who is told
    "target",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("url", Text, nullable=False),  # apprise URL, or https:// with kind 'webhook'; shown masked
    Column("kind", String(20), nullable=False),
    Column("secret", Text),  # HMAC key of a webhook
    Column("levels", JSON, nullable=False),
    Column("lang", String(8), nullable=False),
    Column("enabled", Boolean, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("key", String(200), nullable=False, unique=True),  # one per case event and target
    Column("case_id", BigInteger, ForeignKey("case.id", ondelete="CASCADE")),
    _ref("target_id", "target.id"),
    Column("payload", JSON, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, sent, dead
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("last_error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Index(None, "state", "next_try_at"),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
)

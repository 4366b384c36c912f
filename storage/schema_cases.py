"""Tables of what people decide: rules, cases, who is told, settings. See `storage.schema` for the rest."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema import UtcDateTime, metadata, reference, row_id

rule = Table(
    "rule",
    metadata,
    row_id(),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),  # the one in force
    Column("enabled", Boolean, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column(
        "evaluated_to", JSON, nullable=False
    ),  # brand id -> last hour judged, and what the judge said ("learning ...")
    Column("deleted_at", UtcDateTime),  # out of sight since then; its cases keep their spikes
    Index(
        "uq_rule_name",
        "name",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

rule_version = Table(
    "rule_version",
    metadata,
    reference("rule_id", "rule.id", primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("what", Text, nullable=False),  # the change in words
)

case = Table(
    "case",
    metadata,
    row_id(),
    reference("brand_id", "brand.id"),
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
    sqlite_autoincrement=True,
)

spike = Table(
    "spike",
    metadata,
    row_id(),
    reference("rule_id", "rule.id"),
    Column("rule_version", Integer, nullable=False),
    reference("brand_id", "brand.id"),
    reference("case_id", "case.id", index=True),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("measure", String(20), nullable=False),
    Column("figures", JSON, nullable=False),  # analyzers.spikes.Spike, as plain values
    UniqueConstraint("rule_id", "brand_id", "start_at"),
)

case_mention = Table(
    "case_mention",
    metadata,
    reference("case_id", "case.id", primary_key=True),
    reference("mention_id", "mention.id", primary_key=True, index=True),
)

case_log = Table(
    "case_log",
    metadata,
    row_id(),
    reference("case_id", "case.id", index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(40), nullable=False),  # opened, extended, level, owner, acknowledged, note, ...
    Column("detail", JSON, nullable=False),
)

target = Table(  # who is told
    "target",
    metadata,
    row_id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("url", Text, nullable=False),  # apprise URL, or https:// with kind 'webhook'; shown masked
    Column("kind", String(20), nullable=False),
    Column("secret", Text),  # HMAC key of a webhook
    Column("levels", JSON, nullable=False),
    Column("lang", String(8), nullable=False),
    Column("enabled", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    Column("key", String(200), nullable=False, unique=True),  # one per case event and target
    Column("case_id", BigInteger, ForeignKey("case.id", ondelete="CASCADE")),
    reference("target_id", "target.id"),
    Column("payload", JSON, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, sent, dead
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("last_error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Index(None, "state", "next_try_at"),
    sqlite_autoincrement=True,
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
)

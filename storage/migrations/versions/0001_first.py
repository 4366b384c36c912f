"""The first tables, and full-text search.

Full-text search knows no common tongue: FTS5 in SQLite, a tsvector in PostgreSQL, both under `mention_words`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
TABLES = [
    "spike",
    "reading_version",
    "reading",
    "outbox",
    "mention_version",
    "mention_theme",
    "mention_log",
    "mention_key",
    "case_mention",
    "case_log",
    "theme_rollup",
    "theme_day",
    "source_brand",
    "rule_version",
    "rollup_day",
    "rollup_brand",
    "rollup",
    "mention",
    "fetch",
    "coverage",
    "case",
    "target",
    "source",
    "setting",
    "rule",
    "brand",
]


def upgrade() -> None:
    _sources()
    _mentions()
    _readings()
    _counts()
    _rules_and_cases()
    _notices_and_settings()
    _search()


def downgrade() -> None:
    op.execute("DROP TABLE mention_words")
    for name in TABLES:
        op.drop_table(name)


def _search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE mention_words USING fts5(words, tokenize='unicode61 remove_diacritics 0')")
        return
    op.create_table(
        "mention_words",
        sa.Column("mention_id", ID, sa.ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("words", TSVECTOR(), nullable=False),
    )
    op.create_index("ix_mention_words_words", "mention_words", ["words"], postgresql_using="gin")


def _sources() -> None:
    op.create_table(
        "brand",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("excludes", sa.JSON(), nullable=False),
        sa.Column("requires", sa.JSON(), nullable=False),
        sa.Column("competitor", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
        sa.UniqueConstraint("name", name=op.f("uq_brand_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "source",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("keep_all", sa.Boolean(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_check_at", TIME, nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("last_tried_at", TIME, nullable=True),
        sa.Column("last_success_at", TIME, nullable=True),
        sa.Column("last_new_at", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", TIME, nullable=True),
        sa.Column("last_advice", sa.Text(), nullable=True),
        sa.Column("last_new", sa.Integer(), nullable=True),
        sa.Column("last_changed", sa.Integer(), nullable=True),
        sa.Column("last_capped", sa.Integer(), nullable=True),
        sa.Column("last_missed", sa.Boolean(), nullable=False),
        sa.Column("moved_from", sa.Text(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("usual_interval_s", sa.Float(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_source_next_check_at"), "source", ["next_check_at"], unique=False)
    op.create_table(
        "source_brand",
        sa.Column("source_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_source_brand_brand_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_brand_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "brand_id", name=op.f("pk_source_brand")),
    )
    op.create_table(
        "coverage",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("start_at", TIME, nullable=False),
        sa.Column("end_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_coverage_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
    )
    op.create_index(op.f("ix_coverage_source_id_coverage_end_at"), "coverage", ["source_id", "end_at"], unique=False)
    op.create_table(
        "fetch",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_kind", sa.String(length=60), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_fetch_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch")),
    )
    op.create_index("ix_fetch_source_at_status", "fetch", ["source_id", "at", "status"], unique=False)


def _mentions() -> None:
    op.create_table(
        "mention",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("merge_key", sa.BigInteger(), nullable=True),
        sa.Column("copy_key", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("author_url", sa.Text(), nullable=True),
        sa.Column("author_followers", sa.BigInteger(), nullable=True),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("published_at_source", sa.String(length=10), nullable=False),
        sa.Column("collected_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=True),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("replies", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=True),
        sa.Column("copy_group", sa.BigInteger(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_mention_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_mention_source_id_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mention_author", "mention", ["author"], unique=False)
    op.create_index("ix_mention_copies", "mention", ["copy_group", "published_at"], unique=False)
    op.create_index("ix_mention_copy_key", "mention", ["copy_key"], unique=False)
    op.create_index("ix_mention_merge", "mention", ["source_id", "merge_key"], unique=False)
    op.create_index("ix_mention_source_time", "mention", ["source_id", "published_at"], unique=False)
    op.create_table(
        "mention_version",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_mention_version_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention_version")),
    )
    op.create_index(op.f("ix_mention_version_mention_id"), "mention_version", ["mention_id"], unique=False)
    op.create_table(
        "mention_log",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_mention_log_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention_log")),
    )
    op.create_index(op.f("ix_mention_log_mention_id"), "mention_log", ["mention_id"], unique=False)
    op.create_table(
        "mention_theme",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("theme", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_mention_theme_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", "theme", name=op.f("pk_mention_theme")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_theme_theme", "mention_theme", ["theme", "mention_id"], unique=False)
    op.create_table(
        "mention_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_mention_key_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "mention_id", name=op.f("pk_mention_key")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_key_mention", "mention_key", ["mention_id"], unique=False)


def _readings() -> None:
    op.create_table(
        "reading",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("failed_reason", sa.Text(), nullable=True),
        sa.Column("model", sa.String(length=120), nullable=True),
        sa.Column("label", sa.String(length=10), nullable=True),
        sa.Column("p_negative", sa.Float(), nullable=True),
        sa.Column("p_neutral", sa.Float(), nullable=True),
        sa.Column("p_positive", sa.Float(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("read_as", sa.String(length=10), nullable=True),
        sa.Column("corrected_to", sa.String(length=10), nullable=True),
        sa.Column("corrected_by", sa.Text(), nullable=True),
        sa.Column("corrected_at", TIME, nullable=True),
        sa.Column("sentiment", sa.String(length=10), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("copy_group", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_reading_brand_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_reading_mention_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mention_id", "brand_id", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_reading_brand_time",
        "reading",
        ["brand_id", "published_at", "mention_id", "sentiment", "channel", "source_id", "lang", "flagged"],
        unique=False,
    )
    op.create_index(
        "ix_reading_copies", "reading", ["copy_group", "brand_id", "published_at", "mention_id"], unique=False
    )
    op.create_index(
        "ix_reading_flagged",
        "reading",
        ["published_at", "mention_id"],
        unique=False,
        sqlite_where=sa.text("flagged = 1"),
        postgresql_where=sa.text("flagged"),
    )
    op.create_index("ix_reading_model_time", "reading", ["model", "published_at", "mention_id"], unique=False)
    op.create_index("ix_reading_source_time", "reading", ["source_id", "published_at", "mention_id"], unique=False)
    op.create_index(
        "ix_reading_time",
        "reading",
        ["published_at", "mention_id", "brand_id", "sentiment", "channel", "source_id", "lang", "flagged"],
        unique=False,
    )
    op.create_index(
        "ix_reading_unread",
        "reading",
        ["published_at", "mention_id"],
        unique=False,
        sqlite_where=sa.text("state = 'unread'"),
        postgresql_where=sa.text("state = 'unread'"),
    )
    op.create_table(
        "reading_version",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=10), nullable=False),
        sa.Column("p_negative", sa.Float(), nullable=False),
        sa.Column("p_neutral", sa.Float(), nullable=False),
        sa.Column("p_positive", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_reading_version_brand_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_reading_version_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", "brand_id", "model", name=op.f("pk_reading_version")),
        sqlite_with_rowid=False,
    )


def _counts() -> None:
    op.create_table(
        "rollup",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("hour", TIME, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=20), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lang", sa.String(length=8), autoincrement=False, nullable=False),
        sa.Column("sentiment", sa.String(length=10), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rollup_brand_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "brand_id", "hour", "channel", "source_id", "lang", "sentiment", name=op.f("pk_rollup")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_rollup_empty",
        "rollup",
        ["n"],
        unique=False,
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.create_index(
        "ix_rollup_time",
        "rollup",
        ["hour", "brand_id", "channel", "source_id", "lang", "sentiment", "n"],
        unique=False,
    )
    op.create_table(
        "theme_rollup",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("hour", TIME, autoincrement=False, nullable=False),
        sa.Column("theme", sa.String(length=60), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=20), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lang", sa.String(length=8), autoincrement=False, nullable=False),
        sa.Column("sentiment", sa.String(length=10), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_theme_rollup_brand_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "brand_id",
            "hour",
            "theme",
            "channel",
            "source_id",
            "lang",
            "sentiment",
            name=op.f("pk_theme_rollup"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_theme_rollup_empty",
        "theme_rollup",
        ["n"],
        unique=False,
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.create_index(
        "ix_theme_rollup_time",
        "theme_rollup",
        ["hour", "brand_id", "theme", "channel", "source_id", "lang", "sentiment", "n"],
        unique=False,
    )
    op.create_table(
        "rollup_brand",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("hour", TIME, autoincrement=False, nullable=False),
        sa.Column("sentiment", sa.String(length=10), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rollup_brand_brand_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("brand_id", "hour", "sentiment", name=op.f("pk_rollup_brand")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_rollup_brand_empty",
        "rollup_brand",
        ["n"],
        unique=False,
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.create_index("ix_rollup_brand_time", "rollup_brand", ["hour", "brand_id", "sentiment", "n"], unique=False)
    op.create_table(
        "rollup_day",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("day", TIME, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=20), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lang", sa.String(length=8), autoincrement=False, nullable=False),
        sa.Column("sentiment", sa.String(length=10), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_rollup_day_brand_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "brand_id", "day", "channel", "source_id", "lang", "sentiment", name=op.f("pk_rollup_day")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_rollup_day_empty",
        "rollup_day",
        ["n"],
        unique=False,
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.create_index(
        "ix_rollup_day_time",
        "rollup_day",
        ["day", "brand_id", "channel", "source_id", "lang", "sentiment", "n"],
        unique=False,
    )
    op.create_table(
        "theme_day",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("day", TIME, autoincrement=False, nullable=False),
        sa.Column("theme", sa.String(length=60), autoincrement=False, nullable=False),
        sa.Column("sentiment", sa.String(length=10), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_theme_day_brand_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("brand_id", "day", "theme", "sentiment", name=op.f("pk_theme_day")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_theme_day_empty",
        "theme_day",
        ["n"],
        unique=False,
        sqlite_where=sa.text("n = 0"),
        postgresql_where=sa.text("n = 0"),
    )
    op.create_index("ix_theme_day_time", "theme_day", ["day", "brand_id", "theme", "sentiment", "n"], unique=False)


def _rules_and_cases() -> None:
    op.create_table(
        "rule",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("evaluated_to", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sa.UniqueConstraint("name", name=op.f("uq_rule_name")),
    )
    op.create_table(
        "rule_version",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_rule_version_rule_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_rule_version")),
    )
    op.create_table(
        "case",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("start_at", TIME, nullable=False),
        sa.Column("end_at", TIME, nullable=False),
        sa.Column("first_mention_at", TIME, nullable=True),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("acknowledged_at", TIME, nullable=True),
        sa.Column("responded_at", TIME, nullable=True),
        sa.Column("response", sa.JSON(), nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("snoozed_until", TIME, nullable=True),
        sa.Column("escalated_at", TIME, nullable=True),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_case_brand_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    op.create_index(op.f("ix_case_brand_id_case_start_at"), "case", ["brand_id", "start_at"], unique=False)
    op.create_index(op.f("ix_case_status_case_opened_at"), "case", ["status", "opened_at"], unique=False)
    op.create_table(
        "spike",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("start_at", TIME, nullable=False),
        sa.Column("end_at", TIME, nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_spike_brand_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_spike_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_spike_rule_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spike")),
        sa.UniqueConstraint("rule_id", "brand_id", "start_at", name=op.f("uq_spike_rule_id_brand_id_start_at")),
    )
    op.create_index(op.f("ix_spike_case_id"), "spike", ["case_id"], unique=False)
    op.create_table(
        "case_mention",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_mention_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_case_mention_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "mention_id", name=op.f("pk_case_mention")),
    )
    op.create_index(op.f("ix_case_mention_mention_id"), "case_mention", ["mention_id"], unique=False)
    op.create_table(
        "case_log",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_log_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_log")),
    )
    op.create_index(op.f("ix_case_log_case_id"), "case_log", ["case_id"], unique=False)


def _notices_and_settings() -> None:
    op.create_table(
        "target",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("name", name=op.f("uq_target_name")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_outbox_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_outbox_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_state_outbox_next_try_at"), "outbox", ["state", "next_try_at"], unique=False)
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )

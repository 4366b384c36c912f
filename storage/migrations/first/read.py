"""What was made of mentions: readings and their counts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.migrations.first.shapes import ID, TIME, foreign, primary


def make() -> None:
    _reading()
    _reading_version()
    _counted("rollup", "hour", "channel", "source_id", "lang", "sentiment")
    _counted("theme_rollup", "hour", "theme", "channel", "source_id", "lang", "sentiment")
    _counted("rollup_brand", "hour", "sentiment")
    _counted("rollup_day", "day", "channel", "source_id", "lang", "sentiment")
    _counted("theme_day", "day", "theme", "sentiment")


def _reading() -> None:
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
        foreign("reading", "brand_id"),
        foreign("reading", "mention_id"),
        primary("reading", "mention_id", "brand_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_reading_brand_time",
        "reading",
        ["brand_id", "published_at", "mention_id", "sentiment", "channel", "source_id", "lang", "flagged"],
    )
    op.create_index(
        "ix_reading_copies", "reading", ["copy_group", "brand_id", "published_at", "mention_id"], unique=False
    )
    op.create_index(
        "ix_reading_flagged",
        "reading",
        ["published_at", "mention_id"],
        sqlite_where=sa.text("flagged = 1"),
        postgresql_where=sa.text("flagged"),
    )
    op.create_index("ix_reading_model_time", "reading", ["model", "published_at", "mention_id"])
    op.create_index("ix_reading_source_time", "reading", ["source_id", "published_at", "mention_id"])
    op.create_index(
        "ix_reading_time",
        "reading",
        ["published_at", "mention_id", "brand_id", "sentiment", "channel", "source_id", "lang", "flagged"],
    )
    op.create_index(
        "ix_reading_unread",
        "reading",
        ["published_at", "mention_id"],
        sqlite_where=sa.text("state = 'unread'"),
        postgresql_where=sa.text("state = 'unread'"),
    )


def _reading_version() -> None:
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
        foreign("reading_version", "brand_id"),
        foreign("reading_version", "mention_id"),
        primary("reading_version", "mention_id", "brand_id", "model"),
        sqlite_with_rowid=False,
    )


KEYS: dict[str, sa.types.TypeEngine[Any]] = {
    "hour": TIME,
    "day": TIME,
    "theme": sa.String(length=60),
    "channel": sa.String(length=20),
    "source_id": sa.BigInteger(),
    "lang": sa.String(length=8),
    "sentiment": sa.String(length=10),
}


def _counted(table: str, *keys: str) -> None:
    """How many readings of a brand there are per time (the first of the keys) and whatever else the table tells apart."""
    op.create_table(
        table,
        sa.Column("brand_id", ID, nullable=False),
        *(sa.Column(key, KEYS[key], autoincrement=False, nullable=False) for key in keys),
        sa.Column("n", sa.Integer(), nullable=False),
        foreign(table, "brand_id"),
        primary(table, "brand_id", *keys),
        sqlite_with_rowid=False,
    )
    empty = sa.text("n = 0")
    op.create_index(f"ix_{table}_empty", table, ["n"], sqlite_where=empty, postgresql_where=empty)
    op.create_index(f"ix_{table}_time", table, [keys[0], "brand_id", *keys[1:], "n"])

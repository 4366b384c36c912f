"""What is watched and what was heard: brands, sources, coverage, mentions."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.first.shapes import ID, TIME, foreign, own_id, primary


def make() -> None:
    _brand()
    _source()
    _source_brand()
    _coverage()
    _fetch()
    _mention()
    _mention_version()
    _mention_log()
    _mention_theme()
    _mention_key()


def _brand() -> None:
    op.create_table(
        "brand",
        own_id(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("excludes", sa.JSON(), nullable=False),
        sa.Column("requires", sa.JSON(), nullable=False),
        sa.Column("competitor", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        primary("brand", "id"),
        sa.UniqueConstraint("name", name=op.f("uq_brand_name")),
        sqlite_autoincrement=True,
    )


def _source() -> None:
    op.create_table(
        "source",
        own_id(),
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
        primary("source", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_source_next_check_at"), "source", ["next_check_at"])


def _source_brand() -> None:
    op.create_table(
        "source_brand",
        sa.Column("source_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        foreign("source_brand", "brand_id"),
        foreign("source_brand", "source_id"),
        primary("source_brand", "source_id", "brand_id"),
    )


def _coverage() -> None:
    op.create_table(
        "coverage",
        own_id(),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("start_at", TIME, nullable=False),
        sa.Column("end_at", TIME, nullable=False),
        foreign("coverage", "source_id"),
        primary("coverage", "id"),
    )
    op.create_index(op.f("ix_coverage_source_id_coverage_end_at"), "coverage", ["source_id", "end_at"])


def _fetch() -> None:
    op.create_table(
        "fetch",
        own_id(),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_kind", sa.String(length=60), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        foreign("fetch", "source_id"),
        primary("fetch", "id"),
    )
    op.create_index("ix_fetch_source_at_status", "fetch", ["source_id", "at", "status"])


def _mention() -> None:
    op.create_table(
        "mention",
        own_id(),
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
        foreign("mention", "source_id"),
        primary("mention", "id"),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_mention_source_id_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mention_author", "mention", ["author"])
    op.create_index("ix_mention_copies", "mention", ["copy_group", "published_at"])
    op.create_index("ix_mention_copy_key", "mention", ["copy_key"])
    op.create_index("ix_mention_merge", "mention", ["source_id", "merge_key"])
    op.create_index("ix_mention_source_time", "mention", ["source_id", "published_at"])


def _mention_version() -> None:
    op.create_table(
        "mention_version",
        own_id(),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("corrections", sa.JSON(), nullable=False),
        foreign("mention_version", "mention_id"),
        primary("mention_version", "id"),
    )
    op.create_index(op.f("ix_mention_version_mention_id"), "mention_version", ["mention_id"])


def _mention_log() -> None:
    op.create_table(
        "mention_log",
        own_id(),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        foreign("mention_log", "mention_id"),
        primary("mention_log", "id"),
    )
    op.create_index(op.f("ix_mention_log_mention_id"), "mention_log", ["mention_id"])


def _mention_theme() -> None:
    op.create_table(
        "mention_theme",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("theme", sa.String(length=60), nullable=False),
        foreign("mention_theme", "mention_id"),
        primary("mention_theme", "mention_id", "theme"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_theme_theme", "mention_theme", ["theme", "mention_id"])


def _mention_key() -> None:
    op.create_table(
        "mention_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        foreign("mention_key", "mention_id"),
        primary("mention_key", "key", "mention_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_key_mention", "mention_key", ["mention_id"])

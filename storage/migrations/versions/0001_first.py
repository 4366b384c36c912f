"""The first tables, and full-text search.

Full-text search knows no common tongue: FTS5 in SQLite, a tsvector in PostgreSQL, both under `mention_words`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from storage.migrations.first import decided, heard, read
from storage.migrations.first.shapes import ID

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

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
    heard.make()
    read.make()
    decided.make()
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

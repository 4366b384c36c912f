"""Readings are set aside in a table of their own and their mentions stay; a brand and a source can be out of sight.

What the table before held is carried over: its mentions are stored again, and wait aside with what people said of them.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.migrations.first.shapes import ID, TIME, foreign, primary

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = {
    "brand": ("brand_id", "why", "mention_id"),
    "source": ("source_id", "why", "mention_id"),
    "copies": ("copy_group",),
    "at": ("at",),
}


def upgrade() -> None:
    op.create_table(
        "aside",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("failed_reason", sa.Text()),
        sa.Column("model", sa.String(120)),
        sa.Column("label", sa.String(10)),
        *(sa.Column(name, sa.Float()) for name in ("p_negative", "p_neutral", "p_positive", "confidence")),
        sa.Column("read_as", sa.String(10)),
        sa.Column("corrected_to", sa.String(10)),
        sa.Column("corrected_by", sa.Text()),
        sa.Column("corrected_at", TIME),
        sa.Column("sentiment", sa.String(10), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("copy_group", sa.BigInteger()),
        sa.Column("at", TIME, nullable=False),
        sa.Column("why", sa.String(10), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        foreign("aside", "mention_id"),
        foreign("aside", "brand_id"),
        primary("aside", "mention_id", "brand_id"),
        sqlite_with_rowid=False,
    )
    for name, columns in INDEXES.items():
        op.create_index(f"ix_aside_{name}", "aside", columns)
    op.add_column("brand", sa.Column("deleted_at", TIME))
    op.add_column("brand", sa.Column("matching", sa.JSON()))
    op.add_column("source", sa.Column("deleted_at", TIME))
    op.add_column("source", sa.Column("paused_for", sa.BigInteger()))
    _carry_over(op.get_bind())
    op.drop_table("set_aside")


def _carry_over(tx: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(tx, only=["set_aside", "aside", "mention", "mention_version", "mention_log", "source"])
    old, mention = tables.tables["set_aside"], tables.tables["mention"]
    channels = {row.id: row.channel for row in tx.execute(sa.select(tables.tables["source"]))}
    keys = tx.execute(sa.select(old.c.brand_id, old.c.mention_id).order_by(old.c.at.desc())).all()
    for brand_id, mention_id in keys:  # of a mention that two brands sent away the newest copy is stored
        row = tx.execute(sa.select(old).where(old.c.brand_id == brand_id, old.c.mention_id == mention_id)).one()
        one = _row(mention, row.kept["mention"]) | {"copy_group": None, "lang": None, "keywords": None}
        if tx.scalar(sa.select(mention.c.id).where(mention.c.id == mention_id)) is None:
            same = (mention.c.source_id == row.source_id) & (mention.c.external_id == one["external_id"])
            if tx.scalar(sa.select(mention.c.id).where(same)) is not None:
                continue  # it was collected again
            tx.execute(sa.insert(mention), [one])
            for table in (tables.tables[name] for name in ("mention_version", "mention_log")):
                said = [_row(table, each) for each in row.kept.get(table.name, [])]
                for each in said:
                    del each["id"]  # it may be another row's by now
                    tx.execute(sa.insert(table), [each])
        tx.execute(sa.insert(tables.tables["aside"]), [_waiting(row, one, channels[row.source_id])])


def _waiting(row: Any, one: dict[str, Any], channel: str) -> dict[str, Any]:
    said = row.kept["said"]
    at = said.get("corrected_at")
    corrected = {
        "corrected_to": said.get("corrected_to"),
        "corrected_by": said.get("corrected_by"),
        "corrected_at": datetime.fromisoformat(at) if at else None,
    }
    listed = {name: one[name] for name in ("published_at", "source_id", "flagged")}
    return {
        "mention_id": row.mention_id,
        "brand_id": row.brand_id,
        "matched": "",
        "state": "unread",
        "sentiment": said.get("corrected_to") or "unread",
        "channel": channel,
        "lang": "",
        "copy_group": row.mention_id,
        "at": row.at,
        "why": "words",
        "cases": [place["case_id"] for place in row.kept.get("case_mention", [])],
        **listed,
        **corrected,
    }


def _row(table: sa.Table, plain: dict[str, Any]) -> dict[str, Any]:
    times = {column.name for column in table.c if isinstance(column.type, sa.DateTime)}
    return {
        name: datetime.fromisoformat(value) if name in times and value is not None else value
        for name, value in plain.items()
    }


def downgrade() -> None:
    op.drop_table("aside")
    for table, column in (
        ("brand", "deleted_at"),
        ("brand", "matching"),
        ("source", "deleted_at"),
        ("source", "paused_for"),
    ):
        op.drop_column(table, column)
    op.create_table(
        "set_aside",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        foreign("set_aside", "brand_id"),
        foreign("set_aside", "source_id"),
        primary("set_aside", "brand_id", "mention_id"),
    )
    op.create_index(op.f("ix_set_aside_source_id"), "set_aside", ["source_id"])

"""What a changed brand sends away is kept for a while, so that it can come back."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.first.shapes import ID, TIME, foreign, primary

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
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


def downgrade() -> None:
    op.drop_table("set_aside")

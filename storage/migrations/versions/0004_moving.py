"""A source's mentions follow it to another channel in parts; its row says how far they are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("moving", sa.JSON()))


def downgrade() -> None:
    op.drop_column("source", "moving")

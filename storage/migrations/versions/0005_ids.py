"""Ids of rules, cases, targets and notices are never given again, and a deleted rule keeps its history.

SQLite gives its highest id again once that row is gone: the link in an old notice would lead to another case, and a rule
would tell another target than it named. PostgreSQL never did.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations.first.shapes import TIME

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rule", sa.Column("deleted_at", TIME))
    if op.get_bind().dialect.name == "sqlite":
        for table in ("rule", "case", "target", "outbox"):
            with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
                pass  # made again as it is, but for that


def downgrade() -> None:
    """Ids that are never given again harm no older Fengping; a rule that was deleted must not ring in it."""
    op.execute("DELETE FROM rule WHERE deleted_at IS NOT NULL")
    op.drop_column("rule", "deleted_at")

"""Ids of rules, cases, targets and notices are never given again, and a deleted rule keeps its history.

SQLite gives its highest id again once that row is gone: the link in an old notice would lead to another case, and a rule
would tell another target than it named. PostgreSQL never did. The name of a deleted rule is free for another.
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
    _let_go_of_name()
    if op.get_bind().dialect.name == "sqlite":
        for table in ("rule", "case", "target", "outbox"):
            with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
                pass  # made again as it is, but for that
    in_sight = sa.text("deleted_at IS NULL")
    op.create_index("uq_rule_name", "rule", ["name"], unique=True, sqlite_where=in_sight, postgresql_where=in_sight)


def downgrade() -> None:
    """Ids that are never given again harm no older Fengping; a rule that was deleted must not ring in it."""
    op.execute("DELETE FROM rule WHERE deleted_at IS NOT NULL")
    op.drop_index("uq_rule_name", "rule")
    op.drop_column("rule", "deleted_at")
    op.create_index("uq_rule_name", "rule", ["name"], unique=True)  # as good as the constraint, and no table made again


def _let_go_of_name() -> None:
    """The names of all rules were unique by a constraint, or by an index where a newer Fengping was here before."""
    constraints = sa.inspect(op.get_bind()).get_unique_constraints("rule")
    if any(one["name"] == "uq_rule_name" for one in constraints):
        with op.batch_alter_table("rule") as batch:
            batch.drop_constraint("uq_rule_name", type_="unique")
    else:
        op.drop_index("uq_rule_name", "rule")

"""What the first tables have in common: keys, foreign keys, times."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def own_id() -> sa.Column:
    return sa.Column("id", ID, autoincrement=True, nullable=False)


def primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def foreign(table: str, column: str) -> sa.ForeignKeyConstraint:
    """`brand_id` names a brand, and goes with it."""
    other = column.removesuffix("_id")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")

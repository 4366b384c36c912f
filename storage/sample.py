"""The sample workspace: everything marked as sample, and its removal in one go."""

from sqlalchemy import delete, func, select

from storage.brands import delete_brand
from storage.engine import Tx
from storage.forget import forget_source
from storage.rules import delete_rule
from storage.schema import brand, source
from storage.schema_cases import case, rule


def has_sample(tx: Tx) -> bool:
    return any(tx.scalar(select(func.count()).select_from(table).where(table.c.sample)) for table in (brand, source))


def remove_sample(tx: Tx) -> None:
    """Forget the sample's sources, brands, cases and rules. What people added themselves stays."""
    for source_id in tx.scalars(select(source.c.id).where(source.c.sample)).all():
        forget_source(tx, source_id)
    tx.execute(delete(case).where(case.c.sample))
    for brand_id in tx.scalars(select(brand.c.id).where(brand.c.sample)).all():
        delete_brand(tx, brand_id)
    for rule_id in tx.scalars(select(rule.c.id).where(rule.c.sample)).all():
        delete_rule(tx, rule_id)

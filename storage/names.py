"""Names that people give to rules and targets: tidy, not too long, and each given once to what is in sight."""

from sqlalchemy import Table, select

from errors import InputError
from storage.engine import Tx

LONGEST = 200  # the width of the columns


def free_name(tx: Tx, table: Table, name: str, *, besides: int | None = None) -> str:
    """The name with its spaces made single. Refused when it is empty, too long, or another row's than `besides`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise InputError(f"a {table.name} needs a name of at most {LONGEST} characters")
    held = select(table.c.id).where(table.c.name == name)
    if "deleted_at" in table.c:  # what was deleted keeps its name, and holds it no more
        held = held.where(table.c.deleted_at.is_(None))
    taken = tx.scalar(held)
    if taken is not None and taken != besides:
        raise InputError(f"there is already a {table.name} '{name}'")
    return name

"""Brands: what is watched. A changed brand is matched against what is stored by `storage.rematch`, a deleted one is out of
sight: see `storage.deletion`."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from collectors.records import Brand
from errors import InputError
from storage.engine import AnyRow, Tx
from storage.schema import brand, rollup_brand

NAME_LIMIT = 200
UNMATCHED = {"look": "aside", "past": None}  # a brand's `matching` before the first part of it


def add_brand(
    tx: Tx,
    name: str,
    *,
    aliases: Iterable[str] = (),
    excludes: Iterable[str] = (),
    requires: Iterable[str] = (),
    competitor: bool = False,
    sample: bool = False,
    now: datetime,
) -> Brand:
    """Store a new brand. Raises InputError when the name is empty, too long or taken."""
    name = _free_name(tx, name)
    values = {
        "name": name,
        "aliases": _words(aliases),
        "excludes": _words(excludes),
        "requires": _words(requires),
        "competitor": competitor,
    }
    added = tx.execute(insert(brand).values(**values, sample=sample, created_at=now).returning(brand.c.id))
    return _one(tx, added.scalar_one())


def update_brand(
    tx: Tx,
    brand_id: int,
    *,
    name: str | None = None,
    aliases: Iterable[str] | None = None,
    excludes: Iterable[str] | None = None,
    requires: Iterable[str] | None = None,
    competitor: bool | None = None,
) -> Brand:
    """Change what is given; None leaves as it was. Other words are still to be held against what is stored, which is
    noted with them: see `storage.rematch`."""
    before = _one(tx, brand_id)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = _free_name(tx, name, besides=brand_id)
    for key, words in (("aliases", aliases), ("excludes", excludes), ("requires", requires)):
        if words is not None:
            values[key] = _words(words)
    if competitor is not None:
        values["competitor"] = competitor
    if any(value != _plain(before)[key] for key, value in values.items() if key != "competitor"):
        values["matching"] = UNMATCHED
    if values:
        tx.execute(update(brand).where(brand.c.id == brand_id).values(**values))
    return _one(tx, brand_id)


def list_brands(tx: Tx) -> list[Brand]:
    """All brands, in the order they were added."""
    return [_brand(row) for row in tx.execute(_in_sight().order_by(brand.c.id))]


def get_brand(tx: Tx, brand_id: int) -> Brand | None:
    row = tx.execute(_in_sight().where(brand.c.id == brand_id)).one_or_none()
    return _brand(row) if row else None


def get_brand_by_name(tx: Tx, name: str) -> Brand | None:
    """The brand of that name, whatever its case and width."""
    wanted = folded_name(name)
    return next((found for found in list_brands(tx) if folded_name(found.name) == wanted), None)


def sample_brands(tx: Tx) -> set[int]:
    """Ids of the brands of the sample workspace."""
    return set(tx.scalars(select(brand.c.id).where(brand.c.sample)))


def brand_counts(tx: Tx) -> dict[int, int]:
    """Brand id -> mentions stored for it."""
    counted = select(rollup_brand.c.brand_id, func.sum(rollup_brand.c.n)).group_by(rollup_brand.c.brand_id)
    return {brand_id: int(n) for brand_id, n in tx.execute(counted)}


def _in_sight() -> Select[Any]:
    return select(brand).where(brand.c.deleted_at.is_(None))


def _one(tx: Tx, brand_id: int) -> Brand:
    found = get_brand(tx, brand_id)
    if found is None:
        raise InputError(f"there is no brand {brand_id}")
    return found


def _free_name(tx: Tx, name: str, *, besides: int | None = None) -> str:
    name = " ".join(name.split())
    if not _visible(name):
        raise InputError("a brand needs a name")
    if len(name) > NAME_LIMIT:
        raise InputError(f"a brand's name has at most {NAME_LIMIT} characters, this has {len(name)}")
    taken = get_brand_by_name(tx, name)
    if taken and taken.id != besides:
        raise InputError(f"there is already a brand '{taken.name}'")
    give_way(tx, name)
    return name


def give_way(tx: Tx, name: str) -> None:
    """A deleted brand of that name gets its number behind it, until it is brought back."""
    deleted = (brand.c.name == name) & brand.c.deleted_at.is_not(None)
    for number in tx.scalars(select(brand.c.id).where(deleted)).all():
        tx.execute(update(brand).where(brand.c.id == number).values(name=f"{name[:180]} #{number}"))


def _words(words: Iterable[str]) -> list[str]:
    cleaned = (" ".join(word.split()) for word in words)
    return list(dict.fromkeys(word for word in cleaned if _visible(word)))


def _visible(word: str) -> bool:
    """Whether anything of it is seen: a name of zero-width characters alone is none."""
    return any(character.isprintable() and character != " " for character in word)


def folded_name(name: str) -> str:
    """Equal for the spellings of one name: its case, width and spacing make no other brand."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def _plain(one: Brand) -> dict[str, Any]:
    words = {"aliases": list(one.aliases), "excludes": list(one.excludes), "requires": list(one.requires)}
    return {"name": one.name, **words}


def _brand(row: AnyRow) -> Brand:
    return Brand(
        id=row.id,
        name=row.name,
        aliases=tuple(row.aliases),
        excludes=tuple(row.excludes),
        requires=tuple(row.requires),
        competitor=row.competitor,
    )

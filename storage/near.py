"""Near copies: mentions that share MinHash bands, confirmed by comparing their texts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from storage.engine import Tx
from storage.regroup import Member, rename
from storage.schema import mention, mention_key
from storage.sql import chunks, insert_many

Alike = Callable[[str, str], bool]
ENOUGH = 3  # shared bands that make a copy where nobody confirms: texts nine tenths alike mostly do
MOST = 20  # groups one mention is compared with


def group_near(tx: Tx, signatures: Mapping[int, Sequence[int]], alike: Alike | None) -> None:
    """Store the band keys of mentions just read, and join the copy groups of those that are nearly the same."""
    keys = {mention_id: set(bands) for mention_id, bands in signatures.items() if bands}
    if not keys:
        return
    rows = [(key, mention_id) for mention_id, bands in keys.items() for key in bands]
    insert_many(tx, mention_key, ("key", "mention_id"), rows)
    shared = _shared(tx, keys)
    members = _members(tx, {*shared, *(other for mine in shared.values() for other in mine)})
    groups = {one: members[one].copy_group for one in members}
    joined: dict[int, int] = {}
    for mention_id, others in shared.items():
        tried: set[int] = set()
        for other, n in sorted(others.items(), key=lambda item: (-item[1], item[0])):
            mine, theirs = _root(joined, groups[mention_id]), _root(joined, groups[other])
            if mine == theirs or theirs in tried or len(tried) >= MOST:
                continue
            tried.add(theirs)
            if _copies(members[mention_id], members[other], n, alike):
                joined[mine] = theirs
    _join(tx, joined)


def _shared(tx: Tx, mention_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Mention -> other mentions that share bands with it, and how many."""
    mine, theirs = mention_key.alias("mine"), mention_key.alias("theirs")
    same = (theirs.c.key == mine.c.key) & (theirs.c.mention_id != mine.c.mention_id)
    pairs = select(mine.c.mention_id, theirs.c.mention_id, func.count()).select_from(mine.join(theirs, same))
    shared: dict[int, dict[int, int]] = {}
    for part in chunks(mention_ids):
        found = pairs.where(mine.c.mention_id.in_(part)).group_by(mine.c.mention_id, theirs.c.mention_id)
        for one, other, n in tx.execute(found):
            shared.setdefault(one, {})[other] = n
    return shared


def _members(tx: Tx, mention_ids: set[int]) -> dict[int, Any]:
    columns = (mention.c.id, mention.c.norm, mention.c.copy_group)
    return {
        row.id: row
        for part in chunks(mention_ids)
        for row in tx.execute(select(*columns).where(mention.c.id.in_(part)))
    }


def _copies(one: Any, other: Any, shared: int, alike: Alike | None) -> bool:
    if alike is None:
        return shared >= ENOUGH
    return alike(one.norm, other.norm)


def _root(joined: Mapping[int, int], group: int) -> int:
    while group in joined:
        group = joined[group]
    return group


def _join(tx: Tx, joined: Mapping[int, int]) -> None:
    """Give each set of joined groups the name of its earliest origin."""
    if not joined:
        return
    names = {*joined, *joined.values()}
    origins = {
        row.id: Member(row.published_at, row.id)
        for part in chunks(names)
        for row in tx.execute(select(mention.c.id, mention.c.published_at).where(mention.c.id.in_(part)))
    }
    sets: dict[int, list[int]] = {}
    for group in names:
        sets.setdefault(_root(joined, group), []).append(group)
    renamed: dict[int, int] = {}
    for same in sets.values():
        origin = min(origins[group] for group in same if group in origins).id
        renamed.update((group, origin) for group in same if group != origin)
    rename(tx, renamed)

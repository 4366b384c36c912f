"""Near copies: mentions that share MinHash bands, confirmed by comparing their texts.

A text that thousands pass on is what matters most, and all its copies share their bands: so only a few members of a
group stand for it under each band, and a new copy costs the same however many came before. Blind spot: when all that
stand for a group under its bands are deleted or say something else, a later copy of it begins a group of its own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import select

from storage.engine import Tx
from storage.regroup import join, root
from storage.schema import mention, mention_key
from storage.sql import among, chunks, insert_many

Alike = Callable[[str, str], bool]
ENOUGH = 3  # shared bands that make a copy where nobody confirms: texts nine tenths alike mostly do
MOST = 20  # groups one mention is compared with
STAND = 3  # members that stand for their group under one band
CROWDED = 64  # mentions under one band from which it tells nothing: a phrase that everybody uses


def group_near(tx: Tx, signatures: Mapping[int, Sequence[int]], alike: Alike | None) -> None:
    """Join the copy groups of mentions just read to those of nearly the same texts, and store their band keys."""
    keys = {mention_id: set(bands) for mention_id, bands in signatures.items() if bands}
    if not keys:
        return
    here = Counter(chain.from_iterable(keys.values()))
    held = _held(tx, here)  # band -> the mentions under it
    telling = {key for key, n in here.items() if n > 1 or key in held}
    met = {one for one, bands in keys.items() if not telling.isdisjoint(bands)}
    members = _members(tx, met.union(*held.values()))
    held = {key: [other for other in under if other in members] for key, under in held.items()}
    groups = {one: member.copy_group for one, member in members.items()}
    joined: dict[int, int] = {}
    rows: list[tuple[int, int]] = []
    for one, bands in keys.items():
        others = Counter(other for key in bands & telling for other in held.get(key, ()))
        tried: set[int] = set()
        for other, n in sorted(others.items(), key=lambda item: (-item[1], item[0])):
            mine, theirs = root(joined, groups[one]), root(joined, groups[other])
            if mine == theirs or theirs in tried or len(tried) >= MOST:
                continue
            tried.add(theirs)
            if _copies(members[one], members[other], n, alike):
                joined[mine] = theirs
        for key in bands:
            if key not in telling or _stands(one, held.setdefault(key, []), joined, groups):
                rows.append((key, one))
    insert_many(tx, mention_key, ("key", "mention_id"), rows)
    join(tx, joined)


def _held(tx: Tx, keys: Iterable[int]) -> dict[int, list[int]]:
    held: dict[int, list[int]] = {}
    for key, mention_id in among(tx, mention_key, ("key", "mention_id"), keys):
        held.setdefault(key, []).append(mention_id)
    return held


def _stands(one: int, under: list[int], joined: Mapping[int, int], groups: Mapping[int, int]) -> bool:
    """Whether this mention stands for its group under a band, and then it is added to those that do."""
    if len(under) >= CROWDED:
        return False
    mine = root(joined, groups[one])
    if sum(root(joined, groups[other]) == mine for other in under) >= STAND:
        return False
    under.append(one)
    return True


def _members(tx: Tx, mention_ids: set[int]) -> dict[int, Any]:
    """Those of the mentions that are in sight."""
    columns = (mention.c.id, mention.c.norm, mention.c.copy_group)
    return {
        row.id: row
        for part in chunks(mention_ids)
        for row in tx.execute(select(*columns).where(mention.c.id.in_(part), mention.c.copy_group.is_not(None)))
    }


def _copies(one: Any, other: Any, shared: int, alike: Alike | None) -> bool:
    if alike is None:
        return shared >= ENOUGH
    return alike(one.norm, other.norm)

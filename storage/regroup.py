"""Copy groups: mentions of the same text, or nearly. A group is named by its origin, the earliest published.

Equal texts are grouped when they are stored, near copies when their facts are stored (`storage.near`). A text of fewer
than `SHORTEST` letters is in no group but its own: two people who both write 很好 do not copy each other.
Blind spot: two groups that a later text joins become one, though their members may differ more than copies do.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from analyzers.records import letters_of
from storage.engine import Tx
from storage.schema import aside, mention, reading
from storage.sql import chunks

SHORTEST = 6


class Member(NamedTuple):
    """A mention about to be grouped; ordered as origins are, the earliest first."""

    published_at: datetime
    id: int
    key: int | None = None


def copy_key(norm: str) -> int | None:
    """Equal for normalised texts with the same letters and digits; None for one too short to be a copy."""
    letters = letters_of(norm)
    return short_hash(letters) if len(letters) >= SHORTEST else None


def short_hash(text: str) -> int:
    """64 bits of BLAKE2b, signed as databases have it: among 10 million texts two meet once in 370,000 stores."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def group_equal(tx: Tx, members: Sequence[Member]) -> dict[int, int]:
    """Mention id -> copy group for new mentions, by equal texts. Groups with a new origin are renamed here."""
    groups = {member.id: member.id for member in members}
    by_key: dict[int, list[Member]] = {}
    for member in members:
        if member.key is not None:
            by_key.setdefault(member.key, []).append(member)
    known = _groups_of_keys(tx, by_key)
    origins = origins_of(tx, known.values())
    renamed: dict[int, int] = {}
    for key, same in by_key.items():
        old = origins.get(known.get(key, 0))
        origin = min([*same, old] if old else same)
        groups.update((member.id, origin.id) for member in same)
        if old and old.id != origin.id:
            renamed[old.id] = origin.id
    rename(tx, renamed)
    return groups


def rename(tx: Tx, renamed: Mapping[int, int]) -> None:
    """Give whole groups another name."""
    rows = [{"old": old, "to": new} for old, new in renamed.items()]
    for table in (mention, reading, aside):
        if rows:
            moved = update(table).where(table.c.copy_group == bindparam("old"))
            tx.execute(moved.values(copy_group=bindparam("to")), rows)


def origins_of(tx: Tx, groups: Iterable[int]) -> dict[int, Member]:
    """Group -> its origin, for those whose origin is in sight."""
    found: dict[int, Member] = {}
    in_sight = select(mention.c.id, mention.c.published_at).where(mention.c.copy_group.is_not(None))
    for part in chunks(set(groups)):
        for mention_id, moment in tx.execute(in_sight.where(mention.c.id.in_(part))):
            found[mention_id] = Member(moment, mention_id)
    return found


def root(joined: Mapping[int, int], group: int) -> int:
    while group in joined:
        group = joined[group]
    return group


def join_groups(tx: Tx, sets: Iterable[Iterable[int]]) -> None:
    """Make one group of the groups of each set, named by the earliest origin."""
    joined: dict[int, int] = {}
    for names in sets:
        first, *others = (root(joined, group) for group in names)
        joined.update((group, first) for group in others if group != first)
    join(tx, joined)


def join(tx: Tx, joined: Mapping[int, int]) -> None:
    """Join groups to others, as a mapping says; each set of them is named by the earliest origin."""
    names = {*joined, *joined.values()}
    origins = origins_of(tx, names)
    sets: dict[int, list[int]] = {}
    for group in names:
        sets.setdefault(root(joined, group), []).append(group)
    renamed: dict[int, int] = {}
    for same in sets.values():
        origin = min(origins[group] for group in same if group in origins).id
        renamed.update((group, origin) for group in same if group != origin)
    rename(tx, renamed)


def replace_origins(tx: Tx, leaving: Sequence[int]) -> None:
    """Before mentions are deleted or take another text: groups named by one of them get the next earliest."""
    gone = set(leaving)
    renamed: dict[int, int] = {}
    for part in chunks(leaving):
        rows = select(mention.c.copy_group, mention.c.published_at, mention.c.id)
        copies = mention.c.copy_group.in_(part) & (mention.c.id != mention.c.copy_group)
        for group, _, mention_id in tx.execute(rows.where(copies).order_by(mention.c.published_at, mention.c.id)):
            if mention_id not in gone:
                renamed.setdefault(group, mention_id)
    rename(tx, renamed)


def leave_groups(tx: Tx, mention_ids: Sequence[int]) -> None:
    """Mentions with a new text stand alone until that is compared; by their old one nobody finds them any more.

    Those out of sight are in no group, and come back into none.
    """
    replace_origins(tx, mention_ids)
    for part in chunks(mention_ids):
        alone = update(mention).where(mention.c.id.in_(part), mention.c.copy_group.is_not(None))
        tx.execute(alone.values(copy_group=mention.c.id, copy_key=None))
        for table in (reading, aside):
            tx.execute(update(table).where(table.c.mention_id.in_(part)).values(copy_group=table.c.mention_id))


def _groups_of_keys(tx: Tx, keys: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in chunks(keys):
        known = select(mention.c.copy_key, func.min(mention.c.copy_group)).where(mention.c.copy_key.in_(part))
        in_sight = known.where(mention.c.copy_group.is_not(None))
        found.update((key, group) for key, group in tx.execute(in_sight.group_by(mention.c.copy_key)))
    return found

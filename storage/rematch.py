"""A brand with other words, held against what is stored: what it names now comes, what it names no more goes.

A million mentions take minutes, and others write meanwhile: so it is done in parts, and the brand's own row says how far it
is. A process that was killed leaves that word behind for the next one, and several may work at it at once. What is stored
meanwhile goes by the new words: a cycle looks at the brands once more in the transaction that stores what it heard.
Mentions kept without an alias (keep-all sources) stay. Blind spot: entries that named no brand were never stored, so a
wider brand finds in the past only what others brought, and what its sources still show when they are asked next.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from collectors.records import Brand
from storage import set_aside
from storage.attach import Candidate, aside_for, attach, scopes, stored_for
from storage.brands import get_brand
from storage.engine import Tx
from storage.outcomes import Rematch
from storage.schema import aside, brand, mention

PART = 1_000  # mentions looked at in one transaction: two tenths of a second when all of them come or go
Match = Callable[[str], Mapping[int, str]]


def unfinished(tx: Tx) -> list[int]:
    """Brands whose words are not yet held against all that is stored."""
    waiting = select(brand.c.id).where(brand.c.matching.is_not(None), brand.c.deleted_at.is_(None))
    return list(tx.scalars(waiting.order_by(brand.c.id)))


def rematch_part(
    tx: Tx, brand_id: int, matcher: Callable[[Brand], Match], *, now: datetime, limit: int = PART
) -> Rematch | None:
    """Do the next part; None when nothing is left. `matcher` gives what tells brand id -> alias for a text.

    First what earlier words sent away, from the oldest on, then what is in sight, from the newest back.
    """
    found = get_brand(tx, brand_id)
    state = tx.scalar(select(brand.c.matching).where(brand.c.id == brand_id))
    if found is None or state is None:
        return None
    look = aside_for if state["look"] == "aside" else stored_for
    some = look(tx, brand_id, scopes(tx), past=state["past"], limit=limit)
    total = state.get("total") or _how_many(tx, brand_id)
    done = min(state.get("done", 0) + len(some), total)
    came, went = _settle(tx, brand_id, some, matcher(found), now)
    following: dict[str, Any] | None = {"look": "stored", "past": None}
    if len(some) == limit:
        following = {"look": state["look"], "past": some[-1].mention_id}
    elif look is stored_for:
        following, done = None, total
    _go_on(tx, brand_id, following and {**following, "done": done, "total": total})
    return Rematch(came, went, done, total)


def _how_many(tx: Tx, brand_id: int) -> int:
    """What there is to look at; what comes is looked at twice."""
    mine = (aside.c.brand_id == brand_id) & (aside.c.why == set_aside.WORDS)
    both = (select(func.count()).select_from(aside).where(mine), select(func.count()).select_from(mention))
    return sum(tx.scalar(one) or 0 for one in both)


def _settle(
    tx: Tx, brand_id: int, some: Sequence[Candidate], match: Match, now: datetime
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    named: list[tuple[int, int, str]] = []
    went: list[int] = []
    for one in some:
        alias = match(one.body).get(brand_id) if one.in_scope else None
        if alias is not None and one.had is None:
            named.append((one.mention_id, brand_id, alias))
        elif alias is None and one.had:
            went.append(one.mention_id)
    attach(tx, named)
    set_aside.put_aside(tx, went, brand_id=brand_id, why=set_aside.WORDS, now=now)
    return tuple(mention_id for mention_id, _, _ in named), tuple(went)


def _go_on(tx: Tx, brand_id: int, state: dict[str, Any] | None) -> None:
    tx.execute(update(brand).where(brand.c.id == brand_id).values(matching=state))

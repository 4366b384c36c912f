"""Trying a brand on what is stored before it is saved: what matches, why, and for a change what would come and go.

Nothing is stored. Blind spot: entries that named no brand were never stored, so a wider brand finds in the past only
what other brands and keep-all sources brought.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from collectors.matching import Matcher
from collectors.records import Brand
from storage import brands as stored_brands
from storage import counts, mentions
from storage.attach import body_of
from storage.engine import Tx
from storage.records import MentionFilter, MentionRow

LOOKED_AT = 20_000  # newest mentions
SHOWN = 8


@dataclass(frozen=True)
class BrandTrial:
    """`matched` counts the mentions that name it among the newest `looked_at`; `partial` says that there are older ones."""

    matched: int
    came: int
    went: int
    looked_at: int
    partial: bool
    examples: tuple[tuple[MentionRow, str], ...]

    def as_object(self) -> dict[str, Any]:
        return {
            "matched": self.matched,
            "came": self.came,
            "went": self.went,
            "looked_at": self.looked_at,
            "partial": self.partial,
            "mentions": [
                {"id": row.id, "title": row.title, "text": row.text[:500], "alias": alias, "source": row.source_title}
                for row, alias in self.examples
            ],
        }


def try_brand(tx: Tx, wanted: Brand, *, instead_of: int | None = None) -> BrandTrial:
    """Match a brand against what is stored. `instead_of` is the brand it would change."""
    brand_id = instead_of or 0  # 0: no stored brand, so nothing is matched yet
    match = Matcher([replace(wanted, id=brand_id)]).match
    matched = 0

    def counted(body: str) -> Mapping[int, str]:
        nonlocal matched
        found = match(body)
        matched += brand_id in found
        return found

    found = stored_brands.rematch(tx, brand_id, counted, now=None, apply=False, limit=LOOKED_AT)  # type: ignore[arg-type]
    stored = counts.stored(tx, up_to=LOOKED_AT + 1)
    newest = [] if instead_of is None else mentions.page(tx, MentionFilter(brands=(brand_id,)), limit=2 * SHOWN).rows
    had = {row.id for row in newest} - set(found.went)
    rows = (row for one in sorted(had | set(found.came), reverse=True) for row in mentions.get_mention(tx, one)[:1])
    named = ((row, match(body_of(row.title, row.text)).get(brand_id)) for row in rows)
    examples = (
        (row, alias) for row, alias in named if alias is not None
    )  # what a keep-all source brought names nothing
    return BrandTrial(
        matched=matched,
        came=len(found.came),
        went=len(found.went),
        looked_at=min(stored, LOOKED_AT),
        partial=stored > LOOKED_AT,
        examples=tuple(islice(examples, SHOWN)),
    )

"""What a page says of a thing as a whole: an average and from how many. Nobody's words, so it is no mention.

It travels in the cursor of the page's source, the last one heard, and is told where the source is shown: on screen, by
`fengping source list`, `source test` and `collect`. Blind spot: how it went over time is not kept.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KEY = "standing"  # of the cursor


@dataclass(frozen=True)
class Standing:
    rating: float  # 1-5
    count: int | None = None  # how many rated
    single: bool = True  # the page holds single reviews besides

    @property
    def in_words(self) -> str:
        count = f" from {self.count} ratings" if self.count is not None else ""
        if self.single:
            return f"the page gives {self.rating:g} of 5{count}"
        return f"no single reviews on this page; it gives {self.rating:g} of 5{count}"


def kept(standing: Standing | None) -> dict[str, Any]:
    """As the cursor keeps it. A page that gives none any more takes back what it gave."""
    return {KEY: asdict(standing) if standing else None}


def standing_in(cursor: Mapping[str, Any]) -> Standing | None:
    """What the source's page gave when it was heard last."""
    held = cursor.get(KEY)
    if not isinstance(held, dict) or not isinstance(held.get("rating"), int | float):
        return None
    count = held.get("count")
    return Standing(float(held["rating"]), count if isinstance(count, int) else None, held.get("single") is True)

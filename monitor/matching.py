"""Which brands a mention is stored under.

A source for some brands looks for those only; a source for none looks for every brand. A source that keeps all
stores what names no brand under its own brands, with no alias as the reason. Pure.
"""

from collections.abc import Sequence

from collectors.matching import Matcher
from collectors.records import Brand, Matched, Mention, Source


class Matching:
    """The brands of one cycle. One pass over a text finds the names of all of them. Thread-safe: never changed."""

    def __init__(self, brands: Sequence[Brand]) -> None:
        self.brands = tuple(brands)
        self._matcher = Matcher(self.brands)

    def renewed(self, brands: Sequence[Brand]) -> "Matching":
        """For the brands as they are by now; itself when none has changed."""
        return self if tuple(brands) == self.brands else Matching(brands)

    def of(self, source: Source) -> tuple[Brand, ...]:
        """The brands this source is for."""
        return tuple(brand for brand in self.brands if source.may_name(brand.id))

    def match(self, source: Source, mention: Mention, norm: str | None = None) -> Matched:
        """The mention with the brands it is stored under; none: it is not stored. `norm`: its body, normalised."""
        found = self._matcher.match(mention.body) if norm is None else self._matcher.match_norm(norm)
        if source.brands:
            found = {brand: alias for brand, alias in found.items() if brand in source.brands}
        if not found and source.keep_all:
            found = dict.fromkeys(source.brands, "")
        return Matched(mention, found)

    def match_all(self, source: Source, mentions: Sequence[Mention], norms: Sequence[str] = ()) -> tuple[Matched, ...]:
        ready: Sequence[str | None] = norms if len(norms) == len(mentions) else [None] * len(mentions)
        return tuple(self.match(source, mention, norm) for mention, norm in zip(mentions, ready, strict=True))

"""When is a mention new, changed, or known? Decided here, from plain data.

1. The same external id in the same source is the same mention: known when title and text are as stored, else changed.
2. A new id with the text of a stored mention of that source is that mention again, for kinds whose ids cannot be
   trusted (`MERGING`): feeds that make a guid per request must not double their mentions. Title, text and author
   have to agree, and for a short text without an author (很好) the time its author gave too: else it is another person.
3. Kinds with ids of their own, files and pushes are never merged by text: their ids are the truth.

Blind spot: one person posting the same words twice in one feed is stored once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from collectors.records import Mention
from storage.regroup import short_hash

MERGING = frozenset({"feed", "rsshub", "google_news", "gdelt", "reviews_page"})
SHORT = 20  # characters of title and text: under this, two strangers may well write the same


class Verdict(Enum):
    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True)
class KnownMention:
    """What the store holds of a mention, as far as deciding needs it."""

    id: int
    content_hash: str
    figures: tuple[float | int | None, ...]  # rating, likes, replies, shares, views


def merge_key(kind: str, found: Mention) -> int | None:
    """Equal for one text under two ids; None where the kind's ids are trusted."""
    if kind not in MERGING:
        return None
    parts = [found.title, found.text, found.author or ""]
    anonymous = not found.author and len(found.title) + len(found.text) < SHORT
    if anonymous and found.published_at_source == "author":
        parts.append(found.published_at.isoformat())
    return short_hash("\x00".join(parts))


def decide(
    found: Mention,
    key: int | None,
    *,
    content_hash: str,
    by_id: Callable[[str], KnownMention | None],
    by_key: Callable[[int], KnownMention | None],
) -> tuple[Verdict, KnownMention | None]:
    """The verdict, and the stored mention that this one is."""
    stored = by_id(found.external_id)
    if stored is not None:
        return (Verdict.KNOWN if stored.content_hash == content_hash else Verdict.CHANGED), stored
    again = by_key(key) if key is not None else None
    return (Verdict.KNOWN, again) if again is not None else (Verdict.NEW, None)


def figures_of(found: Mention) -> tuple[float | int | None, ...]:
    return (found.rating, found.likes, found.replies, found.shares, found.views)


def newer_figures(
    stored: Iterable[float | int | None], seen: Iterable[float | int | None]
) -> tuple[float | int | None, ...]:
    """What is seen now; what is not given now stays as it was."""
    return tuple(old if new is None else new for old, new in zip(stored, seen, strict=True))

"""What a reader of feeds hands over: a feed and its entries as published, markup and all.

Three readers make these: `feed_quick` (well-formed common feeds), `feed_parser` (feedparser, for everything else)
and `feed_json`. `collectors.feed` turns them into mentions, so that all three agree on what a title or a date is.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

TEXT, HTML, UNSURE = "text", "html", "unsure"  # UNSURE: nominally text, in practice often markup


@dataclass
class Entry:
    """One entry. Every string is as published; addresses are resolved against the base in force where they stood."""

    id: str = ""
    id_is_no_link: bool = False  # the feed says so
    link: str = ""
    title: str = ""
    title_type: str = UNSURE
    bodies: list[tuple[str, str]] = field(default_factory=list)  # (TEXT, HTML or UNSURE; value), in order
    author: str = ""
    author_url: str = ""
    dates: list[str] = field(default_factory=list)  # best first: published, created, updated
    replies: str = ""
    views: str = ""
    likes: str = ""
    source: str = ""


@dataclass
class Feed:
    """A feed. `author` is the feed's own, which Atom lets its entries inherit."""

    title: str = ""
    title_type: str = UNSURE
    lang: str = ""
    author: str = ""
    made_by: str = ""  # the program that wrote it, as it says
    next: str = ""
    ttl: timedelta | None = None
    entries: list[Entry] = field(default_factory=list)
    left_out: int = 0
    cut_off: bool = False  # the document has no end
    stub: bool = False  # and its last entry does not say yet which one it is


_RELATION = "http://www.iana.org/assignments/relation/"


def relation(rel: str) -> str:
    """A link's relation; the long form of a registered one is the same relation."""
    return rel.strip().lower().removeprefix(_RELATION)


_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def time_to_live(ttl: str, period: str, frequency: str) -> timedelta | None:
    """RSS's ttl in minutes, else the syndication module's period divided by its frequency."""
    if re.fullmatch(r"\s*\d{1,6}\s*", ttl):
        return timedelta(minutes=int(ttl)) or None
    seconds = _PERIODS.get(period.strip().lower())
    if seconds is None:
        return None
    times = int(frequency) if re.fullmatch(r"\s*\d{1,4}\s*", frequency) else 1
    return timedelta(seconds=seconds / max(times, 1))

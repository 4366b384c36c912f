"""The shapes collectors make and take: a brand to look for, a source to ask, a mention found, a collection's result.

All frozen. Times are UTC-aware. What a source does not say is None, never 0 and never "".
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from collectors.standing import Standing, standing_in

CHANNELS = ("news", "social", "forum", "blog", "ecommerce", "local_review", "app_store", "video")


class Status(StrEnum):
    """How a source's last collection ended. NEW: never tried. PAUSED: people stopped it."""

    NEW = "new"
    OK = "ok"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True)
class Brand:
    """What is watched. A text names it when one alias is in it, all of `requires` are, and none of `excludes`."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    competitor: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Name and aliases, without repeats, in the order given."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


@dataclass(frozen=True)
class Source:
    """One place to collect from, as people set it up."""

    id: int
    url: str
    kind: str
    channel: str
    brands: tuple[int, ...] = ()  # ids; empty: every brand
    keep_all: bool = False  # store entries that name no brand, under `brands`
    every: timedelta = timedelta(minutes=15)
    options: dict[str, Any] = field(default_factory=dict)  # per kind: depth, country, column map, ...
    title: str | None = None

    @property
    def name(self) -> str:
        return source_name(self.title, self.url)

    def may_name(self, brand_id: int) -> bool:
        return not self.brands or brand_id in self.brands


@lru_cache(4_096)  # asked of every mention that is shown or exported
def source_name(title: str | None, url: str) -> str:
    """What a source is called wherever it is named: its title, else its address without credentials and keys."""
    from collectors.urls import masked  # late: few sources have no title

    return title or masked(url)


@dataclass(frozen=True)
class SourceState:
    """What one collection leaves for the next. Opaque to everybody but collectors, and plain JSON when stored."""

    etag: str | None = None
    last_modified: str | None = None
    cursor: dict[str, Any] = field(default_factory=dict)  # per kind: newest id or time seen, page cursors
    failures: int = 0
    last_success_at: datetime | None = None

    @property
    def standing(self) -> Standing | None:
        """What the source's page gives as an average, where it does."""
        return standing_in(self.cursor)


@dataclass(frozen=True)
class Mention:
    """One text by one author at one time, as a source published it, in plain text."""

    external_id: str
    title: str
    text: str
    url: str | None  # absolute http(s)
    published_at: datetime
    published_at_source: str  # 'author', or 'collector' where we had to supply the time
    author: str | None = None
    author_url: str | None = None
    author_followers: int | None = None
    rating: float | None = None  # 1-5
    likes: int | None = None
    replies: int | None = None
    shares: int | None = None
    views: int | None = None
    region: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # per kind: outlet, app version, playtime, ...

    @property
    def content_hash(self) -> str:
        """SHA-256 of title and text: changed content under a known id is a change."""
        return hashlib.sha256(f"{self.title}\x00{self.text}".encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def body(self) -> str:
        """Title and text as one text to read and match."""
        if not self.title or self.text.startswith(self.title):
            return self.text or self.title
        return f"{self.title}\n{self.text}" if self.text else self.title


@dataclass(frozen=True)
class Matched:
    """A mention and the brands it is stored under: brand id -> the alias that matched ('' when kept without one)."""

    mention: Mention
    brands: dict[int, str]


@dataclass(frozen=True)
class Collected:
    """How one collection of one source ended. A failing source is this value, never an exception."""

    source_id: int
    status: Status  # OK, NOT_MODIFIED, FAILED or GONE
    mentions: tuple[Mention, ...] = ()  # oldest first, not yet matched; also what a failure was preceded by
    state: SourceState = SourceState()
    error: str | None = None  # one sentence; set when FAILED or GONE; names the HTTP status where there was one
    error_kind: str | None = None  # class name of the error, for metrics and for words on screen
    advice: str | None = None  # what a person can do about it
    capped: int | None = None  # entries left out by a limit
    missed: bool = False  # paging ended before what was known: something between two polls may be missing
    retry_at: datetime | None = None  # the server asked not to come back before
    ttl: timedelta | None = None  # the server said how long this stays fresh
    moved_to: str | None = None  # permanent redirect to store
    title: str | None = None  # the source's own name
    requests: int = 0
    seconds: float = 0.0
    norms: tuple[str, ...] = ()  # collectors.matching.normalise(mention.body) of each mention, made in the child

"""What a kind of source is made of: the records between fetching and parsing, and the `Kind` of every source.

A kind says which requests to make and turns one answer into mentions. It never opens a connection, never sees
the store, and its `parse` runs in a child process, so everything in this module is plain data that pickles.
The driver in `collectors.collecting` does the asking, the paging and the failing; `collectors.finishing`
cleans whatever a kind returns (control characters, lengths, addresses, identity), so a kind need not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from collectors.options import Option
from collectors.records import Brand, Mention, Source, SourceState

if TYPE_CHECKING:
    from settings import Settings


@dataclass(frozen=True)
class Limits:
    """What one source may cost. Seconds, bytes and counts."""

    total: float = 30.0  # one source, redirects and pages included, waiting for our own host gap excluded
    connect: float = 10.0
    parse: float = 10.0  # computing over one document in the child
    parse_memory: int = 120_000_000  # bytes a child may grow by: a feed of 10 MB takes 90
    max_bytes: int = 10_000_000  # after decompression
    max_header_bytes: int = 64_000
    max_headers: int = 200
    max_redirects: int = 8
    max_entries: int = 1_000
    max_title: int = 1_000  # characters
    max_text: int = 50_000
    max_pages: int = 10  # pages after the first collection; the first one's depth is the kind's or the source's
    timezone: str = "Asia/Shanghai"  # for dates without a zone

    @property
    def fetch(self) -> float:
        """Seconds for asking: what is left when the last document's parsing may take as long as it may."""
        return max(self.total - self.parse, self.total / 2)

    @classmethod
    def of(cls, settings: "Settings") -> "Limits":
        return cls(
            total=settings.source_timeout,
            connect=min(10.0, settings.source_timeout),
            parse=min(10.0, settings.source_timeout),
            max_bytes=settings.max_bytes,
            max_entries=settings.max_entries,
            timezone=settings.timezone,
        )


@dataclass(frozen=True)
class Request:
    """One thing to ask. A kind makes these; the driver adds validators and the fetcher sends them."""

    url: str
    tag: str = ""  # the kind's own name for what this asks ("stories", "comments"), handed back in the context
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    data: bytes | None = None
    conditional: bool = True  # send ETag / Last-Modified of the last time (first requests only)
    robots: bool = False  # ask robots.txt first; a refusal is Forbidden
    foreign: bool = False  # the kind itself chose another host than the source's; content may never set this
    setup: bool = False  # something needed first (a token), not a page: not counted as depth
    note: Mapping[str, Any] = field(
        default_factory=dict
    )  # small JSON-like facts for parse (page number, parent's title)


@dataclass(frozen=True)
class Document:
    """One answer. `headers` have lower-case names. `not_modified`: the server said 304 and `body` is empty."""

    url: str  # after redirects, without credentials or fragment
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    permanent_url: str | None = None  # where a chain of 301/308 alone led, if it did
    not_modified: bool = False

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True)
class ParseContext:
    """What parse may know besides the document."""

    url: str  # of the source
    now: datetime
    tag: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    cursor: Mapping[str, Any] = field(default_factory=dict)  # what the last collection left
    note: Mapping[str, Any] = field(default_factory=dict)  # of the request
    page: int = 1
    limits: Limits = Limits()
    names: tuple[str, ...] = ()  # names and aliases of the source's brands, for kinds that search


@dataclass(frozen=True)
class Parsed:
    """What one document gave. Mentions in the order of the document.

    `norms[i]` is the normalised body of `mentions[i]`, filled by `collectors.finishing`, never by a kind.
    """

    mentions: tuple[Mention, ...] = ()
    next: Request | None = None  # the next page; None: this was the last
    also: tuple[Request, ...] = ()  # details to ask besides (replies of a topic); failing ones are skipped
    cut: bool = False  # more follows, and the service asked us not to fetch it now
    newest_first: bool = True  # paging may stop at the first page that ends in what is known
    title: str | None = None
    ttl: timedelta | None = None
    capped: int = 0  # entries left out by a limit
    incomplete: bool = False  # the document did not come whole: its validators are not to be sent back
    stub: bool = False  # its last mention was cut off before it said which one it is
    cursor: Mapping[str, Any] = field(default_factory=dict)  # merged into the source's cursor
    norms: tuple[str, ...] = ()


class Kind:
    """One kind of source: subclass it in a file of its own and add one line to `collectors.kinds`.

    `parse` is pure and raises `ParseError` when the bytes are not what the kind speaks; an error told inside
    a 200 is raised as the `CollectError` it means (`RateLimited`, `Forbidden`, `ParseError`).
    A kind sets `external_id` to what the service calls the thing, or "" to let finishing derive it.
    A mention whose time is unknown gets `published_at=context.now` and `published_at_source="collector"`;
    `collectors.dates.when(value, context)` returns that pair for anything a source may call a date.
    """

    name: str = ""
    default_channel: str = "news"
    first_depth: int = 1  # pages of a first collection, unless the source's option "depth" says otherwise
    label: str = ""  # how people call it
    options: tuple[Option, ...] = ()  # what people may set besides what every kind takes
    slow: float = 1.0  # how many times as long as others its documents may be computed over
    gaps: Mapping[str, float] = {}  # `host:port` of a service -> seconds it wants between two requests

    def recognises(self, url: str) -> bool:
        """Whether an address alone says that it is of this kind. No request."""
        return False

    def channel(self, url: str) -> str:
        return self.default_channel

    def check(self, source: Source) -> None:
        """Raise InputError when options are wrong. Makes no request."""

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        return [Request(source.url)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        raise NotImplementedError

    def refuse(self, document: Document) -> None:
        """Raise what the short JSON body of a failed request (status 400 and above) means, when it says so."""


Permit = Callable[[str], None]  # raises the CollectError with which an address is refused


class Fetching(Protocol):
    """What collecting needs of a fetcher."""

    @property
    def limits(self) -> Limits: ...

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        data: bytes | None = None,
        deadline: float | None = None,
        permit: Permit | None = None,
    ) -> Document:
        """`deadline` is a time.monotonic() moment; `permit` is asked before each address that a redirect leads to.
        Raises CollectError of some kind; 304 is a Document."""
        ...

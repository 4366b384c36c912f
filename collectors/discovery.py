"""From any address to the kind and the address to collect from.

The address alone decides where it can. Else it is looked at once (`collectors.recognising`). Only where it is neither a
feed nor a page that says what it is, the host is asked which of the services it runs that run on anyone's host, in at
most five requests more: NodeInfo, and at a bare address what each of them would be asked first. All of it within what
time one source has. A host that forbids the address, or asks to be left alone, is not asked more.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from collectors import asking
from collectors.feed import FEED
from collectors.parsing import Parsing
from collectors.recognising import KIND, NODEINFO, SOFTWARE, understood
from collectors.records import Source, SourceState
from collectors.seams import Document, Fetching, ParseContext, Parsed
from errors import CollectError, FetchError, HTTPStatusError, ParseError

SERVICES = ("discourse", "mastodon", "lemmy")
_NOT_THERE = (400, 404, 405, 406)  # a service may have nothing for people at its base address


def discover(url: str, *, fetcher: Fetching, pool: Parsing, now: datetime) -> tuple[str, str]:
    """The kind and the address to collect from.

    Raises CollectError when the address cannot be fetched, or nothing at it is of a kind that is known.
    """
    from collectors.kinds import find_kind  # late: the table of kinds knows this room

    kind = find_kind(url)
    if kind != FEED.name:
        return kind, url
    look = _Look(url, fetcher, pool, now, time.monotonic() + fetcher.limits.fetch)
    try:
        document = look.get(url)
        seen = look.read("discover", document)
    except CollectError as error:
        service = look.service() if isinstance(error, ParseError) or _missing(error) else None
        if service is None:
            raise
        return service, url if understood(service, url) else asking.at_base(url, "/")
    if seen.next is None:
        return str(seen.cursor[KIND]), document.permanent_url or url
    return str(seen.cursor[KIND]) or find_kind(seen.next.url), seen.next.url


def _missing(error: CollectError) -> bool:
    return isinstance(error, HTTPStatusError) and error.status in _NOT_THERE


@dataclass(frozen=True)
class _Look:
    """One look at an address and its host."""

    url: str
    fetcher: Fetching
    pool: Parsing
    now: datetime
    ends: float

    def get(self, url: str) -> Document:
        return self.fetcher.get(url, deadline=self.ends)

    def read(self, kind: str, document: Document, *, tag: str = "") -> Parsed:
        context = ParseContext(self.url, self.now, tag=tag, limits=self.fetcher.limits)
        return self.pool.parse(kind, document, context)

    def service(self) -> str | None:
        """The service that this host runs, by what it says of itself or by what it answers."""
        try:
            links = self.read("discover", self.get(asking.at_base(self.url, "/.well-known/nodeinfo")), tag=NODEINFO)
            assert links.next is not None
            return str(self.read("discover", self.get(links.next.url), tag=SOFTWARE).cursor[KIND])
        except CollectError as error:
            if isinstance(error, FetchError) and not _missing(error):
                return None  # it answers no more, or wants to be left alone
        tried = SERVICES if asking.is_bare(self.url) else ()
        return next((kind for kind in tried if self._speaks(kind)), None)

    def _speaks(self, kind: str) -> bool:
        """Whether the host answers what this kind would ask it first, with something to collect."""
        from collectors.kinds import get_kind

        source = Source(0, self.url, kind, "")
        first = get_kind(kind).first_requests(source, SourceState(), now=self.now, brands=())[0]
        try:
            return bool(self.read(kind, self.get(first.url)).mentions)
        except CollectError:
            return False

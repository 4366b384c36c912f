"""From any address to the kind and the address to collect from.

The address alone decides where it can. Else it is looked at once (`collectors.recognising`). Only where it is neither a
feed nor a page that says what it is, the host is asked which of the services it runs that run on anyone's host, in at
most five requests more: NodeInfo, and at a bare address what each of them would be asked first. All of it within what
time one source has. A host that forbids the address, or asks to be left alone, is not asked more.

robots.txt is asked before a page is looked at, and a page that it forbids is not: it is then a reviews_page, the kind
that reads pages made for people, and shown as forbidden. An address that says that it is a feed or data is looked at;
so is a page whose robots.txt cannot be had, this once.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from collectors import asking, robots
from collectors.feed import FEED
from collectors.parsing import Parsing
from collectors.recognising import KIND, NODEINFO, SOFTWARE, first_asked, made_for_programs, understood
from collectors.reviews_page import REVIEWS_PAGE
from collectors.seams import Document, Fetching, ParseContext, Parsed, Permit
from errors import CollectError, FetchError, Forbidden, HTTPStatusError, ParseError

ROBOTS = 5.0  # seconds for a robots.txt
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
        look.permit(url)
        document = look.get(url, permit=look.permit)
        seen = look.read("discover", document)
    except _NotForPrograms:
        return REVIEWS_PAGE.name, url
    except CollectError as error:
        service = look.service() if isinstance(error, ParseError) or _missing(error) else None
        if service is None:
            raise
        return service, url if understood(service, url, now=now) else asking.at_base(url, "/")
    if seen.next is None:
        return str(seen.cursor[KIND]), document.permanent_url or url
    return str(seen.cursor[KIND]) or find_kind(seen.next.url), seen.next.url


def _missing(error: CollectError) -> bool:
    return isinstance(error, HTTPStatusError) and error.status in _NOT_THERE


class _NotForPrograms(Forbidden):
    """robots.txt forbids the page."""


@dataclass(frozen=True)
class _Look:
    """One look at an address and its host."""

    url: str
    fetcher: Fetching
    pool: Parsing
    now: datetime
    ends: float

    def get(self, url: str, *, permit: Permit | None = None) -> Document:
        return self.fetcher.get(url, deadline=self.ends, permit=permit)

    def permit(self, url: str) -> None:
        """Return when a page may be looked at."""
        if made_for_programs(url):
            return
        try:
            robots.obey(url, lambda where: self.fetcher.get(where, deadline=min(self.ends, time.monotonic() + ROBOTS)))
        except Forbidden as error:
            raise _NotForPrograms(str(error), url=url, status=error.status) from error
        except CollectError:
            return

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
        first = first_asked(kind, self.url, now=self.now)[0]
        try:
            return bool(self.read(kind, self.get(first)).mentions)
        except CollectError:
            return False

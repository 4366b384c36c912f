"""One collection in a test, of a site on loopback, and a kind whose pages a test can write in a line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.collecting import collect
from collectors.fetcher import Fetcher
from collectors.records import Brand, Collected, Mention, Source, SourceState
from collectors.seams import Document, Kind, Limits, ParseContext, Parsed, Request
from errors import ParseError
from tests.collectors.in_process import InProcess
from tests.fakes.site import FakeSite, entry, rss

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Pages(Kind):
    """A kind made for these tests: a page lists ids newest first, and names the next page in its last line."""

    name = "pages"
    first_depth = 2

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        *ids, following = document.body.decode().split("\n")
        if "broken" in ids:
            raise ParseError("a broken page")
        mentions = tuple(
            Mention(number, f"Title {number}", "", None, NOW - timedelta(hours=index), "author")
            for index, number in enumerate(filter(None, ids))
        )
        also = tuple(Request(f"{context.url.rsplit('/', 1)[0]}/{name}") for name in context.options.get("also", ()))
        return Parsed(
            mentions, next=Request(following) if following else None, also=also, cursor={"page": context.page}
        )


def run(
    site: FakeSite,
    path: str = "/feed",
    state: SourceState | None = None,
    *,
    kind: str = "feed",
    known: Sequence[str] = (),
    limits: Limits | None = None,
    also_allow: Sequence[str] = (),
    now: datetime = NOW,
    brands: Sequence[Brand] = (),
    **options: Any,
) -> Collected:
    source = Source(1, site.url(path), kind, "news", options=options)
    with Fetcher(limits or Limits(total=6, parse=2), allow_hosts=[site.host, *also_allow]) as fetcher:
        return collect(
            source,
            state or SourceState(),
            fetcher=fetcher,
            pool=InProcess(),
            now=now,
            known=lambda ids: set(ids) & set(known),
            brands=brands,
        )


def feed(*numbers: int) -> str:
    return rss(*[entry(f"T{n}", "x", guid=str(n), date=f"Sat, 21 Nov 2026 0{n % 10}:00:00 GMT") for n in numbers])


def ids(collected: Collected) -> list[str]:
    return [mention.external_id for mention in collected.mentions]


def pages(site: FakeSite, **bodies: tuple[str, str]) -> None:
    for name, (numbers, following) in bodies.items():
        where = site.url(following) if following.startswith("/") else following
        site.add(f"/{name}", "\n".join([*numbers.split(), where]))

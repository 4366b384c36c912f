"""Worldwide news from GDELT's DOC 2.0 article list: title, outlet, country, language and when GDELT saw it.

Format: blog.gdeltproject.org/gdelt-doc-2-0-api-debuts. JSON `articles`, at most 250 an answer, three months back;
an answer with nothing in it is `{}`. Errors come as a line of plain text inside a 200 ("Your query was too short
or too long.", "Please limit requests to one every 5 seconds"), sometimes with a web page's content type; titles
may hold backslashes that escape nothing. There are no pages: what lies before a full answer is asked for by an
earlier end time.
The outlet is the author: in news it is the voice. Blind spots: only titles, never text; the time is when GDELT first saw the article, minutes to hours after it
appeared; its search matches GDELT's English translation, so Latin names find more than Chinese ones.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from collectors import asking, loose
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import flat
from errors import InputError, ParseError, RateLimited

MOST = 250
LONGEST_QUERY = 200  # characters of names in one search; GDELT refuses long ones without saying the limit
WAIT = timedelta(minutes=5)  # after "limit requests": the service asks for seconds and in practice wants more
GAP = 6.0  # seconds between two requests; it says five
FIRST = "7d"


class Gdelt(Kind):
    name = "gdelt"
    default_channel = "news"
    first_depth = 2
    label = "GDELT news"
    options = (
        Option("languages", Form.LIST, "Only articles in these languages, by their English names.", "chinese,english"),
        Option("span", Form.TEXT, "How far back the first search reaches.", "7d"),
    )
    gaps = dict.fromkeys(("api.gdeltproject.org:443", "api.gdeltproject.org:80"), GAP)

    def recognises(self, url: str) -> bool:
        return asking.under(url, "api.gdeltproject.org") or asking.path(url).endswith("/api/v2/doc/doc")

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        if not asking.is_bare(source.url):
            return [Request(_as_list(source.url))]
        languages = [name for name in loose.listed(source.options.get("languages")) if name.isalpha()]
        only = " OR ".join(f"sourcelang:{name.lower()}" for name in languages)
        queries = [f"{query} ({only})" if only else query for query in _queries(brands)]
        if not queries:
            raise InputError(
                "GDELT searches, and no brand is named to search for; name one, or give a query in the address"
            )
        days = asking.days_since(state, now, least=3, most=90)
        span = f"{days}d" if days else str(source.options.get("span", FIRST))
        return [
            Request(
                asking.at_base(
                    source.url,
                    "/api/v2/doc/doc",
                    query=query,
                    mode="ArtList",
                    format="json",
                    sort="DateDesc",
                    maxrecords=MOST,
                    timespan=span,
                )
            )
            for query in queries
        ]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        _refuse_words(document)
        answer = loose.load(document.body, url=document.url, what="a GDELT article list")
        if not isinstance(answer, dict) or not isinstance(answer.get("articles") or [], list | dict):
            raise ParseError("GDELT gave no list of articles", url=document.url)
        if answer and "articles" not in answer:  # nothing found is {}
            said = loose.first_text(answer.get("error"), answer.get("message"), answer.get("status"))
            raise ParseError(f"GDELT gave no articles: {said or 'the answer has another shape'}", url=document.url)
        articles = loose.tables(answer.get("articles"))
        mentions = [_mention(article, context) for article in articles]
        return Parsed(tuple(mentions), next=_earlier(document.url, articles, mentions))


def _as_list(url: str) -> str:
    """The address as given; on GDELT's own path, JSON and the article list unless it says otherwise."""
    if not asking.path(url).rstrip("/").endswith("/doc/doc"):
        return url
    return asking.with_defaults(url, mode="ArtList", format="json")


def _queries(brands: Sequence[Brand]) -> list[str]:
    """The brands' names in as few searches as fit: the service wants seconds between two."""
    names = asking.search_names(brands, most=40)
    latin = [name for name in names if name.isascii() and len(name) > 2]
    return asking.grouped(latin or names, LONGEST_QUERY)


def _refuse_words(document: Document) -> None:
    """Raise what a line of plain text means. JSON passes."""
    start = document.body[:600].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if start[:1] in ("{", "[", "<", ""):
        return
    said = re.sub(r"\s+", " ", start).strip()[:200]
    if re.search(r"limit requests|too many|rate limit", said, re.IGNORECASE):
        raise RateLimited(
            f"GDELT asks for fewer requests: {said}",
            url=document.url,
            status=document.status,
            retry_at=document.fetched_at + WAIT,
        )
    raise ParseError(f"GDELT refused the query: {said}", url=document.url)


def _earlier(url: str, articles: list[dict[str, Any]], mentions: list[Mention]) -> Request | None:
    """The same search ending where this full answer ends."""
    most = asking.number_param(url, "maxrecords") or 75
    timed = [found.published_at for found in mentions if found.published_at_source == "author"]
    if len(articles) < min(most, MOST) or not timed:
        return None
    end, start = min(timed), asking.param(url, "startdatetime")
    if asking.param(url, "enddatetime") == f"{end:%Y%m%d%H%M%S}":
        return None  # a whole answer within one second: there is no earlier end to ask for
    begin = start or f"{max(timed) - _span(asking.param(url, 'timespan')):%Y%m%d%H%M%S}"
    return Request(asking.with_params(url, timespan=None, startdatetime=begin, enddatetime=f"{end:%Y%m%d%H%M%S}"))


def _span(written: str | None) -> timedelta:
    match = re.fullmatch(r"(\d{1,4})\s*(min|h|d|w|m)?[a-z]*", (written or "").lower())
    if not match:
        return timedelta(days=90)
    unit = {"min": 1 / 1440, "h": 1 / 24, "d": 1, "w": 7, "m": 30}[match[2] or "min"]
    return min(timedelta(days=int(match[1]) * unit), timedelta(days=90))


def _mention(article: dict[str, Any], context: ParseContext) -> Mention:
    url, title = loose.text(article.get("url")), loose.text(article.get("title"))
    moment, whose = loose.moment(context, article.get("seendate"))
    outlet = loose.text(article.get("domain"))
    country = loose.text(article.get("sourcecountry"))
    return Mention(
        external_id=url or "",
        title=flat(title or ""),
        text="",
        url=url,
        published_at=moment,
        published_at_source=whose,
        author=outlet,
        region=country,
        extra=loose.told(
            outlet=outlet,
            country=country,
            language=loose.text(article.get("language")),
        ),
    )


GDELT = Gdelt()

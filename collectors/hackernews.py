"""Hacker News, stories and comments, by Algolia's search: `search_by_date`, newest first, no key.

Format: hn.algolia.com/api (`hits`, `nbPages`, pages from 0, at most 1,000 hits a query, 10,000 requests an hour).
A comment has no title and no points; the story it hangs under is in `extra`, not in its title, so that a comment
is not taken to name what only the headline names. Deleted items come with neither title nor text and fall away.
Blind spots: votes and replies are those at the time we asked; a comment edited later is seen again only when its
page is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collectors import asking, loose
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import flat, plain
from errors import ParseError

API = "https://hn.algolia.com"
SITE = "https://news.ycombinator.com"
PAGE = 100
_KINDS_OF_PAGES = ("", "newest", "news", "front", "newcomments", "ask", "show")


class HackerNews(Kind):
    name = "hackernews"
    default_channel = "forum"
    first_depth = 3
    label = "Hacker News"

    def recognises(self, url: str) -> bool:
        where = asking.host(url)
        if where == "hn.algolia.com" or asking.path(url).endswith("/api/v1/search_by_date"):
            return True
        steps = asking.steps(url)
        return where == "news.ycombinator.com" and (not steps or steps[0] in (*_KINDS_OF_PAGES, "item", "threads"))

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        url = source.url
        where = asking.host(url)
        if where == "news.ycombinator.com":
            return [Request(address, foreign=True) for address in _from_site(url, brands)]
        if where == "hn.algolia.com" and not asking.path(url).startswith("/api/"):
            query = asking.param(url, "q") or asking.param(url, "query")
            return [Request(address) for address in ([_search(url, query)] if query else _searches(url, brands))]
        if asking.is_bare(url):
            return [Request(address) for address in _searches(url, brands)]
        return [Request(url)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a Hacker News search")
        hits = loose.at(answer, "hits")
        if not isinstance(hits, list):
            said = loose.first_text(loose.at(answer, "message"), loose.at(answer, "error"))
            raise ParseError(f"Hacker News gave no hits: {said or 'the answer has another shape'}", url=document.url)
        mentions = [_mention(hit, context) for hit in loose.tables(hits)]
        return Parsed(tuple(mentions), next=_next(answer, hits, document.url))


def _searches(base: str, brands: Sequence[Brand]) -> list[str]:
    names = asking.search_names(brands)
    return [_search(base, asking.phrase(name)) for name in names] or [_search(base, None)]


def _search(base: str, query: str | None, tags: str = "(story,comment)") -> str:
    return asking.at_base(base, "/api/v1/search_by_date", query=query, tags=tags, hitsPerPage=PAGE)


def _from_site(url: str, brands: Sequence[Brand]) -> list[str]:
    """A page of the site as a search: an item's thread, a user's posts, or the brands anywhere."""
    item, user = asking.param(url, "id"), (asking.steps(url) or [""])[0] == "threads"
    if item and user:
        return [_search(API, None, f"author_{item}")]
    if item:
        return [_search(API, None, f"story_{item}")]
    return _searches(API, brands)


def _next(answer: Any, hits: list[Any], url: str) -> Request | None:
    page = loose.whole(loose.at(answer, "page"))
    page = page if page is not None else asking.number_param(url, "page") or 0
    pages = loose.whole(loose.at(answer, "nbPages"))
    if not hits or (pages is not None and page + 1 >= pages):
        return None
    return Request(asking.with_params(url, page=page + 1))


def _mention(hit: dict[str, Any], context: ParseContext) -> Mention:
    item = loose.identifier(hit.get("objectID"))
    moment, whose = loose.moment(context, hit.get("created_at_i"), hit.get("created_at"))
    author = loose.text(hit.get("author"))
    return Mention(
        external_id=item or "",
        title=flat(loose.text(hit.get("title")) or ""),
        text=plain(loose.first_text(hit.get("comment_text"), hit.get("story_text")) or ""),
        url=f"{SITE}/item?id={item}" if item else loose.text(hit.get("url")),
        published_at=moment,
        published_at_source=whose,
        author=author,
        author_url=f"{SITE}/user?id={author}" if author else None,
        likes=loose.whole(hit.get("points")),
        replies=loose.whole(hit.get("num_comments")),
        extra=loose.told(
            link=loose.text(hit.get("url")),
            story=loose.text(hit.get("story_title")),
            story_id=loose.identifier(hit.get("story_id")),
            parent_id=loose.identifier(hit.get("parent_id")),
        ),
    )


HACKERNEWS = HackerNews()

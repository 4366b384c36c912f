"""Posts and comments of a Lemmy server, by its API v3: search, post lists, comment lists.

Format: join-lemmy.org/docs/contributors/04-api.html and lemmy-js-client's types (`PostView`, `CommentView`: the
thing itself, `creator`, `community`, `counts`); pages by `page`, or by `next_page` handed back as `page_cursor`.
Older servers give times without a zone; they are UTC. Errors are `{"error": "rate_limit_error"}` and the like.
Blind spots: a server knows what reached it; texts are Markdown, which stays as written but for HTML in it; what its author or a moderator
removed is left out, and stays stored if it was heard before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collectors import asking, loose
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import flat, guessed
from errors import Forbidden, ParseError, RateLimited

PAGE = 50
KNOWN = ("lemmy.world", "lemmy.ml", "lemm.ee", "beehaw.org", "sh.itjust.works", "programming.dev", "feddit.org")


class Lemmy(Kind):
    name = "lemmy"
    default_channel = "forum"
    first_depth = 3
    label = "Lemmy"

    def recognises(self, url: str) -> bool:
        path = asking.path(url)
        if path.startswith("/api/v3/"):
            return True
        if path.startswith("/feeds/"):
            return False
        return asking.host(url) in KNOWN or asking.host(url).startswith("lemmy.")

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        return [Request(url) for url in _addresses(source.url, brands)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a Lemmy answer")
        table = loose.table(answer)
        if said := loose.text(table.get("error")):
            _refuse(said, document)
        if not isinstance(table.get("posts"), list) and not isinstance(table.get("comments"), list):
            raise ParseError("Lemmy gave neither posts nor comments", url=document.url)
        views = loose.tables(table.get("posts")) + loose.tables(table.get("comments"))
        found = [_mention(view, document.url, context) for view in views]
        return Parsed(
            tuple(mention for mention in found if mention is not None), next=_next(table, views, document.url)
        )

    def refuse(self, document: Document) -> None:
        if said := loose.text(loose.at(loose.attempt(document.body), "error")):
            _refuse(said, document)


def _addresses(url: str, brands: Sequence[Brand]) -> list[str]:
    steps = asking.steps(url)
    if steps[:1] == ["c"] and len(steps) == 2:
        place = {"community_name": steps[1], "sort": "New", "limit": PAGE}
        return [asking.at_base(url, f"/api/v3/{what}/list", **place) for what in ("post", "comment")]
    if steps[:1] == ["post"] and len(steps) == 2 and steps[1].isdigit():
        return [asking.at_base(url, "/api/v3/comment/list", post_id=steps[1], sort="New", limit=PAGE)]
    if steps[:1] == ["u"] and len(steps) == 2:
        return [asking.at_base(url, "/api/v3/user", username=steps[1], sort="New", limit=PAGE)]
    if steps == ["search"] and (query := asking.param(url, "q")):
        return [_search(url, query)]
    if not asking.is_bare(url):
        return [url]
    names = asking.search_names(brands)
    return [_search(url, name) for name in names] or [
        asking.at_base(url, f"/api/v3/{what}/list", type_="All", sort="New", limit=PAGE) for what in ("post", "comment")
    ]


def _search(url: str, query: str) -> str:
    return asking.at_base(url, "/api/v3/search", q=query, type_="All", sort="New", limit=PAGE)


def _refuse(said: str, document: Document) -> None:
    if "rate_limit" in said:
        raise RateLimited(f"the server asks for fewer requests: {said}", url=document.url, status=document.status)
    if said in ("not_logged_in", "instance_is_private"):
        raise Forbidden(f"this server is for members only: {said}", url=document.url, status=document.status)
    raise ParseError(f"Lemmy answered with an error: {said}", url=document.url)


def _next(table: dict[str, Any], views: list[dict[str, Any]], url: str) -> Request | None:
    if not views:
        return None
    cursor = loose.text(table.get("next_page"))
    if cursor is not None:
        return Request(asking.with_params(url, page_cursor=cursor, page=None))
    if asking.param(url, "page_cursor") is not None:
        return None  # a server that pages by cursor gives none on its last page
    return Request(asking.with_params(url, page=(asking.number_param(url, "page") or 1) + 1))


def _mention(view: dict[str, Any], url: str, context: ParseContext) -> Mention | None:
    what = "comment" if isinstance(view.get("comment"), dict) else "post"
    thing, counts = loose.table(view.get(what)), loose.table(view.get("counts"))
    number = loose.identifier(thing.get("id"))
    if thing.get("deleted") is True or thing.get("removed") is True:
        return None
    creator = loose.table(view.get("creator"))
    comment = what == "comment"
    headline = loose.text(loose.at(view, "post", "name"))
    moment, whose = loose.moment(context, thing.get("published"), counts.get("published"))
    return Mention(
        external_id=loose.named(what, number),
        title="" if comment else flat(headline or ""),
        text=guessed(loose.text(thing.get("content") if comment else thing.get("body")) or ""),
        url=loose.text(thing.get("ap_id")) or (asking.at_base(url, f"/{what}/{number}") if number else None),
        published_at=moment,
        published_at_source=whose,
        author=loose.first_text(creator.get("name"), creator.get("display_name")),
        author_url=loose.text(creator.get("actor_id")),
        likes=_likes(counts),
        replies=loose.whole(counts.get("child_count") if comment else counts.get("comments")),
        extra=loose.told(
            community=loose.first_text(loose.at(view, "community", "title"), loose.at(view, "community", "name")),
            post=headline if comment else None,
            link=None if comment else loose.text(thing.get("url")),
            score=loose.whole(counts.get("score"), least=-loose.WHOLE_LIMIT),
        ),
    )


def _likes(counts: dict[str, Any]) -> int | None:
    """Votes for it; their balance from a server that gives no more."""
    found = loose.whole(counts.get("upvotes"))
    return found if found is not None else loose.whole(counts.get("score"))


LEMMY = Lemmy()

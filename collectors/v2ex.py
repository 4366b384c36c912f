"""V2EX topics and replies, by its public API; with a token also API 2.0; and SOV2EX's search answers.

Formats: www.v2ex.com/help/api and its older pages (`/api/topics/latest.json`, `/api/topics/show.json?node_name=`,
`?username=`, `/api/replies/show.json?topic_id=`: plain lists, epoch seconds), API 2.0 (`{"success", "message",
"result"}`, pages by `p`, token in the option `token`), and github.com/Bynil/sov2ex (`hits[]._source`, paged by
`from`). 600 requests an hour per address; the headers X-Rate-Limit-* say how many are left.
With the option `replies` the replies of every topic that has some are collected too (one request a topic).
Blind spots: the lists of API 1 hold the newest twenty or so and have no second page, so a busy node polled too
seldom is reported as missed; thanks on topics are not given; a topic that its author deleted is left out.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collectors import asking, loose
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import flat, plain
from errors import Forbidden, ParseError, RateLimited

SITE = "https://www.v2ex.com"
MOST_TOPICS = 20  # whose replies are asked for in one collection
SEARCH_PAGE = 50
_REPLIES_OF = re.compile(r"/topics/(\d+)/replies$")
_API = re.compile(r"/api/(topics|replies)/(latest|hot|show)\.json$")


class V2ex(Kind):
    name = "v2ex"
    default_channel = "forum"
    first_depth = 3
    label = "V2EX"
    options = (
        Option("token", Form.SECRET, "A personal access token, for API 2.0.", "1234-abcd"),
        Option("replies", Form.FLAG, "Read the replies of each topic, too.", "1"),
    )

    def recognises(self, url: str) -> bool:
        if _API.search(asking.path(url)):
            return True
        if not asking.under(url, "v2ex.com", "sov2ex.com"):
            return False
        steps = asking.steps(url)
        return not steps or (steps[0] in ("api", "go", "t", "member", "recent") and not steps[-1].endswith(".xml"))

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        headers = asking.bearer(source.options)
        return [Request(url, headers=headers) for url in _addresses(source.url, brands)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a V2EX answer")
        _refuse(answer, document)
        if "hits" in loose.table(answer):
            return _searched(answer, document, context)
        entries = answer.get("result") if isinstance(answer, dict) and "result" in answer else answer
        if not isinstance(entries, list) and {"id", "title", "content"}.isdisjoint(loose.table(entries)):
            raise ParseError("V2EX gave neither topics nor replies", url=document.url)
        given = loose.tables(entries)
        items = [item for item in given if loose.flag(item.get("deleted")) is not True]
        found = [(item, _mention(item, document, context)) for item in items]
        return Parsed(
            tuple(mention for _, mention in found),
            next=_next(answer, given, document.url, context),
            also=tuple(_replies(items, document.url)) if loose.flag(context.options.get("replies")) else (),
            newest_first=not any("title" not in item for item in items),  # replies come in the order they were written
        )

    def refuse(self, document: Document) -> None:
        _refuse(loose.attempt(document.body), document)


def _addresses(url: str, brands: Sequence[Brand]) -> list[str]:
    """The API's address for a page of the site; an address of the API stays as it is."""
    steps = asking.steps(url)
    if asking.under(url, "sov2ex.com") and steps[:1] != ["api"]:
        query = asking.param(url, "q")
        names = [query] if query else asking.search_names(brands)
        return [
            asking.at_base(url, "/api/search", q=name, sort="created", order=0, size=SEARCH_PAGE) for name in names
        ] or [url]
    if asking.is_bare(url) or steps[:1] == ["recent"] or (not steps and asking.param(url, "tab")):
        return [asking.at_base(url, "/api/topics/latest.json")]
    if not asking.under(url, "v2ex.com") or len(steps) < 2:
        return [url]
    pages = {"go": ("topics", "node_name"), "member": ("topics", "username"), "t": ("replies", "topic_id")}
    if steps[0] not in pages:
        return [url]
    what, name = pages[steps[0]]
    return [asking.at_base(url, f"/api/{what}/show.json", **{name: steps[1]})]


def _refuse(answer: Any, document: Document) -> None:
    """Raise what an error inside a 200 means."""
    table = loose.table(answer)
    failed = table.get("success") is False or table.get("status") == "error" or "error" in table
    if not failed:
        return
    said = loose.first_text(table.get("message"), table.get("error"), table.get("rendered")) or "no reason given"
    if "rate" in said.lower() or "limit" in said.lower():
        raise RateLimited(
            f"V2EX asks for fewer requests: {said}",
            url=document.url,
            status=document.status,
            retry_at=_reset(document),
        )
    if "token" in said.lower() or "login" in said.lower():
        raise Forbidden(
            f"V2EX wants a token here: {said}; set the option 'token'", url=document.url, status=document.status
        )
    raise ParseError(f"V2EX answered with an error: {said}", url=document.url)


def _reset(document: Document) -> datetime | None:
    reset = loose.whole(document.headers.get("x-rate-limit-reset"))
    if reset is None:
        return None
    try:
        moment = datetime.fromtimestamp(reset, tz=document.fetched_at.tzinfo)
    except (OverflowError, OSError, ValueError):
        return None
    return moment if moment > document.fetched_at else None


def _next(answer: Any, items: list[dict[str, Any]], url: str, context: ParseContext) -> Request | None:
    """API 2.0 pages by `p`; API 1 has one page."""
    if not isinstance(answer, dict) or not isinstance(answer.get("result"), list) or not items:
        return None
    following = asking.with_params(url, p=(asking.number_param(url, "p") or 1) + 1)
    return Request(following, headers=asking.bearer(context.options))


def _replies(items: list[dict[str, Any]], url: str) -> list[Request]:
    topics = [
        (loose.identifier(item.get("id")), loose.text(item.get("title")))
        for item in items
        if loose.whole(item.get("replies")) and item.get("title")
    ]
    return [
        Request(asking.at_base(url, "/api/replies/show.json", topic_id=topic), note={"topic": topic, "title": title})
        for topic, title in topics[:MOST_TOPICS]
        if topic is not None
    ]


def _mention(item: dict[str, Any], document: Document, context: ParseContext) -> Mention:
    """A topic, or a reply: it has no title and hangs under a topic."""
    number = loose.identifier(item.get("id"))
    reply = "title" not in item
    topic = (
        number
        if not reply
        else loose.first_text(
            loose.identifier(item.get("topic_id")), context.note.get("topic"), _topic_of(document.url)
        )
    )
    member = loose.table(item.get("member"))
    moment, whose = loose.moment(context, item.get("created"))
    author = loose.first_text(member.get("username"), item.get("member"))
    return Mention(
        external_id=loose.named("reply", number) if reply else number or "",
        title=flat(loose.text(item.get("title")) or ""),
        text=plain(loose.first_text(item.get("content_rendered"), item.get("content")) or ""),
        url=loose.text(item.get("url")) or _link(topic, number if reply else None),
        published_at=moment,
        published_at_source=whose,
        author=author,
        author_url=loose.text(member.get("url")) or (f"{SITE}/member/{author}" if author else None),
        likes=loose.whole(item.get("thanks")),
        replies=None if reply else loose.whole(item.get("replies")),
        extra=loose.told(
            node=loose.first_text(loose.at(item, "node", "title"), loose.at(item, "node", "name")),
            topic=loose.text(context.note.get("title")) if reply else None,
            topic_id=topic if reply else None,
        ),
    )


def _topic_of(url: str) -> str | None:
    """The topic that an address asks the replies of, in either API."""
    path = _REPLIES_OF.search(asking.path(url))
    return path[1] if path else asking.param(url, "topic_id")


def _link(topic: str | None, reply: str | None) -> str | None:
    if topic is None:
        return None
    return f"{SITE}/t/{topic}" + (f"#r_{reply}" if reply else "")


def _searched(answer: dict[str, Any], document: Document, context: ParseContext) -> Parsed:
    """SOV2EX: Elasticsearch hits around what a topic said when it was indexed."""
    hits = loose.tables(loose.at(answer, "hits", "hits") or answer.get("hits"))
    mentions = [_mention({"title": "", **loose.table(hit.get("_source"))}, document, context) for hit in hits]
    begin = asking.number_param(document.url, "from") or 0
    total = loose.whole(answer.get("total"))
    following = None
    if hits and (total is None or begin + len(hits) < total):
        following = Request(asking.with_params(document.url, **{"from": begin + len(hits)}))
    return Parsed(tuple(mentions), next=following)


V2EX = V2ex()

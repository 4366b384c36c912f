"""Forums that run Discourse: search results, newest posts, topic lists and single topics, no key.

Format: docs.discourse.org (every page as JSON by adding `.json`: `/search.json?q=&page=`, `/posts.json?before=`,
`/latest.json?page=`, `/c/.../l/latest.json`, `/t/slug/id.json`). Errors are `{"errors": [...], "error_type"}`;
`rate_limit` says `extras.wait_seconds`. A forum's bare address means its newest posts, whose texts are whole; the
option `search` makes it search for the brands instead.
Blind spots: search gives fragments of about 200 characters; a topic list has only titles and sometimes an
excerpt; what its author or a moderator deleted or hid is left out.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from collectors import asking, loose
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import flat, plain
from errors import Forbidden, ParseError, RateLimited

TOPIC_PAGE = 20
KNOWN = ("meta.discourse.org", "linux.do", "community.openai.com", "forum.gitlab.com", "users.rust-lang.org")
_JSON_PAGES = re.compile(r".*/(latest|posts|search|new|top)\.json$|.*/t/(?:[^/]+/)?\d+(?:/\d+)?\.json$")
_GONE = ("deleted_at", "user_deleted", "cooked_hidden")  # the last one's text is the forum's own notice
_HOLDERS = ("topic_list", "latest_posts", "post_stream", "posts", "topics", "grouped_search_result")
_FORUM = re.compile(r"/(?:(?:latest|new|top|posts|search)(?:\.json)?$|(?:c|t|tag|tags)/.*)")
_FEEDS = (".rss", ".atom", ".xml")


class Discourse(Kind):
    name = "discourse"
    default_channel = "forum"
    first_depth = 3
    label = "Discourse forum"
    options = (Option("search", Form.FLAG, "Search a bare address for the brands' names.", "1"),)

    def recognises(self, url: str) -> bool:
        where, path = asking.host(url), asking.path(url)
        if path.endswith(_FEEDS):
            return False
        return where in KNOWN or where.startswith(("discourse.", "discuss.")) or bool(_JSON_PAGES.match(path))

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        return [Request(url) for url in _addresses(source.url, bool(loose.flag(source.options.get("search"))), brands)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a Discourse answer")
        _refuse(answer, document)
        table = loose.table(answer)
        topics = loose.tables(loose.at(table, "topic_list", "topics"))
        posts = table.get("latest_posts") or loose.at(table, "post_stream", "posts") or table.get("posts")
        if not any(name in table for name in _HOLDERS) or not isinstance(posts or [], list | dict):
            raise ParseError("Discourse gave neither posts nor topics", url=document.url)
        if "topic_list" in table:
            names = _names(table)
            found = [_topic(topic, names, document.url, context) for topic in topics]
        else:
            of = {loose.identifier(topic.get("id")): topic for topic in loose.tables(table.get("topics"))}
            alone = table if "post_stream" in table else {}
            kept = [post for post in loose.tables(posts) if not any(post.get(sign) for sign in _GONE)]
            found = [_post(post, of, alone, document.url, context) for post in kept]
        return Parsed(
            tuple(found),
            next=_next(table, document.url),
            newest_first="post_stream" not in table,
        )

    def refuse(self, document: Document) -> None:
        _refuse(loose.attempt(document.body), document)


def _addresses(url: str, search: bool, brands: Sequence[Brand]) -> list[str]:
    path = asking.path(url).rstrip("/")
    if path.endswith(".json"):
        return [url]
    if asking.is_bare(url):
        names = asking.search_names(brands) if search else []
        return [asking.at_base(url, "/search.json", q=f"{asking.phrase(name)} order:latest") for name in names] or [
            asking.at_base(url, "/posts.json")
        ]
    if re.search(r"(^|/)(latest|new|top|posts|search|c/.+|tags?/.+|t/.+)$", path):
        return [asking.parts(url)._replace(path=path + ".json", fragment="").geturl()]
    return [url]


def _refuse(answer: Any, document: Document) -> None:
    errors = loose.at(answer, "errors") or loose.at(answer, "error")
    if not errors:
        return
    said = "; ".join(loose.words(errors, 3)) or loose.text(errors) or "no reason given"
    kind = loose.text(loose.at(answer, "error_type")) or ""
    if kind == "rate_limit":
        seconds = loose.whole(loose.at(answer, "extras", "wait_seconds")) or 60
        raise RateLimited(
            f"the forum asks for fewer requests: {said}",
            url=document.url,
            status=document.status,
            retry_at=document.fetched_at + timedelta(seconds=min(seconds, 86_400)),
        )
    if kind in ("not_logged_in", "invalid_access"):
        raise Forbidden(f"the forum shows this to members only: {said}", url=document.url, status=document.status)
    raise ParseError(f"the forum answered with an error: {said}", url=document.url)


def _names(table: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    return {loose.identifier(user.get("id")): user for user in loose.tables(table.get("users"))}


def _next(table: dict[str, Any], url: str) -> Request | None:
    """Search says whether there is more; a topic list names its next page; posts go on below their lowest id; a
    topic lists the ids of all its posts and gives them in pages from 1."""
    if "topic_list" in table:
        if not loose.text(loose.at(table, "topic_list", "more_topics_url")):
            return None
        return Request(asking.with_params(url, page=(asking.number_param(url, "page") or 0) + 1))
    if "latest_posts" in table:
        ids = [found for post in loose.tables(table["latest_posts"]) if (found := loose.whole(post.get("id")))]
        before = asking.number_param(url, "before")
        if not ids or (before is not None and min(ids) >= before) or min(ids) <= 1:
            return None
        return Request(asking.with_params(url, before=min(ids)))
    if "post_stream" in table:
        ids = loose.at(table, "post_stream", "stream")
        page = asking.number_param(url, "page") or 1
        size = loose.whole(table.get("chunk_size"), least=1) or TOPIC_PAGE
        more = (
            isinstance(ids, list) and page * size < len(ids) and loose.tables(loose.at(table, "post_stream", "posts"))
        )
        return Request(asking.with_params(url, page=page + 1)) if more else None
    result = loose.table(table.get("grouped_search_result"))
    if loose.tables(table.get("posts")) and result.get("more_full_page_results") is True:
        return Request(asking.with_params(url, page=(asking.number_param(url, "page") or 1) + 1))
    return None


def _topic(topic: dict[str, Any], users: dict[str | None, dict[str, Any]], url: str, context: ParseContext) -> Mention:
    number = loose.identifier(topic.get("id"))
    posters = loose.tables(topic.get("posters"))
    first = next((who for who in posters if "Original Poster" in str(who.get("description"))), None)
    starter = users.get(loose.identifier(loose.at(first, "user_id")), {})
    author = loose.text(starter.get("username"))
    posts = loose.whole(topic.get("posts_count"))
    moment, whose = loose.moment(context, topic.get("created_at"))
    return Mention(
        external_id=loose.named("topic", number),
        title=flat(loose.first_text(topic.get("title"), topic.get("fancy_title")) or ""),
        text=plain(loose.text(topic.get("excerpt")) or ""),
        url=_page(url, f"/t/{asking.step(loose.text(topic.get('slug')) or 'topic')}/{number}") if number else None,
        published_at=moment,
        published_at_source=whose,
        author=author,
        author_url=_person(url, author),
        likes=loose.whole(topic.get("like_count")),
        replies=posts - 1 if posts else loose.whole(topic.get("reply_count")),
        views=loose.whole(topic.get("views")),
        extra=loose.told(tags=loose.words(topic.get("tags")), name=loose.text(starter.get("name"))),
    )


def _post(
    post: dict[str, Any],
    topics: dict[str | None, dict[str, Any]],
    alone: dict[str, Any],
    url: str,
    context: ParseContext,
) -> Mention:
    """A post, with its topic's title when it opens the topic; under a reply the title goes to `extra`."""
    number = loose.identifier(post.get("id"))
    topic = topics.get(loose.identifier(post.get("topic_id"))) or alone
    title = flat(loose.first_text(post.get("topic_title"), topic.get("title"), topic.get("fancy_title")) or "")
    opens = loose.whole(post.get("post_number")) in (1, None)
    author = loose.text(post.get("username"))
    moment, whose = loose.moment(context, post.get("created_at"))
    return Mention(
        external_id=number or "",
        title=title if opens else "",
        text=plain(loose.first_text(post.get("cooked"), post.get("raw"), post.get("blurb")) or ""),
        url=_address(post, topic, url),
        published_at=moment,
        published_at_source=whose,
        author=author,
        author_url=_person(url, author),
        likes=_likes(post),
        replies=loose.whole(post.get("reply_count")),
        views=loose.whole(post.get("reads")),
        extra=loose.told(name=loose.text(post.get("name")), topic=title if not opens else None),
    )


def _address(post: dict[str, Any], topic: dict[str, Any], url: str) -> str | None:
    number = loose.identifier(post.get("topic_id")) or loose.identifier(topic.get("id"))
    slug = loose.first_text(post.get("topic_slug"), topic.get("slug")) or "topic"
    return _page(url, f"/t/{asking.step(slug)}/{number}/{loose.whole(post.get('post_number')) or 1}")


def _page(url: str, where: str) -> str:
    """A page of the forum, which may live in a folder of its host."""
    path = asking.path(url)
    root = _FORUM.search(path)
    return asking.at_base(url, (path[: root.start()] if root else "") + where)


def _likes(post: dict[str, Any]) -> int | None:
    """Search gives a count. Posts give actions, of which number 2 is the like; without it nobody liked, since Discourse
    leaves out what has no count (discourse/discourse, app/serializers/post_serializer.rb)."""
    given = loose.whole(post.get("like_count"))
    if given is not None or not isinstance(post.get("actions_summary"), list):
        return given
    liked = [action for action in loose.tables(post["actions_summary"]) if loose.whole(action.get("id")) == 2]
    return (loose.whole(liked[0].get("count")) if liked else None) or 0


def _person(url: str, author: str | None) -> str | None:
    return _page(url, f"/u/{asking.step(author)}") if author else None


DISCOURSE = Discourse()

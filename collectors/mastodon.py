"""Posts of a Mastodon server (or Pleroma, Akkoma, GoToSocial): hashtag, public and account timelines, and search.

Format: docs.joinmastodon.org (timelines/tag, timelines/public, accounts/:id/statuses: a list of Status objects,
paged by `max_id` and the Link header, at most 40; api/v2/search: an object with `statuses`, paged by `offset`,
which most servers open to logged-in people only). 300 requests in five minutes; X-RateLimit-Reset says until when.
An option `token` is sent as the bearer of the server itself, never elsewhere.
Blind spots: a server knows the posts that reached it, not the whole network; boosts are left out, since they are
nobody's own words; a hashtag must be a word, so `C++` cannot be one.
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

PAGE = 40
KNOWN = (
    "mastodon.social", "mastodon.online", "mastodon.world", "mstdn.social", "mas.to", "fosstodon.org",
    "hachyderm.io", "infosec.exchange", "techhub.social", "m.cmx.im", "alive.bar", "o3o.ca",
)  # fmt: skip
_NEXT = re.compile(r"<([^<>\s]+)>\s*;[^<>]*?\brel\s*=\s*[\"']?next\b", re.IGNORECASE)
_API = re.compile(r"/api/v[12]/(timelines/|search$|accounts/[^/]+/statuses)")


class Mastodon(Kind):
    name = "mastodon"
    default_channel = "social"
    first_depth = 3
    label = "Mastodon"
    options = (Option("token", Form.SECRET, "An access token of the server, where it wants one.", "aBcD1234"),)

    def recognises(self, url: str) -> bool:
        where = asking.path(url)
        if _API.match(where):
            return True
        if where.endswith((".rss", ".atom", ".xml", ".json")):
            return False
        ours = asking.host(url) in KNOWN or asking.host(url).startswith(("mastodon.", "mstdn."))
        steps = asking.steps(url)
        return ours and (not steps or steps[0] in ("tags", "public", "search", "explore"))

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        headers = asking.bearer(source.options)
        return [Request(url, headers=headers) for url in _addresses(source.url, brands)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a Mastodon timeline")
        _refuse(answer, document)
        search = isinstance(answer, dict)
        statuses = answer.get("statuses") if isinstance(answer, dict) else answer
        if not isinstance(statuses, list):
            raise ParseError("Mastodon gave no posts: the answer has another shape", url=document.url)
        items = loose.tables(statuses)
        mentions = [_mention(item, context) for item in items if not loose.table(item.get("reblog"))]
        following = _more_found(document.url, items) if search else _older(document, items)
        return Parsed(
            tuple(mentions),
            next=Request(following, headers=asking.bearer(context.options)) if following else None,
        )

    def refuse(self, document: Document) -> None:
        _refuse(loose.attempt(document.body), document)


def hashtag(name: str) -> str | None:
    """The hashtag people write for a name: letters, digits and underscores; None where little would be left."""
    tag = re.sub(r"[^\w]+", "", name)
    lost = len(re.sub(r"[\s\-·.'’&]", "", name)) - len(tag)
    return tag if len(tag) >= 2 and not tag.isdigit() and lost <= 0 else None


def _addresses(url: str, brands: Sequence[Brand]) -> list[str]:
    steps = asking.steps(url)
    if steps[:1] == ["tags"] and len(steps) == 2:
        return [_timeline(url, steps[1])]
    if steps[:1] == ["search"] and (query := asking.param(url, "q")):
        return [asking.at_base(url, "/api/v2/search", q=query, type="statuses", limit=PAGE)]
    if asking.is_bare(url) or steps in (["public"], ["public", "local"], ["explore"]):
        tags = [tag for name in asking.search_names(brands) if (tag := hashtag(name))]
        unique = list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]
        return [_timeline(url, tag) for tag in unique] or [asking.at_base(url, "/api/v1/timelines/public", limit=PAGE)]
    return [url]


def _timeline(url: str, tag: str) -> str:
    return asking.at_base(url, f"/api/v1/timelines/tag/{asking.step(tag)}", limit=PAGE)


def _refuse(answer: Any, document: Document) -> None:
    said = loose.text(loose.at(answer, "error")) if isinstance(answer, dict) else None
    if said is None:
        return
    if "many requests" in said.lower() or "throttle" in said.lower():
        raise RateLimited(f"the server asks for fewer requests: {said}", url=document.url, status=document.status)
    if re.search(r"authenticat|authoriz|access token|not allowed", said, re.IGNORECASE):
        raise Forbidden(
            f"this server shows posts to its own people only: {said}", url=document.url, status=document.status
        )
    raise ParseError(f"the server answered with an error: {said}", url=document.url)


def _older(document: Document, items: list[dict[str, Any]]) -> str | None:
    """Older posts: where the Link header says, on the same host; without a header, below the last id given."""
    ids = [found for item in items if (found := loose.identifier(item.get("id"))) is not None]
    if not ids:
        return None
    if (link := document.headers.get("link")) is not None:
        return asking.joined(document.url, named[1]) if (named := _NEXT.search(link)) else None
    return asking.with_params(document.url, max_id=ids[-1], min_id=None, since_id=None)


def _more_found(url: str, items: list[dict[str, Any]]) -> str | None:
    if not items:
        return None
    return asking.with_params(url, offset=(asking.number_param(url, "offset") or 0) + len(items))


def _mention(item: dict[str, Any], context: ParseContext) -> Mention:
    number = loose.identifier(item.get("id"))
    account = loose.table(item.get("account"))
    moment, whose = loose.moment(context, item.get("created_at"))
    tags = [loose.text(tag.get("name")) for tag in loose.tables(item.get("tags"))]
    return Mention(
        external_id=number or "",
        title=flat(loose.text(item.get("spoiler_text")) or ""),
        text=_body(item),
        url=loose.first_text(item.get("url"), item.get("uri")),
        published_at=moment,
        published_at_source=whose,
        author=loose.first_text(account.get("acct"), account.get("username")),
        author_url=loose.text(account.get("url")),
        author_followers=loose.whole(account.get("followers_count")),
        likes=loose.whole(item.get("favourites_count")),
        replies=loose.whole(item.get("replies_count")),
        shares=loose.whole(item.get("reblogs_count")),
        extra=loose.told(
            name=loose.text(account.get("display_name")),
            language=loose.text(item.get("language")),
            tags=[tag for tag in tags if tag][:50],
            bot=account.get("bot") if account.get("bot") is True else None,
            in_reply_to=loose.identifier(item.get("in_reply_to_id")),
        ),
    )


def _body(item: dict[str, Any]) -> str:
    """What was written, and what the pictures' descriptions say when nothing was."""
    written = plain(loose.text(item.get("content")) or "")
    if written:
        return written
    described = [loose.text(picture.get("description")) for picture in loose.tables(item.get("media_attachments"))]
    return "\n".join(words for words in described if words)


MASTODON = Mastodon()

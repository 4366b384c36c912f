"""Reddit, slowly: search and subreddits by `.rss`, or by the API when somebody registered an app.

Formats: www.reddit.com/wiki/rss (Atom; ids `t3_` posts and `t1_` comments; the author as `/u/name`; the body wrapped
in SC_OFF comments and followed by "submitted by"; no score and no count of comments) and www.reddit.com/dev/api
(listings of `t3` and `t1`, paged by `after`; `X-Ratelimit-*` headers). With the options `client_id` and
`client_secret` of an app, a token is asked for at `/api/v1/access_token` (github.com/reddit-archive/reddit/wiki/
OAuth2, application only) and the same searches go to oauth.reddit.com. On any host but Reddit's own both are that
host's. Errors come as `{"error": 403, "reason": "private"}`.
We ask at most every ten minutes, later when the headers say that little is left. Blind spots: without an app no
score; search is Reddit's and finds posts, not comments; deleted texts are left out.
"""

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collectors import asking, loose
from collectors.feed import FEED
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from errors import Forbidden, ParseError, RateLimited

SITE = "https://www.reddit.com"
API = "https://oauth.reddit.com"
PAGE = 100
MOST_THINGS = 5_000  # of one answer
PAUSE = timedelta(minutes=10)
_DELETED = ("[deleted]", "[removed]", "[deleted by user]", "[ Removed by Reddit ]")
_FOOTER = re.compile(r"\s*submitted by\s+/?u/\S+(?:\s+to\s+r/\S+)?\s*(?:\[link\])?\s*(?:\[comments\])?\s*$")


class Reddit(Kind):
    name = "reddit"
    default_channel = "forum"
    first_depth = 1
    label = "Reddit"
    options = (
        Option("client_id", Form.TEXT, "Id of an app of your own, for scores and replies.", "aBcD1234"),
        Option("client_secret", Form.SECRET, "Secret of that app.", "s3cr3t"),
    )

    def recognises(self, url: str) -> bool:
        return asking.under(url, "reddit.com")

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        secret = [loose.text(source.options.get(name)) for name in ("client_id", "client_secret")]
        ours = self.recognises(source.url)
        if not secret[0]:
            return [Request(url) for url in _feeds(source.url, brands)]
        where = asking.at_base(SITE if ours else source.url, "/api/v1/access_token")
        pair = base64.b64encode(f"{secret[0]}:{secret[1] or ''}".encode()).decode()
        then = [_listing(url, API if ours else source.url) for url in _feeds(source.url, brands)]
        return [
            Request(
                where,
                tag="token",
                method="POST",
                data=b"grant_type=client_credentials",
                headers={"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"},
                conditional=False,
                foreign=not asking.same_host(where, source.url),
                setup=True,
                note={"then": url, "foreign": not asking.same_host(url, source.url)},
            )
            for url in then
        ]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        if context.tag == "token":
            return _with_token(document, context)
        start = document.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        parsed = _listed(document, context) if start in (b"{", b"[") else _fed(document, context)
        return replace(parsed, ttl=max(PAUSE, _left(document), parsed.ttl or PAUSE))

    def refuse(self, document: Document) -> None:
        _refuse(loose.attempt(document.body), document)


def _feeds(url: str, brands: Sequence[Brand]) -> list[str]:
    """The feed behind a page of the site; an address that names its format stays as it is."""
    path = asking.path(url).rstrip("/")
    if path.endswith((".rss", ".json", ".xml")) or path.startswith("/api/"):
        return [url]
    if asking.is_bare(url):
        names = asking.search_names(brands, most=8)
        if not names:
            return [asking.at_base(url, "/r/all/new/.rss", limit=PAGE)]
        return [asking.at_base(url, "/search.rss", q=asking.any_of(names), sort="new", limit=PAGE)]
    if not asking.under(url, "reddit.com"):
        return [url]
    steps = asking.steps(url)
    if steps[-1] == "search":
        return [asking.with_defaults(asking.parts(url)._replace(path=path + ".rss").geturl(), sort="new", limit=PAGE)]
    if steps[0] == "r" and len(steps) == 2:
        path += "/new"
    return [asking.with_defaults(asking.parts(url)._replace(path=path + "/.rss").geturl(), limit=PAGE)]


def _listing(feed: str, base: str) -> str:
    """The API's address for what a feed lists."""
    split = asking.parts(feed)
    path = re.sub(r"/?\.(rss|json|xml)$", "", split.path)
    there = asking.parts(base)
    return asking.with_defaults(
        split._replace(scheme=there.scheme, netloc=there.netloc, path=path).geturl(), raw_json=1, limit=PAGE
    )


def _with_token(document: Document, context: ParseContext) -> Parsed:
    answer = loose.load(document.body, url=document.url, what="a Reddit token")
    token = loose.text(loose.at(answer, "access_token"))
    if token is None:
        said = (
            loose.first_text(
                loose.at(answer, "error_description"), loose.at(answer, "error"), loose.at(answer, "message")
            )
            or "no token in the answer"
        )
        raise Forbidden(
            f"Reddit refused the app: {said}; check the options client_id and client_secret",
            url=document.url,
            status=document.status,
        )
    return Parsed(next=_with_bearer(str(context.note["then"]), f"bearer {token}", bool(context.note["foreign"])))


def _with_bearer(url: str, bearer: str, foreign: bool) -> Request:
    note = {"bearer": bearer, "foreign": foreign}
    return Request(url, headers={"Authorization": bearer}, conditional=False, foreign=foreign, note=note)


def _left(document: Document) -> timedelta:
    """How long to stay away when the headers say that the period's requests are all but used up."""
    left, reset = (loose.text(document.headers.get(f"x-ratelimit-{name}")) for name in ("remaining", "reset"))
    try:
        few = left is not None and float(left) < 2
        return timedelta(seconds=min(max(float(reset or 0), 0), 86_400)) if few else timedelta()
    except ValueError:
        return timedelta()


def _fed(document: Document, context: ParseContext) -> Parsed:
    parsed = FEED.parse(document, context)
    found = tuple(_from_feed(mention) for mention in parsed.mentions)
    last = found[-1].external_id if found else ""
    following = asking.with_params(document.url, after=last) if re.fullmatch(r"t[13]_\w+", last) else None
    if following and asking.param(document.url, "after") == last:
        following = None
    return replace(parsed, mentions=found, next=Request(following) if following else None)


def _from_feed(mention: Mention) -> Mention:
    author = re.sub(r"^/?u/", "", mention.author) if mention.author else None
    text = _FOOTER.sub("", mention.text)
    title, extra = mention.title, dict(mention.extra)
    comment = re.match(r"/?u/\S+ on (.+)$", title) if mention.external_id.startswith("t1_") else None
    if comment:
        title, extra["post"] = "", comment[1]
    author = None if author in _DELETED else author
    return replace(mention, author=author, text=_said(text.strip()), title=_said(title), extra=extra)


def _said(words: str) -> str:
    """The words, or none where Reddit says in their place that they are gone."""
    return "" if words in _DELETED else words


def _listed(document: Document, context: ParseContext) -> Parsed:
    answer = loose.load(document.body, url=document.url, what="a Reddit listing")
    for part in answer if isinstance(answer, list) else [answer]:
        _refuse(part, document)
    parts = loose.tables(answer)
    children = [child for part in parts for child in _with_replies(part)]
    if not any(isinstance(loose.at(part, "data", "children"), list) for part in parts):
        raise ParseError("Reddit gave no listing: the answer has another shape", url=document.url)
    raw = asking.param(document.url, "raw_json") == "1"
    found = [_thing(child, raw, context) for child in children]
    after = loose.text(loose.at(parts[-1], "data", "after"))
    following = None
    if after and children and after != asking.param(document.url, "after"):
        url = asking.with_params(document.url, after=after)
        bearer = loose.text(context.note.get("bearer"))
        following = _with_bearer(url, bearer, bool(context.note.get("foreign"))) if bearer else Request(url)
    return Parsed(tuple(mention for mention in found if mention is not None), next=following)


def _with_replies(listing: Any) -> list[dict[str, Any]]:
    """What a listing holds and what hangs below it: a thread's comments carry their replies as listings."""
    found: list[dict[str, Any]] = []
    waiting = loose.tables(loose.at(listing, "data", "children"))[::-1]
    while waiting and len(found) < MOST_THINGS:
        child = waiting.pop()
        found.append(child)
        waiting += loose.tables(loose.at(child, "data", "replies", "data", "children"))[::-1]
    return found


def _refuse(answer: Any, document: Document) -> None:
    code = loose.at(answer, "error")
    if not code:
        return
    said = loose.first_text(loose.at(answer, "reason"), loose.at(answer, "message"), code) or "no reason given"
    if loose.whole(code) == 429 or "too many" in said.lower():
        raise RateLimited(
            f"Reddit asks for fewer requests: {said}",
            url=document.url,
            status=document.status,
            retry_at=document.fetched_at + max(_left(document), PAUSE),
        )
    if loose.whole(code) in (401, 403) or said in ("private", "quarantined", "banned"):
        raise Forbidden(f"Reddit refuses: {said}", url=document.url, status=document.status)
    raise ParseError(f"Reddit answered with an error: {said}", url=document.url)


def _thing(child: dict[str, Any], raw: bool, context: ParseContext) -> Mention | None:
    """A post (t3) or a comment (t1). Without raw_json=1 Reddit escapes &, < and >."""
    data, comment = loose.table(child.get("data")), child.get("kind") == "t1"
    number = loose.identifier(data.get("name")) or loose.identifier(data.get("id"))
    if child.get("kind") not in ("t1", "t3"):
        return None
    written = loose.text(data.get("body" if comment else "selftext")) or ""
    title = loose.text(data.get("link_title" if comment else "title")) or ""
    written, title = (written, title) if raw else (html.unescape(written), html.unescape(title))
    written, title = _said(written), _said(title)
    if not written and (comment or not title):
        return None
    author = loose.text(data.get("author"))
    hidden = data.get("score_hidden") is True  # Reddit gives 1 then
    path = loose.text(data.get("permalink")) or ""
    moment, whose = loose.moment(context, data.get("created_utc"))
    return Mention(
        external_id=number or "",
        title="" if comment else title,
        text=written,
        url=SITE + path if path.startswith("/") else path or None,
        published_at=moment,
        published_at_source=whose,
        author=author if author not in _DELETED else None,
        author_url=f"{SITE}/user/{author}" if author and author not in _DELETED else None,
        likes=None if hidden else loose.whole(data.get("score")),
        replies=loose.whole(data.get("num_comments")),
        shares=loose.whole(data.get("num_crossposts")),
        extra=loose.told(
            score=None if hidden else loose.whole(data.get("score"), least=-loose.WHOLE_LIMIT),
            subreddit=loose.text(data.get("subreddit")),
            post=title or None if comment else None,
            link=loose.text(data.get("url")) if not comment and data.get("is_self") is False else None,
        ),
    )


REDDIT = Reddit()

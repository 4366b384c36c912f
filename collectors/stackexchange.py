"""Questions, answers and comments of Stack Exchange sites, by their API 2.3, no key needed.

Format: api.stackexchange.com/docs (every answer wrapped in `items`, `has_more`, `quota_remaining`, sometimes
`backoff`; errors as `error_id`, `error_name`, `error_message`, also inside a 200; compressed always; titles and
names HTML-escaped, times epoch seconds). 300 requests a day per address without a key; the option `key` raises it
to 10,000. `backoff` is obeyed: paging ends there and the source is not asked again before.
Blind spots: `search/excerpts` gives fragments, not whole texts, and no authors; a score below zero is in `extra`
only, since fewer than no likes cannot be counted.
"""

import html
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from collectors import asking, loose
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import plain
from errors import Forbidden, ParseError, RateLimited

API = "https://api.stackexchange.com"
OWN_HOSTS = {  # sites with a domain of their own, and their name in the API
    "stackoverflow.com": "stackoverflow",
    "superuser.com": "superuser",
    "serverfault.com": "serverfault",
    "askubuntu.com": "askubuntu",
    "mathoverflow.net": "mathoverflow.net",
    "stackapps.com": "stackapps",
}
PAGE = 100
_METHODS = re.compile(r"/2\.\d/(questions|search|answers|comments|posts)(/|$)")
_THROTTLED = 502  # throttle_violation
_DENIED = {401, 402, 403, 406}  # access token required, invalid, denied, compromised


class StackExchange(Kind):
    name = "stackexchange"
    default_channel = "forum"
    first_depth = 2
    label = "Stack Exchange"
    options = (
        Option("key", Form.SECRET, "Key of an app of your own, for more requests a day.", "aBcD1234"),
        Option("site", Form.TEXT, "The site that a bare API address searches.", "superuser"),
    )

    def recognises(self, url: str) -> bool:
        if asking.host(url) == "api.stackexchange.com" or _METHODS.match(asking.path(url)):
            return True
        return _site_of(url) is not None and "feeds" not in asking.steps(url)[:1]

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        site = _site_of(source.url)
        key = loose.text(source.options.get("key"))
        if site is not None:
            base, urls = API, _from_site(source.url, site, brands)
        elif asking.is_bare(source.url):
            base, urls = source.url, _searches(source.url, str(source.options.get("site", "stackoverflow")), brands)
        else:
            base, urls = source.url, [source.url]
        urls = [asking.with_defaults(url, key=key) for url in urls] if key else urls
        return [Request(url, foreign=not asking.same_host(base, source.url)) for url in urls]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        answer = loose.load(document.body, url=document.url, what="a Stack Exchange answer")
        _refuse(answer, document)
        items = loose.at(answer, "items")
        if not isinstance(items, list):
            raise ParseError("Stack Exchange gave no items: the answer has another shape", url=document.url)
        site = asking.param(document.url, "site") or "stackoverflow"
        mentions = [_mention(item, site, context) for item in loose.tables(items)]
        wait = _wait(answer, context.now)
        more = bool(items) and loose.flag(loose.at(answer, "has_more")) is True
        page = (asking.number_param(document.url, "page") or 1) + 1
        return Parsed(
            tuple(mentions),
            next=Request(asking.with_params(document.url, page=page)) if more and not wait else None,
            cut=more and wait is not None,
            ttl=wait,
        )

    def refuse(self, document: Document) -> None:
        _refuse(loose.attempt(document.body), document)


def _site_of(url: str) -> str | None:
    """The API's name for the site this page belongs to."""
    where = asking.host(url)
    if where in OWN_HOSTS:
        return OWN_HOSTS[where]
    part, _, rest = where.partition(".")
    name = where.removesuffix(".stackexchange.com")
    if part in ("api", "data", "chat"):
        return None
    if rest in OWN_HOSTS:
        return f"{part}.{OWN_HOSTS[rest]}"  # ru.stackoverflow, meta.superuser
    return name if name != where else None


def _host_of(site: str) -> str:
    """The host of a site by its name in the API."""
    own = {name: where for where, name in OWN_HOSTS.items()}
    part, _, rest = site.partition(".")
    if rest in own:
        return f"{part}.{own[rest]}"
    return own.get(site) or (site if site.endswith((".com", ".net")) else f"{site}.stackexchange.com")


def _from_site(url: str, site: str, brands: Sequence[Brand]) -> list[str]:
    steps = asking.steps(url)
    shape = {"order": "desc", "sort": "creation", "site": site, "filter": "withbody", "pagesize": PAGE}
    if steps[:2] == ["questions", "tagged"] and len(steps) > 2:
        return [asking.at_base(API, "/2.3/questions", tagged=steps[2].replace("+", ";"), **shape)]
    if steps[:1] == ["questions"] and len(steps) > 1 and steps[1].isdigit():
        return [asking.at_base(API, f"/2.3/questions/{steps[1]}/answers", **shape)]
    if steps[:1] == ["questions"]:
        return [asking.at_base(API, "/2.3/questions", **shape)]
    if query := asking.param(url, "q"):
        return [_search(API, site, query)]
    return _searches(API, site, brands)


def _searches(base: str, site: str, brands: Sequence[Brand]) -> list[str]:
    names = asking.search_names(brands)
    if not names:
        return [
            asking.at_base(
                base, "/2.3/questions", order="desc", sort="creation", site=site, filter="withbody", pagesize=PAGE
            )
        ]
    return [_search(base, site, asking.phrase(name)) for name in names]


def _search(base: str, site: str, query: str) -> str:
    return asking.at_base(
        base, "/2.3/search/excerpts", order="desc", sort="creation", q=query, site=site, pagesize=PAGE
    )


def _refuse(answer: Any, document: Document) -> None:
    """Raise what `error_id` means (api.stackexchange.com/docs/error-handling)."""
    number = loose.whole(loose.at(answer, "error_id"))
    if number is None:
        return
    said = loose.first_text(loose.at(answer, "error_message"), loose.at(answer, "error_name")) or f"error {number}"
    if number == _THROTTLED:
        seconds = re.search(r"(\d{1,7}) seconds", said)
        wait = timedelta(seconds=int(seconds[1])) if seconds else timedelta(minutes=10)
        raise RateLimited(
            f"Stack Exchange asks for fewer requests: {said}",
            url=document.url,
            status=document.status,
            retry_at=document.fetched_at + wait,
        )
    if number in _DENIED:
        raise Forbidden(f"Stack Exchange refuses: {said}", url=document.url, status=document.status)
    raise ParseError(f"Stack Exchange answered with error {number}: {said}", url=document.url)


def _wait(answer: Any, now: datetime) -> timedelta | None:
    """How long the answer asks to be left alone: its `backoff`, or until the day's quota is new at midnight UTC."""
    backoff = loose.whole(loose.at(answer, "backoff"))
    if backoff:
        return timedelta(seconds=min(backoff, 86_400))
    if loose.whole(loose.at(answer, "quota_remaining")) == 0:
        return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo) - now
    return None


def _mention(item: dict[str, Any], site: str, context: ParseContext) -> Mention:
    what, number = _identity(item)
    owner = loose.table(item.get("owner"))
    author = loose.text(owner.get("display_name"))
    title = loose.text(item.get("title"))
    moment, whose = loose.moment(context, item.get("creation_date"), item.get("last_activity_date"))
    return Mention(
        external_id=loose.named(what, number),
        title=html.unescape(title) if title and what == "question" else "",
        text=plain(loose.first_text(item.get("body"), item.get("excerpt"), item.get("body_markdown")) or ""),
        url=loose.text(item.get("link")) or _link(what, number, site),
        published_at=moment,
        published_at_source=whose,
        author=html.unescape(author) if author else None,
        author_url=loose.text(owner.get("link")),
        likes=loose.whole(item.get("score")),
        replies=loose.whole(item.get("answer_count")),
        views=loose.whole(item.get("view_count")),
        extra=loose.told(
            score=loose.whole(item.get("score"), least=-loose.WHOLE_LIMIT),
            site=site,
            question=html.unescape(title) if title and what != "question" else None,
            tags=loose.words(item.get("tags")),
            reputation=loose.whole(owner.get("reputation")),
            accepted=item.get("is_accepted") if isinstance(item.get("is_accepted"), bool) else None,
        ),
    )


def _identity(item: dict[str, Any]) -> tuple[str, str | None]:
    """What it is and its id. An excerpt of an answer carries its question's id as well."""
    for what in ("comment", "answer", "question"):
        number = loose.identifier(item.get(f"{what}_id"))
        if number is not None and not (what == "answer" and item.get("item_type") == "question"):
            return what, number
    return "question", None


def _link(what: str, number: str | None, site: str) -> str | None:
    if number is None:
        return None
    short = {"question": f"/q/{number}", "answer": f"/a/{number}", "comment": f"/posts/comments/{number}"}
    return f"https://{_host_of(site)}{short[what]}"


STACKEXCHANGE = StackExchange()

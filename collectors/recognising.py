"""What an answer says of the kind of source it comes from: a feed, a page or JSON that an unknown address gave. Pure.

    JSON of a service that runs on many hosts      that service's kind, at the same address
    a feed                                         feed; rsshub when it says that RSSHub made it
    a page of Discourse, Mastodon or Lemmy         that kind, at the page's address where the kind knows such pages
    a page that names its feed                     that feed
    a page with schema.org reviews                 reviews_page
    a page that links to what looks like a feed    that
    any other page of such a service               that kind, at its base address
    a page with a schema.org average alone         reviews_page, which tells it with the source

How they are known: Discourse says its name as `generator`, Mastodon's page is an element with its name as id
(its own layout), lemmy-ui puts `isoData` into its page; NodeInfo (nodeinfo.diaspora.software) tells the software of
a server by name; RSSHub writes itself as `generator`, in JSON Feed at the end of the description.
"""

import re
from datetime import datetime
from typing import Any

from lxml import etree

from collectors import asking, charset, loose
from collectors.feed import FEED, read_feed
from collectors.feed_entries import Feed
from collectors.records import Source, SourceState
from collectors.reviews_page import REVIEWS_PAGE
from collectors.rsshub import RSSHUB
from collectors.seams import Document, ParseContext, Parsed, Request
from collectors.standing import standing_in
from collectors.urls import absolute
from errors import ParseError

KIND = "kind"  # key of the cursor of what is recognised
NODEINFO, SOFTWARE = "nodeinfo", "software"  # tags of the two requests that NodeInfo takes
SOFTWARES = {"discourse": "discourse", "lemmy": "lemmy", "mastodon": "mastodon", "hometown": "mastodon",
             "pleroma": "mastodon", "akkoma": "mastodon", "gotosocial": "mastodon"}  # fmt: skip
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
               "application/json", "application/xml", "text/xml")  # fmt: skip
_FEED_PATH = re.compile(
    r"(?:/feed/?|/rss/?|/atom/?|(?:rss|feed|atom|index)\.(?:xml|rss|atom|json)|\.rss|\.atom)$", re.I
)
_FEED_STEP = re.compile(r"/(?:feeds?|rss2?|atom|rdf)(?:\.\w+)?(?:/|$)|\.(?:xml|rdf|json)$", re.I)
_FEED_HOST = re.compile(r"(?:feeds?|rss|atom)\d*\.", re.I)
_ASKS_FOR_A_FEED = re.compile(r"(?:^|&)(?:feed|format|type|output|alt)=(?:rss|atom|rdf|feed|xml|json)", re.I)
_COMMENTS = re.compile(r"comment|评论|留言", re.I)
_DISCOURSE = ("topic_list", "latest_posts", "post_stream", "grouped_search_result")
_SIGNS = (  # kind, where its things are listed ("": the answer itself), what each of them has
    ("mastodon", "", {"account", "content", "created_at"}),
    ("mastodon", "statuses", {"account", "content", "created_at"}),
    ("lemmy", "posts", {"post", "creator"}),
    ("lemmy", "comments", {"comment", "creator"}),
    ("hackernews", "hits", {"objectID", "created_at_i"}),
    ("steam", "reviews", {"recommendationid", "voted_up"}),
    ("gdelt", "articles", {"url", "seendate"}),
)


def discovered(document: Document, context: ParseContext) -> Parsed:
    """`cursor[KIND]` is the kind, "" when the address decides; `next` is the address to collect from, unless it is the
    document's own. Raises ParseError when nothing is recognised."""
    if context.tag:
        return _node(document, context.tag)
    if (kind := _speaks(document)) is not None:
        return Parsed(cursor={KIND: kind})
    try:
        feed = read_feed(document, most=1)
    except ParseError:
        found = _page(document, context)
        if found is None:
            raise
        return found
    return Parsed(title=feed.title or None, cursor={KIND: RSSHUB.name if _by_rsshub(feed) else FEED.name})


def made_for_programs(url: str) -> bool:
    """Whether an address says that a feed or data is to be had there, and no page for people.

    So does a route of an RSSHub: for years an RSSHub has forbidden everything in its robots.txt unless told otherwise,
    to be kept out of search engines.
    """
    path, query = asking.path(url), asking.parts(url).query
    said = _FEED_PATH.search(path) or _FEED_STEP.search(path) or _ASKS_FOR_A_FEED.search(query)
    return bool(said or _FEED_HOST.match(asking.host(url))) or RSSHUB.is_route(url)


def first_asked(kind: str, url: str, *, now: datetime) -> list[str]:
    """What a kind that knows nothing yet asks first of an address."""
    from collectors.kinds import get_kind  # late: the table of kinds knows discovery

    asked = get_kind(kind).first_requests(Source(0, url, kind, ""), SourceState(), now=now, brands=())
    return [request.url for request in asked]


def understood(kind: str, url: str, *, now: datetime) -> bool:
    """Whether a page's address says to a kind what to ask, which then is something else than the page."""
    return first_asked(kind, url, now=now) != [url]


def _speaks(document: Document) -> str | None:
    """The kind whose service answers in this JSON."""
    if not document.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return None
    answer: Any = loose.attempt(document.body)
    table = loose.table(answer)
    if not table.keys().isdisjoint(_DISCOURSE):
        return "discourse"
    for kind, where, signs in _SIGNS:
        things = loose.tables(table.get(where) if where else answer if isinstance(answer, list) else None)
        if things and signs <= things[0].keys():
            return kind
    return None


def _by_rsshub(feed: Feed) -> bool:
    made_by = feed.made_by.strip()
    return made_by == "RSSHub" or made_by.endswith(("RSSHub(https://github.com/DIYgod/RSSHub)", "Powered by RSSHub"))


def _page(document: Document, context: ParseContext) -> Parsed | None:
    text = charset.decode(document.body, document.headers.get("content-type", ""))[:2_000_000]
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, huge_tree=True)
    try:
        root = etree.fromstring(text.replace("\x00", "").encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None:
        return None
    service = _service(root, text)
    if service and understood(service, context.url, now=context.now):
        return Parsed(cursor={KIND: service})
    base = absolute(document.url, next((node.get("href", "") for node in root.iter("base")), "")) or document.url
    if (link := _named_feed(root, base)) is not None:
        return Parsed(next=Request(link, conditional=False), cursor={KIND: ""})
    rated = _rated(document)
    if rated.mentions:
        return Parsed(cursor={KIND: REVIEWS_PAGE.name})
    if (link := _linked_feed(root, base)) is not None:
        return Parsed(next=Request(link, conditional=False), cursor={KIND: ""})
    if service:
        return Parsed(next=Request(asking.at_base(context.url, "/")), cursor={KIND: service})
    return Parsed(cursor={KIND: REVIEWS_PAGE.name}) if standing_in(rated.cursor) else None


def _rated(document: Document) -> Parsed:
    """The page as the kind of pages of reviews reads it; nothing, where it cannot."""
    try:
        return REVIEWS_PAGE.parse(document, ParseContext(document.url, document.fetched_at))
    except ParseError:
        return Parsed()


def _service(root: Any, text: str) -> str | None:
    """The service whose page this is, among those that run on anyone's host."""
    made_by = next((meta.get("content", "") for meta in root.iter("meta") if _is_generator(meta)), "")
    if made_by.split()[:1] == ["Discourse"]:
        return "discourse"
    ids = {node.get("id") for node in root.iter("div", "script")}
    if {"mastodon", "initial-state"} <= ids:  # a site's own "find me" block has the first alone
        return "mastodon"
    return "lemmy" if re.search(r"window\.isoData\s*=", text) and "lemmy" in text.lower() else None


def _is_generator(meta: Any) -> bool:
    return (meta.get("name") or "").strip().lower() == "generator"


def _named_feed(root: Any, base: str) -> str | None:
    """The feed a web page names, the site's main one before the one of its comments."""
    return _first(
        base,
        [
            (node.get("href", ""), node.get("title", ""))
            for node in root.iter("link")
            if "alternate" in (node.get("rel") or "").lower().split()
            and (node.get("type") or "").split(";")[0].strip().lower() in _FEED_TYPES
            and "/wp-json/" not in (node.get("href") or "")  # WordPress names the page's own data so
        ],
    )


def _linked_feed(root: Any, base: str) -> str | None:
    links = [(node.get("href") or "", "") for node in root.iter("a")]
    return _first(base, [(href, title) for href, title in links if _FEED_PATH.search(href.split("?")[0])])


def _first(base: str, named: list[tuple[str, str]]) -> str | None:
    found = [(link, title) for href, title in named if (link := absolute(base, href))]
    found.sort(key=lambda item: bool(_COMMENTS.search(item[0]) or _COMMENTS.search(item[1])))
    return found[0][0] if found else None


def _node(document: Document, tag: str) -> Parsed:
    """NodeInfo: where a server describes itself, or what software it says that it is."""
    table = loose.table(loose.load(document.body, url=document.url, what="NodeInfo"))
    if tag == SOFTWARE:
        name = (loose.text(loose.at(table, "software", "name")) or "").lower()
        if name not in SOFTWARES:
            raise ParseError("a server of a software that is not known here", url=document.url)
        return Parsed(cursor={KIND: SOFTWARES[name]})
    for link in reversed(loose.tables(table.get("links"))):
        where = absolute(document.url, loose.text(link.get("href")) or "")
        if where and "nodeinfo" in str(link.get("rel")) and asking.same_host(where, document.url):
            return Parsed(next=Request(where, conditional=False))
    raise ParseError("NodeInfo leads nowhere", url=document.url)

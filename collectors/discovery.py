"""From a site's page to its feed: a page names its feeds by `<link rel="alternate">`; some only link to them."""

import re
from datetime import datetime
from urllib.parse import urljoin

from lxml import etree

from collectors import charset
from collectors.feed import FEED, read_feed
from collectors.parsing import Parsing
from collectors.seams import Document, Fetching, ParseContext, Parsed, Request
from collectors.urls import absolute
from errors import ParseError

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
               "application/json", "application/xml", "text/xml")  # fmt: skip
_FEED_PATH = re.compile(
    r"(?:/feed/?|/rss/?|/atom/?|(?:rss|feed|atom|index)\.(?:xml|rss|atom|json)|\.rss|\.atom)$", re.I
)
_COMMENTS = re.compile(r"comment|评论|留言", re.I)


def discovered(document: Document, context: ParseContext) -> Parsed:
    """No `next`: the document is a feed itself. Else `next` is the feed that the page names. Raises ParseError."""
    try:
        feed = read_feed(document, most=1)
    except ParseError:
        link = linked_feed(document)
        if link is None:
            raise
        return Parsed(next=Request(link, conditional=False))
    return Parsed(title=feed.title or None)


def linked_feed(document: Document) -> str | None:
    """The feed a web page names, the site's main one before the one of its comments."""
    text = charset.decode(document.body, document.headers.get("content-type", ""))[:2_000_000]
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, huge_tree=True)
    try:
        root = etree.fromstring(text.replace("\x00", "").encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None:
        return None
    base = urljoin(document.url, next((node.get("href", "") for node in root.iter("base")), ""))
    named = [
        (node.get("href", ""), node.get("title", ""))
        for node in root.iter("link")
        if "alternate" in (node.get("rel") or "").lower().split()
        and (node.get("type") or "").split(";")[0].strip().lower() in _FEED_TYPES
        and "/wp-json/" not in (node.get("href") or "")  # WordPress names the page's own data so
    ]
    guessed = [
        (href, "") for node in root.iter("a") if _FEED_PATH.search((href := node.get("href") or "").split("?")[0])
    ]
    for candidates in (named, guessed):
        found = [(link, title) for href, title in candidates if (link := absolute(base, href))]
        found.sort(key=lambda item: bool(_COMMENTS.search(item[0]) or _COMMENTS.search(item[1])))
        if found:
            return found[0][0]
    return None


def discover(url: str, *, fetcher: Fetching, pool: Parsing, now: datetime) -> tuple[str, str]:
    """The kind and the address to collect from: by the address alone where that says it, else by one look.

    Raises CollectError when the address cannot be fetched, or is neither a feed nor a page that names one.
    """
    from collectors.kinds import find_kind

    kind = find_kind(url)
    if kind != FEED.name:
        return kind, url
    document = fetcher.get(url)
    parsed = pool.parse("discover", document, ParseContext(url, now, limits=fetcher.limits))
    if parsed.next is None:
        return kind, document.permanent_url or url
    found = find_kind(parsed.next.url)
    return found, parsed.next.url

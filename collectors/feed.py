"""Feeds: RSS 0.9x-2.0, Atom 0.3 and 1.0, RDF, CDF and JSON Feed.

Takes the fullest of an entry's bodies, its own link, and the first of its dates that can be. A web page, a login form
or another sort of XML where a feed was is a ParseError: nothing new is only said by a feed with no entries.
What feedparser reads from broken XML is taken as it is. An entry in which the document ends is stored with what came
and becomes a change when it comes whole; the document is asked for again whatever its ETag says.
"""

import re
from datetime import datetime
from typing import NoReturn

from collectors import charset, feed_json, feed_parser, feed_quick
from collectors.dates import when
from collectors.feed_entries import HTML, TEXT, Entry
from collectors.feed_entries import Feed as FeedRead
from collectors.records import Mention
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import clean, flat, guessed, line, plain, unescape
from collectors.urls import absolute
from errors import ParseError

MOST_MARKUP = 1_000_000  # characters of one element that are read; far more than is kept of it
_HTML_PAGE = re.compile(r"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)
_PAGE_TITLE = re.compile(r"<title[^>]*>(.{0,300}?)</title>", re.I | re.S)
_ROOT = re.compile(r"<([a-zA-Z_][\w.:-]*)")
_ROOTS = ("rss", "feed", "rdf", "channel")
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.I)
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.I)
_ENTRY_BEGUN = re.compile(rb"<(?:\w+:)?(?:item|entry)(?:\s[^<>]*)?>", re.I)
_ROOT_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf|channel)\b", re.I)
_NAMED_ALREADY = re.compile(rb"</(?:\w+:)?(?:guid|id)\s*>|^<[^>]*\babout\s*=", re.I)
_LOGIN = re.compile(r"type\s*=\s*[\"']?password|/(?:login|signin|passport|sso)\b", re.I)
_MAIL_AND_NAME = re.compile(
    r"\s*(?:[^\s@()<>]+@[^\s@()<>]+\s*\(([^()]+)\)|([^<>]+?)\s*<[^<>@\s]+@[^<>\s]+>|([^()]+?)\s*\([^()@\s]+@[^()\s]+\))\s*$"
)


class FeedKind(Kind):
    name = "feed"
    default_channel = "news"
    label = "Feed"

    def channel(self, url: str) -> str:
        return "blog" if re.search(r"//blog\.|/blog/|wordpress\.com|medium\.com|substack\.com", url, re.I) else "news"

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        feed = read_feed(document, most=context.limits.max_entries)
        base = document.url
        mentions = tuple(_mention(entry, feed, base, context) for entry in feed.entries)
        return Parsed(
            mentions,
            next=_next(feed, base),
            title=_named(feed.title, feed.title_type) or None,
            ttl=feed.ttl,
            capped=feed.left_out,
            incomplete=feed.cut_off,
            stub=feed.stub,
        )


def read_feed(document: Document, *, most: int) -> FeedRead:
    """The feed in a document, whatever its format. Raises ParseError saying what it is instead."""
    content_type = document.headers.get("content-type", "")
    text = charset.decode(document.body, content_type)
    start = text[:2_000].lstrip("\ufeff \t\r\n")
    if not start and not text.strip("\ufeff \t\r\n\0"):
        raise ParseError("the answer was empty; a feed with nothing in it would still be a feed", url=document.url)
    if start.startswith(("{", "[")):
        return feed_json.read(text, url=document.url, most=most)
    root = _root(text)
    if _HTML_PAGE.match(start) and root not in _ROOTS:  # some feeds claim to be pages
        _not_a_feed(text, document.url)
    data, head = text.encode("utf-8", "surrogatepass"), text[:200_000]
    del text  # one emoji makes every character of a text take four bytes
    data, left_out = _shortened(data, most)
    version = "known"
    feed = feed_quick.read(data, url=document.url, most=most)
    if feed is None:
        feed, version = feed_parser.read(data, url=document.url, most=most)
    feed.left_out += left_out
    feed.cut_off = not _ROOT_END.search(data[-20_000:])
    said = feed.left_out or any(entry.title or entry.bodies for entry in feed.entries)
    if feed.cut_off and not said and root in _ROOTS and not data.rstrip().endswith(b"/>"):
        raise ParseError("the feed ends before its first entry", url=document.url)
    if not version and not feed.entries and root != "channel":  # CDF has no version
        _not_a_feed(head, document.url)
    feed.stub = feed.cut_off and not feed.left_out and bool(feed.entries) and _ends_before_a_name(data)
    return feed


def _root(text: str) -> str:
    """The name of the first element, in lower case, without its prefix."""
    match = _ROOT.search(text[:5_000])
    return match[1].lower().rpartition(":")[2] if match else ""


def _ends_before_a_name(data: bytes) -> bool:
    """Whether a document that came cut off ends inside an entry that has not said yet which one it is."""
    begun = [match.start() for match in _ENTRY_BEGUN.finditer(data)]
    stub = data[begun[-1] :] if begun else b""
    return bool(stub) and not _ENTRY_END.search(stub) and not _NAMED_ALREADY.search(stub)


def _shortened(data: bytes, most: int) -> tuple[bytes, int]:
    """The document with its first `most` entries, and how many were left out: what is not taken costs no time."""
    starts = [match.start() for match in _ENTRY.finditer(data)] if len(data) > 40 * most else []
    if len(starts) <= most:
        return data, 0
    ends = [match.end() for match in _ENTRY_END.finditer(data, starts[-1])]
    return data[: starts[most]] + (data[ends[-1] :] if ends else b""), len(starts) - most


def _not_a_feed(text: str, url: str) -> NoReturn:
    if _root(text) == "opml":
        raise ParseError("a list of feeds (OPML) where a feed was expected; import it instead", url=url)
    if _HTML_PAGE.match(text) or re.search(r"<(?:html|body|head)\b", text[:5_000], re.I):
        match = _PAGE_TITLE.search(text[:20_000])
        name = f" ('{flat(match[1])[:80]}')" if match and flat(match[1]) else ""
        sort = "a login page" if _LOGIN.search(text[:200_000]) else "a web page"
        raise ParseError(f"{sort}{name} where a feed was expected", url=url)
    root = _ROOT.search(text[:5_000])
    if text.lstrip().startswith("<") and root:
        raise ParseError(f"XML that begins with <{root[1][:40]}> where a feed was expected", url=url)
    raise ParseError("neither a feed nor a web page", url=url)


def _next(feed: FeedRead, base: str) -> Request | None:
    link = absolute(base, feed.next)
    return Request(link, conditional=False) if link and link != base else None


def _mention(entry: Entry, feed: FeedRead, base: str, context: ParseContext) -> Mention:
    published, whose = _date(entry, feed, context)
    # a guid that nobody marked as none stands for a link, too, but only an absolute one is
    linked = entry.link != entry.id or entry.link.lower().startswith("http")
    url = absolute(base, entry.link.replace("&amp;", "&")) if entry.link and linked else None
    return Mention(
        external_id=entry.id,
        title=_named(entry.title, entry.title_type),
        text=_fullest(entry),
        url=url or (None if entry.id_is_no_link else absolute("", entry.id)),
        published_at=published,
        published_at_source=whose,
        author=_person(entry.author or feed.author),
        author_url=absolute(base, entry.author_url),
        likes=_count(entry.likes),
        replies=_count(entry.replies),
        views=_count(entry.views),
        extra={"source": flat(entry.source)} if entry.source else {},
    )


def _date(entry: Entry, feed: FeedRead, context: ParseContext) -> tuple[datetime, str]:
    for text in entry.dates:
        published, whose = when(text, context, lang=feed.lang)
        if whose == "author":
            return published, whose
    return context.now, "collector"


def _named(text: str, kind: str) -> str:
    """A title: one line of plain text."""
    text = text[:MOST_MARKUP]
    if kind == TEXT:
        return line(unescape(text))
    return line(plain(text)) if kind == HTML else flat(text)


def _fullest(entry: Entry) -> str:
    """The longest of the bodies, as plain text: description, content and summary hold each other in any order."""
    texts = [_body(kind, value) for kind, value in entry.bodies]
    return max(texts, key=len, default="")


def _body(kind: str, value: str) -> str:
    value = value[:MOST_MARKUP]
    if kind == TEXT:
        return clean(unescape(value))
    return plain(value) if kind == HTML else guessed(value)


def _person(text: str) -> str | None:
    """A name without the address that RSS asks for beside it."""
    match = _MAIL_AND_NAME.match(text)
    return flat(next(filter(None, match.groups()), text) if match else text) or None


def _count(text: str) -> int | None:
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


FEED = FeedKind()

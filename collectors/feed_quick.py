"""Well-formed RSS 2.0 and Atom 1.0 by lxml, several times as fast as feedparser and equal to it.

It reads only what it is sure to read as feedparser would, and gives None for everything else: a document type,
`xml:base`, markup inside an element, an element twice, an element or attribute it does not know. A test holds both
readers to the same mentions on every document that this one accepts.
"""

import contextlib
import re
from collections.abc import Iterable
from urllib.parse import urljoin

from lxml import etree

from collectors.feed_entries import HTML, TEXT, UNSURE, Entry, Feed, relation, time_to_live
from collectors.feed_parser import prepared

ATOM = "{http://www.w3.org/2005/Atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_SLASH = "{http://purl.org/rss/1.0/modules/slash/}comments"
_THREAD = "{http://purl.org/syndication/thread/1.0}total"
_SY = "{http://purl.org/rss/1.0/modules/syndication/}"
_ORIGINAL = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_WFW = "{http://wellformedweb.org/CommentAPI/}"

_RSS_READ = frozenset(
    {
        "title",
        "link",
        "description",
        "guid",
        "pubDate",
        "author",
        f"{_DC}creator",
        f"{_DC}date",
        _CONTENT,
        _SLASH,
        _ORIGINAL,
    }
)
_RSS_SKIPPED = frozenset(
    {"category", "comments", "enclosure", f"{_WFW}commentRss", f"{_WFW}comment", f"{_DC}subject",
     f"{_MEDIA}content", f"{_MEDIA}thumbnail"}
)  # fmt: skip
_RSS_FEED = frozenset(
    {"title", "link", "description", "language", "ttl", "item", "lastBuildDate", "pubDate", "generator", "docs",
     "copyright", "managingEditor", "webMaster", "category", f"{ATOM}link", f"{_SY}updatePeriod",
     f"{_SY}updateFrequency", f"{_DC}language"}
)  # fmt: skip
_ATOM_READ = frozenset(ATOM + name for name in ("id", "title", "updated", "published", "summary", "content")) | {
    _THREAD
}
_ATOM_FEED = frozenset(
    ATOM + name
    for name in ("id", "title", "subtitle", "updated", "link", "author", "generator", "category", "entry", "rights")
)
_TYPES = {"text": TEXT, "html": HTML, None: TEXT}
_ABOVE_ASCII = re.compile("[\x80-\xff]")
_CP1252 = {code: char for code in range(0x80, 0xA0) if (char := bytes([code]).decode("cp1252", "ignore"))}
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


class _Unsure(Exception):
    """feedparser should read this document."""


def read(data: bytes, *, url: str, most: int) -> Feed | None:
    """The feed of a document in UTF-8, or None when feedparser should read it."""
    if b"<!DOCTYPE" in data or b"xml:base" in data:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(prepared(data), parser)
        if root.tag == "rss" and root.get("version", "").startswith("2"):
            return _rss(root, most) if b"xml:lang" not in data else None
        return _atom(root, most) if root.tag == f"{ATOM}feed" else None
    except (etree.LxmlError, ValueError, _Unsure):
        return None


def _rss(root: etree._Element, most: int) -> Feed:
    if len(root) != 1 or root[0].tag != "channel":
        raise _Unsure
    channel = root[0]
    values: dict[str, str] = {}
    items: list[etree._Element] = []
    for child in channel:
        if child.tag == "item":
            items.append(child)
        elif child.tag == "image" and not items:
            continue
        elif child.tag not in _RSS_FEED or len(child) or child.tag in values:
            if child.tag not in (f"{ATOM}link", "category"):
                raise _Unsure
        else:
            values[str(child.tag)] = _value(child)
    return Feed(
        title=values.get("title", ""),
        lang=values.get("language", "") or values.get(f"{_DC}language", ""),
        made_by=values.get("generator", ""),
        next=_next(channel),
        ttl=time_to_live(
            values.get("ttl", ""), values.get(f"{_SY}updatePeriod", ""), values.get(f"{_SY}updateFrequency", "")
        ),
        entries=[_item(item) for item in items[:most]],
        left_out=max(len(items) - most, 0),
    )


def _item(item: etree._Element) -> Entry:
    values: dict[str, str] = {}
    source, permalink = "", True
    for child in item:
        tag = str(child.tag)
        if len(child):
            raise _Unsure
        if tag in _RSS_SKIPPED:
            continue
        if tag == "source":
            source = _value(child)
            continue
        if tag not in _RSS_READ or tag in values:
            raise _Unsure
        if child.attrib:
            if tag != "guid":
                raise _Unsure
            permalink = child.get("isPermaLink", "true") == "true" and set(child.attrib) <= {"isPermaLink"}
        values[tag] = _value(child)
    if "author" in values and f"{_DC}creator" in values:
        raise _Unsure
    guid = values.get("guid", "")
    link = values.get(_ORIGINAL) or _join(values.get("link", "")) or (guid if permalink else "")
    bodies = [(HTML, value) for name in (_CONTENT, "description") if (value := values.get(name))]
    return Entry(
        id=_join(guid) if permalink else guid,
        id_is_no_link=not permalink and "link" not in values,
        link=link,
        title=values.get("title", ""),
        bodies=bodies,
        author=values.get("author") or values.get(f"{_DC}creator", ""),
        dates=[value for name in ("pubDate", f"{_DC}date") if (value := values.get(name))],
        replies=values.get(_SLASH, ""),
        source=source,
    )


def _atom(root: etree._Element, most: int) -> Feed:
    values: dict[str, tuple[str, str]] = {}
    entries: list[etree._Element] = []
    author = made_by = ""
    for child in root:
        if child.tag == f"{ATOM}entry":
            entries.append(child)
        elif child.tag not in _ATOM_FEED:
            raise _Unsure
        elif child.tag == f"{ATOM}author":
            author = _atom_author(child)[0] or author
        elif child.tag in (f"{ATOM}title", f"{ATOM}subtitle"):
            values[str(child.tag)] = _typed(child)
        elif child.tag == f"{ATOM}generator":
            made_by = _value(child)
    title = values.get(f"{ATOM}title", (UNSURE, ""))
    return Feed(
        title=title[1],
        title_type=title[0],
        lang=root.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
        author=author,
        made_by=made_by,
        next=_next(root),
        entries=[_entry(entry) for entry in entries[:most]],
        left_out=max(len(entries) - most, 0),
    )


def _entry(entry: etree._Element) -> Entry:
    values: dict[str, tuple[str, str]] = {}
    links: list[etree._Element] = []
    author = author_url = ""
    for child in entry:
        tag = str(child.tag)
        if tag == f"{ATOM}link":
            links.append(child)
        elif tag == f"{ATOM}author" and not author:
            author, author_url = _atom_author(child)
        elif tag == f"{ATOM}category" and not len(child):
            continue
        elif tag not in _ATOM_READ or tag in values:
            raise _Unsure
        else:
            values[tag] = _typed(child)
    plain = {tag: value for tag, (_, value) in values.items()}
    title = values.get(f"{ATOM}title", (UNSURE, ""))
    return Entry(
        id=plain.get(f"{ATOM}id", ""),
        link=_atom_link(links) or plain.get(f"{ATOM}id", ""),
        title=title[1],
        title_type=title[0],
        bodies=[values[name] for name in (f"{ATOM}content", f"{ATOM}summary") if name in values and values[name][1]],
        author=author,
        author_url=author_url,
        dates=[value for name in (f"{ATOM}published", f"{ATOM}updated") if (value := plain.get(name))],
        replies=plain.get(_THREAD, ""),
    )


def _typed(element: etree._Element) -> tuple[str, str]:
    kind = element.get("type")
    if len(element) or kind not in _TYPES or not set(element.attrib) <= {"type"}:
        raise _Unsure
    return _TYPES[kind], _value(element)


def _atom_author(author: etree._Element) -> tuple[str, str]:
    found: dict[str, str] = {}
    for child in author:
        name = str(child.tag).removeprefix(ATOM)
        if name not in ("name", "uri", "email") or len(child) or name in found:
            raise _Unsure
        found[name] = _value(child)
    return found.get("name", "") or found.get("email", ""), _join(found.get("uri", ""))


def _atom_link(links: Iterable[etree._Element]) -> str:
    pages: list[str] = []
    others: list[str] = []
    for link in links:
        href = link.get("href", "")
        if relation(link.get("rel", "alternate")) == "alternate" and href:
            (pages if "html" in link.get("type", "text/html").lower() else others).append(href)
    return _join(([*pages, *others] or [""])[0])


def _next(parent: etree._Element) -> str:
    for link in parent.iterchildren(f"{ATOM}link"):
        if relation(link.get("rel", "")) == "next" and link.get("href"):
            return _join(link.get("href", ""))
    return ""


def _join(link: str) -> str:
    """As feedparser does it to an address without a base."""
    try:
        return urljoin("", link)
    except ValueError:
        return ""


def _value(element: etree._Element) -> str:
    """An element's text, mended as feedparser mends it: UTF-8 read as Latin-1, Windows-1252 read as Latin-1."""
    text = (element.text or "").strip()
    if not text.isascii() and _ABOVE_ASCII.search(text):
        with contextlib.suppress(UnicodeError):
            text = text.encode("latin-1").decode("utf-8")
        text = text.translate(_CP1252)
    return text

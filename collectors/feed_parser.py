"""Feeds by feedparser: the reader of record for everything that is not plainly well-formed.

feedparser's own sanitising and resolving of links inside markup are off: markup becomes plain text here anyway, and
they cost more than half of its time. Its date readers are bypassed for the same reason (`collectors.dates` reads the
strings). Entities are never fetched or expanded: feedparser drops a document type's declarations but for plain ones.
"""

import functools
import io
import re
import time
from typing import Any

from collectors.feed_entries import HTML, TEXT, UNSURE, Entry, Feed, relation, time_to_live
from collectors.text import whole_references
from errors import ParseError

# Documents come in UTF-8: as text, one emoji would make every character of theirs take four bytes.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]{1,8})|0*(\d{1,10}));")
_HALF = re.compile(rb"&#(?:[xX][dD][89a-fA-F]|5[5-7]\d{3})")
_BLANK = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])+")
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>")
_AMPERSAND = re.compile(rb"&(?!(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][\w.-]*);)")
_LEAVES = "title|link|guid|id|pubDate|published|updated|description|summary|content|content:encoded|dc:creator|dc:date"
_OTHERS = "category|comments|author|enclosure|source|(?:atom|dc|content|media|itunes|georss|slash|wfw|thr|yt|sy):\\w+"
_UNCLOSED = re.compile(  # or a section or comment, in which nothing is an element
    (
        r"<!\[CDATA\[.*?\]\]>|<!--.*?-->"
        rf"|(<({_LEAVES})(?:\s(?:[^<>]*[^<>/])?)?>(?:[^<]++|<!\[CDATA\[.*?\]\]>)*+)"
        rf"(?=<(?:{_LEAVES}|{_OTHERS}|/?item|/?entry)[\s/>])"
    ).encode(),
    re.S,
)
_START = re.compile(rb"<(?:\?xml|!DOCTYPE|!--|rss|feed|rdf|\w+:rdf|\w+:feed|channel)\b", re.I)


@functools.lru_cache(maxsize=1)
def _feedparser() -> Any:
    import feedparser

    epoch = time.gmtime(0)
    feedparser.registerDateHandler(lambda text: epoch)  # asked first and always answers: no other reader runs
    return feedparser


def prepared(data: bytes) -> bytes:
    """The document without what only breaks XML: junk before it, its declaration, characters XML forbids."""
    begins = _end_of(_BLANK, data)
    start = _START.search(data, begins, begins + 5_000)
    if start is not None and not data.startswith(b"<", begins):
        begins = start.start()  # after a warning of PHP's, printed before the feed
    begins = _end_of(_DECLARATION, data, begins)
    data = data[begins:] if begins else data
    if _NOT_XML.search(data):
        data = _NOT_XML.sub(lambda match: _instead(match.group()), data)
    if b"&#" not in data:
        return data
    if _HALF.search(data):
        data = whole_references(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    return _REFERENCE.sub(_reference, data)


def _end_of(pattern: re.Pattern[bytes], data: bytes, start: int = 0) -> int:
    found = pattern.match(data, start)
    return found.end() if found else start


def _reference(match: re.Match[bytes]) -> bytes:
    """A reference as it stands, but to a character that XML forbids."""
    code = int(match[1], 16) if match[1] else int(match[2])
    char = chr(code if code <= 0x10FFFF else 0xFFFE).encode("utf-8", "surrogatepass")
    return _instead(char) if _NOT_XML.match(char) else match.group()


def _instead(char: bytes) -> bytes:
    """What stands for a character that XML forbids: nothing for a control character."""
    return b"" if len(char) == 1 else "\ufffd".encode()


def _escaped(data: bytes) -> bytes:
    """Every ampersand that begins no reference as one: feedparser would make `A&B;` of `A&B`. CDATA stays as it is."""
    first, *sections = data.split(b"<![CDATA[")
    pieces = [_AMPERSAND.sub(b"&amp;", first)]
    for section in sections:
        literal, end, rest = section.partition(b"]]>")
        pieces += [b"<![CDATA[", literal, end, _AMPERSAND.sub(b"&amp;", rest)]
    return b"".join(pieces)


def _closed(data: bytes) -> bytes:
    """Elements of an entry that hold text and were never closed end where the next begins: feedparser would lose it."""
    return _UNCLOSED.sub(lambda match: b"%b</%b>" % match.groups() if match[1] else match.group(), data)


def read(data: bytes, *, url: str, most: int) -> tuple[Feed, str]:
    """The feed of a document in UTF-8, and what version it calls itself ('' when it is no feed). Raises ParseError."""
    data = _closed(_escaped(prepared(data)))
    # No base address: it would be joined to guids too, and an identity must survive a move of the feed.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        parsed = _feedparser().parse(
            io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:  # feedparser raises whatever its parts raise
        raise ParseError(f"the feed is broken beyond reading ({type(error).__name__})", url=url) from error
    source = parsed.feed
    version = str(parsed.get("version", ""))  # bytes that are no text leave it unset
    return Feed(
        title=_string(source.get("title")),
        title_type=_title_type(source, version),
        lang=_string(source.get("language")),
        author=_author(source, str(parsed.version))[0] if version.startswith("atom") else "",
        made_by=_string(source.get("generator")),
        next=_link(source, "next"),
        ttl=time_to_live(
            _string(source.get("ttl")),
            _string(source.get("sy_updateperiod")),
            _string(source.get("sy_updatefrequency")),
        ),
        entries=[_entry(entry, version) for entry in parsed.entries[:most]],
        left_out=max(len(parsed.entries) - most, 0),
    ), version


def _entry(entry: Any, version: str) -> Entry:
    author, author_url = _author(entry, version)
    statistics = entry.get("media_statistics")
    statistics = statistics if isinstance(statistics, dict) else {}
    source = entry.get("source")
    if not author and isinstance(source, dict):
        author, author_url = _author(source, version)  # Atom: an entry taken over from elsewhere
    return Entry(
        id=_string(entry.get("id")),
        id_is_no_link=version.startswith("rss") and entry.get("guidislink") is False and "link" not in entry.keys(),  # noqa: SIM118 - its own `in` answers for others
        link=_string(entry.get("feedburner_origlink")) or _link(entry, "alternate") or _string(entry.get("link")),
        title=_string(entry.get("title")),
        title_type=_title_type(entry, version),
        bodies=_bodies(entry, version),
        author=author,
        author_url=author_url,
        dates=[text for name in ("published", "created", "updated") if (text := _own(entry, name))],
        replies=_string(entry.get("slash_comments")) or _string(entry.get("thr_total")),
        views=_string(statistics.get("views")),
        likes=_string(statistics.get("favorites")),
        source=_string(source.get("title")) if isinstance(source, dict) else "",
    )


def _own(entry: Any, name: str) -> str:
    """A value under exactly this name: feedparser answers `updated` with `published` otherwise, and warns."""
    return _string(dict.get(entry, name))


def _bodies(entry: Any, version: str) -> list[tuple[str, str]]:
    found = [
        (_type(part, version), _string(part.get("value")))
        for part in entry.get("content", [])
        if not str(part.get("type", "")).startswith(("image/", "audio/", "video/"))
    ]
    summary = _string(entry.get("summary"))
    if summary not in [value for _, value in found]:  # feedparser copies the content there when there is no summary
        found.append((_type(entry.get("summary_detail"), version), summary))
    return [(kind, value) for kind, value in dict.fromkeys(found) if value]


def _type(detail: Any, version: str) -> str:
    kind = detail.get("type", "") if isinstance(detail, dict) else ""
    if kind in ("text/html", "application/xhtml+xml", "html", "xhtml"):
        return HTML
    return TEXT if kind == "text/plain" and version == "atom10" else UNSURE


def _title_type(entry: Any, version: str) -> str:
    """Outside Atom a title's type is a guess of feedparser's; `collectors.text.flat` makes its own."""
    return _type(entry.get("title_detail"), version) if version.startswith("atom") else UNSURE


def _link(entry: Any, rel: str) -> str:
    """The first link of that relation, pages before other media."""
    links = [
        link for link in entry.get("links", []) if relation(link.get("rel") or "alternate") == rel and link.get("href")
    ]
    pages = [link for link in links if "html" in link.get("type", "text/html")]
    return _string((pages or links)[0]["href"]) if links else ""


def _author(entry: Any, version: str) -> tuple[str, str]:
    people = entry.get("authors")
    if isinstance(people, list) and len(people) > 1 and (version.startswith("atom") or not people[0].get("email")):
        # of several the first; feedparser gives the last one's name beside the first one's address
        return _string(people[0].get("name")) or _string(people[0].get("email")), _string(people[0].get("href"))
    detail = entry.get("author_detail")
    detail = detail if isinstance(detail, dict) else {}
    whole, name = _string(entry.get("author")), _string(detail.get("name"))
    # Outside Atom feedparser parts name and mail address by an expression that knows no top-level domain above four
    # letters; there the whole is kept, and `collectors.feed` parts it.
    chosen = name or whole if version.startswith("atom") else whole or name
    return chosen or _string(detail.get("email")), _string(detail.get("href"))


def _string(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""

"""JSON Feed 1.0 and 1.1 (jsonfeed.org): read leniently, a wrong field is a missing field."""

from typing import Any
from urllib.parse import urljoin

from collectors import loose
from collectors.feed_entries import HTML, TEXT, UNSURE, Entry, Feed
from errors import ParseError


def read(text: str, *, url: str, most: int) -> Feed:
    """Raises ParseError when this is JSON of another sort."""
    value = loose.load(text, url=url, what="a JSON feed")
    version = _string(value.get("version")) if isinstance(value, dict) else ""
    if not isinstance(value, dict) or not ("jsonfeed.org" in version or isinstance(value.get("items"), list)):
        raise ParseError("JSON, but not a JSON feed: it has no items", url=url)
    items = value.get("items")
    if items is not None and not isinstance(items, list | dict):
        raise ParseError("a JSON feed whose items are not a list", url=url)
    entries = loose.tables(items)
    found = [_entry(item, url) for item in entries[:most]]
    return Feed(
        title=_string(value.get("title")),
        title_type=UNSURE,  # plain text by the standard, markup on many sites
        lang=_string(value.get("language")),
        author=_author(value)[0],
        made_by=_string(value.get("description")),  # it has no field for it: RSSHub says so here
        next=_resolved(url, value.get("next_url")),
        entries=found,
        left_out=max(len(entries) - most, 0),
    )


def _entry(item: dict[str, Any], url: str) -> Entry:
    author, author_url = _author(item)
    bodies = [(HTML, _string(item.get("content_html"))), (TEXT, _string(item.get("content_text"))),
              (TEXT, _string(item.get("summary")))]  # fmt: skip
    return Entry(
        id=loose.identifier(item.get("id")) or _string(item.get("id")),
        link=_resolved(url, item.get("url")) or _resolved(url, item.get("external_url")),
        title=_string(item.get("title")),
        title_type=UNSURE,
        bodies=[(kind, value) for kind, value in bodies if value.strip()],
        author=author,
        author_url=author_url,
        dates=[text for name in ("date_published", "date_modified") if (text := _string(item.get(name)))],
    )


def _author(value: dict[str, Any]) -> tuple[str, str]:
    """1.1 has a list of authors, 1.0 one author; sites mix them, and some write only a name."""
    authors = value.get("authors")
    for one in [*(authors if isinstance(authors, list) else []), value.get("author")]:
        if isinstance(one, dict) and _string(one.get("name")):
            return _string(one.get("name")), _string(one.get("url"))
        if isinstance(one, str) and one.strip():
            return one.strip(), ""
    return "", ""


def _resolved(base: str, link: Any) -> str:
    text = _string(link)
    try:
        return urljoin(base, text) if text else ""
    except ValueError:
        return ""


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return ""
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""

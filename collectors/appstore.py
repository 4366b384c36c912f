"""Customer reviews of an app, per country, from Apple's review feed in JSON or XML.

Format: Apple's RSS feed `itunes.apple.com/<country>/rss/customerreviews/page=N/id=ID/sortby=mostrecent/json`
(rss.applemarketingtools.com; described at github.com/facundoolano/app-store-scraper and in many clients): fifty
reviews a page, ten pages; every value is an object with `label`; a single review is an object instead of a list;
the first entry may be the app itself; the JSON's own `next` link leads to the XML, so pages are counted here. In
XML the text comes twice, as text and as HTML. `im:voteSum` are helpful votes of `im:voteCount` votes.
Option `countries` (such as ["cn", "us"]) asks several storefronts. Blind spots: 500 reviews per country at most;
Apple's caches lag by hours; an edited review keeps its id and becomes a change.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from collectors import asking, loose
from collectors.options import Form, Option
from collectors.ratings import to_five
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.text import plain, unescape
from errors import InputError, ParseError

API = "https://itunes.apple.com"
PAGES = 10
_PAGE = re.compile(r"(page[=/])(\d{1,4})")
_APP = re.compile(r"/id(\d{3,15})\b|/id=(\d{3,15})\b")
_COUNTRY = re.compile(r"/([a-zA-Z]{2})/rss/customerreviews/")
_ATOM = "{http://www.w3.org/2005/Atom}"


class AppStore(Kind):
    name = "appstore"
    default_channel = "app_store"
    first_depth = PAGES
    label = "App Store reviews"
    options = (Option("countries", Form.LIST, "Storefronts to read, by two-letter code.", "cn,us"),)

    def recognises(self, url: str) -> bool:
        if "/rss/customerreviews/" in asking.path(url):
            return True
        ours = asking.under(url, "apps.apple.com", "itunes.apple.com")
        return ours and bool(_APP.search(asking.path(url)))

    def check(self, source: Source) -> None:
        countries = source.options.get("countries")
        if countries is not None and not all(re.fullmatch("[A-Za-z]{2}", str(one)) for one in loose.listed(countries)):
            raise InputError("option 'countries' wants two-letter codes, such as cn or us")

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        url, countries = source.url, loose.listed(source.options.get("countries"))
        path, app = asking.path(url), _APP.search(asking.path(url))
        if "/rss/customerreviews/" in path and countries:
            there = (_in_country(path, one) for one in countries)
            return [Request(asking.parts(url)._replace(path=where).geturl()) for where in there]
        if "customerreviews" in path or app is None or not (countries or self.recognises(url)):
            return [Request(url)]
        base = API if asking.under(url, "apps.apple.com") else url
        first = asking.steps(url)[0]
        where = f"/rss/customerreviews/page=1/id={app[1] or app[2]}/sortby=mostrecent/json"
        return [
            Request(asking.at_base(base, _in_country(where, one)), foreign=base == API)
            for one in countries or [first if len(first) == 2 else "us"]
        ]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        if document.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            title, entries = _xml_entries(document)
        else:
            title, entries = _json_entries(document)
        found = [_mention(entry, document.url, context) for entry in entries]
        return Parsed(
            tuple(found),
            next=_next(document.url, bool(found), context.page),
            title=title,
        )


def _in_country(path: str, country: str) -> str:
    """The path of a review feed, in that storefront."""
    return re.sub(r"(?:/[a-zA-Z]{2})?(?=/rss/customerreviews/)", f"/{country.lower()}", path, count=1)


def _json_entries(document: Document) -> tuple[str | None, list[dict[str, Any]]]:
    feed = loose.at(loose.load(document.body, url=document.url, what="a review feed"), "feed")
    if not isinstance(feed, dict):
        raise ParseError("Apple gave no review feed: the answer has another shape", url=document.url)
    entries = [_from_json(entry) for entry in loose.tables(feed.get("entry"))]
    return _label(feed.get("title")), [entry for entry in entries if entry]


def _label(value: object) -> str | None:
    return loose.text(value.get("label")) if isinstance(value, dict) else loose.text(value)


def _from_json(entry: dict[str, Any]) -> dict[str, Any]:
    """The fields of a review; the app itself has an `im:name` and no rating, and gives nothing."""
    if "im:name" in entry and "im:rating" not in entry:
        return {}
    links = [loose.table(link.get("attributes")) for link in loose.tables(entry.get("link"))]
    author = loose.table(entry.get("author"))
    return {
        "id": _label(entry.get("id")),
        "title": _label(entry.get("title")),
        "text": _label(entry.get("content")),
        "author": _label(author.get("name")) or _label(author),
        "author_url": _label(author.get("uri")),
        "updated": _label(entry.get("updated")),
        "link": next((link.get("href") for link in links if link.get("href")), None),
        **{name: _label(entry.get(f"im:{name}")) for name in ("rating", "version", "voteSum", "voteCount")},
    }


def _xml_entries(document: Document) -> tuple[str | None, list[dict[str, Any]]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(document.body.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(f"not a review feed: {error}", url=document.url) from error
    if root is None or not isinstance(root.tag, str) or not root.tag.endswith("feed"):
        raise ParseError(
            "a web page where a review feed was expected: a login, consent or error page", url=document.url
        )
    entries = [_from_xml(entry) for entry in root.iter("{*}entry")]
    if not entries and len(parser.error_log):
        raise ParseError(f"a broken review feed: {parser.error_log[0].message}", url=document.url)
    return _child(root, "title"), [entry for entry in entries if entry]


def _from_xml(entry: etree._Element) -> dict[str, Any]:
    fields = dict(_store_fields(entry))
    if "name" in fields and "rating" not in fields:
        return {}
    contents = entry.findall(f"{_ATOM}content")
    words = next((one for one in contents if one.get("type") == "text"), contents[0] if contents else None)
    author = entry.find(f"{_ATOM}author")
    link = entry.find(f"{_ATOM}link")
    return {
        "id": _child(entry, "id"),
        "title": _child(entry, "title"),
        "text": _words(words) if words is not None else None,
        "author": _child(author, "name") if author is not None else None,
        "author_url": _child(author, "uri") if author is not None else None,
        "updated": _child(entry, "updated"),
        "link": link.get("href") if link is not None else None,
        **fields,
    }


def _words(content: etree._Element) -> str:
    """What was written; the HTML form, where it is the only one, is a table of everything."""
    text = "".join(map(str, content.itertext()))
    return plain(text) if content.get("type") in ("html", "xhtml") else text


def _store_fields(entry: etree._Element) -> Iterator[tuple[str, str]]:
    """The elements of Apple's own namespace, by local name."""
    for child in entry:
        if isinstance(child.tag, str) and "itunes.apple.com" in child.tag and child.text:
            yield child.tag.rpartition("}")[2], child.text


def _child(element: etree._Element, name: str) -> str | None:
    found = element.find(f"{_ATOM}{name}")
    return loose.text(found.text) if found is not None else None


def _next(url: str, any_review: bool, page: int) -> Request | None:
    """Page N+1 of the same address; an address without a page number is page 1 and has it put in."""
    if not any_review:
        return None
    split = asking.parts(url)
    match = _PAGE.search(split.path)
    if match is not None:
        number = int(match[2]) + 1
        path = split.path[: match.start()] + f"{match[1]}{number}" + split.path[match.end() :]
        following = split._replace(path=path).geturl()
    elif "/customerreviews/" in split.path:
        number = page + 1
        following = split._replace(
            path=split.path.replace("/customerreviews/", f"/customerreviews/page={number}/", 1)
        ).geturl()
    else:
        number = (asking.number_param(url, "page") or 1) + 1
        following = asking.with_params(url, page=number)
    return Request(following) if number <= PAGES else None


def _mention(entry: dict[str, Any], url: str, context: ParseContext) -> Mention:
    country = _COUNTRY.search(asking.path(url))
    moment, whose = loose.moment(context, entry.get("updated"))
    return Mention(
        external_id=loose.identifier(entry.get("id")) or "",
        title=unescape(loose.text(entry.get("title")) or ""),
        text=unescape(loose.text(entry.get("text")) or ""),
        url=loose.text(entry.get("link")),
        published_at=moment,
        published_at_source=whose,
        author=loose.text(entry.get("author")),
        author_url=loose.text(entry.get("author_url")),
        rating=to_five(entry.get("rating")),
        likes=loose.whole(entry.get("voteSum")),
        region=country[1].upper() if country else None,
        extra=loose.told(
            version=loose.text(entry.get("version")),
            votes=loose.whole(entry.get("voteCount")),
        ),
    )


APPSTORE = AppStore()

"""Reviews that a page itself marks up as schema.org Review: JSON-LD, microdata or RDFa.

Vocabulary: schema.org/Review, /Rating, /AggregateRating. Reviews are found wherever they hang: on a Product, an
Organization or a LocalBusiness, in `@graph`, in arrays, behind `@id`. An AggregateRating is nobody's words and is
no mention: the page's average and count are kept with the source (`collectors.standing`). Ratings come to 1-5 by their
own best and worst, decimal commas included. The same review in two syntaxes is one.

Only domains that people listed are asked: adding the source lists its own, the option `listed` adds others that it
may lead to. robots.txt is asked first and obeyed; no such file means yes (RFC 9309). Further pages are those of
`rel=next` on the same host. Blind spots: reviews that only scripts put into the page; a review without an address or
number that is edited is another one; RDFa's times are read from their text when the attribute is missing.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from lxml import html
from lxml.etree import LxmlError

from collectors import asking, loose, structured
from collectors.charset import decode
from collectors.options import Form, Option
from collectors.ratings import to_five
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request
from collectors.standing import Standing, kept
from collectors.text import flat, guessed, plain, unescape
from errors import Forbidden, InputError, ParseError

MOST_NODES = 50_000  # a page with more structured data than that is an attack on us, not a list of reviews
_REVIEWS = ("Review", "UserReview", "CriticReview", "EmployerReview", "ClaimReview", "MediaReview")
_OF_A_SITE = frozenset(
    "WebSite WebPage Organization Corporation OnlineStore BreadcrumbList ListItem SearchAction EntryPoint ImageObject "
    "PropertyValueSpecification ContactPoint PostalAddress SiteNavigationElement WPHeader WPFooter".split()
)
_COUNTS = ("ratingCount", "reviewCount")
_NUMBERED = re.compile(r"\d{4,}|[0-9a-f]{8,}", re.IGNORECASE)


@dataclass(frozen=True)
class Marked:
    """A review's node and what it is about."""

    node: dict[str, Any]
    about: str | None


class ReviewsPage(Kind):
    name = "reviews_page"
    default_channel = "ecommerce"
    first_depth = 5
    label = "Review page"
    options = (Option("listed", Form.LIST, "Further domains that the page may lead to.", "shop.example.com"),)

    def check(self, source: Source) -> None:
        if any("/" in one for one in loose.listed(source.options.get("listed"))):
            raise InputError("option 'listed' wants domain names, such as shop.example.com")

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        return [Request(source.url, robots=True)]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        _must_be_listed(document, context)
        tree = _tree(document)
        nodes = list(structured.nodes(tree, document.url))
        found: dict[str, Mention] = {}
        for marked in _reviews(nodes):
            mention = _mention(marked, document.url, context)
            if mention is not None:
                found.setdefault(_sameness(mention), mention)
        if not found and all(_types(node) <= _OF_A_SITE for node in _walk(nodes)):  # as a login page has it, too
            raise ParseError(
                "this page carries no schema.org markup of anything reviewed: its reviews cannot be read",
                url=document.url,
            )
        following = _next(tree, document.url)
        return Parsed(
            tuple(_told_apart(list(found.values()))),
            next=Request(following, robots=True) if following and found else None,
            title=_title(tree),
            cursor=kept(_standing(nodes, single=bool(found))) if context.page == 1 else {},
        )


def _must_be_listed(document: Document, context: ParseContext) -> None:
    """A redirect may leave the address that somebody listed; what waits there was not listed."""
    listed = [asking.host(context.url), *(one.lower() for one in loose.listed(context.options.get("listed")))]
    if not asking.under(document.url, *listed):
        raise Forbidden(
            f"the page leads to {asking.host(document.url)}, which nobody listed; add it to the option 'listed'",
            url=document.url,
            status=document.status,
        )


def _tree(document: Document) -> html.HtmlElement:
    text = decode(document.body, document.headers.get("content-type", "")).replace("\x00", "")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if not text.strip():
        raise ParseError("an empty answer where a page was expected", url=document.url)
    try:
        tree = html.document_fromstring(text)
    except (LxmlError, ValueError, AssertionError) as error:
        raise ParseError(f"not a web page: {error}", url=document.url) from error
    return tree


def _title(tree: html.HtmlElement) -> str | None:
    return flat(tree.findtext(".//title") or "") or None


def _next(tree: html.HtmlElement, url: str) -> str | None:
    for link in tree.iter("link", "a"):
        if "next" in (link.get("rel") or "").lower().split() and link.get("href"):
            return asking.joined(url, link.get("href"))
    return None


# reviews among nodes


def _reviews(nodes: list[dict[str, Any]]) -> Iterator[Marked]:
    """Every review, once, with the name of what it is about. Walks without recursion and up to a limit."""
    by_id = _named_nodes(nodes)
    abouts: dict[int, str | None] = {}
    held: list[dict[str, Any]] = []
    for node in _walk(nodes):
        name = _words(node.get("name"))
        for child in [*loose.tables(node.get("review")), *loose.tables(node.get("reviews"))]:
            real = by_id.get(str(child.get("@id")), child) if set(child) <= {"@id"} else child
            abouts.setdefault(id(real), name if not _is_review(node) else None)
            if not _is_review(real) and _looks_like_one(real):
                held.append(real)
        if _is_review(node):
            held.append(node)
    seen: set[int] = set()
    for node in held:
        if id(node) not in seen:
            seen.add(id(node))
            resolved = {name: _resolved(value, by_id) for name, value in node.items()}
            yield Marked(resolved, _item_name(resolved) or abouts.get(id(node)))


def _named_nodes(nodes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: node for node in _walk(nodes) if isinstance(key := node.get("@id"), str) and len(node) > 1}


def _walk(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    waiting: list[Any] = list(reversed(nodes))
    for _ in range(MOST_NODES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(reversed([one for one in value.values() if isinstance(one, dict | list)]))
        elif isinstance(value, list):
            waiting.extend(reversed([one for one in value if isinstance(one, dict | list)]))


def _types(node: dict[str, Any]) -> set[str]:
    given = node.get("@type", node.get("type"))
    listed = given if isinstance(given, list) else [given]
    return {re.split(r"[/#:]", one)[-1] for one in listed if isinstance(one, str)}


def _is_review(node: dict[str, Any]) -> bool:
    return not _types(node).isdisjoint(_REVIEWS)


def _looks_like_one(node: dict[str, Any]) -> bool:
    """A child of `review` without a type."""
    return not _types(node) and bool({"reviewBody", "reviewRating", "description"} & set(node))


def _resolved(value: Any, by_id: dict[str, dict[str, Any]]) -> Any:
    """A bare reference as the node it names."""
    if isinstance(value, list):
        return [_resolved(one, by_id) for one in value[:100]]
    if isinstance(value, dict) and set(value) <= {"@id"}:
        return by_id.get(str(value.get("@id")), value)
    return value


def _words(value: object) -> str | None:
    """A name or text: a string, a language-tagged value, the first of a list, or a thing's name."""
    if isinstance(value, list):
        return next((found for found in map(_words, value[:20]) if found), None)
    if isinstance(value, dict):
        return loose.first_text(value.get("@value"), value.get("name") if isinstance(value.get("name"), str) else None)
    return loose.text(value)


def _item_name(node: dict[str, Any]) -> str | None:
    item = node.get("itemReviewed")
    item = item[0] if isinstance(item, list) and item else item
    return _words(item.get("name")) if isinstance(item, dict) else _words(item)


def _author(value: object) -> tuple[str | None, str | None]:
    """Name and page of the first author."""
    one = next(iter(value), None) if isinstance(value, list) else value
    if not isinstance(one, dict):
        told = _words(one)
        return (None, told) if told and told.startswith(("http://", "https://")) else (told, None)
    parts = [_words(one.get(name)) for name in ("givenName", "familyName")]
    name = _words(one.get("name")) or _words(one.get("@value")) or " ".join(part for part in parts if part) or None
    page = loose.first_text(_first(one.get("url")), _first(one.get("sameAs")))
    return name, page if page and page.startswith(("http://", "https://")) else None


def _rating(node: dict[str, Any]) -> float | None:
    given = node.get("reviewRating", node.get("rating"))
    for rating in given if isinstance(given, list) else [given]:
        if isinstance(rating, dict):
            value, best, worst = (
                _first(rating.get(f"{name}Rating" if name != "value" else "ratingValue"))
                for name in ("value", "best", "worst")
            )
            stars = to_five(value, best=best, worst=worst)
        else:
            stars = to_five(rating)
        if stars is not None:
            return stars
    return to_five(
        _first(node.get("ratingValue")), best=_first(node.get("bestRating")), worst=_first(node.get("worstRating"))
    )


def _standing(nodes: list[dict[str, Any]], *, single: bool) -> Standing | None:
    """The average that the page gives: of what its reviews hang on, else the first there is."""
    by_id = _named_nodes(nodes)
    given: list[tuple[bool, dict[str, Any]]] = []
    for node in _walk(nodes):
        reviewed = bool(node.get("review") or node.get("reviews"))
        given += [(reviewed, _resolved(one, by_id)) for one in loose.tables(node.get("aggregateRating"))]
        if "AggregateRating" in _types(node):
            given.append((False, node))
    for _, one in sorted(given, key=lambda pair: not pair[0]):
        value, best, worst = (_first(one.get(name)) for name in ("ratingValue", "bestRating", "worstRating"))
        if (rating := to_five(value, best=best, worst=worst)) is not None:
            count = next((n for name in _COUNTS if (n := loose.whole(_first(one.get(name)))) is not None), None)
            return Standing(rating, count, single)
    return None


def _first(value: object) -> object:
    if isinstance(value, list):
        return _first(value[0]) if value and not isinstance(value[0], list) else None
    # an address in RDFa is a reference
    return value.get("@value", value.get("@id")) if isinstance(value, dict) else value


def _mention(marked: Marked, url: str, context: ParseContext) -> Mention | None:
    node = marked.node
    text = _prose(_words(node.get("reviewBody")) or _words(node.get("description")) or _words(node.get("text")) or "")
    title = flat(_words(node.get("headline")) or _words(node.get("name")) or "")
    if not text and not title:
        return None
    author, page = _author(node.get("author", node.get("creator")))
    moment, whose = loose.moment(
        context, *(_first(node.get(name)) for name in ("datePublished", "dateCreated", "dateModified"))
    )
    own = _own_address(node, url)
    return Mention(
        external_id=_identity(own, url, author, title, text),
        title=title,
        text=text,
        url=own or url,
        published_at=moment,
        published_at_source=whose,
        author=author,
        author_url=page,
        rating=_rating(node),
        likes=loose.whole(_first(node.get("upvoteCount"))),
        replies=loose.whole(_first(node.get("commentCount"))),
        extra=loose.told(
            item=marked.about, language=_words(node.get("inLanguage")), publisher=_words(node.get("publisher"))
        ),
    )


def _prose(value: str) -> str:
    """A text as plain text; markup that was escaped to fit into the data is markup all the same."""
    return plain(value) if "<" in value else guessed(unescape(value))


def _own_address(node: dict[str, Any], url: str) -> str | None:
    """The review's own address, from `url` or `@id`."""
    for given in (_first(node.get("url")), node.get("@id")):
        if isinstance(given, str) and given.strip() and not given.startswith("_:"):
            try:
                found = urljoin(url, given.strip())
            except ValueError:
                continue
            if found.startswith(("http://", "https://")) and len(found) <= 2000:
                return found
    return None


def _identity(own: str | None, url: str, author: str | None, title: str, text: str) -> str:
    """The review's own address. One that is only a place on this page names a review by its number in the shop
    ("#review-48211", on whichever page it stands), not by its rank: "#review-1" is another review tomorrow."""
    page, _, place = (own or url).partition("#")
    if own and page != url.partition("#")[0]:
        return own
    return _derived(author, place, "") if _NUMBERED.search(place) else _derived(author, title, text)


def _derived(author: str | None, title: str, text: str) -> str:
    """An id for a review without one: who said what. Not its time, which many pages give as "3 days ago"."""
    said = "\x00".join((author or "", title, text)).encode("utf-8", "surrogatepass")
    return "sha256:" + hashlib.sha256(said).hexdigest()[:40]


def _told_apart(mentions: list[Mention]) -> list[Mention]:
    """Reviews that share one address (many name the product's page) are known by their words instead."""
    shared = {key for key, count in Counter(one.external_id for one in mentions).items() if count > 1}
    return [
        replace(one, external_id=_derived(one.author, one.title, one.text)) if one.external_id in shared else one
        for one in mentions
    ]


def _sameness(mention: Mention) -> str:
    """Two syntaxes of one page differ in spaces and in what they leave out, not in words and writer."""
    return re.sub(r"\s+", "", f"{mention.author or ''}\x00{mention.text or mention.title}")


REVIEWS_PAGE = ReviewsPage()

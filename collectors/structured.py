"""What a page marks up for machines, as plain nodes whatever its syntax: JSON-LD, microdata, RDFa.

JSON-LD is read here, script by script, so that a broken script costs only itself; microdata and RDFa by extruct
(github.com/scrapinghub/extruct), in the parser's child, since crafted pages can make it slow. A node is a dictionary
of short property names, with `@type` and `@id`. Blind spots: RDFa beyond 700,000 characters is not read; a context of
JSON-LD is not fetched, so only schema.org's own names are understood.
"""

import html as html_escapes
import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html
from lxml.etree import LxmlError

from collectors import loose

RDFA_LIMIT = 700_000  # characters; the slowest of the three, about 7 s a megabyte
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_COMMENT = re.compile(r"^\s*/\*.*?\*/", re.DOTALL)
_VOCABULARY = re.compile(r"^(?:https?://(?:www\.)?schema\.org/|schema:)")
_TRAILING = re.compile(r",(\s*[}\]])")
_NAMES = ("author", "creator", "name")


def nodes(tree: html.HtmlElement, url: str) -> Iterator[dict[str, Any]]:
    """The topmost nodes, in the order of the syntaxes."""
    yield from _json_ld(tree)
    _names_to_text(tree)
    markup = {name for element in tree.iter() for name in ("itemscope", "typeof") if name in element.attrib}
    if "itemscope" in markup:
        yield from _microdata(tree, url)
    if "typeof" in markup and len(written := html.tostring(tree, encoding="unicode")) < RDFA_LIMIT:
        yield from _rdfa(written, url)


def _names_to_text(tree: html.HtmlElement) -> None:
    """Of `<a itemprop="author" href="...">Ann</a>` both syntaxes take the address; a reader wants the name. A link that
    is a name and an address (`itemprop="name url"`) becomes a link with the name in it."""
    for link in list(tree.iter("a")):
        attribute = "itemprop" if link.get("itemprop") else "property"
        given = (link.get(attribute) or "").split()
        names = [one for one in given if one.rpartition(":")[2] in _NAMES]
        if not names or {"itemscope", "typeof"} & set(link.attrib) or not link.text_content().strip():
            continue
        if len(names) == len(given):
            link.tag = "span"
            link.attrib.pop("href", None)
            continue
        inside = html.Element("span", {attribute: " ".join(names)})
        inside.text, link.text = link.text, None
        inside.extend(list(link))
        link.append(inside)
        link.set(attribute, " ".join(one for one in given if one not in names))


def _json_ld(tree: html.HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        value = _loaded(script.text_content())
        yield from loose.tables(value)


def _loaded(text: str) -> Any:
    """The value of one script, also when it is wrapped as a comment, begins with one, ends a list with a comma, holds
    several values or is written in entities; None otherwise."""
    bare = _COMMENT.sub("", _WRAPPING.sub("", _WRAPPING.sub("", text))).strip().rstrip(";")
    for attempt in (bare, _TRAILING.sub(r"\1", bare), f"[{bare}]", html_escapes.unescape(bare)):
        try:
            return json.loads(attempt, strict=False, parse_constant=lambda _name: None, object_pairs_hook=_named)
        except (ValueError, RecursionError):
            continue
    return None


def _named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose properties may be written `schema:author` or as whole addresses."""
    return {_VOCABULARY.sub("", name): value for name, value in pairs}


def _microdata(tree: html.HtmlElement, url: str) -> list[dict[str, Any]]:
    from extruct.w3cmicrodata import MicrodataExtractor  # late: most children never meet a page

    try:
        items = MicrodataExtractor(nested=True).extract_items(tree, base_url=url)
        return [_from_microdata(item) for item in items]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, LxmlError):
        return []  # what extruct trips over is not markup it could have read


def _from_microdata(value: Any, depth: int = 0) -> Any:
    if isinstance(value, list):
        return [_from_microdata(one, depth + 1) for one in value]
    if not isinstance(value, dict) or depth > 40:
        return value
    fields = {name: _from_microdata(one, depth + 1) for name, one in loose.table(value.get("properties")).items()}
    return {**fields, "@type": value.get("type"), "@id": value.get("id")}


def _rdfa(written: str, url: str) -> list[dict[str, Any]]:
    from extruct.rdfa import RDFaExtractor  # late: it brings a whole RDF library
    from extruct.utils import parse_xmldom_html

    try:
        tree = parse_xmldom_html(written, encoding="utf-8")
        for moment in tree.iter("time"):
            if moment.get("property") and moment.get("datetime") and moment.get("content") is None:
                moment.set("content", moment.get("datetime"))  # the extractor would take the words instead
        nodes = loose.tables(RDFaExtractor().extract_items(tree, base_url=url))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError, LxmlError):
        return []
    return [_from_rdfa(node) for node in nodes if node.get("@type")]


def _from_rdfa(node: dict[str, Any]) -> dict[str, Any]:
    """Expanded JSON-LD to short names; values out of their wrappers."""
    fields: dict[str, Any] = {}
    for name, value in node.items():
        short = name if name.startswith("@") else re.split(r"[/#]", name)[-1]
        values = (
            [one.get("@value", one) if isinstance(one, dict) else one for one in value]
            if isinstance(value, list)
            else value
        )
        fields[short] = values[0] if isinstance(values, list) and len(values) == 1 else values
    return fields

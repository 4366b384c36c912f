"""Lists of feeds as feed readers exchange them (OPML 1.0 and 2.0, http://opml.org/spec2.opml).

Promise: bytes in any charset in, the feeds of every outline at any depth out, and beside them each outline whose address
is none, with its line and why. What is no OPML, or names no usable feed at all, is an InputError. No request is made.
Entities and external definitions are refused, not resolved. Outlines without an address are folders and are walked.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from collectors import charset
from collectors.text import line
from errors import InputError

LARGEST = 20_000_000
LONGEST_TITLE = 1_000
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")


@dataclass(frozen=True)
class OpmlFeed:
    url: str
    title: str | None
    line: int


@dataclass(frozen=True)
class Opml:
    feeds: tuple[OpmlFeed, ...]
    refused: tuple[InputError, ...]  # outlines whose address cannot be used


def parse_opml(data: bytes) -> Opml:
    """The feeds in the order of the file, repeats left out. Raises InputError."""
    root = _root(data)
    feeds: dict[str, OpmlFeed] = {}
    refused: list[InputError] = []
    for outline in root.iter("{*}*"):  # elements, whatever their namespace; some writers shout
        if etree.QName(outline).localname.lower() != "outline":
            continue
        attributes = {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}
        address = attributes.get("xmlurl")
        if address:
            number: int = int(str(outline.sourceline or 0))
            try:
                url = web_address(address, row=number, column="xmlUrl")
            except InputError as error:
                refused.append(error)
                continue
            title = line((attributes.get("title") or attributes.get("text") or "")[:LONGEST_TITLE])
            feeds.setdefault(url, OpmlFeed(url, title or None, number))
    if not feeds:
        raise refused[0] if refused else InputError("this OPML names no feed; a feed is an <outline> with an xmlUrl")
    return Opml(tuple(feeds.values()), tuple(refused))


def web_address(text: str, *, row: int | None = None, column: str | None = None) -> str:
    """The address when it is http(s) and has a host; `feed:` is an old way to write it. Raises InputError."""
    url = "".join(character for character in text.strip() if character not in "\t\r\n")
    lowered = url.lower()
    if lowered.startswith("feed://"):
        url = "http://" + url[7:]
    elif lowered.startswith(("feed:http:", "feed:https:")):
        url = url[5:]
    try:
        parts = urlsplit(url)
        good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or " " in parts.netloc or len(url) > 8_000 or not url.isprintable():
        shown = text.strip()[:200]
        raise InputError(
            f"'{shown}' is no web address; write one that begins with http:// or https://", row=row, column=column
        )
    return url


def _root(data: bytes) -> etree._Element:
    if len(data) > LARGEST:
        raise InputError(f"this OPML is larger than {LARGEST // 1_000_000} MB")
    # the declaration's encoding may be wrong; blanks in its place keep rows and columns as they are
    text = _DECLARATION.sub(lambda match: " " * len(match.group()), charset.decode(data), count=1)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if "<!ENTITY" in text:
        raise InputError("this OPML defines XML entities, which are refused")
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        row, column = getattr(error, "position", (None, None))
        where = f"row {row}, column {column}: " if row else ""
        raise InputError(f"{where}this is not well-formed OPML ({error.args[0] if error.args else error})") from error
    definition = root.getroottree().docinfo.internalDTD
    if definition is not None and any(definition.iterentities()):  # type: ignore[union-attr]
        raise InputError("this OPML defines XML entities, which are refused")
    if etree.QName(root).localname.lower() != "opml":
        raise InputError(f"this is <{etree.QName(root).localname}>, not OPML")
    return root

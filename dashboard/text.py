"""The one door through which other people's words reach the screen.

Promise: whatever a stranger wrote stays text. Each function serves one target and nothing else:

    plain(s)   st.text, dataframe cells, selectbox and multiselect options, text inputs
    md(s)      anything of Streamlit that reads Markdown: labels, captions, titles, buttons, toasts, metrics
    html(s)    the text of our own HTML in `dashboard.components.cards`
    chart(s)   Plotly titles, labels, hover text and legends, which read a little HTML
    link(s)    an address somebody else gave, as an href: absolute http(s) or None

All of them first neutralise what no screen should obey: control characters, direction overrides, tags of invisible
letters and towers of combining marks. Blind spots: letters that look like other letters (a Cyrillic а) stay as written.
"""

import html as _html
import re
import unicodedata
from urllib.parse import unquote, urlsplit

_DROPPED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # byte order mark, annotations, invisible tags
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MD_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&^=@'\"])")
# Streamlit's Markdown turns these into links, icons, emoji and arrows after escapes were resolved, so that a
# backslash does not help: an invisible word joiner between the two characters does.
_MD_PAIRS = re.compile(r"(?<=[:@$])(?=\S)|(?<=[Ww]{3})(?=\.)|(?<=[-<>=~])(?=[-<>=~])")
_JOINER = "\u2060"
_MARKS_KEPT = 6  # no living script stacks more marks on one letter
_SCHEMES = ("http", "https")


def plain(value: object, limit: int | None = None) -> str:
    """Text as published, without what could act on the page or the reader. `limit` cuts with an ellipsis."""
    text = "" if value is None else str(value)
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _cap_marks(_DROPPED.sub("", text))
    if limit is not None and len(text) > limit:
        return text[: limit - 1].rstrip() + "…"
    return text


def line(value: object, limit: int | None = None) -> str:
    """`plain`, on one line."""
    return plain(" ".join(plain(value).split()), limit)


def md(value: object, limit: int | None = None) -> str:
    """For everything that reads Markdown: no link, image, icon, colour, formula or heading comes out of it."""
    text = _MD_PAIRS.sub(_JOINER, line(value, limit))
    return _MD_SPECIAL.sub(r"\\\1", text)


def html(value: object, limit: int | None = None) -> str:
    """For the text of our own HTML, attribute values included."""
    return _html.escape(plain(value, limit), quote=True)


def chart(value: object, limit: int | None = 80) -> str:
    """For Plotly, which reads tags, entities, `%{...}` templates and, where MathJax is present, `$...$`."""
    text = _html.escape(line(value, limit), quote=False)
    return text.replace("%{", "%" + _JOINER + "{").replace("$", "$" + _JOINER)


def link(value: object) -> str | None:
    """An address as an href, or None where it is not absolute http(s) or hides a host behind credentials."""
    text = plain(value).strip()
    if not text or any(char.isspace() for char in text) or "\\" in text:
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES or not host or parts.username is not None:
        return None
    return text


def masked(url: str) -> str:
    """An address that may hold a secret: scheme and host, the rest hidden."""
    scheme, found, rest = plain(url).partition("://")
    if not found:
        return "…"
    host = rest.split("/", 1)[0].rpartition("@")[2] if scheme.lower() in (*_SCHEMES, "mailto", "mailtos") else ""
    return f"{scheme}://{host}/…" if host else f"{scheme}://…"


def marked(value: object, words: tuple[str, ...], limit: int | None = None) -> str:
    """`html`, with the brand's words in <mark>. Words are found as written, whatever their case."""
    text = plain(value, limit)
    found = [re.escape(word) for word in sorted(words, key=len, reverse=True) if word.strip()]
    if not found:
        return _html.escape(text, quote=True)
    pieces = re.split(f"({'|'.join(found)})", text, flags=re.IGNORECASE)
    return "".join(
        f"<mark>{_html.escape(piece, quote=True)}</mark>" if index % 2 else _html.escape(piece, quote=True)
        for index, piece in enumerate(pieces)
    )


def excerpt(value: str, words: tuple[str, ...], length: int = 260) -> str:
    """The part of a long text that names the brand, on one line, with ellipses where it was cut."""
    text = line(value)
    if len(text) <= length:
        return text
    folded = text.casefold()
    places = [place for word in words if word and (place := folded.find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - length // 3)
    start = 0 if start < 40 else start
    cut = text[start : start + length].strip()
    return ("…" if start else "") + cut + ("…" if start + length < len(text) else "")


def _cap_marks(text: str) -> str:
    if text.isascii():
        return text
    out: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MARKS_KEPT:
            out.append(char)
    return "".join(out)


def shown_address(url: object) -> str:
    """An address to read: without credentials, without what a query may hold as a key, and with its letters as people
    write them (%E4%BA%91 is 云)."""
    text = line(url, 2_000)
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    host = parts.netloc.rpartition("@")[2]
    query = _without_keys(unquote(_without_keys(parts.query)))  # an address inside it may hold one, too
    return line(unquote(f"{parts.scheme}://{host}{parts.path}") + (f"?{query}" if query else ""), 400) if host else text


def _without_keys(query: str) -> str:
    return re.sub(r"(?i)((?:key|token|secret|password|sig|auth)[^=&]*=)[^&]*", r"\1…", query)

"""HTML and raw strings to plain text that is safe to show and whole to read.

`plain` turns markup into paragraphs: blocks become lines, scripts, styles and text hidden by the markup itself are
gone. `clean` neutralises what only misleads eyes and terminals: control characters, direction overrides, invisible
fillers. Emoji sequences, joiners between letters and combining marks stay whole, and cutting never splits one.

Blind spots: text hidden by a style sheet or by its colour is kept; a table becomes lines of cells.
"""

import html
import re
import unicodedata
from collections.abc import Iterator

from lxml import etree

# C0 and C1 but tab and line feed, soft hyphen, direction marks and overrides, invisible operators and fillers,
# line and paragraph separators, interlinear annotation, noncharacters, lone surrogates, tag characters
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\ufdd0-\ufdef\U000e0000-\U000e007f]"
)
_TAGS = re.compile("(\U0001f3f4)([\U000e0020-\U000e007f]+)")  # flags of England, Scotland, Wales
_TAG_CHARACTER = re.compile("[\U000e0000-\U000e007f]")
_BREAKS = str.maketrans(dict.fromkeys("\r\u2028\u2029", "\n") | dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x1f\x85", " "))
_LINES = re.compile(r"\n{3,}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_PAIR = re.compile(r"&#(x[dD][89abAB][0-9a-fA-F]{2}|5[56]\d{3});&#(x[dD][c-fC-F][0-9a-fA-F]{2}|5[67]\d{3});")
_MARKUP = re.compile(
    r"<(?:/?(?:a|abbr|address|article|aside|b|big|blockquote|body|br|button|center|cite|code|dd|del|div|dl|dt|em|"
    r"figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|iframe|img|ins|kbd|label|li|link|main|mark|meta|nav|"
    r"noscript|object|ol|p|pre|q|s|script|section|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|template|"
    r"textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr)(?=[\s/>])[^<>]*>|!--)",
    re.I,
)
_DROPPED = frozenset(
    "script style template noscript head title applet svg canvas audio video select textarea noframes noembed dialog "
    "datalist iframe".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_PARAGRAPHS = frozenset("p blockquote h1 h2 h3 h4 h5 h6 pre table ul ol dl hr article section figure".split())
_EDGE = "\x1d"  # where a block begins or ends: one line end however many blocks meet there
_EDGES = re.compile(r"[ \t\n\x1d]*\x1d[ \t\n\x1d]*")
_NAMED = {**dict.fromkeys(_BLOCKS, _EDGE), **dict.fromkeys(_PARAGRAPHS, "\n\n"), "br": "\n", "td": " ", "th": " "}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|(?<![-\w])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|mso-hide\s*:\s*all"
    r"|(?<![-\w])(?:(?:left|top|text-indent)\s*:\s*-\d{3,}|color\s*:\s*transparent)",
    re.I,
)
_CODE = re.compile(r"<(script|style|template|noscript|iframe|svg)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.I | re.S)
_ANY_TAG = re.compile(r"</?[a-z!][^<>]*>?", re.I)
_COMPLETE = re.compile(r"</?[a-z!][^<>]*>", re.I)
_TAG = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9]*+)(?:[\s/](?:[^<>"']|"[^"<>]*+"|'[^'<>]*+')*+)?>""")
_NO_DECLARATION = re.compile(r"<!(?!--|\[|doctype|[a-z>])", re.I)
_UNFINISHED = re.compile(r"<[a-zA-Z/!?]")
# what only the tree reads rightly: dropped or preformatted elements, images, anything that may hide
_INVOLVED = _DROPPED | frozenset("pre plaintext xmp listing img image body html input".split())
_MAY_HIDE = ("hidden", "style", "HIDDEN", "STYLE", "Hidden", "Style")
_BREAK_TAG = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr|/?h[1-6]|/?blockquote|/?table|/?ul|/?ol)\b[^<>]*>", re.I)


def clean(text: str) -> str:
    """A text as published, without what only misleads: paragraphs stay, runs of spaces become one."""
    tidy = _tidied(_scrub(text) if _ODD.search(text) else text)
    return text if tidy == text else tidy  # itself, so that a large document is not held once more


def _tidied(text: str) -> str:
    if "\n" not in text:
        return " ".join(text.split())
    lines = "\n".join([" ".join(part.split()) for part in text.split("\n")])
    return (_LINES.sub("\n\n", lines) if "\n\n\n" in lines else lines).strip("\n")


def line(text: str) -> str:
    """One line: for titles and names."""
    return " ".join(clean(text).split())


def plain(markup: str) -> str:
    """HTML to paragraphs of plain text. Text without markup passes through `clean`."""
    markup = whole_references(markup)
    if "<" not in markup:
        return clean(unescape(markup))
    if "<!" in markup:
        markup = _NO_DECLARATION.sub("&lt;!", markup)
    if not _COMPLETE.search(markup) and not _MARKUP.search(markup) and "<!" not in markup:
        return clean(unescape(markup))  # "2 < 3"
    markup = markup.replace(_EDGE, " ")
    text = None if any(word in markup for word in _MAY_HIDE) else _from_tags(markup)
    if text is None:
        text = _from_tree(markup)
    return clean(_EDGES.sub(_meeting, text) if _EDGE in text else text)


def guessed(text: str) -> str:
    """Paragraphs of something of which nobody said whether it is markup."""
    return plain(text) if "<" in text and _MARKUP.search(text) else clean(unescape(text))


def flat(text: str) -> str:
    """Plain text of something that is nominally text, though many publishers put markup or entities in it."""
    if "<" in text and _MARKUP.search(text):
        return line(plain(text))
    return line(unescape(text))


def unescape(text: str) -> str:
    return html.unescape(whole_references(text)) if "&" in text and _ENTITY.search(text) else text


def whole_references(text: str) -> str:
    """A character that is written as the two halves JavaScript counts, `&#55357;&#56834;`, as itself."""
    return _PAIR.sub(_joined, text) if "&#" in text else text


def _joined(match: re.Match[str]) -> str:
    halves = (int(half[1:], 16) if half[0] in "xX" else int(half) for half in match.groups())
    return "".join(map(chr, halves)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, an ellipsis included, never splitting what people see as one character."""
    if len(text) <= limit:
        return text
    end = max(limit - 1, 0)
    for _ in range(64):  # a longer run of marks than any script has is cut anyway
        if end <= 0 or not _joins(text[end - 1], text[end]):
            break
        end -= 1
    return text[:end].rstrip() + "…"


def _joins(before: str, after: str) -> bool:
    return (
        before == "\u200d"
        or after in "\u200d\ufe0e\ufe0f\u20e3"
        or unicodedata.combining(after) != 0
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
        or ("\U0001f1e6" <= after <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
    )


def _scrub(text: str) -> str:
    text = text.replace("\r\n", "\n").translate(_BREAKS)
    if not _TAG_CHARACTER.search(text):
        return _ODD.sub(_substitute, text)
    kept: list[str] = []
    position = 0
    for match in _TAGS.finditer(text):
        kept += [_ODD.sub(_substitute, text[position : match.start()]), match.group()]
        position = match.end()
    return "".join([*kept, _ODD.sub(_substitute, text[position:])])


def _substitute(match: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= match.group() <= "\udfff" else ""


def _from_tree(markup: str) -> str:
    # libxml2 stops at NUL and refuses lone surrogates
    markup = markup.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(f"<html><body>{markup}</body></html>".encode(), parser)
    except (etree.LxmlError, ValueError):
        return _without_tree(markup)
    if any("depth" in entry.message for entry in parser.error_log):
        return _without_tree(markup)  # the builder stopped half-way
    return "".join(_pieces(root))


def _from_tags(markup: str) -> str | None:
    """Simple markup without a tree, which costs three times as much; None when only a tree would read it rightly."""
    pieces = _TAG.split(_folded(markup))
    names = [name.lower() for name in pieces[1::2]]
    if not _INVOLVED.isdisjoint(names):
        return None
    pieces[1::2] = [_NAMED.get(name, "") for name in names]
    text = "".join(pieces)
    return None if _UNFINISHED.search(text) else html.unescape(text)


def _meeting(match: re.Match[str]) -> str:
    return "\n\n" if match.group().count("\n") > 1 else "\n"


def _without_tree(markup: str) -> str:
    """Last resort, for markup that the tree builder refuses."""
    return html.unescape(_ANY_TAG.sub(" ", _BREAK_TAG.sub("\n", _CODE.sub(" ", markup))))


def _pieces(root: etree._Element) -> Iterator[str]:
    """Text in order, with line ends where a reader would see them. Iterative: depth is the writer's choice."""
    skipping: etree._Element | None = None
    keeping = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = str(node.tag)
        if event == "start":
            if skipping is not None:
                continue
            if tag in _DROPPED or _hidden(node):
                skipping = node
                continue
            keeping += tag in ("pre", "plaintext")
            yield _opening(node, tag)
            if node.text:
                yield node.text if keeping else _folded(node.text)
            continue
        if skipping is node:
            skipping = None
        elif skipping is not None:
            continue
        else:
            keeping -= tag in ("pre", "plaintext")
            yield _closing(tag)
        if node.tail:
            yield node.tail if keeping else _folded(node.tail)


def _folded(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ") if "\n" in text or "\r" in text else text


def _opening(node: etree._Element, tag: str) -> str:
    return _spoken_image(node) if tag == "img" else _NAMED.get(tag, "")


def _closing(tag: str) -> str:
    return "" if tag == "br" else _NAMED.get(tag, "")


def _hidden(node: etree._Element) -> bool:
    attributes = node.attrib
    if not attributes:
        return False
    if "hidden" in attributes and attributes["hidden"].lower() != "until-found":
        return True
    style = attributes.get("style")
    return bool(style and _HIDING.search(style))


def _spoken_image(node: etree._Element) -> str:
    """Emoticons that sites draw as images speak: [怒], 😡. Other alternative text is not the author's voice."""
    alt = (node.get("alt") or "").strip()
    if not 0 < len(alt) <= 12:
        return ""
    bracketed = alt[0] == "[" and alt[-1] == "]"
    return alt if bracketed or not any(char.isalnum() or char in "./:_-" for char in alt) else ""

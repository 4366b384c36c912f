"""Why a source failed, in the viewer's language.

The store keeps the collectors' own sentences, which are English, with the figures and names of the case in them. Each of
them is written here once more with its figures as names, which makes it a message of the catalogues; a sentence that
fits one is said as the catalogue says it, sentences inside sentences too. What a site itself said ({said}) stays as it
came. Blind spot: what no message fits, such as a library's own words, is shown as it was stored; a test holds this list
to the sentences in `collectors/`.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from dashboard.i18n import catalogue, language

DEEPEST = 4
WRAPPING = 5  # the first of the list hold another sentence whole
_INSIDE = ("error", "what", "why")  # names under which one of our own sentences may stand
_HOLE = re.compile(r"\\{(\w+)\\}")


def in_words(sentence: str) -> str:
    """A stored error as the viewer reads it."""
    return _said(sentence, *_table(language()), depth=0) or sentence


def _said(text: str, whole: dict[str, str], parts: list[tuple[re.Pattern[str], str]], *, depth: int) -> str | None:
    if text in whole:
        return whole[text]
    if depth == DEEPEST:
        return None
    for pattern, message in parts:
        found = pattern.fullmatch(text)
        if found:
            values = {
                name: (_said(value, whole, parts, depth=depth + 1) if name in _INSIDE else None) or value
                for name, value in found.groupdict().items()
            }
            return message.format(**values)
    first, _, rest = text.partition(": ")  # HTTP 403: the server forbids it: what the service says of it
    if rest and first in whole:
        return f"{whole[first]}: {_said(rest, whole, parts, depth=depth + 1) or rest}"
    return None


@lru_cache(maxsize=4)
def _table(lang: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Sentence -> message, for those without and those with holes: what wraps others first, then as `_rank` says."""
    texts = catalogue(lang)
    pairs = list(zip(sentences(str), sentences(texts.gettext), strict=True))
    holed = [*pairs[:WRAPPING], *sorted((pair for pair in pairs[WRAPPING:] if "{" in pair[0]), key=_rank)]
    return {ours: told for ours, told in pairs if "{" not in ours}, [(_pattern(ours), told) for ours, told in holed]


def _rank(pair: tuple[str, str]) -> tuple[bool, int]:
    """A sentence that begins with its own words before one that begins with a hole; then the one with more words."""
    return pair[0].startswith("{"), -len(_HOLE.sub("", re.escape(pair[0])))


def _pattern(sentence: str) -> re.Pattern[str]:
    found = _HOLE.sub(lambda hole: rf"(?P<{hole[1]}>.+)", re.escape(sentence))
    return re.compile(found.replace("(?P<status>.+)", r"(?P<status>\d{3})"), re.S)


def sentences(t: Callable[[str], str]) -> tuple[str, ...]:
    """Every sentence, through `t`: as the collectors write them, or as the catalogue says them."""
    return (
        t("{error} (HTTP {status})"),
        t("HTTP {status}: {error}"),
        t("row {row}, column '{column}': {error}"),
        t("row {row}: {error}"),
        t("column '{column}': {error}"),
        t("the server sent no document"),
        t("the server sent only a part of the document"),
        t("the server said 'not modified' although nothing was known yet"),
        t("the server wants a login"),
        t("the server forbids it"),
        t("there is nothing at this address"),
        t("the source has ended"),
        t("too many requests"),
        t("withheld for legal reasons"),
        t("a status nobody knows"),
        t("multiple choices"),
        t("use proxy"),
        t("bad request"),
        t("payment required"),
        t("method not allowed"),
        t("not acceptable"),
        t("proxy authentication required"),
        t("request timeout"),
        t("conflict"),
        t("unprocessable entity"),
        t("unprocessable content"),
        t("internal server error"),
        t("not implemented"),
        t("bad gateway"),
        t("service unavailable"),
        t("gateway timeout"),
        t("network authentication required"),
        t("more than {n} redirects"),
        t("the redirects lead in a circle"),
        t("a redirect that says not where to"),
        t("a redirect to no web address"),
        t("a redirect to what is not fetched: {error}"),
        t("{host} is an address in disguise; write it as four decimal numbers"),
        t("'{address}' is not a web address; only http:// and https:// are fetched"),
        t("'{address}' is not a web address: {said}"),
        t("'{address}' has no valid port"),
        t("'{address}' has no host that could exist"),
        t("port {port} is not one where web servers answer"),
        t("{host} is {why}; only public addresses are fetched"),
        t("this machine"),
        t("a link-local address"),
        t("a multicast address"),
        t("no address"),
        t("a private or reserved address"),
        t("a reserved address"),
        t("a tunnel's address"),
        t("the name {host} is not known"),
        t("the name {host} has no address"),
        t("the name {host} was not answered in time"),
        t("timed out: no whole answer within {seconds} s"),
        t("timed out: no connection to {host} within {seconds} s"),
        t("too large: the document is more than the limit of {limit} MB"),
        t("too large: {size} MB is more than the limit of {limit} MB"),
        t("the answer has {n} headers of {size} bytes, more than is read"),
        t("compressed as '{name}', which was not asked for"),
        t("the compressed answer is broken: {said}"),
        t("the compressed document is broken: {said}"),
        t("the connection ended before the whole document came ({n} bytes did)"),
        t("the answer was broken: {said}"),
        t("the connection failed: {said}"),
        t("the certificate of {host} is not valid: {said}"),
        t("no secure connection to {host}: {said}"),
        t("{host} refused the connection"),
        t("no connection to {host}: {said}"),
        t("robots.txt of the site forbids this page to programs"),
        t("robots.txt cannot be read (HTTP {status}), so the page is left alone"),
        t("robots.txt cannot be read, so the page is left alone: {error}"),
        t("the answer was empty; a feed with nothing in it would still be a feed"),
        t("a login page where a feed was expected"),
        t("a login page ('{said}') where a feed was expected"),
        t("a web page where a feed was expected"),
        t("a web page ('{said}') where a feed was expected"),
        t("a list of feeds (OPML) where a feed was expected; import it instead"),
        t("XML that begins with <{name}> where a feed was expected"),
        t("neither a feed nor a web page"),
        t("the feed ends before its first entry"),
        t("the feed is broken beyond reading ({name})"),
        t("JSON, but not a JSON feed: it has no items"),
        t("a JSON feed whose items are not a list"),
        t("an empty answer where {what} was expected"),
        t("XML where {what} was expected"),
        t("a web page where {what} was expected: a login, consent or error page"),
        t("a web page where a file was expected: a login or error page"),
        t("not {what}: it begins with {said}"),
        t("not a review feed: {said}"),
        t("a broken review feed: {said}"),
        t("a page"),
        t("a review feed"),
        t("a Discourse answer"),
        t("a JSON feed"),
        t("a GDELT article list"),
        t("a Hacker News search"),
        t("a Lemmy answer"),
        t("a Mastodon timeline"),
        t("a Reddit token"),
        t("a Reddit listing"),
        t("a Stack Exchange answer"),
        t("a list of Steam reviews"),
        t("a V2EX answer"),
        t("the answer has another shape"),
        t("no reason given"),
        t("Apple gave no review feed: the answer has another shape"),
        t("GDELT gave no list of articles"),
        t("GDELT gave no articles: {error}"),
        t("GDELT refused the query: {said}"),
        t("GDELT asks for fewer requests: {said}"),
        t("GDELT searches, and no brand is named to search for; name one, or give a query in the address"),
        t("Hacker News gave no hits: {error}"),
        t("Reddit gave no listing: the answer has another shape"),
        t("Reddit answered with an error: {said}"),
        t("Reddit asks for fewer requests: {said}"),
        t("Reddit refuses: {said}"),
        t("Reddit refused the app: {said}; check the options client_id and client_secret"),
        t("Discourse gave neither posts nor topics"),
        t("the forum answered with an error: {said}"),
        t("the forum asks for fewer requests: {said}"),
        t("the forum shows this to members only: {said}"),
        t("Lemmy gave neither posts nor comments"),
        t("Lemmy answered with an error: {said}"),
        t("this server is for members only: {said}"),
        t("the server asks for fewer requests: {said}"),
        t("the server answered with an error: {said}"),
        t("this server shows posts to its own people only: {said}"),
        t("Mastodon gave no posts: the answer has another shape"),
        t("Stack Exchange gave no items: the answer has another shape"),
        t("Stack Exchange answered with error {number}: {said}"),
        t("Stack Exchange asks for fewer requests: {said}"),
        t("Stack Exchange refuses: {said}"),
        t("Steam refused: {error}"),
        t("no such app, or it has no reviews page"),
        t("Steam gave no list of reviews: the answer has another shape"),
        t("V2EX gave neither topics nor replies"),
        t("V2EX answered with an error: {said}"),
        t("V2EX asks for fewer requests: {said}"),
        t("V2EX wants a token here: {said}; set the option 'token'"),
        t("the page leads to {host}, which nobody listed; add it to the option 'listed'"),
        t("this page carries no schema.org markup: its reviews cannot be read"),
        t("not a web page: {said}"),
        t("the document needs more memory than one document may have"),
        t("the document is nested too deeply"),
        t("the document makes its reader fail ({name})"),
        t("the document took longer than {seconds} s to parse"),
        t("the parser died over this document"),
        t("a fault of ours while collecting it: {said}"),
        t("the parser could not begin"),
        t("the parser did not begin within {seconds} s: this machine is busy"),
        t("option 'countries' wants two-letter codes, such as cn or us"),
        t("option 'listed' wants domain names, such as shop.example.com"),
        t("option '{name}' has at most {n} characters"),
        t("option '{name}' wants a time zone, as {example}; this is '{said}'"),
        t("option '{name}' wants a number from 1, as {example}; this is '{said}'"),
        t("option '{name}' wants 1 or 0; this is '{said}'"),
        t("a source of kind {kind} has no option '{name}'; {said}"),
        t("there is no kind '{name}'; choose one of {said}"),
        t("this is an old Excel file (.xls); save it as .xlsx or .csv"),
        t("Parquet is not read; export .csv, .xlsx or .jsonl instead"),
        t("the file is empty"),
        t("there is no header"),
        t("the workbook is empty"),
        t("this is a zip file, not a workbook; unpack it and import what is inside"),
        t("the workbook unpacks to {size} bytes; the limit is {limit}"),
        t("the workbook is broken: {said}"),
        t("this is no workbook, although its name ends in {suffix}; save it again, or as .csv"),
        t("the file holds no rows"),
        t("every row must be a JSON object"),
        t("{n} cells where the header has {columns}; is a quotation mark missing?"),
        t("a cell beyond the last column of the header"),
        t("two columns have the same name"),
        t("not readable as CSV: {said}"),
        t("not readable as JSON: {said}"),
        t("no column holds the text; the columns are {said}: say which with --map column=text"),
        t("'{said}' maps nothing; write column=field, such as 评论内容=text"),
        t("there is no field '{name}'; choose one of {said}"),
        t("there is no such column; the columns are {said}"),
        t("two columns are mapped to {name}"),
        t("a text was expected, not a list or an object"),
        t("a short text was expected, not {said}"),
        t("longer than {n} characters"),
        t("{said} is no web address"),
        t("{said} is no date we can read; write it as 2026-11-21 10:05"),
        t("{said} is no whole number"),
        t("{said} is no rating from 1 to 5; map the column to rating/10 or rating/100"),
    )

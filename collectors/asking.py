"""Addresses of services: changing one parameter of a URL and leaving every other character as it was given.

A source's host is its base address and its path and query are kept, so that a mirror, a proxy or a test server
answers as the service would. Parameters are therefore replaced in the raw query, never parsed and written anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, quote, unquote, unquote_plus, urljoin, urlsplit

from collectors.records import Brand, SourceState

MOST_NAMES = 12  # searches one source makes per poll; a brand with more aliases than that lists some again
_NOTHING = SplitResult("", "", "", "", "")


def parts(url: str) -> SplitResult:
    """`url` in parts; all empty when it is no URL at all."""
    try:
        found = urlsplit(url)
        _ = found.hostname, found.port  # both raise late
    except ValueError:
        return _NOTHING
    return found


def host(url: str) -> str:
    """The host in lower case, without `www.`, port and trailing dot."""
    return (parts(url).hostname or "").rstrip(".").removeprefix("www.")


def under(url: str, *domains: str) -> bool:
    """Whether the host is one of these domains or inside one."""
    name = host(url)
    return any(name == domain or name.endswith("." + domain) for domain in domains)


def path(url: str) -> str:
    return parts(url).path


def steps(url: str) -> list[str]:
    """The path's parts, unquoted: /r/apple/ -> ["r", "apple"]."""
    return [unquote(step) for step in parts(url).path.split("/") if step]


def step(text: str) -> str:
    """A text as one step of a path."""
    return quote(text, safe="", errors="replace")


def is_bare(url: str) -> bool:
    """Only a base address: no path and no query."""
    split = parts(url)
    return split.path in ("", "/") and not split.query


def param(url: str, name: str) -> str | None:
    """The first value of a parameter, its name in any case."""
    for piece in parts(url).query.split("&"):
        key, _, value = piece.partition("=")
        if unquote_plus(key).lower() == name.lower():
            return unquote_plus(value)
    return None


def number_param(url: str, name: str) -> int | None:
    value = param(url, name)
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 10 else None


def with_params(url: str, **values: object) -> str:
    """`url` with these parameters set (None removes one); the others stay as they were written, in their order."""
    left = {name.lower(): (name, value) for name, value in values.items()}
    wanted = set(left)
    kept: list[str] = []
    for piece in filter(None, parts(url).query.split("&")):
        written = piece.partition("=")[0]
        name = unquote_plus(written).lower()
        if name not in wanted:
            kept.append(piece)
        elif name in left and (value := left.pop(name)[1]) is not None:
            kept.append(f"{written}={quote(str(value), safe='', errors='replace')}")
    kept += [
        f"{name}={quote(str(value), safe='', errors='replace')}" for name, value in left.values() if value is not None
    ]
    return parts(url)._replace(query="&".join(kept), fragment="").geturl()


def with_defaults(url: str, **values: object) -> str:
    """`url` with those of these parameters that it does not name itself."""
    return with_params(url, **{name: value for name, value in values.items() if param(url, name) is None})


def at_base(url: str, where: str, **values: object) -> str:
    """Path `where` at the base address of `url`, credentials and port kept."""
    return with_params(parts(url)._replace(path=where, query="", fragment="").geturl(), **values)


def same_host(one: str, other: str) -> bool:
    return parts(one).netloc.rpartition("@")[2].lower() == parts(other).netloc.rpartition("@")[2].lower()


def joined(url: str, link: str) -> str | None:
    """Where a link on a page leads, when that is another address of the same host."""
    try:
        following = parts(urljoin(url, link.strip()))._replace(fragment="").geturl()
    except ValueError:
        return None
    return following if same_host(following, url) and following != url else None


def search_names(brands: Sequence[Brand], *, most: int = MOST_NAMES) -> list[str]:
    """What to search for: every brand's name first, then aliases in turn, so that a cut drops aliases, not brands."""
    columns = [brand.names for brand in brands]
    longest = max(map(len, columns), default=0)
    turned = [names[row] for row in range(longest) for names in columns if row < len(names)]
    return list(dict.fromkeys(name.strip() for name in turned if name.strip()))[:most]


def grouped(names: Iterable[str], longest: int) -> list[str]:
    """The names as few searches: joined by OR up to so many characters each, in brackets where there are several."""
    groups: list[list[str]] = []
    for name in names:
        if groups and len(any_of([*groups[-1], name])) <= longest:
            groups[-1].append(name)
        else:
            groups.append([name])
    return [any_of(group) if len(group) == 1 else f"({any_of(group)})" for group in groups]


def bearer(options: Mapping[str, Any]) -> dict[str, str]:
    """The header of the option `token`, for the source's own host."""
    token = options.get("token")
    return {"Authorization": f"Bearer {token.strip()}"} if isinstance(token, str) and token.strip() else {}


def days_since(state: SourceState, now: datetime, *, least: int, most: int) -> int | None:
    """Days a search must reach back to meet what was heard last, with one to spare; None on a first collection."""
    if state.last_success_at is None:
        return None
    return min(max((now - state.last_success_at).days + 2, least), most)


def phrase(name: str) -> str:
    """A name as a quoted phrase of a search engine."""
    return '"' + name.replace('"', " ").strip() + '"'


def any_of(names: Iterable[str]) -> str:
    """Names joined by OR, as Google News and GDELT write it."""
    return " OR ".join(map(phrase, names))

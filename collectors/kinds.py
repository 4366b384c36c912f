"""The table of kinds: a new kind of source is one file and one line here."""

from collectors.feed import FEED
from collectors.seams import Kind
from errors import InputError

# Asked in this order by find_kind; feed recognises nothing and is what everything else falls to.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        FEED,
    )
}


def get_kind(name: str) -> Kind:
    """The kind of that name. Raises InputError with the names there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise InputError(f"there is no kind '{name}'; choose one of {', '.join(sorted(KINDS))}") from None


def find_kind(url: str) -> str:
    """The kind an address belongs to, by the address alone."""
    return next((kind.name for kind in KINDS.values() if kind.recognises(url)), FEED.name)


def default_channel(kind: str, url: str) -> str:
    return get_kind(kind).channel(url)

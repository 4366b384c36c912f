"""The table of kinds: a new kind of source is one file and one line here.

| kind | `source add` takes | gives besides title, text, time and link | options |
|---|---|---|---|
| feed | RSS, Atom, RDF, JSON Feed; any page that leads to one | as published | |
| google_news | news.google.com, a search or topic of it, its RSS | outlet | `editions`, `when` |
| gdelt | api.gdeltproject.org, a DOC 2.0 query | outlet, country, language | `languages`, `span` |
| hackernews | news.ycombinator.com, hn.algolia.com, an item, a search | author, points, replies | |
| reddit | a subreddit, user, thread or search, `.rss` or `.json` | author; score and replies with an app | `client_id`, `client_secret` |
| v2ex | www.v2ex.com, a node, member or topic, its API, sov2ex.com | author, replies, thanks | `token`, `replies` |
| stackexchange | any Stack Exchange site, tag, question or search, API 2.3 | author, score, answers, views | `key`, `site` |
| discourse | a forum, category, tag, topic, search or posts, `.json` | author, likes, replies, views | `search` |
| mastodon | a server, `/tags/...`, a search, its API | author, followers, likes, replies, boosts | `token` |
| lemmy | a server, `/c/...`, `/u/...`, a post, a search, its API v3 | author, votes, replies | |
| appstore | an app's page, Apple's review feed in JSON or XML | stars, version, votes, country | `countries` |
| steam | a game's page, `appreviews` | recommended, votes, replies, playtime, language | `language` |
| reviews_page | a page with schema.org reviews, on a domain you list by adding it | stars, author | `listed` |
| rsshub | a route of your own RSSHub | as published; its channel from the route | |
| file | CSV, XLSX, JSON Lines at an address; `fengping import` for one on disk | anything | `map` |
| inbox | what other systems push to `POST /mentions` | anything | |

Every kind takes `depth`, the pages of its first collection, and `timezone`, for times without one. The host of an
address is its base address and its path and query are kept: `https://mirror.example/api/v1/search_by_date?query=x`
with `--kind hackernews` asks just that. A bare base address searches for the names of the source's brands where the
service can search, and takes what is newest where it cannot. Secrets among the options (`token`, `client_secret`) are
sent to the source's own service only.
"""

from collectors.appstore import APPSTORE
from collectors.discourse import DISCOURSE
from collectors.discovery import discover
from collectors.feed import FEED
from collectors.file import FILE
from collectors.gdelt import GDELT
from collectors.google_news import GOOGLE_NEWS
from collectors.hackernews import HACKERNEWS
from collectors.inbox import INBOX
from collectors.lemmy import LEMMY
from collectors.mastodon import MASTODON
from collectors.options import EVERYWHERE, Option
from collectors.reddit import REDDIT
from collectors.reviews_page import REVIEWS_PAGE
from collectors.rsshub import RSSHUB
from collectors.seams import Kind
from collectors.stackexchange import STACKEXCHANGE
from collectors.steam import STEAM
from collectors.v2ex import V2EX
from errors import InputError

# Asked in this order by find_kind; feed recognises nothing and is what everything else falls to.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        FEED,
        GOOGLE_NEWS,
        GDELT,
        HACKERNEWS,
        REDDIT,
        V2EX,
        STACKEXCHANGE,
        APPSTORE,
        STEAM,
        RSSHUB,
        MASTODON,
        LEMMY,
        DISCOURSE,
        REVIEWS_PAGE,
        FILE,
        INBOX,
    )
}


GAPS = {host: gap for kind in KINDS.values() for host, gap in kind.gaps.items()}


def get_kind(name: str) -> Kind:
    """The kind of that name. Raises InputError with the names there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise InputError(f"there is no kind '{name}'; choose one of {', '.join(sorted(KINDS))}") from None


def options_of(kind: str) -> tuple[Option, ...]:
    """What people may set for a source of this kind. Nothing where nothing is fetched."""
    found = get_kind(kind)
    return () if found is INBOX else (*found.options, *EVERYWHERE)


def find_kind(url: str) -> str:
    """The kind an address belongs to, by the address alone."""
    return next((kind.name for kind in KINDS.values() if kind.recognises(url)), FEED.name)


def default_channel(kind: str, url: str) -> str:
    return get_kind(kind).channel(url)


__all__ = ["GAPS", "KINDS", "default_channel", "discover", "find_kind", "get_kind", "options_of"]

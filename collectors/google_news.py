"""Google News by its search feeds: title, outlet and time; the link stays the one Google gives.

Format: RSS 2.0 at `news.google.com/rss/search?q=...&hl=zh-CN&gl=CN&ceid=CN:zh-Hans` (editions by `hl`, `gl` and
`ceid`; operators such as `when:7d`, `"..."`, OR, documented at support.google.com/news and newscatcherapi.com/blog/
google-news-rss-search-parameters). At most a hundred items. The title ends in " - Outlet", which `source` repeats;
the description is the title again, as a link, or a list of other outlets' headlines, and gives no text.
A bare address searches for the brands in a Chinese and an English edition; the option `editions` names others, as
"hl|gl|ceid". The outlet
is the author: in news it is the voice. Blind spots: no text, and a link that goes through Google, which is kept as it is: resolving it would
mean passing as a browser.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collectors import asking, loose
from collectors.feed import FEED
from collectors.options import Form, Option
from collectors.records import Brand, Mention, Source, SourceState
from collectors.seams import Document, Kind, ParseContext, Parsed, Request

EDITIONS = ("zh-CN|CN|CN:zh-Hans", "en-US|US|US:en")
FIRST = "30d"
LEAST_DAYS, MOST_DAYS = 2, 90  # how far back a later search reaches
LONGEST_QUERY = 300


class GoogleNews(Kind):
    name = "google_news"
    default_channel = "news"
    label = "Google News"
    options = (
        Option("editions", Form.LIST, "Editions to search, each as language|country|edition.", "en-GB|GB|GB:en"),
        Option("when", Form.TEXT, "How far back the first search reaches.", "30d"),
    )

    def recognises(self, url: str) -> bool:
        mirror = asking.path(url).endswith("/rss/search") and asking.param(url, "ceid") is not None
        return mirror or asking.host(url) == "news.google.com"

    def first_requests(
        self, source: Source, state: SourceState, *, now: datetime, brands: Sequence[Brand]
    ) -> list[Request]:
        url, path = source.url, asking.path(source.url)
        ours = asking.host(url) == "news.google.com"
        if ours and path.startswith("/search"):
            return [Request(asking.parts(url)._replace(path="/rss" + path, fragment="").geturl())]
        bare = asking.is_bare(url) or (ours and path.rstrip("/") in ("", "/home", "/rss") and not _asks(url))
        if ours and not bare and not path.startswith("/rss"):
            return [Request(asking.parts(url)._replace(path="/rss" + path, fragment="").geturl())]
        if not bare:
            return [Request(url)]
        if not asking.search_names(brands):
            return [
                Request(asking.at_base(url, "/rss", hl=hl, gl=gl, ceid=ceid), tag=hl)
                for hl, gl, ceid in _editions(source.options.get("editions"))
            ]
        days = asking.days_since(state, now, least=LEAST_DAYS, most=MOST_DAYS)
        span = f"{days}d" if days else str(source.options.get("when", FIRST))
        return [
            Request(asking.at_base(url, "/rss/search", q=f"{query} when:{span}", hl=hl, gl=gl, ceid=ceid), tag=hl)
            for query in asking.grouped(asking.search_names(brands, most=40), LONGEST_QUERY)
            for hl, gl, ceid in _editions(source.options.get("editions"))
        ]

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        parsed = FEED.parse(document, context)
        return replace(parsed, mentions=tuple(_headline(mention) for mention in parsed.mentions), next=None)


def _asks(url: str) -> bool:
    return asking.param(url, "q") is not None


def _editions(option: object) -> list[tuple[str, str, str]]:
    split = [one.split("|") for one in loose.listed(option) or EDITIONS]
    return [(one[0], one[1], one[2]) for one in split if len(one) == 3] or _editions(EDITIONS)


def _headline(mention: Mention) -> Mention:
    """Title without its outlet, the outlet in `extra`, and no text where it only says the title again."""
    outlet = loose.first_text(mention.extra.get("outlet"), mention.extra.get("source"))
    if outlet is None:
        outlet = loose.text(mention.title.rpartition(" - ")[2]) if " - " in mention.title.lstrip() else None
    head = mention.title.removesuffix(f" - {outlet}").strip()
    title = head or mention.title
    return replace(
        mention,
        title=title,
        text="" if _repeats(mention.text, title) else mention.text,
        author=outlet or mention.author,
        extra={
            **{name: value for name, value in mention.extra.items() if name != "source"},
            **loose.told(outlet=outlet),
        },
    )


def _repeats(text: str, title: str) -> bool:
    """Google's description is the headline, or a list of headlines that begins with it."""
    return text.strip().startswith(title[:60].strip()) or not text.strip()


GOOGLE_NEWS = GoogleNews()

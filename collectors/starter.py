"""A starter pack for a brand: public, keyless places to listen to, for people to tick on the first visit.

Every proposal says why. Nothing is asked here; what a proposal finds is seen when it is tested. Names in Chinese
and names in Latin letters go where they are found: GDELT searches English translations, Hacker News is in English,
V2EX in Chinese. Blind spot: short and ambiguous names (ai, 苹果) find much that is about something else; exclusions
and required words of the brand sort that out at matching, not at searching.
"""

import re
from dataclasses import dataclass

from collectors import asking
from collectors.mastodon import hashtag
from collectors.records import Brand

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ZH = {"hl": "zh-CN", "gl": "CN", "ceid": "CN:zh-Hans"}
_EN = {"hl": "en-US", "gl": "US", "ceid": "US:en"}
PERIOD = "7d"
LONGEST = 250  # characters of names in one search


@dataclass(frozen=True)
class Proposal:
    """One source to add. `ticked`: worth having for nearly every brand."""

    url: str
    kind: str
    channel: str
    title: str
    why: str
    why_zh: str
    ticked: bool = True


def starter_pack(brand: Brand) -> list[Proposal]:
    """Sources for this brand, the most useful first."""
    chinese = _fitting([name for name in brand.names if _HAN.search(name)])
    latin = _fitting([name for name in brand.names if not _HAN.search(name) and len(name.strip()) > 1])
    both = _fitting(list(brand.names))
    return [*_news(both, chinese, latin), *_forums(both, chinese, latin), *_social(both)]


def _fitting(names: list[str]) -> list[str]:
    """As many of the names as one search takes, the first always."""
    kept: list[str] = []
    for name in (one.strip() for one in names):
        if name and (not kept or len(asking.any_of([*kept, name])) <= LONGEST):
            kept.append(name)
    return kept


def _news(both: list[str], chinese: list[str], latin: list[str]) -> list[Proposal]:
    query = f"{asking.any_of(both)} when:{PERIOD}"
    base = "https://news.google.com"
    found = [
        Proposal(
            asking.at_base(base, "/rss/search", q=query, **_ZH),
            "google_news",
            "news",
            "Google News 中文",
            "Chinese-language news that names the brand",
            "点名该品牌的中文新闻",
        ),
        Proposal(
            asking.at_base(base, "/rss/search", q=query, **_EN),
            "google_news",
            "news",
            "Google News English",
            "English-language news that names the brand",
            "点名该品牌的英文新闻",
        ),
    ]
    names = [name for name in latin if len(name) > 2]
    if names:
        (words, *_) = asking.grouped(names, LONGEST)
        found.append(
            Proposal(
                asking.at_base(
                    "https://api.gdeltproject.org",
                    "/api/v2/doc/doc",
                    query=words,
                    mode="ArtList",
                    format="json",
                    sort="DateDesc",
                    maxrecords=250,
                    timespan="3d",
                ),
                "gdelt",
                "news",
                "GDELT",
                "Headlines from news sites worldwide, with country and language",
                "全球新闻网站的标题，附国家与语言",
                ticked=False,
            )
        )
    return found


def _forums(both: list[str], chinese: list[str], latin: list[str]) -> list[Proposal]:
    found = [_hacker_news(name) for name in latin[:1]]
    found.append(
        Proposal(
            "https://www.v2ex.com/api/topics/latest.json",
            "v2ex",
            "forum",
            "V2EX 最新主题",
            "Every new topic of a technical Chinese forum; those that name the brand are kept",
            "中文技术论坛 V2EX 的全部新主题，仅保留提到品牌的",
        )
    )
    found += [_older_v2ex(name) for name in (chinese or latin)[:1]]
    return [*found, _reddit(latin), _lemmy(latin[0])] if latin else found


def _hacker_news(name: str) -> Proposal:
    return Proposal(
        asking.at_base(
            "https://hn.algolia.com",
            "/api/v1/search_by_date",
            query=asking.phrase(name),
            tags="(story,comment)",
            hitsPerPage=100,
        ),
        "hackernews",
        "forum",
        f"Hacker News: {name}",
        "Stories and comments of a technical English audience",
        "英文技术社区的帖子与评论",
    )


def _older_v2ex(name: str) -> Proposal:
    return Proposal(
        asking.at_base("https://www.sov2ex.com", "/api/search", q=name, sort="created", order=0, size=50),
        "v2ex",
        "forum",
        f"SOV2EX: {name}",
        "Older V2EX topics that name the brand, by a volunteers' search of it",
        "V2EX 旧主题中提到品牌的（由志愿者维护的第三方搜索）",
        ticked=False,
    )


def _reddit(names: list[str]) -> Proposal:
    return Proposal(
        asking.at_base("https://www.reddit.com", "/search.rss", q=asking.any_of(names), sort="new", limit=100),
        "reddit",
        "forum",
        "Reddit",
        "Posts in any subreddit, slowly; no scores without an app of your own",
        "Reddit 各版块的帖子；访问较慢，无应用密钥时没有得分",
    )


def _lemmy(name: str) -> Proposal:
    return Proposal(
        asking.at_base("https://lemmy.world", "/api/v3/search", q=name, type_="All", sort="New", limit=50),
        "lemmy",
        "forum",
        "Lemmy",
        "Posts and comments of the largest Lemmy server",
        "Lemmy 最大服务器的帖子与评论",
        ticked=False,
    )


def _social(both: list[str]) -> list[Proposal]:
    tags = list(dict.fromkeys(tag for name in both if (tag := hashtag(name))))
    return [
        Proposal(
            asking.at_base("https://mastodon.social", f"/api/v1/timelines/tag/{asking.step(tag)}", limit=40),
            "mastodon",
            "social",
            f"Mastodon #{tag}",
            "Public posts under the brand's hashtag",
            "带品牌话题标签的公开帖子",
            ticked=position == 0,
        )
        for position, tag in enumerate(tags[:2])
    ]

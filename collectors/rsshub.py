"""Feeds made by the user's own RSSHub, whose route says which channel they belong to.

Format: docs.rsshub.app (every route answers as RSS 2.0, or as Atom, JSON Feed by `?format=`; a failing route is an
HTML page with an HTTP error). An RSSHub serves many sites under one host, so the channel is read from the first
part of the route: `/weibo/keyword/...` is social, `/zhihu/...` a forum, `/bilibili/...` video, `/dianping/...` local
reviews. A base address with a path before the route is understood as well.
Blind spots: what a route gives is the route's affair; many need the RSSHub to hold cookies of its own.
"""

from collectors import asking
from collectors.feed import FEED
from collectors.seams import Document, Kind, ParseContext, Parsed

CHANNELS = {
    "social": ("weibo", "xiaohongshu", "twitter", "x", "threads", "instagram", "facebook", "telegram", "jike", "bsky",
               "mastodon", "qq", "wechat", "tiktok", "kuaishou", "okjike"),
    "video": ("bilibili", "youtube", "douyin", "ixigua", "acfun", "vimeo", "huya", "douyu"),
    "forum": ("zhihu", "douban", "v2ex", "tieba", "baidu", "nga", "hupu", "reddit", "discourse", "hackernews", "xueqiu",
              "ngabbs", "chiphell", "smth", "newsmth", "hostloc", "stackoverflow", "juejin", "segmentfault", "quora"),
    "local_review": ("dianping", "meituan", "ctrip", "tripadvisor", "mafengwo", "yelp"),
    "ecommerce": ("smzdm", "taobao", "jd", "tmall", "amazon", "pinduoduo", "steam", "xianyu", "1688", "ebay"),
    "app_store": ("apple", "appstore", "google-play", "coolapk", "apkpure", "taptap", "androidapksfree"),
    "blog": ("medium", "substack", "csdn", "cnblogs", "wordpress", "github", "jianshu", "blogread"),
}  # fmt: skip
_BY_ROUTE = {route: channel for channel, routes in CHANNELS.items() for route in routes}
_PUBLIC = ("rsshub.app", "rsshub.rssforever.com", "rsshub.feeded.xyz", "hub.slarker.me", "rsshub.pseudoyu.com")


class RssHub(Kind):
    name = "rsshub"
    default_channel = "news"
    label = "RSSHub route"

    def recognises(self, url: str) -> bool:
        return asking.host(url) in _PUBLIC or asking.host(url).startswith("rsshub.")

    def channel(self, url: str) -> str:
        """By the first part of the route that names a site we know."""
        known = (_BY_ROUTE.get(step.lower()) for step in asking.steps(url)[:3])
        return next((channel for channel in known if channel), self.default_channel)

    def is_route(self, url: str) -> bool:
        """Whether the path reads like a route, on whatever host: the name of a site we know, then what of it."""
        return any(step.lower() in _BY_ROUTE for step in asking.steps(url)[:-1][:2])

    def parse(self, document: Document, context: ParseContext) -> Parsed:
        return FEED.parse(document, context)


RSSHUB = RssHub()

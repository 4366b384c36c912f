"""Google News and RSSHub: feeds with habits of their own."""

from datetime import UTC, datetime

import pytest

from collectors.kinds import KINDS, default_channel
from errors import ParseError
from tests.collectors.kinds.helping import parse, urls

FEED = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?><rss xmlns:media="http://search.yahoo.com/mrss/" version="2.0">
<channel><generator>NFE/5.0</generator><title>"LarkTea" - Google News</title><link>https://news.google.com/search</link>
<item><title>LarkTea recalls - again - bottles - The Daily News</title>
<link>https://news.google.com/rss/articles/CBMiabc?oc=5</link><guid isPermaLink="false">CBMiabc</guid>
<pubDate>Sat, 21 Nov 2026 10:05:00 GMT</pubDate>
<description>&lt;a href="https://news.google.com/rss/articles/CBMiabc?oc=5"&gt;LarkTea recalls - again - bottles&lt;/a&gt;&amp;nbsp;&amp;nbsp;&lt;font color="#6f6f6f"&gt;The Daily News&lt;/font&gt;</description>
<source url="https://daily.example">The Daily News</source></item>
<item><title>云雀奶茶回应塑料片事件 - 晨报</title><link>https://news.google.com/rss/articles/CBMidef?oc=5</link>
<guid isPermaLink="false">CBMidef</guid><pubDate>Sat, 21 Nov 2026 09:05:00 GMT</pubDate>
<description>&lt;ol&gt;&lt;li&gt;&lt;a href="x"&gt;云雀奶茶回应塑料片事件&lt;/a&gt; 晨报&lt;/li&gt;&lt;li&gt;另一家&lt;/li&gt;&lt;/ol&gt;</description>
<source url="https://chen.example">晨报</source></item></channel></rss>"""


def test_items_give_title_outlet_and_time_and_keep_their_link() -> None:
    first, second = parse("google_news", FEED).mentions
    assert (first.title, first.text) == ("LarkTea recalls - again - bottles", "")
    assert (first.author, first.extra) == ("The Daily News", {"outlet": "The Daily News"})
    assert first.url == "https://news.google.com/rss/articles/CBMiabc?oc=5"
    assert first.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert (second.title, second.author, second.text) == ("云雀奶茶回应塑料片事件", "晨报", "")


@pytest.mark.parametrize(
    ("title", "source", "headline", "outlet"),
    [
        ("A recall - BBC - News", "BBC - News", "A recall", "BBC - News"),
        ("A recall - again - The Daily", "", "A recall - again", "The Daily"),
        ("A recall - again", "The Daily", "A recall - again", "The Daily"),
        ("A recall", "", "A recall", None),
    ],
)
def test_an_outlet_is_taken_off_its_headline(title: str, source: str, headline: str, outlet: str | None) -> None:
    named = f"<source url='https://o.example'>{source}</source>" if source else ""
    item = f"<item><title>{title}</title><guid isPermaLink='false'>1</guid>{named}</item>"
    (found,) = parse("google_news", f"<rss version='2.0'><channel><title>n</title>{item}</channel></rss>").mentions
    assert (found.title, found.author) == (headline, outlet)


def test_a_bare_address_searches_in_two_editions() -> None:
    chinese, english = urls("google_news", "https://news.google.com/")
    assert chinese.startswith("https://news.google.com/rss/search?q=%28%22%E4%BA%91")
    assert "hl=zh-CN&gl=CN&ceid=CN%3Azh-Hans" in chinese
    assert "hl=en-US&gl=US&ceid=US%3Aen" in english
    assert "when%3A" in english
    (german,) = urls("google_news", "http://127.0.0.1:8000", editions=["de|DE|DE:de"])
    assert "hl=de" in german
    assert len(urls("google_news", "http://127.0.0.1:8000", brands=())) == 2


def test_pages_become_feeds_and_feeds_are_kept() -> None:
    assert urls("google_news", "https://news.google.com/search?q=x&hl=en-US") == [
        "https://news.google.com/rss/search?q=x&hl=en-US"
    ]
    assert urls("google_news", "https://news.google.com/topics/ABC?hl=de") == [
        "https://news.google.com/rss/topics/ABC?hl=de"
    ]
    kept = "http://127.0.0.1:8000/rss/search?q=LarkTea%20when%3A1d"
    assert urls("google_news", kept) == [kept]


@pytest.mark.parametrize("body", ["<html><body>Before you continue</body></html>", "", "{}"])
def test_a_consent_page_is_an_error(body: str) -> None:
    with pytest.raises(ParseError):
        parse("google_news", body)


@pytest.mark.parametrize(
    ("route", "channel"),
    [
        ("/weibo/keyword/云雀", "social"),
        ("/zhihu/hot", "forum"),
        ("/bilibili/vsearch/x", "video"),
        ("/dianping/user/1", "local_review"),
        ("/xiaohongshu/user/1", "social"),
        ("/douban/group/1", "forum"),
        ("/hub/smzdm/keyword/x", "ecommerce"),
        ("/36kr/newsflashes", "news"),
    ],
)
def test_a_route_says_its_channel(route: str, channel: str) -> None:
    assert default_channel("rsshub", f"http://127.0.0.1:1200{route}") == channel


def test_rsshub_is_a_feed() -> None:
    assert len(parse("rsshub", FEED).mentions) == 2
    assert KINDS["rsshub"].recognises("https://rsshub.app/weibo/keyword/x")

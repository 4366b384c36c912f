"""From a page to its feed."""

import pytest

from collectors.fetcher import Fetcher
from collectors.kinds import KINDS, discover, find_kind, get_kind
from collectors.parsing import InProcess
from errors import CollectError, HTTPStatusError, InputError, ParseError
from tests.collectors.reading import NOW
from tests.fakes.site import FakeSite, entry, rss

RSS = 'type="application/rss+xml"'


def found(site: FakeSite, path: str) -> tuple[str, str]:
    with Fetcher(allow_hosts=[site.host]) as fetcher:
        return discover(site.url(path), fetcher=fetcher, pool=InProcess(), now=NOW)


@pytest.mark.parametrize(
    ("head", "feed"),
    [
        (f'<link rel="alternate" {RSS} href="/feed.xml">', "/feed.xml"),
        (f'<link rel="ALTERNATE nofollow" {RSS} href="feed">', "/blog/feed"),
        (
            f'<link rel="alternate" {RSS} title="Comments" href="/c"><link rel="alternate" {RSS} title="Posts" href="/p">',
            "/p",
        ),
        ('<link rel="alternate" type="application/atom+xml; charset=utf-8" href="/atom">', "/atom"),
        ('<link rel="alternate" type="application/feed+json" href="/feed.json">', "/feed.json"),
        (f'<base href="/deep/"><link rel="alternate" {RSS} href="f">', "/deep/f"),
        ('<link rel="alternate" hreflang="de" href="/de"><a href="/rss.xml">RSS</a>', "/rss.xml"),
        ('<a href="/x">x</a> <a href="/blog/feed/">Subscribe</a>', "/blog/feed/"),
        (
            '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1"><a href="/feed/">RSS</a>',
            "/feed/",
        ),
    ],
)
def test_a_page_leads_to_its_feed(head: str, feed: str) -> None:
    with FakeSite() as site:
        site.add("/blog/", f"<!doctype html><html><head>{head}</head><body>Hi</body></html>", content_type="text/html")
        assert found(site, "/blog/") == ("feed", site.url(feed))


def test_a_feed_is_its_own_feed() -> None:
    with FakeSite() as site:
        site.add("/f", rss(entry("a"))).redirect("/old", "/f", status=301)
        assert found(site, "/f") == ("feed", site.url("/f"))
        assert found(site, "/old") == ("feed", site.url("/f"))


def test_a_page_without_a_feed_is_said() -> None:
    with FakeSite() as site:
        site.add("/", "<html><title>Nothing here</title></html>", content_type="text/html")
        with pytest.raises(ParseError, match="Nothing here"):
            found(site, "/")
        with pytest.raises(HTTPStatusError, match="404"):
            found(site, "/missing")


def test_an_address_that_says_its_kind_is_not_asked() -> None:
    class Nothing:
        def get(self, url: str, **how: object) -> object:
            raise AssertionError("asked")

    url = "https://www.reddit.com/r/apple/"
    assert discover(url, fetcher=Nothing(), pool=InProcess(), now=NOW) == ("reddit", url)  # type: ignore[arg-type]


def test_the_table() -> None:
    assert {"feed", "google_news", "gdelt", "hackernews", "reddit", "v2ex", "stackexchange", "discourse", "mastodon", "lemmy",
            "appstore", "steam", "reviews_page", "rsshub", "file", "inbox"} <= set(KINDS)  # fmt: skip
    assert find_kind("https://example.com/blog/feed.xml") == "feed"
    with pytest.raises(InputError, match="there is no kind 'x'"):
        get_kind("x")
    assert all(name == kind.name and kind.label for name, kind in KINDS.items())


def test_any_page_is_survived() -> None:
    for body in (
        "<html>" + "<div>" * 5000,
        "<html><link rel=alternate type=application/rss+xml href='http://[x'>",
        "<html>\x00\x01",
    ):
        with FakeSite() as site:
            site.add("/", body, content_type="text/html")
            with pytest.raises(CollectError):
                found(site, "/")

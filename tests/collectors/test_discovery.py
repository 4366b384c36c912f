"""From a page to its feed."""

import json
from collections.abc import Callable

import pytest

from collectors import robots
from collectors.fetcher import Fetcher
from collectors.kinds import KINDS, default_channel, discover, find_kind, get_kind
from errors import CollectError, HTTPStatusError, InputError, ParseError
from tests.collectors.in_process import InProcess
from tests.collectors.kinds.test_reviews_page import MICRODATA, RDFA, page, review
from tests.collectors.reading import NOW
from tests.fakes.services import Service
from tests.fakes.services.keyless import FakeDiscourse, FakeLemmy, FakeMastodon
from tests.fakes.services.reviews import json_ld
from tests.fakes.site import FakeSite, entry, rss

RSS = 'type="application/rss+xml"'


def found(site: FakeSite, path: str) -> tuple[str, str]:
    robots.forget()
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
        (f'<base href="http://[x"><link rel="alternate" {RSS} href="/f">', "/f"),
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


HTML = "text/html"
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.0"


def found_at(service: Service, path: str = "/") -> tuple[str, str]:
    return found(service.site, path)


@pytest.mark.parametrize("written", [json_ld({"@type": "Product", "review": [review()]}), MICRODATA, RDFA])
def test_a_page_that_holds_reviews_and_names_no_feed(written: str) -> None:
    with FakeSite() as site:
        site.add("/p/1", page(written), content_type=HTML)
        assert found(site, "/p/1") == ("reviews_page", site.url("/p/1"))
        assert site.paths == ["/robots.txt", "/p/1"]
        site.add("/p/2", page(written, head=f'<link rel="alternate" {RSS} href="/feed">'), content_type=HTML)
        assert found(site, "/p/2") == ("feed", site.url("/feed"))


RATED = json_ld(
    {"@type": "Product", "aggregateRating": {"@type": "AggregateRating", "ratingValue": 4, "reviewCount": 9}}
)


def test_a_page_that_gives_an_average_alone_is_one_unless_it_leads_to_a_feed() -> None:
    with FakeSite() as site:
        site.add("/p/1", page(RATED), content_type=HTML)
        assert found(site, "/p/1") == ("reviews_page", site.url("/p/1"))
        site.add("/p/2", page(RATED, '<a href="/rss.xml">RSS</a>'), content_type=HTML)
        assert found(site, "/p/2") == ("feed", site.url("/rss.xml"))
        site.add("/p/3", page(json_ld({"@type": "Product", "name": "Tea"})), content_type=HTML)
        with pytest.raises(ParseError, match="a web page"):
            found(site, "/p/3")


FORBIDDEN = "User-agent: *\nDisallow: /"


def test_a_page_that_robots_txt_forbids_is_not_looked_at() -> None:
    with FakeSite() as site:
        site.add("/robots.txt", FORBIDDEN, content_type="text/plain").add("/p/1", page(RATED), content_type=HTML)
        site.redirect("/feed/there", "/p/1")
        assert found(site, "/p/1") == ("reviews_page", site.url("/p/1"))
        assert found(site, "/feed/there") == ("reviews_page", site.url("/feed/there"))
        assert "/p/1" not in site.paths


SAYING_SO = ("/p/feed", "/p/x.xml", "/p/feed.json?n=1", "/?feed=rss2", "/p/?format=feed&type=rss", "/p/rss/tea",
             "/feeds/7", "/rss.php?id=3", "/weibo/keyword/Tea", "/my/zhihu/people/tea")  # fmt: skip


@pytest.mark.parametrize("path", SAYING_SO)
def test_an_address_that_says_it_is_a_feed_is_made_for_programs(path: str) -> None:
    with FakeSite() as site:
        site.add("/robots.txt", FORBIDDEN, content_type="text/plain").add(path, rss(entry("a")))
        assert found(site, path) == ("feed", site.url(path))
        assert site.paths == [path]


def test_a_page_whose_robots_txt_cannot_be_had_is_looked_at_once() -> None:
    with FakeSite() as site:
        site.add("/robots.txt", "later", status=503).add("/blog", rss(entry("a")))
        assert found(site, "/blog") == ("feed", site.url("/blog"))


@pytest.mark.parametrize(
    "written",
    [
        "<rss version='2.0'><channel><title>t</title><generator>RSSHub</generator></channel></rss>",
        "<rss version='2.0'><channel><title>t</title><generator>RSSHub</generator><item><title>&nope;</item></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><generator>RSSHub</generator></feed>",
        '{"version":"https://jsonfeed.org/version/1.1","items":[],"description":"t - Powered by RSSHub"}',
        '{"version":"https://jsonfeed.org/version/1.1","items":[],'
        '"description":"t - Made with love by RSSHub(https://github.com/DIYgod/RSSHub)"}',
    ],
)
def test_a_feed_that_rsshub_made_has_the_channel_of_its_route(written: str) -> None:
    with FakeSite() as site:
        site.add("/weibo/keyword/tea", written)
        kind, url = found(site, "/weibo/keyword/tea")
        assert (kind, default_channel(kind, url)) == ("rsshub", "social")


def test_another_feed_that_speaks_of_rsshub_is_a_feed() -> None:
    with FakeSite() as site:
        site.add(
            "/f",
            "<rss version='2.0'><channel><generator>Hugo</generator><description>RSSHub</description></channel></rss>",
        )
        assert found(site, "/f")[0] == "feed"


MASTODON = '<div id="mastodon"></div><script id="initial-state" type="application/json">{}</script>'


@pytest.mark.parametrize(
    ("head", "path", "kind", "where"),
    [
        ('<meta name="generator" content="Discourse 3.5.0 - https://github.com/discourse/discourse">', "/c/tea/5", "discourse", "/c/tea/5"),
        ('<meta name="Generator" content="Discourse">', "/", "discourse", "/"),
        ('<meta name="generator" content="Discourse 3.5.0">', "/about", "discourse", "/"),
        (MASTODON, "/tags/tea", "mastodon", "/tags/tea"),
        (MASTODON + "<script>window.isoData = {}</script>", "/about", "mastodon", "/"),
        (f'<div id="mastodon">me</div><link rel="alternate" {RSS} href="/feed.rss">', "/", "feed", "/feed.rss"),
        ('<script>window.isoData = {"path":"/c/tea"}; // lemmy</script>', "/c/tea", "lemmy", "/c/tea"),
        (f'{MASTODON}<link rel="alternate" {RSS} href="/@ann.rss">', "/@ann", "feed", "/@ann.rss"),
        ('<meta name="generator" content="Discourse 3"><link rel="alternate" type="application/rss+xml" href="/latest.rss">', "/", "discourse", "/"),
    ],
)  # fmt: skip
def test_a_page_of_a_service_that_runs_anywhere(head: str, path: str, kind: str, where: str) -> None:
    with FakeSite() as site:
        site.add(path, f"<!doctype html><html><head>{head}</head><body>Hi</body></html>", content_type=HTML)
        assert found(site, path) == (kind, site.url(where))
        assert site.paths == ["/robots.txt", path]


@pytest.mark.parametrize(
    ("name", "path", "kind", "where"),
    [
        ("mastodon", "/tags/tea", "mastodon", "/tags/tea"),
        ("Akkoma", "/main/all", "mastodon", "/"),
        ("lemmy", "/c/tea", "lemmy", "/c/tea"),
        ("discourse", "/", "discourse", "/"),
    ],
)
def test_a_server_says_its_software(name: str, path: str, kind: str, where: str) -> None:
    with FakeSite() as site:
        links = {"links": [{"rel": NODEINFO, "href": site.url("/nodeinfo/2.0")}]}
        site.add("/.well-known/nodeinfo", json.dumps(links), content_type="application/json")
        site.add("/nodeinfo/2.0", json.dumps({"version": "2.0", "software": {"name": name}}))
        site.add(path, "<html><title>An app of scripts</title></html>", content_type=HTML)
        assert found(site, path) == (kind, site.url(where))


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        (lambda: FakeDiscourse([{"id": 1, "cooked": "<p>Sour</p>", "username": "ann"}]), "discourse"),
        (lambda: FakeMastodon([{"id": "7", "content": "<p>Sour</p>", "account": {"acct": "ann"}}]), "mastodon"),
        (lambda: FakeLemmy([{"post": {"id": 1, "name": "Sour"}, "creator": {"name": "ann"}, "counts": {}}], []), "lemmy"),
    ],
)  # fmt: skip
def test_a_service_without_pages_is_known_by_what_it_answers(service: Callable[[], Service], kind: str) -> None:
    with service() as running:
        assert found_at(running) == (kind, running.url("/"))
        assert len(running.asked) <= 7


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"topic_list": {"topics": []}}, "discourse"),
        ([{"id": "1", "account": {}, "content": "", "created_at": ""}], "mastodon"),
        ({"statuses": [{"id": "1", "account": {}, "content": "", "created_at": ""}]}, "mastodon"),
        ({"posts": [{"post": {}, "creator": {}, "counts": {}}]}, "lemmy"),
        ({"hits": [{"objectID": "1", "created_at_i": 1}], "nbPages": 1}, "hackernews"),
        ({"items": [{"title": "t", "url": "https://a.example/"}]}, "feed"),
    ],
)
def test_a_mirror_is_known_by_its_answer(answer: object, kind: str) -> None:
    with FakeSite() as site:
        site.add("/mirror/of?q=tea", json.dumps(answer), content_type="application/json")
        assert found(site, "/mirror/of?q=tea") == (kind, site.url("/mirror/of?q=tea"))


@pytest.mark.parametrize(("status", "most"), [(404, 5), (403, 1), (429, 1), (500, 1)])
def test_a_host_that_does_not_answer_is_left_alone(status: int, most: int) -> None:
    with FakeSite() as site:
        site.add("/", "no", status=status)
        with pytest.raises(HTTPStatusError, match=str(status)):
            found(site, "/")
        assert len([path for path in site.paths if path != "/robots.txt"]) <= most


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

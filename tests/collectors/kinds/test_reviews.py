"""App Store and Steam."""

from datetime import UTC, datetime

import pytest

from collectors.kinds import KINDS
from collectors.records import Source
from errors import InputError, ParseError
from tests.collectors.kinds.helping import parse, requests, urls
from tests.fakes.services.reviews import APP

REVIEW = {
    "author": {"uri": {"label": "https://itunes.apple.com/cn/reviews/id1"}, "name": {"label": "小李"}, "label": ""},
    "updated": {"label": "2026-11-21T03:05:00-07:00"},
    "im:rating": {"label": "1"},
    "im:version": {"label": "3.2.1"},
    "id": {"label": "11223344"},
    "title": {"label": "闪退 < 2 秒"},
    "content": {"label": "更新后\n打不开", "attributes": {"type": "text"}},
    "link": {
        "attributes": {"rel": "related", "href": "https://itunes.apple.com/cn/review?id=123456&type=Purple%20Software"}
    },
    "im:voteSum": {"label": "4"},
    "im:contentType": {"attributes": {"term": "Application"}},
    "im:voteCount": {"label": "6"},
}
URL = "http://127.0.0.1:8000/cn/rss/customerreviews/page=1/id=123456/sortby=mostrecent/json"
XML = """<?xml version="1.0" encoding="utf-8"?><feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom">
<title>Customer Reviews</title>
<entry><id>123456</id><title>云雀外卖</title><im:name>云雀外卖</im:name><im:artist>Lark</im:artist></entry>
<entry><updated>2026-11-21T03:05:00-07:00</updated><id>11223344</id><title>闪退</title><content type="text">打不开</content>
<im:voteSum>4</im:voteSum><im:voteCount>6</im:voteCount><im:rating>1</im:rating><im:version>3.2.1</im:version>
<author><name>小李</name><uri>https://itunes.apple.com/cn/reviews/id1</uri></author>
<link rel="related" href="https://itunes.apple.com/cn/review?id=123456"/>
<content type="html">&lt;table&gt;打不开&lt;/table&gt;</content></entry></feed>"""


def test_app_reviews_give_stars_version_and_votes() -> None:
    parsed = parse("appstore", {"feed": {"title": {"label": "Reviews"}, "entry": [APP, REVIEW]}}, URL)
    (review,) = parsed.mentions
    assert (review.external_id, review.title, review.text) == ("11223344", "闪退 < 2 秒", "更新后\n打不开")
    assert (review.rating, review.likes, review.author, review.region) == (1.0, 4, "小李", "CN")
    assert review.extra == {"version": "3.2.1", "votes": 6}
    assert review.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert parsed.next is not None
    assert parsed.next.url == URL.replace("page=1", "page=2")
    assert parsed.title == "Reviews"


def test_the_xml_says_the_same() -> None:
    (review,) = parse("appstore", XML, URL.replace("/json", "/xml")).mentions
    assert (review.external_id, review.title, review.text) == ("11223344", "闪退", "打不开")
    assert (review.rating, review.likes, review.author, review.extra["version"]) == (1.0, 4, "小李", "3.2.1")
    assert review.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)


def test_a_lone_review_is_an_object_and_no_review_is_nothing() -> None:
    assert len(parse("appstore", {"feed": {"entry": REVIEW}}, URL).mentions) == 1
    for feed in ({}, {"entry": APP}, {"entry": []}, {"entry": None}):
        parsed = parse("appstore", {"feed": feed}, URL)
        assert (parsed.mentions, parsed.next) == ((), None)


def test_ten_pages_are_the_end_whatever_the_address_looks_like() -> None:
    body = {"feed": {"entry": [REVIEW]}}
    assert parse("appstore", body, URL.replace("page=1", "page=10")).next is None
    without = parse("appstore", body, "http://127.0.0.1:8000/cn/rss/customerreviews/id=123456/json").next
    assert without is not None
    assert without.url == "http://127.0.0.1:8000/cn/rss/customerreviews/page=2/id=123456/json"
    odd = parse("appstore", body, "http://127.0.0.1:8000/reviews").next
    assert odd is not None
    assert odd.url == "http://127.0.0.1:8000/reviews?page=2"


@pytest.mark.parametrize(
    "field", ["author", "updated", "im:rating", "im:version", "title", "content", "link", "im:voteSum", "id"]
)
@pytest.mark.parametrize("wrong", [None, [], "plain", {"label": None}, {"label": {"a": 1}}, 7])
def test_a_wrong_field_costs_only_itself(field: str, wrong: object) -> None:
    parsed = parse("appstore", {"feed": {"entry": [{**REVIEW, field: wrong}, {**REVIEW, "id": {"label": "2"}}]}}, URL)
    assert [one.external_id for one in parsed.mentions][1] == "2"
    assert parsed.mentions[0].text or field == "content"


@pytest.mark.parametrize("body", ["<html><body>Sign in</body></html>", "[]", '{"feed": []}', b"\x00\x01", "<feed"])
def test_what_is_no_review_feed_is_an_error(body: object) -> None:
    with pytest.raises(ParseError):
        parse("appstore", body, URL)


def test_an_entity_in_the_xml_is_never_opened() -> None:
    bomb = XML.replace("<feed", '<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed', 1).replace(
        "打不开</content>", "&x;</content>", 1
    )
    assert "root:" not in parse("appstore", bomb, URL).mentions[0].text


def test_an_apps_page_becomes_feeds_of_its_countries() -> None:
    page = "https://apps.apple.com/cn/app/%E4%BA%91/id123456"
    assert urls("appstore", page) == [
        "https://itunes.apple.com/cn/rss/customerreviews/page=1/id=123456/sortby=mostrecent/json"
    ]
    assert [one.split("/")[3] for one in urls("appstore", page, countries=["us", "GB"])] == ["us", "gb"]
    assert urls("appstore", URL) == [URL]
    assert [one.split("/")[3] for one in urls("appstore", URL, countries="us,jp")] == ["us", "jp"]
    assert urls("appstore", "http://mirror.example/app/id123", countries="us") == [
        "http://mirror.example/us/rss/customerreviews/page=1/id=123/sortby=mostrecent/json"
    ]
    with pytest.raises(InputError, match="countries"):
        KINDS["appstore"].check(Source(1, page, "appstore", "app_store", options={"countries": ["china"]}))


STEAM = {
    "recommendationid": "9001",
    "language": "schinese",
    "review": "[h1]退款[/h1][b]一直[/b]闪退 a<b",
    "voted_up": False,
    "timestamp_created": 1795255500,
    "timestamp_updated": 1795255900,
    "votes_up": 12,
    "votes_funny": 4294967295,
    "weighted_vote_score": "0.52",
    "comment_count": 0,
    "steam_purchase": True,
    "received_for_free": False,
    "author": {
        "steamid": "76561198000000001",
        "num_reviews": 3,
        "playtime_forever": 600,
        "playtime_at_review": 480,
        "personaname": "李",
    },
}
STEAM_URL = "http://127.0.0.1:8000/appreviews/570?json=1&cursor=%2A"


def test_steam_reviews_give_recommendation_votes_playtime_and_language() -> None:
    parsed = parse("steam", {"success": 1, "reviews": [STEAM], "cursor": "AoJ4+/=="}, STEAM_URL)
    (review,) = parsed.mentions
    assert (review.external_id, review.text) == ("9001", "退款\n一直闪退 a<b")
    assert (review.rating, review.likes, review.replies, review.author) == (None, 12, 0, "李")
    assert review.extra["recommended"] is False
    assert review.extra["playtime_at_review_minutes"] == 480
    assert review.extra["playtime_minutes"] == 600
    assert review.extra["language"] == "schinese"
    assert "funny" not in review.extra
    assert review.url == "https://steamcommunity.com/profiles/76561198000000001/recommended/570/"
    assert review.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert parsed.next is not None
    assert parsed.next.url == "http://127.0.0.1:8000/appreviews/570?json=1&cursor=AoJ4%2B%2F%3D%3D"


def test_steam_ends_with_an_empty_page_or_the_same_cursor() -> None:
    assert parse("steam", {"success": 1, "reviews": [], "cursor": "x"}, STEAM_URL).next is None
    assert parse("steam", {"success": 1, "reviews": [STEAM], "cursor": "*"}, STEAM_URL).next is None
    assert parse("steam", {"success": 1, "reviews": [STEAM]}, STEAM_URL).next is None


@pytest.mark.parametrize("body", [{"success": 2}, {"success": 8, "error": "no such app"}, {}, [], "<html>", "null"])
def test_steam_failures_inside_a_200(body: object) -> None:
    with pytest.raises(ParseError):
        parse("steam", body, STEAM_URL)


@pytest.mark.parametrize("field", sorted(STEAM))
@pytest.mark.parametrize("wrong", [None, [], {"a": 1}, "many", -5, 10**30])
def test_a_wrong_steam_field_costs_only_itself(field: str, wrong: object) -> None:
    body = {"success": 1, "reviews": [{**STEAM, field: wrong}, {**STEAM, "recommendationid": "2"}], "cursor": "x"}
    assert parse("steam", body, STEAM_URL).mentions[-1].external_id == "2"


def test_steam_asks_for_everything_also_for_review_bombs() -> None:
    (url,) = urls("steam", "http://127.0.0.1:8000/appreviews/570?json=1&language=english")
    assert url.startswith("http://127.0.0.1:8000/appreviews/570?json=1&language=english&")
    for part in ("filter=recent", "filter_offtopic_activity=0", "num_per_page=100", "purchase_type=all", "cursor=%2A"):
        assert part in url
    (page,) = requests("steam", "https://store.steampowered.com/app/570/Dota_2/")
    assert page.url.startswith("https://store.steampowered.com/appreviews/570?json=1")
    assert not page.foreign
    assert requests("steam", "https://steamcommunity.com/app/570/reviews/")[0].foreign


def test_html_alone_is_read_and_a_mirror_may_have_a_folder() -> None:
    only_html = XML.replace('<content type="text">打不开</content>', "")
    (review,) = parse("appstore", only_html, "http://127.0.0.1:8000/mirror/cn/rss/customerreviews/id=1/xml").mentions
    assert (review.text, review.region) == ("打不开", "CN")


def test_entities_are_what_they_stand_for() -> None:
    review = {**REVIEW, "title": {"label": "A &amp; B"}, "content": {"label": "it&#39;s &lt;3"}}
    (found,) = parse("appstore", {"feed": {"entry": review}}, URL).mentions
    assert (found.title, found.text) == ("A & B", "it's <3")
    steam = {"success": True, "reviews": [{"recommendationid": "1", "review": "it&#39;s [b]&lt;3[/b]"}]}
    assert parse("steam", steam, "http://127.0.0.1:8000/appreviews/10").mentions[0].text == "it's <3"

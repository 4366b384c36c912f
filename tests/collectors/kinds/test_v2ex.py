"""V2EX: API 1, API 2.0, replies, and SOV2EX's search."""

from datetime import UTC, datetime

import pytest

from errors import Forbidden, ParseError, RateLimited
from tests.collectors.kinds.helping import parse, requests, urls

TOPIC = {
    "node": {"name": "life", "title": "生活", "id": 770},
    "member": {"id": 1, "username": "Livid", "url": "https://www.v2ex.com/u/Livid"},
    "last_reply_by": "x",
    "last_touched": 1795256000,
    "title": "云雀奶茶喝出塑料片",
    "url": "https://www.v2ex.com/t/1001",
    "created": 1795255500,
    "deleted": 0,
    "content": "昨天买的",
    "content_rendered": "<p>昨天买的</p><p>还没退</p>",
    "last_modified": 1795255500,
    "replies": 2,
    "id": 1001,
}
REPLY = {
    "id": 55,
    "thanks": 3,
    "content": "我也是",
    "content_rendered": "我也是<br />退了",
    "created": 1795255560,
    "member": {"username": "lark"},
    "topic_id": 1001,
}


def test_topics_give_their_fields() -> None:
    (topic,) = parse("v2ex", [TOPIC], "http://127.0.0.1:8000/api/topics/latest.json").mentions
    assert (topic.external_id, topic.title, topic.text) == ("1001", "云雀奶茶喝出塑料片", "昨天买的\n\n还没退")
    assert (topic.author, topic.replies, topic.likes) == ("Livid", 2, None)
    assert (topic.url, topic.author_url) == ("https://www.v2ex.com/t/1001", "https://www.v2ex.com/u/Livid")
    assert topic.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert topic.extra["node"] == "生活"


def test_a_deleted_topic_is_left_out() -> None:
    kept, *others = parse("v2ex", [TOPIC, {**TOPIC, "id": 1002, "deleted": 1}]).mentions
    assert (kept.external_id, others) == ("1001", [])


def test_replies_have_an_id_and_a_link_of_their_own() -> None:
    (reply,) = parse("v2ex", [REPLY], "http://127.0.0.1:8000/api/replies/show.json?topic_id=1001").mentions
    assert (reply.external_id, reply.title, reply.text) == ("reply-55", "", "我也是\n退了")
    assert (reply.url, reply.likes) == ("https://www.v2ex.com/t/1001#r_55", 3)


def test_replies_are_asked_for_only_when_wanted() -> None:
    url = "http://127.0.0.1:8000/api/topics/show.json?node_name=life"
    assert parse("v2ex", [TOPIC], url).also == ()
    (also,) = parse("v2ex", [TOPIC, {**TOPIC, "id": 2, "replies": 0}], url, options={"replies": True}).also
    assert also.url == "http://127.0.0.1:8000/api/replies/show.json?topic_id=1001"


def test_api_two_is_wrapped_and_pages() -> None:
    url = "http://127.0.0.1:8000/api/v2/nodes/life/topics"
    parsed = parse("v2ex", {"success": True, "message": "Found", "result": [TOPIC]}, url, options={"token": "t0ken"})
    assert len(parsed.mentions) == 1
    assert parsed.next is not None
    assert (parsed.next.url, parsed.next.headers["Authorization"]) == (url + "?p=2", "Bearer t0ken")
    assert parse("v2ex", {"success": True, "result": []}, url).next is None
    assert requests("v2ex", url, token="t0ken")[0].headers == {"Authorization": "Bearer t0ken"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"success": False, "message": "Token not found"}, Forbidden),
        ({"success": False, "message": "Rate limit exceeded"}, RateLimited),
        ({"status": "error", "message": "Object Not Found"}, ParseError),
        ("登录", ParseError),
        ("7", ParseError),
    ],
)
def test_errors_inside_a_200_are_what_they_mean(body: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse("v2ex", body)


def test_search_hits_are_topics_and_page_by_offset() -> None:
    hit = {
        "_source": {
            "node": 770,
            "replies": 5,
            "created": "2026-11-21T10:05:00",
            "member": "Livid",
            "id": 1001,
            "title": "云雀奶茶",
            "content": "好喝",
        },
        "highlight": {"title": ["<em>云雀</em>"]},
    }
    url = "http://127.0.0.1:8000/api/search?q=x&size=1"
    parsed = parse("v2ex", {"took": 3, "timed_out": False, "total": 2, "hits": [hit]}, url)
    assert [(one.title, one.author, one.replies, one.url) for one in parsed.mentions] == [
        ("云雀奶茶", "Livid", 5, "https://www.v2ex.com/t/1001")
    ]
    assert parsed.next is not None
    assert parsed.next.url == url + "&from=1"
    assert parse("v2ex", {"total": 2, "hits": [hit]}, parsed.next.url).next is None


def test_pages_of_the_site_become_calls() -> None:
    assert urls("v2ex", "https://www.v2ex.com/go/apple") == [
        "https://www.v2ex.com/api/topics/show.json?node_name=apple"
    ]
    assert urls("v2ex", "https://www.v2ex.com/t/1001") == ["https://www.v2ex.com/api/replies/show.json?topic_id=1001"]
    assert urls("v2ex", "http://127.0.0.1:8000") == ["http://127.0.0.1:8000/api/topics/latest.json"]
    assert urls("v2ex", "https://www.v2ex.com/?tab=tech") == ["https://www.v2ex.com/api/topics/latest.json"]
    kept = "http://127.0.0.1:8000/mirror/latest.json?a=1"
    assert urls("v2ex", kept) == [kept]


def test_replies_of_api_2_know_their_topic_and_are_read_to_the_end() -> None:
    answer = {"success": True, "result": [{"id": 5, "content": "好", "created": 1795255500}]}
    parsed = parse("v2ex", answer, "http://127.0.0.1:8000/api/v2/topics/77/replies")
    assert (parsed.mentions[0].url, parsed.mentions[0].extra["topic_id"]) == ("https://www.v2ex.com/t/77#r_5", "77")
    assert not parsed.newest_first
    assert parse("v2ex", [{"id": 1, "title": "t"}]).newest_first

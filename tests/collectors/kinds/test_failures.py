"""What services say in the body of a failed request."""

import pytest

from collectors.kinds import KINDS
from errors import ParseError, RateLimited
from tests.collectors.kinds.helping import document, parse


@pytest.mark.parametrize("kind", ["stackexchange", "discourse", "mastodon", "lemmy", "v2ex", "reddit"])
def test_the_body_of_a_failure_is_understood_or_passed_over(kind: str) -> None:
    for body in (b"", b"[]", b"null", b"{}", b"<html>", b'{"x": [1]}', b"[" * 9_000):
        KINDS[kind].refuse(document(body, status=500))
    throttled = {
        "stackexchange": {"error_id": 502, "error_message": "more requests available in 77 seconds"},
        "discourse": {"errors": ["slow down"], "error_type": "rate_limit"},
        "mastodon": {"error": "Too many requests"},
        "lemmy": {"error": "rate_limit_error"},
        "v2ex": {"status": "error", "message": "Rate Limit Exceeded"},
        "reddit": {"error": 429, "message": "Too Many Requests"},
    }
    with pytest.raises(RateLimited):
        KINDS[kind].refuse(document(throttled[kind], status=400))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("v2ex", {"errors": ["boom"]}),
        ("v2ex", {}),
        ("gdelt", {"error": "boom"}),
        ("gdelt", {"timeline": []}),
        ("steam", {"success": 1, "query_summary": {}}),
        ("steam", {"success": 1, "reviews": "none"}),
        ("discourse", {"latest_posts": "none"}),
        ("hackernews", {"nbPages": 0}),
        ("stackexchange", {"has_more": False}),
        ("mastodon", {"accounts": []}),
        ("lemmy", {"communities": []}),
        ("appstore", {"feed": None}),
        ("reddit", {"kind": "Listing", "data": {}}),
    ],
)
def test_an_answer_of_another_shape_is_not_taken_for_no_news(kind: str, body: object) -> None:
    with pytest.raises(ParseError):
        parse(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("v2ex", []),
        ("v2ex", {"success": True, "result": []}),
        ("gdelt", {}),
        ("gdelt", {"articles": []}),
        ("steam", {"success": 1, "reviews": [], "cursor": "*"}),
        ("discourse", {"latest_posts": []}),
    ],
)
def test_an_empty_answer_of_the_right_shape_is_no_news(kind: str, body: object) -> None:
    assert parse(kind, body).mentions == ()

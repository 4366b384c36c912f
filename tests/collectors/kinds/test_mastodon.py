"""Mastodon's statuses, its paging, and servers that want a login."""

from datetime import UTC, datetime

import pytest

from collectors.mastodon import hashtag
from errors import Forbidden, ParseError, RateLimited
from tests.collectors.kinds.helping import parse, urls

STATUS = {
    "id": "113500000000000001",
    "created_at": "2026-11-21T10:05:00.000Z",
    "spoiler_text": "",
    "language": "zh",
    "uri": "https://m.example/users/lark/statuses/1",
    "url": "https://m.example/@lark/1",
    "replies_count": 2,
    "reblogs_count": 3,
    "favourites_count": 0,
    "reblog": None,
    "in_reply_to_id": None,
    "media_attachments": [],
    "content": '<p>难喝 <a href="https://m.example/tags/LarkTea" class="mention hashtag">#<span>LarkTea</span></a></p><p>不会再买</p>',
    "account": {
        "username": "lark",
        "acct": "lark@m.example",
        "display_name": "云雀 :tea:",
        "followers_count": 1200,
        "url": "https://m.example/@lark",
        "bot": False,
    },
    "tags": [{"name": "larktea", "url": "x"}],
}
URL = "http://127.0.0.1:8000/api/v1/timelines/tag/LarkTea?limit=40"


def test_statuses_give_their_fields() -> None:
    (post,) = parse("mastodon", [STATUS], URL).mentions
    assert (post.external_id, post.title, post.text) == (STATUS["id"], "", "难喝 #LarkTea\n\n不会再买")
    assert (post.author, post.author_followers) == ("lark@m.example", 1200)
    assert (post.likes, post.replies, post.shares, post.views) == (0, 2, 3, None)
    assert (post.url, post.author_url) == ("https://m.example/@lark/1", "https://m.example/@lark")
    assert post.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert post.extra["language"] == "zh"
    assert post.extra["tags"] == ["larktea"]


def test_boosts_are_left_out_and_pictures_speak_when_nobody_does() -> None:
    boost = {**STATUS, "id": "2", "content": "", "reblog": STATUS}
    silent = {**STATUS, "id": "3", "content": "<p></p>", "media_attachments": [{"description": "A sour bottle"}]}
    assert [(one.external_id, one.text) for one in parse("mastodon", [boost, silent], URL).mentions] == [
        ("3", "A sour bottle")
    ]


def test_older_posts_are_asked_for_below_the_last_id() -> None:
    following = parse("mastodon", [STATUS], URL, link=f'<{URL}&max_id=9>; rel="next", <{URL}>; rel="prev"').next
    assert following is not None
    assert following.url == URL + "&max_id=9"
    without_header = parse("mastodon", [STATUS], URL).next
    assert without_header is not None
    assert without_header.url == URL + "&max_id=113500000000000001"
    assert parse("mastodon", [STATUS], URL, link='<http://elsewhere.example/x>; rel="next"').next is None
    assert parse("mastodon", [STATUS], URL, link='<http://[>; rel="next"').next is None
    assert parse("mastodon", [STATUS], URL, link=f'<{URL}>; rel="prev"').next is None
    assert parse("mastodon", [], URL).next is None
    with_token = parse("mastodon", [STATUS], URL, options={"token": "T"}).next
    assert with_token is not None
    assert with_token.headers == {"Authorization": "Bearer T"}


def test_search_is_an_object_and_pages_by_offset() -> None:
    url = "http://127.0.0.1:8000/api/v2/search?q=x&type=statuses"
    parsed = parse("mastodon", {"accounts": [], "statuses": [STATUS], "hashtags": []}, url)
    assert len(parsed.mentions) == 1
    assert parsed.next is not None
    assert parsed.next.url == url + "&offset=1"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "This method requires an authenticated user"}, Forbidden),
        ({"error": "Too many requests"}, RateLimited),
        ({"error": "Record not found"}, ParseError),
        ({"statuses": 1}, ParseError),
    ],
)
def test_errors(body: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse("mastodon", body)


def test_names_become_hashtags_or_nothing() -> None:
    assert hashtag("Louis Vuitton") == "LouisVuitton"
    assert hashtag("SK-II") == "SKII"
    assert hashtag("云雀奶茶") == "云雀奶茶"
    assert hashtag("C++") is None
    assert hashtag("12306") is None


def test_pages_become_timelines() -> None:
    assert urls("mastodon", "http://127.0.0.1:8000/tags/tea") == [
        "http://127.0.0.1:8000/api/v1/timelines/tag/tea?limit=40"
    ]
    assert len(urls("mastodon", "http://127.0.0.1:8000")) == 2
    assert urls("mastodon", URL) == [URL]

"""Discourse and Lemmy."""

from datetime import UTC, datetime, timedelta

import pytest

from errors import Forbidden, ParseError, RateLimited
from tests.collectors.kinds.helping import NOW, parse, urls

POST = {
    "id": 501,
    "name": "云雀",
    "username": "lark",
    "created_at": "2026-11-21T10:05:00.123Z",
    "cooked": '<p>第一段</p>\n<p>第二段 <img class="emoji" alt=":x:"></p>',
    "raw": "第一段\n\n第二段",
    "post_number": 2,
    "reply_count": 1,
    "reads": 40,
    "topic_id": 9,
    "topic_slug": "larktea",
    "topic_title": "LarkTea 怎么了",
    "actions_summary": [{"id": 2, "count": 4}],
}
TOPIC = {
    "id": 9,
    "title": "LarkTea 怎么了",
    "slug": "larktea",
    "posts_count": 3,
    "reply_count": 1,
    "views": 77,
    "like_count": 5,
    "created_at": "2026-11-21T10:00:00Z",
    "excerpt": "有人&hellip;",
    "posters": [{"description": "Original Poster, Most Recent Poster", "user_id": 7}],
    "tags": ["tea"],
}
BASE = "http://127.0.0.1:8000"


def test_discourse_posts_give_their_fields() -> None:
    parsed = parse("discourse", {"latest_posts": [POST]}, f"{BASE}/posts.json")
    (post,) = parsed.mentions
    assert (post.external_id, post.title, post.extra["topic"]) == ("501", "", "LarkTea 怎么了")
    assert post.text.startswith("第一段\n\n第二段")
    assert (post.author, post.likes, post.replies, post.views) == ("lark", 4, 1, 40)
    assert post.url == f"{BASE}/t/larktea/9/2"
    assert post.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert parsed.next is not None
    assert parsed.next.url == f"{BASE}/posts.json?before=501"
    opener = parse("discourse", {"latest_posts": [{**POST, "post_number": 1, "actions_summary": []}]}).mentions[0]
    assert (opener.title, opener.likes) == ("LarkTea 怎么了", 0)
    unsaid = parse("discourse", {"latest_posts": [{**POST, "actions_summary": None}]}).mentions[0]
    assert unsaid.likes is None


def test_discourse_search_joins_posts_and_topics_and_says_whether_there_is_more() -> None:
    found = {
        "id": 502,
        "username": "x",
        "created_at": "2026-11-21T10:05:00Z",
        "blurb": "…LarkTea 酸了…",
        "post_number": 1,
        "topic_id": 9,
        "like_count": 0,
    }
    body = {"posts": [found], "topics": [TOPIC], "grouped_search_result": {"more_full_page_results": True}}
    parsed = parse("discourse", body, f"{BASE}/search.json?q=LarkTea")
    (post,) = parsed.mentions
    assert (post.title, post.text, post.likes, post.url) == (
        "LarkTea 怎么了",
        "…LarkTea 酸了…",
        0,
        f"{BASE}/t/larktea/9/1",
    )
    assert parsed.next is not None
    assert parsed.next.url == f"{BASE}/search.json?q=LarkTea&page=2"
    body["grouped_search_result"] = {"more_full_page_results": None}
    assert parse("discourse", body, parsed.next.url).next is None


def test_discourse_topic_lists_and_single_topics() -> None:
    listed = {
        "users": [{"id": 7, "username": "lark", "name": "云雀"}],
        "topic_list": {"more_topics_url": "/latest?no_definitions=true&page=1", "topics": [TOPIC]},
    }
    parsed = parse("discourse", listed, f"{BASE}/latest.json")
    (topic,) = parsed.mentions
    assert (topic.external_id, topic.author, topic.replies, topic.likes, topic.views) == ("topic-9", "lark", 2, 5, 77)
    assert parsed.next is not None
    assert parsed.next.url == f"{BASE}/latest.json?page=1"
    single = {
        "id": 9,
        "title": "LarkTea 怎么了",
        "slug": "larktea",
        "post_stream": {"posts": [{**POST, "topic_title": None}]},
    }
    assert parse("discourse", single).mentions[0].extra["topic"] == "LarkTea 怎么了"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"errors": ["slow down"], "error_type": "rate_limit", "extras": {"wait_seconds": 90}}, RateLimited),
        ({"errors": ["log in"], "error_type": "not_logged_in"}, Forbidden),
        ({"errors": ["gone"]}, ParseError),
        ({}, ParseError),
        ("<html>", ParseError),
    ],
)
def test_discourse_errors(body: object, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        parse("discourse", body)
    if error is RateLimited:
        assert raised.value.retry_at == NOW + timedelta(seconds=90)  # type: ignore[attr-defined]


def test_discourse_pages_become_json() -> None:
    assert urls("discourse", f"{BASE}/") == [f"{BASE}/posts.json"]
    assert urls("discourse", f"{BASE}/c/help/5") == [f"{BASE}/c/help/5.json"]
    assert urls("discourse", f"{BASE}/t/larktea/9") == [f"{BASE}/t/larktea/9.json"]
    assert urls("discourse", f"{BASE}/sub/search.json?q=a%20b") == [f"{BASE}/sub/search.json?q=a%20b"]
    assert len(urls("discourse", BASE, search=True)) == 2


VIEW = {
    "post": {
        "id": 3,
        "name": "LarkTea recall",
        "body": "It was **sour**",
        "url": "https://example.com/x",
        "removed": False,
        "deleted": False,
        "ap_id": "https://lemmy.example/post/3",
        "published": "2026-11-21T10:05:00.000000",
    },
    "creator": {"name": "ann", "actor_id": "https://lemmy.example/u/ann"},
    "community": {"name": "tea", "title": "Tea"},
    "counts": {"comments": 6, "score": 9, "upvotes": 11, "downvotes": 2},
}
COMMENT_VIEW = {
    **VIEW,
    "comment": {
        "id": 4,
        "content": "Same here",
        "ap_id": "https://lemmy.example/comment/4",
        "published": "2026-11-21T10:06:00Z",
        "removed": False,
        "deleted": False,
    },
    "counts": {"child_count": 1, "score": -2, "upvotes": 0, "downvotes": 2},
}


def test_lemmy_posts_and_comments_give_their_fields() -> None:
    parsed = parse("lemmy", {"posts": [VIEW], "comments": [COMMENT_VIEW]}, f"{BASE}/api/v3/search?q=x&page=1")
    post, comment = parsed.mentions
    assert (post.external_id, post.title, post.text) == ("post-3", "LarkTea recall", "It was **sour**")
    assert (post.author, post.likes, post.replies, post.extra["score"]) == ("ann", 11, 6, 9)
    assert (post.url, post.published_at_source) == ("https://lemmy.example/post/3", "author")
    assert post.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert (comment.external_id, comment.title, comment.likes, comment.replies) == ("comment-4", "", 0, 1)
    assert comment.extra["post"] == "LarkTea recall"
    assert parsed.next is not None
    assert parsed.next.url == f"{BASE}/api/v3/search?q=x&page=2"


def test_lemmy_pages_by_cursor_where_one_is_given_and_leaves_out_what_is_gone() -> None:
    url = f"{BASE}/api/v3/post/list?sort=New&page=1"
    following = parse("lemmy", {"posts": [VIEW], "next_page": "Pa4"}, url).next
    assert following is not None
    assert following.url == f"{BASE}/api/v3/post/list?sort=New&page_cursor=Pa4"
    assert parse("lemmy", {"posts": [VIEW]}, following.url).next is None
    gone = {**VIEW, "post": {**VIEW["post"], "deleted": True}}  # type: ignore[dict-item]
    assert parse("lemmy", {"posts": [gone]}).mentions == ()
    assert parse("lemmy", {"posts": [], "comments": []}).next is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "rate_limit_error"}, RateLimited),
        ({"error": "x"}, ParseError),
        ({"posts": {}}, ParseError),
        ([], ParseError),
    ],
)
def test_lemmy_errors(body: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse("lemmy", body)


def test_lemmy_pages_become_calls() -> None:
    assert [one.split("?")[0] for one in urls("lemmy", f"{BASE}/c/tea")] == [
        f"{BASE}/api/v3/post/list",
        f"{BASE}/api/v3/comment/list",
    ]
    assert urls("lemmy", f"{BASE}/u/ann") == [f"{BASE}/api/v3/user?username=ann&sort=New&limit=50"]
    assert len(urls("lemmy", BASE)) == 2
    assert urls("lemmy", f"{BASE}/api/v3/search?q=x") == [f"{BASE}/api/v3/search?q=x"]


def test_a_discourse_topic_is_read_page_by_page_without_what_was_deleted_or_hidden() -> None:
    posts = [
        {**POST, "id": 1},
        {**POST, "id": 2, "deleted_at": "2026-11-21T11:00:00Z"},
        {**POST, "id": 3, "user_deleted": True},
        {**POST, "id": 4, "hidden": True, "cooked_hidden": True, "cooked": "This post was flagged by the community."},
    ]
    topic = {"id": 9, "title": "T", "post_stream": {"posts": posts, "stream": list(range(45))}}
    parsed = parse("discourse", topic, f"{BASE}/t/larktea/9.json")
    assert [post.external_id for post in parsed.mentions] == ["1"]
    assert parsed.next is not None
    assert parsed.next.url == f"{BASE}/t/larktea/9.json?page=2"
    assert not parsed.newest_first
    assert parse("discourse", topic, f"{BASE}/t/larktea/9.json?page=3").next is None


def test_a_discourse_may_live_in_a_folder() -> None:
    (post,) = parse("discourse", {"latest_posts": [POST]}, f"{BASE}/forum/posts.json").mentions
    assert (post.url, post.author_url) == (f"{BASE}/forum/t/larktea/9/2", f"{BASE}/forum/u/lark")
    nothing = parse("discourse", {"grouped_search_result": {"posts": []}}, f"{BASE}/search.json?q=x")
    assert (nothing.mentions, nothing.next) == ((), None)


def test_lemmy_texts_are_plain() -> None:
    post = {"post": {"id": 1, "name": "A &amp; B", "body": "one<br>two &lt;3", "published": "2026-11-21T10:00:00"}}
    (mention,) = parse("lemmy", {"posts": [post]}, f"{BASE}/api/v3/post/list").mentions
    assert (mention.title, mention.text, mention.likes) == ("A & B", "one\ntwo <3", None)

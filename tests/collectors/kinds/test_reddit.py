"""Reddit: its Atom feeds, its listings, and an app's token."""

from datetime import UTC, datetime, timedelta

import pytest

from errors import Forbidden, ParseError, RateLimited
from tests.collectors.kinds.helping import NOW, parse, requests, urls

FEED = """<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>search</title>
<entry><author><name>/u/tea_lover</name><uri>https://www.reddit.com/user/tea_lover</uri></author>
<category term="tea" label="r/tea"/><content type="html">&lt;!-- SC_OFF --&gt;&lt;div class=&quot;md&quot;&gt;&lt;p&gt;LarkTea
was sour.&lt;/p&gt;&lt;p&gt;Twice.&lt;/p&gt;&lt;/div&gt;&lt;!-- SC_ON --&gt; &amp;#32; submitted by &amp;#32;
&lt;a href=&quot;https://www.reddit.com/user/tea_lover&quot;&gt; /u/tea_lover &lt;/a&gt; &lt;br/&gt;
&lt;span&gt;&lt;a href=&quot;https://x&quot;&gt;[link]&lt;/a&gt;&lt;/span&gt; &amp;#32; &lt;span&gt;&lt;a
href=&quot;https://x&quot;&gt;[comments]&lt;/a&gt;&lt;/span&gt;</content><id>t3_abc1</id>
<link href="https://www.reddit.com/r/tea/comments/abc1/larktea/"/><updated>2026-11-21T10:05:00+00:00</updated>
<published>2026-11-21T10:05:00+00:00</published><title>LarkTea?</title></entry>
<entry><author><name>/u/other</name></author><content type="html">&lt;div class=&quot;md&quot;&gt;&lt;p&gt;Agreed&lt;/p&gt;&lt;/div&gt;</content>
<id>t1_def2</id><link href="https://www.reddit.com/r/tea/comments/abc1/larktea/def2/"/>
<updated>2026-11-21T10:06:00+00:00</updated><title>/u/other on LarkTea?</title></entry></feed>"""
POST = {
    "kind": "t3",
    "data": {
        "name": "t3_abc1",
        "id": "abc1",
        "title": "Tea &amp; milk",
        "selftext": "2 &lt; 3\n\nsour",
        "author": "tea_lover",
        "permalink": "/r/tea/comments/abc1/tea/",
        "created_utc": 1795255500.0,
        "score": -3,
        "num_comments": 4,
        "num_crossposts": 0,
        "subreddit": "tea",
        "is_self": True,
        "url": "https://www.reddit.com/r/tea/comments/abc1/tea/",
    },
}
COMMENT = {
    "kind": "t1",
    "data": {
        "name": "t1_def2",
        "body": "Agreed",
        "author": "[deleted]",
        "permalink": "/r/tea/comments/abc1/tea/def2/",
        "created_utc": 1795255560,
        "score": 1,
        "link_title": "Tea &amp; milk",
    },
}
REMOVED = {"kind": "t1", "data": {"name": "t1_gone", "body": "[removed]", "author": "[deleted]"}}


def test_the_feed_gives_text_and_author_and_no_score() -> None:
    post, comment = parse("reddit", FEED, "http://127.0.0.1:8000/search.rss?q=x").mentions
    assert (post.external_id, post.title, post.author) == ("t3_abc1", "LarkTea?", "tea_lover")
    assert post.text.replace("\n\n", "|").replace("\n", " ") == "LarkTea was sour.|Twice."
    assert (post.likes, post.replies) == (None, None)
    assert post.url == "https://www.reddit.com/r/tea/comments/abc1/larktea/"
    assert post.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert (comment.title, comment.text, comment.extra["post"]) == ("", "Agreed", "LarkTea?")


def test_what_is_gone_says_nothing() -> None:
    feed = (
        FEED.replace("Agreed", "[removed]")
        .replace("<title>LarkTea?", "<title>[deleted by user]")
        .replace("/u/other<", "[deleted]<", 1)
    )
    post, comment = parse("reddit", feed).mentions
    assert (post.title, comment.title, comment.text, comment.author) == ("", "", "", None)
    gone = {"kind": "t3", "data": {**POST["data"], "title": "[deleted by user]", "selftext": "[ Removed by Reddit ]"}}
    assert parse("reddit", {"data": {"children": [gone]}}).mentions == ()


def test_the_feed_pages_by_its_last_id_and_is_asked_slowly() -> None:
    parsed = parse("reddit", FEED, "http://127.0.0.1:8000/search.rss?q=x")
    assert parsed.next is not None
    assert parsed.next.url == "http://127.0.0.1:8000/search.rss?q=x&after=t1_def2"
    assert parsed.ttl == timedelta(minutes=10)
    assert parse("reddit", FEED, "http://127.0.0.1:8000/search.rss?q=x&after=t1_def2").next is None
    spent = parse("reddit", FEED, x_ratelimit_remaining="0.0", x_ratelimit_reset="1200")
    assert spent.ttl == timedelta(minutes=20)


def test_listings_give_scores_and_unescape_once() -> None:
    listing = {"kind": "Listing", "data": {"after": "t3_abc1", "children": [POST, COMMENT, REMOVED, {"kind": "more"}]}}
    parsed = parse("reddit", listing, "http://127.0.0.1:8000/search.json?q=x")
    post, comment = parsed.mentions
    assert (post.title, post.text, post.likes, post.replies) == ("Tea & milk", "2 < 3\n\nsour", None, 4)
    assert (post.extra["score"], comment.likes) == (-3, 1)
    assert post.url == "https://www.reddit.com/r/tea/comments/abc1/tea/"
    assert (comment.author, comment.title, comment.extra["post"]) == (None, "", "Tea & milk")
    assert parsed.next is not None
    assert parsed.next.url.endswith("after=t3_abc1")
    raw = parse("reddit", {"data": {"children": [POST]}}, "http://127.0.0.1:8000/search?raw_json=1").mentions[0]
    assert raw.title == "Tea &amp; milk"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"message": "Too Many Requests", "error": 429}, RateLimited),
        ({"reason": "private", "error": 403}, Forbidden),
        ({"message": "Not Found", "error": 404}, ParseError),
        ({"kind": "Listing"}, ParseError),
    ],
)
def test_errors_inside_an_answer_are_what_they_mean(body: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse("reddit", body, "http://127.0.0.1:8000/search.json")


def test_an_app_asks_for_a_token_first_and_sends_it_with_every_page() -> None:
    (asked,) = requests("reddit", "http://127.0.0.1:8000/", client_id="id", client_secret="geheim")
    assert (asked.method, asked.tag, asked.setup, asked.foreign) == ("POST", "token", True, False)
    assert asked.url == "http://127.0.0.1:8000/api/v1/access_token"
    assert asked.headers["Authorization"] == "Basic aWQ6Z2VoZWlt"
    then = parse(
        "reddit", {"access_token": "T", "token_type": "bearer"}, asked.url, tag="token", note=dict(asked.note)
    ).next
    assert then is not None
    assert then.url.startswith("http://127.0.0.1:8000/search?q=")
    assert then.headers["Authorization"] == "bearer T"
    page = parse("reddit", {"data": {"after": "t3_a", "children": [POST]}}, then.url, note=dict(then.note)).next
    assert page is not None
    assert page.headers["Authorization"] == "bearer T"
    with pytest.raises(Forbidden, match="client_id"):
        parse("reddit", {"error": "invalid_grant"}, asked.url, tag="token", note=dict(asked.note))


def test_the_real_host_asks_its_own_api() -> None:
    (asked,) = requests("reddit", "https://www.reddit.com/r/tea", client_id="id")
    assert asked.note["then"].startswith("https://oauth.reddit.com/r/tea/new?")
    assert asked.note["foreign"] is True


def test_pages_of_the_site_become_feeds() -> None:
    assert urls("reddit", "https://www.reddit.com/r/tea") == ["https://www.reddit.com/r/tea/new/.rss?limit=100"]
    assert urls("reddit", "https://www.reddit.com/search/?q=lark") == [
        "https://www.reddit.com/search.rss?q=lark&sort=new&limit=100"
    ]
    assert urls("reddit", "https://www.reddit.com/r/tea/comments/abc1/larktea/") == [
        "https://www.reddit.com/r/tea/comments/abc1/larktea/.rss?limit=100"
    ]
    assert "OR" in urls("reddit", "https://www.reddit.com/")[0]
    kept = "http://127.0.0.1:8000/r/tea/.rss?limit=5"
    assert urls("reddit", kept) == [kept]
    assert NOW


def test_a_threads_replies_are_read_at_every_depth_and_a_hidden_score_is_none() -> None:
    def comment(name: str, *replies: object, **more: object) -> dict[str, object]:
        below = {"kind": "Listing", "data": {"children": list(replies)}} if replies else ""
        return {"kind": "t1", "data": {"name": name, "body": name, "score": 1, "replies": below, **more}}

    deep = comment("t1_a", comment("t1_b", comment("t1_c", score_hidden=True), {"kind": "more"}), comment("t1_d"))
    thread = [{"data": {"children": [POST]}}, {"data": {"children": [deep, comment("t1_e")]}}]
    found = parse("reddit", thread, "http://127.0.0.1:8000/r/tea/comments/abc1.json").mentions
    assert [one.external_id for one in found] == ["t3_abc1", "t1_a", "t1_b", "t1_c", "t1_d", "t1_e"]
    assert [one.likes for one in found[1:4]] == [1, 1, None]
    assert "score" not in found[3].extra

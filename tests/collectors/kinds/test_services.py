"""Every kind against a real server on loopback that speaks its format and has its quirks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import collectors.collecting as collecting
from collectors.fetcher import Fetcher
from collectors.kinds import KINDS
from collectors.parsing import ParserPool
from collectors.records import Brand, Source, SourceState, Status
from collectors.seams import Limits
from tests.collectors.kinds.conftest import Collect
from tests.collectors.kinds.test_google_news import FEED as NEWS_FEED
from tests.collectors.kinds.test_reddit import FEED as REDDIT_FEED
from tests.fakes.services import Query, Reply, Scripted
from tests.fakes.services.keyless import (
    FakeDiscourse,
    FakeGdelt,
    FakeHackerNews,
    FakeLemmy,
    FakeMastodon,
    FakeStackExchange,
    FakeV2ex,
)

BEGIN = 1795250000
LARK = Brand(1, "云雀奶茶", aliases=("LarkTea",))


def stories(count: int) -> list[dict[str, Any]]:
    return [
        {
            "objectID": str(100 + n),
            "title": f"Story {n}",
            "author": "a",
            "points": n,
            "num_comments": 0,
            "created_at_i": BEGIN + n,
        }
        for n in range(count)
    ]


def statuses(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": str(10**6 + n),
            "created_at": f"2026-11-21T10:{n:02}:00Z",
            "content": f"<p>Post {n}</p>",
            "url": f"https://m.example/@a/{n}",
            "account": {"acct": "a", "followers_count": 3},
        }
        for n in range(count)
    ]


def test_paging_goes_back_to_what_is_known_and_no_further(collect: Collect) -> None:
    with FakeHackerNews(stories(20)) as service:
        first = collect(service, "/api/v1/search_by_date?query=x", "hackernews", depth=3)
        assert (first.status, len(first.mentions), first.requests, first.missed) == (Status.OK, 9, 3, False)
        assert service.queries("page") == [None, "1", "2"]
        service.hits += [{**stories(1)[0], "objectID": f"new{n}", "created_at_i": BEGIN + 100 + n} for n in range(4)]
        held = {mention.external_id for mention in first.mentions}
        second = collect(service, "/api/v1/search_by_date?query=x", "hackernews", state=first.state, known=held)
        assert second.requests == 2
        assert not second.missed
        assert {mention.external_id for mention in second.mentions} - held == {"new0", "new1", "new2", "new3"}


def test_what_was_missed_between_two_polls_is_said(collect: Collect) -> None:
    with FakeHackerNews(stories(3)) as service:
        first = collect(service, "/api/v1/search_by_date", "hackernews")
        service.hits = [{**stories(1)[0], "objectID": f"n{n}", "created_at_i": BEGIN + 100 + n} for n in range(60)]
        service.fail_with(Reply({"message": "page too deep"}, status=400), at=3)
        second = collect(service, "/api/v1/search_by_date", "hackernews", state=first.state)
        assert (second.status, second.missed, len(second.mentions)) == (Status.OK, True, 6)


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"error": "no"}, status=403),
        Reply(b"", status=404),
        Reply("<html>login</html>", content_type="text/html"),
        Reply(b"", status=302, headers={"Location": "http://10.0.0.1/"}),
        Reply({"error": "limit"}, status=429),
    ],
    ids=["refused", "missing", "login page", "led away", "limited"],
)
def test_a_later_page_that_fails_ends_paging_and_not_the_source(collect: Collect, fault: Reply) -> None:
    with FakeMastodon(statuses(9)) as service:
        service.fail_with(fault, at=2)
        collected = collect(service, "/api/v1/timelines/tag/tea", "mastodon")
        assert (collected.status, len(collected.mentions), collected.error) == (Status.OK, 3, None)


@pytest.mark.parametrize(
    ("fault", "kind_of_error", "retry"),
    [
        (Reply({"error": "slow"}, status=429, headers={"Retry-After": "120"}), "RateLimited", True),
        (
            Reply({"error": "slow"}, status=429, headers={"X-RateLimit-Reset": "2027-01-01T00:00:00Z"}),
            "RateLimited",
            True,
        ),
        (Reply({"error": "This method requires an authenticated user"}), "Forbidden", False),
        (Reply("<html><form>Log in</form></html>", content_type="text/html"), "ParseError", False),
    ],
    ids=["Retry-After", "reset header", "authenticated only", "login page"],
)
def test_a_first_page_that_fails_is_a_failure_in_words(
    collect: Collect, fault: Reply, kind_of_error: str, retry: bool
) -> None:
    with FakeMastodon(statuses(3)) as service:
        service.fail_with(fault)
        collected = collect(service, "/api/v1/timelines/tag/tea", "mastodon")
        assert (collected.status, collected.error_kind) == (Status.FAILED, kind_of_error)
        assert collected.error
        assert collected.advice
        assert (collected.retry_at is not None) == retry


def test_mastodon_pages_by_id(collect: Collect) -> None:
    with FakeMastodon(statuses(7)) as service:
        collected = collect(service, "", "mastodon", brands=(LARK,))
        assert len(collected.mentions) == 7
        assert service.paths[0].startswith("/api/v1/timelines/tag/%E4%BA%91")
        assert collected.mentions[0].author_followers == 3


def test_gdelt_pages_by_time_and_stops_when_told_to_slow_down(collect: Collect) -> None:
    articles = [
        {
            "url": f"https://n.example/{n}",
            "title": f"News {n}",
            "seendate": f"20261121T10{n:02}00Z",
            "domain": "n.example",
        }
        for n in range(6)
    ]
    path = "/api/v2/doc/doc?query=x&mode=artlist&format=json&maxrecords=3"
    with FakeGdelt(articles) as service:
        collected = collect(service, path, "gdelt", depth=3)
        assert len(collected.mentions) == 6
        assert service.queries("enddatetime")[1] == "20261121100300"
        service.fail_with(Reply("Please limit requests to one every 5 seconds", content_type="text/html"), at=2)
        assert collect(service, path, "gdelt", depth=3).status is Status.OK
        service.fail_with(Reply("Please limit requests to one every 5 seconds", content_type="text/html"))
        limited = collect(service, path, "gdelt")
        assert (limited.status, limited.error_kind) == (Status.FAILED, "RateLimited")
        assert limited.retry_at == pytest.approx(datetime.now(UTC) + timedelta(minutes=5), abs=timedelta(minutes=1))
    with FakeGdelt([]) as service:
        assert collect(service, path, "gdelt").status is Status.OK


def test_v2ex_topics_replies_and_tokens(collect: Collect) -> None:
    topics = [
        {
            "id": n,
            "title": f"主题 {n}",
            "content": "正文",
            "replies": n % 2,
            "created": BEGIN + n,
            "member": {"username": "u"},
        }
        for n in range(1, 4)
    ]
    replies = {
        str(n): [{"id": 50 + n, "content": f"回复 {n}", "created": BEGIN + 60, "member": {"username": "v"}}]
        for n in range(4)
    }
    with FakeV2ex(topics, replies) as service:
        plain = collect(service, "", "v2ex")
        assert {one.external_id for one in plain.mentions} == {"1", "2", "3"}
        deep = collect(service, "/api/topics/latest.json", "v2ex", replies=True)
        assert {one.external_id for one in deep.mentions} == {"1", "2", "3", "reply-51", "reply-53"}
        assert next(one for one in deep.mentions if one.external_id == "reply-51").extra["topic"] == "主题 1"
        paged = collect(service, "/api/v2/nodes/x/topics", "v2ex", token="t0ken")
        assert len(paged.mentions) == 3
        refused = collect(service, "/api/v2/nodes/x/topics", "v2ex")
        assert (refused.status, refused.error_kind) == (Status.FAILED, "Forbidden")


def test_stackexchange_is_gzipped_and_its_backoff_obeyed(collect: Collect) -> None:
    items = [
        {
            "question_id": n,
            "title": f"Q {n}",
            "body": "<p>b</p>",
            "creation_date": BEGIN + n,
            "score": n,
            "owner": {"display_name": "o"},
        }
        for n in range(5)
    ]
    with FakeStackExchange(items) as service:
        collected = collect(service, "/2.3/questions?site=stackoverflow", "stackexchange")
        assert (len(collected.mentions), collected.requests) == (5, 2)
        service.backoff = 1800
        slow = collect(service, "/2.3/questions?site=stackoverflow", "stackexchange")
        assert (slow.status, slow.requests, slow.ttl) == (Status.OK, 1, timedelta(minutes=30))
        assert not slow.missed
        service.items = [{**item, "question_id": 100 + n} for n, item in enumerate(items)]
        assert collect(service, "/2.3/questions", "stackexchange", state=collected.state).missed
        service.fail_with(
            Reply(
                {
                    "error_id": 502,
                    "error_message": "too many requests, more requests available in 60 seconds",
                    "error_name": "throttle_violation",
                }
            )
        )
        throttled = collect(service, "/2.3/questions", "stackexchange")
        assert (throttled.error_kind, throttled.retry_at is not None) == ("RateLimited", True)


def test_discourse_posts_search_and_topics(collect: Collect) -> None:
    posts = [
        {
            "id": n,
            "username": "u",
            "created_at": f"2026-11-21T10:{n:02}:00Z",
            "cooked": f"<p>帖子 {n}</p>",
            "topic_id": 1,
            "post_number": n,
            "topic_title": "话题",
        }
        for n in range(1, 8)
    ]
    topics = [
        {"id": n, "title": f"话题 {n}", "slug": "t", "posts_count": 2, "created_at": "2026-11-21T10:00:00Z"}
        for n in range(1, 6)
    ]
    with FakeDiscourse(posts, topics) as service:
        assert len(collect(service, "", "discourse").mentions) == 7
        assert service.queries("before")[0] is None
        assert len(collect(service, "/search.json?q=x", "discourse").mentions) == 7
        assert len(collect(service, "/latest", "discourse").mentions) == 5
        missing = collect(service, "/c/none.json", "discourse")
        assert missing.status is Status.FAILED
        assert "404" in (missing.error or "")


def test_lemmy_posts_and_comments(collect: Collect) -> None:
    posts = [
        {
            "post": {"id": n, "name": f"P {n}", "published": "2026-11-21T10:00:00Z"},
            "creator": {"name": "c"},
            "counts": {"comments": 1},
        }
        for n in range(1, 5)
    ]
    comments = [
        {"comment": {"id": n, "content": f"C {n}", "published": "2026-11-21T10:00:00Z"}, "post": {"name": "P"}}
        for n in range(3)
    ]
    with FakeLemmy(posts, comments) as service:
        assert len(collect(service, "/api/v3/search?q=x", "lemmy").mentions) == 7
        assert len(collect(service, "/api/v3/post/list", "lemmy").mentions) == 4
        assert service.queries("page_cursor")[-1] == "P1"


def test_reddit_feed_and_app(collect: Collect) -> None:
    def respond(path: str, query: Query) -> Reply:
        if path == "/api/v1/access_token":
            return Reply({"access_token": "T", "token_type": "bearer", "expires_in": 86400})
        if path.endswith(".rss"):
            empty = "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title></feed>"
            return Reply(empty if query.get("after") else REDDIT_FEED, content_type="application/atom+xml")
        child = {
            "kind": "t3",
            "data": {"name": f"t3_{query.get('after', 'a')}", "title": "LarkTea", "score": 5, "num_comments": 1},
        }
        return Reply({"kind": "Listing", "data": {"after": None if query.get("after") else "b", "children": [child]}})

    with Scripted(respond) as service:
        feed = collect(service, "/r/tea/.rss", "reddit")
        assert (feed.status, len(feed.mentions), feed.ttl) == (Status.OK, 2, timedelta(minutes=10))
        app = collect(service, "", "reddit", brands=(LARK,), client_id="id", client_secret="geheim", depth=5)
        assert (app.status, [one.likes for one in app.mentions]) == (Status.OK, [5, 5])
        token, *listings = service.asked[-3:]
        assert (token.method, token.body) == ("POST", b"grant_type=client_credentials")
        assert all(asked.headers["authorization"] == "bearer T" for asked in listings)
        service.fail_with(Reply({"message": "Unauthorized", "error": 401}, status=401))
        assert collect(service, "", "reddit", brands=(LARK,), client_id="id").error_kind == "Forbidden"


@pytest.mark.parametrize("kind", ["google_news", "rsshub"])
def test_feeds_with_habits(collect: Collect, kind: str) -> None:
    with Scripted(lambda path, query: Reply(NEWS_FEED, content_type="application/xml")) as service:
        assert len(collect(service, "/rss/search?q=x", kind).mentions) == 2


def test_a_file_at_an_address(collect: Collect) -> None:
    table = "标题,评论内容,打分,何时\n好,很好喝,8,2026-11-20 10:00\n".encode("gb18030")
    with Scripted(lambda path, query: Reply(table, content_type="text/csv")) as service:
        (mention,) = collect(service, "/a.csv", "file", map={"打分": "rating/10", "何时": "published_at"}).mentions
        assert (mention.text, mention.rating) == ("很好喝", 4.0)
        assert mention.published_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
        wrong = collect(service, "/a.csv", "file", map={"打分": "rating", "何时": "published_at"})
        assert wrong.status is Status.FAILED
        assert "row 2, column '打分'" in (wrong.error or "")


def test_an_inbox_has_nothing_to_fetch(collect: Collect) -> None:
    with Scripted(lambda path, query: Reply({})) as service:
        collected = collect(service, "/", "inbox", state=SourceState())
        assert (collected.status, collected.mentions, service.asked) == (Status.OK, (), [])


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"inbox"}))
@pytest.mark.parametrize(
    "where", ["http://127.0.0.1:8899/x", "http://localhost:8899/x", "http://[::1]:8899/x", "http://10.0.0.1/x"]
)
def test_no_kind_reaches_this_machine_or_its_network_unless_an_admin_listed_it(
    pool: ParserPool, kind: str, where: str
) -> None:
    with Fetcher(Limits(total=5)) as fetcher:
        source = Source(1, where, kind, "news")
        now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        refused = collecting.collect(source, SourceState(), fetcher=fetcher, pool=pool, now=now)
    assert (refused.status, refused.error_kind) == (Status.FAILED, "AddressRefused")
    assert "only public addresses are fetched" in (refused.error or "")
    assert "FENGPING_ALLOW_HOSTS" in (refused.advice or "")


PAGED = {
    "hackernews": (lambda: FakeHackerNews(stories(9)), "/api/v1/search_by_date?query=x"),
    "mastodon": (lambda: FakeMastodon(statuses(9)), "/api/v1/timelines/tag/tea"),
}


@pytest.mark.parametrize("kind", PAGED)
def test_pages_of_an_address_with_a_password_are_all_read_and_it_is_told_to_nobody(pool: ParserPool, kind: str) -> None:
    service_of, path = PAGED[kind]
    with service_of() as service, Fetcher(Limits(total=20), allow_hosts=[service.site.host]) as fetcher:
        source = Source(1, f"http://ann:s3cret@{service.site.host}{path}", kind, "forum")
        now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        found = collecting.collect(source, SourceState(), fetcher=fetcher, pool=pool, now=now)
    assert found.requests > 1
    assert len(found.mentions) == 9
    assert all(asked.headers.get("authorization", "").startswith("Basic ") for asked in service.asked)
    assert "s3cret" not in repr(found)


def test_stackexchange_says_in_an_error_400_how_long_to_wait(collect: Collect) -> None:
    with FakeStackExchange([]) as service:
        said = {"error_id": 502, "error_name": "throttle_violation",
                "error_message": "too many requests from this IP, more requests available in 3600 seconds"}  # fmt: skip
        service.fail_with(Reply(said, status=400, encoding="gzip"))
        limited = collect(service, "/2.3/questions?site=stackoverflow", "stackexchange")
    assert (limited.status, limited.error_kind) == (Status.FAILED, "RateLimited")
    assert "HTTP 400" in (limited.error or "")
    assert limited.retry_at == datetime(2026, 11, 21, 13, tzinfo=UTC)

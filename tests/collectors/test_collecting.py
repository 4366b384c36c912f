"""One collection after another of sources that answer well and badly."""

import time
from datetime import timedelta
from typing import Any

import pytest

from collectors import collecting
from collectors.collecting import collect
from collectors.fetcher import Fetcher
from collectors.finishing import SEEN, mark
from collectors.kinds import KINDS
from collectors.parsing import ParserPool
from collectors.records import Brand, Source, SourceState, Status
from collectors.seams import Document, Limits, Request
from errors import ParseError, RateLimited
from tests.collectors.collected import NOW, Pages, feed, ids, pages, run
from tests.collectors.in_process import InProcess
from tests.fakes.site import FakeSite, entry, rss


def test_a_first_collection_and_a_304(site: FakeSite) -> None:
    site.add("/feed", feed(3, 1, 2), etag='"1"')
    first = run(site)
    assert (first.status, ids(first), first.title) == (Status.OK, ["1", "2", "3"], "A feed")
    assert len(first.norms) == 3
    assert (first.state.etag, first.state.failures, first.state.last_success_at) == ('"1"', 0, NOW)
    later = NOW + timedelta(minutes=15)
    second = run(site, state=first.state, now=later)
    assert (second.status, second.mentions, second.error) == (Status.NOT_MODIFIED, (), None)
    assert second.state.etag == '"1"'
    assert second.state.last_success_at == later
    assert site.requests[1].headers["if-none-match"] == '"1"'


def test_other_brands_mean_reading_everything_again(site: FakeSite) -> None:
    site.add("/feed", feed(1), etag='"1"')
    first = run(site, brands=[Brand(1, "A")])
    assert run(site, state=first.state, brands=[Brand(1, "A")]).status is Status.NOT_MODIFIED
    assert ids(run(site, state=first.state, brands=[Brand(1, "A", ("a",))])) == ["1"]


@pytest.mark.parametrize(
    ("status", "ends", "kind"),
    [(404, Status.FAILED, "HTTPStatusError"), (410, Status.GONE, "Gone"), (403, Status.FAILED, "Forbidden"),
     (500, Status.FAILED, "HTTPStatusError"), (429, Status.FAILED, "RateLimited")],
)  # fmt: skip
def test_failing_is_a_value(site: FakeSite, status: int, ends: Status, kind: str) -> None:
    site.add("/feed", feed(1), etag='"1"').then_fail(status, retry_after="60")
    before = run(site).state
    failed = run(site, state=before)
    assert (failed.status, failed.error_kind, failed.mentions) == (ends, kind, ())
    assert f"HTTP {status}" in (failed.error or "")
    assert failed.advice
    assert failed.retry_at is not None or kind == "Gone"
    assert failed.state.failures == 1
    assert (failed.state.etag, failed.state.last_success_at) == (before.etag, before.last_success_at)


def test_a_page_where_a_feed_was_is_a_failure_that_names_the_status(site: FakeSite) -> None:
    site.add("/feed", "<html><title>Log in</title><input type='password'></html>", content_type="text/html")
    failed = run(site)
    assert failed.status is Status.FAILED
    assert "login page" in (failed.error or "")
    assert "HTTP 200" in (failed.error or "")


def test_a_source_that_found_no_free_parser_did_not_fail_by_itself(site: FakeSite) -> None:
    site.add("/feed", feed(1))
    limits = Limits(total=1, parse=0.5)
    source = Source(1, site.url("/feed"), "feed", "news")
    before = SourceState(failures=2)
    with (
        Fetcher(limits, allow_hosts=[site.host]) as fetcher,
        ParserPool(1, limits=limits) as pool,
        pool._place(False, time.monotonic() + 60),
    ):
        ended = collect(source, before, fetcher=fetcher, pool=pool, now=NOW)
    assert (ended.status, ended.error_kind, ended.state.failures) == (Status.FAILED, "Crowded", 2)
    assert "other sources' documents" in (ended.error or "")
    assert "PARSE_PROCESSES" in (ended.advice or "")


def test_recovering_resets_the_count(site: FakeSite) -> None:
    site.add("/feed", feed(1), status=500).then(feed(1))
    failed = run(site)
    assert run(site, state=failed.state).state.failures == 0


def test_moves_are_told_once_they_work(site: FakeSite) -> None:
    site.add("/new", feed(1)).redirect("/feed", "/new", status=301).redirect("/gone", "/nowhere", status=301)
    assert run(site).moved_to == site.url("/new")
    assert run(site, "/gone").moved_to is None
    site.redirect("/tmp", "/new", status=302)
    assert run(site, "/tmp").moved_to is None


def test_freshness_is_told(site: FakeSite) -> None:
    site.add("/feed", rss(more="<ttl>30</ttl>"), headers={"Cache-Control": "max-age=60"})
    assert run(site).ttl == timedelta(minutes=30)
    site.add("/feed", rss(more="<ttl>999999</ttl>"))
    assert run(site).ttl == timedelta(days=1)


def test_a_cap_is_told(site: FakeSite) -> None:
    site.add("/feed", feed(*range(9)))
    assert run(site).capped is None
    capped = run(site, limits=Limits(max_entries=4))
    assert (len(capped.mentions), capped.capped) == (4, 5)


def test_what_came_and_went_between_two_polls_is_said(site: FakeSite) -> None:
    site.add("/feed", feed(1, 2)).then(feed(3, 2)).then(feed(8, 7))
    first = run(site)
    second = run(site, state=first.state)
    third = run(site, state=second.state)
    assert [first.missed, second.missed, third.missed] == [False, False, True]


def test_pages_that_end_before_what_is_known_have_lost_what_came_in_between(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"), b=("7 6", ""))
    first = run(site, "/a", kind="pages")
    pages(site, a=("13 12", "/b"), b=("11 9", ""))
    assert not run(site, "/a", kind="pages", state=first.state).missed
    pages(site, a=("23 22", "/b"), b=("21 20", ""))
    assert run(site, "/a", kind="pages", state=first.state).missed
    assert not run(site, "/a", kind="pages").missed  # a first time


def test_settings_that_are_wrong_fail_the_source_in_words(site: FakeSite) -> None:
    failed = run(site, kind="no such kind")
    assert failed.status is Status.FAILED
    assert "no such kind" in (failed.error or "")


class Polite(Pages):
    name = "polite"

    def first_requests(self, source: Source, state: SourceState, **how: Any) -> list[Request]:
        return [Request(source.url, robots=True)]


@pytest.mark.parametrize(
    ("status", "rules", "ends"),
    [
        (404, "", Status.OK),
        (403, "", Status.OK),
        (200, "User-agent: *\nDisallow: /b", Status.OK),
        (200, "User-agent: *\nDisallow: /a", Status.FAILED),
        (200, "User-agent: fengping\nDisallow: /", Status.FAILED),
        (200, "User-agent: *\nDisallow: /\n\nUser-agent: Fengping\nAllow: /", Status.OK),
        (500, "", Status.FAILED),
    ],
)
def test_robots_are_obeyed(
    monkeypatch: pytest.MonkeyPatch, site: FakeSite, status: int, rules: str, ends: Status
) -> None:
    monkeypatch.setitem(KINDS, "polite", Polite())
    pages(site, a=("1", ""))
    site.add("/robots.txt", rules, status=status, content_type="text/plain")
    found = run(site, "/a", kind="polite")
    assert found.status is ends
    assert ("/a" in site.paths) == (ends is Status.OK)
    assert ends is Status.OK or "robots.txt" in (found.error or "")


def test_robots_are_asked_of_where_a_redirect_leads(monkeypatch: pytest.MonkeyPatch, site: FakeSite) -> None:
    monkeypatch.setitem(KINDS, "polite", Polite())
    pages(site, b=("1", ""))
    site.add("/a", status=302, headers={"Location": "/b"})
    site.add("/robots.txt", "User-agent: *\nDisallow: /b", content_type="text/plain")
    assert run(site, "/a", kind="polite").error_kind == "Forbidden"
    assert site.paths == ["/robots.txt", "/a"]


def test_robots_are_asked_within_what_time_the_source_has_left(monkeypatch: pytest.MonkeyPatch, site: FakeSite) -> None:
    monkeypatch.setitem(KINDS, "polite", Polite())
    pages(site, b=("1", ""))
    site.add("/a", status=302, headers={"Location": f"http://localhost:{site.port}/b"})
    deadlines: dict[str, float | None] = {}

    class Noting(Fetcher):
        def get(self, url: str, **how: Any) -> Document:
            deadlines[url] = how.get("deadline")
            return super().get(url, **how)

    started = time.monotonic()
    limits = Limits(total=20.0)
    with Noting(limits, allow_hosts=[site.host, f"localhost:{site.port}"]) as fetcher:
        source = Source(1, site.url("/a"), "polite", "news")
        assert collect(source, SourceState(), fetcher=fetcher, pool=InProcess(), brands=[], now=NOW).mentions
    asked = [site.url("/robots.txt"), site.url("/a"), f"http://localhost:{site.port}/robots.txt"]
    assert list(deadlines) == asked
    assert all(ends is not None and ends <= started + limits.total for ends in deadlines.values())


def test_hosts_are_waited_for_before_every_request_and_that_costs_the_source_nothing(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"), b=("7", ""))
    waited: list[str] = []
    with Fetcher(Limits(), allow_hosts=[site.host]) as fetcher:
        collect(
            Source(1, site.url("/a"), "pages", "news"), SourceState(), fetcher=fetcher, pool=InProcess(), now=NOW,
            wait_host=waited.append,
        )  # fmt: skip
    assert waited == [site.host, site.host]


def test_credentials_of_a_source_are_sent_and_appear_nowhere(site: FakeSite) -> None:
    site.add("/feed", feed(1), status=500)
    source = Source(1, f"http://ann:s3cret@{site.host}/feed", "feed", "news")
    with Fetcher(Limits(), allow_hosts=[site.host]) as fetcher:
        failed = collect(source, SourceState(), fetcher=fetcher, pool=InProcess(), now=NOW)
    assert site.requests[0].headers["authorization"].startswith("Basic ")
    assert "s3cret" not in repr(failed)


def test_an_identity_that_others_begin_to_share_is_no_gap(site: FakeSite) -> None:
    site.add("/feed", rss(entry("One", "a", guid="S"))).then(
        rss(
            entry("Two", "b", guid="S", link="http://a.example/2"),
            entry("One", "a", guid="S", link="http://a.example/1"),
        )
    )
    site.then(rss(entry("Four", "d", guid="4"), entry("Three", "c", guid="3")))
    first = run(site)
    shared = run(site, state=first.state)
    assert (len(shared.mentions), shared.missed) == (2, False)
    assert run(site, state=shared.state).missed


@pytest.mark.parametrize("redirected", [False, True])
def test_credentials_go_with_every_page_of_their_host_and_appear_nowhere(site: FakeSite, redirected: bool) -> None:
    with FakeSite() as other:
        pages(site, a=("9 8", "/b"), b=("7 6", ""), more=("5", ""))
        pages(other, x=("1", ""))
        if redirected:
            site.redirect("/start", "/a")
        source = Source(1, f"http://ann:s3cret@{site.host}/{'start' if redirected else 'a'}", "pages", "news",
                        options={"also": ["more"]})  # fmt: skip
        with Fetcher(Limits(), allow_hosts=[site.host, other.host]) as fetcher:
            found = collect(source, SourceState(), fetcher=fetcher, pool=InProcess(), now=NOW)
    assert sorted(ids(found)) == ["5", "6", "7", "8", "9"]
    assert all(asked.headers.get("authorization", "").startswith("Basic ") for asked in site.requests)
    assert "s3cret" not in repr(found)


class Explains(Pages):
    name = "explains"

    def refuse(self, document: Document) -> None:
        if b"slow" in document.body:
            raise RateLimited("slower, please", status=200, retry_at=NOW + timedelta(minutes=9))
        if b"wrong" in document.body:
            raise ParseError("no such query")


@pytest.mark.parametrize(
    ("status", "body", "kind", "said", "wait"),
    [
        (400, '{"e": "slow"}', "RateLimited", "HTTP 400: bad request: slower, please", 9),
        (400, '{"e": "wrong"}', "HTTPStatusError", "HTTP 400: bad request: no such query", None),
        (403, '{"e": "wrong"}', "Forbidden", "HTTP 403: the server forbids it: no such query", None),
        (500, "not json", "HTTPStatusError", "HTTP 500: internal server error", None),
        (500, '{"slow": "' + "x" * 20_000 + '"}', "HTTPStatusError", "HTTP 500: internal server error", None),
        (410, '{"e": "slow"}', "Gone", "HTTP 410: the source has ended", None),
    ],
)
@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_what_a_service_says_of_its_failure_is_heard(
    monkeypatch: pytest.MonkeyPatch, site: FakeSite, status: int, body: str, kind: str, said: str, wait: int | None,
    encoding: str | None,
) -> None:  # fmt: skip
    monkeypatch.setitem(KINDS, "explains", Explains())
    site.add("/a", body, status=status, content_type="application/json", encoding=encoding)
    failed = run(site, "/a", kind="explains")
    assert (failed.error_kind, failed.error) == (kind, said)
    assert failed.retry_at == (NOW + timedelta(minutes=wait) if wait else None)


def test_a_failure_that_says_no_more_in_time_is_the_failure_it_is(site: FakeSite) -> None:
    site.raw("/cut", b"HTTP/1.1 500 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
    site.hang("/hang", after=b"HTTP/1.1 502 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
    assert "HTTP 500" in (run(site, "/cut").error or "")
    assert "HTTP 502" in (run(site, "/hang").error or "")


class Several(Pages):
    """Asks for several lists at once, as a search for several names does."""

    name = "several"

    def first_requests(self, source: Source, state: SourceState, **how: Any) -> list[Request]:
        return [Request(source.url), Request(source.url.replace("/a", "/c"))]


def test_what_was_heard_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch, site: FakeSite) -> None:
    monkeypatch.setitem(KINDS, "several", Several())
    pages(site, a=("9 8", "/b"), b=("7", ""))
    site.add("/c", "", status=503)
    failed = run(site, "/a", kind="several")
    assert (failed.status, failed.error_kind, sorted(ids(failed))) == (
        Status.FAILED,
        "HTTPStatusError",
        ["7", "8", "9"],
    )
    assert len(failed.norms) == 3


def test_what_is_remembered_of_several_lists_has_its_bound(monkeypatch: pytest.MonkeyPatch, site: FakeSite) -> None:
    """One of them never changes, and what was known of it goes on being known: not for ever with all of the others."""
    monkeypatch.setitem(KINDS, "several", Several())
    monkeypatch.setattr(collecting, "NEWEST_KEPT", 3)
    site.add("/c", "7\n6\n", etag='"1"')
    state = None
    for newest in range(10, 30):
        pages(site, a=(f"{newest} {newest - 1}", ""))
        state = run(site, "/a", state, kind="several").state
    assert state is not None
    assert state.cursor[SEEN] == [mark(str(number)) for number in range(29, 23, -1)]


def test_an_address_with_an_at_in_its_path_moves_and_one_with_a_password_does_not(site: FakeSite) -> None:
    site.add("/new", feed(1)).redirect("/@ann", "/new", status=301)
    assert run(site, "/@ann").moved_to == site.url("/new")
    source = Source(1, f"http://ann:s3cret@{site.host}/@ann", "feed", "news")
    with Fetcher(Limits(), allow_hosts=[site.host]) as fetcher:
        found = collect(source, SourceState(), fetcher=fetcher, pool=InProcess(), now=NOW)
    assert (found.status, found.moved_to) == (Status.OK, None)

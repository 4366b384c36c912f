"""The fetcher against a real server that behaves badly, and against a fake network that is a function."""

import gzip
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpcore
import httpx
import pytest

from collectors import answers
from collectors.fetcher import Fetcher
from collectors.seams import Limits
from errors import AddressRefused, CollectError, FetchError, Forbidden, Gone, HTTPStatusError, RateLimited, TimedOut
from tests.fakes.site import FakeSite, entry, rss

FEED = rss(entry("A", "a", guid="1"))
QUICK = Limits(total=1.5, connect=0.5, parse=0.5, max_bytes=200_000)


def fetch(site: FakeSite, path: str, limits: Limits = QUICK, **how: object) -> object:
    with Fetcher(limits, allow_hosts=[site.host]) as fetcher:
        return fetcher.get(site.url(path), **how)  # type: ignore[arg-type]


def network(answer: object) -> Fetcher:
    """A fetcher whose network is a function."""
    return Fetcher(transport=httpx.MockTransport(answer))  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", [None, "gzip", "deflate"])
def test_a_document_arrives_whole(encoding: str | None) -> None:
    with FakeSite() as site, Fetcher(allow_hosts=[site.host], user_agent="Fengping/1 (test)") as fetcher:
        site.add("/feed", FEED, encoding=encoding, etag='"1"')
        document = fetcher.get(site.url("/feed#part"))
        assert document.body.decode() == FEED
        assert document.headers["etag"] == '"1"'
        assert document.url == site.url("/feed")
        assert site.requests[0].headers["user-agent"] == "Fengping/1 (test)"
        assert "cookie" not in site.requests[0].headers


@pytest.mark.parametrize(
    "body",
    [zlib.compress(FEED.encode())[2:-4], zlib.compress(FEED.encode())],
    ids=["bare deflate", "zlib deflate"],
)
def test_deflate_in_both_its_forms(body: bytes) -> None:
    with FakeSite() as site:
        site.add("/feed", body, headers={"Content-Encoding": "deflate"})
        assert fetch(site, "/feed").body.decode() == FEED  # type: ignore[attr-defined]


def test_gzip_in_members_mislabelled_and_as_a_file() -> None:
    with FakeSite() as site:
        half = len(FEED) // 2
        site.add("/members", gzip.compress(FEED[:half].encode()) + gzip.compress(FEED[half:].encode()) + b"\0\0",
                 headers={"Content-Encoding": "x-gzip"})  # fmt: skip
        site.add("/plain", FEED, headers={"Content-Encoding": "gzip"})
        site.add("/file.gz", gzip.compress(FEED.encode()), content_type="application/gzip")
        site.add("/twice", gzip.compress(gzip.compress(FEED.encode())), headers={"Content-Encoding": "gzip, gzip"})
        for path in ("/members", "/plain", "/file.gz", "/twice"):
            assert fetch(site, path).body.decode() == FEED, path  # type: ignore[attr-defined]


def test_validators_are_sent_and_304_is_an_answer() -> None:
    with FakeSite() as site, Fetcher(allow_hosts=[site.host]) as fetcher:
        site.add("/feed", FEED, etag='"x"')
        assert fetcher.get(site.url("/feed"), etag='"x"').not_modified
        assert not fetcher.get(site.url("/feed"), etag='"y"').not_modified
        site.add("/dated", FEED, last_modified="Sat, 21 Nov 2026 10:00:00 GMT")
        assert fetcher.get(site.url("/dated"), last_modified="Sat, 21 Nov 2026 10:00:00 GMT").not_modified


def test_what_headers_hold_beyond_ascii_goes_back_as_it_came() -> None:
    with FakeSite() as site, Fetcher(allow_hosts=[site.host]) as fetcher:
        site.add("/odd", FEED, etag='"\xe9"').add("/%E6%96%B0%E9%97%BB", FEED)
        assert fetcher.get(site.url("/odd"), etag='"\xe9"').not_modified
        site.redirect("/moved", "/新闻".encode().decode("latin-1"))
        assert fetcher.get(site.url("/moved")).body.decode() == FEED


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Forbidden), (403, Forbidden), (404, HTTPStatusError), (410, Gone), (429, RateLimited), (451, Forbidden),
     (500, HTTPStatusError), (503, HTTPStatusError), (204, FetchError), (206, FetchError), (304, FetchError), (999, HTTPStatusError)],
)  # fmt: skip
def test_a_status_is_named(status: int, error: type[CollectError]) -> None:
    with FakeSite() as site:
        site.add("/x", "body", status=status)
        with pytest.raises(error, match=f"HTTP {status}") as raised:
            fetch(site, "/x")
        assert type(raised.value) is error


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        ("Saturday, 21-Nov-26 13:00:00 GMT", timedelta(hours=1)),
        ("99999999", answers.LONGEST_RETRY),
        ("9" * 30, answers.LONGEST_RETRY),
        ("0", None), ("-5", None), ("soon", None), ("", None), (format_datetime(NOW - timedelta(1)), None),
    ],
)  # fmt: skip
def test_retry_after(value: str, wait: timedelta | None) -> None:
    assert answers.retry_at({"retry-after": value}, NOW) == (None if wait is None else NOW + wait)


def test_retry_after_comes_with_the_error() -> None:
    with FakeSite() as site:
        site.add("/x", FEED).then_fail(503, retry_after="60")
        fetch(site, "/x")
        with pytest.raises(RateLimited) as raised:
            fetch(site, "/x")
        assert raised.value.retry_at is not None


def test_cache_control() -> None:
    assert answers.fresh_for({"cache-control": "public, max-age=600", "age": "100"}) == timedelta(seconds=500)
    assert answers.fresh_for({"cache-control": "max-age=999999999"}) == answers.LONGEST_TTL
    for value in ("no-cache, max-age=600", "no-store", "max-age=0", "max-age=x", ""):
        assert answers.fresh_for({"cache-control": value}) is None


@pytest.mark.parametrize(("status", "kept"), [(301, True), (308, True), (302, False), (303, False), (307, False)])
def test_only_permanent_moves_are_remembered(status: int, kept: bool) -> None:
    with FakeSite() as site:
        site.add("/new", FEED).redirect("/old", "/new", status=status)
        document = fetch(site, "/old")
        assert document.permanent_url == (site.url("/new") if kept else None)  # type: ignore[attr-defined]


def test_a_permanent_move_counts_up_to_the_first_temporary_one() -> None:
    with FakeSite() as site:
        site.add("/c", FEED).redirect("/a", "/b", status=301).redirect("/b", "/c", status=302)
        document = fetch(site, "/a")
        assert document.permanent_url == site.url("/b")  # type: ignore[attr-defined]
        assert document.url == site.url("/c")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.com/", "data:text/xml,x", "gopher://x/", "http://169.254.169.254/",
               "http://127.0.0.1:1/", "http://[::1]/", "//10.0.0.1/x", "http://0x7f.1/", "javascript:1", "http://a:99999/"]
)  # fmt: skip
def test_redirects_are_judged_like_the_first_address(target: str) -> None:
    with FakeSite() as site:
        site.redirect("/x", target)
        with pytest.raises(AddressRefused, match="HTTP 302"):
            fetch(site, "/x")


def test_redirect_loops_and_long_chains_end() -> None:
    with FakeSite() as site:
        site.redirect("/a", "/b").redirect("/b", "/a").redirect("/self", "/self").redirect("/empty", "")
        for number in range(20):
            site.redirect(f"/{number}", f"/{number + 1}")
        for path in ("/a", "/self", "/0", "/empty"):
            with pytest.raises(FetchError, match="redirect"):
                fetch(site, path)
        assert len(site.asked("/9")) <= 1


@pytest.mark.parametrize("host", ["xn--i-7iq.ws", "xn--a", "xn--a.example:8080"])
def test_a_name_that_idna_cannot_read_is_asked_as_it_is_written(host: str) -> None:
    asked: list[tuple[str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["host"], request.url.raw_host))
        return httpx.Response(200, content=FEED.encode())

    with network(answer) as fetcher:
        assert fetcher.get(f"http://{host}/feed").body.decode() == FEED
    assert asked == [(host, host.partition(":")[0].encode())]


def test_a_redirect_loop_in_a_fake_network() -> None:
    def on_and_on(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": str(request.url.copy_add_param("n", "1"))})

    with network(on_and_on) as fetcher, pytest.raises(FetchError, match="more than 8 redirects"):
        fetcher.get("http://example.com/")


def test_credentials_stay_with_their_origin() -> None:
    with FakeSite() as site, FakeSite() as other, Fetcher(allow_hosts=[site.host, other.host]) as fetcher:
        other.add("/x", FEED)
        site.redirect("/near", "/far").redirect("/far", other.url("/x"))
        fetcher.get(f"http://ann:secret@{site.host}/near")
        assert [asked.headers.get("authorization", "")[:6] for asked in site.requests] == ["Basic ", "Basic "]
        assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize("mode", ["hang", "hang after headers", "drip", "drip headers"])
def test_slow_servers_end_on_time(mode: str) -> None:
    with FakeSite() as site:
        if mode == "hang":
            site.hang("/x")
        elif mode == "hang after headers":
            site.hang("/x", after=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        else:
            site.drip("/x", FEED.encode(), every=0.1, headers_too=mode.endswith("headers"))
        started = time.monotonic()
        with pytest.raises(TimedOut):
            fetch(site, "/x")
        assert time.monotonic() - started < 10  # it would take a minute


def test_what_is_too_much_is_left() -> None:
    with FakeSite() as site:
        site.endless("/endless").gzip_bomb("/bomb", 40).gzip_bomb("/layers", 40, layers=2)
        site.on("/declared", lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"))
        for path in ("/endless", "/bomb", "/layers", "/declared"):
            with pytest.raises(FetchError, match="HTTP 200: too large"):
                fetch(site, path)
        site.endless_headers("/headers").many_headers("/many", 300).many_headers("/big", 2, size=90_000)
        for path in ("/headers", "/many", "/big"):
            with pytest.raises(FetchError):
                fetch(site, path)


def test_broken_answers_are_named() -> None:
    with FakeSite() as site:
        site.reset("/reset").reset("/mid", after=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<rss>")
        site.raw("/garbage", b"\x00\x01\x02 hello\r\n\r\n").raw("/nothing")
        site.raw("/chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n<rss><cha")
        site.raw("/size", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>")
        site.add("/br", FEED, headers={"Content-Encoding": "br"})
        site.add("/cut", gzip.compress(FEED.encode())[:-30], headers={"Content-Encoding": "gzip"})
        for path in ("/reset", "/mid", "/garbage", "/nothing", "/chunk", "/size", "/br", "/cut"):
            with pytest.raises(FetchError) as raised:
                fetch(site, path)
            assert len(str(raised.value)) > 10, path


def test_a_document_that_is_whole_survives_a_wrong_length() -> None:
    with FakeSite() as site:
        site.raw("/long", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + FEED.encode())
        site.raw("/old", b"HTTP/1.0 200 OK\r\n\r\n" + FEED.encode())
        for path in ("/long", "/old"):
            assert fetch(site, path).body.decode() == FEED  # type: ignore[attr-defined]


def test_a_kept_connection_that_the_server_closed_is_tried_once_more() -> None:
    with FakeSite() as site, Fetcher(allow_hosts=[site.host]) as fetcher:
        site.raw("/x").then(FEED)
        assert fetcher.get(site.url("/x")).status == 200


def test_nobody_listens() -> None:
    with FakeSite() as site:
        host = site.host
    with Fetcher(QUICK, allow_hosts=[host]) as fetcher, pytest.raises(FetchError, match="refused the connection"):
        fetcher.get(f"http://{host}/")


def test_plain_http_where_tls_was_expected() -> None:
    with (
        FakeSite() as site,
        Fetcher(QUICK, allow_hosts=[site.host]) as fetcher,
        pytest.raises(FetchError, match="connection"),
    ):
        fetcher.get(f"https://{site.host}/")


@pytest.mark.parametrize(
    "error",
    [httpcore.ConnectError("x"), httpcore.ReadTimeout("x"), httpcore.RemoteProtocolError("x"), httpcore.ReadError("x"),
     httpcore.PoolTimeout("x"), httpcore.UnsupportedProtocol("x"), httpx.ConnectTimeout("x"), httpx.ReadError("x"),
     httpx.InvalidURL("x"), httpx.DecodingError("x"), httpcore.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] expired")],
)  # fmt: skip
def test_every_error_of_the_library_is_ours(error: Exception) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with network(fail) as fetcher, pytest.raises(FetchError):
        fetcher.get("http://example.com/")

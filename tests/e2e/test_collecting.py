"""Sources by the command: added, tried, collected, failing, resting, gone."""

import http.client
import socket
import subprocess
import time
from contextlib import closing

from tests.e2e.command import COLUMNS, exported, rss

SOURCE_FIELDS = {"id", "url", "kind", "channel", "brand", "status", "last_error", "last_success_at", "next_check_at",
                 "new", "changed", "total", "capped"}  # fmt: skip


def test_from_a_feed_to_an_export(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶太难喝"), ("2", "Lark Tea is lovely"), ("3", "nothing of ours")]))
    fengping.well("brand", "add", "云雀奶茶", "--alias", "Lark Tea")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--channel", "blog")
    before = fengping.well("source", "list", "--json").objects[0]
    assert set(before) >= SOURCE_FIELDS
    assert (before["status"], before["last_error"], before["last_success_at"]) == (None, None, None)
    assert site.paths == []

    after = fengping.well("collect", "--once", "--no-read", "--json").objects
    assert [(one["status"], one["new"], one["changed"], one["total"], one["capped"]) for one in after] == [
        ("ok", 2, 0, 2, None)
    ]
    rows = exported(fengping)
    assert all(list(row) == COLUMNS for row in rows)
    assert {row["text"] for row in rows} == {"云雀奶茶太难喝", "Lark Tea is lovely"}
    assert {(row["sentiment"], row["p_negative"], row["channel"]) for row in rows} == {(None, None, "blog")}
    assert {row["published_at"] for row in rows} == {"2026-11-21T10:00:00Z"}
    assert fengping.well("brand", "list", "--json").objects[0]["mentions"] == 2


def test_a_failing_source_does_not_stop_the_others(fengping, site):
    site.add("/good", rss([("1", "云雀奶茶")]))
    site.add("/bad", "no feed at all")
    site.on("/broken", lambda exchange: exchange.send(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"))
    fengping.well("brand", "add", "云雀奶茶")
    for path in ("/bad", "/broken", "/good"):
        fengping.well("source", "add", site.url(path), "--kind", "feed")
    said = fengping("collect", "--once", "--no-read", "--json")
    assert said.code == 1
    assert "Traceback" not in said.out + said.err
    by_url = {one["url"].rpartition("/")[2]: one for one in said.objects}
    assert by_url["good"]["status"] == "ok"
    assert by_url["good"]["last_error"] is None
    assert (by_url["bad"]["status"], by_url["broken"]["status"]) == ("failed", "failed")
    assert "503" in by_url["broken"]["last_error"]
    assert by_url["bad"]["last_error"]
    said = fengping("collect", "--once", "--no-read")
    assert said.code == 0  # nothing is due


def test_gone_is_gone(fengping, site):
    site.on("/feed", lambda exchange: exchange.send(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"))
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    fengping("collect", "--once", "--no-read")
    one = fengping.well("source", "list", "--json").objects[0]
    assert one["status"] == "gone"
    assert "410" in one["last_error"]
    said = fengping("collect", "--source", "1", "--no-read")
    assert said.code == 1
    assert "gone" in said.err
    assert len(site.paths) == 1


def test_not_before_retry_after(fengping, site):
    site.on("/feed", lambda exchange: exchange.send(
        b"HTTP/1.1 429 Slow down\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"))  # fmt: skip
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    assert fengping("collect", "--once", "--no-read").code == 1
    said = fengping("collect", "--source", "1", "--no-read", "--json")
    assert said.code == 1
    assert "Retry-After" in said.err
    assert said.objects[0]["status"] == "failed"
    assert len(site.paths) == 1


def test_a_source_is_collected_by_hand_though_not_due(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶")]), headers={"ETag": '"1"'})
    fengping.well("brand", "add", "云雀奶茶")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--every", "1d")
    fengping.well("collect", "--once", "--no-read")
    assert fengping.well("collect", "--source", "1", "--no-read", "--json").objects[0]["new"] == 0
    assert len(site.paths) == 2


def test_two_sources_at_one_address_are_fetched_once(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶 and Hallon")]))
    for name in ("云雀奶茶", "Hallon"):
        fengping.well("brand", "add", name)
        fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--brand", name)
    fengping.well("collect", "--once", "--no-read")
    assert site.paths == ["/feed"]
    rows = exported(fengping)
    assert sorted((row["brand"], row["source"]) for row in rows) == [("Hallon", 2), ("云雀奶茶", 1)]
    assert len({row["copy_group"] for row in rows}) == 1


def test_a_source_added_later_at_the_same_address_costs_no_second_request(fengping, site):
    site.add("/feed", rss([("1", "Hallon cake")]), etag='"1"')
    fengping.well("brand", "add", "Hallon")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--every", "1s")
    fengping.well("collect", "--once", "--no-read")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--every", "1s", "--channel", "blog")
    time.sleep(1.2)  # the first is due again
    told = fengping.well("collect", "--once", "--no-read", "--json").objects
    assert [(one["status"], one["total"]) for one in told] == [("ok", 1), ("ok", 1)]
    assert site.paths == ["/feed", "/feed"]


def test_keep_all_keeps_what_names_no_brand(fengping, site):
    site.add("/feed", rss([("1", "no name here")]))
    fengping.well("brand", "add", "云雀奶茶")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--brand", "云雀奶茶", "--keep-all")
    fengping.well("collect", "--once", "--no-read")
    assert [row["brand"] for row in exported(fengping)] == ["云雀奶茶"]


def test_an_opml_is_imported_whole_without_a_request(fengping, site):
    outlines = "".join(f'<outline xmlUrl="{site.url(f"/{n}")}" text="f{n}"/>' for n in range(3))
    (fengping.folder / "feeds.opml").write_text(f"<opml><body><outline text='a'>{outlines}</outline></body></opml>")
    fengping.well("brand", "add", "云雀奶茶")
    given = ("--brand", "云雀奶茶", "--channel", "blog", "--every", "2h", "--keep-all")
    fengping.well("source", "import", "feeds.opml", *given)
    found = fengping.well("source", "list", "--json").objects
    assert [(one["channel"], one["brand"], one["every_seconds"], one["kind"]) for one in found] == [
        ("blog", "云雀奶茶", 7200, "feed")
    ] * 3
    again = fengping.well("source", "import", "feeds.opml", *given)
    assert ("0 sources added, 3 were already there" in again.out, "note" in again.err) == (True, False)
    other = fengping.well("source", "import", "feeds.opml", "--channel", "news")
    assert "3 sources added" in other.out
    assert "note: 3 of the addresses had a source already" in other.err
    assert site.paths == []


def test_what_an_opml_cannot_mean_is_named_and_keeps_nothing_else_out(fengping, site):
    bad = "\n<outline xmlUrl='ftp://u:secret@x/'/>\n<outline xmlUrl='here'/>\n"
    good = f"<outline xmlUrl='{site.url('/1')}'/>"
    for name, outlines in (("bad.opml", bad), ("mixed.opml", bad + good)):
        (fengping.folder / name).write_text(f"<opml><body>{outlines}</body></opml>")
    nothing = fengping("source", "import", "bad.opml")
    assert (nothing.code, "row 2, column 'xmlUrl': 'ftp://***@x/' is no" in nothing.err) == (2, True)
    mixed = fengping("source", "import", "mixed.opml")
    assert (mixed.code, mixed.out) == (1, "1 source added, 0 were already there, 2 refused\n")
    assert [line[:26] for line in mixed.err.splitlines()] == [f"refused: row {n}, column 'xm" for n in (2, 3)]
    told = fengping("source", "import", "mixed.opml", "--channel", "blog", "--json")
    assert (told.code, [one.get("url") for one in told.objects]) == (1, [site.url("/1"), None, None])
    assert "secret" not in told.out + told.err
    assert "here" in told.objects[-1]["refused"]


def test_testing_a_source_stores_nothing(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶 好喝"), ("2", "nothing")]))
    fengping.well("brand", "add", "云雀奶茶")
    trial = fengping.well("source", "test", site.url("/feed"), "--json").objects[0]
    assert (trial["status"], trial["entries"], trial["would_store"]) == ("ok", 2, 1)
    assert trial["mentions"][0]["brands"] == {"云雀奶茶": "云雀奶茶"}
    fengping.well("brand", "edit", "云雀奶茶", "--alias", "nothing")
    assert '[云雀奶茶 by "nothing"]' in fengping.well("source", "test", site.url("/feed")).out
    assert fengping.well("source", "list", "--json").objects == []
    assert fengping("source", "test", site.url("/missing"), "--kind", "feed").code == 1


def test_the_loop_takes_pushes(fengping):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    fengping.settings |= {"FENGPING_INBOX_PORT": str(port), "FENGPING_INBOX_TOKEN": "sesame"}
    fengping.well("brand", "add", "云雀奶茶")
    loop = fengping.start("collect", "--no-read", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert _pushed(port, '[{"id": "1", "text": "云雀奶茶"}]') == 200
    finally:
        loop.terminate()
        assert loop.wait(30) == 0
    assert [row["external_id"] for row in exported(fengping)] == ["1"]


def _pushed(port, body):
    """The status, once somebody listens."""
    headers = {"Authorization": "Bearer sesame", "Content-Type": "application/json"}
    ends = time.monotonic() + 60
    while True:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            try:
                connection.request("POST", "/mentions", body.encode(), headers)
                return connection.getresponse().status
            except ConnectionRefusedError:
                if time.monotonic() > ends:
                    raise
        time.sleep(0.2)

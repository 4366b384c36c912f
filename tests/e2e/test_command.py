"""What people script against: exit codes, JSON lines, words on stderr, paths from anywhere."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
import unicodedata

import pytest

from tests.e2e.command import Command, rss
from tests.fakes.site import FakeSite

SOURCE_FIELDS = {"id", "url", "kind", "channel", "brand", "status", "last_error", "last_success_at", "next_check_at",
                 "new", "changed", "total", "capped"}  # fmt: skip
COLUMNS = (
    "id brand source source_kind channel url external_id title text lang author author_url author_followers published_at "
    "published_at_source collected_at rating likes replies shares views sentiment p_negative p_neutral p_positive "
    "confidence corrected_by themes region copy_group first_in_group flagged note cases"
).split()


@pytest.fixture
def site():
    with FakeSite() as running:
        yield running


@pytest.fixture
def fengping(tmp_path, site):
    return Command(tmp_path, {"FENGPING_ALLOW_HOSTS": site.url("/").split("/")[2]})


def exported(fengping, *filters):
    fengping.well("export", "--out", "out.jsonl", *filters)
    return [json.loads(line) for line in (fengping.folder / "out.jsonl").read_text("utf-8").splitlines()]


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


def test_every_format_says_the_same(fengping, site):
    openpyxl = pytest.importorskip("openpyxl")
    parquet = pytest.importorskip("pyarrow.parquet")
    site.add("/feed", rss([("1", "=云雀奶茶"), ("2", "云雀奶茶 &quot;好&quot;, 真的")]))
    fengping.well("brand", "add", "云雀奶茶")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    fengping.well("collect", "--once", "--no-read")
    for suffix in ("csv", "xlsx", "parquet"):
        fengping.well("export", "--out", f"out.{suffix}")
    wanted = [{name: _text(value) for name, value in row.items()} for row in exported(fengping)]
    data = (fengping.folder / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [
        {**row, "title": row["title"].removeprefix("'"), "text": row["text"].removeprefix("'")} for row in rows
    ] == wanted
    assert any(row["text"].startswith("'=") for row in rows)
    header, *cells = openpyxl.load_workbook(fengping.folder / "out.xlsx").active.iter_rows(values_only=True)
    assert [dict(zip(header, map(_text, row), strict=True)) for row in cells] == wanted
    table = parquet.read_table(fengping.folder / "out.parquet").to_pylist()
    assert [{name: _text(value) for name, value in row.items()} for row in table] == wanted


def _text(value):
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


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
    assert "0 sources added, 3 were already there" in fengping.well("source", "import", "feeds.opml", *given).out
    (fengping.folder / "bad.opml").write_text(f"<opml><body>{outlines}\n<outline xmlUrl='ftp://x'/></body></opml>")
    said = fengping("source", "import", "bad.opml")
    assert (said.code, "row 2" in said.err) == (2, True)
    assert len(fengping.well("source", "list", "--json").objects) == 3
    assert site.paths == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["brand", "add"],
        ["brand", "add", "  "],
        ["source", "add", "ftp://example.com/x", "--kind", "feed"],
        ["source", "add", "http://example.com/x", "--kind", "carrier-pigeon"],
        ["source", "add", "http://example.com/x", "--kind", "feed", "--channel", "smoke"],
        ["source", "add", "http://example.com/x", "--kind", "feed", "--every", "soon"],
        ["source", "add", "http://example.com/x", "--kind", "feed", "--brand", "nobody"],
        ["source", "add", "http://example.com/x", "--kind", "feed", "--keep-all"],
        ["source", "import", "no-such-file.opml"],
        ["collect", "--source", "99"],
        ["collect", "--source", "x"],
        ["export", "--out", "out.doc"],
        ["export", "--out", "out.csv", "--since", "yesterday-ish"],
        ["export", "--out", "out.csv", "--sentiment", "furious"],
        ["export", "--out", "no/such/folder/out.csv"],
        ["import", "no.csv", "--brand", "nobody"],
        ["score", "--in", "no.csv", "--out", "o.csv"],
        ["spikes", "--csv", "no.csv", "--out", "o.csv"],
        ["config", "import", "no.yaml"],
        ["source", "add", "https://example.com/", "--kind", "appstore", "--set", "country=cn"],
        ["source", "add", "https://example.com/", "--kind", "feed", "--set", "depth=deep"],
        ["source", "add", "https://example.com/", "--kind", "feed", "--set", "timezone=Mars/Base"],
        ["source", "add", "https://example.com/", "--kind", "v2ex", "--set", "replies=perhaps"],
        ["brand", "try", "Acme", "--source", "99"],
        ["up", "--port", "0"],
    ],
)
def test_a_wrong_call_ends_with_2_and_one_sentence(fengping, arguments):
    said = fengping(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("fengping: ")
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 2


def test_a_duplicate_brand_is_refused(fengping):
    fengping.well("brand", "add", "云雀奶茶")
    said = fengping("brand", "add", "云雀奶茶")
    assert (said.code, "云雀奶茶" in said.err) == (2, True)


def test_wrong_settings_name_the_variable(tmp_path):
    said = Command(tmp_path, {"FENGPING_HOST_GAP": "often"})("source", "list")
    assert (said.code, "FENGPING_HOST_GAP" in said.err) == (2, True)


def test_a_store_of_a_newer_version_is_left_alone(fengping):
    fengping.well("brand", "list")
    with sqlite3.connect(fengping.folder / "data" / "fengping.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    said = fengping("brand", "list")
    assert said.code == 1
    assert "newer" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_store_that_is_no_database_is_told(fengping):
    (fengping.folder / "data").mkdir()
    (fengping.folder / "data" / "fengping.db").write_text("this is no database " * 100)
    said = fengping("brand", "list")
    assert (said.code, len(said.err.splitlines())) == (1, 1)


def test_relative_paths_work_from_any_folder(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    command = Command(inner, {"FENGPING_HOME": "../store", "FENGPING_DATABASE_URL": "sqlite:///../x.db"})
    command.well("brand", "add", "甲")
    assert (tmp_path / "a" / "x.db").is_file()
    command.well("export", "--out", "../out.csv")
    assert (tmp_path / "a" / "out.csv").is_file()


def test_hostile_text_never_steers_the_screen_or_the_log(fengping, site):
    hostile = "云雀奶茶 \u009b31m \u202e evil &#27;[2J \x7f"
    site.add("/feed", rss([("1", hostile)], title=hostile))
    site.on("/bad", lambda exchange: exchange.send(
        b"HTTP/1.1 500 \x1b[2J\x07Boom\r\nContent-Type: \x1b[31m\r\nContent-Length: 0\r\n\r\n"))  # fmt: skip
    fengping.well("brand", "add", "云雀奶茶", "--alias", "\u202ex")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    fengping.well("source", "add", site.url("/bad"), "--kind", "feed")
    said = [fengping("collect", "--once", "--no-read"), fengping("source", "list"), fengping("source", "list", "--json"),
            fengping("source", "test", site.url("/feed"), "--kind", "feed"), fengping("doctor"),
            fengping("brand", "list")]  # fmt: skip
    fengping.well("export", "--out", "out.csv")
    texts = [text for one in said for text in (one.out, one.err)]
    texts += [(fengping.folder / name).read_text("utf-8") for name in ("data/fengping.log", "out.csv")]
    for text in texts:
        assert {c for c in text if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


def test_a_password_in_an_address_is_not_shown_again(fengping, site):
    url = site.url("/feed").replace("://", "://someone:sesame@")
    site.on("/feed", lambda exchange: exchange.send(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))
    fengping.well("source", "add", url, "--kind", "feed")
    said = [fengping("collect", "--once", "--no-read"), fengping("source", "list"), fengping("source", "list", "--json"),
            fengping("doctor")]  # fmt: skip
    texts = [one.out + one.err for one in said] + [(fengping.folder / "data" / "fengping.log").read_text("utf-8")]
    assert not any("sesame" in text for text in texts)
    assert site.asked("/feed")[0].headers["authorization"]


def test_a_reader_that_went_away_is_no_failure(fengping):
    for n in range(3):
        fengping.well("brand", "add", f"brand {n}")
    process = fengping.start("brand", "list", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_testing_a_source_stores_nothing(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶 好喝"), ("2", "nothing")]))
    fengping.well("brand", "add", "云雀奶茶")
    trial = fengping.well("source", "test", site.url("/feed"), "--json").objects[0]
    assert (trial["status"], trial["entries"], trial["would_store"]) == ("ok", 2, 1)
    assert trial["mentions"][0]["brands"] == {"云雀奶茶": "云雀奶茶"}
    assert fengping.well("source", "list", "--json").objects == []
    assert fengping("source", "test", site.url("/missing"), "--kind", "feed").code == 1


def test_a_file_is_imported_once(fengping):
    (fengping.folder / "reviews.csv").write_text(
        "编号,内容,时间\n1,很好,2026-11-20 10:00\n2,太差,2026-11-20 11:00\n", "utf-8"
    )
    fengping.well("brand", "add", "云雀奶茶")
    given = ("import", "reviews.csv", "--brand", "云雀奶茶", "--map", "内容=text", "--no-read", "--json")
    assert fengping.well(*given).objects[0]["new"] == 2
    assert fengping.well(*given).objects[0]["new"] == 0
    assert len(exported(fengping, "--brand", "云雀奶茶")) == 2
    assert fengping.well("collect", "--once", "--no-read").code == 0
    assert fengping.well("source", "list", "--json").objects[0]["next_check_at"] is None  # nobody is asked for it


def test_an_imported_link_that_is_none_is_left_empty_and_told(fengping):
    (fengping.folder / "m.csv").write_text("id,text,url\n1,好,javascript:x\n2,坏,https://x.example/2\n3,,\n", "utf-8")
    fengping.well("brand", "add", "云雀奶茶")
    said = fengping.well("import", "m.csv", "--brand", "云雀奶茶", "--no-read")
    assert (len(said.out.splitlines()), said.err) == (1, "")
    assert "new 2" in said.out
    assert "left empty: 1" in said.out
    assert sorted((row["external_id"], row["url"]) for row in exported(fengping)) == [
        ("1", None),
        ("2", "https://x.example/2"),
    ]
    assert [row["text"] for row in exported(fengping, "--query", "坏")] == ["坏"]  # found, although not read yet


def test_help_teaches(fengping):
    said = fengping.apart("source", "add", "--help")
    assert (said.code, "Examples" in said.out) == (0, True)
    assert "first chart" in fengping.apart("--help").out
    assert fengping().code == 2


def test_the_command_starts_without_what_it_does_not_need(fengping):
    code = "import sys, monitor.cli.start; print([m for m in ('sqlalchemy', 'numpy', 'httpx', 'rich') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], env=fengping.environment, capture_output=True, text=True).stdout
        == "[]\n"
    )


def test_a_real_process_ends_with_the_codes_that_scripts_read(fengping):
    fengping.well("brand", "add", "甲")
    said = fengping.apart("brand", "list", "--json")
    assert (said.code, said.err, said.objects[0]["name"]) == (0, "", "甲")
    said = fengping.apart("brand", "add", "甲")
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1


def test_decisions_move_as_yaml(fengping, tmp_path, site):
    fengping.well("brand", "add", "云雀奶茶", "--alias", "Lark Tea", "--exclude", "云雀路")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed", "--brand", "云雀奶茶", "--every", "2h")
    fengping.well("config", "export", "--out", "config.yaml")
    (tmp_path / "other").mkdir()
    other = Command(tmp_path / "other")
    other.well("config", "import", "../config.yaml")
    assert other.well("brand", "list", "--json").objects == fengping.well("brand", "list", "--json").objects
    assert other.well("source", "list", "--json").objects[0]["every_seconds"] == 7200
    other.well("config", "import", "../config.yaml")
    assert len(other.well("source", "list", "--json").objects) == 1
    (tmp_path / "bad.yaml").write_text("brands: [\n  {name: a\n")
    said = fengping("config", "import", "bad.yaml")
    assert (said.code, "row" in said.err) == (2, True)


def test_a_configuration_that_changes_a_brand_matches_what_is_stored_again(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶 and Hallon"), ("2", "云雀奶茶")]))
    fengping.well("brand", "add", "云雀奶茶")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    fengping.well("collect", "--once", "--no-read")
    fengping.well("brand", "add", "Ruby")
    (fengping.folder / "c.yaml").write_text("fengping: 1\nbrands: [{name: ruby, aliases: [Hallon]}]\n")
    assert "0 added, 1 changed; 1 stored mentions came, 0 went" in fengping.well("config", "import", "c.yaml").out
    assert [one["external_id"] for one in exported(fengping, "--brand", "ruby")] == ["1"]
    (fengping.folder / "c.yaml").write_text("fengping: 1\nbrand: []\n")
    said = fengping("config", "import", "c.yaml")
    assert (said.code, "'brand'" in said.err, len(said.err.splitlines())) == (2, True, 1)


def test_an_exported_password_is_masked_unless_asked_for(fengping, site):
    fengping.well("source", "add", site.url("/feed").replace("://", "://me:sesame@"), "--kind", "feed")
    fengping.well("source", "add", site.url("/"), "--kind", "mastodon", "--set", "token=sesame", "--set", "depth=2")
    said = fengping.well("config", "export")
    assert "sesame" not in said.out + said.err
    (fengping.folder / "masked.yaml").write_text(said.out)
    assert fengping("config", "import", "masked.yaml").code == 2
    assert "sesame" in fengping.well("config", "export", "--secrets").out


def test_doctor_says_what_to_do(fengping, site):
    site.add("/bad", "no feed at all")
    fengping.well("source", "add", site.url("/bad"), "--kind", "feed")
    fengping("collect", "--once", "--no-read")
    said = fengping("doctor", "--json")
    assert said.code == 1
    findings = [one for one in said.objects if one["record"] == "finding"]
    found = {(one["check"], one["status"]) for one in findings}
    assert {("versions", "ok"), ("store", "ok"), ("sources", "fail"), ("reading", "ok")} <= found
    assert all(set(one) == {"record", "check", "status", "message", "advice"} for one in findings)
    assert next(one for one in findings if one["status"] == "fail" and one["check"] == "sources")["advice"]
    listed = fengping.well("source", "list", "--json").objects
    assert [one for one in said.objects if one["record"] == "source"] == [{"record": "source", **one} for one in listed]


def test_targets_are_secrets(fengping):
    url = "https://hooks.example.com/services/T0/secret-part"
    fengping.well("target", "add", "duty", url, "--webhook", "--secret", "long key")
    said = fengping.well("target", "list", "--json")
    assert "secret-part" not in said.out
    assert said.objects[0]["address"] == "https://hooks.example.com"
    assert fengping("target", "add", "x", url, "--level", "pink").code == 2
    assert fengping("target", "add", "y", "nosuch://x").code == 2
    assert fengping("target", "add", "y", "hooks.example.com", "--webhook").code == 2
    fengping.well("target", "remove", "duty")
    assert fengping("target", "remove", "duty").code == 2


def test_a_brand_is_changed_and_stored_mentions_follow(fengping, site):
    site.add("/feed", rss([("1", "云雀奶茶 and Hallon"), ("2", "云雀奶茶")]))
    fengping.well("brand", "add", "云雀奶茶")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    fengping.well("collect", "--once", "--no-read")
    fengping.well("brand", "add", "Ruby")
    assert "1 stored mentions came, 0 went" in fengping.well("brand", "edit", "Ruby", "--alias", "hallon").out
    assert "0 stored mentions came, 1 went" in fengping.well("brand", "edit", "Ruby", "--alias", "rubin").out
    fengping.well("brand", "remove", "Ruby")
    assert [one["name"] for one in fengping.well("brand", "list", "--json").objects] == ["云雀奶茶"]


def test_a_brand_is_tried_on_what_a_source_gives_now(fengping, site):
    site.add("/feed", rss([("1", "Hallon cake"), ("2", "Hallon juice"), ("3", "rain")]))
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    asked = ("brand", "try", "hallon", "--exclude", "juice", "--source", "1")
    trial = fengping.well(*asked, "--json").objects[0]
    (live,) = trial["live"]
    assert (trial["matched"], live["entries"], live["matched"], live["last_error"]) == (0, 3, 1, None)
    assert [(one["alias"], one["around"]) for one in live["mentions"]] == [("hallon", "hallon cake")]
    assert [(one["title"], one["excluded_by"]) for one in live["near"]] == [("Hallon juice", "juice")]
    assert "kept out by juice" in fengping.well(*asked).out
    site.add("/feed", "", status=500)
    failed = fengping(*asked)
    assert (failed.code, "HTTP 500" in failed.out) == (1, True)
    assert fengping.well("source", "list", "--json").objects[0]["status"] is None  # a trial is no collection


def test_options_are_those_of_the_kind(fengping):
    kinds = {one["kind"]: one for one in fengping.well("source", "kinds", "--json").objects}
    assert {option["name"] for option in kinds["reddit"]["options"]} == {
        "client_id", "client_secret", "depth", "timezone",
    }  # fmt: skip
    assert {option["form"] for option in kinds["mastodon"]["options"]} >= {"secret", "number", "zone"}
    assert "countries=cn,us" in fengping.well("source", "kinds").out


def test_options_are_changed_by_hand_or_from_standard_input(fengping):
    add = ("source", "add", "https://social.example/", "--kind", "mastodon", "--set", "token=20261121")
    fengping.well(*add, "--set", "depth=2")
    assert stored_options(fengping) == {"token": "20261121", "depth": 2}  # a token stays a text
    assert fengping.apart("source", "edit", "1", "--set", "@-", given="token=abc=\n\ntimezone=UTC\n").code == 0
    assert stored_options(fengping) == {"token": "abc=", "depth": 2, "timezone": "UTC"}
    fengping.well("source", "edit", "1", "--set", "token=")
    assert stored_options(fengping) == {"depth": 2, "timezone": "UTC"}
    refused = fengping("source", "edit", "1", "--set", "countries=cn")
    assert (refused.code, "mastodon has no option 'countries'" in refused.err) == (2, True)


def stored_options(fengping) -> dict[str, object]:
    with sqlite3.connect(fengping.folder / "data" / "fengping.db") as store:
        return json.loads(store.execute("select options from source").fetchone()[0])

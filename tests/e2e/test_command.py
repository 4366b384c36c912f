"""What people script against: exit codes, words on stderr, secrets, paths from anywhere."""

import json
import sqlite3
import subprocess
import sys
import unicodedata

import pytest

from tests.e2e.command import Command, rss


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["brand", "add"],
        ["brand", "add", "  "],
        ["source", "add", "ftp://example.com/x", "--kind", "feed"],
        ["source", "add", "http://exa mple.com/x", "--kind", "feed"],
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
        ["export", "--out", "long" * 100 + ".csv"],
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


def test_what_could_not_be_read_is_tried_again_when_asked(fengping):
    fengping.well("brand", "add", "甲")
    assert "0 readings that could not be made" in fengping.well("collect", "--once", "--read-again", "--no-read").err


def test_targets_are_secrets(fengping):
    url = "https://hooks.example.com/services/T0/secret-part"
    fengping.well("target", "add", "duty", url, "--webhook", "--secret", "long key")
    said = fengping.well("target", "list", "--json")
    assert "secret-part" not in said.out
    assert said.objects[0]["address"] == "https://hooks.example.com"
    assert fengping("target", "add", "x", url, "--level", "pink").code == 2
    assert fengping("target", "add", "y", "nosuch://x").code == 2
    assert fengping("target", "add", "y", "hooks.example.com", "--webhook").code == 2
    assert fengping("target", "check", "mailtos://u:p@example.com").code == 0
    assert fengping("target", "check", "--webhook", "hooks.example.com").code == 2
    fengping.well("target", "remove", "duty")
    assert fengping("target", "remove", "duty").code == 2


def test_a_brand_is_changed_and_stored_mentions_follow(stored):
    assert "1 stored mention came, 0 went" in stored.well("brand", "edit", "Ruby", "--alias", "hallon").out
    assert "0 stored mentions came, 1 went" in stored.well("brand", "edit", "Ruby", "--alias", "rubin").out
    stored.well("brand", "remove", "Ruby")
    assert [one["name"] for one in stored.well("brand", "list", "--json").objects] == ["云雀奶茶"]


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

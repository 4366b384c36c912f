"""Files in and out of the command: exports that say the same in every format, imports, decisions as YAML."""

import csv
import io

import pytest

from tests.e2e.command import Command, exported, rss


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


def test_a_file_is_imported_once(fengping):
    (fengping.folder / "reviews.csv").write_text(
        "编号,内容,时间\n1,很好,2026-11-20 10:00\n2,太差,2026-11-20 11:00\n", "utf-8"
    )
    fengping.well("brand", "add", "云雀奶茶")
    columns = ("--map", "内容=text", "--map", "编号=id")
    given = ("import", "reviews.csv", "--brand", "云雀奶茶", *columns, "--no-read", "--json")
    assert fengping.well(*given).objects[0]["new"] == 2
    assert fengping.well(*given).objects[0]["new"] == 0
    assert sorted(row["external_id"] for row in exported(fengping, "--brand", "云雀奶茶")) == ["1", "2"]
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


def test_a_configuration_that_changes_a_brand_matches_what_is_stored_again(stored):
    (stored.folder / "c.yaml").write_text("fengping: 1\nbrands: [{name: ruby, aliases: [Hallon]}]\n")
    assert "0 added, 1 changed; 1 stored mention came, 0 went" in stored.well("config", "import", "c.yaml").out
    assert [one["external_id"] for one in exported(stored, "--brand", "ruby")] == ["1"]
    (stored.folder / "c.yaml").write_text("fengping: 1\nbrand: []\n")
    said = stored("config", "import", "c.yaml")
    assert (said.code, "'brand'" in said.err, len(said.err.splitlines())) == (2, True, 1)


def test_an_exported_password_is_masked_unless_asked_for(fengping, site):
    fengping.well("source", "add", site.url("/feed").replace("://", "://me:sesame@"), "--kind", "feed")
    fengping.well("source", "add", site.url("/"), "--kind", "mastodon", "--set", "token=sesame", "--set", "depth=2")
    said = fengping.well("config", "export")
    assert "sesame" not in said.out + said.err
    (fengping.folder / "masked.yaml").write_text(said.out)
    assert fengping("config", "import", "masked.yaml").code == 2
    assert "sesame" in fengping.well("config", "export", "--secrets").out


def test_a_file_at_an_address_is_mapped_as_a_file_at_hand(fengping, site):
    site.add("/reviews.csv", '标题,"评论,内容",星级,x\n差评,很难喝,8,7\n')
    fengping.well("brand", "add", "云雀奶茶")
    asked = (site.url("/reviews.csv"), "--kind", "file", "--brand", "云雀奶茶", "--keep-all")
    mapped = ("--map", "评论,内容=text", "--map", "星级=rating/10", "--map", "x=-")
    assert fengping.well("source", "test", *asked, *mapped, "--json").objects[0]["would_store"] == 1
    fengping.well("source", "add", *asked, *mapped)
    fengping.well("config", "import", _config(fengping))
    fengping.well("collect", "--once", "--no-read")
    assert [(row["title"], row["text"], row["rating"]) for row in exported(fengping)] == [("差评", "很难喝", 4.0)]
    assert fengping("source", "add", site.url("/feed"), "--kind", "feed", "--map", "a=text").code == 2
    assert fengping("source", "add", *asked, "--map", "a=nosuch").code == 2


def _config(fengping):
    fengping.well("config", "export", "--out", "config.yaml")
    return "config.yaml"


def test_a_name_that_promises_a_workbook_must_be_one(fengping):
    fengping.well("brand", "add", "云雀奶茶")
    for content in (b"text\nhello\n", b"\x00\x01 no workbook at all"):
        (fengping.folder / "a.xlsx").write_bytes(content)
        said = fengping("import", "a.xlsx", "--brand", "云雀奶茶")
        assert (said.code, "no workbook" in said.err, len(said.err.splitlines())) == (2, True, 1)
    (fengping.folder / "b.csv").write_bytes(b"PK\x03\x04 a workbook by its first bytes")
    said = fengping("score", "--in", "b.csv", "--out", "c.csv")
    assert (said.code, "workbook" in said.err, len(said.err.splitlines())) == (2, True, 1)

"""Files: CSV, XLSX and JSON Lines, guessed and mapped, wrong rows named, our own exports read back."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from collectors.file import preview, read_file
from collectors.rows import parse_mapping
from errors import InputError
from tests.collectors.kinds.helping import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(data: bytes | str, mapping: dict[str, str] | None = None, *, name: str = "", zone: Any = UTC) -> Any:
    return read_file(data.encode() if isinstance(data, str) else data, mapping, now=NOW, name=name, zone=zone)


def workbook(*rows: list[Any], first_sheets: int = 0) -> bytes:
    book = Workbook()
    for _ in range(first_sheets):
        book.create_sheet()
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_chinese_headers_are_understood() -> None:
    table = (
        "标题,评论内容,用户昵称,发布时间,评分,链接,点赞数,粉丝数,地区,门店\n"
        "太差,喝出塑料片,小李,2026年11月20日 18时05分,1,https://x.example/1,1.2万,3500,上海,人民路\n"
    )
    (mention,) = read(table, zone=SHANGHAI).mentions
    assert (mention.title, mention.text, mention.author) == ("太差", "喝出塑料片", "小李")
    assert mention.published_at == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert (mention.rating, mention.likes, mention.author_followers, mention.region) == (1.0, 12000, 3500, "上海")
    assert (mention.url, mention.extra) == ("https://x.example/1", {"门店": "人民路"})
    assert (mention.replies, mention.shares, mention.views) == (None, None, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_charset_and_separator(encoding: str, separator: str) -> None:
    table = (
        separator.join(["內容", "作者"]) + "\r\n" + separator.join(["奶茶裡喝出塑膠片，店家不認帳", "小李"]) + "\r\n"
    )
    (mention,) = read(table.encode(encoding)).mentions
    assert (mention.text, mention.author) == ("奶茶裡喝出塑膠片，店家不認帳", "小李")


def test_cells_may_hold_lines_quotes_and_separators() -> None:
    (mention,) = read('sep=;\ntext;author\n"one; ""two""\n\nthree";Ann\n').mentions
    assert mention.text == 'one; "two"\n\nthree'


def test_a_mapping_wins_over_names_and_may_leave_columns_out() -> None:
    table = "comment,note,when,score\nsour,private,2026-11-20,8\n"
    imported = read(table, {"note": "-", "when": "published_at", "SCORE": "rating/10"})
    assert imported.mentions[0].rating == 4.0
    assert imported.mentions[0].extra == {}
    assert imported.columns == {"comment": "text", "note": "-", "when": "published_at", "score": "rating/10"}
    assert parse_mapping(["评论=内容=text"]) == {"评论=内容": "text"}


@pytest.mark.parametrize("wrong", ["text", "=text", "a=", "a=nonsense"])
def test_a_mapping_that_says_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(InputError):
        parse_mapping([wrong])


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("text,date\nok,2026-11-20\nbad,someday\n", 3, "date"),
        ("text,rating\nok,5\n\nbad,9\n", 4, "rating"),
        ("text,likes\nbad,many\n", 2, "likes"),
        ("text\nbad,more\n", 2, None),
        ('text,author\n"open,Ann\n', 2, None),
        ("text,text\na,b\n", 1, "text"),
        ("foo,bar\na,b\n", 1, None),
        ("text,date\nbad,2031-01-01\n", 2, "date"),
        ('{"text": "a"}\n{"text": \n', 2, None),
        ('{"text": "a"}\n[1]\n', 2, None),
        ('{"text": ["a"]}\n', 1, "text"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_taken(table: str, row: int, column: str | None) -> None:
    with pytest.raises(InputError) as raised:
        read(table)
    assert (raised.value.row, raised.value.column) == (row, column)
    assert f"row {row}" in str(raised.value)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"PAR1", b"[]", b"[1", b"{}"]
)
def test_what_cannot_be_opened_is_said(data: bytes) -> None:
    with pytest.raises(InputError):
        read(data)


def test_absent_is_not_zero_and_blank_rows_are_counted() -> None:
    imported = read("text,rating,likes,date,url,author\nok,-,N/A,,无,null\n,5,1,,,\n")
    (mention,) = imported.mentions
    assert imported.blank == 1
    assert (mention.rating, mention.likes, mention.url, mention.author) == (None, None, None, None)
    assert (mention.published_at, mention.published_at_source) == (NOW, "collector")


def test_a_workbook_with_dates_numbers_and_an_empty_first_sheet() -> None:
    data = workbook(
        [],
        ["内容", "时间", "评分", "编号"],
        ["好喝", datetime(2026, 11, 20, 18, 5), 5, 12.0],
        [None, None, None, None],
        ["一般", "2026-11-20", "3", 13],
        first_sheets=1,
    )
    second, first = sorted(read(data, zone=SHANGHAI).mentions, key=lambda one: one.external_id, reverse=True)
    assert (first.external_id, first.text, first.rating) == ("12", "好喝", 5.0)
    assert first.published_at == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert second.external_id == "13"
    with pytest.raises(InputError) as raised:
        read(workbook(["内容", "时间"], ["a", "2026-11-20"], ["b", "nie"]))
    assert (raised.value.row, raised.value.column) == (3, "时间")


def test_json_lines_and_lists() -> None:
    rows = [{"text": "a", "id": 1, "extra_field": {"deep": [1]}}, {"text": "b", "id": "2", "published_at": 1795255500}]
    for data in ("\n".join(map(json.dumps, rows)), json.dumps(rows), json.dumps(rows, indent=1)):
        assert [one.external_id for one in sorted(read(data).mentions, key=lambda one: one.external_id)] == ["1", "2"]


def test_the_same_words_of_ten_people_are_ten_mentions_and_the_same_file_twice_is_one() -> None:
    table = "text\n" + "好评\n" * 10
    first, second = read(table), read(table)
    assert len({one.external_id for one in first.mentions}) == 10
    assert {one.external_id for one in first.mentions} == {one.external_id for one in second.mentions}
    repeated = read("id,text\n7,a\n7,a\n7,b\n")
    assert [one.external_id for one in repeated.mentions] == ["7", "7#2"]
    assert repeated.repeats == 1


def test_foreign_markup_becomes_text_and_angle_brackets_stay() -> None:
    first, second = read('id,text\n1,"<p>One</p><p>Two</p>"\n2,a <b and List<String>\n').mentions
    assert (first.text, second.text) == ("One\n\nTwo", "a <b and List<String>")


@pytest.mark.parametrize("ours", [False, True])
def test_titles_names_and_texts_are_plain_text(ours: bool) -> None:
    names = "external_id,title,text,author" + (",published_at_source,copy_group" if ours else "")
    cells = '1,"\ufeff好\n=1 \u202eevil","\u200b a  b\x1b[2J\r\n\r\n\r\n\r\nc ","\u200dAnn\n\x00Lee"' + (
        ",," if ours else ""
    )
    (mention,) = read(f"{names}\n{cells}\n").mentions
    assert (mention.title, mention.text) == ("好 =1 evil", "a b[2J\n\nc")
    assert mention.author in ("Ann Lee", "\u200dAnn Lee")
    imported = read(
        'title,text,author\n\u200b,"\ufeff\n",x\n<b>T</b> &amp; co,"a<script>x()</script><br>b",<i>Ann</i>\n'
    )
    (mention,) = imported.mentions
    assert (mention.title, mention.text, mention.author, imported.blank) == ("T & co", "a\nb", "Ann", 1)


def test_a_link_that_is_none_is_left_out_and_counted() -> None:
    links = {"javascript:alert(1)": None, "/relative": None, "ftp://x.example/": None, "a b": None, "http://": None,
             "HTTPS://x.example/1": "https://x.example/1", "www.x.example": "https://www.x.example", "-": None,
             "http://u:p@x.example/": "http://x.example/"}  # fmt: skip
    imported = read("id,text,url\n" + "".join(f"{n},t,{link}\n" for n, link in enumerate(links)))
    found = {mention.external_id: mention.url for mention in imported.mentions}
    assert [found[str(n)] for n in range(len(links))] == list(links.values())
    assert imported.links == 5


def test_a_preview_shows_columns_guesses_and_what_is_missing() -> None:
    seen = preview(b"foo,author\nwords,Ann\n")
    assert (seen.columns, dict(seen.rows[0])) == (("foo", "author"), {"foo": "words", "author": "Ann"})
    assert "--map" in (seen.problem or "")
    assert preview(b"foo,author\nwords,Ann\n", {"foo": "text"}).mapping == {"foo": "text", "author": "author"}


def test_a_missing_file_is_said() -> None:
    with pytest.raises(InputError, match="no-such-file"):
        read_file(Path("no-such-file.csv"), now=NOW)

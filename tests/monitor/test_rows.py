"""Rows of people's files, and reading them."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import InputError, ModelError
from monitor.rows import STDIO, open_table, whole_output
from monitor.score import BATCH, model_scorer, score_file
from storage.files import csv_cell, text_cell, write_rows

COLUMNS = {"id": int, "text": str, "p": float, "flagged": bool}
texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=100)


def echo(asked):
    """A scorer that says what it was asked."""
    return [
        {"lang": "zh", "sentiment": "negative", "p_negative": 0.8, "p_neutral": 0.1, "p_positive": 0.1,
         "confidence": len(names) + len(text) / 1000}
        for text, names in asked
    ]  # fmt: skip


def scored(tmp_path, name, content, out="out.jsonl"):
    source = tmp_path / name
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    score_file(source, tmp_path / out, echo)
    return (tmp_path / out).read_text(encoding="utf-8")


def test_json_lines_keep_their_order_and_their_fields(tmp_path):
    rows = [{"id": n, "text": f"t{n}", "extra": {"a": [n]}} for n in range(BATCH + 3)]
    out = scored(tmp_path, "in.jsonl", "\n".join(json.dumps(row) for row in rows)).splitlines()
    assert [json.loads(text)["id"] for text in out] == list(range(BATCH + 3))
    assert json.loads(out[-1]) == {**rows[-1], **echo([(rows[-1]["text"], ())])[0]}


def test_half_a_character_is_scored_and_written_as_it_came(tmp_path):
    def strict(asked):
        for text, names in asked:
            "".join((text, *names)).encode()
        return echo(asked)

    (tmp_path / "in.jsonl").write_text('{"text": "a\\ud83d", "brand": "\\udc00b"}\n')
    score_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", strict)
    assert json.loads((tmp_path / "out.jsonl").read_text())["text"] == "a\ud83d"


def test_a_text_that_is_null_is_scored_as_an_empty_cell_is(tmp_path):
    (out,) = scored(tmp_path, "in.jsonl", '{"id": 1, "text": null}\n').splitlines()
    assert json.loads(out) == {"id": 1, "text": None, **echo([("", ())])[0]}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gbk", "太差了"),
        ("gb18030", "这个产品质量很差，再也不买了"),
        ("big5", "這個產品質量很差，再也不買了"),
        ("cp1252", "Le café était très mauvais et déçu"),
        ("cp932", "この商品はとても良いです"),
        ("utf-16-le", "再也不买了 never again"),
        ("utf-16-be", "再也不买了 never again"),
    ],
)
def test_a_file_is_read_in_the_encoding_it_was_written_in(tmp_path, encoding, text):
    out = scored(tmp_path, "in.csv", f"id,text,note\r\n1,{text},written in a spreadsheet\r\n".encode(encoding))
    assert json.loads(out)["text"] == text


def test_a_broken_byte_in_utf_8_does_not_make_it_chinese_of_another_kind(tmp_path):
    whole = "id,text\n" + "".join(f"{n},质量很差，再也不买了\n" for n in range(50))
    with pytest.raises(InputError, match="utf-8 text") as caught:
        scored(tmp_path, "in.csv", whole.encode().replace(b"30,", b"30,\xff", 1))
    assert caught.value.row == 32


def test_an_emoji_in_two_halves_is_named_and_makes_no_other_letters_of_the_file(tmp_path):
    with pytest.raises(InputError, match="utf-8 text") as caught:
        scored(tmp_path, "in.csv", b"id,text\n1,\xe5\xa5\xbd\n2,\xed\xa0\xbd\xed\xb8\x82\n")
    assert caught.value.row == 3


def test_a_csv_keeps_its_columns_and_gets_ours(tmp_path):
    out = scored(tmp_path, "in.csv", "id,text,note\n7,很好,a b\n", "out.csv")
    assert out == (
        "id,text,note,lang,sentiment,p_negative,p_neutral,p_positive,confidence\n"
        "7,很好,a b,zh,negative,0.8,0.1,0.1,0.002\n"
    )


@pytest.mark.parametrize("text", ["手机质量太差", "好", "好" * 600_000])
def test_a_csv_made_on_a_chinese_windows_is_read(tmp_path, text):
    for end in ("", "\n", "\n\n"):
        for encoding in ("gbk", "utf-8"):
            assert text in scored(tmp_path, "in.csv", f"text\n{text}{end}".encode(encoding))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_a_table_is_read_as_spreadsheets_write_it_and_keeps_its_rows(tmp_path, separator, encoding):
    rows = [["", "text", "作者", ""], ["0", '好, "很好"; 真', "小李", ""], ["", "", "", ""], ["2", "a\tb\nc|d", "", ""]]
    content = io.StringIO()
    csv.writer(content, delimiter=separator, lineterminator="\r\n").writerows(rows)
    out = scored(tmp_path, "in.txt", content.getvalue().encode(encoding), "out.csv")
    assert out.startswith("\ufeff") == (encoding in ("utf-8-sig", "utf-16"))
    found = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert [row[:4] for row in found] == rows
    assert found[0][4:] == ["lang", "sentiment", "p_negative", "p_neutral", "p_positive", "confidence"]
    assert scored(tmp_path, "in.txt", content.getvalue(), "out.tsv").startswith("\ttext\t作者\t\tlang")


def test_a_line_that_tells_a_spreadsheet_the_separator_is_no_row(tmp_path):
    out = scored(tmp_path, "in.csv", "sep=;\r\nid;text, with remarks;text\r\n1;a;b\r\n", "out.csv")
    assert out.startswith('id,"text, with remarks",text,lang')


def test_cells_that_a_short_row_lacks_are_empty_and_blank_ones_too_many_are_none(tmp_path):
    lines = scored(tmp_path, "in.csv", "text,id,brand,aliases\na\nb,2\nc,3,,,,\n").splitlines()
    assert [[json.loads(one)[name] for name in ("text", "id", "brand", "aliases")] for one in lines] == [
        ["a", "", "", ""],
        ["b", "2", "", ""],
        ["c", "3", "", ""],
    ]


def test_a_field_that_comes_late_gets_its_column(tmp_path, monkeypatch):
    content = '{"text": "a"}\n' * (BATCH + 5) + '{"text": "b", "id": 7}\n'
    header, *rows = scored(tmp_path, "in.jsonl", content, "out.csv").splitlines()
    assert header.startswith("text,id,lang")
    assert rows[-1].startswith("b,7,zh")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    with pytest.raises(
        InputError, match="column 'id'"
    ):  # a pipe is read once: refused, and nothing is left out in silence
        score_file(STDIO, tmp_path / "late.csv", echo)
    assert not (tmp_path / "late.csv").exists()


def test_a_mark_at_the_start_is_no_part_of_the_first_name(tmp_path):
    assert scored(tmp_path, "in.csv", "\ufefftext\nx\n", "out.csv").startswith("\ufefftext,")


@pytest.mark.parametrize("aliases", ['["苹果", "iPhone"]', "苹果;iPhone", "苹果|iPhone", "苹果，iPhone"])
def test_aliases_in_one_cell(tmp_path, aliases):
    content = io.StringIO()
    csv.writer(content).writerows([("text", "brand", "aliases"), ("abc", "Apple", aliases)])
    assert json.loads(scored(tmp_path, "in.csv", content.getvalue()))["confidence"] == 3.003


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in.csv", "id,body\n1,x\n", "row 1, column 'text'"),
        ("in.csv", "", "row 1"),
        ("in.csv", "text,text\n", "column 'text'"),
        ("in.csv", "text\na\nb,c\n", "row 3"),
        ("in.csv", 'text\n"a', "row 2"),
        ("in.jsonl", '{"text": "a"}\n{"text"\n', "row 2"),
        ("in.jsonl", "[1]\n", "row 1"),
        ("in.jsonl", '{"text": "a"}\n\n{"id": 1}\n', "row 3, column 'text'"),
        ("in.jsonl", '{"text": 5}\n', "column 'text'"),
        ("in.jsonl", '{"text": "a", "aliases": {"b": 1}}\n', "column 'aliases'"),
        ("in.jsonl", '{"text": "a", "x": NaN}\n', "row 1"),
        ("in.csv", "id,text\n1,a\n2\n", "row 3, column 'text'"),
        ("in.csv", "id;text;note\n1;a;b\n2;c;d;e\n", "row 3"),
        ("in.md", "a", "in.md"),
    ],
)
def test_a_bad_row_is_named_and_no_output_is_left(tmp_path, name, content, words):
    with pytest.raises(InputError) as told:
        scored(tmp_path, name, content)
    assert words in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_output_that_was_there_survives_a_bad_row(tmp_path):
    (tmp_path / "out.jsonl").write_text("before")
    with pytest.raises(InputError):
        scored(tmp_path, "in.jsonl", "no json")
    assert (tmp_path / "out.jsonl").read_text() == "before"


@given(texts)
def test_no_csv_cell_is_a_formula(text):
    cell = csv_cell(text)
    assert not cell.strip().startswith(("=", "@"))
    assert cell[:1] not in ("\t", "\r", "\n")
    if cell[:1] in ("+", "-"):
        float(cell)


def test_numbers_are_no_formulas():
    assert [csv_cell(value) for value in (-5, -0.5, "-5", "+1.5e3", None, True)] == [
        "-5", "-0.5", "-5", "+1.5e3", "", "true",
    ]  # fmt: skip
    assert [csv_cell(value) for value in ("=1+1", "-1+1", " @cmd", "+86 138", "＝1")] == [
        "'=1+1", "'-1+1", "' @cmd", "'+86 138", "'＝1",
    ]  # fmt: skip


def test_words_that_look_like_numbers_are_guarded_where_they_are_words(tmp_path):
    assert [text_cell(value) for value in ("-5", "+1", -5, 1.5, None)] == ["'-5", "'+1", "-5", "1.5", ""]
    out = scored(tmp_path, "in.csv", "text,score,author\n+1,-5,-\n", "out.csv")
    assert out.splitlines()[1].startswith("'+1,-5,'-,zh,")
    out = scored(tmp_path, "in.jsonl", '{"text": "+1", "score": -5, "word": "-5"}\n', "out.csv")
    assert out.splitlines()[1].startswith("'+1,-5,'-5,zh,")


def test_a_wrong_file_is_told_before_a_model_is_loaded(tmp_path):
    (tmp_path / "in.csv").write_text("body\nx\n")
    scorer = model_scorer(str(tmp_path / "no-model"), unsure_below=0.5)
    with pytest.raises(InputError, match="header"):
        score_file(tmp_path / "in.csv", tmp_path / "out.csv", scorer)
    (tmp_path / "in.csv").write_text("text\nx\n")
    with pytest.raises(ModelError):
        score_file(tmp_path / "in.csv", tmp_path / "out.csv", scorer)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def exported(suffix, rows):
    out = io.BytesIO()
    write_rows(out, suffix, COLUMNS, rows)
    out.seek(0)
    return out


ROWS = [
    {"id": 1, "text": '=HYPERLINK("x")\x00\x1b', "p": 0.5, "flagged": True},
    {"id": 2, "text": "两行\r\n文字", "p": None, "flagged": False},
]


def test_csv_opens_in_excel():
    data = exported(".csv", ROWS).read().decode("utf-8")
    assert data.startswith("\ufeffid,text,p,flagged\n")
    assert list(csv.reader(io.StringIO(data[1:]))) == [
        ["id", "text", "p", "flagged"],
        ["1", '\'=HYPERLINK("x")', "0.5", "true"],
        ["2", "两行\n文字", "", "false"],
    ]


def test_xlsx_cells_are_text():
    from openpyxl import load_workbook

    sheet = load_workbook(exported(".xlsx", ROWS)).active
    assert sheet["B2"].value == '=HYPERLINK("x")'
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None} == {"s"}
    assert sheet["C3"].value is None


def test_parquet_has_types_and_nulls():
    import pyarrow.parquet as pq

    table = pq.read_table(exported(".parquet", ROWS))
    assert table.to_pylist() == [
        {"id": 1, "text": '=HYPERLINK("x")', "p": 0.5, "flagged": True},
        {"id": 2, "text": "两行\n文字", "p": None, "flagged": False},
    ]


def test_json_lines_have_nulls():
    assert json.loads(exported(".jsonl", ROWS).read().splitlines()[1]) == {
        "id": 2, "text": "两行\n文字", "p": None, "flagged": False,
    }  # fmt: skip


rows_of_text = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 9), "text": texts, "p": st.none(), "flagged": st.booleans()}),
    min_size=1,
)


@given(rows_of_text)
def test_any_text_survives_every_format(rows):
    for suffix in (".csv", ".jsonl", ".parquet", ".xlsx"):
        assert exported(suffix, rows).read()


def test_a_row_too_many_for_a_spreadsheet_is_refused(monkeypatch):
    monkeypatch.setattr("storage.files.XLSX_ROWS", 1)
    with pytest.raises(InputError, match="spreadsheet"):
        exported(".xlsx", ROWS)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be written"), whole_output(tmp_path / "no" / "out.csv"):
        pass


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_an_input_error(tmp_path_factory, data):
    for name in ("in.csv", "in.jsonl"):
        path = tmp_path_factory.mktemp("rows") / name
        path.write_bytes(data)
        try:
            with open_table(path) as table:
                for number, row in table.rows:
                    assert number >= 1
                    assert isinstance(row, dict)
        except InputError:
            pass

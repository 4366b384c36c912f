"""Files that open cleanly: the documented columns, the same in each format, and no formula."""

import csv
import json

import openpyxl
import pandas
import pytest

from errors import InputError
from storage import mentions
from storage.export import COLUMNS, export, rows
from storage.records import MentionFilter
from tests.storage.builders import NOW, a_brand, a_source, read_all, say
from tests.storage.builders import store as put

DOCUMENTED = (
    "id, brand, source, source_kind, channel, url, external_id, title, text, lang, author, author_url, author_followers, "
    "published_at, published_at_source, collected_at, rating, likes, replies, shares, views, sentiment, p_negative, "
    "p_neutral, p_positive, confidence, corrected_by, themes, region, copy_group, first_in_group, flagged, note, cases"
).split(", ")


@pytest.fixture
def filled(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "第一行\n第二行，很好", author="=cmd()", likes=0, rating=4.5), brands=[brand])
        read_all(tx, themes=("quality", "price"))
        put(tx, source, say("2", "+1 for Acme", hours_ago=1), brands=[brand])
        mentions.flag(tx, [1], True, who="a", now=NOW)
    return store


def test_the_columns_are_the_documented_ones_in_their_order():
    assert list(COLUMNS) == DOCUMENTED


def test_what_is_unknown_is_none_and_never_zero(filled):
    with filled.read() as tx:
        first, second = rows(tx, MentionFilter())
    assert (first["likes"], first["views"], first["rating"]) == (0, None, 4.5)
    assert (first["sentiment"], first["themes"], first["published_at"]) == (
        "negative",
        "price;quality",
        "2026-11-21T12:00:00Z",
    )
    assert (second["sentiment"], second["p_negative"], second["lang"], second["themes"]) == (None, None, None, None)
    assert (second["copy_group"], second["first_in_group"], second["flagged"]) == (2, True, False)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_each_format_holds_the_same_rows(filled, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    with filled.read() as tx:
        assert export(tx, MentionFilter(), path) == 2
        wanted = list(rows(tx, MentionFilter()))
    if suffix == ".csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        found = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True)))
        assert [one["text"] for one in found] == ["第一行\n第二行，很好", "'+1 for Acme"]
        assert (found[0]["author"], found[0]["likes"], found[0]["views"], found[0]["flagged"]) == (
            "'=cmd()",
            "0",
            "",
            "true",
        )
        assert len(pandas.read_csv(path)) == 2
    elif suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        cells = list(sheet.iter_rows(values_only=True))
        assert list(cells[0]) == DOCUMENTED
        assert cells[1][DOCUMENTED.index("author")] == "=cmd()"
        assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None} == {"s"}
    elif suffix == ".jsonl":
        assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == wanted
    else:
        frame = pandas.read_parquet(path)
        assert list(frame.columns) == DOCUMENTED
        assert frame["text"].tolist() == [one["text"] for one in wanted]
    assert list(tmp_path.iterdir()) == [path] or filled.dialect == "sqlite"


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left(filled, tmp_path):
    with filled.read() as tx:
        with pytest.raises(InputError, match="cannot be written"):
            export(tx, MentionFilter(), tmp_path / "none" / "out.csv")
        (tmp_path / "file").write_text("no folder")
        with pytest.raises(InputError, match="cannot be written"):
            export(tx, MentionFilter(), tmp_path / "file" / "out.csv")
        with pytest.raises(InputError, match="no known format"):
            export(tx, MentionFilter(), tmp_path / "out.doc")
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]

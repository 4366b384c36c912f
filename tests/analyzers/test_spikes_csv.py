"""`fengping spikes`: rows in, rows out, in order, on line, with errors that name row and column."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from errors import InputError
from monitor.spike_file import judge_file


def write(path: Path, rows: list[str], header: str = "timestamp,negative,total") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def stamps(n: int, minutes: int = 60) -> list[str]:
    zero = datetime(2026, 3, 2, tzinfo=UTC)
    return [(zero + timedelta(minutes=minutes * i)).strftime("%Y-%m-%d %H:%M:%S") for i in range(n)]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def crisis_rows(n: int = 30 * 24) -> list[str]:
    rng = np.random.default_rng(4)
    negative = rng.poisson(2, n)
    negative[600:606] += 20
    total = negative + rng.poisson(12, n)
    return [f"{t},{a},{b}" for t, a, b in zip(stamps(n), negative, total, strict=True)]


def test_a_crisis_rings_once_and_every_row_is_answered(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", crisis_rows())
    told: list[tuple[int, int]] = []
    summary = judge_file(source, tmp_path / "out.csv", told=lambda done, of: told.append((done, of)))
    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["timestamp", "score", "alarm", "expected", "low", "high", "reason", "episode"]
    assert [row["timestamp"] for row in rows] == stamps(720)
    assert [i for i, row in enumerate(rows) if row["alarm"] == "1" and 590 <= i <= 620] == [600]
    assert rows[600]["reason"].startswith(("22 negative in 1 h", "2"))
    assert rows[601]["episode"] == rows[600]["episode"] != ""
    assert float(rows[600]["score"]) > 0.6
    assert summary.rows == 720
    assert summary.measure == "negative"
    assert told[-1] == (720, 720)


def test_the_first_rows_alone_get_the_same_answers(tmp_path: Path) -> None:
    rows = crisis_rows()
    judge_file(write(tmp_path / "all.csv", rows), tmp_path / "all.out")
    judge_file(write(tmp_path / "some.csv", rows[:603]), tmp_path / "some.out")
    every = (tmp_path / "all.out").read_text().splitlines()
    assert (tmp_path / "some.out").read_text().splitlines() == every[:604]


def test_missing_rows_are_not_heard_and_do_not_shift_answers(tmp_path: Path) -> None:
    rows = crisis_rows()
    kept = rows[:300] + rows[310:]
    judge_file(write(tmp_path / "in.csv", kept), tmp_path / "out.csv")
    out = read(tmp_path / "out.csv")
    assert len(out) == 710
    assert out[300]["reason"].endswith("catching up after an outage")


def test_unsorted_rows_are_judged_by_their_times_and_answered_where_they_stand(tmp_path: Path) -> None:
    rows = crisis_rows()
    order = np.random.default_rng(9).permutation(len(rows)).tolist()
    judge_file(write(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    judge_file(write(tmp_path / "mixed.csv", [rows[at] for at in order]), tmp_path / "mixed.out")
    answered = read(tmp_path / "out.csv")
    assert read(tmp_path / "mixed.out") == [answered[at] for at in order]


def test_values_alone_are_judged_as_all_mentions(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    value = rng.poisson(30, 12 * 24 * 20)
    value[12 * 24 * 16] = 900
    rows = [f"{t},{v}" for t, v in zip(stamps(len(value), 5), value, strict=True)]
    summary = judge_file(write(tmp_path / "in.csv", rows, "timestamp,value"), tmp_path / "out.csv")
    out = read(tmp_path / "out.csv")
    assert summary.bucket_seconds == 300
    assert out[12 * 24 * 16]["alarm"] == "1"
    assert out[12 * 24 * 16]["reason"].startswith("900 mentions in 5 min")


@pytest.mark.parametrize("stamp", ["2026-03-02T00:00:00Z", "2026-03-02T08:00:00+08:00", "2026-03-02 00:00:00"])
def test_iso_times_with_and_without_zone(tmp_path: Path, stamp: str) -> None:
    judge_file(write(tmp_path / "in.csv", [f"{stamp},1,2"]), tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")[0]["timestamp"] == stamp


@pytest.mark.parametrize("minutes", [1, 7, 15, 60, 360, 1440])
def test_any_regular_bucket(tmp_path: Path, minutes: int) -> None:
    rows = [f"{t},1,5" for t in stamps(60, minutes)]
    assert judge_file(write(tmp_path / "in.csv", rows), tmp_path / "out.csv").bucket_seconds == minutes * 60


def test_a_repeated_row_is_not_counted_and_says_so(tmp_path: Path) -> None:
    times = stamps(30)
    rows = [f"{t},1,5" for t in times]
    rows.insert(11, f"{times[10]},90,95")
    summary = judge_file(write(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    out = read(tmp_path / "out.csv")
    assert summary.repeated_rows == 1
    assert "not counted" in out[11]["reason"]
    assert out[11]["alarm"] == "0"


def test_years_of_silence_between_rows_start_anew(tmp_path: Path) -> None:
    rows = [f"{t},1,5" for t in stamps(50, 1)] + ["2036-01-01 00:00:00,1,5", "2036-01-01 00:01:00,1,5"]
    judge_file(write(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")[-1]["reason"] == "learning, 0 of 14 days"


def test_minutes_at_first_and_weeks_later_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    minutes = stamps(20, 1)
    weeks = [f"{datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=40 * n):%Y-%m-%d %H:%M:%S}" for n in range(12)]
    rows = [f"{stamp},1,2" for stamp in [*minutes, *weeks]]
    with pytest.raises(InputError, match="60 seconds apart, later ones far more"):
        judge_file(write(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_header_alone_gives_a_header_alone(tmp_path: Path) -> None:
    assert judge_file(write(tmp_path / "in.csv", []), tmp_path / "out.csv").rows == 0
    assert read(tmp_path / "out.csv") == []


@pytest.mark.parametrize(
    ("header", "rows", "message", "row", "column"),
    [
        ("timestamp,count", ["2026-01-01 00:00:00,1"], "timestamp,value", 1, None),
        ("time,value", ["2026-01-01 00:00:00,1"], "timestamp", 1, None),
        ("timestamp,value", ["yesterday,1"], "not a time", 2, "timestamp"),
        ("timestamp,value", ["2026-01-01 00:00:00,many"], "not a number", 2, "value"),
        ("timestamp,value", ["2026-01-01 00:00:00,-1"], "count from 0", 2, "value"),
        ("timestamp,value", ["2026-01-01 00:00:00,nan"], "count from 0", 2, "value"),
        ("timestamp,value", ["2026-01-01 00:00:00,1e308"], "count from 0", 2, "value"),
        ("timestamp,value", ["2026-01-01 00:00:00,1", "2026-01-01 01:00:00"], "ends before it", 3, "value"),
        ("timestamp,value", ["2026-01-01 00:00:00,1,2"], "cells", 2, None),
        ("timestamp,value,Value,value", ["2026-01-01 00:00:00,1,2,3"], "same name", 1, "value"),
        ("timestamp,negative,total", ["2026-01-01 00:00:00,3,2"], "more negative", 2, "negative"),
    ],
)
def test_wrong_input_names_row_and_column(
    tmp_path: Path, header: str, rows: list[str], message: str, row: int, column: str | None
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        judge_file(write(tmp_path / "in.csv", rows, header), tmp_path / "out.csv")
    assert (caught.value.row, caught.value.column) == (row, column)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_counts_are_read_as_a_spreadsheet_writes_them(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = ["备注,Timestamp,Negative,Total,", *(f"店,{t},1,5" for t in stamps(40)), ",,,"]
    (tmp_path / "in.txt").write_bytes("\r\n".join(rows).replace(",", separator).encode(encoding))
    assert judge_file(tmp_path / "in.txt", tmp_path / "out.csv").rows == 40
    assert [row["timestamp"] for row in read(tmp_path / "out.csv")] == stamps(40)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        judge_file(tmp_path / "none.csv", tmp_path / "out.csv")
    (tmp_path / "book.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="workbook"):
        judge_file(tmp_path / "book.csv", tmp_path / "out.csv")
    good = write(tmp_path / "in.csv", [f"{t},1,5" for t in stamps(5)])
    with pytest.raises(InputError, match="cannot be written"):
        judge_file(good, tmp_path / "no" / "out.csv")

"""What people write on the command line: files, spans and moments, or one sentence that says what to write."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from errors import InputError
from monitor.cli import common
from monitor.cli.common import duration, existing_file, moment


def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path, monkeypatch):
    there = tmp_path / "reviews.csv"
    there.write_text("text\n")
    assert existing_file(there) == there
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / ("x" * 400), tmp_path / "reviews.csv" / "in.csv"):
        with pytest.raises(InputError, match="is not a file"):
            existing_file(path)
    there.chmod(0)
    if os.geteuid() == 0:  # whom no file refuses
        monkeypatch.setattr(common.os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="may not be read"):
        existing_file(there)


@pytest.mark.parametrize(("written", "span"), [("90s", 90), ("15m", 900), (" 2H ", 7_200), ("1d", 86_400)])
def test_spans(written, span):
    assert duration(written) == timedelta(seconds=span)


@pytest.mark.parametrize("written", ["", "0m", "15", "1.5h", "-1d", "999999999w", "15 minutes"])
def test_what_is_no_span_is_refused(written):
    with pytest.raises(InputError, match="no interval"):
        duration(written)


def test_moments(monkeypatch):
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    monkeypatch.setattr(common, "now", lambda: now)
    assert moment("7d") == now - timedelta(days=7)
    assert moment("2026-11-21") == datetime(2026, 11, 21, tzinfo=UTC)
    assert moment("2026-11-21T18:00:00+08:00") == datetime(2026, 11, 21, 10, tzinfo=UTC)
    for wrong in ("", "yesterday", "2026-13-01", "99999999w", "0001-01-01T00:00:00+08:00"):
        with pytest.raises(InputError, match="'"):
            moment(wrong)

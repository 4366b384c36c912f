"""The pool of killable children."""

import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from collectors import parsing
from collectors.kinds import KINDS
from collectors.parsing import ParserPool
from collectors.seams import Document, Limits, ParseContext
from errors import CollectError, Crowded, ParseError
from tests.collectors.in_process import InProcess
from tests.fakes.site import entry, rss

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTEXT = ParseContext("http://a.example/", NOW)


def document(body: str | bytes) -> Document:
    data = body.encode() if isinstance(body, str) else body
    return Document("http://a.example/", 200, {"content-type": "application/xml"}, data, NOW)


GOOD = document(rss(entry("T", "x", guid="1")))
SLOW = document(b"<rss version='2.0'><channel><item><description>" + b"<a>" * 300_000)  # minutes of work
PATIENCE = 120.0  # seconds, for what takes none but on a machine that is busy with other things


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with pytest.MonkeyPatch.context() as patched, ParserPool(1, limits=Limits(parse=1.5)) as pool:
        patched.setattr(parsing, "START", PATIENCE)
        yield pool


def test_a_child_parses_as_this_process_does(pool: ParserPool) -> None:
    assert pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE) == InProcess().parse("feed", GOOD, CONTEXT)


def test_errors_come_back_as_themselves(pool: ParserPool) -> None:
    with pytest.raises(ParseError, match="login page") as raised:
        pool.parse("feed", document("<html><input type=password></html>"), CONTEXT, seconds=PATIENCE)
    assert raised.value.url == "http://a.example/"


def test_a_document_that_takes_too_long_is_left_and_the_next_one_is_read(pool: ParserPool) -> None:
    with pytest.raises(ParseError, match=r"longer than 1.5 s"):
        pool.parse("feed", SLOW, CONTEXT)
    assert len(pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE).mentions) == 1


@pytest.mark.parametrize(
    ("begins", "within", "error"),
    [("import time; time.sleep(60)", 0.3, Crowded), ("raise SystemExit(1)", 60.0, ParseError)],
)
def test_a_parser_that_does_not_begin_fails_the_source_alone(
    monkeypatch: pytest.MonkeyPatch, begins: str, within: float, error: type[Exception]
) -> None:
    monkeypatch.setattr(parsing, "command", lambda *_: [sys.executable, "-c", begins])
    monkeypatch.setattr(parsing, "START", within)
    with ParserPool(1) as broken, pytest.raises(error, match="not begin"):
        broken.parse("feed", GOOD, CONTEXT, seconds=0.3)


def test_a_document_whose_parser_hardly_got_to_compute_is_not_blamed() -> None:
    with ParserPool(1) as pool:
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
        os.kill(pool._idle[0]._process.pid, signal.SIGSTOP)  # as on a machine that is busy with other things
        with pytest.raises(Crowded, match="hardly got to compute"):
            pool.parse("feed", GOOD, CONTEXT, seconds=0.5)
        assert pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE).mentions


def test_a_caller_may_give_less_time(pool: ParserPool) -> None:
    with pytest.raises(CollectError, match=r"0.5 s"):  # a machine that is busy may hardly compute for so long
        pool.parse("feed", SLOW, CONTEXT, seconds=0.5)


def test_memory_is_limited() -> None:
    body = b'{"items": [], "x": [' + b"[]," * 900_000 + b"[]]}"
    with (
        ParserPool(1, limits=Limits(parse=60, parse_memory=20_000_000)) as small,
        pytest.raises(ParseError, match=r"memory|died"),
    ):
        small.parse("feed", document(body), CONTEXT)


NEEDY = document(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T"}], "x": ['
                 + b"[]," * 300_000 + b"[]]}")  # fmt: skip


def test_a_small_document_that_needs_much_memory_is_parsed_as_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(NEEDY.body) < parsing.LARGE
    with ParserPool(2, limits=Limits(parse=60)) as pool:
        monkeypatch.setattr(parsing, "SMALL_MEMORY", 10_000_000)
        assert len(pool.parse("feed", NEEDY, CONTEXT, seconds=PATIENCE).mentions) == 1
        with pool._place(True, time.monotonic() + PATIENCE), pytest.raises(Crowded, match="no parser was free"):
            pool.parse("feed", NEEDY, CONTEXT, seconds=5.0)
        assert len(pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE).mentions) == 1


ANGRY = "it went flat before lunch every single day \U0001f621 "  # one emoji makes each character take four bytes


@pytest.mark.parametrize(
    ("kind", "head", "piece", "tail"),
    [
        ("feed", "<rss version='2.0'><channel>", "<item><guid>{n}</guid><description>{n} {said}</description></item>",
         "</channel></rss>"),
        ("feed", '{{"version":"https://jsonfeed.org/version/1.1","items":[', '{{"id":"{n}","content_text":"{n} {said}"}},',
         "{{}}]}}"),
        ("file", "id,text\n", "{n},{n} {said}\n", ""),
    ],
    ids=["rss", "json", "csv"],
)  # fmt: skip
def test_a_document_near_its_limit_may_be_full_of_emoji(kind: str, head: str, piece: str, tail: str) -> None:
    limits = Limits(parse=60)
    most, said = limits.max_entries, ANGRY * (9_300 // len(ANGRY.encode()))
    text = head.format() + "".join(piece.format(n=n, said=said) for n in range(most)) + tail.format()
    assert 9_000_000 < len(text.encode()) < limits.max_bytes
    with ParserPool(1, limits=limits) as pool:
        parsed = pool.parse(kind, document(text), CONTEXT, seconds=PATIENCE)
    assert len({mention.external_id for mention in parsed.mentions}) == most
    assert all(len(mention.text) > 8_000 for mention in parsed.mentions)
    assert [norm.count("\U0001f621") for norm in parsed.norms] == [said.count("\U0001f621")] * most


def test_a_workbook_is_read_in_little_memory_and_its_newest_rows_are_taken() -> None:
    """What openpyxl would bring with it (numpy) is larger than the workbook."""
    book = Workbook()
    book.active.append(["text", "date"])
    for day in range(1, 29):
        book.active.append([f"sour {day}", datetime(2026, 10, day)])
    out = io.BytesIO()
    book.save(out)
    sheet = Document("http://a.example/x.xlsx", 200, {}, out.getvalue(), NOW)
    limits = Limits(parse=60, parse_memory=40_000_000, max_entries=3)
    with ParserPool(1, limits=limits) as pool:
        found = pool.parse("file", sheet, replace(CONTEXT, limits=limits), seconds=PATIENCE)
    assert [mention.text for mention in found.mentions] == ["sour 26", "sour 27", "sour 28"]
    assert found.capped == 25


def test_a_slow_kind_may_compute_longer(monkeypatch: pytest.MonkeyPatch, pool: ParserPool) -> None:
    monkeypatch.setattr(KINDS["feed"], "slow", 0.4, raising=False)
    with pytest.raises(ParseError, match=r"longer than 0.6 s"):
        pool.parse("feed", SLOW, CONTEXT, seconds=PATIENCE)


def test_a_child_that_has_grown_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with ParserPool(1, limits=Limits(parse=60)) as pool:
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
        assert len(pool._idle) == 1
        monkeypatch.setattr(parsing, "GROWN", -(2**40))
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
        assert pool._idle == []


def test_a_large_document_is_given_a_parser_that_has_not_grown_yet() -> None:
    large = document(rss(entry("T", "x" * parsing.LARGE, guid="1")))
    with ParserPool(1, limits=Limits(parse=60)) as pool:
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
        first = pool._idle[0]
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
        assert first.served == 2
        pool.parse("feed", large, CONTEXT, seconds=PATIENCE)
        assert not first.alive
        assert first.served == 2


def test_waiting_for_a_parser_is_part_of_a_documents_time(pool: ParserPool) -> None:
    with pool._place(False, time.monotonic() + PATIENCE), pytest.raises(Crowded, match="no parser was free"):
        pool.parse("feed", GOOD, CONTEXT, seconds=0.4)
    assert len(pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE).mentions) == 1


def test_large_documents_are_parsed_one_at_a_time_and_small_ones_beside_them() -> None:
    large = document(rss(entry("T", "x" * parsing.LARGE, guid="1")))
    with ParserPool(2, limits=Limits(parse=60)) as pool:
        with pool._place(True, time.monotonic() + PATIENCE):
            with pytest.raises(Crowded, match="no parser was free"):
                pool.parse("feed", large, CONTEXT, seconds=0.4)
            assert len(pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE).mentions) == 1
        assert len(pool.parse("feed", large, CONTEXT, seconds=PATIENCE).mentions) == 1


def test_a_child_that_dies_is_replaced(pool: ParserPool) -> None:
    pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
    for child in pool._idle:
        os.kill(child._process.pid, 9)
        child._process.wait()
    assert len(pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE).mentions) == 1


def test_threads_share_it(pool: ParserPool) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda number: pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE), range(20)))
    assert len(set(map(repr, found))) == 1


def test_children_have_no_secrets_and_end_with_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGPING_INBOX_TOKEN", "secret")
    with ParserPool(1) as pool:
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)
        process = pool._idle[0]._process
        if Path("/proc").exists():
            assert b"secret" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    assert process.returncode is not None
    with pytest.raises(ValueError, match="closed"):
        pool.parse("feed", GOOD, CONTEXT, seconds=PATIENCE)


def test_a_bug_in_a_parser_is_the_sources_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors import feed

    def broken(*anything: object, **more: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(feed, "read_feed", broken)
    with pytest.raises(ParseError, match="KeyError"):
        InProcess().parse("feed", GOOD, CONTEXT)

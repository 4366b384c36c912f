"""What goes wrong with a database becomes one sentence of ours, whatever was being done."""

import inspect
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from collectors.records import Matched
from errors import StorageBusy, StorageError, StorageFull
from storage import (
    arrivals,
    attach,
    brands,
    cases,
    channels,
    config,
    counts,
    coverage,
    deletion,
    export,
    forget,
    judge,
    mentions,
    open_store,
    outbox,
    pages,
    readings,
    rematch,
    rollups,
    rules,
    sample,
    set_aside,
    settings_store,
    sources,
    speakers,
    spikes,
    watched,
)  # fmt: skip
from storage.records import MentionFilter, ReadResult
from tests.storage.builders import LATER, NOW, a_brand, a_source, heard, judged, say
from tests.storage.builders import store as put

ROOT = Path(__file__).resolve().parents[2]
ALL = MentionFilter()
PERIOD = MentionFilter(brands=(1,), since=NOW, until=LATER)
EVENTS = {
    "start_at": NOW,
    "end_at": LATER,
    "measure": "negative",
    "figures": {},
    "title": "t",
    "level": "red",
    "now": NOW,
}
NEW = say("n")
ARRIVAL = (heard(type("S", (), {"id": 1}), NEW), [Matched(NEW, {1: "Acme"})], LATER)

# Every operation of the store, called so that it has something to do. Ids are 1: see `filled`.
OPERATIONS: dict[Callable[..., Any], Callable[[Any], Any]] = {
    arrivals.store_many: lambda tx: mentions.store_many(tx, [ARRIVAL], now=NOW),
    arrivals.store_collected: lambda tx: mentions.store_collected(tx, *ARRIVAL[:2], next_check_at=LATER, now=NOW),
    arrivals.known_ids: lambda tx: mentions.known_ids(tx, 1, ["a"]),
    attach.candidates: lambda tx: list(attach.candidates(tx, 1, limit=9)),
    attach.scopes: attach.scopes,
    attach.stored_for: lambda tx: attach.stored_for(tx, 1, {}, past=None, limit=9),
    attach.aside_for: lambda tx: attach.aside_for(tx, 1, {}, past=None, limit=9),
    brands.add_brand: lambda tx: brands.add_brand(tx, "New", now=NOW),
    brands.update_brand: lambda tx: brands.update_brand(tx, 1, aliases=["x"]),
    brands.list_brands: brands.list_brands,
    brands.get_brand: lambda tx: brands.get_brand(tx, 1),
    brands.get_brand_by_name: lambda tx: brands.get_brand_by_name(tx, "Acme"),
    brands.sample_brands: brands.sample_brands,
    brands.brand_counts: brands.brand_counts,
    brands.give_way: lambda tx: brands.give_way(tx, "Acme"),
    cases.get_case: lambda tx: cases.get_case(tx, 1),
    cases.list_cases: cases.list_cases,
    cases.existing_case: lambda tx: cases.existing_case(tx, 1),
    cases.case_mention_ids: lambda tx: cases.case_mention_ids(tx, 1),
    cases.case_mentions: lambda tx: cases.case_mentions(tx, 1),
    cases.case_log: lambda tx: cases.case_log(tx, 1),
    cases.acknowledge: lambda tx: cases.acknowledge(tx, 1, who="a", now=NOW),
    cases.assign: lambda tx: cases.assign(tx, 1, owner="b", who="a", now=NOW),
    cases.add_note: lambda tx: cases.add_note(tx, 1, "n", who="a", now=NOW),
    cases.snooze: lambda tx: cases.snooze(tx, 1, until=LATER, who="a", now=NOW),
    cases.respond: lambda tx: cases.respond(tx, 1, {"said": "s"}, who="a", now=NOW),
    cases.resolve: lambda tx: cases.resolve(tx, 1, verdict="real", who="a", now=NOW),
    cases.reopen: lambda tx: cases.reopen(tx, 1, who="a", now=NOW),
    cases.set_level: lambda tx: cases.set_level(tx, 1, "blue", who="a", now=NOW),
    cases.untold: lambda tx: cases.untold(tx, NOW),
    cases.set_explanation: lambda tx: cases.set_explanation(tx, 1, {}),
    cases.escalate: lambda tx: cases.escalate(tx, 1, why="late", who="a", now=NOW),
    cases.escalated_for: lambda tx: cases.escalated_for(tx, cases.existing_case(tx, 1)),
    cases.add_mentions: lambda tx: cases.add_mentions(tx, 1, [1]),
    cases.remove_mentions: lambda tx: cases.remove_mentions(tx, 1, [1], who="a", now=NOW),
    cases.log: lambda tx: cases.log(tx, 1, "note", {}, who="a", now=NOW),
    channels.begin_move: lambda tx: channels.begin_move(tx, 1, "forum"),
    channels.move_part: channels.move_part,
    config.export_config: lambda tx: config.export_config(tx, now=NOW),
    config.import_config: lambda tx: config.import_config(
        tx, {"fengping": 1, "brands": [{"name": "X"}]}, who="a", now=NOW
    ),
    counts.figures: lambda tx: counts.figures(tx, ALL),
    counts.count: lambda tx: counts.count(tx, MentionFilter(flagged=True), cap=10),
    counts.voices: lambda tx: counts.voices(tx, ALL),
    counts.stored: lambda tx: counts.stored(tx, up_to=9),
    counts.by_channel: lambda tx: counts.by_channel(tx, ALL),
    counts.by_source: lambda tx: counts.by_source(tx, ALL),
    counts.by_place: lambda tx: counts.by_place(tx, ALL),
    counts.by_theme: lambda tx: counts.by_theme(tx, ALL),
    counts.tally: lambda tx: counts.tally(tx, ALL, "channel"),
    counts.timeline: lambda tx: counts.timeline(tx, ALL, step="hour", tz=ZoneInfo("UTC")),
    counts.hourly_counts: lambda tx: counts.hourly_counts(tx, [1], since=NOW, until=LATER),
    counts.hourly_sum: lambda tx: counts.hourly_sum(tx, MentionFilter(since=NOW, until=LATER)),
    coverage.coverage_gaps: lambda tx: coverage.coverage_gaps(tx, since=NOW, until=LATER),
    coverage.heard_hours: lambda tx: coverage.heard_hours(tx, since=NOW, until=LATER),
    deletion.delete_brand: lambda tx: deletion.delete_brand(tx, 1, now=NOW),
    deletion.delete_source: lambda tx: deletion.delete_source(tx, 1, now=NOW),
    deletion.restore_brand: lambda tx: deletion.delete_brand(tx, 1, now=NOW) or deletion.restore_brand(tx, 1),
    deletion.restore_source: lambda tx: deletion.delete_source(tx, 1, now=NOW) or deletion.restore_source(tx, 1),
    deletion.deleted_brands: deletion.deleted_brands,
    deletion.deleted_sources: deletion.deleted_sources,
    deletion.settle_part: lambda tx: deletion.settle_part(tx, now=NOW),
    export.rows: lambda tx: list(export.rows(tx, ALL)),
    export.export: lambda tx: export.export(tx, ALL, Path("/tmp/fengping-test.csv")),
    forget.forget_part: lambda tx: forget.forget_part(tx, NOW),
    judge.get_mention: lambda tx: mentions.get_mention(tx, 1),
    judge.versions: lambda tx: mentions.versions(tx, 1),
    judge.mention_history: lambda tx: mentions.mention_history(tx, 1),
    judge.correct: lambda tx: mentions.correct(tx, 1, 1, "positive", who="a", now=NOW),
    judge.flag: lambda tx: mentions.flag(tx, [1], True, who="a", now=NOW),
    judge.note: lambda tx: mentions.note(tx, 1, "n", who="a", now=NOW),
    outbox.add_target: lambda tx: outbox.add_target(tx, "new", url="json://x", kind="webhook"),
    outbox.update_target: lambda tx: outbox.update_target(tx, 1, lang="zh"),
    outbox.bring_back_target: lambda tx: outbox.bring_back_target(tx, outbox.delete_target(tx, 1)),
    outbox.delete_target: lambda tx: outbox.delete_target(tx, 1),
    outbox.list_targets: outbox.list_targets,
    outbox.get_target: lambda tx: outbox.get_target(tx, 1),
    outbox.enqueue: lambda tx: outbox.enqueue(tx, "k2", target_id=1, case_id=1, payload={}, now=NOW),
    outbox.due: lambda tx: outbox.due(tx, NOW),
    outbox.waiting_still: lambda tx: outbox.waiting_still(tx, [1]),
    outbox.mark_sent: lambda tx: outbox.mark_sent(tx, 1, now=NOW),
    outbox.mark_failed: lambda tx: outbox.mark_failed(tx, 1, error="e", next_try_at=LATER),
    outbox.mark_dead: lambda tx: outbox.mark_dead(tx, 1, error="e", now=NOW),
    outbox.postpone: lambda tx: outbox.postpone(tx, [1], until=LATER),
    outbox.requeue: lambda tx: outbox.requeue(tx, 1, now=NOW),
    outbox.list_outbox: outbox.list_outbox,
    outbox.counts: outbox.counts,
    outbox.sent_since: lambda tx: outbox.sent_since(tx, 1, NOW, until=NOW),
    outbox.prune_outbox: lambda tx: outbox.prune_outbox(tx, NOW),
    pages.page: lambda tx: mentions.page(tx, ALL),
    pages.times: lambda tx: pages.times(tx, ALL, limit=5),
    pages.iter_rows: lambda tx: list(mentions.iter_rows(tx, ALL)),
    readings.unread: lambda tx: readings.unread(tx, model="m", limit=5),
    readings.backlog: lambda tx: readings.backlog(tx, "m"),
    readings.store_readings: lambda tx: readings.store_readings(tx, [ReadResult(1, None, {1: judged()})], now=NOW),
    readings.failed: readings.failed,
    readings.models: readings.models,
    readings.requeue: readings.requeue,
    rematch.rematch_part: lambda tx: rematch.rematch_part(tx, 1, lambda _: lambda text: {}, now=NOW),
    rematch.unfinished: rematch.unfinished,
    rollups.recount: rollups.recount,
    rules.add_rule: lambda tx: rules.add_rule(tx, "new", {}, who="a", now=NOW),
    rules.update_rule: lambda tx: rules.update_rule(tx, 1, body={"a": 1}, what="w", who="a", now=NOW),
    rules.restore_rule: lambda tx: rules.restore_rule(tx, 1, 1, who="a", now=NOW),
    rules.enable_rule: lambda tx: rules.enable_rule(tx, 1, False, who="a", now=NOW),
    rules.bring_back_rule: lambda tx: rules.bring_back_rule(tx, 1),
    rules.delete_rule: lambda tx: rules.delete_rule(tx, 1, now=NOW),
    rules.list_rules: rules.list_rules,
    rules.get_rule: lambda tx: rules.get_rule(tx, 1),
    rules.rule_versions: lambda tx: rules.rule_versions(tx, 1),
    rules.set_evaluated: lambda tx: rules.set_evaluated(tx, 1, {}),
    sample.has_sample: sample.has_sample,
    sample.remove_sample: sample.remove_sample,
    set_aside.put_aside: lambda tx: set_aside.put_aside(tx, [1], why="words", now=NOW),
    set_aside.bring_back: lambda tx: set_aside.bring_back(tx, [1]),
    settings_store.get_setting: lambda tx: settings_store.get_setting(tx, "x"),
    settings_store.set_setting: lambda tx: settings_store.set_setting(tx, "x", 1, who="a", now=NOW),
    settings_store.all_settings: settings_store.all_settings,
    sources.add_source: lambda tx: sources.add_source(tx, "https://x.org", kind="feed", channel="news", now=NOW),
    sources.update_source: lambda tx: sources.update_source(tx, 1, paused=True, now=NOW),
    sources.list_sources: lambda tx: sources.list_sources(tx, NOW),
    sources.get_source: lambda tx: sources.get_source(tx, 1, now=NOW),
    sources.due_sources: lambda tx: sources.due_sources(tx, NOW),
    sources.next_due: sources.next_due,
    sources.fetch_history: lambda tx: sources.fetch_history(tx, 1),
    sources.prune_fetches: lambda tx: sources.prune_fetches(tx, NOW),
    sources.find_source: lambda tx: sources.find_source(
        tx, "https://example.com/feed", kind="feed", channel="news", brands=(), now=NOW
    ),
    sources.refuse_waiting: lambda tx: sources.refuse_waiting(tx, 1),
    spikes.open_case: lambda tx: spikes.open_case(tx, rule_id=1, rule_version=1, brand_id=1, **EVENTS),
    spikes.open_by_hand: lambda tx: spikes.open_by_hand(tx, 1, "t", level="red", mention_ids=[1], who="a", now=NOW),
    spikes.extend_case: lambda tx: spikes.extend_case(tx, 1, end_at=LATER, figures={}, now=NOW),
    spikes.list_spikes: spikes.list_spikes,
    speakers.spoken: lambda tx: speakers.spoken(tx, PERIOD, now=NOW, before=9),
    speakers.deaf: lambda tx: speakers.deaf(tx, [1], since=NOW, until=LATER),
    watched.watched_counts: lambda tx: watched.watched_counts(tx, PERIOD, now=NOW),
}
ROOMS = (
    arrivals, attach, brands, cases, channels, config, counts, coverage, deletion, export, forget, judge, mentions, outbox, pages,
    readings, rematch, rollups, rules, sample, set_aside, settings_store, sources, speakers, spikes, watched,
)  # fmt: skip
INNER = {
    "attach",
    "themes_of",
    "count",
    "hide",
    "show_again",
    "without_reading",
    "remove_readings",
}


def test_the_list_of_operations_is_whole():
    public = {
        found
        for room in ROOMS
        for name, found in inspect.getmembers(room, inspect.isfunction)
        if not name.startswith("_") and found.__module__ == room.__name__ and name not in INNER
        if next(iter(inspect.signature(found).parameters), "") == "tx"
    }
    assert {found.__name__ for found in public - set(OPERATIONS)} == set()


def filled(store) -> None:
    """One of everything, each with the id 1."""
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        ids = put(tx, source, say("a"), brands=[brand]).new_ids
        rule = rules.add_rule(tx, "rule", {}, who="a", now=NOW)
        hours = {"rule_id": rule.id, "rule_version": 1, "brand_id": brand.id, "mention_ids": ids}
        found = spikes.open_case(tx, **hours, **{**EVENTS, "start_at": NOW - timedelta(days=9)})
        target = outbox.add_target(tx, "duty", url="json://x", kind="webhook")
        outbox.enqueue(tx, "k", target_id=target.id, case_id=found.case_id, payload={}, now=NOW)
        assert (brand.id, source.id, ids, rule.id, found, target.id) == (1, 1, (1,), 1, found, 1)


@contextmanager
def locked(store):
    """Somebody else holds everything."""
    if store.dialect == "sqlite":
        other = sqlite3.connect(store.engine.url.database, isolation_level=None)
        store.engine.dispose()
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.close()
        return
    with store.engine.connect() as other, other.begin():
        names = other.scalars(text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")).all()
        other.execute(text(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE"))
        yield


def test_every_operation_says_that_the_store_is_locked(url):
    store = open_store(url, busy_seconds=0.02)
    filled(store)
    said = {}
    with locked(store):
        for operation, act in OPERATIONS.items():
            try:
                with store.read() as tx:
                    act(tx)
            except StorageError as error:
                said[operation] = error
    store.close()
    assert [one.__name__ for one in OPERATIONS if one not in said] == []
    assert {type(error) for error in said.values()} == {StorageBusy}
    assert "locked by another process" in str(next(iter(said.values())))


def test_every_operation_works_when_nothing_is_locked(url):
    """Else the test above could pass for operations that fail anyway."""
    store = open_store(url)
    for operation, act in OPERATIONS.items():
        with store.begin() as tx:
            tx.execute(text("SELECT 1"))
        filled_once(store)
        with pytest.raises(Undone), store.begin() as tx:  # noqa: PT012 - what follows is one transaction
            act(tx)
            raise Undone(operation.__name__)
    store.close()


class Undone(Exception):
    pass


def filled_once(store) -> None:
    with store.read() as tx:
        empty = not brands.list_brands(tx)
    if empty:
        filled(store)


def test_a_writer_waits_for_the_writer_before_and_then_says_so(store):
    with store.begin(), pytest.raises(StorageBusy), store.begin() as second:
        brands.list_brands(second)


def test_readers_do_not_wait_for_a_writer(store):
    with store.begin() as writer:
        a_brand(writer)
        with store.read() as reader:
            assert brands.list_brands(reader) == []


def test_a_full_disk_is_said_and_leaves_what_was_stored(tmp_path, sqlite_template):
    store = open_store(f"sqlite:///{copied(sqlite_template, tmp_path)}")
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("kept"), brands=[brand])
    with pytest.raises(StorageFull, match="no room is left"), store.begin() as tx:  # noqa: PT012 - what follows is one transaction
        tx.execute(text("PRAGMA max_page_count = 1"))  # SQLite then meets its disk-full error at the next page
        put(tx, source, *(say(str(n), f"Acme {n} " * 500) for n in range(200)), brands=[brand])
    with store.begin() as tx:
        tx.execute(text("PRAGMA max_page_count = 1000000"))
        assert [row.external_id for row in mentions.page(tx, ALL).rows] == ["kept"]
    store.close()


def test_a_system_that_lets_no_more_be_written_is_said_as_a_full_disk_is(tmp_path, sqlite_template):
    """As a quota does, of which SQLite has no word of its own: here a limit on the size of files, in a process of its own."""
    url = f"sqlite:///{copied(sqlite_template, tmp_path)}"
    code = f"""
import resource, signal
from sqlalchemy import text
from storage import open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
with open_store({url!r}).begin() as tx:
    tx.execute(text("CREATE TABLE large AS SELECT zeroblob(1000000)"))
"""
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert "errors.StorageFull: the system let no more be written to the store" in done.stderr
    store = open_store(url)
    with store.begin() as tx:
        a_brand(tx)
    store.close()


def test_a_store_that_may_not_be_written_is_said(tmp_path, sqlite_template):
    path = copied(sqlite_template, tmp_path)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="cannot be written"), store.begin() as tx:  # noqa: PT012 - what follows is one transaction
        tx.execute(text("PRAGMA query_only = ON"))
        a_brand(tx)
    store.close()


def test_a_damaged_store_is_said(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database at all, but long enough to be read as one" * 40)
    with pytest.raises(StorageError, match="damaged or no database"):
        open_store(f"sqlite:///{tmp_path / 'bad.db'}", migrate=True)


def test_a_server_that_is_not_there_is_said_without_its_password():
    with pytest.raises(StorageError) as told:
        open_store("postgresql+psycopg://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(told.value)
    assert "127.0.0.1" in str(told.value)


def test_a_bug_keeps_its_own_type(store):
    from datetime import datetime

    with pytest.raises(Exception, match="naive datetime") as told, store.begin() as tx:
        brands.add_brand(tx, "X", now=datetime(2026, 1, 1))
    assert not isinstance(told.value, StorageError)


def copied(template: Path, folder: Path) -> Path:
    target = folder / "store.db"
    target.write_bytes(template.read_bytes())
    return target

"""Lists and counts are index ranges: SQLite's own account of how it would answer, with no look at the clock."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from storage import counts, coverage, health, mentions, pages, readings, sources, watched
from storage.bench import QUERIES, UNTIL, load
from storage.records import Cursor, MentionFilter
from storage.rollups import recount

ONE = MentionFilter(brands=(1,))
LISTS = {
    "all": MentionFilter(),
    "a brand": ONE,
    "two brands": MentionFilter(brands=(1, 2)),
    "negative": replace(ONE, sentiments=("negative",)),
    "a channel": replace(ONE, channels=("video",)),
    "a source": replace(ONE, sources=(3,)),
    "sources": replace(ONE, sources=(3, 4)),
    "a language": MentionFilter(langs=("en",)),
    "a period": replace(ONE, since=UNTIL.replace(month=10), until=UNTIL),
    "flagged": MentionFilter(flagged=True),
    "a theme": replace(ONE, themes=("safety",)),
    "words": replace(ONE, query="电池"),
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """A loaded store, and a function that gives the plans of what it is asked."""
    from storage import open_store

    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'store.db'}", migrate=True)
    load(store, 3_000)

    def explained(ask) -> list[str]:
        asked: list[tuple[str, object]] = []

        def note(_connection, _cursor, statement, parameters, _context, many) -> None:
            if statement.startswith(("SELECT", "WITH")) and not many:
                asked.append((statement, parameters))

        with store.read() as tx:
            event.listen(store.engine, "before_cursor_execute", note)
            try:
                ask(tx)
            finally:
                event.remove(store.engine, "before_cursor_execute", note)
            return [row[3] for one in asked for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {one[0]}", one[1])]

    yield explained
    store.close()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("after", [None, Cursor(UNTIL, 900, 1)])
def test_a_page_walks_an_index_and_sorts_nothing_large(plans, monkeypatch, name, after):
    from storage import filters

    monkeypatch.setattr(filters, "GATHER", 0)  # as in a large store, where these sets are large
    steps = plans(lambda tx: pages._keys(tx, LISTS[name], after, 5, False))  # the page's own rows are read by their ids
    walks = [step for step in steps if " reading " in f"{step} "]
    assert walks, steps
    assert all("INDEX" in step or "PRIMARY KEY" in step for step in walks), walks
    assert not [step for step in steps if step == "USE TEMP B-TREE FOR ORDER BY"] or "two" in name, steps
    assert not [step for step in steps if step.startswith("SCAN mention") and "VIRTUAL" not in step], steps


@pytest.mark.parametrize("name", [name for name in QUERIES if "word" not in name])
def test_no_query_of_a_page_reads_all_mentions_or_readings(plans, name):
    steps = plans(QUERIES[name])
    assert steps
    assert not [step for step in steps if step in ("SCAN reading", "SCAN mention", "SCAN rollup", "SCAN theme_rollup")]


def test_what_waits_to_be_read_is_found_by_its_own_index(plans):
    steps = plans(lambda tx: readings.unread(tx, model="bench", limit=10))
    assert [step for step in steps if "ix_reading_unread" in step], steps
    assert not [step for step in steps if step == "SCAN reading"], steps


def test_when_sources_were_heard_is_read_for_the_period_asked_for(plans):
    """A source that misses something at every poll leaves an interval an hour, for years."""
    steps = plans(lambda tx: coverage.heard_hours(tx, since=UNTIL.replace(day=1), until=UNTIL))
    steps += plans(lambda tx: health._last_intervals(tx, [1, 2, 3]))
    walks = [step for step in steps if " coverage" in step]
    assert len([step for step in walks if "(source_id=? AND end_at>?)" in step]) == 1, walks
    assert all("(source_id=?" in step or "(rowid=?)" in step for step in walks), walks


def test_no_collection_is_counted_for_what_is_pushed_or_judged(plans):
    """A push, and each rule in each cycle, asks for sources; a week of five hundred has a third of a million collections."""
    scope = MentionFilter(brands=(1,), since=UNTIL.replace(day=1), until=UNTIL)
    asked = {"brands": (), "now": UNTIL}
    for ask in (
        lambda tx: watched.watched_counts(tx, scope, now=UNTIL),
        lambda tx: sources.find_source(tx, "inbox:crm", kind="inbox", channel="social", **asked),
    ):
        steps = plans(ask)
        assert [step for step in steps if "source" in step], steps
        assert not [step for step in steps if "fetch" in step], steps


def test_the_loader_makes_a_store_like_any_other(plans, tmp_path):
    from storage import open_store

    store = open_store(f"sqlite:///{tmp_path / 'store.db'}", migrate=True)
    load(store, 500)
    with store.read() as tx:
        assert recount(tx) == []
        found = list(mentions.iter_rows(tx, MentionFilter()))
        assert len(found) == counts.figures(tx, MentionFilter()).total == 525
        assert mentions.page(tx, MentionFilter(query="电池 鼓包")).rows[0].text.startswith("电池鼓包了")
    store.close()

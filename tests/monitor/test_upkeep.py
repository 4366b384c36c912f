"""Long work on the store: killed in the middle it is taken up, and others write meanwhile."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import bringing, upkeep
from monitor.matching import Matching
from monitor.sample import run
from monitor.upkeep import at_it, follow_brand, keep_up
from settings import Settings
from storage import brands, deletion, mentions, open_store, rematch, set_aside, sources
from storage.engine import Store
from storage.records import MentionFilter
from storage.rollups import recount
from storage.settings_store import set_setting
from tests.monitor.conftest import NOW
from tests.storage import builders

ROOT = Path(__file__).parents[2]
MANY = 2 * rematch.PART + 500  # several parts
ALL = MentionFilter()


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Store:
    """A brand with many mentions of one source; some of them corrected and noted."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('large') / 'fengping.db'}", migrate=True)
    with store.begin() as tx:
        brand, source = builders.a_brand(tx), builders.a_source(tx)
        said = (builders.say(str(n), f"Acme says {n}, and so do I", hours_ago=n / 60) for n in range(MANY))
        ids = builders.store(tx, source, *said, brands=[brand]).new_ids
        for one in ids[::500]:
            mentions.correct(tx, one, brand.id, "positive", who="li", now=NOW)
            mentions.note(tx, one, "call them", who="li", now=NOW)
    yield store
    store.close()


def seen(store: Store) -> list:
    with store.read() as tx:
        assert recount(tx) == []
        return list(mentions.iter_rows(tx, ALL))


DIES = """
    import os, signal, sys
    from monitor.cli import main
    from storage.engine import Store

    whole = Store.in_parts

    def dying(self, work):
        parts = []

        def part(tx):
            parts.append(work(tx))
            if len(parts) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            return parts[-1]

        return whole(self, part)

    Store.in_parts = dying
    main()
"""


def killed_in_the_middle(store: Store, *arguments: str) -> None:
    """Run a command that is killed in the transaction of its third part."""
    environment = {**os.environ, "FENGPING_DATABASE_URL": str(store.engine.url), "FENGPING_HOME": "/nonexistent"}
    command = [sys.executable, "-c", textwrap.dedent(DIES), *arguments]
    killed = subprocess.run(command, env={**environment, "PYTHONPATH": str(ROOT)}, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("go", "back"),
    [
        (("brand", "edit", "1", "--name", "Zeta"), ("brand", "edit", "1", "--name", "Acme")),
        (("brand", "remove", "1"), ("brand", "restore", "1")),
        (("source", "remove", "1"), ("source", "restore", "1")),
    ],
)
def test_what_was_killed_in_the_middle_is_finished_by_the_next_cycle(large, go, back):
    before = seen(large)
    killed_in_the_middle(large, *go)
    assert 0 < len(seen(large)) < MANY
    keep_up(large, now=NOW, until=time.monotonic() + 600)
    assert seen(large) == []
    killed_in_the_middle(large, *back)
    assert 0 < len(seen(large)) < MANY
    keep_up(large, now=NOW, until=time.monotonic() + 600)
    assert seen(large) == before


def test_what_was_brought_back_returns_before_it_is_forgotten(large):
    """Killed while it brought a source back, and started again two months later."""
    before = seen(large)
    with large.begin() as tx:
        deletion.delete_source(tx, 1, now=NOW)
        builders.settle(tx)
        deletion.restore_source(tx, 1)
        went_on(tx, NOW + timedelta(days=60))
    keep_up(large, now=NOW + timedelta(days=60), until=time.monotonic() + 600)
    assert seen(large) == before


def test_a_sample_that_is_removed_takes_nothing_along_that_was_brought_back(large):
    """Killed while it brought a source back, forty days after that was deleted; then somebody removes the sample."""
    before, now = seen(large), datetime.now(UTC)
    with large.begin() as tx:
        deletion.delete_source(tx, 1, now=now - timedelta(days=40))
        builders.settle(tx, now=now - timedelta(days=40))
        deletion.restore_source(tx, 1)
        went_on(tx, now)
    run.remove(large)
    assert seen(large) == before


def test_a_cycle_takes_up_no_more_than_it_has_time_for(large):
    with large.begin() as tx:
        deletion.delete_source(tx, 1, now=NOW)
    keep_up(large, now=NOW, until=time.monotonic())
    assert len(seen(large)) == MANY - deletion.PART
    with large.begin() as tx:
        deletion.restore_source(tx, 1)
    keep_up(large, now=NOW, until=time.monotonic() + 600)
    assert len(seen(large)) == MANY


def test_a_cycle_leaves_to_a_person_s_command_what_that_is_at(store: Store, brand):
    with store.begin() as tx:
        brands.update_brand(tx, brand.id, aliases=["Nobody"])
    with at_it(store) as ours:
        assert ours
        keep_up(store, now=NOW, until=time.monotonic() + 600)
        with store.read() as tx:
            assert rematch.unfinished(tx) == [brand.id]
    keep_up(store, now=NOW, until=time.monotonic() + 600)
    with store.read() as tx:
        assert rematch.unfinished(tx) == []


def test_others_write_between_two_parts(store: Store, settings: Settings, brand):
    """The writer's lock is free whenever the long work says how far it is."""
    with store.begin() as tx:
        source = builders.a_source(tx)
        builders.store(tx, source, builders.say("1", "Lark Tea is warm"), brands=[brand])
        brands.update_brand(tx, brand.id, aliases=["Nobody"])
    other = open_store(settings.store_url, busy_seconds=0.01)
    told = []

    def between(done, total):
        with other.begin() as tx:
            sources.update_source(tx, source.id, title=f"written at {len(told)}", now=NOW)
        told.append((done, total))

    assert follow_brand(store, brand.id, now=NOW, told=between) == (0, 1)
    assert [done for done, _ in told] == [0, 1]
    other.close()


def test_what_is_due_to_be_forgotten_goes_in_the_cycle(store: Store, brand):
    with store.begin() as tx:
        source = builders.a_source(tx)
        builders.store(tx, source, builders.say("1", "Lark Tea is warm"), brands=[brand])
        deletion.delete_brand(tx, brand.id, now=NOW)
    for late, kept in ((timedelta(0), 1), (set_aside.KEPT, 1), (set_aside.KEPT + timedelta(seconds=1), 0)):
        with store.begin() as tx:
            went_on(tx, NOW + late)
        assert kept_brands(store, NOW + late) == kept


def test_a_clock_that_leaps_ahead_makes_nothing_forgotten_for_a_day(store: Store, brand):
    """It may be wrong, and what is forgotten does not come back."""
    with store.begin() as tx:
        deletion.delete_brand(tx, brand.id, now=NOW)
    hour, month = timedelta(hours=1), timedelta(days=31)
    for at in (timedelta(0), month, month + 2 * hour, hour, month + hour, month + 24 * hour):  # put right, then true
        assert kept_brands(store, NOW + at) == 1
    assert kept_brands(store, NOW + month + 26 * hour) == 0


def kept_brands(store: Store, now: datetime) -> int:
    """After a cycle at that time."""
    keep_up(store, now=now)
    with store.read() as tx:
        return len(deletion.deleted_brands(tx))


def went_on(tx, now: datetime) -> None:
    """A cycle was there an hour before that."""
    at = (now - timedelta(hours=1)).isoformat()
    set_setting(tx, upkeep.CLOCK, {"seen": at}, who="monitor", now=now)


def test_what_is_brought_in_parts_goes_by_the_words_of_each_part_s_time(store: Store, brand, monkeypatch):
    """A file of a million takes minutes, in which a brand may be changed and held against what is stored."""
    monkeypatch.setattr(bringing, "CHUNK", 1)
    with store.begin() as tx:
        source = builders.a_source(tx)
        matching = Matching(brands.list_brands(tx))

    def texts():
        yield builders.say("1", "Lark Tea is warm"), ()
        with store.begin() as tx:
            brands.update_brand(tx, brand.id, aliases=["Owl Tea"])
        follow_brand(store, brand.id, now=NOW)
        yield builders.say("2", "Lark Tea is cold"), ()
        yield builders.say("3", "Owl Tea is cold"), ()

    assert bringing.bring(store, source, texts(), matching, now=NOW).new == 2
    with store.read() as tx:
        assert [row.text for row in mentions.iter_rows(tx, ALL)] == ["Owl Tea is cold"]

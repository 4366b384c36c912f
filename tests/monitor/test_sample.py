"""The sample workspace when something goes wrong while it is built; that it is worth looking at is shown by the browser
tests and the pictures."""

from datetime import timedelta

import pytest

from errors import AlreadyRunning, InputError
from monitor.sample import prepare, run
from storage import brands
from storage.counts import figures
from storage.lock import try_lock
from storage.records import MentionFilter
from storage.sources import list_sources
from tests.monitor.conftest import NOW, SQLITE


class Killed(BaseException):
    """What no handler of ours catches."""


def two_days(world, clock):
    for step in range(4):
        yield world.start + step * timedelta(hours=6), 0


def test_one_that_was_left_half_built_is_built_again(store, settings, monkeypatch):
    def killed(world, clock):
        yield from two_days(world, clock)
        raise Killed

    monkeypatch.setattr(run, "_steps", killed)
    with pytest.raises(Killed):
        prepare(settings, say=lambda text: None)
    with store.read() as tx:
        assert not run.is_built(tx)
        assert all(one.status.value == "paused" for one in list_sources(tx, NOW))
    monkeypatch.setattr(run, "_steps", two_days)
    said = []
    prepare(settings, say=said.append)
    assert said[-1] == "the sample workspace is ready"
    with store.read() as tx:
        assert run.is_built(tx)
        assert [one.name for one in brands.list_brands(tx)] == [name for name, _ in run.BRANDS.values()]
        assert not any(one.status.value == "paused" for one in list_sources(tx, NOW))
        assert figures(tx, MentionFilter()).unread == 0
    with pytest.raises(InputError, match="there already"):
        run.build(store, settings, told=lambda step: None, say=lambda text: None)


def test_two_do_not_build_at_once(store, settings):
    with try_lock(settings.store_url, "sample"), pytest.raises(AlreadyRunning):
        run.build(store, settings, told=lambda step: None, say=lambda text: None)


def test_a_store_that_cannot_be_read_for_a_moment_leaves_the_sample_as_it_is(store, settings):
    with run.Living(store, lambda: NOW) as sample:
        assert sample.look() is None
        store.close()
        path = settings.home / SQLITE
        for beside in settings.home.glob(f"{SQLITE}-*"):
            beside.unlink()
        path.write_bytes(b"for a moment this is no database at all " * 200)
        assert sample.look() is None

"""Killed at any moment, the next run takes up the work: nothing lost, nothing twice, every count right."""

import random
import signal
import sqlite3
import subprocess
import time

import pytest

from monitor.opening import open_workspace
from settings import load_settings
from storage import counts, rollups
from storage.records import MentionFilter
from tests.e2e.command import Command, rss
from tests.fakes.site import FakeSite

KILLS = 22
FEEDS, ENTRIES = 8, 20


def feeds(site: FakeSite, revision: int) -> None:
    """Every feed with its entries; each revision changes some texts and adds an entry."""
    for number in range(FEEDS):
        entries = [(f"{number}-{entry}", f"云雀奶茶 {number}-{entry} 很好" + (f" v{revision}" if entry % 5 == revision % 5 else ""))
                   for entry in range(ENTRIES + revision)]  # fmt: skip
        site.add(f"/{number}", rss(entries))


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_twice(tmp_path):
    dice = random.Random(20261121)
    with FakeSite() as site:
        command = Command(tmp_path, {"FENGPING_ALLOW_HOSTS": site.url("/").split("/")[2]})
        feeds(site, 0)
        command.well("brand", "add", "云雀奶茶")
        for number in range(FEEDS):
            command.well("source", "add", site.url(f"/{number}"), "--kind", "feed", "--every", "1s")
        started = time.monotonic()
        assert command.apart("collect", "--once", timeout=300).code == 0
        whole = time.monotonic() - started
        killed = 0
        revision = 0
        while killed < KILLS:
            revision += 1
            if revision % 4 == 1:
                site_revision = revision
                feeds(site, site_revision)
            process = command.start("collect", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(dice.uniform(0.2, max(1.0, whole)))
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            killed += process.returncode == -signal.SIGKILL
            process.stderr.close()
        time.sleep(1.2)  # everything is due
        assert command.apart("collect", "--once", timeout=300).code == 0
        wanted = {f"{number}-{entry}" for number in range(FEEDS) for entry in range(ENTRIES + site_revision)}
    check(tmp_path, command, wanted)


def check(tmp_path, command, wanted):
    with sqlite3.connect(tmp_path / "data" / "fengping.db") as database:
        stored = [row[0] for row in database.execute("SELECT external_id FROM mention")]
        states = dict(database.execute("SELECT state, count(*) FROM reading GROUP BY state"))
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(stored) == len(set(stored)), "a mention is stored twice"
    assert len(stored) == len(wanted)
    assert states == {"read": len(wanted)}
    store = open_workspace(load_settings(home=tmp_path / "data", database_url=""))
    try:
        with store.read() as tx:
            assert list(rollups.recount(tx)) == []
            assert counts.figures(tx, MentionFilter()).read == len(wanted)
    finally:
        store.close()

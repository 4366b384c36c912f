"""A disk that is full while `fengping collect` stores: one sentence, exit code 1, and nothing lost once there is room."""

import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from tests.e2e.command import Command, Said, rss

SMALL, ENOUGH = "size=1500k", "size=60m"
FEEDS, ENTRIES = 4, 60


@dataclass
class OnSmallDisk(Command):
    """Calls that see the disk: a memory disk, mounted in a namespace of its own."""

    inside: tuple[str, ...] = ()

    def apart(self, *arguments: str, **options) -> Said:
        done = subprocess.run(
            [*self.inside, sys.executable, "-m", "monitor", *arguments], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def disk(tmp_path):
    """The folder of the disk, and how a command is put beside it."""
    (tmp_path / "disk").mkdir()
    mount = 'mount -t tmpfs -o "$1" none "$0" && echo there && read _'
    try:
        holder = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", mount, str(tmp_path / "disk"), SMALL],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("no unshare here, and so no disk of our own")
    with holder:
        if holder.stdout.readline() != "there\n":
            pytest.skip("this system gives nobody a disk of his own")
        yield tmp_path / "disk", ("nsenter", "-t", str(holder.pid), "-U", "-m", "--preserve-credentials")
        holder.stdin.close()


def _loop(fengping):
    """What the loop says until it is told to end, after several cycles."""
    beside = {"FENGPING_INBOX_PORT": "0", "FENGPING_CYCLE_SECONDS": "0.2"}
    command = [*fengping.inside, sys.executable, "-m", "monitor", "collect", "--no-read"]
    loop = subprocess.Popen(
        command, cwd=fengping.folder, env={**fengping.environment, **beside}, stderr=subprocess.PIPE, text=True
    )
    try:
        first = loop.stderr.readline()
        time.sleep(3)
    finally:
        loop.terminate()
    rest = loop.communicate(timeout=60)[1]
    assert loop.returncode == 0
    return first + rest


def test_a_disk_that_fills_while_collecting_is_one_sentence_and_nothing_is_lost(disk, tmp_path, site):
    folder, inside = disk
    settings = {"FENGPING_ALLOW_HOSTS": site.url("/").split("/")[2], "FENGPING_HOME": str(folder)}
    fengping = OnSmallDisk(tmp_path, settings, inside)
    assert fengping.apart("brand", "add", "云雀奶茶").code == 0
    for feed in range(FEEDS):
        words = [" ".join(f"{feed}w{entry}x{word}" for word in range(150)) for entry in range(ENTRIES)]
        site.add(f"/{feed}", rss([(f"{feed}-{entry}", f"云雀奶茶 {words[entry]}") for entry in range(ENTRIES)]))
        assert fengping.apart("source", "add", site.url(f"/{feed}"), "--kind", "feed").code == 0
    for _ in range(2):  # and again as long as it is full
        full = fengping.apart("collect", "--once", "--no-read")
        assert full.code == 1
        assert full.err == (
            f"fengping: no room is left on the disk that holds the store {folder}/fengping.db; free some, then start again\n"
        )
    told = _loop(fengping)
    assert told.count("no room is left on the disk") == told.count("\n") == 1
    subprocess.run([*inside, "mount", "-o", f"remount,{ENOUGH}", folder], check=True)
    assert fengping.apart("collect", "--once", "--no-read").code == 0
    assert '"total": 60' in fengping.apart("source", "list", "--json").out
    assert fengping.apart("brand", "list", "--json").out.count(f'"mentions": {FEEDS * ENTRIES}') == 1
    assert "every counter equals a recount" in fengping.apart("doctor", "--deep").out

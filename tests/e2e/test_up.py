"""`fengping up` whole: both processes answer, one that is killed comes back, a second copy is refused, nothing outlives it."""

import re
import signal
import subprocess
import time
import urllib.request

import psutil
import pytest

from dashboard.serving import free_port
from tests.e2e.command import Command

pytestmark = pytest.mark.slow
PATIENCE = 300.0  # seconds on a busy machine; waiting ends as soon as what is waited for is there


def until(test, what: str):
    """What `test` gives once it is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(0.2)
    pytest.fail(f"waited {PATIENCE:.0f} s for {what}")


class Up:
    """A running `fengping up` on a store and ports of its own. What it prints goes to a file."""

    def __init__(self, folder) -> None:
        self.port, self.inbox = free_port(), free_port()
        self.fengping = Command(folder, {"FENGPING_INBOX_PORT": str(self.inbox)})
        self.printed = folder / "printed.txt"
        with self.printed.open("w") as out:
            self.process = self.fengping.start("up", "--port", str(self.port), stdout=out, stderr=subprocess.STDOUT)

    def __enter__(self) -> "Up":
        until(lambda: self.answers(f"http://127.0.0.1:{self.port}/_stcore/health"), "the dashboard")
        until(lambda: self.answers(f"http://127.0.0.1:{self.inbox}/metrics"), "the monitor")
        return self

    def __exit__(self, *_error: object) -> None:
        for one in (*self.family(), self.process):
            one.kill()
        self.process.wait()

    def answers(self, url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            assert self.process.poll() is None, self.said()
            return False

    def said(self) -> str:
        return self.printed.read_text("utf-8")

    def family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def monitors(self) -> list[int]:
        """The process ids the monitor has had, the newest last."""
        log = (self.fengping.folder / "data" / "fengping.log").read_text("utf-8")
        return [int(found) for found in re.findall(r"monitor started as process (\d+)", log)]


def kill_monitor(up: Up) -> None:
    known = up.monitors()
    psutil.Process(known[-1]).kill()
    until(lambda: len(up.monitors()) > len(known), "the monitor's next process")
    until(lambda: up.answers(f"http://127.0.0.1:{up.inbox}/metrics"), "the monitor to answer again")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_both_answer_one_comes_back_a_second_is_refused_and_all_end(tmp_path, ending):
    with Up(tmp_path) as up:
        assert f"Fengping is at http://127.0.0.1:{up.port}" in until(up.said, "the address")
        for wait in (1, 2):  # it died soon after its start both times: the second wait is longer
            kill_monitor(up)
            assert f"monitor ended (killed by signal 9); starting it again in {wait} s" in up.said()

        second = up.fengping.apart("up", "--port", str(free_port()))
        assert (second.code, second.out, len(second.err.splitlines())) == (1, "", 1)
        assert "another copy already works on this store" in second.err
        assert up.process.poll() is None

        family = up.family()
        assert len(family) >= 2
        up.process.send_signal(ending)
        assert up.process.wait(PATIENCE) == 0
        assert psutil.wait_procs(family, timeout=PATIENCE)[1] == []
        assert "Traceback" not in up.said()
        assert up.fengping.well("doctor", "--json").objects  # the store is free again, and whole


def test_what_it_started_ends_with_it_when_it_is_killed(tmp_path):
    with Up(tmp_path) as up:
        family = up.family()
        up.process.kill()
        up.process.wait()
        assert psutil.wait_procs(family, timeout=PATIENCE)[1] == []

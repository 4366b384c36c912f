"""`fengping up` whole: both processes answer, one that is killed comes back, a second copy is refused, nothing outlives it."""

import signal
import socket

import psutil
import pytest

from dashboard.serving import free_port
from tests.e2e.up import PATIENCE, Up, until

pytestmark = pytest.mark.slow


def kill_monitor(up: Up) -> None:
    known = up.monitors()
    psutil.Process(known[-1]).kill()
    until(lambda: len(up.monitors()) > len(known), "the monitor's next process")
    until(lambda: up.answers(f"http://127.0.0.1:{up.inbox}/metrics"), "the monitor to answer again")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_both_answer_one_comes_back_a_second_is_refused_and_all_end(tmp_path, ending):
    with Up(tmp_path) as up:
        assert f"Fengping is at {up.address}" in until(up.said, "the address")
        for wait in (1, 2):  # it died soon after its start both times: the second wait is longer
            kill_monitor(up)
            assert f"monitor ended (killed by signal 9); starting it again in {wait} s" in up.said()

        second = up.fengping.apart("up", "--port", str(free_port()))
        assert (second.code, second.out, len(second.err.splitlines())) == (1, "", 1)
        assert "another copy already works on this store" in second.err
        assert up.process.poll() is None

        family = up.family()
        assert len(family) >= 2
        for _ in range(50):  # a terminal, make and a person's second Ctrl-C all tell it
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


def test_an_inbox_that_will_be_off_is_told_of_at_once(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = Up(tmp_path, {"FENGPING_INBOX_PORT": str(port)})
        try:
            until(lambda: f"the inbox and /metrics will be off: port {port} of 127.0.0.1" in up.said(), "the note")
        finally:
            up.__exit__()

"""Two processes kept alive, one copy per store, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest

from errors import AlreadyRunning, FengpingError
from monitor.up import LONGEST_WAIT, Child, child_environment, dashboard_arguments, guarded, restart_wait, run_up
from settings import load_settings
from storage.lock import try_lock


def child(code: str, **given) -> Child:
    return Child("worker", [sys.executable, "-c", code], dict(os.environ), **given)


def until(test, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.05)
    return False


def test_waits_double_up_to_a_minute():
    assert [restart_wait(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert restart_wait(1_000) == LONGEST_WAIT


def test_one_that_dies_is_started_again_later_each_time():
    one = child("import sys; print('no room'); sys.exit(3)", quiet=True)
    one.start()
    said = []
    assert until(lambda: said.append(one.look()) or said[-1])
    assert "exit code 3" in said[-1]
    assert one.process is None
    first = one.again_at - time.monotonic()
    one.again_at = 0
    assert until(lambda: said.append(one.look()) or (said[-1] and one.failures == 2))
    assert one.again_at - time.monotonic() > first
    assert "no room" in said[-1]


def test_one_that_cannot_be_started_is_tried_again(tmp_path):
    """As while another version is being installed: who keeps the others alive must not die of it."""
    python = tmp_path / "python"
    one = Child("worker", [str(python), "-c", "print('here again')"], dict(os.environ))
    assert "could not be started" in one.look()
    assert one.look() is None  # not before its time
    python.symlink_to(sys.executable)
    one.again_at = 0
    assert one.look() is None
    assert until(lambda: one.last_words == "here again")


def test_what_it_prints_cannot_steer_the_screen(capfd):
    one = child(r"print('\x1b[2Jhello\x07')")
    one.start()
    assert until(lambda: one.last_words)
    one.process.wait()
    assert capfd.readouterr().err == "[2Jhello\n"


def test_of_a_quiet_one_only_sentences_of_ours_are_passed_on(capfd, caplog):
    one = child("print('a library speaks'); print('fengping: the dashboard: a fault of ours')", quiet=True)
    one.start()
    assert until(lambda: "fault" in one.last_words)
    one.process.wait()
    assert capfd.readouterr().err == "fengping: the dashboard: a fault of ours\n"
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "worker: fengping: the dashboard: a fault of ours"
    ]


def test_one_that_does_not_end_by_itself_is_killed():
    one = child(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    one.start()
    assert until(lambda: one.last_words == "up")
    one.ask_to_end()
    one.make_end(time.monotonic() + 0.2)
    assert one.process.returncode == -signal.SIGKILL


def test_a_second_copy_on_the_same_store_is_refused(tmp_path):
    settings = load_settings(home=tmp_path, database_url="")
    with try_lock(settings.store_url) as ours:
        assert ours
        with pytest.raises(AlreadyRunning, match="already"):
            run_up(settings, sample=False, port=None)
    with try_lock(settings.store_url) as again:
        assert again


def test_a_taken_port_is_told(tmp_path):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(FengpingError, match=f"port {port}.*--port"):
            run_up(load_settings(home=tmp_path, database_url=""), sample=False, port=port)


def test_children_get_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(home="here", database_url="sqlite:///x.db")
    found = child_environment(settings, 8600)
    assert found["FENGPING_HOME"] == str(tmp_path / "here")
    assert found["FENGPING_DATABASE_URL"] == f"sqlite:///{tmp_path}/x.db"
    assert found["FENGPING_PORT"] == "8600"


def test_the_dashboard_is_bound_and_silent(tmp_path):
    flags = dashboard_arguments(load_settings(home=tmp_path), 8600)
    for flag in ("--server.address=127.0.0.1", "--server.port=8600", "--browser.gatherUsageStats=false",
                 "--server.enableXsrfProtection=true", "--server.headless=true"):  # fmt: skip
        assert flag in flags


def test_a_child_ends_when_its_parent_is_killed(tmp_path):
    """The parent is killed with SIGKILL and can tell nobody; the guard notices."""
    (tmp_path / "sleeper.py").write_text("import os, time; print(os.getpid(), flush=True); time.sleep(120)")
    parent = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen({guarded('sleeper')!r}, stdin=subprocess.PIPE, start_new_session=True)\n"
        "time.sleep(120)"
    )
    environment = {**os.environ, "PYTHONPATH": f"{os.getcwd()}{os.pathsep}{tmp_path}"}
    started = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, env=environment, text=True)
    pid = int(started.stdout.readline())
    started.kill()
    started.wait()
    started.stdout.close()
    assert until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().split(") ")[1][0] != "Z"

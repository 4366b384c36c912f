"""`fengping up`: monitor and dashboard as two processes, kept alive until Ctrl-C.

Promise: one copy per store; a process that dies is started again, later each time it dies soon; both end with us, also
when we are killed (monitor.guard). Blind spot: a process that hangs without dying is not noticed.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from analyzers.model_name import refuse_unusable
from errors import AlreadyRunning, FengpingError, ModelError
from monitor.logs import log_path, start_log
from monitor.opening import open_workspace
from monitor.plain import line
from settings import Settings, web_address
from storage.lock import try_lock

log = logging.getLogger("fengping.up")

ROOT = Path(__file__).resolve().parent.parent
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
STEADY = 60.0  # seconds alive after which an end counts as the first one
GRACE = 10.0  # seconds to end by oneself after SIGTERM
ANSWERS = 60.0  # seconds in which the dashboard should answer


@dataclass
class Child:
    """One of the two, with its restarts."""

    name: str
    command: list[str]
    environment: dict[str, str]
    quiet: bool = False  # what it prints, but sentences of ours, goes to the log at DEBUG alone
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    last_words: str = ""

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            self.command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        log.info("%s started as process %s", self.name, self.process.pid)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Pass on what it prints, made harmless; a pipe nobody reads would stop it."""
        assert process.stdout is not None
        with process.stdout as printed:
            for raw in printed:
                self._pass_on(raw)

    def _pass_on(self, raw: bytes) -> None:
        if words := line(raw.decode("utf-8", "replace")).strip():
            self.last_words = words
            ours = words.startswith("fengping:")  # a sentence of ours among what a library prints
            log.log(logging.ERROR if ours else logging.DEBUG, "%s: %s", self.name, words)
            if ours or not self.quiet:
                _say(words)

    def look(self) -> str | None:
        """Start it again when it is time; words when it has died since the last look."""
        if self.process is None:
            if time.monotonic() < self.again_at:
                return None
            try:
                self.start()
            except OSError as error:  # no memory for another process, or an installation that is being replaced
                return f"{self.name} could not be started ({error.strerror}); trying again in {self._later():.0f} s"
            return None
        code = self.process.poll()
        if code is None:
            return None
        _close(self.process)
        self.process = None
        said = f"; its last words: {self.last_words}" if self.last_words and self.quiet else ""
        return f"{self.name} ended ({_ended(code)}); starting it again in {self._later():.0f} s{said}"

    def _later(self) -> float:
        """Seconds to wait before the next start, which is put off by them."""
        now = time.monotonic()
        self.failures = 1 if now - self.started > STEADY else self.failures + 1
        wait = restart_wait(self.failures)
        self.again_at = now + wait
        return wait

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def make_end(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _close(self.process)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Our end of the pipe whose closing tells a child that we are gone."""
    if process.stdin is not None:
        process.stdin.close()


def restart_wait(failures: int) -> float:
    """Seconds before starting again after so many ends in a row."""
    return min(FIRST_WAIT * 2.0 ** min(failures - 1, 10), LONGEST_WAIT)


def run_up(settings: Settings, *, sample: bool, port: int | None) -> int:
    """Until a signal. Gives the exit code."""
    start_log(settings)
    port = port or settings.port
    with try_lock(settings.store_url) as ours:
        if not ours:
            raise AlreadyRunning(
                "another copy already works on this store; stop it, or set FENGPING_HOME to another folder"
            )
        _check_port(settings.host, port, "--port or FENGPING_PORT")
        _note_inbox(settings)
        _check_model(settings)
        open_workspace(settings).close()
        environment = child_environment(settings, port)
        children = [
            Child("monitor", guarded("monitor.worker"), environment),
            Child("dashboard", guarded("streamlit", *dashboard_arguments(settings, port)), environment, quiet=True),
        ]
        if sample:
            _prepare_sample(settings)
        return _keep(children, web_address(settings.host, port), settings)


def _check_model(settings: Settings) -> None:
    """Refuse to start with a model that cannot read. Another than ours is tried, too, in a process that ends, since its
    libraries may take a gigabyte."""
    refuse_unusable(settings.model)
    if not settings.model:
        return
    _say(f"trying the model {settings.model}; one of a hub is fetched first, which can take minutes ...")
    tried = subprocess.run(
        [sys.executable, "-m", "monitor", "score", "--in", "-", "--out", "-"], check=False, capture_output=True,
        input='{"text": "好"}\n', encoding="utf-8", errors="replace", env=child_environment(settings, settings.port),
    )  # fmt: skip
    if tried.returncode:
        raise ModelError(
            (tried.stderr.strip().splitlines() or ["the model cannot be tried"])[-1].removeprefix("fengping: ")
        )


def guarded(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "monitor.guard", module, *arguments]


def dashboard_arguments(settings: Settings, port: int) -> list[str]:
    """Where it listens, and what must hold whatever the environment says.

    How it looks is said by `dashboard/.streamlit/config.toml`, which Streamlit reads from beside the script it runs:
    from any folder, of a checkout (where it is a link to the repository's own) and of an installed wheel alike.
    """
    flags = {
        "server.address": settings.host,
        "server.port": str(port),
        "server.headless": "true",
        "server.enableXsrfProtection": "true",
        "server.fileWatcherType": "none",
        "server.runOnSave": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    return ["run", str(ROOT / "dashboard" / "app.py"), *(f"--{name}={value}" for name, value in flags.items())]


def child_environment(settings: Settings, port: int) -> dict[str, str]:
    """Our environment with paths made absolute."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {
        **os.environ,
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "FENGPING_HOME": str(settings.home),
        "FENGPING_DATABASE_URL": settings.store_url,
        "FENGPING_PORT": str(port),
    }


def _prepare_sample(settings: Settings) -> None:
    from monitor.sample import prepare

    _say("building the sample workspace ...")
    prepare(settings, say=_say)


def _keep(children: list[Child], address: str, settings: Settings) -> int:
    ending = threading.Event()
    asked: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        asked.append(number)  # no Event: a second signal in the middle of its `set` would wait for its lock for ever

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        for child in children:
            child.start()
        threading.Thread(target=_announce, args=(address, ending), daemon=True).start()
        while not asked:
            for child in children:
                if words := child.look():
                    log.warning(words)
                    _say(f"{words}; see {log_path(settings)}")
            time.sleep(0.3)
    finally:
        ending.set()
        _say("stopping ...")
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + GRACE
        for child in children:
            child.make_end(deadline)
    return 0


def _announce(address: str, ending: threading.Event) -> None:
    """Say where the dashboard is once it answers."""
    direct = build_opener(ProxyHandler({}))
    until = time.monotonic() + ANSWERS
    while not ending.wait(0.3):
        try:
            with direct.open(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    print(line(f"Fengping is at {address}  (Ctrl-C stops it)"), flush=True)
                    return
        except (URLError, OSError):
            if time.monotonic() > until:
                _say(f"the dashboard does not answer at {address} yet")
                until += ANSWERS


def _check_port(host: str, port: int, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise FengpingError(
                f"port {port} of {host} cannot be used ({error.strerror}); choose another with {setting}"
            ) from error


def _note_inbox(settings: Settings) -> None:
    """Say beforehand that pushes and metrics will be off: the monitor itself can only log it."""
    if settings.inbox_port:
        try:
            _check_port(settings.inbox_host, settings.inbox_port, "FENGPING_INBOX_PORT")
        except FengpingError as error:
            _say(f"the inbox and /metrics will be off: {error}")


def _ended(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _say(text: str) -> None:
    print(line(text), file=sys.stderr, flush=True)

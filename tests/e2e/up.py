"""A running `fengping up`, as tests watch it."""

import re
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

from dashboard.serving import free_port
from tests.e2e.command import Command

T = TypeVar("T")
PATIENCE = 300.0  # seconds on a busy machine; waiting ends as soon as what is waited for is there


def until(test: Callable[[], T], what: str) -> T:
    """What `test` gives once it is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")


class Up:
    """A running `fengping up` on a store and ports of its own. What it prints goes to a file."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.port, self.inbox = free_port(), free_port()
        self.fengping = Command(folder, {"FENGPING_INBOX_PORT": str(self.inbox), **(settings or {})})
        self.printed = folder / "printed.txt"
        with self.printed.open("w") as out:
            self.process = self.fengping.start("up", "--port", str(self.port), stdout=out, stderr=subprocess.STDOUT)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Up":
        until(lambda: self.answers(f"{self.address}/_stcore/health"), "the dashboard")
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

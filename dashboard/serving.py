"""Starting the dashboard as its own process and driving a browser over it: for screenshots, browser tests and the bench."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

APP = Path(__file__).with_name("app.py")
ROOT = APP.parents[1]
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """A Chromium that is installed, or None. Nothing is downloaded."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


def command(port: int, address: str = "127.0.0.1") -> list[str]:
    """How the dashboard is started; settings of look and safety are in `.streamlit/config.toml` beside the entry."""
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(APP),
        "--server.port",
        str(port),
        "--server.address",
        address,
        "--server.headless",
        "true",
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path, extra: Mapping[str, str] | None = None, *, wait: float = 180.0) -> Iterator[str]:
    """The dashboard over a data folder; gives its address and stops it afterwards."""
    port = free_port()
    paths = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "FENGPING_HOME": str(home), "PYTHONPATH": paths, **(extra or {})}
    process = subprocess.Popen(  # noqa: S603 - an argument list of ours
        command(port), env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until_up(process, f"{address}/_stcore/health", wait)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_up(process: "subprocess.Popen[bytes]", url: str, wait: float) -> None:
    end = time.monotonic() + wait
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the dashboard ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the dashboard did not answer within {wait:.0f} s")


SETTLED = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  if (!main || !main.querySelector('h1, .fp, [data-testid="stAlert"]')) return false;
  if (document.querySelector('[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-testid="stSpinner"]')) return false;
  if (document.querySelector('[data-test-script-state="running"], [data-stale="true"]')) return false;
  return [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].every(chart => chart.querySelector('.main-svg'));
}"""


def settle(page: "object", timeout: float = 180_000) -> None:
    """Wait until the page has drawn what it has to draw, twice in a row."""
    for _ in range(2):
        page.wait_for_function(SETTLED, timeout=timeout)  # type: ignore[attr-defined]
        page.wait_for_timeout(350)  # type: ignore[attr-defined]

"""The `fengping` command with a data folder of its own.

Calls run in this process, through the same entry point, because starting Python for each costs a second; `start` and
`apart` run the real thing in a process of its own, for what only a process can show.
"""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = (
    "id brand source source_kind channel url external_id title text lang author author_url author_followers published_at "
    "published_at_source collected_at rating likes replies shares views sentiment p_negative p_neutral p_positive "
    "confidence corrected_by themes region copy_group first_in_group flagged note cases"
).split()


@dataclass(frozen=True)
class Said:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Command:
    """Calls with one set of settings. `folder` is the working directory."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FENGPING_")}
        defaults = {"FENGPING_HOME": str(self.folder / "data"), "FENGPING_HOST_GAP": "0", "PYTHONPATH": str(ROOT)}
        return {**kept, **defaults, **self.settings}

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments], cwd=self.folder, env=self.environment, text=True,
            encoding="utf-8", **options,
        )  # fmt: skip

    def __call__(self, *arguments: str) -> Said:
        from monitor.cli.start import run
        from settings import get_settings

        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace") for _ in "12")
        before = Path.cwd()
        with patch.dict(os.environ, self.environment, clear=True), redirect_stdout(out), redirect_stderr(err):
            os.chdir(self.folder)
            get_settings.cache_clear()
            try:
                code = run(arguments)
            finally:
                os.chdir(before)
                get_settings.cache_clear()
                _close_log()
        return Said(code, *(_text(stream) for stream in (out, err)))

    def apart(self, *arguments: str, given: str | None = None, timeout: float = 120) -> Said:
        """The call in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *arguments], cwd=self.folder, env=self.environment, input=given,
            capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def well(self, *arguments: str) -> Said:
        """A call that must end with 0."""
        said = self(*arguments)
        assert said.code == 0, said
        return said


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]


def _close_log() -> None:
    """The log of a call belongs to its data folder."""
    for handler in logging.getLogger().handlers[:]:
        if isinstance(handler, logging.FileHandler):
            logging.getLogger().removeHandler(handler)
            handler.close()


def rss(entries: Iterator[tuple[str, str]] | list[tuple[str, str]], *, title: str = "Feed") -> str:
    """A feed of (guid, text) pairs."""
    items = "".join(
        f"<item><title>{text}</title><link>http://example.com/{guid}</link><guid>{guid}</guid>"
        f"<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate><description>{text}</description></item>"
        for guid, text in entries
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def exported(fengping: Command, *filters: str) -> list[dict[str, Any]]:
    """The rows of a JSON lines export."""
    fengping.well("export", "--out", "out.jsonl", *filters)
    return [json.loads(line) for line in (fengping.folder / "out.jsonl").read_text("utf-8").splitlines()]

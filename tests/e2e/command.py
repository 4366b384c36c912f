"""The real `fengping` command in a process of its own, with a data folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


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

    def __call__(self, *arguments: str, given: str | None = None, timeout: float = 120) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *arguments], cwd=self.folder, env=self.environment, input=given,
            capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def well(self, *arguments: str, **options: Any) -> Said:
        """A call that must end with 0."""
        said = self(*arguments, **options)
        assert said.code == 0, said
        return said


def rss(entries: Iterator[tuple[str, str]] | list[tuple[str, str]], *, title: str = "Feed") -> str:
    """A feed of (guid, text) pairs."""
    items = "".join(
        f"<item><title>{text}</title><link>http://example.com/{guid}</link><guid>{guid}</guid>"
        f"<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate><description>{text}</description></item>"
        for guid, text in entries
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'

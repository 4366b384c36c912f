"""What the commands share: the open store, words on their way out, progress, times and durations as people write them."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from errors import InputError
from monitor.plain import clean, json_line, line
from monitor.steps import Step

if TYPE_CHECKING:
    from settings import Settings
    from storage.engine import Store

_DURATION = re.compile(r"\s*(\d{1,9})\s*(s|m|h|d|w)\s*", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST_EVERY = timedelta(days=365)


def now() -> datetime:
    return datetime.now(UTC)


def say(text: object) -> None:
    """One line to stderr."""
    print(line(text), file=sys.stderr, flush=True)


def tell(text: object) -> None:
    """One line to stdout."""
    print(line(text), flush=True)


def tell_block(text: str) -> None:
    """Several lines to stdout."""
    print(clean(text), flush=True)


def emit(value: dict[str, Any]) -> None:
    """One JSON object on one line to stdout."""
    print(json_line(value), flush=True)


@contextmanager
def workspace() -> Iterator[tuple["Settings", "Store"]]:
    """Settings, the log and the open store, made or brought up to date when it is not."""
    from monitor.logs import start_log
    from monitor.opening import open_workspace
    from settings import get_settings

    settings = get_settings()
    start_log(settings)
    store = open_workspace(settings)
    try:
        yield settings, store
    finally:
        store.close()


def duration(text: str) -> timedelta:
    """`15m`, `2h`, `90s`, `1d`. Raises InputError."""
    span = _span(text) or timedelta(0)
    if not timedelta(0) < span <= LONGEST_EVERY:
        raise InputError(f"'{text}' is no interval; write a number with s, m, h or d, as 90s, 15m, 2h or 1d")
    return span


def _span(text: str) -> timedelta | None:
    """What a number and a unit come to, the longest there is when that is longer; None for any other text."""
    found = _DURATION.fullmatch(text)
    try:
        return timedelta(**{_UNITS[found[2].lower()]: int(found[1])}) if found else None
    except OverflowError:
        return timedelta.max


def moment(text: str) -> datetime:
    """`2026-11-21`, `2026-11-21T10:05:00Z`, or an age as `7d`. A time without a zone is UTC. Raises InputError."""
    if (span := _span(text)) is not None:
        try:
            return now() - span
        except OverflowError:
            raise InputError(f"'{text}' is too long ago") from None
    try:
        at = datetime.fromisoformat(text.strip())
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"'{text}' is no time; write 2026-11-21, 2026-11-21T10:05:00Z (UTC unless a zone is given) or 7d for an age"
        ) from None


def existing_file(path: Path) -> Path:
    """The path of a file that can be read. Raises InputError."""
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise InputError(f"{path} is not a file")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} may not be read by this user")
    return path


class Progress(Protocol):
    """What a long work tells about its way: `total` None means unknown."""

    def __call__(self, done: int, total: int | None) -> None: ...


@contextmanager
def progress(label: str, *, as_json: bool = False) -> Iterator[Progress]:
    """A bar on stderr when a person watches it, silence otherwise; `as_json`: lines on stdout, `label` a part of steps."""
    if as_json:
        yield lambda done, total: emit(Step(label, done, total).as_object)
        return
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

"""The log: HOME/fengping.log, one line an event, rotated at 5 MB, three kept.

Promise: a line holds no control character but tab, and no password or key of an address. A traceback appears only at
level DEBUG. Blind spot: two processes that rotate in the same instant may lose a line.
"""

import logging
import sys
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from errors import StorageError
from monitor.plain import line
from settings import Settings

FILE = "fengping.log"


class LineFormatter(logging.Formatter):
    """One record, one line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        text = f"{moment} {record.levelname} {record.name} {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f" | {where(record.exc_info[1])}"
            if logging.getLogger().isEnabledFor(logging.DEBUG):
                text += " | " + " / ".join(traceback.format_exception(record.exc_info[1]))
        return line(text)


def where(error: BaseException) -> str:
    """A bug in one line: its type, its words, and the place it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return line(f"{type(error).__name__}: {error}{place}")


def log_path(settings: Settings) -> Path:
    return settings.home / FILE


def start_log(settings: Settings, *, screen: bool = False) -> None:
    """Log into the home folder; with `screen`, warnings and worse go to stderr as well."""
    handlers: list[logging.Handler] = []
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(log_path(settings), maxBytes=5_000_000, backupCount=3, encoding="utf-8", delay=True)
        )
    except OSError as error:
        raise StorageError(
            f"the data folder {settings.home} cannot be written ({error.strerror}); set FENGPING_HOME to another"
        ) from error
    if screen:
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[-1].setLevel(logging.WARNING)
    for handler in handlers:
        handler.setFormatter(LineFormatter())
    logging.basicConfig(level=settings.log_level, handlers=handlers, force=True)
    logging.captureWarnings(True)
    for noisy in ("httpx", "httpcore", "apprise", "asyncio", "jieba", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

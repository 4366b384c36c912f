"""One worker per store: a lock that dies with its process, however it is killed.

SQLite: a lock on a file beside the database, so that two data folders pointing at one database share it.
PostgreSQL: a session advisory lock on a connection of its own.
Blind spot: a lock file on a network disk without working locks holds nobody back.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from errors import StorageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def try_lock(store_url: str | URL, name: str = "worker") -> Iterator[bool]:
    """Hold the store's lock of that name while inside, when nobody else does. Yields whether it is ours."""
    url = make_url(store_url)
    if url.get_backend_name() != "sqlite":
        yield from _advisory(url, name)
    elif url.database in (None, "", ":memory:"):
        yield True  # a store of this process alone
    else:
        yield from _file(Path(f"{url.database}.{name}.lock"))


def _file(path: Path) -> Iterator[bool]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); choose another data folder") from error
    with handle:
        ours = True
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            ours = False
        yield ours


def _advisory(url: URL, name: str) -> Iterator[bool]:
    key = zlib.crc32(f"fengping.{name}".encode())
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar())
    except SQLAlchemyError as error:
        raise StorageError(f"the store at {url.host or 'localhost'} cannot be reached") from error
    finally:
        engine.dispose()

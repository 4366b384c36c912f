"""Opening the store: one engine, two kinds of transaction, and the schema's version checked first.

`Store.begin()` writes, one writer at a time on either database; `Store.read()` sees one snapshot. Functions of this
room take the open transaction first and never commit: what happens inside one `with` is stored whole or not at all.
Blind spot: SQLite on a network disk; its locks and its log are only promised on a local one.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Row, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from errors import NewerSchema, StorageError
from storage.faults import map_errors

AnyRow = Row[*tuple[Any, ...]]
Tx = Connection  # an open transaction, opaque to other rooms
Part = TypeVar("Part")
Tokenise = Callable[[str], Sequence[str]]
MIGRATIONS = Path(__file__).resolve().parent / "migrations"
WRITER_LOCK = 0x46_45_4E_47  # any fixed number: the advisory lock that makes PostgreSQL's writers take turns
REVISION = re.compile(r"(\d{4})_\w+\.py")
WORD = re.compile(r"[㐀-鿿豈-﫿]+|[^\W㐀-鿿豈-﫿]+")


class Store:
    """An open store. `where` names it without its password."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that writes: committed at the end of the block, undone when the block raises."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            yield connection

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that reads one snapshot of the store."""
        with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def in_parts(self, work: Callable[[Tx], Part | None]) -> Iterator[Part]:
        """A long work as many short writing transactions, until `work` gives None.

        It rests half as long as each part took: who waits for SQLite's lock asks for it every tenth of a second, and
        would never come between two transactions that follow at once.
        """
        while True:
            with self.begin() as tx:
                began = time.monotonic()
                done = work(tx)
            if done is None:
                return
            yield done
            time.sleep((time.monotonic() - began) / 2)

    def close(self) -> None:
        self.engine.dispose()


def open_store(
    url: str, *, migrate: bool = False, tokenise: Tokenise | None = None, busy_seconds: float = 30.0
) -> Store:
    """Open the store at a SQLAlchemy URL. `tokenise` splits a search as texts were split (analyzers.text).

    `migrate` brings the tables up to date first; without it an older or missing store is refused.
    """
    if migrate:
        migrate_store(url)
    elif not _exists(url):
        raise StorageError(f"there is no store at {_name(_parse(url))}; `fengping up` makes one")
    store = Store(_engine(url, tokenise or plain_tokens, busy_seconds), _name(_parse(url)))
    try:
        with store.read() as tx:
            check_revision(tx, store.where)
    except BaseException:
        store.close()
        raise
    return store


def migrate_store(url: str) -> None:
    """Make the store, or bring its tables to this version. Safe to call from two processes at once."""
    from alembic import command  # here: a quarter of a second that only migrating needs
    from alembic.config import Config

    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        _make_folder(Path(parsed.database).parent)
    store = Store(_engine(url, plain_tokens, 60.0), _name(parsed))
    if store.dialect == "sqlite":
        event.listen(store.engine, "connect", _let_go_of_keys)
    try:
        with store.begin() as tx:
            if revision(tx) is not None:
                check_revision(tx, store.where, older=True)
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = tx
            command.upgrade(config, "head")
    finally:
        store.close()


def revisions() -> list[str]:
    """Every revision this Fengping knows, oldest first; their files are named so."""
    found = (REVISION.fullmatch(path.name) for path in (MIGRATIONS / "versions").iterdir())
    return sorted(match.group(1) for match in found if match)


def revision(tx: Tx) -> str | None:
    """The store's revision; None when it has no tables yet."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found = tx.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def check_revision(tx: Tx, where: str, *, older: bool = False) -> None:
    known, found = revisions(), revision(tx)
    if found is not None and found not in known:
        raise NewerSchema(f"{where} was written by a newer Fengping (revision {found}); update this one")
    if found != known[-1] and not older:
        raise StorageError(f"{where} has tables of an older Fengping; `fengping up` brings them up to date")


def plain_tokens(query: str) -> list[str]:
    """Words, and runs of Chinese characters whole: for a store opened without a tokeniser."""
    return WORD.findall(query)


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise StorageError(f"{url!r} is not a database URL; write sqlite:///file.db") from error


def _name(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"the store {url.database}"
    return f"the store {url.render_as_string(hide_password=True).partition('?')[0]}"


def _exists(url: str) -> bool:
    parsed = _parse(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"the folder {folder} cannot be made ({error.strerror})") from error


def _engine(url: str, tokenise: Tokenise, busy_seconds: float) -> Engine:
    parsed = _parse(url)
    lite = parsed.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": busy_seconds}} if lite else {"pool_pre_ping": True}
    try:
        engine = create_engine(parsed, **options).execution_options(tokenise=tokenise)
    except (NoSuchModuleError, ArgumentError, ImportError) as error:
        raise StorageError(f"databases of this kind cannot be used: {error}") from error
    map_errors(engine, _name(parsed))
    if lite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql(busy_seconds))
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN: see _begin_sqlite
    for pragma in (
        "journal_mode = WAL",  # readers and the writer do not wait for each other
        "synchronous = NORMAL",  # with WAL a killed process loses nothing, a power cut at most the last commits
        "foreign_keys = ON",
        "cache_size = -65536",
        "temp_store = MEMORY",
        "wal_autocheckpoint = 4000",  # pages; one transaction of a busy cycle fills the usual 1,000 twice
    ):
        connection.execute(f"PRAGMA {pragma}")


def _let_go_of_keys(connection: Any, _record: Any) -> None:
    """A table that a migration makes again is dropped first, and what refers to it would go with its rows."""
    connection.execute("PRAGMA foreign_keys = OFF")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: one that turns writer half-way cannot wait, it can only fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(busy_seconds: float) -> Callable[[Any, Any], None]:
    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute(f"SET lock_timeout = {int(busy_seconds * 1000)}")
        connection.commit()

    return prepare

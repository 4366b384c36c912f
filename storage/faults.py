"""What the database's own errors mean to people: one seam, an event of the engine, maps every one of them.

Locked, full, read-only and damaged stores are told apart by the driver's code where it gives one, else by words.
Blind spot: an error that is neither is given with the driver's own sentence.
"""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from errors import FengpingError, InputError, StorageBusy, StorageError, StorageFull

# SQLite's primary result codes (https://www.sqlite.org/rescode.html) and PostgreSQL's SQLSTATE.
BUSY = {5, 6, "55P03", "40001", "40P01"}
FULL = {13, "53100"}
# SQLITE_IOERR_WRITE, _FSYNC, _TRUNCATE and _SHMSIZE: what SQLite says of a quota, which it knows by no code of its own
CANNOT_GROW = {10 | minor << 8 for minor in (3, 4, 6, 19)}
READ_ONLY = {8, "25006", "42501"}
UNREADABLE = {11, 26}  # corrupt, not a database
NOT_OPENED = {14}
WORDS: tuple[tuple[str, set[Any]], ...] = (
    ("database is locked", BUSY),
    ("table is locked", BUSY),
    ("disk is full", FULL),
    ("No space left", FULL),
    ("quota exceeded", FULL),
    ("readonly database", READ_ONLY),
    ("malformed", UNREADABLE),
    ("not a database", UNREADABLE),
    ("unable to open", NOT_OPENED),
)


def map_errors(engine: Engine, where: str) -> None:
    """From now on every database error of this engine is a StorageError that names the store."""

    @event.listens_for(engine, "handle_error")
    def _translate(context: ExceptionContext) -> FengpingError | None:
        original = context.original_exception
        if isinstance(original, OverflowError):  # the driver's, of a number that somebody gave as an id
            return InputError("a number that was given is larger than any that a store can hold")
        if isinstance(context.sqlalchemy_exception, DBAPIError) and original is not None:
            return explain(original, where)
        return None


def explain(error: BaseException, where: str) -> StorageError:
    """The error of ours that a driver's error is, with a sentence that says what to do."""
    codes = _codes(error)
    if codes & BUSY:
        return StorageBusy(f"{where} is locked by another process; try again when that has finished its work")
    if codes & FULL:
        return StorageFull(f"no room is left on the disk that holds {where}; free some, then start again")
    if codes & CANNOT_GROW:
        return StorageFull(
            f"the system let no more be written to {where}: a quota or a limit is reached, or the disk fails; free some "
            "room or look at the disk, then start again"
        )
    if codes & READ_ONLY:
        return StorageError(f"{where} cannot be written; give this user the right to write it and its folder")
    if codes & UNREADABLE:
        return StorageError(f"{where} is damaged or no database; put a backup in its place")
    if codes & NOT_OPENED:
        return StorageError(f"{where} cannot be opened; check that its folder exists and may be written")
    return StorageError(f"{where}: {' '.join(str(error).split())[:300]}")


def _codes(error: BaseException) -> set[Any]:
    extended = getattr(error, "sqlite_errorcode", None)
    codes: set[Any] = {extended & 0xFF} if isinstance(extended, int) else set()
    codes |= CANNOT_GROW if extended in CANNOT_GROW else set()
    codes.add(getattr(error, "sqlstate", None))
    message = str(error)
    for words, meaning in WORDS:
        if words in message:
            codes |= meaning
    return codes

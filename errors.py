"""Every error Fengping raises on purpose.

    FengpingError
    ├── SettingsError            a setting is wrong: says which and what to write
    ├── InputError               a file, URL or value someone gave is wrong: names row and column
    ├── CollectError             one source could not be heard (carries the source's URL)
    │   ├── AddressRefused       not a public address, or not http(s)
    │   ├── FetchError           the network failed: name, refused, TLS, time, too large, too many redirects
    │   │   ├── HTTPStatusError  the server answered with a failure (carries status and Retry-After)
    │   │   │   ├── Gone         410: the source has ended
    │   │   │   ├── Forbidden    401, 403, 451 or robots.txt: the source does not want us
    │   │   │   └── RateLimited  429, or 503 with Retry-After
    │   │   └── TimedOut         a limit on time ran out
    │   │       └── Crowded      no parser of ours was free in time: not the source's doing
    │   └── ParseError           the bytes are not what the kind of source speaks
    ├── ReadError                a mention could not be read (carries the mention's id)
    │   └── ModelError           the sentiment model is missing, broken, or its labels are unknown
    ├── StorageError             the store could not be used
    │   ├── StorageBusy          locked by another process for too long
    │   ├── StorageFull          no room on the disk
    │   └── NewerSchema          the store was written by a newer Fengping
    ├── AlreadyRunning           another copy works on this store
    └── NotifyError              a notification was not accepted

Messages are one sentence that names the thing and, where something can be done, says what.
Errors of libraries are mapped to these at the seam where they arise; a bug still raises its own type.
"""

from datetime import datetime


class FengpingError(Exception):
    """Base of all. `exit_code` is what the command returns: 1 work failed, 2 the call was wrong."""

    exit_code = 1


class SettingsError(FengpingError):
    exit_code = 2


class InputError(FengpingError):
    """Wrong input. `row` counts from 1 as a spreadsheet shows it (the header is row 1)."""

    exit_code = 2

    def __init__(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        where = [f"row {row}"] if row is not None else []
        where += [f"column '{column}'"] if column is not None else []
        super().__init__(f"{', '.join(where)}: {message}" if where else message)
        self.row = row
        self.column = column


class CollectError(FengpingError):
    def __init__(self, message: str, *, url: str = "") -> None:
        super().__init__(message)
        self.url = url


class AddressRefused(CollectError):
    pass


class FetchError(CollectError):
    pass


class TimedOut(FetchError):
    pass


class Crowded(TimedOut):
    pass


class HTTPStatusError(FetchError):
    """`status` is the HTTP status; `retry_at` the moment before which the server asked not to come back.

    `body` is what a service said of the failure, in JSON, where it was short; else empty.
    """

    def __init__(
        self, message: str, *, url: str = "", status: int, retry_at: datetime | None = None, body: bytes = b""
    ) -> None:
        super().__init__(message, url=url)
        self.status = status
        self.retry_at = retry_at
        self.body = body


class Gone(HTTPStatusError):
    pass


class Forbidden(HTTPStatusError):
    pass


class RateLimited(HTTPStatusError):
    pass


class ParseError(CollectError):
    pass


class ReadError(FengpingError):
    def __init__(self, message: str, *, mention_id: int | None = None) -> None:
        super().__init__(message)
        self.mention_id = mention_id


class ModelError(ReadError):
    pass


class StorageError(FengpingError):
    pass


class StorageBusy(StorageError):
    pass


class StorageFull(StorageError):
    pass


class NewerSchema(StorageError):
    pass


class AlreadyRunning(FengpingError):
    pass


class NotifyError(FengpingError):
    pass

"""The fetcher: one address to one document, public addresses only, within limits."""

from collections.abc import Mapping
from typing import Protocol

from collectors.seams import Document, Limits


class Fetching(Protocol):
    """What collecting needs of a fetcher."""

    @property
    def limits(self) -> Limits: ...

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        data: bytes | None = None,
        deadline: float | None = None,
    ) -> Document:
        """`deadline` is a time.monotonic() moment. Raises CollectError of some kind; 304 is a Document."""
        ...

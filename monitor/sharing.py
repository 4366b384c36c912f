"""Two sources at one address are fetched once in a cycle.

A fetcher around the fetcher: the first to ask for a shared address asks the server, the others wait and get the same
document or the same failure. Where the sources know different states of it, it is asked for whole, since a 304 would
serve only one of them. A source that dropped its own state, to read all again, asks once more when the answer to the
others was a 304. Addresses asked once are passed through and nothing of them is kept.
"""

import threading
from collections.abc import Collection, Mapping
from concurrent.futures import Future

from collectors.seams import Document, Fetching, Limits, Permit
from errors import CollectError
from monitor.plain import same_address


class SharedFetcher:
    """`shared` are the addresses that more than one source of this cycle will ask for; `whole`: those of them of which
    the sources know different states."""

    def __init__(self, inner: Fetching, shared: Collection[str], *, whole: Collection[str] = ()) -> None:
        self._inner = inner
        self._whole = {same_address(url) for url in whole}
        self._shared = {same_address(url) for url in shared}
        self._lock = threading.Lock()
        self._asked: dict[str, Future[Document]] = {}

    @property
    def limits(self) -> Limits:
        return self._inner.limits

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
        permit: Permit | None = None,
    ) -> Document:
        address = same_address(url)
        if address in self._whole:
            etag = last_modified = None
        if method != "GET" or headers or address not in self._shared:
            return self._ask(url, etag, last_modified, headers, method, data, deadline, permit)
        with self._lock:
            asked = self._asked.get(address)
            mine = asked is None
            if asked is None:
                asked = self._asked[address] = Future()
        if mine:
            self._answer(asked, url, etag, last_modified, deadline, permit)
        document = asked.result()
        if document.not_modified and etag is None and last_modified is None:
            return self._ask(url, None, None, None, "GET", None, deadline, permit)
        return document

    def _answer(
        self,
        asked: Future[Document],
        url: str,
        etag: str | None,
        last_modified: str | None,
        deadline: float | None,
        permit: Permit | None,
    ) -> None:
        try:
            asked.set_result(self._ask(url, etag, last_modified, None, "GET", None, deadline, permit))
        except BaseException as error:  # handed to everyone who waits, and raised by result()
            asked.set_exception(error if isinstance(error, CollectError) else CollectError(str(error), url=url))
            if not isinstance(error, CollectError):
                raise

    def _ask(
        self,
        url: str,
        etag: str | None,
        last_modified: str | None,
        headers: Mapping[str, str] | None,
        method: str,
        data: bytes | None,
        deadline: float | None,
        permit: Permit | None,
    ) -> Document:
        conditions = {"etag": etag, "last_modified": last_modified}
        return self._inner.get(
            url, **conditions, headers=headers, method=method, data=data, deadline=deadline, permit=permit
        )

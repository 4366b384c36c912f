"""Two sources at one address are fetched once in a cycle.

A fetcher around the fetcher: the first to ask for a shared address asks the server, the others wait and get the same
document or the same failure. Where the sources know different states of it, it is asked for whole, since a 304 would
serve only one of them. What is kept is kept by what was asked: a source may drop its own validators to read all again, and
must not be handed the 304 of another. Addresses asked once are passed through and nothing of them is kept.
"""

import threading
from collections.abc import Collection, Mapping
from concurrent.futures import Future

from collectors.seams import Document, Fetching, Limits
from errors import CollectError
from monitor.plain import same_address

_Key = tuple[str, str | None, str | None]


class SharedFetcher:
    """`shared` are the addresses that more than one source of this cycle will ask for; `whole`: those of them of which
    the sources know different states."""

    def __init__(self, inner: Fetching, shared: Collection[str], *, whole: Collection[str] = ()) -> None:
        self._inner = inner
        self._whole = {same_address(url) for url in whole}
        self._shared = {same_address(url) for url in shared}
        self._lock = threading.Lock()
        self._asked: dict[_Key, Future[Document]] = {}

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
    ) -> Document:
        address = same_address(url)
        if address in self._whole:
            etag = last_modified = None
        key = (address, etag, last_modified)
        if method != "GET" or headers or key[0] not in self._shared:
            return self._ask(url, etag, last_modified, headers, method, data, deadline)
        full = (key[0], None, None)  # an answer in full serves whoever asks
        with self._lock:
            asked = self._asked.get(full) or self._asked.get(key)
            mine = asked is None
            if asked is None:
                asked = self._asked[key] = Future()
        if mine:
            self._answer(asked, full, url, etag, last_modified, deadline)
        return asked.result()

    def _answer(
        self,
        asked: Future[Document],
        full: _Key,
        url: str,
        etag: str | None,
        last_modified: str | None,
        deadline: float | None,
    ) -> None:
        try:
            document = self._ask(url, etag, last_modified, None, "GET", None, deadline)
        except BaseException as error:  # handed to everyone who waits, and raised by result()
            asked.set_exception(error if isinstance(error, CollectError) else CollectError(str(error), url=url))
            if not isinstance(error, CollectError):
                raise
            return
        if not document.not_modified:
            with self._lock:
                self._asked.setdefault(full, asked)
        asked.set_result(document)

    def _ask(
        self,
        url: str,
        etag: str | None,
        last_modified: str | None,
        headers: Mapping[str, str] | None,
        method: str,
        data: bytes | None,
        deadline: float | None,
    ) -> Document:
        return self._inner.get(
            url, etag=etag, last_modified=last_modified, headers=headers, method=method, data=data, deadline=deadline
        )

"""Two sources at one address are fetched once in a cycle.

A fetcher around the fetcher: the first to ask for a shared address asks the server, the others wait and get the same
document or the same failure. Where the sources know different states of it, it is asked for whole, since a 304 would
serve only one of them. A source that dropped its own state, to read all again, asks once more when the answer to the
others was a 304. Addresses asked once are passed through and nothing of them is kept, and what is shared is kept until
the last source at its address has ended: the cycle says so of each, and asks them one after the other.
"""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future

from collectors.seams import Document, Fetching, Limits, Permit
from errors import CollectError
from monitor.plain import same_address


class SharedFetcher:
    """`asked` are the addresses of this cycle's sources, each as often as sources have it; `whole`: those of which the
    sources know different states."""

    def __init__(self, inner: Fetching, asked: Iterable[str], *, whole: Collection[str] = ()) -> None:
        self._inner = inner
        self._whole = {same_address(url) for url in whole}
        sources = Counter(same_address(url) for url in asked)
        self._left = {address: count for address, count in sources.items() if count > 1}
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
        if method != "GET" or headers:
            return self._ask(url, etag, last_modified, headers, method, data, deadline, permit)
        with self._lock:
            asked = self._asked.get(address)
            mine = asked is None and address in self._left
            if mine:
                asked = self._asked[address] = Future()
        if asked is None:
            return self._ask(url, etag, last_modified, None, "GET", data, deadline, permit)
        if mine:
            self._answer(asked, url, etag, last_modified, deadline, permit)
        document = asked.result()
        if document.not_modified and etag is None and last_modified is None:
            return self._ask(url, None, None, None, "GET", None, deadline, permit)
        return document

    def ended(self, url: str) -> None:
        """A source at this address asks no more; with the last one what was kept for them is dropped."""
        address = same_address(url)
        with self._lock:
            left = self._left.get(address, 0) - 1
            if left > 0:
                self._left[address] = left
            else:
                self._left.pop(address, None)
                self._asked.pop(address, None)

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

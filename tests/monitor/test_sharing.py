"""Two sources at one address are fetched once."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from collectors.seams import Document, Limits
from errors import FetchError
from monitor.loop import together
from monitor.sharing import SharedFetcher

NOW = datetime(2026, 11, 21, tzinfo=UTC)
URL = "http://example.com/feed"


class Server:
    """A fetcher that counts and answers as told."""

    limits = Limits()

    def __init__(self, answer=None, *, slow: bool = False) -> None:
        self.asked = []
        self.answer = answer or (lambda url, etag: Document(url, 200, {}, b"body", NOW))
        self.gate = threading.Event()
        if not slow:
            self.gate.set()

    def get(
        self, url, *, etag=None, last_modified=None, headers=None, method="GET", data=None, deadline=None, permit=None
    ):
        self.asked.append((url, etag))
        self.gate.wait(5)
        return self.answer(url, etag)


def test_two_at_once_ask_once():
    server = Server(slow=True)
    shared = SharedFetcher(server, [URL] * 4)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(shared.get, URL) for _ in range(4)]
        server.gate.set()
        assert {future.result().body for future in futures} == {b"body"}
    assert len(server.asked) == 1


def test_an_address_of_one_source_is_asked_each_time():
    server = Server()
    shared = SharedFetcher(server, [URL])
    shared.get(URL)
    shared.get(URL)
    assert len(server.asked) == 2


def test_a_failure_is_shared():
    def fail(url, etag):
        raise FetchError("connection refused", url=url)

    server = Server(fail)
    shared = SharedFetcher(server, [URL] * 2)
    for _ in range(2):
        with pytest.raises(FetchError):
            shared.get(URL)
    assert len(server.asked) == 1


def test_a_full_answer_serves_a_source_with_validators_too():
    server = Server()
    shared = SharedFetcher(server, [URL] * 2)
    shared.get(URL)
    assert shared.get(URL, etag='"1"').body == b"body"
    assert len(server.asked) == 1


def test_a_304_is_not_given_to_a_source_that_reads_all_again():
    def answer(url, etag):
        if etag:
            return Document(url, 304, {}, b"", NOW, not_modified=True)
        return Document(url, 200, {}, b"body", NOW)

    server = Server(answer)
    shared = SharedFetcher(server, [URL] * 2)
    assert shared.get(URL, etag='"1"').not_modified
    assert shared.get(URL).body == b"body"
    assert len(server.asked) == 2


def test_sources_that_know_different_states_of_an_address_ask_once_for_the_whole():
    """One of them was added after the other had been collected."""
    server = Server()
    shared = SharedFetcher(server, [URL] * 2, whole=[URL])
    assert shared.get(URL, etag='"1"').body == b"body"
    assert shared.get(URL).body == b"body"
    assert server.asked == [(URL, None)]


def test_a_document_is_dropped_when_the_last_source_at_its_address_has_ended():
    shared = SharedFetcher(
        Server(), ["http://example.com/feed", "HTTP://EXAMPLE.COM:80/feed#top", "http://example.com/x"]
    )
    held = weakref.ref(shared.get(URL))
    shared.ended(URL)
    gc.collect()
    assert held() is not None
    assert shared.get(URL) is held()
    shared.ended("http://example.com/x")  # which never asked
    shared.ended("HTTP://EXAMPLE.COM:80/feed#top")
    gc.collect()
    assert held() is None


def test_sources_at_one_address_are_asked_one_after_the_other():
    def record(number, url):
        return SimpleNamespace(number=number, source=SimpleNamespace(url=url))

    due = [record(1, URL), record(2, "http://example.com/x"), record(3, "http://example.com:80/feed")]
    assert [one.number for one in together(due)] == [1, 3, 2]

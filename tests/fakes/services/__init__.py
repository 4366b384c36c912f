"""Small programs that speak the formats of the services we collect from, over real HTTP on loopback.

Each is written from the service's documentation, pages as the service pages, and has its quirks. A test fills it,
asks `collectors.collect` to collect from it, and looks at what came and at what was asked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.site import Asked, Exchange, FakeSite, answer

Query = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What a service answers: a JSON value, a text or bytes."""

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    encoding: str | None = None

    @property
    def data(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class Service:
    """A running fake. `reply` is what a kind of service overrides; `fail_with` breaks the n-th answer on."""

    def __init__(self) -> None:
        self.site = FakeSite().otherwise(self._behave)
        self.asked: list[Asked] = []
        self._faults: dict[int, Reply] = {}

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        raise NotImplementedError

    def fail_with(self, reply: Reply, *, at: int = 1) -> None:
        """Answer the request number `at`, counted from now, with this instead."""
        self._faults[len(self.asked) + at] = reply

    def _behave(self, exchange: Exchange) -> None:
        self.asked.append(exchange.request)
        split = urlsplit(exchange.request.path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        fault = self._faults.pop(len(self.asked), None)
        reply = fault or self.reply(split.path, query, exchange.request)
        answer(
            reply.data,
            status=reply.status,
            headers=reply.headers,
            content_type=reply.content_type,
            encoding=reply.encoding,
        )(exchange)

    def url(self, path: str = "/") -> str:
        return self.site.url(path)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def queries(self, name: str) -> list[str | None]:
        """The value of one parameter in every request."""
        return [dict(parse_qsl(urlsplit(path).query)).get(name) for path in self.paths]

    def __enter__(self) -> "Service":
        self.site.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.site.close()


def page_of(items: list[object], page: int, size: int) -> list[object]:
    """The page-th page, counted from 0."""
    return items[page * size : (page + 1) * size]


class Scripted(Service):
    """Answers by a function of path and query."""

    def __init__(self, respond: Callable[[str, Query], Reply]) -> None:
        super().__init__()
        self._respond = respond

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        return self._respond(path, query)


NOT_FOUND = Reply({"error": "not found"}, status=404)

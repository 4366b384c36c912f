"""A web site on loopback that answers as told: well, badly, slowly, or never.

A test reads like a story:

    with FakeSite() as site:
        site.add("/feed", rss(entry("Milk was sour"))).then_fail(503)
        ...   # first request: the feed; second and later: 503
        assert site.paths == ["/feed", "/feed"]

Real sockets, HTTP/1.1 written by hand, so that it can also break the rules. Answers of one path are used in
order and the last one stays. What a behaviour needs (bytes, pace) is fixed when it is added: no hidden state.
It listens on loopback only and knows no TLS.
"""

import contextlib
import gzip
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType

Behaviour = Callable[["Exchange"], None]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. Header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass
class Exchange:
    """One request being answered."""

    request: Asked
    connection: socket.socket
    stopping: threading.Event
    keep: bool = True

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def drip(self, data: bytes, *, every: float, size: int = 1) -> None:
        for start in range(0, len(data), size):
            if self.stopping.wait(every):
                return
            self.send(data[start : start + size])

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.keep = False


@dataclass
class Page:
    """Answers of one path, used in order; the last stays."""

    behaviours: list[Behaviour] = field(default_factory=list)
    used: int = 0


def head(status: int, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Odd"
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in pairs), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def answer(
    body: bytes | str = b"",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str | None = None,
    encoding: str | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Behaviour:
    """A plain answer. With `etag` or `last_modified`, a request that names it gets 304."""
    data = body.encode() if isinstance(body, str) else body
    if encoding == "gzip":
        data = gzip.compress(data, mtime=0)
    elif encoding == "deflate":
        data = zlib.compress(data)
    fields = {"Content-Type": content_type} if content_type else {}
    fields |= {"Content-Encoding": encoding} if encoding else {}
    fields |= {"ETag": etag} if etag else {}
    fields |= {"Last-Modified": last_modified} if last_modified else {}
    fields |= dict(headers or {})

    def behave(exchange: Exchange) -> None:
        asked = exchange.request.headers
        same = (etag and asked.get("if-none-match") == etag) or (
            last_modified and not etag and asked.get("if-modified-since") == last_modified
        )
        if same:
            exchange.send(head(304, {key: value for key, value in fields.items() if key != "Content-Type"}))
        elif status in (204, 304):
            exchange.send(head(status, fields))
        else:
            exchange.send(head(status, {"Content-Length": str(len(data)), **fields}))
            if exchange.request.method != "HEAD":
                exchange.send(data)

    return behave


def closing(*parts: bytes) -> Behaviour:
    """Send exactly these bytes and close."""

    def behave(exchange: Exchange) -> None:
        exchange.keep = False
        for part in parts:
            exchange.send(part)

    return behave


class FakeSite:
    def __init__(self, host: str = "127.0.0.1") -> None:
        self._pages: dict[str, Page] = {}
        self._last = "/"
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._default: Behaviour = answer(b"not here", status=404, content_type="text/plain")
        self.requests: list[Asked] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, 0), family=family, backlog=256)
        self._server.settimeout(0.2)
        self.port: int = self._server.getsockname()[1]
        self.host = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self._thread = threading.Thread(target=self._serve, name=f"fake-site-{self.port}", daemon=True)

    # telling it what to answer

    def on(self, path: str, behaviour: Behaviour) -> "FakeSite":
        """Answer this path by `behaviour` from the next unused turn on."""
        with self._lock:
            self._pages.setdefault(path, Page()).behaviours.append(behaviour)
            self._last = path
        return self

    def add(self, path: str, body: bytes | str = b"", **how: object) -> "FakeSite":
        """Answer this path from now on, forgetting what it answered before. `how`: see `answer`."""
        how.setdefault("content_type", "application/xml; charset=utf-8" if isinstance(body, str) else "application/xml")
        with self._lock:
            self._pages[path] = Page()
        return self.on(path, answer(body, **how))  # type: ignore[arg-type]

    def then(self, body: bytes | str = b"", **how: object) -> "FakeSite":
        """After that, the same path answers this."""
        how.setdefault("content_type", "application/xml; charset=utf-8" if isinstance(body, str) else "application/xml")
        return self.on(self._last, answer(body, **how))  # type: ignore[arg-type]

    def then_fail(self, status: int, *, retry_after: str | None = None) -> "FakeSite":
        headers = {"Retry-After": retry_after} if retry_after is not None else {}
        return self.on(self._last, answer(b"failed", status=status, headers=headers, content_type="text/plain"))

    def otherwise(self, behaviour: Behaviour) -> "FakeSite":
        """Answer every path that was not added."""
        self._default = behaviour
        return self

    def redirect(self, path: str, to: str, *, status: int = 302) -> "FakeSite":
        return self.on(path, answer(status=status, headers={"Location": to}))

    def behaviour(self, path: str) -> Behaviour:
        """What this path answers last, for a behaviour that falls back on it."""
        with self._lock:
            return self._pages[path].behaviours[-1]

    # hostile answers

    def hang(self, path: str, *, after: bytes = b"") -> "FakeSite":
        """Send `after` and then nothing, keeping the connection open."""

        def behave(exchange: Exchange) -> None:
            exchange.keep = False
            exchange.send(after)
            exchange.stopping.wait(120)

        return self.on(path, behave)

    def drip(self, path: str, body: bytes, *, every: float = 0.05, headers_too: bool = False) -> "FakeSite":
        """One byte at a time, so that no single read ever times out."""

        def behave(exchange: Exchange) -> None:
            exchange.keep = False
            top = head(200, {"Content-Type": "application/xml", "Content-Length": str(len(body))})
            if headers_too:
                exchange.drip(top, every=every)
            else:
                exchange.send(top)
            exchange.drip(body, every=every)

        return self.on(path, behave)

    def endless(self, path: str, chunk: bytes = b"<item>spam</item>" * 4000) -> "FakeSite":
        def behave(exchange: Exchange) -> None:
            exchange.keep = False
            exchange.send(head(200, {"Content-Type": "application/xml"}))
            while not exchange.stopping.is_set():
                exchange.send(chunk)

        return self.on(path, behave)

    def endless_headers(self, path: str) -> "FakeSite":
        def behave(exchange: Exchange) -> None:
            exchange.keep = False
            exchange.send(b"HTTP/1.1 200 OK\r\n")
            count = 0
            while not exchange.stopping.is_set():
                exchange.send(b"X-Filler-%d: %s\r\n" % (count, b"x" * 900))
                count += 1

        return self.on(path, behave)

    def many_headers(self, path: str, count: int, size: int = 10) -> "FakeSite":
        fields = [(f"X-Filler-{number}", "x" * size) for number in range(count)]
        return self.on(path, closing(head(200, [*fields, ("Content-Length", "0")])))

    def gzip_bomb(self, path: str, megabytes: int, *, layers: int = 1) -> "FakeSite":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = b"".join([*(packer.compress(b"\0" * 1_000_000) for _ in range(megabytes)), packer.flush()])
        for _ in range(layers - 1):
            data = gzip.compress(data, mtime=0)
        names = ", ".join(["gzip"] * layers)
        return self.on(path, answer(data, headers={"Content-Encoding": names}, content_type="application/xml"))

    def reset(self, path: str, *, after: bytes = b"") -> "FakeSite":
        def behave(exchange: Exchange) -> None:
            exchange.send(after)
            time.sleep(0.05)
            exchange.reset()

        return self.on(path, behave)

    def raw(self, path: str, *parts: bytes) -> "FakeSite":
        return self.on(path, closing(*parts))

    # what it saw

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    def asked(self, path: str) -> list[Asked]:
        return [asked for asked in self.requests if asked.path == path]

    # running

    def __enter__(self) -> "FakeSite":
        self.start()
        return self

    def start(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes accept at once
        self._server.close()
        if self._thread.is_alive():
            self._thread.join(5)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(60)
            try:
                reader = connection.makefile("rb")
                while not self._stopping.is_set():
                    asked = read_request(reader)
                    if asked is None:
                        return
                    exchange = Exchange(asked, connection, self._stopping)
                    self._next(asked)(exchange)
                    if not exchange.keep or asked.headers.get("connection") == "close":
                        return
            except (OSError, ValueError):
                return  # the client went away, as clients of hostile sites should

    def _next(self, asked: Asked) -> Behaviour:
        with self._lock:
            self.requests.append(asked)
            page = self._pages.get(asked.path) or self._pages.get(asked.path.split("?")[0])
            if page is None or not page.behaviours:
                return self._default
            behaviour = page.behaviours[min(page.used, len(page.behaviours) - 1)]
            page.used += 1
            return behaviour


def read_request(reader: object) -> Asked | None:
    line = reader.readline(70_000)  # type: ignore[attr-defined]
    if not line.strip():
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := reader.readline(70_000)) not in (b"\r\n", b"\n", b""):  # type: ignore[attr-defined]
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))  # type: ignore[attr-defined]
    return Asked(method, path, headers, body, time.monotonic())


# small feeds to serve


def entry(
    title: str = "",
    text: str = "",
    *,
    guid: str | None = None,
    link: str | None = None,
    date: str | None = "Sat, 21 Nov 2026 10:05:00 GMT",
    author: str | None = None,
    more: str = "",
) -> str:
    """One RSS item. Text is escaped by the caller where it must be."""
    parts = [f"<title>{title}</title>" if title else "", f"<description>{text}</description>" if text else ""]
    parts += [f'<guid isPermaLink="false">{guid}</guid>' if guid else "", f"<link>{link}</link>" if link else ""]
    parts += [f"<pubDate>{date}</pubDate>" if date else "", f"<author>{author}</author>" if author else ""]
    return f"<item>{''.join(parts)}{more}</item>"


def rss(*items: str, title: str = "A feed", more: str = "", encoding: str = "utf-8") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>http://example.com/</link><description>d</description>{more}{''.join(items)}</channel></rss>"
    )

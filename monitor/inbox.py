"""The inbox: other systems push mentions, and Prometheus reads how we do. Plain HTTP, on loopback unless told otherwise.

    curl -X POST http://127.0.0.1:8502/mentions \\
         -H "Authorization: Bearer $FENGPING_INBOX_TOKEN" -H 'Content-Type: application/json' \\
         -d '{"source": "call centre", "brand": "苹果", "channel": "social",
              "mentions": [{"id": "42", "text": "质量太差", "published_at": "2026-11-21T10:00:00Z"}]}'

    {"new": 1, "changed": 0, "known": 0, "unmatched": 0, "errors": []}

POST /mentions   what may be pushed is told in `collectors.inbox`. All or nothing: with one wrong mention nothing is
                 stored, and each fault is named in `errors`. The same push again stores nothing twice. A mention for which
                 no brand is given and which names none is counted as unmatched and not stored.
GET /metrics     Prometheus text.   GET /healthz   "ok".   HEAD of these two answers as GET, without a body.

401 wrong or no token, 403 no token is set (every push is refused), 405 another method (`Allow` says which), 411 no
length, 413 too large, 415 another type or a coding, 422 not understood, 503 the store is busy: push again. Blind spot: no TLS; put a proxy before it to serve other machines.
"""

import hmac
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from collectors.inbox import DEFAULT_SOURCE, INBOX, MOST_BYTES, MOST_FAULTS, Fault, Pushed, read_push
from errors import FengpingError, InputError, StorageBusy
from monitor import metrics
from monitor.bringing import Named, bring, brought_source, named_brands
from monitor.loop import Clock, utc_now
from monitor.matching import Matching
from monitor.plain import clean, json_line, line
from settings import Settings
from storage import brands as stored_brands
from storage.engine import Store

log = logging.getLogger("fengping.inbox")

PATIENCE = 20.0  # seconds a connection may be silent
AT_ONCE = 16
MOST_DRAINED = 4 * MOST_BYTES  # of a push that is refused
DRAINING = 2.0  # seconds its sender may be silent
TYPES = ("application/json", "application/x-ndjson", "application/jsonl", "application/jsonlines")
WAYS = {"/mentions": "POST", "/metrics": "GET, HEAD", "/healthz": "GET, HEAD"}  # path -> what `Allow` says


class Refused(FengpingError):
    """A request that is answered with a status and a sentence, and headers that say what would be taken."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors
        self.headers = dict(headers or {})


class Inbox:
    """What a push does, apart from HTTP."""

    def __init__(self, store: Store, settings: Settings, *, clock: Clock = utc_now) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock

    def check_token(self, header: str) -> None:
        token = self.settings.inbox_token
        if not token:
            raise Refused(403, "no token is set, so every push is refused; set FENGPING_INBOX_TOKEN")
        scheme, _, given = header.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
            raise Refused(401, "send the token as 'Authorization: Bearer ...'")

    def take(self, body: bytes, content_type: str) -> dict[str, Any]:
        """Store what a push brings. Raises Refused."""
        now = self.clock()
        pushed = _read(body, content_type, now=now)
        with self.store.read() as tx:
            matching = Matching(stored_brands.list_brands(tx))
        named, faults = _named(pushed, matching)
        if faults:
            metrics.PUSHED.labels("error").inc(len(faults))
            raise Refused(422, "nothing was stored: see errors", errors=[_as_object(fault) for fault in faults])
        channel, name = (
            pushed.channel or INBOX.default_channel,
            " ".join(clean(pushed.source).split()) or DEFAULT_SOURCE,
        )
        with self.store.begin() as tx:
            source = brought_source(tx, f"inbox:{name}", kind="inbox", channel=channel, brands=(), title=name, now=now)
        brought = asdict(bring(self.store, source, named, matching, now=now))
        for result, number in brought.items():
            metrics.PUSHED.labels(result).inc(number)
        metrics.NEW.inc(brought["new"])
        metrics.CHANGED.inc(brought["changed"])
        return {**brought, "errors": []}


def _read(body: bytes, content_type: str, *, now: datetime) -> Pushed:
    kind = content_type.split(";")[0].strip().lower()
    if kind not in TYPES:
        raise Refused(415, f"send {TYPES[0]} or {TYPES[1]}, not '{kind or 'no content type'}'")
    try:
        return read_push(body, kind, now=now)
    except InputError as error:
        raise Refused(422, str(error)) from error


def _named(pushed: Pushed, matching: Matching) -> tuple[list[Named], list[Fault]]:
    """The mentions with the ids of the brands they are pushed for, and what is wrong."""
    faults = list(pushed.faults)
    named: list[Named] = []
    for index, (mention, names) in enumerate(zip(pushed.mentions, pushed.brands, strict=True)):
        ids: list[int] = []
        for name in names:
            found = named_brands(name, matching.brands)
            if not found:
                faults.append(Fault(index, "brand", f"there is no brand '{name}'"))
            ids += found
        named.append((mention, tuple(ids)))
    return named, faults[:MOST_FAULTS]


def _as_object(fault: Fault) -> dict[str, Any]:
    return {"index": fault.index, "field": fault.field, "message": line(fault.message)}


class _Handler(BaseHTTPRequestHandler):
    """HTTP around the inbox."""

    server: "_Server"
    server_version = "Fengping"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    _read_body = False

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/healthz":
            self._answer(200, b"ok\n", "text/plain; charset=utf-8")
        elif path == "/metrics":
            self._answer(200, metrics.exposition(), "text/plain; version=0.0.4; charset=utf-8")
        else:
            self._no_way()

    do_HEAD = do_GET  # `_answer` leaves the body out

    def _no_way(self) -> None:
        """Another path, or a method that this path does not know."""
        allowed = WAYS.get(urlsplit(self.path).path)
        headers = {"Allow": allowed} if allowed else None
        self._words(405 if allowed else 404, "POST /mentions, GET /metrics or GET /healthz", headers=headers)

    def do_POST(self) -> None:
        self._read_body = False
        try:
            if urlsplit(self.path).path != "/mentions":
                self._no_way()
                self._drain()
                return
            self.server.inbox.check_token(self.headers.get("Authorization", ""))
            taken = self.server.inbox.take(self._body(), self.headers.get("Content-Type", ""))
            self._answer(200, (json_line(taken) + "\n").encode(), "application/json")
        except Refused as refused:
            self._words(refused.status, str(refused), errors=refused.errors, headers=refused.headers)
            self._drain()
        except StorageBusy as error:
            self._words(503, str(error))
        except FengpingError as error:
            log.error("push: %s", error)
            self._words(500, str(error))

    def _body(self) -> bytes:
        coding = self.headers.get("Content-Encoding", "").strip().lower()
        if coding not in ("", "identity"):
            sentence = f"send the body as it is, without Content-Encoding '{coding[:40]}'"
            raise Refused(415, sentence, headers={"Accept-Encoding": "identity"})
        given = self.headers.get("Content-Length", "")
        if not given.isascii() or not given.isdigit() or self.headers.get("Transfer-Encoding"):
            raise Refused(411, "send the body with a Content-Length")
        if len(given) > 12 or int(given) > MOST_BYTES:
            raise Refused(413, f"at most {MOST_BYTES // 1_000_000} MB in one push")
        body = self.rfile.read(int(given))
        self._read_body = True
        if len(body) < int(given):
            raise Refused(400, "the body ended early")
        return body

    def _drain(self) -> None:
        """Take what a caller is still sending, within reason: cut off while it sends, it never reads why."""
        given = self.headers.get("Content-Length", "")
        left = min(int(given), MOST_DRAINED) if given.isascii() and given.isdigit() and not self._read_body else 0
        if self.headers.get("Transfer-Encoding"):
            left = MOST_DRAINED  # its end is in the chunks; the caller hangs up when it has read the answer
        with suppress(OSError):
            self.connection.settimeout(DRAINING)
            while left > 0 and (piece := self.rfile.read1(min(left, 65_536))):
                left -= len(piece)

    def _words(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if status >= 400:
            self.close_connection = True  # the body may not have been read
        said = {"error": line(message), **({} if errors is None else {"errors": errors})}
        self._answer(status, (json_line(said) + "\n").encode(), "application/json", headers)

    def _answer(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the server itself refuses (another method, no HTTP) is said as everything else is."""
        self.close_connection = True
        if code == 501:
            self._no_way()
        else:
            self._words(code, message or "not a request we understand")

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("%s %s", self.address_string(), line(format % args))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], inbox: Inbox) -> None:
        self.inbox = inbox
        self._slots = threading.Semaphore(AT_ONCE)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A caller beyond the limit is turned away, so that silent ones cannot take every thread."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no fault of ours and no news; anything else is a fault of ours."""
        if isinstance(sys.exception(), OSError):
            log.info("a connection of %s broke: %s", client_address[0], line(sys.exception()))
        else:
            log.error("a push of %s: a fault of ours", client_address[0], exc_info=True)


@contextmanager
def serving(store: Store, settings: Settings, *, clock: Clock = utc_now) -> Iterator[str | None]:
    """Serve while inside. Yields the address; None when it is turned off or its port is taken, which is logged."""
    if not settings.inbox_port:
        yield None
        return
    try:
        server = _Server((settings.inbox_host, settings.inbox_port), Inbox(store, settings, clock=clock))
    except OSError as error:
        log.error(
            "the inbox and /metrics are off: port %s of %s cannot be used (%s); choose another with FENGPING_INBOX_PORT",
            settings.inbox_port, settings.inbox_host, error.strerror,
        )  # fmt: skip
        yield None
        return
    thread = threading.Thread(target=server.serve_forever, name="inbox", daemon=True)
    thread.start()
    address = f"http://{settings.inbox_host}:{server.server_address[1]}"
    log.info("inbox at %s", address)
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

"""A webhook receiver and an SMTP server on loopback: what a notice meets in the world, refusal and slowness included."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Heard:
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are the statuses of the next requests, then 200. `delay` seconds pass before each answer, and all that `hold`
    takes to be set; `drips` times a byte of a header comes a tenth of a second after the one before."""

    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    drips: int = 0
    hold: threading.Event | None = None
    heard: list[Heard] = field(default_factory=list)

    def __enter__(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.heard.append(Heard(dict(self.headers.items()), body))
                time.sleep(receiver.delay)
                if receiver.hold is not None:
                    receiver.hold.wait(120)
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.flush_headers()
                self.wfile.write(b"X-Slow: ")
                with suppress(OSError):  # the caller had enough
                    for _ in range(receiver.drips):
                        time.sleep(0.1)
                        self.wfile.write(b"a")
                    self.wfile.write(b".\r\n\r\n")

            def log_message(self, *_args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"


class DrippingMailServer:
    """Greets a caller byte by byte, for as long as somebody listens: no single read takes long."""

    def __enter__(self) -> "DrippingMailServer":
        self._closing = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._drip, args=(self._server.accept()[0],), daemon=True).start()

    def _drip(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):  # the caller had enough
            while not self._closing.wait(0.2):
                caller.sendall(b"2")

    def __exit__(self, *_error: object) -> None:
        self._closing.set()
        self._server.close()

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=fengping@example.org&to=pr@example.org&mode=insecure"


class MailServer:
    """A real SMTP server; `refuse` makes it reject every recipient."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.messages: list[bytes] = []
        self._refuse = refuse

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self._refuse:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.messages.append(envelope.content)
        return "250 OK"

    def __enter__(self) -> "MailServer":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        server = self._controller.server
        assert server is not None
        port = server.sockets[0].getsockname()[1]
        return f"mailto://127.0.0.1:{port}?from=fengping@example.org&to=pr@example.org&mode=insecure"

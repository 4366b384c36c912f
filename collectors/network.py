"""Connections to public addresses only, each with a moment by which everything is over.

The check is made on the address that is then connected to, so a name that answers differently the second time
gains nothing: the name is resolved once, every address it gave is judged, and the socket goes to a judged literal.
Octal, decimal and hexadecimal spellings need no care of their own: the resolver turns them into an address first.
An address that carries another (mapped, NAT64, 6to4, Teredo) is judged by the one inside as well.

`deadline` holds per thread, because httpcore reads in the thread that asked. Every read is cut to what is left, so
a server that sends a byte now and then, in headers or in the body, ends on time. Resolving cannot be interrupted;
it is left behind in a daemon thread when it takes too long.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from errors import AddressRefused

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

_INSIDE = (  # networks whose addresses carry an IPv4 address, and how many bits stand to the right of it
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
_TEREDO = ipaddress.IPv6Network("2001::/32")
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_RELAY = ipaddress.IPv4Network("192.88.99.0/24")
# ports where something else than HTTP listens and could be talked into harm (the Fetch standard's "bad ports")
BAD_PORTS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
     111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
     540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
     6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)  # fmt: skip


def why_not_public(text: str) -> str | None:
    """What kind of address this is when it is not a public one; None when it is."""
    try:
        ip: IP = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "not an IP address"
    return _why_v6(ip) if isinstance(ip, ipaddress.IPv6Address) else _why_v4(ip)


def _why_v4(ip: ipaddress.IPv4Address) -> str | None:
    if ip.is_loopback:
        return "this machine"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_multicast:
        return "a multicast address"
    if ip.is_unspecified:
        return "no address"
    if not ip.is_global or ip.is_reserved or ip in _RELAY:
        return "a private or reserved address"
    return None


def _why_v6(ip: ipaddress.IPv6Address) -> str | None:
    for network, right in _INSIDE:
        if ip in network:
            inner = ipaddress.IPv4Address((int(ip) >> right) & 0xFFFFFFFF)
            return _why_v4(inner) or ("a reserved address" if network.prefixlen == 48 else None)
    if ip in _TEREDO:
        return "a tunnel's address"
    if ip.is_loopback:
        return "this machine"
    if ip not in _GLOBAL_V6 or not ip.is_global or ip.is_multicast:
        return "a private or reserved address"
    return None


def allowed(entries: Iterable[str]) -> frozenset[str]:
    """The exception list as `host:port` of an Address; an entry without a port means 80 and 443."""
    found: set[str] = set()
    for entry in entries:
        host, _, port = entry.strip().lower().rpartition(":")
        bare = entry.strip().lower().strip("[]")
        if not port.isdigit() or (":" in host and not host.startswith("[")):
            named = f"[{bare}]" if ":" in bare else bare
            found |= {f"{named}:80", f"{named}:443"}
            continue
        found.add(f"{_canonical(host)}:{port}")
    return frozenset(found)


def _canonical(host: str) -> str:
    try:
        ip = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    return f"[{ip}]" if ip.version == 6 else str(ip)


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Deadline(threading.local):
    """When the thread's current exchange must be over, as time.monotonic()."""

    at: float | None = None

    def left(self, timeout: float | None) -> float | None:
        """Seconds one operation may take. Raises httpcore.ReadTimeout when there are none."""
        if self.at is None:
            return timeout
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return left if timeout is None else min(left, timeout)

    @contextmanager
    def until(self, moment: float | None) -> Iterator[None]:
        before, self.at = self.at, moment
        try:
            yield
        finally:
            self.at = before


class _Stream(httpcore.NetworkStream):
    """A stream whose every operation ends by the thread's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets to judged addresses only."""

    def __init__(self, exceptions: frozenset[str], deadline: Deadline, resolver: Resolver = resolve) -> None:
        self._exceptions = exceptions
        self._deadline = deadline
        self._resolver = resolver
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._judged(host, port, timeout)
        failed: Exception | None = None
        for address in addresses[:4]:
            try:
                left = self._deadline.left(timeout)
                return _Stream(self._plain.connect_tcp(address, port, left, None, socket_options), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError("no address")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _judged(self, host: str, port: int, timeout: float | None) -> list[str]:
        """The addresses that may be connected to. Raises AddressRefused when one of them may not."""
        name = f"{_canonical(host)}:{port}"
        if name not in self._exceptions and port in BAD_PORTS:
            raise AddressRefused(f"port {port} is not one where web servers answer")
        addresses = self._resolved(host, port, self._deadline.left(timeout))
        if name not in self._exceptions:
            for address in addresses:
                why = why_not_public(address)
                if why:
                    shown = host if host == address else f"{host} ({address})"
                    raise AddressRefused(f"{shown} is {why}; only public addresses are fetched")
        return addresses

    def _resolved(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host.strip("[]")))]
        except ValueError:
            pass
        found: list[list[str] | Exception] = []

        def work() -> None:
            try:
                found.append(self._resolver(host, port))
            except (OSError, UnicodeError) as error:
                found.append(error)

        thread = threading.Thread(target=work, name=f"resolve {host}", daemon=True)
        thread.start()
        thread.join(timeout)
        if not found:
            raise httpcore.ConnectTimeout(f"the name {host} was not answered in time")
        if isinstance(found[0], Exception):
            raise httpcore.ConnectError(f"the name {host} is not known") from found[0]
        if not found[0]:
            raise httpcore.ConnectError(f"the name {host} has no address")
        return found[0]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One for the process: reading the certificates takes longer than many a fetch."""
    return httpx.create_ssl_context()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class GuardedTransport(httpx.BaseTransport):
    """The real network as an httpx transport: pooled connections through GuardedBackend, no proxies, no cookies."""

    def __init__(self, backend: GuardedBackend, *, connections: int) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=connections,
            max_keepalive_connections=min(connections, 32),
            keepalive_expiry=5.0,
            http1=True,
            http2=False,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()

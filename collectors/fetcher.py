"""The fetcher: one address to one document, public addresses only, within limits of time and bytes.

Redirects are followed here, each one checked like the first. No cookies, no proxies from the environment, no
credentials carried to another origin, an honest name. A failure is a CollectError whose sentence says what
happened; 304 is a Document. Shared by threads; give every call its deadline.

The network is one seam: `transport` is any httpx transport, so a fake network is an ordinary function in
`httpx.MockTransport`.
"""

import io
import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from collectors import answers, network, unpacking
from collectors.seams import Document, Limits, Permit
from collectors.urls import Address, read_address
from errors import AddressRefused, FetchError, InputError, TimedOut

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/json;q=0.9, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.7, */*;q=0.5"
)
_LIBRARY_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    ssl.SSLError,
    OSError,
)
SAID_WITHIN = 2.0  # seconds for the body of a failure
SAID_IN = 16_000  # bytes of it
_REDIRECTS = (300, 301, 302, 303, 307, 308)
_WHOLE = re.compile(rb"(?:</\s*(?:\w+:)?(?:rss|feed|rdf|channel|html)\s*>|[}\]])\s*(?:<!--.*?-->\s*)*\Z", re.I | re.S)
# 0177.0.0.1, 0x7f.1, 2130706433: only those who hide an address write it so
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", re.I)
_DOTTED = re.compile(r"(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}")


@dataclass(frozen=True)
class _Ask:
    """One hop of a fetch."""

    address: Address
    method: str
    headers: Mapping[str, str]
    data: bytes | None
    authorization: str | None
    conditional: bool


class Fetcher:
    def __init__(
        self,
        limits: Limits | None = None,
        *,
        allow_hosts: Iterable[str] = (),
        user_agent: str = "Fengping/0.1",
        transport: httpx.BaseTransport | None = None,
        resolver: network.Resolver = network.resolve,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = limits or Limits()
        self._agent = re.sub(r"[^\x20-\x7e]", "", user_agent)
        self._clock = clock
        self._deadline = network.Deadline()
        backend = network.GuardedBackend(network.allowed(allow_hosts), self._deadline, resolver)
        self._transport = transport or network.GuardedTransport(backend, connections=128)

    @property
    def limits(self) -> Limits:
        return self._limits

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

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
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent = {name: value for name, value in conditions.items() if value and value.isprintable()}
        ends = min(time.monotonic() + self._limits.fetch, deadline or float("inf"))
        first = self._address(url)
        ask = _Ask(first, method, {**(headers or {}), **sent}, data, first.authorization, bool(sent))
        with self._deadline.until(ends):
            return self._follow(ask, ends, permit)

    def _follow(self, ask: _Ask, ends: float, permit: Permit | None) -> Document:
        permanent: str | None = None
        only_permanent = True
        seen = {ask.address.url}
        document: Document | None = None
        for _ in range(self._limits.max_redirects + 1):
            try:
                document, location = self._exchange(ask, ends)
            except AddressRefused as error:
                if document is None:
                    raise
                said = f"HTTP {document.status}: a redirect to what is not fetched: {error}"
                raise AddressRefused(said, url=ask.address.url) from None
            if location is None:
                answers.raise_for(document, conditional=ask.conditional, now=self._clock())
                return document if permanent is None else _moved(document, permanent)
            target = self._redirected(ask, document, location)
            only_permanent = only_permanent and document.status in (301, 308)
            permanent = target.address.url if only_permanent else permanent
            if target.address.url in seen:
                raise FetchError(f"HTTP {document.status}: the redirects lead in a circle", url=target.address.url)
            seen.add(target.address.url)
            if permit is not None:
                permit(target.address.url)
            ask = target
        status = document.status if document else 302
        raise FetchError(f"HTTP {status}: more than {self._limits.max_redirects} redirects", url=ask.address.url)

    def _redirected(self, ask: _Ask, document: Document, location: str) -> _Ask:
        if not location:
            raise FetchError(f"HTTP {document.status}: a redirect that says not where to", url=ask.address.url)
        try:
            url = urljoin(ask.address.url, location)
        except ValueError as error:
            raise FetchError(f"HTTP {document.status}: a redirect to no web address", url=ask.address.url) from error
        try:
            address = self._address(url)
        except AddressRefused as error:
            raise AddressRefused(
                f"HTTP {document.status}: a redirect to what is not fetched: {error}", url=url
            ) from None
        same = address.netloc == ask.address.netloc and address.scheme == ask.address.scheme
        keep = document.status in (307, 308) or ask.method in ("GET", "HEAD")
        headers = ask.headers if same else {
            name: value for name, value in ask.headers.items() if name.lower() not in ("authorization", "cookie")
        }  # fmt: skip
        return _Ask(
            address,
            ask.method if keep else "GET",
            headers,
            ask.data if keep and same else None,
            address.authorization or (ask.authorization if same else None),
            ask.conditional,
        )

    def _address(self, url: str) -> Address:
        try:
            address = read_address(url)
        except InputError as error:
            raise AddressRefused(str(error), url=url) from None
        if _NUMBERS.fullmatch(address.host) and not _DOTTED.fullmatch(address.host):
            raise AddressRefused(f"{address.host} is an address in disguise; write it as four decimal numbers", url=url)
        return address

    def _exchange(self, ask: _Ask, ends: float) -> tuple[Document, str | None]:
        """One request and its answer: the document, and where it redirects to when it does."""
        for attempt in (1, 2):
            try:
                return self._once(ask, ends)
            except (httpcore.RemoteProtocolError, httpx.RemoteProtocolError, httpcore.ReadError) as error:
                # a kept connection that the server had closed: ask once more on a new one
                if attempt == 2 or ask.method != "GET" or "without sending" not in str(error):
                    raise FetchError(f"the answer was broken: {_reason(error)}", url=ask.address.url) from error
            except AddressRefused as error:
                raise AddressRefused(str(error), url=ask.address.url) from None
            except (httpcore.TimeoutException, httpx.TimeoutException) as error:
                raise self._late(error, ask) from error
            except (httpcore.ConnectError, httpx.ConnectError) as error:
                raise FetchError(_no_connection(error, ask.address), url=ask.address.url) from error
            except (*_LIBRARY_ERRORS, httpx.HTTPError, httpx.InvalidURL) as error:
                raise FetchError(f"the connection failed: {_reason(error)}", url=ask.address.url) from error
        raise AssertionError("unreachable")

    def _late(self, error: Exception, ask: _Ask) -> TimedOut:
        connecting = isinstance(error, httpcore.ConnectTimeout | httpx.ConnectTimeout)
        if connecting and "not answered" in str(error):
            return TimedOut(str(error), url=ask.address.url)
        what = f"no connection to {ask.address.netloc}" if connecting else "no whole answer"
        limit = self._limits.connect if connecting else self._limits.fetch
        return TimedOut(f"timed out: {what} within {limit:g} s", url=ask.address.url)

    def _once(self, ask: _Ask, ends: float) -> tuple[Document, str | None]:
        request = self._request(ask, ends)
        response = self._transport.handle_request(request)
        try:
            fields = self._fields(response, ask)
            status = response.status_code
            if status in _REDIRECTS and ("location" in fields or status != 300):
                return self._document(ask, status, fields, b""), _as_utf8(fields.get("location", "").strip())
            if status >= 400:
                return self._document(ask, status, fields, self._said(response, fields, ends)), None
            try:
                body = b"" if status in (204, 205, 304) else self._body(response, fields, ask, ends)
            except (httpcore.TimeoutException, httpx.TimeoutException) as error:
                raise TimedOut(f"HTTP {status}: {self._late(error, ask)}", url=ask.address.url) from error
            return self._document(ask, status, fields, body), None
        finally:
            response.close()

    def _request(self, ask: _Ask, ends: float) -> httpx.Request:
        left = max(ends - time.monotonic(), 0.001)
        limits = self._limits
        wait = {"connect": min(limits.connect, left), "read": left, "write": left, "pool": left}
        headers = {
            "Host": urlsplit(ask.address.url).netloc,  # httpx would decode it, and fail at xn--i-7iq.ws
            "User-Agent": self._agent,
            "Accept": ACCEPT,
            "Accept-Encoding": "gzip, deflate",
            **ask.headers,
        }
        if ask.authorization and not any(name.lower() == "authorization" for name in headers):
            headers["Authorization"] = ask.authorization
        # as bytes, so that a server's ETag goes back as it came
        exact = [(name.encode("ascii"), value.encode("latin-1", "ignore")) for name, value in headers.items()]
        return httpx.Request(ask.method, ask.address.url, headers=exact, content=ask.data, extensions={"timeout": wait})

    def _fields(self, response: httpx.Response, ask: _Ask) -> dict[str, str]:
        raw = response.headers.raw
        size = sum(len(name) + len(value) for name, value in raw)
        if len(raw) > self._limits.max_headers or size > self._limits.max_header_bytes:
            said = (
                f"HTTP {response.status_code}: the answer has {len(raw)} headers of {size:,} bytes, more than is read"
            )
            raise FetchError(said, url=ask.address.url)
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(raw)}

    def _document(self, ask: _Ask, status: int, fields: Mapping[str, str], body: bytes) -> Document:
        return Document(ask.address.url, status, fields, body, self._clock(), None, status == 304)

    def _body(self, response: httpx.Response, fields: Mapping[str, str], ask: _Ask, ends: float) -> bytes:
        limit = self._limits.max_bytes
        try:
            layers = unpacking.inflaters(fields.get("content-encoding", ""))
        except unpacking.Unknown as error:
            raise FetchError(
                f"HTTP {response.status_code}: compressed as '{error}', which was not asked for", url=ask.address.url
            ) from None
        packed = bool(layers)
        declared = fields.get("content-length", "")
        if declared.isdigit() and int(declared) > limit and not packed:
            raise self._too_large(ask, int(declared))
        body = io.BytesIO()  # gives what it holds without a second copy
        try:
            for chunk in _raw(response):
                for piece in unpacking.unpacked(chunk, layers):
                    body.write(piece)
                    if body.tell() > limit:
                        raise self._too_large(ask)
                if time.monotonic() > ends:
                    raise httpcore.ReadTimeout("deadline")
            for piece in unpacking.rest(layers):
                body.write(piece)
        except zlib.error as error:
            if not _WHOLE.search(body.getvalue()[-2_000:]):
                raise FetchError(
                    f"HTTP {response.status_code}: the compressed answer is broken: {error}", url=ask.address.url
                ) from error
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpx.RemoteProtocolError, httpx.ReadError) as error:
            # a wrong Content-Length is common; a document that closes what it opened is whole all the same
            if not _WHOLE.search(body.getvalue()[-2_000:]):
                came = f"the connection ended before the whole document came ({body.tell():,} bytes did)"
                message = f"HTTP {response.status_code}: {came}"
                raise FetchError(message, url=ask.address.url) from error
        whole = body.getvalue()
        return self._gunzipped(whole, ask) if whole.startswith(b"\x1f\x8b") else whole

    def _said(self, response: httpx.Response, fields: Mapping[str, str], ends: float) -> bytes:
        """What a service says of a failure in JSON, if it is short and comes at once; the status counts without it."""
        body = bytearray()
        if "json" not in fields.get("content-type", "").lower():
            return b""
        try:
            layers = unpacking.inflaters(fields.get("content-encoding", ""))
            with self._deadline.until(min(ends, time.monotonic() + SAID_WITHIN)):
                for chunk in _raw(response):
                    for piece in unpacking.unpacked(chunk, layers):
                        body += piece
                        if len(body) > SAID_IN:
                            return b""
        except (*_LIBRARY_ERRORS, httpcore.TimeoutException, httpx.HTTPError, zlib.error, unpacking.Unknown):
            return b""
        return bytes(body)

    def _gunzipped(self, data: bytes, ask: _Ask) -> bytes:
        """A .gz file served as it is."""
        body = io.BytesIO()
        try:
            for piece in unpacking.unpacked(data, [unpacking.Inflater("gzip")]):
                body.write(piece)
                if body.tell() > self._limits.max_bytes:
                    raise self._too_large(ask)
        except zlib.error as error:
            raise FetchError(f"HTTP 200: the compressed document is broken: {error}", url=ask.address.url) from error
        return body.getvalue()

    def _too_large(self, ask: _Ask, size: int | None = None) -> FetchError:
        came = f"{size / 1e6:,.1f} MB" if size else "the document"
        return FetchError(f"HTTP 200: too large: {came} is more than the limit of {self._limits.max_bytes / 1e6:g} MB",
                          url=ask.address.url)  # fmt: skip


def _moved(document: Document, permanent: str) -> Document:
    return Document(document.url, document.status, document.headers, document.body, document.fetched_at, permanent,
                    document.not_modified)  # fmt: skip


def _as_utf8(location: str) -> str:
    """Where a redirect leads. Servers write addresses as UTF-8 although headers are Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _raw(response: httpx.Response) -> Iterable[bytes]:
    stream = response.stream
    assert isinstance(stream, httpx.SyncByteStream)
    return stream


def _reason(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return re.sub(r"[^\x20-\x7e]", "", re.sub(r"^\[(?:\w+: ?\w*|Errno -?\d+)\]\s*", "", text))[:160]


def _no_connection(error: Exception, address: Address) -> str:
    text = str(error)
    if "the name" in text:
        return text
    if "CERTIFICATE" in text.upper() or "hostname" in text.lower():
        return f"the certificate of {address.host} is not valid: {_reason(error)}"
    if "SSL" in text.upper() or "TLS" in text.upper():
        return f"no secure connection to {address.netloc}: {_reason(error)}"
    if "refused" in text.lower():
        return f"{address.netloc} refused the connection"
    return f"no connection to {address.netloc}: {_reason(error)}"

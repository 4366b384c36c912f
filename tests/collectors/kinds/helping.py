"""A document and a context to parse, without a network."""

import json
from datetime import UTC, datetime
from typing import Any

from collectors.kinds import KINDS
from collectors.records import Brand, Source, SourceState
from collectors.seams import Document, ParseContext, Parsed, Request

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LARK = Brand(1, "云雀奶茶", aliases=("LarkTea",))


def document(body: object, url: str = "http://127.0.0.1:8000/x", *, status: int = 200, **headers: str) -> Document:
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Document(url, status, named, data, NOW)


def parse(
    kind: str,
    body: object,
    url: str = "http://127.0.0.1:8000/x",
    *,
    tag: str = "",
    page: int = 1,
    options: dict[str, Any] | None = None,
    note: dict[str, Any] | None = None,
    source: str | None = None,
    **headers: str,
) -> Parsed:
    context = ParseContext(source or url, NOW, tag=tag, options=options or {}, note=note or {}, page=page)
    return KINDS[kind].parse(document(body, url, **headers), context)


def requests(kind: str, url: str, *, brands: tuple[Brand, ...] = (LARK,), **options: Any) -> list[Request]:
    source = Source(1, url, kind, "forum", options=options)
    return KINDS[kind].first_requests(source, SourceState(), now=NOW, brands=brands)


def urls(kind: str, url: str, **options: Any) -> list[str]:
    return [request.url for request in requests(kind, url, **options)]

"""Parsing in a test: bytes in, finished mentions out, in this process."""

from datetime import UTC, datetime
from typing import Any

from collectors.records import Mention
from collectors.seams import Document, ParseContext, Parsed
from tests.collectors.in_process import InProcess

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "http://feeds.example/blog/feed.xml"


def parse(
    body: bytes | str, content_type: str = "application/xml", *, url: str = URL, kind: str = "feed", **context: Any
) -> Parsed:
    data = body.encode() if isinstance(body, str) else body
    document = Document(url, 200, {"content-type": content_type}, data, NOW)
    return InProcess().parse(kind, document, ParseContext(url, context.pop("now", NOW), **context))


def one(body: bytes | str, content_type: str = "application/xml", **how: Any) -> Mention:
    (mention,) = parse(body, content_type, **how).mentions
    return mention

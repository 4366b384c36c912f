"""The invented world on loopback: real RSS, Atom and JSON Feed documents, as they would stand at a given time.

`/feeds/<place>` answers with the newest posts before `clock()`, with ETag and 304 as a well-kept site does, and with
503 while the world says that this place cannot be reached. Listens on 127.0.0.1 only.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from xml.sax.saxutils import escape

from monitor.sample.world import PLACES, Place, Post, World

NEWEST = 60  # twice what any place says in the six hours between two looks
_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


class SampleSite:
    """A web server in a thread. `clock` says what time it is in the world."""

    def __init__(self, world: World, clock: Callable[[], datetime], port: int = 0) -> None:
        self.world = world
        self._clock = clock
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="sample site", daemon=True)

    def __enter__(self) -> "SampleSite":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, place: Place) -> str:
        return f"http://127.0.0.1:{self.port}/feeds/{place.key}"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path, now."""
        place = next((place for place in PLACES if path == f"/feeds/{place.key}"), None)
        now = self._clock()
        if place is None:
            return 404, "text/plain", b"no such feed"
        if self.world.outage(place.key, now):
            return 503, "text/plain", b"simulated outage"
        since = self.world.reaches_back_to(place.key, now)
        posts = [post for post in self.world.posts(since, now) if post.place == place.key][-NEWEST:]
        posts.reverse()
        return 200, _TYPES[place.form], _FORMS[place.form](place, posts, self.url(place)).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = site.answer(self.path)
                tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", tag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                return

        return Handler


def _link(url: str, post: Post) -> str:
    return f"{url.rsplit('/feeds/', 1)[0]}/posts/{post.guid}"


def _rss(place: Place, posts: list[Post], url: str) -> str:
    items = "".join(
        f"<item><guid isPermaLink='false'>{post.guid}</guid><link>{_link(url, post)}</link>"
        f"<dc:creator>{escape(post.author)}</dc:creator><pubDate>{format_datetime(post.at)}</pubDate>"
        f"<description>{escape(escape(post.text))}</description>{_stars(post)}</item>"
        for post in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:review="http://www.purl.org/stuff/rev#"><channel><title>{escape(place.title)}</title>'
        f"<link>{url}</link><description>Simulated</description>{items}</channel></rss>"
    )


def _stars(post: Post) -> str:
    return f"<review:rating>{post.rating}</review:rating>" if post.rating else ""


def _atom(place: Place, posts: list[Post], url: str) -> str:
    entries = "".join(
        f"<entry><id>{post.guid}</id><title/><link href='{_link(url, post)}'/><author><name>{escape(post.author)}"
        f"</name></author><published>{post.at.isoformat()}</published><updated>{post.at.isoformat()}</updated>"
        f"<content type='text'>{escape(post.text)}</content></entry>"
        for post in posts
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(place.title)}</title><id>{url}</id>{entries}</feed>"
    )


def _json(place: Place, posts: list[Post], url: str) -> str:
    items = [
        {"id": post.guid, "url": _link(url, post), "content_text": post.text, "date_published": post.at.isoformat(),
         "authors": [{"name": post.author}]}
        for post in posts
    ]  # fmt: skip
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": place.title, "home_page_url": url, "items": items}
    return json.dumps(feed, ensure_ascii=False)


_FORMS: dict[str, Callable[[Place, list[Post], str], str]] = {"rss": _rss, "atom": _atom, "json": _json}

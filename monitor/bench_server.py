"""Feeds for the benchmark, served by a process of its own: `python -m monitor.bench_server FEEDS ENTRIES`.

Prints its port, then serves until its standard input closes. Half of the entries are Chinese, half English, put
together from clauses of what the sample workspace's people say; every feed has an ETag and answers 304 to it, as a well-kept site
does.
"""

import random
import re
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jieba

from monitor.sample.world import BRANDS, CITIES, sayings

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
FEWEST, MOST = 3, 10  # clauses of an entry
CHATTER = {"zh": 20, "en": 25}  # words of the entry alone, without which all entries would half be copies of each other
_CLAUSES = re.compile(r"[，。！？；,.!?;]+\s*")


def feed(number: int, entries: int) -> bytes:
    """An RSS document of its own, the same at every call."""
    dice = random.Random(number)
    items = "".join(_item(dice, number, entry) for entry in range(entries))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>Feed {number}</title><link>http://example.com/{number}</link><description>d</description>{items}"
        "</channel></rss>"
    ).encode()


def _item(dice: random.Random, number: int, entry: int) -> str:
    lang = "zh" if entry % 2 else "en"
    said = [_clause(dice, lang) for _ in range(dice.randint(FEWEST, MOST))] + [_chatter(dice, lang)]
    body = escape(("，" if lang == "zh" else ", ").join(said[1:]))
    at = format_datetime(BEGIN + timedelta(minutes=dice.randint(0, 20_000)))
    return (
        f"<item><title>云雀奶茶 Lark Tea {number}-{entry}</title><link>http://example.com/{number}/{entry}</link>"
        f"<guid>{number}-{entry}</guid><pubDate>{at}</pubDate><description><![CDATA[<p>{body}</p>"
        f"<p>{escape(said[0])}</p>]]></description></item>"
    )


def _clause(dice: random.Random, lang: str) -> str:
    products, clauses = _sample(lang)
    filled = {"p": dice.choice(products), "c": dice.choice(CITIES[lang]), "n": dice.randint(3, 68)}
    return dice.choice(clauses).format(**filled)


def _chatter(dice: random.Random, lang: str) -> str:
    return ("" if lang == "zh" else " ").join(dice.choices(_words(lang), k=CHATTER[lang]))


@cache
def _words(lang: str) -> tuple[str, ...]:
    """Usual words: of jieba's dictionary the 30,000 most frequent, of English those of the clauses."""
    if lang == "en":
        return tuple({word: None for clause in _sample(lang)[1] for word in clause.split() if word.isalpha()})
    with jieba.get_dict_file() as file:
        rows = [line.decode("utf-8").split(" ")[:2] for line in file]
    rows.sort(key=lambda row: -int(row[1]))
    return tuple(word for word, _ in rows[:30_000])


@cache
def _sample(lang: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of products, and what the sample workspace's people say, in one language, clause by clause."""
    sections = [(name, lines) for brand in BRANDS for name, lines in sayings(brand).items()]
    products = tuple(line for name, lines in sections if name == f"products {lang}" for line in lines)
    lines = [line for name, lines in sections if f"{lang} /" in name or f"/ {lang}" in name for line in lines]
    clauses = dict.fromkeys(clause for line in lines for clause in _CLAUSES.split(line) if len(clause) > 3)
    return products, tuple(clauses)


def main() -> None:
    feeds, entries = int(sys.argv[1]), int(sys.argv[2])
    bodies = {f"/feed/{number}": feed(number, entries) for number in range(feeds)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece

        def do_GET(self) -> None:
            body = bodies.get(self.path)
            tag = f'"{self.path}"'
            if body is None:
                self._answer(404, b"", tag)
            elif self.headers.get("If-None-Match") == tag:
                self._answer(304, b"", tag)
            else:
                self._answer(200, body, tag)

        def _answer(self, status: int, body: bytes, tag: str) -> None:
            self.send_response(status)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "application/rss+xml")
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the benchmark reads our output."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # of 5, one that overflows waits a second to knock again, and that is measured

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

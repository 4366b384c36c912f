"""Feeds for the benchmark, served by a process of its own: `python -m monitor.bench_server FEEDS ENTRIES`.

Prints its port, then serves until its standard input closes. Half of the entries are Chinese, half English; every
feed has an ETag and answers 304 to it, as a well-kept site does.
"""

import random
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
ZH = ("这家店的服务真不错", "等了两个小时才送到", "质量和描述完全不符", "客服一直没有回复", "会推荐给朋友", "包装破损，已申请退款",
      "价格比上个月贵了不少", "味道还可以，分量偏少", "新款的颜色很好看", "用了三天就出现问题")  # fmt: skip
EN = ("the delivery took two weeks", "support never answered my mail", "works exactly as described",
      "I would buy it again any day", "the box was damaged when it came", "the update broke everything",
      "a fair price for what you get", "the new store is lovely", "my refund is still pending", "it stopped after a week")  # fmt: skip


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
    words = ZH if entry % 2 else EN
    said = ("。" if entry % 2 else ". ").join([*dice.choices(words, k=dice.randint(2, 8)), _chatter(dice, entry)])
    at = format_datetime(BEGIN + timedelta(minutes=dice.randint(0, 20_000)))
    return (
        f"<item><title>云雀奶茶 Lark Tea {number}-{entry}</title><link>http://example.com/{number}/{entry}</link>"
        f"<guid>{number}-{entry}</guid><pubDate>{at}</pubDate><description><![CDATA[<p>{said}</p>"
        f"<p>{dice.choice(words)}</p>]]></description></item>"
    )


def _chatter(dice: random.Random, entry: int) -> str:
    """Words of this entry alone, so that entries are not copies of each other."""
    if entry % 2:
        return "".join(chr(dice.randint(0x4E00, 0x7FFF)) for _ in range(40))
    return " ".join("".join(dice.choices("aeioubcdlmnprst", k=dice.randint(3, 9))) for _ in range(20))


def main() -> None:
    feeds, entries = int(sys.argv[1]), int(sys.argv[2])
    bodies = {f"/feed/{number}": feed(number, entries) for number in range(feeds)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

"""The sites of the soak, in a process of their own: `python -m tests.soak.server SOURCES`.

Prints the ports of its sites as a JSON list, then takes the time of the world in seconds, line by line, and answers
each line with "ok". When its input ends it prints what it saw as one JSON object: `asked`, how often each source was,
and `rude`, what no client may do: asking before a Retry-After is over, or after a 410.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from tests.fakes.site import Exchange, FakeSite, answer, rss
from tests.soak.world import BEGIN, Member, entries, members, written

WAIT = 1_800  # seconds of Retry-After


class World:
    """All sites and what time it is there."""

    def __init__(self, count: int) -> None:
        self.members = members(count)
        self.now = timedelta(0)
        self.silent_after: timedelta | None = None  # nothing is published after this
        self.asked: Counter[int] = Counter()
        self.rude: list[str] = []
        self._turns: Counter[int] = Counter()
        self._not_before: dict[int, timedelta] = {}
        self._lock = threading.Lock()
        self.troubles = _with_troubles(FakeSite())  # never started: every site answers by its behaviours
        self.sites = [FakeSite() for _ in range(max(member.site for member in self.members) + 1)]
        for site in self.sites:
            site.otherwise(self._answer)
            site.start()

    def _answer(self, exchange: Exchange) -> None:
        split = urlsplit(exchange.request.path)
        if split.path.startswith("/trouble/"):  # the later hops of a redirect
            self.troubles.behaviour(split.path)(exchange)
            return
        steps = split.path.strip("/").split("/")
        if len(steps) < 2 or not steps[1].isdigit() or int(steps[1]) >= len(self.members):
            answer(b"not here", status=404)(exchange)
            return
        member = self.members[int(steps[1])]
        page = int(parse_qs(split.query).get("page", ["0"])[0])
        if steps[0] == "old":
            answer(status=301, headers={"Location": member.path})(exchange)
            return
        in_trouble, turn = self._counted(member, first_page=page == 0)
        (self._trouble if in_trouble else self._well)(exchange, member, page, turn)

    def _counted(self, member: Member, *, first_page: bool) -> tuple[bool, int]:
        with self._lock:
            if first_page:
                self.asked[member.number] += 1
                self._turns[member.number] += 1
            turn = self._turns[member.number]
            if self.now < self._not_before.get(member.number, timedelta(0)):
                self.rude.append(f"source {member.number} ({member.trouble}) asked at {self.now}")
            bad = bool(member.trouble) and (not member.flaps or (turn + member.number) % 2 == 0)
            return bad and first_page, turn

    def _well(self, exchange: Exchange, member: Member, page: int, turn: int) -> None:
        until = min(self.now, self.silent_after or self.now)
        found = entries(member, until)
        base = f"http://{exchange.request.headers.get('host', 'localhost')}"
        kind, body = written(member, found, base=base, page=page, turn=turn)
        edits = sum("更正" in entry.text for entry in found)
        tag = f'"{len(found)}-{edits}"' if member.number % 2 else None
        answer(body, content_type=kind, etag=tag)(exchange)

    def _trouble(self, exchange: Exchange, member: Member, page: int, turn: int) -> None:
        if member.trouble in ("wait_seconds", "wait_until", "gone"):
            away = timedelta(days=365) if member.trouble == "gone" else timedelta(seconds=WAIT)
            with self._lock:
                self._not_before[member.number] = self.now + away
            moment = format_datetime(BEGIN + self.now + away, usegmt=True)
            value = str(WAIT) if member.trouble == "wait_seconds" else moment
            status = 410 if member.trouble == "gone" else 429
            answer(status=status, headers={"Retry-After": value} if status == 429 else {})(exchange)
            return
        self.troubles.behaviour(f"/trouble/{member.trouble}")(exchange)


def _with_troubles(site: FakeSite) -> FakeSite:
    """The hostile answers that do not depend on who asks, each under /trouble/NAME."""
    document = rss(*["<item><title>云雀奶茶 unwanted</title></item>"] * 50).encode()
    at: Callable[[str], str] = "/trouble/{}".format
    site.hang(at("hang")).hang(at("hang_in_body"), after=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<rss")
    site.drip(at("drip"), document, every=0.3).drip(at("drip_headers"), document, every=0.3, headers_too=True)
    site.endless(at("endless")).endless_headers(at("endless_headers"))
    site.gzip_bomb(at("bomb"), 60).gzip_bomb(at("bomb_in_bomb"), 60, layers=3)
    site.add(at("error_500"), b"oops", status=500).add(at("missing_404"), b"nothing", status=404)
    site.redirect(at("loop"), at("loop2")).redirect(at("loop2"), at("loop"))
    site.redirect(at("chain"), at("chain1"))
    for hop in range(1, 12):
        site.redirect(at(f"chain{hop}"), at(f"chain{hop + 1}"))
    site.redirect(at("inside"), "http://169.254.169.254/latest/meta-data/")
    site.add(at("login"), "<html><title>Sign in</title><input type=password></html>", content_type="text/html")
    site.add(at("binary"), bytes(range(256)) * 400).add(at("empty"), b"")
    site.add(at("nested"), b"<rss version='2.0'><channel><item><description>" + b"<a>" * 150_000)
    site.add(at("entities"), _laughs()).reset(
        at("reset"), after=b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n<rss>"
    )
    site.raw(at("cut"), b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + document[:300])
    site.add(at("unasked_304"), b"", status=304).many_headers(at("many_headers"), 5_000)
    return site.add(at("wrong_json"), b'{"error": "internal"}', content_type="application/json")


def _laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    return f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]><rss version="2.0"><channel><title>&l9;</title></channel></rss>'.encode()


def main() -> None:
    world = World(int(sys.argv[1]))
    print(json.dumps([site.port for site in world.sites]), flush=True)
    for line in sys.stdin:
        word, _, seconds = line.partition(" ")
        if word == "silent":
            world.silent_after = timedelta(seconds=float(seconds))
        else:
            world.now = timedelta(seconds=float(seconds))
        print("ok", flush=True)
    time.sleep(0.1)
    print(json.dumps({"asked": world.asked, "rude": world.rude}), flush=True)


if __name__ == "__main__":
    main()

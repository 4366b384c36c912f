"""Running the soak: the real loop over the real store against the sites of `tests.soak.server`, with a clock in hand.

What a run must show: no lost mention (whatever a source that can be heard published is stored, exactly once, and
nothing else is), no starved source (each is asked when its schedule says, by the next look at the latest, and never
early), no leak (the monitor and all its parsers need no more memory at the end than at the beginning). After the
simulated hours nothing new is published and the loop goes on until sources that are well only now and then have been
heard once more. Blind spots: reading by the model is left out, and no time passes within a cycle.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from collectors.records import Status
from monitor.cycle import Heartbeat
from monitor.loop import Outcome
from monitor.opening import open_workspace
from settings import Settings, load_settings
from storage import brands, mentions, sources
from storage.engine import Store
from storage.records import MentionFilter
from tests.soak.world import ALIAS, BEGIN, BRAND, Member, members, tokens

ROOT = Path(__file__).resolve().parents[2]
SETTLING = timedelta(minutes=70)  # the longest wait of a source that fails every other time, twice
LOOK = timedelta(seconds=60)  # FENGPING_CYCLE_SECONDS of this run
_TOKEN = re.compile(r"s\d+e\d+")


class Clock:
    """The time of the world, kept here and told to the server."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server
        self.passed = timedelta(0)

    def __call__(self) -> datetime:
        return BEGIN + self.passed

    def move(self, by: timedelta) -> None:
        self.passed += by
        self._tell("now")

    def silence(self) -> None:
        """Nothing is published after this moment."""
        self._tell("silent")

    def _tell(self, word: str) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(f"{word} {self.passed.total_seconds()}\n")
        self._server.stdin.flush()
        assert self._server.stdout.readline() == "ok\n"


@dataclass(frozen=True)
class Try:
    """One collection as the loop told it: when, how it ended and why, and when the next one is due."""

    at: datetime
    status: Status
    due: datetime
    error_kind: str | None = None
    error: str | None = None


@dataclass
class Report:
    sources: int
    hostile: int
    minutes: float
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    looks: int = 0
    tries: int = 0
    failed: int = 0
    asked: int = 0  # requests the server counted on sources
    published: int = 0
    stored: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    starved: list[str] = field(default_factory=list)
    rude: list[str] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)  # of all sources, by class of error
    unwell: Counter[str] = field(default_factory=Counter)  # of sources that were never hostile, by class and form
    said: dict[str, str] = field(default_factory=dict)  # one sentence of each class in `unwell`
    memory: list[tuple[timedelta, int]] = field(default_factory=list)

    @property
    def first_third(self) -> float:
        return self._memory(0, 1)

    @property
    def last_third(self) -> float:
        return self._memory(2, 3)

    @property
    def growth(self) -> float:
        """How much more the last third needed than the first, the warm-up before it left out."""
        return self.last_third / self.first_third - 1

    def _memory(self, begin: int, end: int) -> float:
        whole = timedelta(minutes=self.minutes)
        warm = min(timedelta(minutes=20), whole / 6)
        third = (whole - warm) / 3
        inside = [size for at, size in self.memory if warm + third * begin <= at <= warm + third * end]
        return statistics.median(inside) / 1e6 if inside else float("nan")

    @property
    def faults(self) -> list[str]:
        named = (("lost", self.lost), ("stored twice", self.doubled), ("never published", self.invented),
                 ("starved", self.starved), ("asked against its word", self.rude))  # fmt: skip
        return [f"{len(found)} {name}: {', '.join(found[:5])}" for name, found in named if found]

    def lines(self) -> list[str]:
        peak = max((size for _, size in self.memory), default=0) / 1e6
        failures = ", ".join(f"{count} x {name}" for name, count in self.failures.most_common())
        unwell = ", ".join(f"{count} x {name}" for name, count in self.unwell.most_common()) or "none"
        return [
            f"{self.sources} sources, {self.hostile} of them hostile; {self.minutes:.0f} simulated minutes in "
            f"{self.seconds:.0f} s ({self.cpu_seconds:.0f} s of computing)",
            f"{self.looks} looks, {self.tries} collections, {self.failed} of them failed ({failures}); "
            f"{self.asked} requests served",
            f"{self.published} entries published, {self.stored} stored; lost {len(self.lost)}, stored twice "
            f"{len(self.doubled)}, never published {len(self.invented)}",
            f"starved sources {len(self.starved)}; asked against their word {len(self.rude)}",
            f"failures of sources that are well: {unwell}",
            *(f"  {name}: {sentence}" for name, sentence in sorted(self.said.items())),
            f"memory of all processes, median: first third {self.first_third:.0f} MB, last third "
            f"{self.last_third:.0f} MB ({self.growth:+.1%}); peak {peak:.0f} MB",
        ]


def soak(count: int, minutes: float, *, timeout: float = 4.0, say: bool = False) -> Report:
    """Run it in a folder of its own."""
    world = members(count)
    report = Report(count, sum(bool(one.trouble) for one in world), minutes)
    begun, computed = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="fengping-soak-") as folder, _server(count) as (server, ports):
        settings = _settings(Path(folder), ports, timeout)
        store = open_workspace(settings)
        ids = _add(store, world, ports)
        clock = Clock(server)
        with Heartbeat(store, settings, clock=clock) as heart, _watched(report, clock, server.pid):
            tries = _live(heart, clock, report, say=say)
        server_saw, _ = server.communicate(timeout=60)
        saw = json.loads(server_saw.splitlines()[-1])
        report.asked, report.rude = sum(saw["asked"].values()), saw["rude"]
        _judge_schedule(report, world, ids, tries, clock())
        _judge_store(report, store, world, timedelta(minutes=minutes))
        store.close()
    report.seconds, report.cpu_seconds = time.monotonic() - begun, time.process_time() - computed
    return report


def _settings(folder: Path, ports: list[int], timeout: float) -> Settings:
    return load_settings(
        home=folder,
        database_url="",
        allow_hosts=tuple(f"127.0.0.1:{port}" for port in ports),
        host_gap=0.02,
        source_timeout=timeout,
        max_bytes=2_000_000,
        fetch_threads=24,
        cycle_seconds=LOOK.total_seconds(),
    )


@contextmanager
def _server(count: int) -> Iterator[tuple["subprocess.Popen[str]", list[int]]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.server", str(count)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        yield server, json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def _add(store: Store, world: list[Member], ports: list[int]) -> dict[int, Member]:
    ids = {}
    with store.begin() as tx:
        brand = brands.add_brand(tx, BRAND, aliases=[ALIAS], now=BEGIN)
        for member in world:
            url = f"http://127.0.0.1:{ports[member.site]}{member.address}"
            added = sources.add_source(
                tx, url, kind=member.kind, channel="news", brands=[brand.id], every=member.every, now=BEGIN
            )
            ids[added.id] = member
    return ids


def _live(heart: Heartbeat, clock: Clock, report: Report, *, say: bool) -> dict[int, list[Try]]:
    """Look for due sources until the time is over and what is well has been heard again."""
    tries: dict[int, list[Try]] = defaultdict(list)

    def told(outcome: Outcome) -> None:
        ended = outcome.collected
        one = Try(clock(), ended.status, outcome.next_check_at, ended.error_kind, ended.error)
        tries[outcome.record.source.id].append(one)
        report.tries += 1
        if ended.status in (Status.FAILED, Status.GONE):
            report.failed += 1
            report.failures[ended.error_kind or "unknown"] += 1

    end = timedelta(minutes=report.minutes)
    while clock.passed <= end + SETTLING:
        heart.beat(read=False, report=told)
        report.looks += 1
        if say and report.looks % 10 == 0:
            print(f"  {clock.passed} simulated, {report.tries} collections", flush=True)
        if clock.passed == end:
            clock.silence()
        clock.move(LOOK)
    return tries


@contextmanager
def _watched(report: Report, clock: Clock, besides: int) -> Iterator[None]:
    """Samples of the memory of this process and its descendants, but for the server."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            report.memory.append((clock.passed, _memory_of_tree(besides)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _memory_of_tree(besides: int) -> int:
    """Bytes in memory of this process and those it started."""
    waiting, size = ["self"], 0
    while waiting:
        process = Path("/proc") / waiting.pop()
        try:
            pages = int((process / "statm").read_text().split()[1])
            tasks = [task / "children" for task in (process / "task").iterdir()]
            children = [child for task in tasks for child in task.read_text().split()]
        except (OSError, IndexError):
            continue  # it ended meanwhile
        size += pages * 4096
        waiting += [child for child in children if int(child) != besides]
    return size


def _judge_schedule(
    report: Report, world: list[Member], ids: dict[int, Member], tries: dict[int, list[Try]], now: datetime
) -> None:
    """Each source is asked when it is due, by the next look at the latest, and not before."""
    for source_id, member in ids.items():
        mine = tries.get(source_id, [])
        name = f"source {member.number} ({member.trouble or member.form})"
        if not mine or mine[0].at != BEGIN:
            report.starved.append(f"{name} was not asked at first")
            continue
        for before, after in pairwise(mine):
            if not before.due <= after.at <= before.due + LOOK:
                report.starved.append(f"{name} due {before.due:%H:%M:%S}, asked {after.at:%H:%M:%S}")
        if mine[-1].due + LOOK < now:
            report.starved.append(f"{name} due {mine[-1].due:%H:%M:%S} and never asked again")
        if not member.trouble and len(mine) < int((now - BEGIN) / (member.every * 1.1 + LOOK)):
            report.starved.append(f"{name} was asked only {len(mine)} times")
        if not member.trouble:
            _judge_well(report, member, [one for one in mine if one.status is Status.FAILED])


def _judge_well(report: Report, member: Member, failed: list[Try]) -> None:
    """Nothing is wrong with this source: each failure is told by its class, with one sentence of that class."""
    for one in failed:
        kind = one.error_kind or "unknown"
        report.unwell[f"{kind} of {member.form}"] += 1
        report.said.setdefault(kind, one.error or "")


def _judge_store(report: Report, store: Store, world: list[Member], end: timedelta) -> None:
    published = set().union(*(tokens(member, end) for member in world if member.speaks))
    found: Counter[str] = Counter()
    with store.read() as tx:
        for row in mentions.iter_rows(tx, MentionFilter()):
            token = _TOKEN.search(row.title)
            found[token.group() if token else row.title[:60]] += 1
    report.published, report.stored = len(published), found.total()
    report.lost = sorted(published - set(found))
    report.doubled = sorted(token for token, count in found.items() if count > 1)
    report.invented = sorted(set(found) - published)

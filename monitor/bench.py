"""How fast mentions come in: `python -m monitor.bench [--feeds 200] [--entries 50]`.

One run measures Fengping and the `reader` library on the same feeds, served on loopback by a process of its own: a first
collection and a second one that is answered with 304. Entries per second from HTTP to stored:

- Fengping as `collect --no-read` does it: parsed, matched with brands, stored and counted;
- Fengping as `collect` does it: language, words, search index, themes, their counts and copy groups stored with each
  mention, everything but the sentiment model; then with readings of a model that costs nothing, too;
- `reader` as it comes, which stores the entries, and with its own search index brought up to date after it
  (`enable_search`, `update_search`). It works out none of the rest.

Peak memory is that of the process and of its largest child. Each contestant runs in a fresh process with an empty store;
what it imports, and what its helper processes load, is loaded before the clock starts. Blind spot: server and
contestant share this machine's cores.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.loop import Collector

ROOT = Path(__file__).resolve().parent.parent
TRIALS = 2


@dataclass(frozen=True)
class Said:
    label: str = "neutral"
    p_negative: float = 0.1
    p_neutral: float = 0.8
    p_positive: float = 0.1
    confidence: float = 0.8
    unsure: bool = False


class NoModel:
    """Stands where the sentiment model stands and costs nothing."""

    model_id = "none"

    def read(self, texts: Sequence[str], targets: Sequence[Sequence[str]]) -> list[Said]:
        return [Said()] * len(texts)


def run_plain(base: str, feeds: int, folder: Path) -> dict[str, float]:
    return run_fengping(base, feeds, folder, facts=False)


def run_fengping(base: str, feeds: int, folder: Path, *, facts: bool = True) -> dict[str, float]:
    from monitor.loop import Collector, due_now, utc_now
    from monitor.opening import open_workspace
    from monitor.read import Reader
    from settings import load_settings
    from storage import brands, sources

    host = base.removeprefix("http://")
    settings = load_settings(home=folder, allow_hosts=(host,), host_gap=0.0, fetch_threads=8, database_url="")
    store = open_workspace(settings)
    begin = utc_now()
    with store.begin() as tx:
        brand = brands.add_brand(tx, "云雀奶茶", aliases=["Lark Tea"], now=begin)
        for number in range(feeds):
            url = f"{base}/feed/{number}"
            sources.add_source(
                tx, url, kind="feed", channel="news", brands=[brand.id], every=timedelta(minutes=15), now=begin
            )
    figures: dict[str, float] = {}
    with Collector(store, settings, facts=facts) as collector:
        _warm(collector)
        started = time.perf_counter()
        report = collector.collect(due_now(store, now=utc_now()))
        figures["first"] = time.perf_counter() - started
        assert (report.failed, report.sources) == (0, feeds), report
        figures["entries"] = report.new
    figures["memory"] = _peak()
    if not facts:
        store.close()
        return figures
    reader = Reader(store, settings, sentiment=NoModel())
    started = time.perf_counter()
    reader.read_backlog(clock=utc_now)
    figures["read"] = time.perf_counter() - started
    with Collector(store, settings, clock=lambda: utc_now() + timedelta(days=1)) as collector:
        started = time.perf_counter()
        report = collector.collect(due_now(store, now=utc_now() + timedelta(days=1)))
        figures["second"] = time.perf_counter() - started
        assert (report.failed, report.sources, report.new) == (0, feeds, 0), report
    store.close()
    return figures


def _warm(collector: "Collector") -> None:
    """Helper processes start with the program, not with each collection; and a program settles once."""
    from collectors.seams import Document, ParseContext
    from monitor.cycle import settle
    from monitor.facts import alike
    from monitor.loop import utc_now

    empty = Document("http://localhost/", 200, {}, b"<rss version='2.0'><channel/></rss>", utc_now())
    processes = collector.settings.parse_processes
    with ThreadPoolExecutor(processes) as threads:
        for _ in range(processes):
            threads.submit(collector.pool.parse, "feed", empty, ParseContext(empty.url, utc_now()))
    if collector.facts is not None:
        with collector.store.read() as tx:
            collector.facts.refresh(tx)
        collector.facts.facts(["预热 warm-up, c'est pour la langue aussi"])
        alike("warm", "up")
    settle()


def run_reader(base: str, feeds: int, folder: Path) -> dict[str, float]:
    from reader import make_reader

    with make_reader(str(folder / "warm.db")) as reader:  # it imports what it needs when it needs it
        reader.add_feed(f"{base}/feed/0")
        reader.update_feeds()
    with make_reader(str(folder / "reader.db")) as reader:
        for number in range(feeds):
            reader.add_feed(f"{base}/feed/{number}")
        figures: dict[str, float] = {}
        for name in ("first", "second"):
            started = time.perf_counter()
            reader.update_feeds(workers=8, scheduled=False)
            figures[name] = time.perf_counter() - started
            if name == "first":
                reader.enable_search()
                reader.update_search()
                figures["searchable"] = time.perf_counter() - started
                reader.disable_search()
        figures["entries"] = reader.get_entry_counts().total or 0
    figures["memory"] = _peak()
    return figures


def _peak() -> float:
    """Peak memory in MB: ours and that of our largest child."""
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + child) / 1024


CONTESTANTS = {"plain": run_plain, "fengping": run_fengping, "reader": run_reader}


def measure(name: str, base: str, feeds: int) -> dict[str, float]:
    """One contestant in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="fengping-bench-") as folder:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "monitor.bench", "--contestant", name, base, str(feeds), folder],
            cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "FENGPING_DATABASE_URL": ""},
        )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    if sys.argv[1:2] == ["--contestant"]:
        name, base, feeds, folder = sys.argv[2:6]
        print(json.dumps(CONTESTANTS[name](base, int(feeds), Path(folder))))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--entries", type=int, default=50)
    given = parser.parse_args()
    server = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "monitor.bench_server", str(given.feeds), str(given.entries)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        base = f"http://127.0.0.1:{int(server.stdout.readline())}"
        print(f"{given.feeds} feeds of {given.entries} entries, best of {TRIALS}")
        trials = [{name: measure(name, base, given.feeds) for name in CONTESTANTS} for _ in range(TRIALS)]
        best = {name: _best([trial[name] for trial in trials]) for name in CONTESTANTS}
    finally:
        server.communicate()
    for text in table(best, given.feeds):
        print(text)


def _best(trials: list[dict[str, float]]) -> dict[str, float]:
    return {name: min(trial[name] for trial in trials) for name in trials[0]}


def table(best: dict[str, dict[str, float]], feeds: int) -> list[str]:
    plain, ours, theirs = best["plain"], best["fengping"], best["reader"]
    entries = ours["entries"]
    lines = [f"{'':44}{'fengping':>12}{'reader':>12}{'ratio':>8}"]

    def row(label: str, one: float, other: float, *, form: str = ",.0f") -> str:
        return f"{label:44}{one:>12{form}}{other:>12{form}}{one / other:>8.2f}"

    lines.append(row("entries stored", entries, theirs["entries"]))
    reader_speed = theirs["entries"] / theirs["first"]
    searchable = theirs["entries"] / theirs["searchable"]
    lines.append(row("first: entries a second, stored alone", entries / plain["first"], reader_speed))
    lines.append(row("with words, themes, copies, search index", entries / ours["first"], reader_speed))
    lines.append(row("the same, beside reader with its search", entries / ours["first"], searchable))
    lines.append(row("and readings of a free model", entries / (ours["first"] + ours["read"]), reader_speed))
    lines.append(row("second (304): feeds a second", feeds / ours["second"], feeds / theirs["second"]))
    lines.append(row("peak memory, MB", ours["memory"], theirs["memory"]))
    return lines


if __name__ == "__main__":
    main()

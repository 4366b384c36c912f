"""How long pages take to draw, and whether that grows with what is stored.

`python -m dashboard.bench [--small 10000] [--large 1000000] [--keep FOLDER]` draws pages from a cold cache over two stores
that a loader fills, and prints the best of several, in seconds. What is measured is the server's
side: the page's script from its first line until its last element is ready to be sent, all questions to the store, what is
usual and Streamlit's own work included; the browser's drawing is not. Each store is drawn by a process of its own: one
that has drawn for long is slower, whatever it draws. Last come twenty rules of one brand, no two alike in what they count, replayed
over 90 days: seen for the first time, when the hours of each are counted and scored, and at each move of the knob from then
on. `--keep` leaves the stores in a folder and uses those that are there, as `storage.bench` does.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

import storage
from analyzers.rules import CHANNELS, MEASURES, RuleBody, Scope, judge_replay, rule_to_plain
from dashboard import queries, replays
from dashboard.views.rule_fields import KNOB
from settings import get_settings
from storage import rules
from storage.bench import UNTIL, load

APP = Path(__file__).with_name("app.py")
ROOT = APP.parent.parent
REPEAT = 5


def _span(days: int) -> dict[str, str]:
    return {"since": f"{UNTIL - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}", "until": f"{UNTIL:%Y-%m-%dT%H:%M:%SZ}"}


RULES = {"Rule of negatives": "negative", "Rule of silence": "silence"}  # name -> what it measures
PAGES: dict[str, tuple[str, dict[str, str]]] = {  # name -> the page and its parameters
    "Overview, 7 days": ("overview", _span(7)),
    "Mentions, 7 days": ("mentions", _span(7)),
    "Overview, 90 days": ("overview", _span(90)),
    "Mentions, 90 days": ("mentions", _span(90)),
    "Cases": ("cases", {}),
    "Rules": ("rules", {}),
    "Sources": ("sources", {}),
}


def draw(url: str, home: Path, repeat: int = REPEAT) -> dict[str, float]:
    """Seconds to draw each page over one store: the best of several, each with nothing cached."""
    os.environ |= {"FENGPING_HOME": str(home), "FENGPING_DATABASE_URL": url}
    get_settings.cache_clear()
    store = storage.open_store(url)
    with store.read() as tx:
        opened = {rule.name: ("rules", {"rule": str(rule.id)}) for rule in rules.list_rules(tx) if rule.name in RULES}
    store.close()
    best: dict[str, float] = {}
    for name, (page, params) in (PAGES | opened).items():
        app = AppTest.from_file(str(APP), default_timeout=120).run()
        if page != "overview":
            app.switch_page(f"views/{page}.py")
        for key, value in params.items():
            app.query_params[key] = value
        best[name] = min(_one(app) for _ in range(repeat))
    return best | _replayed()


def _replayed() -> dict[str, float]:
    """Seconds to replay twenty rules as a rule's page does: with nothing cached, and as the knob moves, its slowest place."""
    brand = next(one.id for one in queries.brands() if not one.competitor)
    scopes = [Scope(brands=(brand,), channels=one) for one in ((), *((channel,) for channel in CHANNELS))]
    bodies = [RuleBody(measure=measure, scope=scope) for measure in MEASURES[:3] for scope in scopes][:20]
    first = min(_twenty(bodies, 1.0, cold=True) for _ in range(2))
    moved = min(max(_twenty(bodies, knob, cold=False) for knob in KNOB) for _ in range(REPEAT))
    return {"20 rules, first seen": first, "20 rules, knob moved": moved}


def _twenty(bodies: list[RuleBody], knob: float, *, cold: bool) -> float:
    if cold:
        st.cache_data.clear()
        st.cache_resource.clear()
    begun = time.perf_counter()
    for body in bodies:
        asked = replace(body, false_alarms_per_month=knob)
        for run in replays.runs(asked.scope, asked.measure):
            judge_replay(replays.would_ring(run, asked), run.past, days=run.days)
    return time.perf_counter() - begun


def _one(app: AppTest) -> float:
    st.cache_data.clear()
    st.cache_resource.clear()
    begun = time.perf_counter()
    app.run()
    taken = time.perf_counter() - begun
    if app.exception:
        raise RuntimeError(app.exception[0].message)
    return taken


def _drawn_apart(url: str, home: Path) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "dashboard.bench", "--draw", url, str(home)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _filled(folder: Path, n: int) -> str:
    """A store of `n` mentions: the one that is in the folder, or a new one."""
    path = folder / f"bench-{n}.db"
    url, ready = f"sqlite:///{path}", path.exists()
    storage.migrate(url)
    store = storage.open_store(url)
    if not ready:
        load(store, n)
    with store.begin() as tx:
        known = {rule.name for rule in rules.list_rules(tx)}
        for name, measure in RULES.items():
            if name not in known:
                rules.add_rule(tx, name, rule_to_plain(RuleBody(measure=measure)), who="bench", now=UNTIL)
    store.close()
    return url


def main() -> None:
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    if sys.argv[1:2] == ["--draw"]:
        url, home = sys.argv[2:4]
        print(json.dumps(draw(url, Path(home))))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="keep the two stores in this folder, and use them if there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fengping-bench-") as folder:
        where = (given.keep or Path(folder)).resolve()
        small, large = (_drawn_apart(_filled(where, n), Path(folder)) for n in (given.small, given.large))
    print(f"server's side, nothing cached, best of {REPEAT}")
    print(f"{'page':<22}{given.small:>12,}{given.large:>12,}   times")
    for name in small:
        print(f"{name:<22}{small[name]:>10.3f} s{large[name]:>10.3f} s   {large[name] / small[name]:.2f}")


if __name__ == "__main__":
    main()

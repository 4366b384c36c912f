"""A case of every measure, made again from the two files an analyst takes away, and nothing else: every figure, every word.

The store is judged by the monitor, the files are those of the case's Export; the same figures stand in the chart, the notice and
the export.
"""

import csv
import json
import random
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analyzers.explain import Recount, in_words, recount
from analyzers.explain.recount import read_counts
from analyzers.rules import RuleBody, Scope
from analyzers.spikes.detector import Scorer
from dashboard import queries, usual
from dashboard.views.export_panel import counts_file
from errors import InputError
from monitor.opening import open_workspace
from settings import get_settings, load_settings
from storage import outbox
from storage.records import CaseRecord, MentionFilter
from tests.e2e.command import Command
from tests.monitor.judging import HOUR, NOW, Watch, complaints, hear
from tests.monitor.judging import usual as usual_days
from tests.storage import builders
from tests.storage.builders import say

COUNTED = ("observed", "listed", "copies", "voices", "unnamed", "first_id", "total")
LEARNED = ("usual", "low", "high", "once_in_days", "share", "usual_share")


@dataclass(frozen=True)
class Taken:
    """A judged case, what the monitor said of it, and the files exported of it."""

    case: CaseRecord
    notice: dict
    mentions: Path
    counts: Path
    again: Recount

    @property
    def facts(self) -> dict:
        return self.case.explanation["facts"]


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """Thirty usual days."""
    return _filled(tmp_path_factory.mktemp("usual"), usual_days(30))


@pytest.fixture(scope="module")
def bursts(tmp_path_factory):
    """Six weeks of a brand whose mentions burst about daily."""
    rng, found = np.random.default_rng(4), []
    per_hour = rng.poisson(1.0, 42 * 24)
    per_hour[np.arange(40) * 24 + rng.integers(0, 24, 40)] += rng.integers(12, 30, 40)
    for ago, n in enumerate(reversed(per_hour.tolist())):
        found += [
            say(f"b{ago}-{i}", f"Acme talk {ago} {i}", hours_ago=ago + 0.99 - i / 60, author=f"fan {ago} {i % 9}")
            for i in range(n)
        ]
    return _filled(tmp_path_factory.mktemp("bursts"), found)


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """More days than a rule is judged on."""
    rng = random.Random(2)
    found = [
        say(f"y{hour}", f"Acme {hour} {'broken' if rng.random() < 0.2 else 'works'}", hours_ago=hour + rng.random())
        for hour in range(0, 150 * 24, 3)
    ]
    return _filled(tmp_path_factory.mktemp("years"), found)


def _filled(home: Path, found) -> Path:
    store = open_workspace(load_settings(home=home, database_url=""))
    with store.begin() as tx:
        brand = builders.a_brand(tx)
        source = builders.a_source(tx, brands=[brand.id])
    hear(store, source, found, [brand])
    store.close()
    return home


@pytest.fixture
def take(settle, tmp_path, request):
    """Judge a burst under one rule, and export its case."""

    def judged(kept: str, body: RuleBody, *found, at: datetime = NOW, exported: datetime = NOW) -> Taken:
        home = tmp_path / "home"
        shutil.copytree(request.getfixturevalue(kept), home)
        settle(home)
        store = open_workspace(get_settings())
        with store.read() as tx:
            brand, source = builders.brands.list_brands(tx)[0], builders.sources.list_sources(tx, NOW)[0].source
        watch = Watch(store, get_settings(), brand, source)
        watch.target("群", lang="zh")
        watch.only(body)
        watch.hear(*found, at=at)
        assert watch.judge(at=at) == 1
        with store.read() as tx:
            (notice,) = [one.payload for one in outbox.list_outbox(tx)]
        store.close()
        return _exported(tmp_path, watch.settings.timezone, notice, exported)

    return judged


def _exported(folder: Path, zone: str, notice: dict, now: datetime) -> Taken:
    (case,) = queries.cases()
    (spike,) = case.spikes
    mentions, counts = folder / "case.csv", folder / "counts.csv"
    mentions.write_bytes(queries.export_file(MentionFilter(case_id=case.id, brands=(case.brand_id,)), ".csv"))
    counts.write_bytes(counts_file(spike, now=now))
    return Taken(case, notice, mentions, counts, recount(mentions, counts))


def crowd(n: int, *, since: float, text: str = "Acme everybody talks of it, number {i}"):
    return [say(f"t{i}", text.format(i=i), hours_ago=since - since * i / n, author=f"one {i % 40}") for i in range(n)]


HALF_COPIED = complaints(24, since=2.6, copied=True, voices=11)
CASES = {
    "negative": ("month", RuleBody(), HALF_COPIED),
    "nameless": ("month", RuleBody(), [replace(one, author=None) for one in HALF_COPIED]),
    "of its own knobs": (
        "month",
        RuleBody(false_alarms_per_month=0.3, floor=7, cooldown_hours=5.5),
        complaints(30, since=5),
    ),
    "negative share": ("month", RuleBody(measure="share"), complaints(20, since=3.2, copied=True)),
    "all mentions": ("month", RuleBody(measure="total"), crowd(90, since=2.2)),
    "a burst that towers": ("bursts", RuleBody(measure="total"), crowd(160, since=0.9)),
    "one theme": ("month", RuleBody(scope=Scope(themes=("quality",))), HALF_COPIED),
    "one theme, all mentions": ("month", RuleBody(measure="total", scope=Scope(themes=("quality",))), HALF_COPIED),
    "a search": ("month", RuleBody(scope=Scope(query="swells")), HALF_COPIED),
}


@pytest.mark.parametrize("kind", CASES)
def test_every_figure_of_a_case_is_made_again_from_its_export_alone(kind, take):
    taken = take(*CASES[kind][:2], *CASES[kind][2])
    said, again = taken.facts, asdict(taken.again.facts)
    for name in COUNTED:
        assert again[name] == said[name], name
    for name in LEARNED:
        assert again[name] == pytest.approx(said[name], rel=1e-9, nan_ok=True), name
    assert (again["start"].isoformat(), again["end"].isoformat()) == (said["start"], said["end"])
    assert (again["first_seen"].isoformat(), again["measure"]) == (said["first_seen"], said["measure"])
    assert sorted(again["copy_ids"]) == sorted(said["copy_ids"])
    assert taken.again.graded.figures == pytest.approx(taken.case.explanation["level"]["figures"])
    zone = ZoneInfo(get_settings().timezone)
    words = {lang: in_words(taken.again.facts, lang, zone) for lang in ("en", "zh")}
    assert words == taken.case.explanation["words"]
    _agree(taken, words)


def _agree(taken: Taken, words: dict[str, str]) -> None:
    """Notice, chart and export say the same number of the same hours."""
    facts, (spike,) = taken.facts, taken.case.spikes
    start, end = datetime.fromisoformat(facts["start"]), datetime.fromisoformat(facts["end"])
    assert taken.notice["words"] == words
    with taken.mentions.open(encoding="utf-8-sig") as lines:
        rows = [datetime.fromisoformat(row["published_at"]) for row in csv.DictReader(lines)]
    assert sum(start <= at < end for at in rows) == facts["observed"] > 0
    drawn = usual.around(taken.case.brand_id, spike, start - 24 * HOUR, end)
    inside = [value for at, value in zip(drawn.starts, drawn.values, strict=True) if start <= at < end]
    assert drawn.measure == facts["measure"]
    if facts["measure"] != "share":
        assert sum(inside) == facts["observed"]
        return
    with taken.counts.open() as lines:
        hours = [
            row for row in csv.DictReader(lines) if start.strftime("%F %T") <= row["timestamp"] < end.strftime("%F %T")
        ]
    shares = [int(row["negative"]) / int(row["total"]) if row["total"] != "0" else float("nan") for row in hours]
    assert shares == pytest.approx(inside, nan_ok=True)
    assert sum(int(row["negative"]) for row in hours) == facts["observed"]


def test_the_burst_that_towers_is_judged_by_how_far_it_towers(take):
    """Else the test above would say nothing of such a case."""
    taken = take(*CASES["a burst that towers"][:2], *CASES["a burst that towers"][2])
    series, settings = read_counts(taken.counts)
    scorer = Scorer(int(series.start[0]), HOUR.seconds, settings.measure)
    scorer.extend(series.negative, series.total, series.heard.astype(float))
    assert scorer.bursty > 0.5
    assert scorer.series.prominence(len(series) - 1, len(series))[0] > 0


def test_a_brand_of_years_and_an_export_of_days_later_say_the_same(take):
    """What was usual is learned from the first hour on: the file begins where the monitor began."""
    _, body, found = CASES["negative"]
    taken = take("years", body, *found, exported=NOW + timedelta(days=2))
    for name in (*COUNTED, *LEARNED):
        assert getattr(taken.again.facts, name) == pytest.approx(taken.facts[name], rel=1e-9), name


def test_a_file_that_is_no_export_of_a_case_is_refused(take):
    taken = take(*CASES["negative"][:2], *CASES["negative"][2])
    with pytest.raises(InputError, match="no column 'timestamp'"):
        recount(taken.mentions, taken.mentions)
    head, *rows = taken.counts.read_text().splitlines()
    for wrong, why in (
        ([head], "no counts"),
        ([head, rows[0].replace("negative", "mood")], "measure"),
        ([head, *rows[:-90]], "nothing rings"),
        ([head, "yesterday" + rows[0][19:]], "yesterday"),
        ([head, *rows, "9999-12-31 00:00:00" + rows[0][19:]], "within a year"),
        ([head, *rows, rows[0][:19]], "could not convert"),
    ):
        taken.counts.write_text("\n".join(wrong) + "\n")
        with pytest.raises(InputError, match=why):
            recount(taken.mentions, taken.counts)


def test_the_command_says_it(take, tmp_path):
    taken = take(*CASES["negative"][:2], *CASES["negative"][2])
    asked = ("case", "recount", "--mentions", str(taken.mentions), "--counts", str(taken.counts))
    said = Command(tmp_path).well(*asked).out
    assert taken.case.explanation["words"]["en"] in said
    assert taken.case.explanation["words"]["zh"] in said
    plain = json.loads(Command(tmp_path).well(*asked, "--json").out)
    assert (plain["observed"], plain["voices"]) == (taken.facts["observed"], taken.facts["voices"])
    assert plain["level"]["reach"] == taken.case.explanation["level"]["figures"]["reach"]

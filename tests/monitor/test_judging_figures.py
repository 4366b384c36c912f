"""A case can be checked from outside: every figure it gives is made again from its export."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analyzers.explain import Told, arithmetic, in_words
from analyzers.rules import RuleBody
from analyzers.spikes import Counts, SpikeSettings, counts_from, replay, score_history
from monitor.rules import brand_counts
from storage import export, spikes
from storage.records import CaseRecord, MentionFilter
from tests.monitor.judging import NOW, complaints


@dataclass(frozen=True)
class Exported:
    """A case, the rows exported of it and of its whole brand, and the counts it was judged on."""

    case: CaseRecord
    mine: pd.DataFrame
    everyone: pd.DataFrame
    series: Counts
    zone: ZoneInfo

    @property
    def facts(self) -> dict[str, Any]:
        return self.case.explanation["facts"]


@pytest.fixture
def told(watch, tmp_path) -> Exported:
    """A case of copies and of few voices, and what an analyst takes away of it."""
    watch.hear(*complaints(24, since=2.6, copied=True, voices=11))
    assert watch.judge() == 1
    case = watch.case
    with watch.store.read() as tx:
        export.export(tx, MentionFilter(brands=(case.brand_id,), case_id=case.id), tmp_path / "case.csv")
        export.export(tx, MentionFilter(brands=(case.brand_id,)), tmp_path / "all.csv")
        series = brand_counts(tx, RuleBody(), [case.brand_id], now=NOW)[case.brand_id]
    mine, everyone = (
        pd.read_csv(tmp_path / name, keep_default_na=False, parse_dates=["published_at"])
        for name in ("case.csv", "all.csv")
    )
    return Exported(case, mine, everyone, series, ZoneInfo(watch.settings.timezone))


def test_every_figure_can_be_recomputed_from_the_export(told):
    _check_counts(told)
    spike = _check_usual(told)
    _check_words(told, spike)
    _check_why(told)
    _check_level(told)


def _check_counts(told):
    """By plain counting."""
    facts, mine, everyone = told.facts, told.mine, told.everyone
    start, end = datetime.fromisoformat(facts["start"]), datetime.fromisoformat(facts["end"])
    assert len(mine) == told.case.mentions
    window = mine[(mine.published_at >= start) & (mine.published_at < end)]
    assert facts["observed"] == facts["listed"] == (window.sentiment == "negative").sum()
    assert facts["copies"] == window.copy_group.value_counts().max() > 1
    assert sorted(facts["copy_ids"]) == sorted(window[window.copy_group == window.copy_group.mode()[0]].id)
    assert facts["voices"] == len(window[window.author != ""].groupby(["channel", "author"]))
    assert facts["unnamed"] == (window.author == "").sum()
    assert facts["sources"] == window.source.nunique()
    first = window.sort_values(["published_at", "id"]).iloc[0]
    assert (facts["first_id"], facts["first_seen"]) == (first.id, first.published_at.isoformat())
    around = everyone[(everyone.published_at >= start) & (everyone.published_at < end)]
    assert facts["total"] == len(around)
    assert facts["share"] == pytest.approx(facts["observed"] / facts["total"])


def _check_usual(told):
    """What is usual, from the counts before: the whole export, hour by hour, through the same detector."""
    everyone = told.everyone
    hour = everyone.published_at.dt.floor("h")
    hours = pd.date_range(hour.min(), pd.Timestamp(NOW) - pd.Timedelta(hours=1), freq="h")
    total = hour.value_counts().reindex(hours, fill_value=0)
    negative = hour[everyone.sentiment == "negative"].value_counts().reindex(hours, fill_value=0)
    again = counts_from(int(hours[0].timestamp()), 3600, negative=negative, total=total)
    assert (again.negative == told.series.negative).all()
    assert (again.total == told.series.total).all()
    spike = replay(score_history(again), SpikeSettings())[-1]
    for name, value in (("usual", spike.expected), ("low", spike.low), ("high", spike.high),
                        ("once_in_days", spike.once_in_days), ("usual_share", spike.usual_share)):  # fmt: skip
        assert told.facts[name] == pytest.approx(value), name
    return spike


def _check_words(told, spike):
    """By the very words: facts of the export's rows are the case's facts, and say its sentences."""
    facts, explanation = told.facts, told.case.explanation
    remade = arithmetic(spike, [_told(row) for row in told.mine.itertuples()])
    for name in ("observed", "listed", "copies", "voices", "unnamed", "sources", "first_id", "total"):
        assert getattr(remade, name) == facts[name], name
    assert explanation["words"] == {lang: in_words(remade, lang, told.zone) for lang in ("zh", "en")}
    assert str(facts["observed"]) in explanation["words"]["zh"]


def _check_why(told):
    """A claim's counts are those of the mentions it names."""
    mine = told.mine
    for claim in told.case.explanation["why"]["claims"]:
        named = mine[mine.id.isin(claim["mention_ids"])]
        assert len(named) == claim["in_spike"]
        if claim["kind"] == "term":
            assert named.text.str.casefold().str.contains(claim["value"].casefold()).all()
        if claim["kind"] == "theme":
            assert named.themes.str.split(";").map(lambda themes, theme=claim["value"]: theme in themes).all()


def _check_level(told):
    """Its level, from the table."""
    figures, mine, facts = told.case.explanation["level"]["figures"], told.mine, told.facts
    assert figures["reach"] == len(mine.groupby(["channel", "author"]))
    assert figures["speed"] == Counter(mine.published_at.dt.floor("h")).most_common(1)[0][1]
    assert figures["strength"] == pytest.approx(facts["observed"] / max(facts["usual"], 0.5))


def _told(row) -> Told:
    return Told(
        id=row.id, published_at=row.published_at.to_pydatetime(), author=row.author, source=str(row.source),
        channel=row.channel, region=row.region, themes=tuple(row.themes.split(";")), copy_group=str(row.copy_group),
        label=row.sentiment,
    )  # fmt: skip


def test_the_case_of_one_spike_is_one_row_in_the_list_of_spikes(watch):
    watch.hear(*complaints(14))
    watch.judge()
    with watch.store.read() as tx:
        (row,) = spikes.list_spikes(tx)
    assert (row.case_id, row.brand_id) == (watch.case.id, watch.brand.id)
    assert row.figures["observed"] == watch.case.explanation["facts"]["observed"]


def test_what_came_since_does_not_crowd_out_the_window_a_case_speaks_of(watch, monkeypatch):
    monkeypatch.setattr("monitor.cases.MOST_MENTIONS", 40)
    watch.hear(*complaints(30, since=6.5, until=5.6), *complaints(60, since=3.5, key="later"))
    assert watch.judge() == 1
    facts = watch.case.explanation["facts"]
    assert facts["listed"] == facts["observed"] > 5
    assert watch.case.mentions == 40 + facts["observed"]

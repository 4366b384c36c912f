"""Hours in which nobody listened are hatched wherever a rule's hours are drawn, not on Overview's timeline alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from analyzers.rules import Scope
from dashboard import queries
from dashboard.components import charts
from dashboard.components.drawing import Unheard
from dashboard.unheard import unheard
from storage.records import Gap
from storage.schema import coverage
from tests.dashboard.world import World

START = datetime(2026, 11, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STARTS = [START + hour * HOUR for hour in range(24)]
NOW = START + 23 * HOUR
DEAF = Unheard(
    (Gap(1, "a", START - 9 * HOUR, START + 4 * HOUR), Gap(2, "b", START + 2 * HOUR, START + 4 * HOUR)), listening=2
)


def around(heard: Unheard) -> go.Figure:
    given = {"measure": "negative", "spikes": (), "level": "red", "now": NOW, "unheard": heard}
    return go.Figure(**charts.around_spike(STARTS, [1.0] * 24, None, **given))


def replayed(heard: Unheard) -> go.Figure:
    return go.Figure(**charts.replayed(STARTS, [1.0] * 24, None, [], now=NOW, unheard=heard))


@pytest.mark.parametrize("draw", [around, replayed])
def test_a_rules_charts_hatch_what_was_not_heard(draw: Callable[[Unheard], go.Figure]) -> None:
    chart = draw(DEAF)
    (hatched,) = (trace for trace in chart.data if trace.yaxis == "y2")
    assert (hatched.name, hatched.marker.pattern.shape) == ("not heard", "/")
    assert (list(hatched.y), list(hatched.base)) == ([0.5, 1.0], [0.5, 0.0])
    assert list(hatched.width) == [2 * HOUR / timedelta(milliseconds=1)] * 2  # from the chart's first hour on
    assert tuple(chart.layout.yaxis2.range) == (0, 1)
    assert all(trace.yaxis != "y2" for trace in draw(Unheard()).data)


def test_what_is_to_come_is_not_hatched() -> None:
    chart = around(Unheard((Gap(1, "a", NOW, NOW + HOUR),)))
    assert all(trace.yaxis != "y2" for trace in chart.data)


def lose(made: World) -> None:
    """The newspaper was not heard for two days, until now."""
    newspaper = coverage.c.source_id == made.sources[0].id
    with queries.store().begin() as tx:
        tx.execute(update(coverage).where(newspaper).values(start_at=made.now - 72 * HOUR, end_at=made.now - 48 * HOUR))


@pytest.mark.parametrize("page", ["case", "rule"])
def test_the_pages_of_a_case_and_a_rule_hatch_it(made: World, open_page: Callable[..., AppTest], page: str) -> None:
    lose(made)
    number = made.case_id if page == "case" else made.rule_id
    app = open_page(f"{page}s", **{page: str(number)})
    assert not app.exception
    charts_ = [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]
    drawn = [trace for chart in charts_ for trace in chart if trace.get("yaxis") == "y2"]
    assert [trace["name"] for trace in drawn] == ["not heard"]


def test_only_the_sources_of_a_rules_scope_count(made: World) -> None:
    lose(made)
    newspaper, *_, gone = (source.id for source in made.sources)
    since = made.now - 24 * HOUR

    def deaf(scope: Scope) -> tuple[set[int], int]:
        found = unheard(made.brand.id, scope, since, made.now)
        return {gap.source_id for gap in found.gaps}, found.listening

    assert deaf(Scope()) == ({newspaper, gone}, 7)
    assert deaf(Scope(sources=(newspaper,))) == ({newspaper}, 1)
    assert deaf(Scope(channels=("forum",))) == (set(), 1)

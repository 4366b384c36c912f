"""A case's and a rule's chart: Plotly takes them, and what they say is what was counted."""

from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest

from dashboard.components import charts
from dashboard.components.drawing import UsualRange

START = datetime(2026, 11, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STARTS = [START + hour * HOUR for hour in range(24)]


def around(measure: str, *events: tuple[float, str]) -> go.Figure:
    usual = UsualRange(tuple(STARTS), (0.0,) * 24, (0.5,) * 24)
    moments = [(START + hour * HOUR, what) for hour, what in events]
    values = [hour % 2 for hour in range(24)]
    return go.Figure(
        **charts.around_spike(
            STARTS, values, usual, measure=measure, spikes=(), level="red", now=START + 23 * HOUR, events=moments
        )
    )


@pytest.mark.parametrize(("measure", "name"), [("negative", "negative mentions"), ("silence", "all mentions")])
def test_bars_are_named_by_what_is_measured(measure: str, name: str) -> None:
    chart = around(measure)
    (bars,) = (trace for trace in chart.data if trace.type == "bar")
    assert (bars.name, sum(bars.y)) == (name, 12)
    assert chart.data[1].fill == "tonexty"


def test_a_share_is_read_in_percent() -> None:
    chart = around("share")
    assert (chart.layout.yaxis.tickformat, tuple(chart.layout.yaxis.range)) == (".0%", (0, 1))


def test_what_was_done_close_together_is_written_apart() -> None:
    done = ((2, "Acknowledged"), (5, "Answered"), (6, "Resolved"), (13, "Acknowledged"), (23, "Answered"))
    chart = around("negative", *done, (40, "later"))
    notes = chart.layout.annotations
    assert [(note.text, note.xanchor) for note in notes] == [
        ("Acknowledged", "left"),
        ("Answered", "center"),
        ("Resolved", "center"),
        ("Acknowledged", "center"),
        ("Answered", "right"),
    ]
    heights = [note.yshift for note in notes]
    assert heights[0] < heights[1] < heights[2]  # three that are close: each on a line of its own
    assert heights[3] == heights[4] == heights[0]
    assert chart.layout.margin.t > around("negative", (2, "Acknowledged")).layout.margin.t


def test_a_replays_alarms_bear_their_verdicts() -> None:
    alarms = [(START, START + HOUR, "real"), (START + 9 * HOUR, START + 10 * HOUR, "")]
    chart = go.Figure(**charts.replayed(STARTS, [1.0] * 24, [2.0] * 24, alarms, now=START + 24 * HOUR))
    assert {trace.name for trace in chart.data if trace.mode == "markers"} == {"real", "no verdict yet"}
    assert len(chart.layout.shapes) == 2

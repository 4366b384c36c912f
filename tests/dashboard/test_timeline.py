"""The timeline's figures are the store's, what was not heard is drawn, and what is picked is understood."""

from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest

from dashboard import i18n
from dashboard.components import drawing, timeline
from dashboard.components.drawing import UsualRange, deaf
from dashboard.components.timeline import Timeline, picked
from storage.records import Bucket, CaseRecord, Figures, Gap

START = datetime(2026, 11, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def line(**change: object) -> Timeline:
    buckets = tuple(
        Bucket(START + i * HOUR, Figures(negative=i % 3, unsure=1, neutral=2, positive=i % 2)) for i in range(24)
    )
    values = {
        "buckets": buckets,
        "step": "hour",
        "since": START,
        "until": START + 24 * HOUR,
        "now": START + 23.5 * HOUR,
        **change,
    }
    return Timeline(**values)  # type: ignore[arg-type]


def case(**change: object) -> CaseRecord:
    values: dict[str, object] = dict.fromkeys(CaseRecord.__dataclass_fields__)
    values |= {
        "id": 7,
        "brand_id": 1,
        "brand": "b",
        "title": "<b>%{x}</b>",
        "level": "orange",
        "status": "open",
        "start_at": START + 3 * HOUR,
        "end_at": START + 6 * HOUR,
        "opened_at": START,
        "targets": {},
        "sample": False,
        "mentions": 3,
        "spikes": (),
        **change,
    }
    return CaseRecord(**values)  # type: ignore[arg-type]


def draw(given: Timeline) -> go.Figure:
    """The chart as Plotly understands it: what it does not know is refused."""
    return go.Figure(**timeline.draw(given))


def bars(chart) -> dict[str, list[float]]:  # type: ignore[no-untyped-def]
    return {trace.name: list(trace.y) for trace in chart.data if trace.type == "bar" and trace.yaxis in (None, "y")}


def test_bars_are_the_counts() -> None:
    given = line()
    drawn = bars(draw(given))
    assert drawn["negative"] == [bucket.figures.negative for bucket in given.buckets]
    assert sum(map(sum, drawn.values())) == sum(bucket.figures.read for bucket in given.buckets)


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", ["0", "5,000", "1万", "1.5万"]), ("en", ["0", "5,000", "10,000", "15,000"])]
)
def test_large_counts_stand_on_the_axis_as_people_write_them(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: list[str]
) -> None:
    monkeypatch.setattr(i18n, "language", lambda: lang)
    busy = Figures(negative=12_000)
    assert list(draw(line(buckets=(Bucket(START, busy),))).layout.yaxis.ticktext) == said


@pytest.mark.parametrize("top", [10_000, 29_999, 45_000, 99_999, 100_000, 7_654_321])
def test_an_axis_of_large_counts_has_room_for_its_figures(top: int) -> None:
    values = drawing.count_axis(top)["tickvals"]
    assert 3 <= len(values) <= 9
    assert values[0] == 0 < top / 2 < values[-1]


def test_unsure_is_hatched_and_the_unfinished_bucket_is_paler() -> None:
    traces = {trace.name: trace for trace in draw(line()).data if trace.type == "bar"}
    assert traces["unsure"].marker.pattern.shape
    assert traces["negative"].marker.pattern.shape is None
    assert list(traces["negative"].marker.opacity)[-1] < 1
    assert set(list(traces["negative"].marker.opacity)[:-1]) == {1.0}


def test_the_usual_range_lies_behind() -> None:
    usual = UsualRange((START, START + HOUR), (0.0, 0.0), (2.0, 3.0))
    chart = draw(line(usual=usual))
    assert chart.data[1].fill == "tonexty"
    assert max(chart.data[1].y) == 3.0


def test_a_case_is_shaded_in_its_level_and_its_words_are_escaped() -> None:
    chart = draw(line(cases=(case(),)))
    assert any(shape.fillcolor == "#E07B00" for shape in chart.layout.shapes)
    mark = next(trace for trace in chart.data if trace.type == "scatter" and trace.customdata is not None)
    assert "<b>" not in mark.hovertext[0]
    assert "%{" not in mark.hovertext[0]


def test_a_campaign_is_a_bracket_and_no_shade() -> None:
    chart = draw(line(cases=(case(verdict="campaign"),)))
    assert not any(shape.fillcolor == "#E07B00" for shape in chart.layout.shapes)
    assert any(note.text == "campaign" for note in chart.layout.annotations)


def test_of_cases_that_are_close_the_worse_has_its_word() -> None:
    def at(number: int, hour: int, level: str) -> CaseRecord:
        return case(id=number, level=level, start_at=START + hour * HOUR, end_at=START + (hour + 1) * HOUR)

    cases = (at(1, 3, "yellow"), at(2, 5, "red"), at(3, 13, "blue"), at(4, 23, "blue"))
    chart = draw(line(cases=cases))
    mark = next(trace for trace in chart.data if trace.type == "scatter" and trace.customdata is not None)
    assert mark.text == ("", "Red", "Blue", "Blue")
    assert mark.textposition[-1] == "top left"  # not over the edge


def test_campaigns_that_are_close_are_named_once() -> None:
    two = (case(id=1, verdict="campaign"), case(id=2, verdict="campaign", start_at=START + 5 * HOUR))
    assert [note.text for note in draw(line(cases=two)).layout.annotations] == ["campaign"]


def test_what_was_not_heard_is_as_deep_as_the_share_of_deaf_sources() -> None:
    gaps = (Gap(1, "a", START, START + 4 * HOUR), Gap(2, "b", START + 2 * HOUR, START + 6 * HOUR))
    assert deaf(gaps, START, START + 24 * HOUR, 2) == [
        (START, START + 2 * HOUR, 0.5),
        (START + 2 * HOUR, START + 4 * HOUR, 1.0),
        (START + 4 * HOUR, START + 6 * HOUR, 0.5),
    ]
    assert deaf((), START, START + HOUR, 2) == []
    drawn = [trace for trace in draw(line(gaps=gaps, listening=2)).data if trace.yaxis == "y2"]
    assert list(drawn[0].y) == [0.5, 1.0, 0.5]


def test_gaps_outside_the_period_are_not_drawn() -> None:
    assert deaf((Gap(1, "a", START - 9 * HOUR, START - HOUR),), START, START + HOUR, 1) == []


@pytest.mark.parametrize(
    "event", [None, {}, {"selection": {}}, {"selection": {"points": [], "box": []}}, {"selection": {"points": [{}]}}]
)
def test_nothing_picked(event: object) -> None:
    assert picked(event, "hour") is None


def test_a_bar_a_case_and_a_drag_are_picked() -> None:
    i18n.set_zone("Asia/Shanghai")
    bar = {"selection": {"points": [{"customdata": [START.isoformat(), "negative", ""]}]}}
    found = picked(bar, "hour")
    assert found is not None
    assert (found.since, found.until, found.sentiment) == (START, START + HOUR, "negative")
    opened = picked({"selection": {"points": [{"customdata": [None, "case", 7]}]}}, "hour")
    assert opened is not None
    assert opened.case_id == 7
    drag = picked({"selection": {"box": [{"x": ["2026-11-20 08:20", "2026-11-20 10:40"], "y": [0, 1]}]}}, "hour")
    assert drag is not None
    assert drag.dragged
    assert drag.since is not None
    assert drag.until is not None
    assert (drag.since.astimezone(UTC), drag.until.astimezone(UTC)) == (START, START + 3 * HOUR)


def test_a_day_is_a_day_of_the_viewers_zone() -> None:
    i18n.set_zone("Asia/Shanghai")
    drag = picked({"selection": {"box": [{"x": ["2026-11-20 08:20", "2026-11-21 10:40"], "y": [0, 1]}]}}, "day")
    assert drag is not None
    assert drag.since is not None
    assert drag.since.astimezone(UTC) == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert timeline.STEP["day"] * 2 == drag.until - drag.since

"""The timeline: what was said per hour or day, what was usual, what rang, and what we could not hear.

Bars are stacked negative, unsure (hatched), neutral, positive, so that negatives stand on the axis and are compared by
length. Behind them the usual range of negatives; spikes shaded in their level's colour; stretches nobody heard hatched;
a line at now; the unfinished bucket paler. A click on a bar opens its mentions; with `drag` a drag selects a period
(Streamlit hears either clicks or drags of one chart, so the viewer says which).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard import explained, i18n, text, theme, words
from dashboard.components import drawing
from dashboard.components.drawing import Part, Unheard, UsualRange, local
from dashboard.i18n import t
from storage.records import Bucket, CaseRecord, Gap

ORDER = ("negative", "unsure", "neutral", "positive")
MOST_CASES = 24
ROOM, EDGE = 0.2, 0.08  # shares of the chart's width that a word needs on a small screen, and half of one
LEVEL_RANK = {level: rank for rank, level in enumerate(theme.LEVEL_ORDER)}
STEP = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True)
class Timeline:
    buckets: tuple[Bucket, ...]
    step: str
    since: datetime
    until: datetime
    now: datetime
    usual: UsualRange | None = None
    cases: tuple[CaseRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    listening: int = 1  # sources, for the share that a gap is

    @property
    def unheard(self) -> Unheard:
        return Unheard(self.gaps, self.listening)


def draw(line: Timeline, *, height: int = 340, drag: bool = False) -> dict[str, Any]:
    """A figure in Plotly's own form."""
    colours = theme.palette()
    chart = theme.figure(colours, height=height)
    data, layout = chart["data"], chart["layout"]
    top = max((bucket.figures.read for bucket in line.buckets), default=0)
    top = max(top, *(line.usual.high if line.usual and line.usual.high else (0,)), 1)
    data += drawing.usual_range(line.usual, STEP[line.step], t("usual negatives"), colours)
    data += _bars(line, colours)
    data += drawing.not_heard(line.unheard, line.since, line.until, colours)
    campaigns = [case for case in _inside(line) if case.verdict == "campaign"]
    for case, named in zip(campaigns, _room(campaigns, line), strict=True):
        trace, said = _bracket(case, line, top, colours)
        data.append(trace)
        layout["annotations"] += [said] if named else []
    shown = [case for case in _inside(line) if case.verdict != "campaign"]
    layout["shapes"] += [drawing.shade(*_stretch(case, line), case.level, 0.16) for case in shown[:MOST_CASES]]
    data += _marks(shown[:MOST_CASES], line, top)
    if line.since <= line.now <= line.until:
        layout["shapes"].append(drawing.now_line(line.now, colours))
    return {
        "data": data,
        "layout": layout
        | {
            "barmode": "stack",
            "barcornerradius": 0,
            "dragmode": "select" if drag else False,
            "clickmode": "event" if drag else "event+select",
            "xaxis": drawing.time_axis(line.since, line.until),
            "yaxis": drawing.count_axis(top),
            "yaxis2": drawing.DEPTH,
        },
    }


def _bars(line: Timeline, colours: theme.Palette) -> list[Part]:
    width = STEP[line.step]
    starts = [bucket.start for bucket in line.buckets]
    middles = [local(start + width / 2) for start in starts]
    opacity = [0.45 if start <= line.now < start + width else 1.0 for start in starts]
    labels = _labels(starts, line.step)
    still = {"marker": {"opacity": 1}}
    return [
        {
            "type": "bar",
            "x": middles,
            "y": [getattr(bucket.figures, name) for bucket in line.buckets],
            "width": width.total_seconds() * 1000 * 0.86,
            "name": words.sentiment(name),
            "marker": {**sentiment_marker(name, colours), "opacity": opacity},
            "customdata": [[start.isoformat(), name, label] for start, label in zip(starts, labels, strict=True)],
            "hovertemplate": "%{customdata[2]}<br>%{y:,} " + text.chart(words.sentiment(name)) + "<extra></extra>",
            "selected": still,
            "unselected": still,
        }
        for name in ORDER
    ]


def sentiment_marker(sentiment: str, colours: theme.Palette) -> Part:
    return theme.hatched(colours) if sentiment == "unsure" else {"color": theme.SENTIMENT_COLOUR[sentiment]}


def _inside(line: Timeline) -> list[CaseRecord]:
    return [case for case in line.cases if case.start_at < line.until and case.end_at > line.since]


def _stretch(case: CaseRecord, line: Timeline) -> tuple[datetime, datetime]:
    """As much of a case as the chart shows, one bucket at least."""
    return max(case.start_at, line.since), min(max(case.end_at, case.start_at + STEP[line.step]), line.until)


def _marks(cases: Sequence[CaseRecord], line: Timeline, top: float) -> list[Part]:
    """A mark on top of each case, which opens it; where there is room its level's word is above it."""
    if not cases:
        return []
    levels = [text.chart(words.level(case.level)) for case in cases]
    named = _room(cases, line)
    return [
        {
            "type": "scatter",
            "x": [local(_middle(case, line)) for case in cases],
            "y": [top * 1.07] * len(cases),
            "mode": "markers+text",
            "text": [level if room else "" for level, room in zip(levels, named, strict=True)],
            "textposition": [_aside(case, line) for case in cases],
            "textfont": {"size": 12},
            "marker": {
                "symbol": "diamond",
                "size": 11,
                "color": [theme.LEVELS.get(case.level, theme.LEVELS["blue"]) for case in cases],
            },
            "customdata": [[None, "case", case.id] for case in cases],
            "hovertext": [
                f"{level} · {text.chart(_title(case), 48)}" for level, case in zip(levels, cases, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "showlegend": False,
        }
    ]


def _middle(case: CaseRecord, line: Timeline) -> datetime:
    start, end = _stretch(case, line)
    return start + (end - start) / 2


def _aside(case: CaseRecord, line: Timeline) -> str:
    """A word at the chart's edge is written inwards."""
    across = (_middle(case, line) - line.since) / (line.until - line.since)
    return "top right" if across < EDGE else "top left" if across > 1 - EDGE else "top center"


def _room(cases: Sequence[CaseRecord], line: Timeline) -> list[bool]:
    """Which may have a word: of two that are close the worse, and of equals the later."""
    worst = sorted(cases, key=lambda case: (LEVEL_RANK.get(case.level, 9), -case.start_at.timestamp()))
    least, places = ROOM * (line.until - line.since), dict[int, datetime]()
    for case in worst:
        middle = _middle(case, line)
        if all(abs(middle - other) >= least for other in places.values()):
            places[case.id] = middle
    return [case.id in places for case in cases]


def _title(case: CaseRecord) -> str:
    return explained.title(case) or case.title


def _bracket(case: CaseRecord, line: Timeline, top: float, colours: theme.Palette) -> tuple[Part, Part]:
    """A campaign is no crisis: a thin bracket above, with its word."""
    start, end = map(local, _stretch(case, line))
    high, low = top * 1.24, top * 1.21
    trace = {
        "type": "scatter",
        "x": [start, start, end, end],
        "y": [low, high, high, low],
        "mode": "lines",
        "line": {"color": colours.muted, "width": 1.5},
        "hovertext": text.chart(_title(case), 60),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    said = text.chart(words.verdict("campaign"))
    return trace, drawing.note(start, high, said, colours, xanchor="left", yanchor="bottom")


def _labels(starts: Sequence[datetime], step: str) -> list[str]:
    """Each bucket's day, and hour, as people write them. A day is written once: that takes longer than all the rest."""
    clock = [start.astimezone(i18n.zone()) for start in starts]
    days = {day: i18n.day(day, day) for day in {one.date() for one in clock}}
    return [days[one.date()] + (f" {one:%H:%M}" if step == "hour" else "") for one in clock]


@dataclass(frozen=True)
class Picked:
    """What the viewer did on the chart: a case opened, a bucket and sentiment clicked, or a period dragged."""

    case_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    sentiment: str | None = None
    dragged: bool = False


def picked(event: object, step: str) -> Picked | None:
    """Read Streamlit's selection event. Nothing picked, or a shape we do not know: None."""
    selection = event.get("selection", {}) if isinstance(event, dict) else {}
    box = next(iter(selection.get("box") or []), None)
    if box and len(box.get("x") or []) == 2:
        ends = sorted(_utc(value) for value in box["x"] if value)
        if len(ends) == 2 and ends[0] < ends[1]:
            return Picked(since=_whole(ends[0], step), until=_whole(ends[1], step, up=True), dragged=True)
    for point in selection.get("points") or []:
        data = point.get("customdata") or [None, None, None]
        if data[1] == "case":
            return Picked(case_id=int(data[2]))
        if data[0]:
            start = datetime.fromisoformat(str(data[0]))
            return Picked(since=start, until=start + STEP[step], sentiment=str(data[1]))
    return None


def _utc(value: object) -> datetime:
    text_ = str(value).replace("T", " ")
    return datetime.fromisoformat(text_).replace(tzinfo=i18n.zone())


def _whole(when: datetime, step: str, *, up: bool = False) -> datetime:
    local = when.astimezone(i18n.zone())
    floor = local.replace(minute=0, second=0, microsecond=0)
    if step == "day":
        floor = floor.replace(hour=0)
    return floor + STEP[step] if up and floor < local else floor

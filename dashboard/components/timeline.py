"""The timeline: what was said per hour or day, what was usual, what rang, and what we could not hear.

Bars are stacked negative, unsure (hatched), neutral, positive, so that negatives stand on the axis and are compared by
length. Behind them the usual range of negatives; spikes shaded in their level's colour; stretches nobody heard hatched;
a line at now; the unfinished bucket paler. A click on a bar opens its mentions; with `drag` a drag selects a period
(Streamlit hears either clicks or drags of one chart, so the viewer says which).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dashboard import explained, i18n, text, theme, words
from dashboard.i18n import t
from storage.records import Bucket, CaseRecord, Gap

ORDER = ("negative", "unsure", "neutral", "positive")
LEAST_SHOWN = 0.05
STEP = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True)
class UsualRange:
    """The usual range of negatives per bucket: low to high holds 95 of 100."""

    starts: tuple[datetime, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


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


def draw(line: Timeline, *, height: int = 340, drag: bool = False) -> go.Figure:
    colours = theme.palette()
    chart = theme.figure(colours, height=height)
    top = max((bucket.figures.read for bucket in line.buckets), default=0)
    top = max(top, *(line.usual.high if line.usual and line.usual.high else (0,)), 1)
    _usual(chart, line, colours)
    _bars(chart, line, colours)
    _gaps(chart, line, colours)
    _cases(chart, line, top)
    if line.since <= line.now <= line.until:
        chart.add_vline(x=_local(line.now), line={"color": colours.muted, "width": 1, "dash": "dot"})
    chart.update_layout(
        barmode="stack",
        yaxis={"range": [0, top * 1.35]},
        barcornerradius=0,
        dragmode="select" if drag else False,
        clickmode="event" if drag else "event+select",
    )
    chart.update_xaxes(range=[_local(line.since), _local(line.until)], tickformatstops=_ticks())
    return chart


def _bars(chart: go.Figure, line: Timeline, colours: theme.Palette) -> None:
    width = STEP[line.step]
    starts = [bucket.start for bucket in line.buckets]
    middles = [_local(start + width / 2) for start in starts]
    unfinished = [start <= line.now < start + width for start in starts]
    labels = [_bucket_label(start, line.step) for start in starts]
    for name in ORDER:
        marker = theme.hatched(colours) if name == "unsure" else {"color": theme.SENTIMENT_COLOUR[name]}
        chart.add_bar(
            x=middles,
            y=[getattr(bucket.figures, name) for bucket in line.buckets],
            width=width.total_seconds() * 1000 * 0.86,
            name=words.sentiment(name),
            marker={**marker, "opacity": [0.45 if part else 1.0 for part in unfinished]},
            customdata=[[start.isoformat(), name, label] for start, label in zip(starts, labels, strict=True)],
            hovertemplate="%{customdata[2]}<br>%{y:,} " + text.chart(words.sentiment(name)) + "<extra></extra>",
        )
    chart.update_traces(
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}}, selector={"type": "bar"}
    )


def _usual(chart: go.Figure, line: Timeline, colours: theme.Palette) -> None:
    if not line.usual or not line.usual.starts:
        return
    width = STEP[line.step]
    x: list[datetime] = []
    low: list[float] = []
    high: list[float] = []
    for start, below, above in zip(line.usual.starts, line.usual.low, line.usual.high, strict=True):
        x += [_local(start), _local(start + width)]
        low += [below, below]
        high += [above, above]
    shape = {"color": colours.accent, "width": 0}
    chart.add_scatter(x=x, y=low, mode="lines", line=shape, hoverinfo="skip", showlegend=False)
    chart.add_scatter(
        x=x,
        y=high,
        mode="lines",
        line={"color": colours.accent, "width": 1, "dash": "dot"},
        fill="tonexty",
        fillcolor=colours.band,
        hoverinfo="skip",
        name=t("usual range of negatives"),
    )


def _gaps(chart: go.Figure, line: Timeline, colours: theme.Palette) -> None:
    """Hatched from the top, as deep as the share of sources that were not heard: to the ground where nobody was."""
    stretches = deaf(line.gaps, line.since, line.until, line.listening)
    if not stretches:
        return
    chart.add_bar(
        x=[_local(start + (end - start) / 2) for start, end, _ in stretches],
        y=[share for _, _, share in stretches],
        base=[1 - share for _, _, share in stretches],
        yaxis="y2",
        width=[(end - start).total_seconds() * 1000 for start, end, _ in stretches],
        marker={
            "color": "rgba(0,0,0,0)",
            "pattern": {"shape": "/", "fgcolor": colours.gap, "bgcolor": colours.grid, "size": 7, "solidity": 0.18},
            "line": {"width": 0},
            "cornerradius": 0,
        },
        name=t("not heard"),
        hoverinfo="skip",
    )
    chart.update_layout(
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True, "showgrid": False}
    )


def _cases(chart: go.Figure, line: Timeline, top: float) -> None:
    """Shade each case and put a mark on top that opens it."""
    marks: dict[str, list[object]] = {"x": [], "level": [], "id": [], "label": [], "late": []}
    inside = [case for case in line.cases if case.start_at < line.until and case.end_at > line.since]
    shown = [case for case in inside if case.verdict != "campaign"]
    for case in inside:
        if case.verdict == "campaign":
            _bracket(chart, case, line, top)
    for case in shown[:24]:
        start, end = max(case.start_at, line.since), min(max(case.end_at, case.start_at + STEP[line.step]), line.until)
        colour = theme.LEVELS.get(case.level, theme.LEVELS["blue"])
        chart.add_vrect(x0=_local(start), x1=_local(end), fillcolor=colour, opacity=0.16, line_width=0, layer="below")
        marks["x"].append(_local(start + (end - start) / 2))
        marks["late"].append(start - line.since > 0.8 * (line.until - line.since))
        marks["level"].append(case.level)
        marks["id"].append(case.id)
        marks["label"].append(f"{text.chart(words.level(case.level))} · {text.chart(_title(case), 48)}")
    if not shown:
        return
    few = len(shown) <= 3
    chart.add_scatter(
        x=marks["x"],
        y=[top * 1.09] * len(marks["x"]),
        mode="markers+text" if few else "markers",
        text=[str(label).split(" · ")[0] for label in marks["label"]],
        textposition=["middle left" if late else "middle right" for late in marks["late"]],
        textfont={"size": 12},
        marker={
            "symbol": "diamond",
            "size": 11,
            "color": [theme.LEVELS.get(str(level), theme.LEVELS["blue"]) for level in marks["level"]],
        },
        customdata=[[None, "case", case_id] for case_id in marks["id"]],
        hovertext=marks["label"],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _title(case: CaseRecord) -> str:
    return explained.title(case) or case.title


def _bracket(chart: go.Figure, case: CaseRecord, line: Timeline, top: float) -> None:
    """A campaign is no crisis: a thin bracket above, with its word."""
    colours = theme.palette()
    start, end = (
        _local(max(case.start_at, line.since)),
        _local(min(max(case.end_at, case.start_at + STEP[line.step]), line.until)),
    )
    high, low = top * 1.16, top * 1.12
    chart.add_scatter(
        x=[start, start, end, end],
        y=[low, high, high, low],
        mode="lines",
        line={"color": colours.muted, "width": 1.5},
        hovertext=text.chart(_title(case), 60),
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )
    chart.add_annotation(
        x=start,
        y=high,
        text=text.chart(words.verdict("campaign")),
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        font={"size": 11, "color": colours.muted},
    )


def deaf(
    gaps: Sequence[Gap], since: datetime, until: datetime, listening: int
) -> list[tuple[datetime, datetime, float]]:
    """Stretches in which some source was not heard, each with the share of sources that were not."""
    changes: dict[datetime, int] = {}
    for gap in gaps:
        start, end = max(gap.start, since), min(gap.end, until)
        if start < end:
            changes[start] = changes.get(start, 0) + 1
            changes[end] = changes.get(end, 0) - 1
    stretches: list[tuple[datetime, datetime, float]] = []
    silent, last = 0, since
    for moment in sorted(changes):
        if silent and moment > last:
            share = max(LEAST_SHOWN, min(1.0, silent / max(listening, 1)))
            if stretches and stretches[-1][1] == last and stretches[-1][2] == share:
                stretches[-1] = (stretches[-1][0], moment, share)
            else:
                stretches.append((last, moment, share))
        silent, last = silent + changes[moment], moment
    return stretches


def _local(when: datetime) -> datetime:
    """Plotly draws times without a zone as they are: give it the viewer's clock."""
    return when.astimezone(i18n.zone()).replace(tzinfo=None)


def _bucket_label(start: datetime, step: str) -> str:
    local = start.astimezone(i18n.zone())
    return i18n.day(local.date(), local.date()) + (f" {local:%H:%M}" if step == "hour" else "")


def _ticks() -> list[dict[str, object]]:
    days = "%-m月%-d日" if i18n.language() == "zh" else "%-d %b"
    return [
        {"dtickrange": [None, 86400000 - 1], "value": "%H:%M\n" + days},
        {"dtickrange": [86400000, "M1"], "value": days},
        {"dtickrange": ["M1", None], "value": "%Y-%m"},
    ]


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

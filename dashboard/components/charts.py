"""The smaller charts: split bars by channel, source or theme, and a case's or a rule's own line. All in the one template,
each a figure in Plotly's own form."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dashboard import i18n, text, theme, words
from dashboard.components import drawing
from dashboard.components.drawing import Part, Unheard, UsualRange, local
from dashboard.components.timeline import ORDER, sentiment_marker
from dashboard.i18n import t
from storage.records import Figures, SpikeRecord

PLOT_CONFIG = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}
HOUR = timedelta(hours=1)
MOST_SPIKES = 20
NOTHING_UNHEARD = Unheard()
LANE = 15  # pixels
VERDICT_SYMBOL = {"real": "star", "campaign": "square", "noise": "x", "source_fault": "triangle-down"}


def split_bars(groups: Mapping[str, Figures], *, most: int = 8) -> dict[str, Any]:
    """Horizontal stacked bars, the one with most mentions on top; keys are words to show already."""
    colours = theme.palette()
    kept = sorted(groups.items(), key=lambda item: item[1].read, reverse=True)[:most][::-1]
    chart = theme.figure(colours, height=34 * max(len(kept), 1) + 40)
    names = [text.chart(name, 26) for name, _ in kept]
    chart["data"] += [
        {
            "type": "bar",
            "y": names,
            "x": [getattr(figures, sentiment) for _, figures in kept],
            "orientation": "h",
            "marker": sentiment_marker(sentiment, colours),
            "name": words.sentiment(sentiment),
            "hovertemplate": "%{x:,} " + text.chart(words.sentiment(sentiment)) + "<extra></extra>",
        }
        for sentiment in ORDER
    ]
    chart["layout"]["annotations"] += [
        drawing.note(figures.read, name, _share_of(figures), colours, xanchor="left", xshift=6)
        for name, (_, figures) in zip(names, kept, strict=True)
    ]
    widest = max((figures.read for _, figures in kept), default=1) or 1
    chart["layout"] |= {
        "barmode": "stack",
        "showlegend": False,
        "hovermode": "y unified",
        "bargap": 0.35,
        "xaxis": {"showticklabels": False, "ticks": "", "range": [0, widest * 1.75], "showgrid": False},
        "yaxis": {
            "showgrid": False,
            "type": "category",
            "tickmode": "linear",
            "dtick": 1,
            "nticks": 0,
            "tickfont": {"color": colours.ink, "size": 12},
        },
    }
    return chart


def _share_of(figures: Figures) -> str:
    return f"{i18n.share(figures.negative_share)} · n {i18n.number(figures.read)}"


def around_spike(
    starts: Sequence[datetime],
    values: Sequence[float],
    usual: UsualRange | None,
    *,
    measure: str,
    spikes: Sequence[SpikeRecord],
    level: str,
    now: datetime,
    events: Sequence[tuple[datetime, str]] = (),
    unheard: Unheard = NOTHING_UNHEARD,
) -> dict[str, Any]:
    """The hours around a case: what its rule measures as bars, the usual range behind, the spike shaded, what was not heard
    hatched, what people did marked."""
    colours = theme.palette()
    chart = theme.figure(colours, height=280)
    data, layout = chart["data"], chart["layout"]
    first, last = (starts[0], starts[-1] + HOUR) if starts else (now, now)
    share = measure == "share"
    data += drawing.usual_range(usual, HOUR, t("usual range"), colours)
    data.append(
        {
            "type": "bar",
            "x": [local(start + HOUR / 2) for start in starts],
            "y": list(values),
            "marker": {"color": _colour(measure)},
            "name": words.measure("total" if measure == "silence" else measure),
            "width": HOUR.total_seconds() * 1000 * 0.86,
            "hovertemplate": "%{x|%m-%d %H}:00 · %{y:" + (".0%" if share else ",") + "}<extra></extra>",
        }
    )
    data += drawing.not_heard(unheard, first, min(last, now), colours)
    layout["shapes"] += [drawing.shade(one.start_at, one.end_at, level, 0.18) for one in spikes[:MOST_SPIKES]]
    shown = sorted((when, what) for when, what in events if first <= when <= last)
    lanes = _lanes([when for when, _ in shown], (last - first) / 5)
    layout["shapes"] += [drawing.moment_line(when, {"color": colours.accent, "width": 1.5}) for when, _ in shown]
    layout["annotations"] += _heads(shown, lanes, (first, last), colours)
    if first <= now <= last:
        layout["shapes"].append(drawing.now_line(now, colours))
    layout |= {
        "hovermode": "closest",
        "margin": {"t": 24 + LANE * max(lanes, default=0)},
        "xaxis": drawing.time_axis(first, last),
        "yaxis": {"tickformat": ".0%", "range": [0, 1]} if share else {},
        "yaxis2": drawing.DEPTH,
    }
    return chart


def _colour(measure: str) -> str:
    """Red is of negatives alone."""
    return theme.NEGATIVE if measure in ("negative", "share") else theme.NEUTRAL


def _lanes(moments: Sequence[datetime], near: timedelta) -> list[int]:
    """The line each word is written in, from the lowest: none beside one that is near."""
    last: list[datetime] = []
    lanes = []
    for moment in moments:
        lane = next((lane for lane, before in enumerate(last) if moment - before >= near), len(last))
        last[lane : lane + 1] = [moment]
        lanes.append(lane)
    return lanes


def _heads(
    events: Sequence[tuple[datetime, str]],
    lanes: Sequence[int],
    ends: tuple[datetime, datetime],
    colours: theme.Palette,
) -> list[Part]:
    """What people did, at the head of its line; at the chart's edge written inwards."""
    edge = (ends[1] - ends[0]) / 8
    heads = []
    for (when, what), lane in zip(events, lanes, strict=True):
        aside = "left" if when - ends[0] < edge else "right" if ends[1] - when < edge else "center"
        place = {"yref": "paper", "yanchor": "bottom", "xanchor": aside, "yshift": LANE * lane}
        heads.append(drawing.note(local(when), 1, text.chart(what, 24), colours, **place))
    return heads


def replayed(
    starts: Sequence[datetime],
    values: Sequence[float],
    high: Sequence[float] | None,
    alarms: Sequence[tuple[datetime, datetime, str]],
    *,
    now: datetime,
    measure: str = "negative",
    unheard: Unheard = NOTHING_UNHEARD,
) -> dict[str, Any]:
    """Ninety days by the hour with every alarm a setting would have rung; its mark says what people said of it. What was not
    heard is hatched."""
    colours = theme.palette()
    chart = theme.figure(colours, height=300)
    data, layout = chart["data"], chart["layout"]
    data += _by_the_hour(starts, values, high, measure, colours)
    if starts:
        data += drawing.not_heard(unheard, starts[0], min(starts[-1] + HOUR, now), colours)
    top = max(values, default=1) or 1
    by_verdict: dict[str, list[datetime]] = {}
    for start, end, verdict in alarms:
        by_verdict.setdefault(verdict, []).append(start)
        layout["shapes"].append(drawing.shade(start, max(end, start + 6 * HOUR), "orange", 0.2))
    data += [_verdict_marks(verdict, moments, top * 1.08, colours) for verdict, moments in by_verdict.items()]
    layout |= {
        "hovermode": "closest",
        "yaxis": {"range": [0, top * 1.18]},
        "yaxis2": drawing.DEPTH,
        "xaxis": drawing.time_axis(starts[0], starts[-1] + HOUR) if starts else {},
    }
    return chart


def _by_the_hour(
    starts: Sequence[datetime],
    values: Sequence[float],
    high: Sequence[float] | None,
    measure: str,
    colours: theme.Palette,
) -> list[Part]:
    """What was counted as steps, over the usual range where it is known."""
    steps = {"type": "scatter", "x": [local(start) for start in starts], "mode": "lines"}
    band = {"fill": "tozeroy", "fillcolor": colours.band, "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    line = {"color": _colour(measure), "width": 1.2, "shape": "hv"}
    hover = {"hovertemplate": "%{x|%m-%d %H}:00 · %{y:,}<extra></extra>"}
    usual = [] if high is None else [steps | band | {"y": list(high), "name": t("usual range")}]
    return [*usual, steps | hover | {"y": list(values), "line": line, "name": t("per hour")}]


def _verdict_marks(verdict: str, moments: Sequence[datetime], height: float, colours: theme.Palette) -> Part:
    return {
        "type": "scatter",
        "x": [local(moment) for moment in moments],
        "y": [height] * len(moments),
        "mode": "markers",
        "cliponaxis": False,
        "marker": {
            "symbol": VERDICT_SYMBOL.get(verdict, "diamond"),
            "size": 11,
            "color": theme.LEVELS["orange"],
            "line": {"width": 1, "color": colours.ink},
        },
        "name": words.verdict(verdict) if verdict else t("no verdict yet"),
        "hovertemplate": "%{x|%m-%d %H}:00<extra></extra>",
    }

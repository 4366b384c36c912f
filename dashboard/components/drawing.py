"""What every chart is put together from: times as the viewer reads them, the usual range, what was not heard, shades, lines and
notes.

Charts are plain values in Plotly's own form, as the browser gets them. Streamlit checks each once when it is drawn; built
up by Plotly's figures they would be checked and copied with every part added, which took most of the time to draw a page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard import i18n, theme
from dashboard.i18n import t
from storage.records import Gap

Part = dict[str, Any]  # a trace, a shape or an annotation
LEAST_SHOWN = 0.05
# The axis that `not_heard` is drawn by: its figures are shares of sources, whatever the chart itself counts.
DEPTH: Part = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True, "showgrid": False}


@dataclass(frozen=True)
class UsualRange:
    """The usual range per bucket: low to high holds 95 of 100."""

    starts: tuple[datetime, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Unheard:
    """Where sources were not heard, and how many listened in all, for the share that a gap is."""

    gaps: tuple[Gap, ...] = ()
    listening: int = 1


def local(when: datetime) -> str:
    """Plotly draws times without a zone as they are: give it the viewer's clock."""
    return when.astimezone(i18n.zone()).replace(tzinfo=None).isoformat(" ")


def usual_range(usual: UsualRange | None, width: timedelta, name: str, colours: theme.Palette) -> list[Part]:
    """The range as steps, one for each bucket, to lie behind what comes after."""
    if usual is None or not usual.starts:
        return []
    x = [local(moment) for start in usual.starts for moment in (start, start + width)]
    low, high = ([value for value in side for _ in (0, 1)] for side in (usual.low, usual.high))
    shared = {"type": "scatter", "x": x, "mode": "lines", "hoverinfo": "skip"}
    edge = {"color": colours.accent, "width": 1, "dash": "dot"}
    return [
        shared | {"y": low, "line": {"width": 0}, "showlegend": False},
        shared | {"y": high, "line": edge, "fill": "tonexty", "fillcolor": colours.band, "name": name},
    ]


def not_heard(unheard: Unheard, since: datetime, until: datetime, colours: theme.Palette) -> list[Part]:
    """Hatched from the top, as deep as the share of sources that were not heard: to the ground where nobody was. The chart
    has `DEPTH` as its second axis."""
    stretches = deaf(unheard.gaps, since, until, unheard.listening)
    if not stretches:
        return []
    hatch = {"shape": "/", "fgcolor": colours.gap, "bgcolor": colours.grid, "size": 7, "solidity": 0.18}
    return [
        {
            "type": "bar",
            "x": [local(start + (end - start) / 2) for start, end, _ in stretches],
            "y": [share for _, _, share in stretches],
            "base": [1 - share for _, _, share in stretches],
            "yaxis": "y2",
            "width": [(end - start).total_seconds() * 1000 for start, end, _ in stretches],
            "marker": {"color": "rgba(0,0,0,0)", "pattern": hatch, "line": {"width": 0}, "cornerradius": 0},
            "name": t("not heard"),
            "hoverinfo": "skip",
        }
    ]


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


def shade(start: datetime, end: datetime, level: str, opacity: float) -> Part:
    """A stretch of time in the colour of a level, from the ground to the top."""
    return {
        "type": "rect",
        "x0": local(start),
        "x1": local(end),
        "y0": 0,
        "y1": 1,
        "yref": "y domain",
        "fillcolor": theme.LEVELS.get(level, theme.LEVELS["blue"]),
        "opacity": opacity,
        "line": {"width": 0},
        "layer": "below",
    }


def moment_line(when: datetime, line: Part) -> Part:
    return {
        "type": "line",
        "x0": local(when),
        "x1": local(when),
        "y0": 0,
        "y1": 1,
        "yref": "y domain",
        "line": line,
    }


def now_line(now: datetime, colours: theme.Palette) -> Part:
    return moment_line(now, {"color": colours.muted, "width": 1, "dash": "dot"})


def note(x: object, y: object, said: str, colours: theme.Palette, **more: object) -> Part:
    """Words on the chart; `said` has passed `text.chart`."""
    small = {"size": 11, "color": colours.muted}
    return {"x": x, "y": y, "text": said, "showarrow": False, "font": small, **more}


def time_axis(first: datetime, last: datetime) -> Part:
    return {"range": [local(first), local(last)], "tickformatstops": ticks()}


def count_axis(top: float) -> Part:
    """From nothing to somewhat above `top`. Large counts are written as people do, 2万 or 20,000; Plotly says 20k."""
    end = top * 1.35
    if top < 10_000:
        return {"range": [0, end]}
    unit = 10 ** math.floor(math.log10(top))
    values = range(0, int(end), unit // 2 if top < 3 * unit else unit if top < 6 * unit else 2 * unit)
    return {"range": [0, end], "tickvals": list(values), "ticktext": [i18n.number(value) for value in values]}


def ticks() -> Sequence[Part]:
    days = "%-m月%-d日" if i18n.language() == "zh" else "%-d %b"
    return [
        {"dtickrange": [None, 86400000 - 1], "value": "%H:%M\n" + days},
        {"dtickrange": [86400000, "M1"], "value": days},
        {"dtickrange": ["M1", None], "value": "%Y-%m"},
    ]

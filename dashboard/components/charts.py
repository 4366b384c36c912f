"""The smaller charts: split bars by channel, source or theme, and a case's or a rule's own line. All in the one template."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dashboard import i18n, text, theme, words
from dashboard.components.timeline import ORDER, UsualRange, _local, _ticks
from dashboard.i18n import t
from storage.records import Figures, SpikeRecord

PLOT_CONFIG = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}


def split_bars(groups: Mapping[str, Figures], *, most: int = 8) -> go.Figure:
    """Horizontal stacked bars, the one with most mentions on top; keys are words to show already."""
    colours = theme.palette()
    kept = sorted(groups.items(), key=lambda item: item[1].read, reverse=True)[:most][::-1]
    chart = theme.figure(colours, height=34 * max(len(kept), 1) + 40)
    names = [text.chart(name, 26) for name, _ in kept]
    for sentiment in ORDER:
        marker = theme.hatched(colours) if sentiment == "unsure" else {"color": theme.SENTIMENT_COLOUR[sentiment]}
        chart.add_bar(
            y=names,
            x=[getattr(figures, sentiment) for _, figures in kept],
            orientation="h",
            marker=marker,
            name=words.sentiment(sentiment),
            hovertemplate="%{x:,} " + text.chart(words.sentiment(sentiment)) + "<extra></extra>",
        )
    notes = [f"{i18n.share(figures.negative_share)} · n {i18n.number(figures.read)}" for _, figures in kept]
    for name, note, (_, figures) in zip(names, notes, kept, strict=True):
        chart.add_annotation(
            x=figures.read,
            y=name,
            text=note,
            showarrow=False,
            xanchor="left",
            xshift=6,
            font={"size": 11, "color": colours.muted},
        )
    widest = max((figures.read for _, figures in kept), default=1) or 1
    chart.update_layout(barmode="stack", showlegend=False, hovermode="y unified", bargap=0.35)
    chart.update_xaxes(showticklabels=False, ticks="", range=[0, widest * 1.75], showgrid=False)
    chart.update_yaxes(
        showgrid=False,
        type="category",
        tickmode="linear",
        dtick=1,
        nticks=0,
        tickfont={"color": colours.ink, "size": 12},
    )
    return chart


def around_spike(
    starts: Sequence[datetime],
    values: Sequence[float],
    usual: UsualRange | None,
    *,
    spikes: Sequence[SpikeRecord],
    level: str,
    now: datetime,
    events: Sequence[tuple[datetime, str]] = (),
) -> go.Figure:
    """The hours around a case: negatives as bars, the usual range behind, the spike shaded, what people did marked."""
    colours = theme.palette()
    chart = theme.figure(colours, height=280)
    hour = timedelta(hours=1)
    if usual and usual.starts:
        _usual_band(chart, usual, colours)
    chart.add_bar(
        x=[_local(start + hour / 2) for start in starts],
        y=list(values),
        marker={"color": theme.NEGATIVE},
        name=words.measure("negative"),
        width=hour.total_seconds() * 1000 * 0.86,
        hovertemplate="%{x|%m-%d %H}:00 · %{y:,}<extra></extra>",
    )
    for spike in spikes[:20]:
        chart.add_vrect(
            x0=_local(spike.start_at),
            x1=_local(spike.end_at),
            fillcolor=theme.LEVELS.get(level, theme.LEVELS["blue"]),
            opacity=0.18,
            line_width=0,
            layer="below",
        )
    first, last = (starts[0], starts[-1] + hour) if starts else (now, now)
    for when, what in events:
        if first <= when <= last:
            _mark(chart, when, what, colours)
    if first <= now <= last:
        chart.add_vline(x=_local(now), line={"color": colours.muted, "width": 1, "dash": "dot"})
    chart.update_layout(hovermode="closest", margin={"t": 24})
    chart.update_xaxes(range=[_local(first), _local(last)], tickformatstops=_ticks())
    return chart


def _usual_band(chart: go.Figure, usual: UsualRange, colours: theme.Palette) -> None:
    """The usual range as steps, an hour each, behind what comes after."""
    hour = timedelta(hours=1)
    x = [_local(moment) for start in usual.starts for moment in (start, start + hour)]
    low = [value for value in usual.low for _ in (0, 1)]
    high = [value for value in usual.high for _ in (0, 1)]
    chart.add_scatter(x=x, y=low, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
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


def _mark(chart: go.Figure, when: datetime, what: str, colours: theme.Palette) -> None:
    """A line through a moment, with what people did at its head."""
    chart.add_vline(x=_local(when), line={"color": colours.accent, "width": 1.5})
    chart.add_annotation(
        x=_local(when),
        y=1,
        yref="paper",
        yanchor="bottom",
        text=text.chart(what, 24),
        showarrow=False,
        font={"size": 11, "color": colours.muted},
    )


def replayed(
    starts: Sequence[datetime],
    values: Sequence[float],
    high: Sequence[float] | None,
    alarms: Sequence[tuple[datetime, datetime, str]],
    *,
    now: datetime,
) -> go.Figure:
    """Ninety days by the hour with every alarm a setting would have rung; colour says what people said of it."""
    colours = theme.palette()
    chart = theme.figure(colours, height=300)
    if high is not None:
        chart.add_scatter(
            x=[_local(start) for start in starts],
            y=list(high),
            mode="lines",
            fill="tozeroy",
            fillcolor=colours.band,
            line={"width": 0, "shape": "hv"},
            hoverinfo="skip",
            name=t("usual range"),
        )
    chart.add_scatter(
        x=[_local(start) for start in starts],
        y=list(values),
        mode="lines",
        line={"color": theme.NEGATIVE, "width": 1.2, "shape": "hv"},
        name=t("per hour"),
        hovertemplate="%{x|%m-%d %H}:00 · %{y:,}<extra></extra>",
    )
    top = max(values, default=1) or 1
    by_verdict: dict[str, list[datetime]] = {}
    for start, end, verdict in alarms:
        by_verdict.setdefault(verdict, []).append(start)
        chart.add_vrect(
            x0=_local(start),
            x1=_local(max(end, start + timedelta(hours=6))),
            fillcolor=theme.LEVELS["orange"],
            opacity=0.2,
            line_width=0,
            layer="below",
        )
    symbols = {"real": "star", "campaign": "square", "noise": "x", "source_fault": "triangle-down"}
    for verdict, moments in by_verdict.items():
        chart.add_scatter(
            x=[_local(moment) for moment in moments],
            y=[top * 1.08] * len(moments),
            mode="markers",
            marker={
                "symbol": symbols.get(verdict, "diamond"),
                "size": 11,
                "color": theme.LEVELS["orange"],
                "line": {"width": 1, "color": colours.ink},
            },
            name=words.verdict(verdict) if verdict else t("no verdict yet"),
            hovertemplate="%{x|%m-%d %H}:00<extra></extra>",
        )
    chart.update_layout(hovermode="closest", yaxis={"range": [0, top * 1.18]})
    chart.update_xaxes(tickformatstops=_ticks())
    return chart

"""Colours and the one Plotly template. No chart sets a colour of its own.

A colour means one thing everywhere: negative, neutral and positive; unsure is the neutral one, hatched; the accent is
for selection and links; the four levels come always with their word. Grounds and ink are those of
`.streamlit/config.toml`. Every ink on its ground has a contrast of at least 4.5, every fill at least 3: a test
computes them.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

NEGATIVE, NEUTRAL, POSITIVE = "#C8442B", "#8A94A0", "#1F8A7A"
LEVELS = {"blue": "#3B78C2", "yellow": "#E0B100", "orange": "#E07B00", "red": "#C22F2F"}
LEVEL_ORDER = ("red", "orange", "yellow", "blue")
FONT = '"Fengping marks", -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif'


@dataclass(frozen=True)
class Palette:
    name: str
    ground: str
    panel: str
    ink: str
    muted: str
    grid: str
    accent: str
    band: str
    gap: str
    on_primary: str  # ink on the theme's primary colour


LIGHT = Palette(
    "light",
    "#FFFFFF",
    "#F3F5F7",
    "#1C2430",
    "#5B6673",
    "rgba(28,36,48,0.10)",
    "#2F5D8C",
    "rgba(47,93,140,0.13)",
    "rgba(28,36,48,0.35)",
    "#FFFFFF",
)
DARK = Palette(
    "dark",
    "#14181D",
    "#1D232A",
    "#E6EAEE",
    "#A5B0BB",
    "rgba(230,234,238,0.12)",
    "#8CBBEA",
    "rgba(140,187,234,0.18)",
    "rgba(230,234,238,0.35)",
    "#14181D",
)
SENTIMENT_COLOUR = {
    "negative": NEGATIVE,
    "neutral": NEUTRAL,
    "positive": POSITIVE,
    "unsure": NEUTRAL,
    "unread": NEUTRAL,
    "failed": NEUTRAL,
}


def palette() -> Palette:
    """Of the theme the viewer looks at now."""
    return DARK if st.context.theme.type == "dark" else LIGHT


@lru_cache(maxsize=2)
def template(colours: Palette) -> dict[str, Any]:
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.grid,
        "zerolinecolor": colours.grid,
        "tickfont": {"color": colours.muted, "size": 12},
        "title": {"font": {"color": colours.muted, "size": 12}},
        "automargin": True,
        "fixedrange": True,
    }
    return {
        "layout": {
            "font": {"family": FONT, "color": colours.ink, "size": 13},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [NEGATIVE, NEUTRAL, POSITIVE, colours.accent],
            "xaxis": {**axis, "showgrid": False, "ticks": "outside", "tickcolor": colours.grid, "ticklen": 4},
            "yaxis": {**axis, "rangemode": "tozero", "nticks": 5},
            "legend": {
                "traceorder": "normal",
                "orientation": "h",
                "yref": "container",
                "y": 0,
                "yanchor": "bottom",
                "x": 0,
                "font": {"color": colours.muted},
            },
            "hoverlabel": {
                "bgcolor": colours.panel,
                "bordercolor": colours.grid,
                "font": {"color": colours.ink, "family": FONT, "size": 13},
                "align": "left",
            },
            "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
            "bargap": 0.12,
            "barcornerradius": 2,
            "hovermode": "x unified",
            "dragmode": False,
            "modebar": {"remove": ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "reset"]},
            "selectdirection": "h",
            "newselection": {"line": {"color": colours.accent, "width": 1, "dash": "dot"}},
        }
    }


def figure(colours: Palette | None = None, *, height: int = 320) -> dict[str, Any]:
    """An empty figure in the house template, in Plotly's own form."""
    layout = {"template": template(colours or palette()), "height": height, "shapes": [], "annotations": []}
    return {"data": [], "layout": layout}


def hatched(colours: Palette, shape: str = "/") -> dict[str, object]:
    """The marker of unsure: neutral, hatched on the ground, so that it is told apart without colour."""
    return {
        "color": NEUTRAL,
        "pattern": {"shape": shape, "fgcolor": NEUTRAL, "bgcolor": colours.ground, "size": 5, "solidity": 0.45},
        "line": {"color": NEUTRAL, "width": 0.5},
    }

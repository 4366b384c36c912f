"""The tables behind charts: the same figures, as a frame that a dataframe draws and a person can copy."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import i18n, text, words
from dashboard.components.drawing import UsualRange
from dashboard.i18n import t
from storage.records import Bucket, Figures


def draw(frame: pd.DataFrame, *, height: int, shares: Collection[str] = ()) -> None:
    """With thousands separated and shares in per cent; what is copied or downloaded keeps its plain figures."""
    numeric = frame.select_dtypes("number").columns
    forms = {
        name: st.column_config.NumberColumn(format="percent" if name in shares else "localized") for name in numeric
    }
    st.dataframe(frame, hide_index=True, height=height, column_config=forms, placeholder="–")


def timeline(buckets: Sequence[Bucket], step: str) -> pd.DataFrame:
    """One row per bucket, newest first, in the viewer's zone."""
    form = "%Y-%m-%d %H:%M" if step == "hour" else "%Y-%m-%d"
    rows = [
        {t("From"): bucket.start.astimezone(i18n.zone()).strftime(form), **_columns(bucket.figures)}
        for bucket in reversed(buckets)
    ]
    return pd.DataFrame(rows)


def groups(named: Mapping[str, Figures]) -> pd.DataFrame:
    """One row per name, the largest first."""
    ranked = sorted(named.items(), key=lambda item: item[1].total, reverse=True)
    return pd.DataFrame([{t("Name"): text.line(name, 120), **_columns(figures)} for name, figures in ranked])


def hours(
    starts: Sequence[datetime], values: Sequence[float], usual: UsualRange | None, *, measure: str
) -> pd.DataFrame:
    """Hours around a case, newest first, with what was usual."""
    known = dict(zip(usual.starts, zip(usual.low, usual.high, strict=True), strict=True)) if usual else {}
    share = measure == "share"
    name = words.measure("total" if measure == "silence" else measure)
    rows = []
    for start, value in zip(reversed(starts), reversed(values), strict=True):
        below, above = known.get(start, (float("nan"), float("nan")))
        rows.append(
            {
                t("From"): start.astimezone(i18n.zone()).strftime("%Y-%m-%d %H:%M"),
                name: round(value, 4) if share else int(value),
                t("usual from"): round(below, 4) if share else below,
                t("usual to"): round(above, 4) if share else above,
            }
        )
    return pd.DataFrame(rows)


def _columns(figures: Figures) -> dict[str, object]:
    share = figures.negative_share
    return {
        t("negative"): figures.negative,
        t("unsure"): figures.unsure,
        t("neutral"): figures.neutral,
        t("positive"): figures.positive,
        t("not read yet"): figures.unread,
        t("could not be read"): figures.failed,
        t("Negative share"): None if share is None else round(share, 4),
    }

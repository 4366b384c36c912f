"""The themes: names and their words, edited as a table and checked before they are saved."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import decisions, people, queries
from dashboard.components import states
from dashboard.i18n import t
from errors import InputError


def show() -> None:
    st.caption(
        t(
            "A mention has a theme when one of its words is in the text. Words are separated by commas; new mentions are read with the new lists."
        )
    )
    plain = queries.themes()
    table = pd.DataFrame(
        [
            {
                "name": name,
                "zh": (body.get("label") or {}).get("zh", ""),
                "en": (body.get("label") or {}).get("en", ""),
                "words": ", ".join(body.get("words", [])),
            }
            for name, body in plain.items()
        ],
        columns=["name", "zh", "en", "words"],
        dtype=str,
    )
    edited = st.data_editor(
        table,
        num_rows="dynamic",
        hide_index=True,
        key="_themes",
        height=460,
        column_config={
            "name": st.column_config.TextColumn(
                t("Name"), required=True, width="small", help=t("What is stored and exported.")
            ),
            "zh": st.column_config.TextColumn("中文", width="small"),
            "en": st.column_config.TextColumn("English", width="small"),
            "words": st.column_config.TextColumn(t("Words"), width="large"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Save"), type="primary", key="_themes_save", disabled=edited.equals(table)):
            _save(edited)
        if queries.themes_changed() and st.button(t("Back to the first set"), key="_themes_reset"):
            decisions.set_themes(None, who=people.me())
            st.rerun()


def _save(edited: pd.DataFrame) -> None:
    plain: dict[str, Any] = {}
    try:
        for row in edited.fillna("").to_dict("records"):
            name = str(row["name"]).strip()
            if name in plain:
                raise InputError(t("The theme “{name}” is there twice.", name=name))
            words = [word.strip() for word in str(row["words"]).replace("，", ",").replace("、", ",").split(",")]
            plain[name] = {
                "label": {"zh": str(row["zh"]) or name, "en": str(row["en"]) or name},
                "words": [w for w in words if w],
            }
        before = queries.themes() if queries.themes_changed() else None
        decisions.set_themes(plain, who=people.me())
    except InputError as error:
        states.refused(error)
        return
    states.offer_undo(t("Themes saved."), lambda: decisions.set_themes(before, who=people.me()))
    st.rerun()

"""The level table: from which figure on a spike is yellow, orange or red. Edited in place, checked before it is saved."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from analyzers.levels import CRITERIA, levels_from_plain, levels_to_plain
from dashboard import decisions, people, queries, words
from dashboard.components import states
from dashboard.i18n import t
from errors import InputError

STEPS = ("yellow", "orange", "red")


def show() -> None:
    st.caption(
        t("Each figure is graded by itself; a case's level is the middle of the three grades. Below yellow it is blue.")
    )
    names = {
        "strength": t("times the usual"),
        "reach": t("separate voices"),
        "speed": t("mentions in the busiest hour"),
    }
    stored = queries.setting("levels", None)
    plain = levels_to_plain(levels_from_plain(stored))
    table = pd.DataFrame(
        [[names[criterion], *map(float, plain[criterion])] for criterion in CRITERIA], columns=["name", *STEPS]
    )
    edited = st.data_editor(
        table,
        hide_index=True,
        key="_levels",
        disabled=["name"],
        width=640,
        column_config={
            "name": st.column_config.TextColumn(t("Figure")),
            **{
                step: st.column_config.NumberColumn(
                    t("{level} from", level=words.level(step)), min_value=0.1, format="%g"
                )
                for step in STEPS
            },
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Save"), type="primary", key="_levels_save", disabled=edited.equals(table)):
            _save(
                {criterion: [float(edited.loc[row, step]) for step in STEPS] for row, criterion in enumerate(CRITERIA)},
                stored,
            )
        if stored is not None and st.button(t("Back to the first table"), key="_levels_reset"):
            decisions.set_setting("levels", None, who=people.me())
            st.rerun()


def _save(plain: dict[str, Any], before: Any) -> None:
    try:
        levels_from_plain(plain)
    except InputError as error:
        states.refused(error)
        return
    decisions.set_setting("levels", plain, who=people.me())
    states.offer_undo(t("Levels saved."), partial(decisions.set_setting, "levels", before, who=people.me()))
    st.rerun()

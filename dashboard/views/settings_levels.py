"""The level table: from which figure on a spike is yellow, orange or red. Checked before it is saved."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from analyzers.levels import CRITERIA, levels_from_plain, levels_to_plain
from dashboard import decisions, people, queries, words
from dashboard.components import states
from dashboard.i18n import t
from errors import InputError

STEPS = ("yellow", "orange", "red")
WIDTH = 92  # pixels: three beside each other on a phone


def show() -> None:
    st.caption(
        t("Each figure is graded by itself; a case's level is the middle of the three grades. Below yellow it is blue.")
    )
    stored = queries.setting("levels", None)
    plain = levels_to_plain(levels_from_plain(stored))
    with st.form("levels", border=False):
        given = {criterion: _row(criterion, plain[criterion]) for criterion in CRITERIA}
        if st.form_submit_button(t("Save"), type="primary") and given != _floats(plain):
            _store(given, stored, t("Levels saved."))
    if stored is not None and st.button(t("Back to the first table"), key="_levels_reset", type="tertiary"):
        _store(None, stored, t("The first table of levels is back."))


def _row(criterion: str, steps: Sequence[float]) -> list[float]:
    """One figure with its three steps."""
    names = {
        "strength": t("times the usual"),
        "reach": t("separate voices"),
        "speed": t("mentions in the busiest hour"),
    }
    with st.container(border=True):
        st.markdown(f"**{names[criterion]}**")
        with st.container(horizontal=True, gap="small"):
            return [
                st.number_input(
                    t("{level} from", level=words.level(step)),
                    min_value=0.1,
                    value=float(value),
                    step=1.0,
                    format="%g",
                    width=WIDTH,
                    key=f"_levels_{criterion}_{step}_{value:g}",
                )
                for step, value in zip(STEPS, steps, strict=True)
            ]


def _floats(plain: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {criterion: [float(value) for value in plain[criterion]] for criterion in CRITERIA}


def _store(plain: Mapping[str, Any] | None, before: Any, said: str) -> None:
    """Checked and stored, with the way back; what is wrong is said and nothing changes."""
    try:
        levels_from_plain(plain)
    except InputError as error:
        states.refused(error)
        return
    decisions.set_setting("levels", plain, who=people.me())
    states.offer_undo(said, partial(decisions.set_setting, "levels", before, who=people.me()))
    st.rerun()

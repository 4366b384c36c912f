"""The level table: how strong, how far and how fast a spike must be for each colour."""

import pandas as pd
import streamlit as st

from dashboard import people, queries, words
from dashboard.components import states
from dashboard.i18n import t
from errors import InputError


def show() -> None:
    st.caption(t("A case gets the highest level of which it meets every figure."))
    table = queries.levels()
    st.json(table, expanded=True)


__all__ = ["InputError", "pd", "people", "show", "states", "words"]

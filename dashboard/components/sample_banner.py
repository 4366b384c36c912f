"""The line on every page that says these are invented brands, and the one click that removes them."""

import streamlit as st

from dashboard import commands, queries
from dashboard.components import states
from dashboard.i18n import t
from errors import FengpingError


def show() -> None:
    if not queries.has_sample():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="sample-banner"):
        st.info(t("Sample data: invented brands, written texts, simulated days."), icon=":material/science:")
        if st.button(t("Remove sample"), key="_sample_remove", type="tertiary"):
            confirm_removal()


def confirm_removal() -> None:
    @st.dialog(t("Remove the sample data?"))
    def ask() -> None:
        st.write(t("Both invented brands go, with their sources, mentions, rules and cases. Your own data stays."))
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(t("Remove"), type="primary", key="_sample_remove_yes"):
                try:
                    with st.spinner(t("Removing …")):
                        commands.sample("remove")
                except FengpingError as error:
                    states.refused(error)
                    return
                queries.forget()
                st.rerun()
            if st.button(t("Keep"), key="_sample_remove_no"):
                st.rerun()

    ask()

"""The sample workspace: made in one click, a line on every page while it is there, and gone by one button, which asks once."""

import streamlit as st

from dashboard import commands, queries
from dashboard.components import states, steps
from dashboard.i18n import t
from errors import FengpingError


def show() -> None:
    if not queries.has_sample():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="sample-banner", wrap=False):
        st.markdown(":material/science: " + t("Sample data: invented brands, simulated days."))
        if st.button(t("Remove sample"), key="_sample_remove", type="tertiary"):
            confirm_removal()


def make() -> None:
    try:
        with steps.followed(t("Making the sample …")) as told:
            commands.make_sample(told)
    except FengpingError as error:
        states.refused(error)
        return
    queries.forget()
    st.rerun()


def confirm_removal() -> None:
    @st.dialog(t("Remove the sample data?"))
    def ask() -> None:
        st.write(t("Both invented brands go, with their sources, mentions, rules and cases. Your own data stays."))
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(t("Remove"), type="primary", key="_sample_remove_yes"):
                try:
                    with st.spinner(t("Removing …")):
                        commands.remove_sample()
                except FengpingError as error:
                    states.refused(error)
                    return
                queries.forget()
                st.rerun()
            if st.button(t("Keep"), key="_sample_remove_no"):
                st.rerun()

    ask()

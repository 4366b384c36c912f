"""The first visit: an empty store, and a first chart in under three minutes. Your own brand, or the sample in one click."""

from typing import Any

import streamlit as st

from dashboard import commands, queries, text
from dashboard.components import cards, sample_banner, states, steps
from dashboard.i18n import t, tn
from dashboard.views import offered, source_add
from errors import FengpingError
from storage.records import Brand

_BRAND, _OFFERED = "_welcome_brand", "_welcome_offered"


def show() -> None:
    st.title(t("Welcome to Fengping"), anchor=False)
    cards.lead(
        t(
            "It listens to what people say about a brand, in Chinese and in English, and rings when bad word of mouth starts to spread. Everything stays on this machine."
        )
    )
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, key="welcome-own"):
        _own()
    with right, st.container(border=True, key="welcome-sample"):
        _sample()


def unfinished() -> bool:
    """A brand was named and where to listen is still to be said."""
    return isinstance(st.session_state.get(_BRAND), Brand)


def _own() -> None:
    st.subheader(t("Watch your own brand"), anchor=False)
    brand = st.session_state.get(_BRAND)
    if isinstance(brand, Brand):
        _where(brand)
        return
    with st.form("welcome_brand", border=False):
        name = st.text_input(t("Its name"), max_chars=200, placeholder=t("Panda Motors"))
        aliases = st.text_input(
            t("Also called"),
            max_chars=400,
            placeholder=t("盼达, 盼达汽车, PANDA"),
            help=t("Every spelling people use, in any script; commas between."),
        )
        if st.form_submit_button(t("Next: where to listen"), type="primary"):
            _name(Brand(0, " ".join(name.split()), _split(aliases)))


def _name(brand: Brand) -> None:
    if not brand.name:
        st.error(t("A brand needs a name."))
        return
    try:
        with st.spinner(t("Looking where people may speak of it …")):
            commands.add_brand(brand)
            queries.forget()
            st.session_state[_BRAND] = brand
            st.session_state[_OFFERED] = commands.starter(brand.name)
    except FengpingError as error:
        states.refused(error)
        return
    st.rerun()


def _split(said: str) -> tuple[str, ...]:
    for mark in "，、;；\n":
        said = said.replace(mark, ",")
    return tuple(dict.fromkeys(" ".join(part.split()) for part in said.split(",") if part.strip()))


def _where(brand: Brand) -> None:
    """Public feeds to tick."""
    st.markdown(t("Where shall we listen for {brand}?", brand=text.md(brand.name, 60)))
    picked = offered.ticks(st.session_state.get(_OFFERED) or [], key="_starter")
    own = source_add.address(t("Or an address you know"), key="_welcome_address")
    with st.container(horizontal=True, vertical_alignment="center"):
        begin = st.button(t("Start listening"), type="primary", icon=":material/play_arrow:", key="_welcome_go")
        if st.button(t("Later"), type="tertiary", key="_welcome_later"):
            st.session_state.pop(_BRAND, None)
            st.rerun()
    if begin:
        _begin(brand, picked, own)


def _begin(brand: Brand, picked: list[dict[str, Any]], own: str) -> None:
    """The offered places come first: added once more they stay as they are, so that an address of one's own that is
    refused can be mended and given again, and nothing is added twice."""
    if not picked and not own:
        st.error(t("Tick a place, or give an address."))
        return
    try:
        with steps.followed(t("Collecting for the first time …")) as told:
            if picked:
                commands.add_offered(picked, brand=brand.name)
            if own:
                commands.add_found_source(own, brand=brand.name)
            queries.forget()
            commands.collect_all(told)
    except FengpingError as error:
        states.refused(error)
        st.caption(t("The brand is saved; the Sources page says how each source does."))
        return
    st.session_state.pop(_BRAND, None)
    queries.forget()
    st.rerun()


def _sample() -> None:
    st.subheader(t("Or look around first"), anchor=False)
    st.write(
        t(
            "The sample workspace holds sixty simulated days of two invented brands, with a crisis, a campaign that is none, and a source that fails. It is collected, read and flagged as real ones are, and can be removed at any time."
        )
    )
    if st.button(t("Open the sample workspace"), type="secondary", icon=":material/science:", key="_sample_start"):
        sample_banner.make()
    st.caption(tn("About {n} minute on a laptop.", "About {n} minutes on a laptop.", 2))

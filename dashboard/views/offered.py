"""Public places where a brand may be spoken of, to be ticked: on the first visit, and wherever a source is added."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import commands, i18n, queries, text, words
from dashboard.components import states
from dashboard.i18n import t
from errors import FengpingError
from storage.records import Brand

_FOUND = "_offered"


def panel() -> None:
    """Folded away; what is offered for a brand is asked for when it is unfolded."""
    brands = {brand.id: brand for brand in queries.brands()}
    if not brands:
        return
    with st.expander(
        t("Public places to tick"), icon=":material/checklist:", on_change="rerun", key="_offers"
    ) as folded:
        if not folded.open:
            return
        chosen = next(iter(brands))
        if len(brands) > 1:
            names = {number: text.line(brand.name, 60) for number, brand in brands.items()}
            chosen = st.selectbox(t("Brand"), list(names), format_func=lambda b: names[b], key="_offers_brand")
        _places(brands[chosen])


def _places(brand: Brand) -> None:
    try:
        new = [one for one in _found(brand) if not _listened(one, brand)]
    except FengpingError as error:
        states.refused(error)
        return
    if not new:
        st.caption(t("All of them are listened to already."))
        return
    picked = ticks(new, key=f"_offers_{brand.id}")
    if st.button(t("Add these"), disabled=not picked, icon=":material/add:", key="_offers_go"):
        try:
            with st.spinner(t("Adding …")):
                commands.add_offered(picked, brand=brand.name)
        except FengpingError as error:
            states.refused(error)
            return
        queries.forget()
        st.rerun()


def _found(brand: Brand) -> list[dict[str, Any]]:
    """What is offered for these names of a brand, asked for once a visit."""
    kept: dict[Brand, list[dict[str, Any]]] = st.session_state.setdefault(_FOUND, {})
    if brand not in kept:
        with st.spinner(t("Looking where people may speak of it …")):
            kept[brand] = commands.starter(brand.name)
    return kept[brand]


def _listened(one: dict[str, Any], brand: Brand) -> bool:
    known = (record.source for record in queries.sources())
    return any(source.url == one["url"] and (not source.brands or brand.id in source.brands) for source in known)


def ticks(offered: Sequence[dict[str, Any]], *, key: str) -> list[dict[str, Any]]:
    """The places that are ticked; what nearly every brand wants is ticked at first."""
    return [
        one
        for one in offered
        if st.checkbox(_title(one), value=bool(one.get("ticked", True)), key=f"{key}_{one['url']}", help=_why(one))
    ]


def _title(one: dict[str, Any]) -> str:
    title = text.md(one.get("title") or one.get("url"), 80)
    return f"{title} · {words.channel(str(one.get('channel') or ''))}"


def _why(one: dict[str, Any]) -> str:
    return text.md(one.get("why_zh") if i18n.language() == "zh" else one.get("why"), 200)

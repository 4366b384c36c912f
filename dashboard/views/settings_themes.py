"""The themes: names and their words, a card for each; checked before they are saved, and any change can be taken back."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboard import decisions, people, queries, text, words
from dashboard.components import cards, states
from dashboard.i18n import t
from errors import InputError

_BETWEEN = re.compile(r"[,，、;；\n]")
SHOWN = 600


def show() -> None:
    st.caption(
        t("A mention has a theme when one of its words is in the text. New mentions are read with the new lists.")
    )
    plain = queries.themes()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Add a theme"), icon=":material/add:", key="_theme_add"):
            _edit(None)
        if queries.themes_changed() and st.button(t("Back to the first set"), key="_themes_reset", type="tertiary"):
            _store(None, t("The first set of themes is back."))
    for name, body in plain.items():
        _card(name, body)


def _card(name: str, body: Mapping[str, Any]) -> None:
    labels, shown = body.get("label") or {}, words.theme(name)
    others = " · ".join(dict.fromkeys(one for one in (*map(str, labels.values()), name) if one != shown))
    with st.container(border=True, gap="xsmall", key=f"theme_{name}"):
        cards.named(shown, text.line(t(", ").join(body.get("words", [])), SHOWN), others)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(t("Edit"), key=f"_theme_edit_{name}", type="tertiary", icon=":material/edit:"):
                _edit(name)
            with st.popover(t("Delete"), icon=":material/delete:", type="tertiary", key=f"_theme_ask_{name}"):
                st.markdown(t("Delete the theme “{name}”? What was read with it keeps it.", name=text.md(shown, 60)))
                if st.button(t("Delete"), type="primary", key=f"_theme_delete_{name}"):
                    rest = {one: kept for one, kept in queries.themes().items() if one != name}
                    _store(rest, t("Theme “{name}” deleted.", name=shown))


def _edit(name: str | None) -> None:
    @st.dialog(
        t("Add a theme") if name is None else t("Edit “{theme}”", theme=text.md(words.theme(name), 60)), width="medium"
    )
    def ask() -> None:
        with states.told():
            _form(name)

    ask()


def _form(name: str | None) -> None:
    body = queries.themes().get(name or "", {})
    labels = body.get("label") or {}
    with st.form(f"theme_form_{name}", border=False):
        called = name or st.text_input(
            t("Name"), max_chars=60, placeholder="packaging", help=t("What is stored and exported.")
        )
        left, right = st.columns(2)
        zh = left.text_input("中文", value=str(labels.get("zh") or ""), max_chars=60)
        en = right.text_input("English", value=str(labels.get("en") or ""), max_chars=60)
        found = st.text_area(
            t("Words"),
            value=t(", ").join(body.get("words", [])),
            height=180,
            help=t("With commas between them, or each on a line of its own."),
        )
        if st.form_submit_button(t("Save"), type="primary"):
            _save(" ".join(called.split()), zh.strip(), en.strip(), found, new=name is None)


def _save(name: str, zh: str, en: str, given: str, *, new: bool) -> None:
    plain = dict(queries.themes())
    if new and not name:
        st.error(t("The theme needs a name."))
        return
    if new and name in plain:
        st.error(t("The theme “{name}” is there already.", name=text.md(name, 60)))
        return
    found = [one for word in _BETWEEN.split(given) if (one := " ".join(word.split())).strip("*")]
    if not found:
        st.error(t("A theme needs a word that it is known by."))
        return
    plain[name] = {"label": {"zh": zh or name, "en": en or name}, "words": found}
    _store(plain, t("Themes saved."))


def _store(plain: Mapping[str, Any] | None, said: str) -> None:
    """Checked and stored, with the way back; what is wrong is said and nothing changes."""
    before = dict(queries.themes()) if queries.themes_changed() else None
    try:
        decisions.set_themes(plain, who=people.me())
    except InputError as error:
        states.refused(error)
        return
    states.offer_undo(said, partial(decisions.set_themes, before, who=people.me()))
    st.rerun()

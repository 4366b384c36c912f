"""Brands: what is watched, and does it match what it should? A query is tried on what is stored before it is saved."""

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import commands, i18n, pages, queries, state, text
from dashboard.components import cards, states
from dashboard.i18n import t, tn
from errors import FengpingError
from storage.records import Brand

_TRIED = "_brand_tried"
SHOWN = 8


def show() -> None:
    st.title(t("Brands"), anchor=False)
    brands = queries.brands()
    counts = queries.brand_counts()
    own = [brand for brand in brands if not brand.competitor]
    said = tn("{n} brand is watched", "{n} brands are watched", len(own))
    if len(brands) > len(own):
        said += ", " + tn("{n} competitor beside it", "{n} competitors beside", len(brands) - len(own))
    cards.headline(said + ("." if i18n.language() == "en" else "。"), mood="plain")
    if st.button(t("Add a brand"), type="secondary" if brands else "primary", icon=":material/add:", key="_brand_add"):
        open_editor(None)
    if not brands:
        cards.state(t("There is no brand yet."), more=t("Name one, with every spelling people use for it."))
    for brand in brands:
        _card(brand, counts.get(brand.id, 0))


def _card(brand: Brand, mentions: int) -> None:
    with st.container(border=True, key=f"brand_{brand.id}"):
        cards.named(brand.name, _said(brand), t("competitor") if brand.competitor else "")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            pages.link(
                "mentions",
                tn("{n} mention", "{n} mentions", mentions),
                state.View(brands=(brand.id,), period="90d"),
                icon=":material/forum:",
            )
            if st.button(t("Edit"), key=f"_brand_edit_{brand.id}", type="tertiary", icon=":material/edit:"):
                open_editor(brand)
            with st.popover(t("Delete"), icon=":material/delete:", type="tertiary"):
                _ask_delete(brand, mentions)


def _said(brand: Brand) -> str:
    parts = [t("Also called {names}", names=", ".join(brand.aliases))] if brand.aliases else []
    parts += [t("not with {words}", words=", ".join(brand.excludes))] if brand.excludes else []
    parts += [t("only with {words}", words=", ".join(brand.requires))] if brand.requires else []
    return "; ".join(parts) or t("Only by its name.")


def _ask_delete(brand: Brand, mentions: int) -> None:
    st.markdown(
        t("Delete {brand}?", brand=text.md(brand.name, 60))
        + " "
        + tn(
            "{n} mention that names no other brand goes with it.",
            "{n} mentions go with it, but those that name another brand.",
            mentions,
        )
    )
    st.caption(t("Its cases and readings go, too. This cannot be undone; export first what you need."))
    sure = st.text_input(t("Write the brand's name to confirm"), key=f"_brand_sure_{brand.id}", max_chars=200)
    if st.button(t("Delete"), type="primary", disabled=sure.strip() != brand.name, key=f"_brand_delete_{brand.id}"):
        queries.delete_brand(brand.id)
        state.forget_brand(brand.id)
        st.rerun()


def open_editor(brand: Brand | None) -> None:
    st.session_state.pop(_TRIED, None)

    @st.dialog(t("Add a brand") if brand is None else t("Edit {brand}", brand=text.md(brand.name, 60)), width="large")
    def ask() -> None:
        with states.told():
            _form(brand)

    ask()


def _form(brand: Brand | None) -> None:
    key = f"_brand_{brand.id if brand else 'new'}"
    name = st.text_input(t("Name"), value=brand.name if brand else "", max_chars=200, key=f"{key}_name")
    aliases = _words(
        t("Also called"),
        brand.aliases if brand else (),
        f"{key}_aliases",
        t("Every spelling people use, in any script: 盼达, Panda, PANDA Motors."),
    )
    excludes = _words(
        t("Not when these words are there"),
        brand.excludes if brand else (),
        f"{key}_excludes",
        t("“giant panda” keeps the animal out."),
    )
    requires = _words(
        t("Only when these words are there, too"),
        brand.requires if brand else (),
        f"{key}_requires",
        t("For a name that is a common word: all of them must be in the text."),
    )
    competitor = st.toggle(t("Competitor"), value=brand.competitor if brand else False, key=f"{key}_competitor")
    wanted = Brand(brand.id if brand else 0, " ".join(name.split()), aliases, excludes, requires, competitor)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("Try it on what is stored"), key=f"{key}_try", disabled=not wanted.name, icon=":material/science:"
        ):
            st.session_state[_TRIED] = wanted
        if st.button(t("Save"), key=f"{key}_save", type="primary", disabled=not wanted.name, icon=":material/save:"):
            _save(brand, wanted)
    if st.session_state.get(_TRIED) == wanted:
        _tried(brand, wanted)


def _words(label: str, now: tuple[str, ...], key: str, help_: str) -> tuple[str, ...]:
    picked = st.multiselect(
        label,
        list(now),
        default=list(now),
        key=key,
        accept_new_options=True,
        help=help_,
        placeholder=t("Write a word, then Enter"),
    )
    return tuple(dict.fromkeys(" ".join(word.split()) for word in picked if word.strip()))


def _tried(before: Brand | None, wanted: Brand) -> None:
    """What would match among what is stored, and why; for a change, what would come and go."""
    try:
        with st.spinner(t("Trying …")):
            found = commands.try_brand(wanted, instead_of=before.id if before else None)
    except FengpingError as error:
        states.refused(error)
        return
    said = tn("{n} stored mention matches", "{n} stored mentions match", int(found.get("matched") or 0))
    st.success(
        said + (t(", of the newest {n} looked at", n=i18n.number(found["looked_at"])) if found.get("partial") else "")
    )
    if before is not None:
        st.caption(
            t("{came} would come, {went} would go.", came=i18n.number(found["came"]), went=i18n.number(found["went"]))
        )
    rows = [
        (
            text.line(one["title"] or one["text"], 110),
            t("“{alias}” is in it", alias=text.line(one["alias"], 60)),
            one["source"],
        )
        for one in found.get("mentions", [])[:SHOWN]
    ]
    if rows:
        cards.table((t("Mention"), t("Why"), t("Source")), rows)


def _save(before: Brand | None, wanted: Brand) -> None:
    try:
        with st.spinner(t("Saving, and matching what is stored …")):
            if before is None:
                commands.add_brand(wanted)
            else:
                came, went = commands.change_brand(replace(wanted, id=before.id))
                states.offer_undo(
                    t(
                        "Brand changed: {came} mentions came, {went} went.",
                        came=i18n.number(came),
                        went=i18n.number(went),
                    ),
                    partial(commands.change_brand, before),
                )
    except FengpingError as error:
        states.refused(error)
        return
    queries.forget()
    st.session_state.pop(_TRIED, None)
    st.rerun()


if __name__ == "__main__":
    show()

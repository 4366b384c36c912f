"""Brands: what is watched, and does it match what it should? A query is tried on what is stored before it is saved."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import commands, error_words, i18n, pages, queries, state, text
from dashboard.components import cards, states, steps
from dashboard.i18n import t, tn
from dashboard.views import deleted
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
        said += t("; ") + tn("{n} more is a competitor", "{n} more are competitors", len(brands) - len(own))
    if brands:
        cards.headline(said + t("."), mood="plain")
    if st.button(t("Add a brand"), type="secondary" if brands else "primary", icon=":material/add:", key="_brand_add"):
        open_editor(None)
    if not brands:
        cards.state(t("There is no brand yet."), more=t("Name one, with every spelling people use for it."))
    for brand in brands:
        _card(brand, counts.get(brand.id, 0))
    deleted.lately("brand")


def _card(brand: Brand, mentions: int) -> None:
    with st.container(border=True, gap="xsmall", key=f"brand_{brand.id}"):
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
    parts = [t("Also called {names}", names=t(", ").join(brand.aliases))] if brand.aliases else []
    parts += [t("not with {words}", words=t(", ").join(brand.excludes))] if brand.excludes else []
    parts += [t("only with {words}", words=t(", ").join(brand.requires))] if brand.requires else []
    return t("; ").join(parts) or t("Only by its name.")


def _ask_delete(brand: Brand, mentions: int) -> None:
    goes = tn(
        "{n} mention that names no other brand goes with it.",
        "{n} mentions go with it, but those that name another brand.",
        mentions,
    )
    too = t("Its cases go, too, and a source that listens for it alone is paused.")
    st.markdown(i18n.joined(t("Delete {brand}?", brand=text.md(brand.name, 60)), goes, too))
    st.caption(deleted.kept())
    sure = st.text_input(t("Write the brand's name to confirm"), key=f"_brand_sure_{brand.id}", max_chars=200)
    wanted = st.button(
        t("Delete"), type="primary", disabled=sure.strip() != brand.name, key=f"_brand_delete_{brand.id}"
    )
    if wanted and deleted.delete("brand", brand.id, t("Brand “{name}” deleted.", name=brand.name)):
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
    live = _live_sources(f"{key}_live")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Try it"), key=f"{key}_try", disabled=not wanted.name, icon=":material/science:"):
            _try(brand, wanted, live)
        if st.button(t("Save"), key=f"{key}_save", type="primary", disabled=not wanted.name, icon=":material/save:"):
            _save(brand, wanted)
    tried: tuple[Brand, dict[str, Any]] | None = st.session_state.get(_TRIED)
    if tried and tried[0] == wanted:
        _tried(tried[1], change=brand is not None)


def _live_sources(key: str) -> list[int]:
    """Sources to ask now besides looking through what is stored; a few, since each is waited for."""
    sources = {one.source.id: one.source for one in queries.sources() if one.source.url.startswith("http")}
    if not sources:
        return []
    return st.multiselect(
        t("Try it also on what these sources give now"),
        [number for number, one in sources.items() if one.kind != "inbox"],
        format_func=lambda n: text.line(sources[n].title or text.shown_address(sources[n].url), 60),
        max_selections=3,
        placeholder=t("Only on what is stored"),
        key=key,
    )


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


def _try(before: Brand | None, wanted: Brand, live: list[int]) -> None:
    st.session_state.pop(_TRIED, None)
    try:
        with st.spinner(t("Trying …")):
            found = commands.try_brand(wanted, instead_of=before.id if before else None, sources=live)
            st.session_state[_TRIED] = (wanted, found)
    except FengpingError as error:
        states.refused(error)


def _tried(found: dict[str, Any], *, change: bool) -> None:
    """What would match among what is stored, and why; for a change, what would come and go; then each source asked."""
    said = tn("{n} stored mention matches", "{n} stored mentions match", int(found.get("matched") or 0))
    st.success(
        said + (t(", of the newest {n} looked at", n=i18n.number(found["looked_at"])) if found.get("partial") else "")
    )
    if change:
        _diff(found)
    _examples(found["mentions"])
    _examples(found["near"], t("Named, and yet kept out"))
    for live in found["live"]:
        _live(live)


def _diff(found: dict[str, Any]) -> None:
    came, went = int(found["came"]), int(found["went"])
    said = t("{came} would come, {went} would go.", came=i18n.number(came), went=i18n.number(went))
    if went:
        aside = t("What goes is kept aside for 30 days, and comes back if the brand names it again.")
        said = i18n.joined(said, aside)
    st.caption(said)
    _examples(found["came_mentions"], t("Would come"))
    _examples(found["went_mentions"], t("Would go"))


def _live(live: dict[str, Any]) -> None:
    name = text.md(live["source"], 80)
    if live["last_error"]:
        st.error(f"{name}: {text.md(error_words.in_words(live['last_error']), 300)}", icon=":material/error:")
        return
    entries = tn("{n} entry", "{n} entries", int(live["entries"]))
    st.success(t("{source} now: {n} of {entries} match", source=name, n=i18n.number(live["matched"]), entries=entries))
    _examples(live["mentions"])
    _examples(live["near"], t("Named, and yet kept out"))


def _examples(found: list[dict[str, Any]], title: str = "") -> None:
    rows = [(text.line(one["title"] or one["text"], 110), _why(one), text.line(one["source"], 60)) for one in found]
    if not rows:
        return
    if title:
        st.markdown(f"**{title}**")
    cards.table((t("Mention"), t("Why"), t("Source")), rows[:SHOWN])


def _why(one: dict[str, Any]) -> str:
    if not one["alias"]:
        return t("none of its names is in it")
    alias, around = text.line(one["alias"], 60), text.line(one["around"], 140)
    if one["excluded_by"]:
        word = text.line(one["excluded_by"], 60)
        return t("“{alias}” is in it, and “{word}” keeps it out", alias=alias, word=word)
    if one["missing"]:
        words = text.line(t(", ").join(one["missing"]), 100)
        return t("“{alias}” is in it, but not “{words}”", alias=alias, words=words)
    return t("“{alias}” in “… {around} …”", alias=alias, around=around)


def _save(before: Brand | None, wanted: Brand) -> None:
    try:
        if before is None:
            with st.spinner(t("Saving …")):
                commands.add_brand(wanted)
        else:
            with steps.followed(t("Saving, and matching what is stored …")) as told:
                came, went = commands.change_brand(replace(wanted, id=before.id), told)
            said = tn(
                "Brand changed: {n} mention came, {went} went.",
                "Brand changed: {n} mentions came, {went} went.",
                came,
                went=i18n.number(went),
            )
            states.offer_undo(said, partial(take_back, before))
    except FengpingError as error:
        states.refused(error)
        return
    queries.forget()
    st.session_state.pop(_TRIED, None)
    st.rerun()


def take_back(before: Brand) -> None:
    """The old words again: what the change sent away comes back as it was, with what people said of it."""
    with steps.followed(t("Bringing it back …")) as told:
        commands.change_brand(before, told)
    queries.forget()


if __name__ == "__main__":
    show()

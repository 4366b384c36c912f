"""The filters a page offers, drawn from the view of the URL and written back to it.

Widgets have fixed keys, so that a list stays open while several are picked; whenever the view came from elsewhere (a
link, a chart, another page) it is pushed into them before they are drawn.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from dashboard import i18n, queries, state, text, words
from dashboard.i18n import t
from dashboard.state import CUSTOM, PERIODS, View
from storage.records import CHANNELS, SENTIMENTS

READ, UNREAD = SENTIMENTS[:4], SENTIMENTS[4:]
_SHOWN, _UNFOLDED = "_filters_shown", "_filters_unfolded"


def asked() -> View:
    """The view of the address. Brands that are gone are left out, and that is said: they would show as "all"."""
    view, known = state.current(), {brand.id for brand in queries.brands()}
    kept = tuple(brand for brand in view.brands if brand in known)
    if kept == view.brands:
        return view
    st.warning(t("A brand of this address is no longer there; it is left out."), icon=":material/search_off:")
    view = replace(view, brands=kept)
    state.put(view)  # said once: other pages, and a reload, show what this one shows
    return view


def draw(view: View, *, narrowing: bool = False) -> None:
    """Brand and period; with `narrowing` everything else a mention can be chosen by, folded away on a small screen."""
    _scope(view)
    if narrowing:
        unfolded = bool(st.session_state.get(_UNFOLDED))
        with st.container(key="fold-filters"):  # the style sheet shows it on small screens alone
            st.button(
                t("Search and filter") + (t(" ({n})", n=view.narrowed) if view.narrowed else ""),
                icon=":material/expand_less:" if unfolded else ":material/expand_more:",
                key="_fold_filters",
                on_click=_fold,
                width="stretch",
            )
        _narrow(view, "narrow" if unfolded else "narrow-folded")
    st.session_state[_SHOWN] = view


def _fold() -> None:
    st.session_state[_UNFOLDED] = not st.session_state.get(_UNFOLDED)


def _scope(view: View) -> None:
    brands = {brand.id: text.line(brand.name, 60) for brand in queries.brands()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="scope"):
        st.multiselect(
            t("Brand"),
            list(brands),
            format_func=lambda brand: brands.get(brand, "?"),
            placeholder=t("All brands"),
            width=300,
            wrap=True,
            **_bound(view, "brands", [b for b in view.brands if b in brands]),
        )
        st.segmented_control(
            t("Period"),
            [*PERIODS, CUSTOM],
            required=True,
            format_func=words.period,
            **_bound(view, "period", view.period, write=_set_period),
        )
        if view.period == CUSTOM:
            first, last = _days(view)
            st.date_input(
                t("From and to"),
                format="YYYY-MM-DD",
                width=230,
                **_bound(view, "dates", (first, last), write=_set_dates),
            )


def _days(view: View) -> tuple[Any, Any]:
    zone = i18n.zone()
    since, until = view.span(datetime.now(UTC), zone)
    return since.astimezone(zone).date(), (until - timedelta(seconds=1)).astimezone(zone).date()


def _set_period(view: View, value: Any) -> View:
    if value == CUSTOM:
        return view.at(*view.span(datetime.now(UTC), i18n.zone()))
    return replace(view, period=str(value), since=None, until=None)


def _set_dates(view: View, value: Any) -> View:
    if not isinstance(value, tuple) or len(value) != 2:
        return view  # the second day is still to be picked
    zone = i18n.zone()
    since, until = (datetime.combine(day, time(), zone) for day in (value[0], value[1] + timedelta(days=1)))
    return view.at(since.astimezone(UTC), until.astimezone(UTC))


def _narrow(view: View, key: str) -> None:
    """The rarer ones are in a list of their own."""
    label = t("Filters") if not view.narrowed else t("Filters ({n})", n=view.narrowed)
    with st.container(horizontal=True, vertical_alignment="bottom", key=key):
        st.text_input(
            t("Search the text"),
            max_chars=200,
            width=300,
            icon=":material/search:",
            placeholder=t("Words, in any script"),
            **_bound(
                view, "query", view.query, write=lambda view, value: replace(view, query=str(value or "").strip())
            ),
        )
        st.pills(
            t("Sentiment"),
            READ,
            selection_mode="multi",
            format_func=words.sentiment,
            **_bound(view, "sentiments", [s for s in view.sentiments if s in READ], write=_set_sentiments(READ)),
        )
        with st.popover(label, icon=":material/filter_list:"):
            _more(view)
        if view.narrowed:
            st.button(t("Clear filters"), type="tertiary", key="_clear", on_click=_clear)
        st.toggle(t("Fold copies"), **_bound(view, "fold", view.fold))


def _more(view: View) -> None:
    _lists(view)
    st.pills(
        t("Reading"),
        UNREAD,
        selection_mode="multi",
        format_func=words.sentiment,
        **_bound(view, "unread", [s for s in view.sentiments if s in UNREAD], write=_set_sentiments(UNREAD)),
    )
    _flagged(view)
    st.text_input(t("Author"), max_chars=200, **_bound(view, "author", view.author or "", write=_set_author))


def _lists(view: View) -> None:
    sources = {record.source.id: text.line(record.source.name, 60) for record in queries.sources()}
    themes = list(dict.fromkeys((*queries.theme_labels(i18n.language()), *view.themes)))
    choices: tuple[tuple[str, str, list[Any], Callable[[Any], str]], ...] = (
        ("channels", t("Channel"), list(CHANNELS), words.channel),
        ("sources", t("Source"), list(sources), lambda source: sources.get(source, "?")),
        ("langs", t("Language"), list(state.LANGS), words.lang),
        ("themes", t("Theme"), themes, lambda name: text.line(words.theme(name), 60)),
    )
    for field, label, options, say in choices:
        shown = [value for value in getattr(view, field) if value in options]
        st.multiselect(label, options, format_func=say, placeholder=t("Any"), **_bound(view, field, shown))


def _flagged(view: View) -> None:
    names = {"any": t("Any"), "yes": t("Flagged"), "no": t("Not flagged")}  # None would be nothing chosen
    chosen = {"any": None, "yes": True, "no": False}
    now = next(name for name, value in chosen.items() if value is view.flagged)
    bound = _bound(view, "flagged", now, write=lambda view, name: replace(view, flagged=chosen[name]))
    st.radio(t("Flag"), list(names), horizontal=True, format_func=lambda value: names[value], **bound)


def _set_author(view: View, value: Any) -> View:
    return replace(view, author=str(value or "").strip() or None)


def _set_sentiments(own: tuple[str, ...]) -> Callable[[View, Any], View]:
    def write(view: View, value: Any) -> View:
        kept = {s for s in view.sentiments if s not in own} | set(value or ())
        return replace(view, sentiments=tuple(s for s in SENTIMENTS if s in kept))

    return write


def _clear() -> None:
    view = state.current()
    _put(View(brands=view.brands, period=view.period, since=view.since, until=view.until, fold=view.fold))


def in_words(view: View) -> list[str]:
    """What narrows the view beyond brand and period, for a line above a list and the name of an export."""
    said = [words.sentiment(s) for s in view.sentiments] + [words.channel(c) for c in view.channels]
    said += [words.lang(lang) for lang in view.langs] + [words.theme(name) for name in view.themes]
    titles = {record.source.id: record.source.name for record in queries.sources()} if view.sources else {}
    said += [str(titles.get(source, source)) for source in view.sources]
    if view.query:
        said.append(f"“{view.query}”")
    if view.flagged is not None:
        said.append(t("Flagged") if view.flagged else t("Not flagged"))
    if view.author:
        said.append(t("author {name}", name=view.author))
    if view.case_id is not None:
        said.append(t("case {id}", id=view.case_id))
    if view.copy_group is not None:
        said.append(t("copies of one text"))
    return said


def _bound(view: View, field: str, value: Any, *, write: Callable[[View, Any], View] | None = None) -> dict[str, Any]:
    """Key, callback and state of a widget that shows `value` and writes a change of it into the view."""
    key = f"f_{field}"
    if key not in st.session_state or st.session_state.get(_SHOWN) != view:
        st.session_state[key] = value
    return {"key": key, "on_change": _from_widget, "args": (key, write or _writer(field))}


def _writer(field: str) -> Callable[[View, Any], View]:
    def write(view: View, value: Any) -> View:
        return replace(view, **{field: tuple(value) if isinstance(value, list) else value})

    return write


def _from_widget(key: str, write: Callable[[View, Any], View]) -> None:
    _put(write(state.current(), st.session_state[key]))


def _put(view: View) -> None:
    """The widgets show this view already; lists begin at their first page again."""
    state.put(view)
    st.session_state[_SHOWN] = view
    st.session_state.pop("_pages_back", None)

"""Mentions: which ones exactly? Filters, a list to read, one in detail, and an export of exactly what is shown."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import decisions, i18n, pages, people, queries, state, text
from dashboard.components import cards, filters, states
from dashboard.i18n import t, tn
from dashboard.state import View
from dashboard.views import case_by_hand, export_panel, mention_pane
from storage.records import Cursor, Figures, MentionFilter, MentionPage, MentionRow

PAGE_SIZE = 25
_BACK, _TURNS = "_pages_back", "_pages_turned"
_PICKED = "pick_"


def show() -> None:
    now = datetime.now(UTC)
    st.title(t("Mentions"), anchor=False)
    if not queries.brands():
        cards.state(t("There is no brand yet."), more=t("Mentions are what people say of a brand: name one first."))
        pages.link("overview", t("Begin"), icon=":material/arrow_forward:")
        return
    view, opened = filters.asked(), mention_pane.asked_for()
    filters.draw(view, narrowing=True)
    asked = view.filter(now, i18n.zone())
    figures = queries.figures(asked)
    cards.headline(_sentence(view, figures.total), why=_why(figures), mood="plain")
    if figures.total == 0:
        _empty(view)
    else:
        page = queries.page(asked, after=_cursor(), limit=PAGE_SIZE, fold=view.fold)
        _tools(view, asked, figures.total, page)
        _list(page, view, len(queries.brands()) > 1 and len(view.brands) != 1, now)
        _turn(page)
    if opened is not None:
        mention_pane.open_(opened, state.id_param("of"), view)


def _sentence(view: View, total: int) -> str:
    said = filters.in_words(view)
    what = tn("{n} mention", "{n} mentions", total)
    return t("{name}: {what}", name=what, what=t(", ").join(said)) if said else what


def _why(figures: Figures) -> str:
    if not figures.read:
        return t("None of them is read yet.") if figures.total else ""
    read = t("{share} negative of {n} read", share=i18n.share(figures.negative_share), n=i18n.number(figures.read))
    unread = tn("{n} not read yet", "{n} not read yet", figures.unread) if figures.unread else ""
    return t(", ").join(part for part in (read, unread) if part)


def _empty(view: View) -> None:
    if view.narrowed:
        cards.state(t("No mention fits these filters."), more=t("Take one away, or choose a longer period."))
        if st.button(t("Clear filters"), type="primary", key="_clear_empty"):
            state.put(View(brands=view.brands, period=view.period, since=view.since, until=view.until))
            st.rerun()
        _ring_on(view)
    else:
        cards.state(t("No mentions in this period."), more=t("Choose a longer period, or add sources to hear more."))
        pages.link("sources", t("Sources"), icon=":material/rss_feed:")


def _tools(view: View, asked: MentionFilter, total: int, page: MentionPage) -> None:
    """What can be done with what is ticked, and with all that is shown."""
    picked = [row for row in page.rows if st.session_state.get(f"{_PICKED}{row.id}_{row.brand_id}")]
    with st.container(horizontal=True, vertical_alignment="center", key="tools"):
        st.checkbox(t("Select all on this page"), key="pick_all", on_change=_pick_all, args=(page.rows,))
        _bulk(view, picked)
        st.space("stretch")
        _ring_on(view)
        with st.popover(t("Export"), icon=":material/download:", key="export"):
            export_panel.show(view, asked, total)


def _bulk(view: View, picked: list[MentionRow]) -> None:
    """A small screen shows these when something is ticked."""
    with st.container(
        horizontal=True, vertical_alignment="center", width="content", key="bulk" if picked else "bulk-idle"
    ):
        for label, on, icon in (
            (t("Flag"), True, ":material/flag:"),
            (t("Remove flag"), False, ":material/outlined_flag:"),
        ):
            st.button(
                label,
                icon=icon,
                key=f"_bulk_{on}",
                disabled=not picked,
                on_click=_flag,
                args=(tuple({row.id: row.flagged for row in picked}.items()), on),
            )
        with st.popover(t("Open a case"), icon=":material/add_alert:", disabled=not picked, key="open-case"):
            if picked:
                case_by_hand.show(picked, _untick)
        if view.case_id is not None:
            st.button(
                t("Take out of case {id}", id=view.case_id),
                icon=":material/playlist_remove:",
                key="_take_out",
                disabled=not picked,
                on_click=case_by_hand.take_out,
                args=(view.case_id, tuple(row.id for row in picked), _untick),
            )
        if picked:
            st.caption(tn("{n} selected", "{n} selected", len(picked)), width="content")


def _ring_on(view: View) -> None:
    """From a search to a rule that listens for it."""
    pages.link("rules", t("Ring on this"), view, icon=":material/notification_add:", rule="new")


def _pick_all(rows: tuple[MentionRow, ...]) -> None:
    for row in rows:
        st.session_state[f"{_PICKED}{row.id}_{row.brand_id}"] = st.session_state["pick_all"]


@states.tried
def _flag(picked: tuple[tuple[int, bool], ...], on: bool) -> None:
    """Undoing leaves alone what was so already."""
    ids = tuple(number for number, _ in picked)
    changed = tuple(number for number, flagged in picked if flagged != on)
    decisions.flag(ids, on, who=people.me())
    said = (
        tn("{n} mention flagged.", "{n} mentions flagged.", len(ids))
        if on
        else tn("Flag removed from {n} mention.", "Flag removed from {n} mentions.", len(ids))
    )
    states.offer_undo(said, lambda: decisions.flag(changed, not on, who=people.me()))
    _untick()


def _untick() -> None:
    for key in [key for key in st.session_state if str(key).startswith(_PICKED)]:
        st.session_state[key] = False


def _list(page: MentionPage, view: View, many: bool, now: datetime) -> None:
    for row in page.rows:
        key = f"{row.id}_{row.brand_id}"
        with st.container(border=True, horizontal=True, gap="small", key=f"row_{key}", wrap=False):
            st.checkbox(t("Select"), key=f"{_PICKED}{key}", label_visibility="collapsed", width="content")
            with st.container(gap="xsmall"):
                cards.mention(row, now=now, show_brand=many, searched=view.searched)
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.button(
                        t("Details"),
                        key=f"open_{key}",
                        type="tertiary",
                        icon=":material/right_panel_open:",
                        on_click=_open,
                        args=(row.id, row.brand_id),
                    )
                    if row.copies > 1 and row.copy_group is not None:
                        st.button(
                            tn("{n} copy", "{n} copies", row.copies),
                            key=f"copies_{key}",
                            type="tertiary",
                            icon=":material/content_copy:",
                            on_click=_copies,
                            args=(row,),
                        )
                    if href := text.link(row.url):
                        st.link_button(t("Original"), href, type="tertiary", icon=":material/open_in_new:")


def _copies(row: MentionRow) -> None:
    state.put(View(brands=(row.brand_id,), copy_group=row.copy_group, fold=False))


def _open(mention_id: int, brand_id: int) -> None:
    state.set_param("mention", mention_id)
    state.set_param("of", brand_id)


def _cursor() -> Cursor | None:
    """Where the page before ended: `after=2026-11-21T10:05:00Z_12_3`."""
    parts = (state.param("after") or "").split("_")
    try:
        when = datetime.fromisoformat(parts[0])
        return Cursor(when.astimezone(UTC), int(parts[1]), int(parts[2]))
    except (ValueError, IndexError, OverflowError):
        return None


def _turn(page: MentionPage) -> None:
    back: list[str | None] = st.session_state.setdefault(_BACK, [])
    if turns := st.session_state.get(_TURNS):
        cards.to_top(turns)
    with st.container(horizontal=True, horizontal_alignment="center", key="turn"):
        if _cursor() is not None:
            st.button(t("Newer"), icon=":material/chevron_left:", key="_newer", on_click=_turn_back)
        if page.next is not None:
            after = f"{page.next.published_at.isoformat()}_{page.next.mention_id}_{page.next.brand_id}"
            st.button(
                t("Older"),
                icon=":material/chevron_right:",
                icon_position="right",
                key="_older",
                on_click=_turn_on,
                args=(after,),
            )
        elif back or _cursor() is not None:
            st.caption(t("The oldest of this list."))


def _turn_on(after: str) -> None:
    st.session_state.setdefault(_BACK, []).append(state.param("after"))
    _turn_to(after)


def _turn_back() -> None:
    back = st.session_state.get(_BACK) or [None]
    _turn_to(back.pop())


def _turn_to(after: str | None) -> None:
    state.set_param("after", after)
    st.session_state[_TURNS] = st.session_state.get(_TURNS, 0) + 1


if __name__ == "__main__":
    show()

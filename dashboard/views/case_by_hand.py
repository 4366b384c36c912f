"""Cases from what people ticked: a new one, or one that is open already; and taking mentions out of a case again."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from analyzers.rules import LEVELS
from dashboard import decisions, pages, people, queries, text, words
from dashboard.components import states
from dashboard.i18n import t, tn
from errors import FengpingError
from storage.records import CaseRecord, MentionRow


def show(picked: Sequence[MentionRow], untick: Callable[[], None]) -> None:
    """Title, level and owner of a new case, or the open case that the ticked mentions belong to."""
    brand_id = _brand(picked)
    ids = tuple(dict.fromkeys(row.id for row in picked if row.brand_id == brand_id))
    open_ones = {one.id: one for one in queries.cases(status=("open", "acknowledged"), brands=(brand_id,))}
    chosen = None
    if open_ones:
        chosen = st.selectbox(
            t("Case"),
            [None, *open_ones],
            format_func=lambda one: t("a new case") if one is None else _named(open_ones[one]),
            key=f"_case_of_{brand_id}",
        )
    if chosen is None:
        _new(brand_id, ids)
    else:
        label = tn("Add {n} mention", "Add {n} mentions", len(ids))
        st.button(label, type="primary", key="_case_add", on_click=_add, args=(chosen, ids, untick))


def _brand(picked: Sequence[MentionRow]) -> int:
    """A case is about one brand: where several were ticked, which."""
    brands = {row.brand_id: row.brand for row in picked}
    if len(brands) == 1:
        return picked[0].brand_id
    return int(
        st.radio(t("Brand"), list(brands), format_func=lambda b: text.md(brands[b], 40), horizontal=True, key="_case_b")
    )


def _named(case: CaseRecord) -> str:
    return text.line(f"{case.id} · {words.level(case.level)} · {case.title}", 80)


def _new(brand_id: int, ids: tuple[int, ...]) -> None:
    with st.form("_case_new", border=False):
        title = st.text_input(t("Title"), max_chars=120, placeholder=t("What is it about?"))
        level = st.segmented_control(t("Level"), LEVELS, default=LEVELS[1], required=True, format_func=words.level)
        owner = st.text_input(t("Owner"), value=people.me(), max_chars=60)
        st.caption(t("Everybody who takes this level is told within a minute or so."))
        if not st.form_submit_button(
            tn("Open with {n} mention", "Open with {n} mentions", len(ids)), type="primary", icon=":material/add_alert:"
        ):
            return
    if not title.strip():
        st.error(t("A case needs a title."))
        return
    try:
        opened = decisions.open_case(
            brand_id, title.strip(), level=str(level), owner=owner.strip(), mention_ids=ids, who=people.me()
        )
    except FengpingError as error:
        states.refused(error)
        return
    pages.go("cases", case=opened)


@states.tried
def _add(case_id: int, ids: tuple[int, ...], untick: Callable[[], None]) -> None:
    fresh = tuple(one for one in ids if one not in set(queries.case_mention_ids(case_id)))
    decisions.add_to_case(case_id, fresh, who=people.me())
    states.offer_undo(
        tn("{n} mention added to case {id}.", "{n} mentions added to case {id}.", len(fresh), id=case_id),
        partial(decisions.take_from_case, case_id, fresh, who=people.me()),
    )
    untick()


@states.tried
def take_out(case_id: int, ids: tuple[int, ...], untick: Callable[[], None]) -> None:
    """A callback: what a rule counted stays in the rule's figures, and comes back only by a person."""
    decisions.take_from_case(case_id, ids, who=people.me())
    states.offer_undo(
        tn("{n} mention taken out of case {id}.", "{n} mentions taken out of case {id}.", len(ids), id=case_id),
        partial(decisions.add_to_case, case_id, ids, who=people.me()),
    )
    untick()

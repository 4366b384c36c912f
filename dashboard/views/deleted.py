"""Deleting a brand or a source, and what was deleted lately, with the way back: 30 days, however often the page was left."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import commands, i18n, queries, text
from dashboard.components import states, steps
from dashboard.i18n import t, tn
from errors import FengpingError
from storage.set_aside import KEPT


def kept() -> str:
    """How long it can be brought back, as a confirmation says it."""
    return t(
        "What is deleted is kept for {n} days: until then it can be brought back here, with notes, flags, corrections and cases.",
        n=KEPT.days,
    )


def delete(what: str, number: int, said: str) -> bool:
    """Delete, telling how far it is, and offer the way back. False when it failed, which is said."""
    try:
        with steps.followed(t("Deleting …")) as told:
            commands.remove(what, number, told)
    except FengpingError as error:
        states.refused(error)
        return False
    queries.forget()
    states.offer_undo(said, partial(bring_back, what, number))
    return True


def bring_back(what: str, number: int) -> None:
    try:
        with steps.followed(t("Bringing it back …")) as told:
            commands.restore(what, number, told)
    finally:
        queries.forget()


def lately(what: str) -> None:
    """What was deleted and is still kept, each with a button that brings it back."""
    found = queries.deleted(what)
    if not found:
        return
    now = datetime.now(UTC)
    with st.expander(t("Deleted in the last {n} days", n=KEPT.days), icon=":material/delete_history:"):
        for one in found:
            with st.container(horizontal=True, vertical_alignment="center", key=f"deleted_{what}_{one.id}"):
                mentions = tn("{n} mention", "{n} mentions", one.mentions)
                st.markdown(f"**{text.md(one.name, 80)}** · {mentions} · {i18n.ago(one.at, now)}")
                if st.button(t("Bring back"), key=f"_restore_{what}_{one.id}", icon=":material/undo:"):
                    _restore(what, one.id)


def _restore(what: str, number: int) -> None:
    try:
        bring_back(what, number)
    except FengpingError as error:  # its name or address is another's by now
        states.refused(error)
    else:
        st.rerun()

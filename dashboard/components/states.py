"""States every page shares: failed, empty, a note after an act that can be undone."""

import functools
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from dashboard import error_words, i18n, text
from dashboard.components import cards
from dashboard.i18n import t
from errors import FengpingError, NewerSchema, StorageBusy, StorageError, StorageFull

log = logging.getLogger("fengping.dashboard")
P = ParamSpec("P")
_SINCE = "_failing_since"
_UNDO = "_undo"
_REFUSED = "_refused"


@contextmanager
def told() -> Iterator[None]:
    """A failing store is said in words: what, since when, what to do; so is what cannot be done. A bug is said, and raised."""
    try:
        yield
    except StorageError as error:
        since = st.session_state.setdefault(_SINCE, datetime.now(UTC))
        log.warning("store: %s", error)
        cards.state(
            _what(error),
            more=t("Since {time}. {advice}", time=i18n.moment(since), advice=_advice(error)),
        )
        st.text(text.line(error_words.in_words(str(error)), 300))
        if st.button(t("Try again"), type="primary", key="_retry"):
            st.cache_data.clear()
            st.cache_resource.clear()
            st.rerun()
    except FengpingError as error:  # what is asked for is gone by now, as two people at once can have it
        refused(error)
    except Exception as error:
        _fault(error)
        raise
    else:
        st.session_state.pop(_SINCE, None)


def _fault(error: Exception) -> None:
    """Words of ours in place of Streamlit's box, which speaks English and of its cloud; a line for `up` to log."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__}: {error} at {Path(place.filename).name}:{place.lineno}"
    print(text.line(f"fengping: the dashboard: a fault of ours, {where}", 500), file=sys.stderr, flush=True)
    cards.state(
        t("This part cannot be shown: a fault of ours."),
        more=t("What is stored is safe, and the other pages work. fengping.log in the data folder says more."),
    )
    cards.hide_exceptions()


def guarded(part: Callable[P, None]) -> Callable[P, None]:
    """`told` around a fragment, which runs without the page."""

    @functools.wraps(part)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with told():
            part(*args, **kwargs)

    return run


def tried(act: Callable[P, object]) -> Callable[P, None]:
    """A widget's callback. It runs before the page, where nothing can be drawn: what fails is told at the page's top."""

    @functools.wraps(act)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except FengpingError as error:
            st.session_state[_REFUSED] = error

    return run


def refused(error: FengpingError) -> None:
    """What someone gave was wrong, or an act failed: one sentence, as an alert."""
    st.error(text.md(error_words.in_words(str(error)), 400), icon=":material/error:")


def _what(error: StorageError) -> str:
    if isinstance(error, StorageBusy):
        return t("The store is busy: another process holds it.")
    if isinstance(error, StorageFull):
        return t("The disk is full: nothing can be stored.")
    if isinstance(error, NewerSchema):
        return t("The store was written by a newer Fengping.")
    return t("The store cannot be read.")


def _advice(error: StorageError) -> str:
    if isinstance(error, StorageBusy):
        return t("It usually frees itself within a minute; this page tries again when you do.")
    if isinstance(error, StorageFull):
        return t("Free some space, then try again. What was stored is safe.")
    if isinstance(error, NewerSchema):
        return t("Update Fengping, then open this page again.")
    return t("Start Fengping with `fengping up`, which prepares the store; `fengping doctor` says more.")


@dataclass(frozen=True)
class Undo:
    """What was done, in words, and how to take it back."""

    said: str
    back: Callable[[], object]


def offer_undo(said: str, back: Callable[[], object]) -> None:
    """Remember an act until the next one; `undo_bar` shows it."""
    st.session_state[_UNDO] = Undo(said, back)


def undo_bar(place: str = "page") -> None:
    """One line at the top of what is looked at: what was just done, and a button that takes it back; or what failed."""
    if (error := st.session_state.pop(_REFUSED, None)) is not None:
        with st.container(key=f"undo-bar-{place}"):
            refused(error)
        return
    undo = st.session_state.get(_UNDO)
    if undo is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"undo-bar-{place}", wrap=False):
        st.success(text.md(undo.said, 200), icon=":material/check:")
        wanted = st.button(t("Undo"), key=f"_undo_{place}", icon=":material/undo:")
        if st.button(t("Close"), key=f"_undo_close_{place}", type="tertiary"):
            st.session_state.pop(_UNDO)
            st.rerun()
    if wanted:  # below the bar: what takes a while says here how far it is
        _take_back(undo)


def _take_back(undo: Undo) -> None:
    st.session_state.pop(_UNDO)
    try:
        with st.spinner(t("Taking it back …")):
            undo.back()
    except FengpingError as error:  # a name is taken by now, or what it belonged to is gone
        refused(error)
    else:
        st.rerun()

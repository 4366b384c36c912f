"""What people do with a case: own it, acknowledge, assign, note, snooze, record the response, resolve. All in its log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard import decisions, i18n, people, queries, words
from dashboard.components import cards, states
from dashboard.i18n import t
from storage.records import CaseRecord

VERDICTS = ("real", "campaign", "noise", "source_fault")
_DONE = "_case_done"
SNOOZES = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24), timedelta(days=3))


def show(case: CaseRecord, now: datetime) -> None:
    done = queries.acts(case.id)  # a popover closes when something was done, not when the monitor wrote in the log
    _acts(case, now, done)
    before, st.session_state[_DONE] = st.session_state.get(_DONE), (case.id, done)
    if before and before[0] == case.id and before[1] != done:
        cards.focus_acts(done)


def _acts(case: CaseRecord, now: datetime, done: int) -> None:
    with st.container(horizontal=True, key="case-acts", gap="small"):
        if case.status == "open":
            st.button(
                t("Acknowledge"),
                type="primary",
                icon=":material/check:",
                key="_acknowledge",
                on_click=states.tried(partial(decisions.acknowledge, case.id, who=people.me())),
            )
        if case.owner != people.me() and case.status != "resolved":
            st.button(
                t("I take it"),
                icon=":material/person_raised_hand:",
                key="_take",
                on_click=states.tried(partial(decisions.assign, case.id, owner=people.me(), who=people.me())),
            )
        with st.popover(t("Owner"), icon=":material/person:", key=f"_ask_owner_{done}"):
            _owner(case)
        with st.popover(t("Note"), icon=":material/edit_note:", key=f"_ask_note_{done}"):
            _note(case, done)
        if case.status == "resolved":
            st.button(
                t("Open again"),
                icon=":material/undo:",
                key="_reopen",
                on_click=states.tried(partial(decisions.reopen, case.id, who=people.me())),
            )
            return
        with st.popover(t("Snooze"), icon=":material/snooze:", key=f"_ask_snooze_{done}"):
            _snooze(case, now)
        with st.popover(t("Record response"), icon=":material/reply:", key=f"_ask_response_{done}"):
            _respond(case)
        with st.popover(t("Resolve"), icon=":material/task_alt:", key=f"_ask_resolve_{done}"):
            _resolve(case)


def _do(act: Callable[..., object], *args: object, **options: object) -> None:
    """What a form asked for; then the page is drawn anew, with what came of it or why not."""
    states.tried(act)(*args, **options)
    st.rerun()


def _owner(case: CaseRecord) -> None:
    with st.form(f"owner_{case.id}", border=False):
        owner = st.text_input(t("Owner"), value=case.owner or people.me(), max_chars=60)
        department = st.text_input(t("Department"), value=case.department or "", max_chars=60)
        if st.form_submit_button(t("Assign"), type="primary"):
            _do(decisions.assign, case.id, owner=owner.strip(), department=department.strip(), who=people.me())


def _note(case: CaseRecord, done: int) -> None:
    """A note that could not be saved stays to be saved again."""
    with st.form(f"note_{case.id}_{done}", border=False):
        note = st.text_area(t("Note"), max_chars=4000, height=110, placeholder=t("What should the next person know?"))
        if st.form_submit_button(t("Save note"), type="primary") and note.strip():
            _do(decisions.case_note, case.id, note.strip(), who=people.me())


def _snooze(case: CaseRecord, now: datetime) -> None:
    st.caption(t("No reminders until then. A higher level rings all the same."))
    for span in SNOOZES:
        st.button(
            i18n.duration(span),
            key=f"_snooze_{span}",
            width="stretch",
            on_click=_snooze_for,
            args=(case.id, span),
        )
    if case.snoozed_until and case.snoozed_until > now:
        st.button(
            t("Wake it now"),
            key="_wake",
            width="stretch",
            on_click=states.tried(partial(decisions.snooze, case.id, until=None, who=people.me())),
        )


@states.tried
def _snooze_for(case_id: int, span: timedelta) -> None:
    """From the click on: the page may have stood there for hours."""
    decisions.snooze(case_id, until=datetime.now(UTC) + span, who=people.me())


def _respond(case: CaseRecord) -> None:
    with st.form(f"respond_{case.id}", border=False):
        before = case.response or {}
        said = st.text_area(t("What was said"), str(before.get("said") or ""), max_chars=4000, height=110)
        where = st.text_input(
            t("Where"),
            str(before.get("where") or ""),
            max_chars=200,
            placeholder=t("Weibo, a press release, a reply in the shop …"),
        )
        at = (
            None
            if case.responded_at
            else st.datetime_input(t("When, if not just now"), None, format="YYYY-MM-DD", step=300)
        )
        if st.form_submit_button(t("Record"), type="primary"):
            if not said.strip():
                st.error(t("Say what was answered."))
                return
            when = at.replace(tzinfo=i18n.zone()) if at else None
            _do(decisions.respond, case.id, said=said.strip(), where=where.strip(), at=when, who=people.me())


def _resolve(case: CaseRecord) -> None:
    help_ = {
        "real": t("People were really unhappy."),
        "campaign": t("Our own or somebody's campaign."),
        "noise": t("Nothing of note; it should not have rung."),
        "source_fault": t("A source broke or caught up."),
    }
    verdict = st.radio(
        t("Verdict"),
        VERDICTS,
        format_func=words.verdict,
        captions=[help_[v] for v in VERDICTS],
        index=None,
        key=f"_verdict_{case.id}",
    )
    note = st.text_area(t("Note"), max_chars=4000, height=80, key=f"_resolve_note_{case.id}")
    st.caption(t("The verdict teaches the replay of rules which alarms were right."))
    if st.button(t("Resolve the case"), type="primary", disabled=verdict is None, key=f"_resolve_{case.id}"):
        _do(_resolved, case.id, str(verdict), note.strip())


def _resolved(case_id: int, verdict: str, note: str) -> None:
    decisions.resolve(case_id, verdict=verdict, note=note, who=people.me())
    states.offer_undo(
        t("Case {id} resolved: {verdict}.", id=case_id, verdict=words.verdict(verdict)),
        partial(decisions.reopen, case_id, who=people.me()),
    )

"""Cases: what needs an answer, and who gives it? Open ones first; past ones with their verdicts."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import case_words, i18n, pages, queries, state, text, theme, words
from dashboard.components import cards, filters
from dashboard.i18n import t, tn
from dashboard.state import View
from dashboard.views import answer, case_detail
from storage.records import CaseRecord

OPEN, PAST, ALL = ("open", "acknowledged"), ("resolved",), ()
_SHOWN = {"open": OPEN, "past": PAST, "all": ALL}
MOST = 100


def show() -> None:
    opened = state.id_param("case")
    if opened is not None:
        case_detail.show(opened)
        return
    view = filters.asked()
    now = datetime.now(UTC)
    st.title(t("Cases"), anchor=False)
    filters.draw(view)
    which = _which()
    cases = _listed(view, which, now)
    if which == "open" and not cases:
        cards.headline(t("No case is open."), **_calm(view, now))
    else:
        level = cases[0].level if which == "open" else None
        cards.headline(_sentence(cases, which), level=level, why=_why(cases, now), mood="plain")
    if which == "open":
        st.caption(t("Unresolved cases are listed however old they are."))
    if not cases:
        _empty(which)
    for case in cases[:MOST]:
        _card(case, now)
    if len(cases) > MOST:
        st.caption(t("The newest {n} are shown; choose a shorter period for the others.", n=MOST))


def _which() -> str:
    names = {"open": t("Unresolved"), "past": t("Past"), "all": t("All")}
    now = state.param("show") if state.param("show") in _SHOWN else "open"
    st.session_state.setdefault("_cases_which", now)
    st.segmented_control(
        t("Which cases"),
        list(_SHOWN),
        required=True,
        format_func=lambda key: names[key],
        key="_cases_which",
        on_change=lambda: state.set_param("show", st.session_state["_cases_which"]),
        label_visibility="collapsed",
    )
    return str(st.session_state["_cases_which"])


def _listed(view: View, which: str, now: datetime) -> tuple[CaseRecord, ...]:
    """Open ones whatever their age: a burning case is not hidden by a period."""
    if which == "open":
        found = queries.cases(status=OPEN, brands=view.brands)
    else:
        since, until = view.span(now, i18n.zone())
        found = queries.cases(status=_SHOWN[which], brands=view.brands, since=since, until=until)
    rank = {level: index for index, level in enumerate(theme.LEVEL_ORDER)}
    if which == "open":
        return tuple(sorted(found, key=lambda case: (rank.get(case.level, 9), -case.opened_at.timestamp())))
    return tuple(sorted(found, key=lambda case: case.opened_at, reverse=True))


def _sentence(cases: tuple[CaseRecord, ...], which: str) -> str:
    if which == "open":
        return tn("{n} case is open.", "{n} cases are open.", len(cases))
    return tn("{n} case in this period.", "{n} cases in this period.", len(cases))


def _calm(view: View, now: datetime) -> dict[str, str]:
    """Without an open case it is calm only if we were listening."""
    sources = queries.sources_of(view.brands)
    if not sources:
        return {"mood": "learning", "why": t("Nothing is listened to yet.")}
    if answer.most(answer.unheard(sources), sources):
        return {"mood": "deaf", "why": answer.blind()}
    if answer.most(answer.not_asked(sources, now), sources):
        return {"mood": "deaf", "why": answer.unknown()}
    return {"mood": ""}


def _why(cases: tuple[CaseRecord, ...], now: datetime) -> str:
    alone = sum(case.owner is None and case.status != "resolved" for case in cases)
    late = sum(bool(case_detail.late(case, now)) for case in cases)
    said = [tn("{n} without an owner", "{n} without an owner", alone)] if alone else []
    said += [tn("{n} past its time", "{n} past their time", late)] if late else []
    return t("; ").join(said)


def _empty(which: str) -> None:
    if which == "open":
        cards.state(t("Nothing needs an answer now."), more=t("A case opens by itself when a rule rings."))
        pages.link("rules", t("See what rings"), icon=":material/tune:")
    else:
        cards.state(t("No cases in this period."), more=t("Choose a longer period."))


def _card(case: CaseRecord, now: datetime) -> None:
    with st.container(border=True, gap="xsmall", key=f"case_{case.id}"):
        cards.case_line(case, case_words.title(case), _meta(case, now), case_words.arithmetic(case))
        with st.container(horizontal=True, vertical_alignment="center"):
            pages.link("cases", t("Open"), icon=":material/arrow_forward:", case=case.id)
            if case.status == "open":
                st.button(
                    t("Acknowledge"),
                    key=f"_ack_{case.id}",
                    type="tertiary",
                    icon=":material/check:",
                    on_click=case_detail.acknowledge,
                    args=(case.id,),
                )


def _meta(case: CaseRecord, now: datetime) -> list[str]:
    said = [case.brand, words.case_status(case.status), t("since {time}", time=i18n.moment(case.start_at, now))]
    said.append(t("owner {name}", name=case.owner) if case.owner else t("nobody owns it yet"))
    if case.verdict:
        said.append(t("verdict: {verdict}", verdict=words.verdict(case.verdict)))
    if waiting := case_detail.late(case, now):
        said.append(waiting)
    if case.snoozed_until and case.snoozed_until > now:
        said.append(t("snoozed until {time}", time=i18n.moment(case.snoozed_until, now)))
    said.append(tn("{n} mention", "{n} mentions", case.mentions))
    return [text.line(part, 80) for part in said]


if __name__ == "__main__":
    show()

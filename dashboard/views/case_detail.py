"""One case, readable in ten seconds: what, how unusual, since when, which mentions, whose it is. Below: why, and the acts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from analyzers import clock
from dashboard import case_words, decisions, explained, i18n, pages, people, queries, text, theme, words
from dashboard.components import cards, states
from dashboard.components.cards import ClockHand
from dashboard.i18n import t, tn
from dashboard.state import View
from dashboard.views import case_acts, case_chart, export_panel
from storage.records import CaseRecord, Figures, LogEntry, MentionFilter


def show(case_id: int) -> None:
    now = datetime.now(UTC)
    case = queries.case(case_id)
    pages.link("cases", t("All cases"), icon=":material/arrow_back:")
    if case is None:
        cards.state(
            t("There is no case {id}.", id=case_id), more=t("It may have been removed with its brand or the sample.")
        )
        return
    cards.headline(case_words.title(case), level=case.level, why=_status(case, now))
    arithmetic = case_words.arithmetic(case)
    if arithmetic:
        cards.lead(arithmetic)
    if graded := explained.level(case):
        st.caption(graded)
    cards.clock(_clock(case, now))
    case_acts.show(case, now)
    case_chart.show(case, now)
    _why(case)
    _mentions(case, now)
    if case.responded_at:
        _before_after(case, now)
    _log(case)


def _status(case: CaseRecord, now: datetime) -> str:
    said = [words.case_status(case.status).capitalize(), t("since {time}", time=i18n.moment(case.start_at, now))]
    said.append(t("owner {name}", name=case.owner) if case.owner else t("nobody owns it yet"))
    if case.department:
        said.append(case.department)
    if case.verdict:
        said.append(t("verdict: {verdict}", verdict=words.verdict(case.verdict)))
    if case.snoozed_until and case.snoozed_until > now:
        said.append(t("snoozed until {time}", time=i18n.moment(case.snoozed_until, now)))
    said.append(t("case {id}", id=case.id))
    return " · ".join(said)


def late(case: CaseRecord, now: datetime) -> str:
    """What has run out of time, in words; '' while all is within its target."""
    if case.status == "resolved":
        return ""
    said = {
        "acknowledge": t("should have been acknowledged {time}"),
        "respond": t("should have been answered {time}"),
    }
    for step in clock.STEPS:
        due = clock.due(case, step)
        if clock.done(case, step) is None and due and now > due:
            return said[step].format(time=i18n.ago(due, now))
    return ""


def _clock(case: CaseRecord, now: datetime) -> list[ClockHand]:
    """Everything is counted from the first mention. A case that was found late says so where it was opened."""
    since = case.first_mention_at or case.start_at
    late = any(clock.found_late(case, step) for step in clock.STEPS)
    after = i18n.duration(max(case.opened_at - since, timedelta(0)))
    opened = t("{time} after it, found late", time=after) if late else t("{time} after it", time=after)
    names = {"acknowledge": (t("Acknowledged"), t("Acknowledge")), "respond": (t("Answered"), t("Answer"))}
    hands = [
        ClockHand(t("First mention") if case.first_mention_at else t("Since"), i18n.moment(since, now)),
        ClockHand(t("Opened"), opened),
    ]
    for step, (did, to_do) in names.items():
        waits = clock.done(case, step) is None and case.status != "resolved"
        hands.append(_hand(case, to_do if waits else did, step, now))
    return hands


def _hand(case: CaseRecord, name: str, step: clock.Step, now: datetime) -> ClockHand:
    allowed, due, done = clock.target(case, step), clock.due(case, step), clock.done(case, step)
    of = t(" (target {time})", time=i18n.duration(allowed)) if allowed else ""
    if done is not None:
        took = t("after {time}", time=i18n.duration(max(done - clock.began(case), timedelta(0))))
        missed = due is not None and done > due
        return ClockHand(name, took + of, late=missed, done=not missed)
    if case.status == "resolved" or due is None:
        return ClockHand(name, "–")
    if now > due:
        return ClockHand(name, t("due {time}", time=i18n.ago(due, now)) + of, late=True)
    return ClockHand(name, t("{time} left", time=i18n.duration(due - now)) + of)


@states.tried
def acknowledge(case_id: int) -> None:
    decisions.acknowledge(case_id, who=people.me())


def _why(case: CaseRecord) -> None:
    unheard = explained.unheard(case)
    if not unheard and (explained.by_hand(case) or explained.quiet(case)):
        return
    st.subheader(t("Why"), anchor=False)
    if unheard:
        cards.facts(unheard)
        return
    claims, marked = case_words.claims(case), explained.marked(case)
    if marked is None:
        cards.state(t("Too few mentions to say why."), more=t("The mentions themselves are below."))
    elif not marked:
        cards.state(
            t(
                "Nothing sets these mentions apart from those of the four weeks before: no word, theme, source, author or region."
            ),
            more=t("The mentions themselves are below."),
        )
    if claims:
        cards.claims(claims)


def _mentions(case: CaseRecord, now: datetime) -> None:
    inside = View(case_id=case.id, fold=False)
    if explained.quiet(case):
        pages.link("sources", t("Sources"), icon=":material/rss_feed:")
        return
    st.subheader(t("Mentions that stand for the others"), anchor=False)
    rows = explained.representative(case)
    for row in rows:
        with st.container(border=True, key=f"rep_{row.id}"):
            cards.mention(row, now=now)
            pages.link("mentions", t("Read"), inside, icon=":material/arrow_forward:", mention=row.id, of=row.brand_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        pages.link("mentions", tn("All {n} mention", "All {n} mentions", case.mentions), inside, icon=":material/list:")
        with st.popover(t("Export the case"), icon=":material/download:"):
            export_panel.show(
                inside, MentionFilter(case_id=case.id, brands=(case.brand_id,)), case.mentions, name=f"case-{case.id}"
            )
            export_panel.show_counts(case)


def _before_after(case: CaseRecord, now: datetime) -> None:
    """As many hours before the response as there were after it, at most three days."""
    answered = case.responded_at
    if answered is None:
        return
    span = min(now - answered, timedelta(days=3))
    st.subheader(t("Before and after the response"), anchor=False)
    said = case.response or {}
    if said.get("said"):
        where = [text.line(said["where"], 200)] if said.get("where") else []
        cards.named(
            t("What was said"), text.plain(str(said["said"]), 4000), " · ".join([*where, i18n.moment(answered, now)])
        )
    if span < timedelta(hours=1):
        st.caption(t("Too early to compare: answered {time}.", time=i18n.ago(answered, now)))
        return
    hour = answered.replace(minute=0, second=0, microsecond=0)
    hours = max(1, int(span.total_seconds() // 3600))
    before, after = _compared(case.brand_id, hour, hours)
    cards.table(
        (t("When"), t("Mentions"), t("Negative"), t("Negative share"), t("Sentiment")),
        [
            (
                name,
                i18n.number(figures.total),
                i18n.number(figures.negative),
                i18n.share(figures.negative_share),
                figures,
            )
            for name, figures in (
                (tn("{n} hour before", "{n} hours before", hours), before),
                (tn("{n} hour after", "{n} hours after", hours), after),
            )
        ],
        numeric=frozenset({1, 2, 3}),
    )


def _compared(brand_id: int, answered: datetime, hours: int) -> tuple[Figures, Figures]:
    span = timedelta(hours=hours)
    before = MentionFilter(brands=(brand_id,), since=answered - span, until=answered)
    return queries.figures(before), queries.figures(replace(before, since=answered, until=answered + span))


def _log(case: CaseRecord) -> None:
    st.subheader(t("Log"), anchor=False)
    entries = sorted(queries.case_log(case.id), key=lambda entry: entry.at)[::-1]
    rules = {spike.rule_id: spike.rule_name for spike in case.spikes}
    cards.log(entries, [_said(entry, rules) for entry in entries])


def _said(entry: LogEntry, rules: Mapping[int, str]) -> str:
    """An entry in words: what happened, then its detail as people wrote it."""
    said = {key: one for key, value in entry.detail.items() if (one := _detail(key, value, rules))}
    if "from" in said and "to" in said:
        said["to"] = f"{said.pop('from')} → {said['to']}"
    parts = list(said.values())
    return words.log(entry.what).capitalize() + (t(": {detail}", detail=" · ".join(parts)) if parts else "")


def _detail(key: str, value: object, rules: Mapping[int, str]) -> str:
    if value in (None, "", False) or key in ("ids", "spike"):
        return ""
    if key in ("level", "from", "to") and value in theme.LEVELS:
        return words.level(str(value))
    known = {
        "verdict": lambda: words.verdict(str(value)),
        "rule": lambda: t("rule “{name}”", name=text.line(words.rule(rules.get(int(str(value)), f"#{value}")), 60)),
        "version": lambda: t("version {n}", n=value),
        "n": lambda: tn("{n} mention", "{n} mentions", int(str(value))),
        "until": lambda: t("until {time}", time=_time(value)),
        "by_hand": lambda: t("by hand"),
        "why": lambda: {"acknowledge": t("nobody acknowledged it"), "respond": t("nobody answered it")}.get(
            str(value), str(value)
        ),
    }
    return known[key]() if key in known else text.line(value, 2000)


def _time(value: object) -> str:
    try:
        return i18n.moment(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)

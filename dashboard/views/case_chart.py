"""The hours around a case, drawn as its rule counted them: its measure, in its scope, with what is usual of that.

Where several rules rang for one case the strongest is drawn first and the others can be chosen. Blind spot: a spike whose
rule's version is gone is drawn over all mentions of the brand.
"""

from datetime import datetime, timedelta

import streamlit as st

from analyzers.rules import Scope
from dashboard import case_words, explained, pages, queries, tables, text, usual, words
from dashboard.components import cards, charts
from dashboard.i18n import t
from dashboard.unheard import unheard
from storage.records import CaseRecord, SpikeRecord

BEFORE, AFTER, LEAST_AFTER = timedelta(hours=48), timedelta(hours=24), timedelta(hours=6)
HOUR = timedelta(hours=1)


def show(case: CaseRecord, now: datetime) -> None:
    st.subheader(t("What was heard") if explained.quiet(case) else t("The spike"), anchor=False)
    spike = _chosen(case)
    ends = now.replace(minute=0, second=0, microsecond=0) + HOUR
    until = min(max(case.end_at + AFTER, case.start_at + LEAST_AFTER), ends)
    around = usual.around(case.brand_id, spike, case.start_at - BEFORE, until)
    st.caption(text.md(_what(around), 300))
    if not around.starts:
        cards.state(t("No mentions are stored for these hours."))
        return
    st.plotly_chart(
        charts.around_spike(
            around.starts,
            around.values,
            around.usual,
            measure=around.measure,
            spikes=case.spikes,
            level=case.level,
            now=now,
            events=_events(case),
            unheard=unheard(case.brand_id, around.scope, around.starts[0], until),
        ),
        key=f"case_chart_{case.id}",
        theme=None,
        config=charts.PLOT_CONFIG,
        alt=t("What the rule measures, per hour around the case; the table below holds the figures."),
    )
    with st.expander(t("Table"), icon=":material/table:"):
        frame = tables.hours(around.starts, around.values, around.usual, measure=around.measure)
        tables.draw(frame, height=260, shares=tuple(frame.columns) if around.measure == "share" else ())
    for one in case.spikes:
        with st.container(horizontal=True, vertical_alignment="center"):
            said = t("Rung by “{rule}”, version {n}", rule=text.md(words.rule(one.rule_name), 60), n=one.rule_version)
            pages.link("rules", said, icon=":material/tune:", rule=one.rule_id)


def _chosen(case: CaseRecord) -> SpikeRecord | None:
    by_rule = {one.rule_id: one for one in case.spikes}
    strongest = case_words.strongest(case)
    if strongest is None or len(by_rule) == 1:
        return strongest
    by_rule[strongest.rule_id] = strongest
    chosen = st.pills(
        t("Rule"),
        list(by_rule),
        default=strongest.rule_id,
        required=True,
        format_func=lambda rule: text.md(words.rule(by_rule[rule].rule_name), 40),
        key=f"_case_rule_{case.id}",
    )
    return by_rule.get(chosen, strongest)


def _what(around: usual.Around) -> str:
    """What is drawn: the measure, and what it is narrowed to."""
    measure = "total" if around.measure == "silence" else around.measure
    only = t(", ").join(_narrowed(around.scope))
    said = t("{measure} per hour", measure=words.measure(measure).capitalize())
    return t("{what}, only: {only}", what=said, only=only) if only else said


def _narrowed(scope: Scope) -> list[str]:
    titles = {one.source.id: one.source.name for one in queries.sources()} if scope.sources else {}
    said = [words.theme(theme) for theme in scope.themes] + [words.channel(channel) for channel in scope.channels]
    said += [text.line(titles.get(source, source), 60) for source in scope.sources]
    said += [words.lang(lang) for lang in scope.langs]
    return said + ([f"“{scope.query}”"] if scope.query else [])


def _events(case: CaseRecord) -> list[tuple[datetime, str]]:
    named = (
        (case.acknowledged_at, t("Acknowledged")),
        (case.responded_at, t("Answered")),
        (case.resolved_at, t("Resolved")),
    )
    return [(when, name) for when, name in named if when]

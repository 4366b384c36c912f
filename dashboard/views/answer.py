"""The Overview's first sentence: is anything burning?

An open case speaks first, the worst one. Without one it is calm only if we were listening: with most sources unheard, or
not asked for long because the monitor stands still, we say that we cannot tell. What is usual is the negative share of
the four weeks before, with its own n.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import streamlit as st

from dashboard import case_words, i18n, pages, queries, theme, words
from dashboard.components import cards
from dashboard.i18n import t, tn
from dashboard.state import View
from storage.records import CaseRecord, Figures, SourceRecord

USUAL_SPAN = timedelta(days=28)
LEAST_TO_COMPARE = 30  # readings, before a share is called usual or not
DEAF_SHARE = 0.5
HEARD = ("ok", "not_modified")
LATE, LEAST_LATE = 4, timedelta(minutes=30)  # intervals after which a source that was not asked tells of a dead monitor


def say(view: View, figures: Figures, sources: tuple[SourceRecord, ...], now: datetime) -> None:
    burning = queries.cases(status=("open", "acknowledged"), brands=view.brands)
    failing, waiting = unheard(sources), not_asked(sources, now)
    if burning:
        worst = worst_of(burning)
        _burning(worst, len(burning) - 1, now)
    elif most(failing, sources):
        said = tn(
            "We cannot tell: {deaf} of {n} source is not heard.",
            "We cannot tell: {deaf} of {n} sources are not heard.",
            len(sources),
            deaf=i18n.number(len(failing)),
        )
        cards.headline(said, mood="deaf", why=blind())
    elif most(waiting, sources):
        say_nobody_asks(waiting, sources)
    elif not sources:
        cards.headline(t("Nothing is listened to yet."), mood="learning")
    elif figures.read == 0:
        cards.headline(t("Nothing read in this period yet."), mood="learning")
    else:
        sentence, mood = _calm(view, figures, now)
        cards.headline(sentence, mood=mood)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="answer-links"):
        if burning:
            pages.link("cases", t("Open the case"), icon=":material/arrow_forward:", case=worst_of(burning).id)
        if failing:
            said = tn("{n} source is not heard", "{n} sources are not heard", len(failing))
            pages.link("sources", said, icon=":material/hearing_disabled:")
        if burning and most(waiting, sources):  # the case speaks first, and yet nothing has been heard since
            pages.link("sources", t("The monitor does not run, or hangs"), icon=":material/hearing_disabled:")
        clock = now.astimezone(i18n.zone()).strftime("%H:%M:%S")
        st.caption(t("As of {time}, renewed every {n} seconds.", time=clock, n=30), width="content")


def blind() -> str:
    return t("Quiet here means that we went blind, not that all is well. The Sources page says why.")


def unknown() -> str:
    return t("What is said since then is not known here. Start `fengping up`, or look at its log.")


def unheard(sources: Sequence[SourceRecord]) -> list[SourceRecord]:
    """The sources that were asked and could not be heard."""
    return [record for record in sources if record.status in ("failed", "gone")]


def not_asked(sources: Sequence[SourceRecord], now: datetime) -> list[SourceRecord]:
    """The sources that have long been due and were not asked: with most of them here, no monitor runs."""
    return [record for record in sources if _not_asked(record, now)]


def heard(sources: Sequence[SourceRecord], late: Sequence[SourceRecord]) -> int:
    """How many sources are heard: what is late was heard once, and is not now."""
    return sum(record.status in HEARD for record in sources) - sum(record.status in HEARD for record in late)


def most(some: Sequence[SourceRecord], sources: Sequence[SourceRecord]) -> bool:
    """Whether without these we are as good as deaf."""
    return len(some) > DEAF_SHARE * len(sources)


def say_nobody_asks(waiting: Sequence[SourceRecord], sources: Sequence[SourceRecord]) -> None:
    said = tn(
        "The monitor does not run, or hangs: {late} of {n} source was due long ago and was not asked.",
        "The monitor does not run, or hangs: {late} of {n} sources were due long ago and were not asked.",
        len(sources),
        late=i18n.number(len(waiting)),
    )
    cards.headline(said, mood="deaf", why=unknown())


def _not_asked(record: SourceRecord, now: datetime) -> bool:
    """Whether a source that is listened to has long been due. Nobody asks what is brought to us: it is due never."""
    late = now - record.next_check_at
    return record.status in (*HEARD, "new") and late > max(LATE * record.source.every, LEAST_LATE)


def worst_of(cases: tuple[CaseRecord, ...]) -> CaseRecord:
    """The highest level; of equals the newest."""
    rank = {level: index for index, level in enumerate(theme.LEVEL_ORDER)}
    return min(cases, key=lambda case: (rank.get(case.level, 9), -case.start_at.timestamp()))


def _burning(worst: CaseRecord, others: int, now: datetime) -> None:
    more = tn("{n} more open case", "{n} more open cases", others) if others else ""
    owner = t("owner {name}", name=worst.owner) if worst.owner else t("nobody owns it yet")
    since = t("since {time}", time=i18n.moment(worst.start_at, now))
    whose = " · ".join(part for part in (since, owner, more) if part)
    cards.headline(case_words.title(worst), level=worst.level, why=case_words.arithmetic(worst), more=whose)


def _calm(view: View, figures: Figures, now: datetime) -> tuple[str, str]:
    """Without a case; more negatives than usual are said, and are no calm."""
    since, _ = view.span(now, i18n.zone())
    before = queries.figures(replace(view.filter(now, i18n.zone()), since=since - USUAL_SPAN, until=since))
    counted = t(
        "{said} in {period}, {share} negative",
        said=tn("{n} mention", "{n} mentions", figures.total),
        period=words.period(view.period) if view.period != "custom" else t("this period"),
        share=i18n.share(figures.negative_share),
    )
    usual, more = before.negative_share, _compare(figures, before)
    if more > 0:
        return t(
            "No case is open. {counted}, more than the usual {share}.", counted=counted, share=i18n.share(usual)
        ), "watch"
    if more < 0:
        return t("Calm. {counted}, less than the usual {share}.", counted=counted, share=i18n.share(usual)), ""
    if more == 0:
        return t("Calm. {counted}, as usual.", counted=counted), ""
    return t("Calm. {counted}.", counted=counted), ""


def _compare(figures: Figures, before: Figures) -> float:
    """1 above, -1 below, 0 within what four weeks before would let one expect; nan where either is too few to say."""
    now_share, usual = figures.negative_share, before.negative_share
    if now_share is None or usual is None or min(figures.read, before.read) < LEAST_TO_COMPARE:
        return float("nan")
    spread = 2 * (usual * (1 - usual) / figures.read) ** 0.5 + 0.01
    return float((now_share > usual + spread) - (now_share < usual - spread))

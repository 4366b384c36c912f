"""Overview: is anything burning? One sentence, then the figures, then when, where and what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard import case_words, i18n, pages, queries, state, tables, text, words
from dashboard import usual as known
from dashboard.components import cards, charts, filters, states, timeline
from dashboard.components.cards import Tile
from dashboard.i18n import t, tn
from dashboard.state import View
from dashboard.views import answer, welcome
from storage.records import Figures, SourceRecord

EVERY = "30s"
_PICKED = "_timeline_picked"


def show() -> None:
    if not queries.brands() or welcome.unfinished():
        welcome.show()
        return
    st.title(t("Overview"), anchor=False)
    view = filters.asked()
    filters.draw(view)
    _live(view)


@st.fragment(run_every=EVERY)
@states.guarded
def _live(view: View) -> None:
    """Drawn anew every half minute without the rest of the page; shows its age."""
    _follow()
    now = datetime.now(UTC)
    asked = view.filter(now, i18n.zone())
    figures = queries.hourly_sum(asked).figures()
    sources = queries.sources_of(view.brands)
    answer.say(view, figures, sources, now)
    _figures(view, figures, sources, now)
    if figures.total == 0:
        _nothing(view, sources)
        return
    _timeline(view, now)
    _where(view, now)
    _newest(view, now)


def _figures(view: View, figures: Figures, sources: tuple[SourceRecord, ...], now: datetime) -> None:
    failing, late = len(answer.unheard(sources)), answer.not_asked(sources, now)
    heard, waiting = answer.heard(sources, late), len(late)
    open_cases = queries.cases(status=("open", "acknowledged"), brands=view.brands)
    unread = tn("{n} not read yet", "{n} not read yet", figures.unread) if figures.unread else ""
    of = tn("of {n} read", "of {n} read", figures.read)
    cards.tiles(
        [
            Tile(t("Mentions"), i18n.number(figures.total), unread or _period(view)),
            Tile(
                t("Negative share"),
                i18n.share(figures.negative_share),
                t(
                    "{n} negative {of}, {unsure} unsure",
                    n=i18n.number(figures.negative),
                    of=of,
                    unsure=i18n.number(figures.unsure),
                )
                if figures.read
                else "",
            ),
            Tile(
                t("Net sentiment"),
                i18n.signed(figures.net_sentiment),
                t("from −1 to +1, {of}", of=of) if figures.read else "",
            ),
            Tile(t("Open cases"), i18n.number(len(open_cases)), _levels(open_cases)),
            Tile(
                t("Sources heard"),
                f"{i18n.number(heard)} / {i18n.number(len(sources))}",
                _unheard(failing, waiting, len(sources) - heard - waiting - failing)
                or (t("all heard") if sources else ""),
            ),
        ]
    )


def _unheard(failing: int, waiting: int, resting: int) -> str:
    parts = [tn("{n} not heard", "{n} not heard", failing)] if failing else []
    parts += [tn("{n} long not asked", "{n} long not asked", waiting)] if waiting else []
    parts += [tn("{n} paused or new", "{n} paused or new", resting)] if resting else []
    return t(", ").join(parts)


def _period(view: View) -> str:
    if view.period != state.CUSTOM or not view.since or not view.until:
        return words.period(view.period)
    zone, today = i18n.zone(), datetime.now(UTC).date()
    first, last = (when.astimezone(zone).date() for when in (view.since, view.until - timedelta(seconds=1)))
    return i18n.day(first, today) + ("" if first == last else f" – {i18n.day(last, today)}")


def _levels(cases: tuple[object, ...]) -> str:
    counted: dict[str, int] = {}
    for case in cases:
        counted[case.level] = counted.get(case.level, 0) + 1  # type: ignore[attr-defined]
    return t(", ").join(f"{words.level(level)} {n}" for level, n in counted.items()) or t("none")


def _nothing(view: View, sources: tuple[SourceRecord, ...]) -> None:
    if not sources:
        cards.state(t("Tell it where to listen."), more=t("Add a source and its mentions appear here within minutes."))
        pages.link("sources", t("Add a source"), icon=":material/add:")
        return
    if all(record.status == "new" for record in sources):
        cards.state(
            t("No source has been asked yet."),
            more=t("While `fengping up` runs, the first mentions appear here within minutes."),
        )
        return
    failing = answer.unheard(sources)
    if len(failing) > answer.DEAF_SHARE * len(sources):
        said = tn("{n} source is not heard", "{n} sources are not heard", len(failing))
        cards.state(
            t("Nothing was heard in this period: {why}.", why=said),
            more=t("The Sources page says what is wrong with each, and what to do."),
        )
        pages.link("sources", t("See what is wrong"), icon=":material/hearing_disabled:")
        return
    cards.state(
        t("No mentions in this period."),
        more=t("Choose a longer period, or see on the Sources page when each source was last heard."),
    )
    if view.period != "90d" and st.button(t("Show 90 days"), type="primary", key="_longer"):
        state.put(replace(view, period="90d", since=None, until=None))
        st.rerun(scope="app")


def _timeline(view: View, now: datetime) -> None:
    zone = i18n.zone()
    since, until = view.span(now, zone)
    step = view.step(now, zone)
    asked = view.filter(now, zone)
    buckets = queries.timeline(asked, step=step, zone_name=str(zone))
    usual = known.usual(asked, [bucket.start for bucket in buckets])
    cases = queries.cases(brands=view.brands, since=since, until=until)
    line = timeline.Timeline(
        buckets=buckets,
        step=step,
        since=since,
        until=until,
        now=now,
        usual=usual.range,
        cases=cases,
        gaps=queries.gaps(view.brands, since, min(until, now)),
        listening=len(queries.sources_of(view.brands)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_finding(buckets, step), anchor=False, width="stretch")
        drag = _mode() == "drag"
    if usual.learning is not None:
        st.caption(t("Learning what is usual: {n} of 14 days.", n=usual.learning))
    key = f"timeline_{drag}_{view.to_url()}"
    st.plotly_chart(
        timeline.draw(line, drag=drag),
        key=key,
        on_select=partial(_remember, key, view, step),
        selection_mode=("box",) if drag else ("points",),
        theme=None,
        config=charts.PLOT_CONFIG,
        alt=t("Mentions over time by sentiment; the table below holds the figures."),
    )
    if cases:
        _cases_below(cases, now)
    with st.expander(t("Table"), icon=":material/table:"):
        tables.draw(tables.timeline(buckets, step), height=280, shares=(t("Negative share"),))


def _finding(buckets: tuple, step: str) -> str:
    """The chart's title says what it shows: where the most negatives were."""
    worst = max(buckets, key=lambda bucket: bucket.figures.negative, default=None)
    total = sum(bucket.figures.read for bucket in buckets)
    n = tn("{n} read", "{n} read", total)
    if worst is None or worst.figures.negative == 0:
        return t("No negative mentions in this period ({n})", n=n)
    when = worst.start.astimezone(i18n.zone())
    said = i18n.day(when.date(), datetime.now(UTC).date()) + (when.strftime(" %H:00") if step == "hour" else "")
    unit = t("per hour") if step == "hour" else t("per day")
    return t(
        "Mentions {unit}: most negative on {when}, {count} ({n})",
        unit=unit,
        when=said,
        count=i18n.number(worst.figures.negative),
        n=n,
    )


def _mode() -> str:
    names = {"click": t("Click opens mentions"), "drag": t("Drag selects a period")}
    chosen = st.segmented_control(
        t("On the chart"),
        list(names),
        default="click",
        required=True,
        format_func=lambda key: names[key],
        key="_chart_mode",
        label_visibility="collapsed",
    )
    return str(chosen)


def _remember(key: str, view: View, step: str) -> None:
    """A callback, since the chart is drawn anew at every turn and its own state would be gone by then."""
    found = timeline.picked(st.session_state.get(key), step)
    if found is not None:
        st.session_state[_PICKED] = (view, found)


def _follow() -> None:
    """Go where the last click or drag pointed."""
    view, picked = st.session_state.pop(_PICKED, (None, None))
    if view is None or picked is None:
        return
    if picked.case_id is not None:
        pages.go("cases", case=picked.case_id)
    if picked.since is None or picked.until is None:
        return
    closer = view.at(picked.since.astimezone(UTC), picked.until.astimezone(UTC))
    if picked.dragged:
        state.put(closer)
        st.rerun(scope="app")
    pages.go("mentions", replace(closer, sentiments=(picked.sentiment,) if picked.sentiment else ()))


def _cases_below(cases: tuple, now: datetime) -> None:
    """The same spikes as links, for keyboards and small screens."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for case in cases[:6]:
            label = f"{words.level(case.level)} · {text.md(case_words.title(case), 40)} · {i18n.day(case.start_at.astimezone(i18n.zone()).date(), now.date())}"
            pages.link("cases", label, icon=":material/flag:", case=case.id)


def _where(view: View, now: datetime) -> None:
    asked = view.filter(now, i18n.zone())
    st.caption(t("Beside each bar: the share of negatives, and n, how many were read."))
    left, middle, right = st.columns(3, gap="medium")
    by_channel, by_source = queries.by_place(asked)
    with left:
        st.subheader(t("By channel"), anchor=False)
        _bars({words.channel(key): figures for key, figures in by_channel.items()}, "channel")
    with middle:
        st.subheader(t("By source"), anchor=False)
        titles = {record.source.id: record.source.name for record in queries.sources()}
        _bars({text.line(titles.get(int(key), key), 60): figures for key, figures in by_source.items()}, "source")
    with right:
        st.subheader(t("Themes by negative share"), anchor=False)
        _themes(view, queries.by_theme(asked))


def _bars(groups: dict[str, Figures], name: str) -> None:
    groups = {key: figures for key, figures in groups.items() if figures.read}
    if not groups:
        st.caption(t("Nothing read yet."))
        return
    st.plotly_chart(
        charts.split_bars(groups),
        key=f"bars_{name}",
        theme=None,
        config=charts.PLOT_CONFIG,
        alt=t("Mentions by sentiment; the table below holds the figures."),
    )
    with st.expander(t("Table"), icon=":material/table:"):
        tables.draw(tables.groups(groups), height=240, shares=(t("Negative share"),))


LEAST_FOR_SHARE = 5


def _themes(view: View, by_theme: dict[str, Figures]) -> None:
    """Only themes with enough mentions to say a share of; the rest are counted."""
    enough = {name: figures for name, figures in by_theme.items() if figures.read >= LEAST_FOR_SHARE}
    ranked = sorted(enough.items(), key=lambda item: item[1].negative_share or 0, reverse=True)[:8]
    if not ranked:
        st.caption(t("Too few mentions of any theme to say."))
        return
    rows = [
        (
            cards.PageLink(words.theme(name), "mentions", state.link_params(replace(view, themes=(name,)))),
            figures,
            f"{i18n.share(figures.negative_share)} · n {i18n.number(figures.read)}",
        )
        for name, figures in ranked
    ]
    cards.table((t("Theme"), t("Sentiment"), t("Negative")), rows, numeric=frozenset({2}))
    left_out = len(by_theme) - len(enough)
    if left_out:
        st.caption(
            tn(
                "{n} theme with fewer than 5 mentions is left out.",
                "{n} themes with fewer than 5 mentions are left out.",
                left_out,
            )
        )


def _newest(view: View, now: datetime) -> None:
    st.subheader(t("Newest negative mentions"), anchor=False)
    worst = replace(view, sentiments=("negative",))
    page = queries.page(worst.filter(now, i18n.zone()), limit=6, fold=True)
    if not page.rows:
        st.caption(t("None in this period."))
        return
    many = len(queries.brands()) > 1
    for row in page.rows:
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"row_new_{row.id}_{row.brand_id}"
        ):
            with st.container():
                cards.mention(row, now=now, show_brand=many, length=200)
            pages.link(
                "mentions", t("Read"), replace(worst), icon=":material/arrow_forward:", mention=row.id, of=row.brand_id
            )
    pages.link("mentions", t("All negative mentions"), worst, icon=":material/list:")


if __name__ == "__main__":
    show()

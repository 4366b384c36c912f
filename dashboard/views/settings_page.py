"""Settings: how it looks to you, who is told, what words mean, and how the installation is doing."""

from zoneinfo import available_timezones

import streamlit as st

from dashboard import commands, decisions, error_words, i18n, pages, people, queries, state, text
from dashboard.components import cards, sample_banner, states
from dashboard.i18n import t, tn
from dashboard.views import settings_levels, settings_targets, settings_themes
from errors import FengpingError
from settings import get_settings

REASONS = 20
TABS = ("general", "told", "themes", "levels", "health")


def show() -> None:
    st.title(t("Settings"), anchor=False)
    names = {
        "general": t("General"),
        "told": t("Who is told"),
        "themes": t("Themes"),
        "levels": t("Levels"),
        "health": t("Health"),
    }
    st.session_state.setdefault("_settings_tab", state.param("tab") if state.param("tab") in TABS else "general")
    tab = st.segmented_control(
        t("Part"),
        TABS,
        required=True,
        format_func=lambda key: names[key],
        key="_settings_tab",
        label_visibility="collapsed",
        on_change=lambda: state.set_param("tab", st.session_state["_settings_tab"]),
    )
    {
        "general": _general,
        "told": settings_targets.show,
        "themes": settings_themes.show,
        "levels": settings_levels.show,
        "health": _health,
    }[str(tab)]()


def _general() -> None:
    lang = st.radio(
        t("Language"),
        list(i18n.LANGUAGES),
        index=list(i18n.LANGUAGES).index(i18n.language()),
        horizontal=True,
        format_func=lambda key: i18n.LANGUAGES[key],
        key=f"_settings_lang_{i18n.language()}",
    )
    if lang != i18n.language():
        st.session_state["_lang_chosen"] = lang
        state.set_param("lang", lang)
        st.rerun()
    _zone()
    settings = get_settings()
    st.subheader(t("Reading"), anchor=False)
    cards.facts(
        [
            (t("Unsure below a confidence of"), i18n.share(settings.unsure_below)),
            (t("Model"), settings.model or t("the one that ships with Fengping")),
        ]
    )
    st.caption(
        t(
            "A reading less confident than this is shown and counted as unsure. To change it set {name} in the environment and start again.",
            name=text.md("FENGPING_UNSURE_BELOW"),
        )
    )
    if queries.has_sample():
        st.subheader(t("Sample data"), anchor=False)
        st.write(t("Two invented brands are in this store."))
        if st.button(t("Remove sample"), key="_settings_sample_remove", icon=":material/delete:"):
            sample_banner.confirm_removal()
    else:
        st.subheader(t("Sample data"), anchor=False)
        st.caption(
            t("Two invented brands over sixty simulated days, to look around with. Your own data stays as it is.")
        )
        if st.button(t("Open the sample workspace"), key="_settings_sample_start", icon=":material/science:"):
            sample_banner.make()


def _zone() -> None:
    own = t("The browser's ({zone})", zone=st.context.timezone or "UTC")
    saved = queries.setting("zone", "") or ""
    options = [
        "",
        *sorted(
            zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
        ),
    ]
    chosen = st.selectbox(
        t("Time zone"),
        options,
        index=options.index(saved) if saved in options else 0,
        key=f"_zone_{saved}",
        format_func=lambda zone: zone or own,
        width=360,
    )
    if chosen != saved:
        decisions.set_setting("zone", chosen, who=people.me())
        st.rerun()


def _health() -> None:
    """Whether all is read, how full the disk is, and what `fengping doctor` says."""
    figures = queries.store_facts()
    _reading(figures)
    cards.facts(
        [
            (t("Store"), figures.where),
            (t("Size"), _bytes(figures.bytes)),
            (t("Free on the disk"), _bytes(figures.free)),
            (t("Mentions"), i18n.number(figures.mentions)),
            (t("Not read yet"), i18n.number(figures.unread)),
        ]
    )
    if st.button(t("Check everything"), icon=":material/stethoscope:", key="_doctor"):
        try:
            with st.spinner(t("Checking …")):
                st.session_state["_findings"] = commands.doctor()
        except FengpingError as error:
            states.refused(error)
    if (findings := st.session_state.get("_findings")) is not None:
        _findings(findings)


def _findings(findings: list[dict]) -> None:
    """What needs a hand, each with what to do; what is well is folded away."""
    bad = [one for one in findings if one.get("status") != "ok"]
    cards.headline(
        tn("{n} finding needs a look.", "{n} findings need a look.", len(bad)) if bad else t("All is well."),
        mood="watch" if bad else "",
        why=t("From `fengping doctor`."),
    )
    for number, one in enumerate(bad):
        with st.container(border=True, key=f"finding_{number}"):
            advice = _said(one.get("advice"), 300)
            cards.named(
                _check(one),
                _said(one.get("message"), 400),
                t("What to do: {advice}", advice=advice) if advice else "",
            )
    well = [one for one in findings if one.get("status") == "ok"]
    if well:
        with st.expander(tn("{n} check is well", "{n} checks are well", len(well)), icon=":material/check:"):
            cards.facts([(_check(one), _said(one.get("message"), 400)) for one in well])


def _said(sentence: object, limit: int) -> str:
    return text.line(error_words.in_words(text.line(sentence)), limit)


def _check(finding: dict) -> str:
    """What was looked at."""
    names = {
        "versions": t("Versions"),
        "disk": t("Disk"),
        "model": t("Model"),
        "inbox": t("Inbox"),
        "store": t("Store"),
        "sources": t("Sources"),
        "reading": t("Reading"),
        "outbox": t("Outbox"),
        "counts": t("Counts"),
    }
    name = str(finding.get("check"))
    return names.get(name, text.line(name, 80))


def _reading(figures: queries.StoreFacts) -> None:
    """The answer on top; for what could not be read why, and the way out."""
    if not figures.failed:
        waits = tn("{n} mention waits to be read.", "{n} mentions wait to be read.", figures.unread)
        why = t("They are read within minutes while `fengping up` runs.") if figures.unread else ""
        cards.headline(
            waits if figures.unread else t("Everything stored is read."), mood="learning" if why else "", why=why
        )
        return
    reasons = queries.failed_readings()
    cards.headline(
        tn("{n} mention could not be read.", "{n} mentions could not be read.", figures.failed),
        mood="watch",
        why=t("They are stored and counted apart; no chart takes them for calm."),
    )
    rows = [(_said(reason, 200) or t("no reason was kept"), i18n.number(n)) for reason, n in reasons.items()]
    cards.table((t("Reason"), t("Mentions")), rows[:REASONS], numeric=frozenset({1}))
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Read again"), type="primary", icon=":material/refresh:", key="_read_again"):
            decisions.read_again()
            st.rerun()  # and the answer on top says how many wait
        pages.link("mentions", t("See them"), state.View(sentiments=("failed",), period="90d"), icon=":material/forum:")


def _bytes(n: int | None) -> str:
    if n is None:
        return "–"
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1000:
            return f"{n:.0f} {unit}"
        n = n / 1000
    return f"{n:.1f} TB"


if __name__ == "__main__":
    show()

"""The knobs of a rule. What is drawn is a whole `RuleBody`; whether it may be saved is said by `analyzers.rules`."""

from datetime import time

import streamlit as st

from analyzers.rules import LEVELS, MEANWHILE, MEASURES, QuietHours, RuleBody, Scope
from dashboard import i18n, queries, text, words
from dashboard.i18n import t
from dashboard.state import LANGS
from storage.records import CHANNELS

KNOB = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0)


def draw(saved: RuleBody, key: str) -> RuleBody:
    st.subheader(t("Ring when"), anchor=False)
    measure = st.selectbox(
        t("What is measured"),
        MEASURES,
        index=MEASURES.index(saved.measure),
        format_func=words.measure,
        key=f"{key}_measure",
    )
    scope = _scope(saved.scope, key)
    knob = st.select_slider(
        t("False alarms per brand and month"),
        _knob_values(saved),
        value=saved.false_alarms_per_month,
        key=f"{key}_knob",
        format_func=lambda value: i18n.number(value) if value >= 1 else f"{value:g}",
        help=t(
            "How often it may ring by chance. Further right rings earlier, for weaker rises, and more often for nothing."
        ),
    )
    floor = st.number_input(
        t("Fewest mentions"),
        1,
        1_000_000,
        saved.floor,
        key=f"{key}_floor",
        disabled=measure == "silence",
        help=t("With fewer mentions than this it never rings."),
    )
    cooldown = st.number_input(
        t("Hours of calm before it rings again"),
        0.0,
        720.0,
        float(saved.cooldown_hours),
        step=1.0,
        format="%g",
        key=f"{key}_cooldown",
    )
    with st.expander(t("Who is told, and when not"), icon=":material/notifications:"):
        least = st.selectbox(
            t("From which level"),
            LEVELS,
            index=LEVELS.index(saved.least_level),
            format_func=words.level,
            key=f"{key}_least",
        )
        tell = _tell(saved, key)
        quiet = _quiet(saved.quiet, key)
    with st.expander(t("Whose case it is, and by when"), icon=":material/person:"):
        owner = st.text_input(t("Owner"), value=saved.owner, max_chars=60, key=f"{key}_owner")
        department = st.text_input(t("Department"), value=saved.department, max_chars=60, key=f"{key}_department")
        acknowledge = st.number_input(
            t("Minutes to acknowledge (0: no clock)"), 0, 100_000, saved.acknowledge_minutes, key=f"{key}_ack"
        )
        respond = st.number_input(
            t("Minutes to answer (0: no clock)"), 0, 100_000, saved.respond_minutes, key=f"{key}_respond"
        )
    return RuleBody(
        measure=measure,
        scope=scope,
        false_alarms_per_month=float(knob),
        floor=int(floor),
        cooldown_hours=float(cooldown),
        least_level=least,
        quiet=quiet,
        tell=tell,
        owner=owner.strip(),
        department=department.strip(),
        acknowledge_minutes=int(acknowledge),
        respond_minutes=int(respond),
    )


def _knob_values(saved: RuleBody) -> list[float]:
    return sorted({*KNOB, saved.false_alarms_per_month})


def _scope(saved: Scope, key: str) -> Scope:
    brands = {brand.id: text.line(brand.name, 60) for brand in queries.brands()}
    picked = st.multiselect(
        t("Brands"),
        list(brands),
        default=[b for b in saved.brands if b in brands],
        format_func=lambda b: brands[b],
        placeholder=t("Every brand that is no competitor"),
        key=f"{key}_brands",
    )
    narrowed = sum(map(bool, (saved.channels, saved.sources, saved.langs, saved.themes, saved.query)))
    with st.expander(t("Only some mentions") + (f" ({narrowed})" if narrowed else ""), icon=":material/filter_list:"):
        channels = st.multiselect(
            t("Channel"),
            CHANNELS,
            default=list(saved.channels),
            format_func=words.channel,
            placeholder=t("Any"),
            key=f"{key}_channels",
        )
        sources = {
            record.source.id: text.line(record.source.title or record.source.url, 60) for record in queries.sources()
        }
        chosen = st.multiselect(
            t("Source"),
            list(sources),
            default=[s for s in saved.sources if s in sources],
            format_func=lambda s: sources[s],
            placeholder=t("Any"),
            key=f"{key}_sources",
        )
        langs = st.multiselect(
            t("Language"),
            LANGS,
            default=list(saved.langs),
            format_func=words.lang,
            placeholder=t("Any"),
            key=f"{key}_langs",
        )
        names = list(dict.fromkeys((*queries.theme_labels(i18n.language()), *saved.themes)))
        themes = st.multiselect(
            t("Theme"),
            names,
            default=list(saved.themes),
            format_func=lambda name: text.line(words.theme(name), 60),
            placeholder=t("Any"),
            key=f"{key}_themes",
        )
        query = st.text_input(t("Search the text"), value=saved.query, max_chars=200, key=f"{key}_query")
    return Scope(tuple(picked), tuple(channels), tuple(chosen), tuple(langs), tuple(themes), query.strip())


def _tell(saved: RuleBody, key: str) -> dict[str, tuple[int, ...]]:
    """Per level, the targets told; a level left empty tells every target that takes it."""
    targets = {target.id: text.line(target.name, 60) for target in queries.targets()}
    if not targets:
        st.caption(t("Nobody is told yet: add a target in Settings."))
        return dict(saved.tell)
    tell: dict[str, tuple[int, ...]] = {}
    for level in LEVELS:
        chosen = st.multiselect(
            t("Told for {level}", level=words.level(level)),
            list(targets),
            format_func=lambda target: targets[target],
            default=[target for target in saved.tell.get(level, ()) if target in targets],
            key=f"{key}_tell_{level}",
            placeholder=t("Everyone who takes this level"),
        )
        if chosen:
            tell[level] = tuple(chosen)
    return tell


def _quiet(saved: QuietHours, key: str) -> QuietHours:
    on = st.toggle(t("Quiet hours"), value=bool(saved.start), key=f"{key}_quiet")
    start, end = saved.start, saved.end
    if on:
        left, right = st.columns(2)
        start = left.time_input(t("From"), _clock(saved.start, time(22)), key=f"{key}_quiet_start").strftime("%H:%M")
        end = right.time_input(t("Until"), _clock(saved.end, time(8)), key=f"{key}_quiet_end").strftime("%H:%M")
    weekends = st.toggle(t("Weekends are quiet, too"), value=saved.weekends, key=f"{key}_weekends")
    said = {
        "hold": t("notices wait until they end"),
        "urgent": t("red is told at once, the rest waits"),
        "ring": t("everything is told at once"),
    }
    meanwhile = st.radio(
        t("Meanwhile"),
        MEANWHILE,
        index=MEANWHILE.index(saved.meanwhile),
        format_func=lambda value: said[value],
        key=f"{key}_meanwhile",
        disabled=not (on or weekends),
    )
    first_time = (on or weekends) and not (saved.start or saved.weekends)
    zone = str(i18n.zone()) if first_time else saved.zone
    return QuietHours(
        start=start if on else "", end=end if on else "", weekends=weekends, zone=zone, meanwhile=meanwhile
    )


def _clock(value: str, default: time) -> time:
    try:
        return time.fromisoformat(value)
    except ValueError:
        return default

"""The knobs of a rule. What is drawn is a whole `RuleBody`; whether it may be saved is said by `analyzers.rules`."""

from collections.abc import Callable, Collection
from datetime import time
from typing import Any

import streamlit as st

from analyzers.rules import LEVELS, MEANWHILE, MEASURES, QuietHours, RuleBody, Scope
from dashboard import i18n, queries, text, words
from dashboard.components import held
from dashboard.i18n import t
from dashboard.rule_words import field, meanwhile, told_for
from dashboard.state import LANGS
from storage.records import CHANNELS

KNOB = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0)


def draw(saved: RuleBody, key: str) -> RuleBody:
    st.subheader(t("Ring when"), anchor=False)
    measure = _choice("measure", MEASURES, saved.measure, words.measure, key=f"{key}_measure")
    scope = _scope(saved.scope, key)
    knob, floor, cooldown = _numbers(saved, key, counted=measure != "silence")
    with st.expander(t("Who is told, and when not"), icon=":material/notifications:"):
        least = _choice("least_level", LEVELS, saved.least_level, words.level, key=f"{key}_least")
        tell = _tell(saved, key)
        quiet = _quiet(saved.quiet, key)
    with st.expander(t("Whose case it is, and by when"), icon=":material/person:"):
        owner = st.text_input(field("owner"), saved.owner, max_chars=60, key=f"{key}_owner")
        department = st.text_input(field("department"), saved.department, max_chars=60, key=f"{key}_department")
        acknowledge = st.number_input(
            field("acknowledge_minutes"), 0, 100_000, saved.acknowledge_minutes, key=f"{key}_ack"
        )
        respond = st.number_input(field("respond_minutes"), 0, 100_000, saved.respond_minutes, key=f"{key}_respond")
        st.caption(
            t("When a time runs out, the next ones up are told. A case found late leaves people a quarter of it.")
        )
    return RuleBody(
        measure=measure,
        scope=scope,
        false_alarms_per_month=knob,
        floor=floor,
        cooldown_hours=cooldown,
        least_level=least,
        quiet=quiet,
        tell=tell,
        owner=owner.strip(),
        department=department.strip(),
        acknowledge_minutes=int(acknowledge),
        respond_minutes=int(respond),
    )


def _choice(name: str, options: tuple[str, ...], value: str, said: Callable[[str], str], *, key: str) -> str:
    return st.selectbox(field(name), options, index=options.index(value), format_func=said, key=key)


def _numbers(saved: RuleBody, key: str, *, counted: bool) -> tuple[float, int, float]:
    """The knob, the floor (of no use where nothing is counted) and the hours of calm."""
    values = _knob_values(saved)
    knob = st.select_slider(
        field("false_alarms_per_month"),
        values,
        value=saved.false_alarms_per_month,
        key=f"{key}_knob",
        format_func=lambda value: i18n.number(value) if value >= 1 else f"{value:g}",
        help=t(
            "How often it may ring by chance. Further right rings earlier, for weaker rises, and more often for nothing."
        ),
    )
    floor = st.number_input(
        field("floor"),
        1,
        1_000_000,
        saved.floor,
        key=f"{key}_floor",
        disabled=not counted,
        help=t("With fewer mentions than this it never rings."),
    )
    cooldown = st.number_input(
        field("cooldown_hours"),
        0.0,
        720.0,
        float(saved.cooldown_hours),
        step=1.0,
        format="%g",
        key=f"{key}_cooldown",
    )
    at = held.held(f"{key}_knob")  # what is replayed follows the hand
    knob = values[at] if at is not None and 0 <= at < len(values) else knob
    return float(knob), int(floor), float(cooldown)


def _knob_values(saved: RuleBody) -> list[float]:
    return sorted({*KNOB, saved.false_alarms_per_month})


def _scope(saved: Scope, key: str) -> Scope:
    brands = {brand.id: text.line(brand.name, 60) for brand in queries.brands()}
    picked = st.multiselect(
        field("brands"),
        list(brands),
        default=[b for b in saved.brands if b in brands],
        format_func=lambda b: brands[b],
        placeholder=t("Every brand that is no competitor"),
        key=f"{key}_brands",
    )
    sources = {record.source.id: text.line(record.source.name, 60) for record in queries.sources()}
    themes = dict.fromkeys((*queries.theme_labels(i18n.language()), *saved.themes))
    narrowed = sum(map(bool, saved.narrowed.values()))
    with st.expander(t("Only some mentions") + (f" ({narrowed})" if narrowed else ""), icon=":material/filter_list:"):
        return Scope(
            tuple(picked),
            _some("channels", CHANNELS, saved.channels, words.channel, key=key),
            _some("sources", sources, saved.sources, lambda source: sources[source], key=key),
            _some("langs", LANGS, saved.langs, words.lang, key=key),
            _some("themes", themes, saved.themes, lambda name: text.line(words.theme(name), 60), key=key),
            st.text_input(field("query"), value=saved.query, max_chars=200, key=f"{key}_query").strip(),
        )


def _some(name: str, options: Collection[Any], chosen: tuple[Any, ...], say: Callable[[Any], str], *, key: str) -> Any:
    """Any number of some options; what is chosen and no longer there is left out."""
    there = [one for one in chosen if one in options]
    label, any_ = field(name), t("Any")
    return tuple(
        st.multiselect(label, list(options), default=there, format_func=say, placeholder=any_, key=f"{key}_{name}")
    )


def _tell(saved: RuleBody, key: str) -> dict[str, tuple[int, ...]]:
    """Per level, the targets told; a level left empty tells every target that takes it."""
    targets = {target.id: text.line(target.name, 60) for target in queries.targets()}
    if not targets:
        st.caption(t("Nobody is told yet: add a target in Settings."))
        return dict(saved.tell)
    tell: dict[str, tuple[int, ...]] = {}
    for level in LEVELS:
        chosen = st.multiselect(
            told_for(level),
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
    on = st.toggle(field("quiet"), value=bool(saved.start), key=f"{key}_quiet")
    start, end = saved.start, saved.end
    if on:
        left, right = st.columns(2)
        start = left.time_input(t("From"), _clock(saved.start, time(22)), key=f"{key}_quiet_start").strftime("%H:%M")
        end = right.time_input(t("Until"), _clock(saved.end, time(8)), key=f"{key}_quiet_end").strftime("%H:%M")
    weekends = st.toggle(field("weekends"), value=saved.weekends, key=f"{key}_weekends")
    during = st.radio(
        field("meanwhile"),
        MEANWHILE,
        index=MEANWHILE.index(saved.meanwhile),
        format_func=meanwhile,
        key=f"{key}_meanwhile",
        disabled=not (on or weekends),
    )
    first_time = (on or weekends) and not (saved.start or saved.weekends)
    zone = str(i18n.zone()) if first_time else saved.zone
    return QuietHours(start=start if on else "", end=end if on else "", weekends=weekends, zone=zone, meanwhile=during)


def _clock(value: str, default: time) -> time:
    try:
        return time.fromisoformat(value)
    except ValueError:
        return default

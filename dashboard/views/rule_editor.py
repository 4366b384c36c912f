"""One rule: turn the knob and see, before saving, every alarm of the last 90 days it would have rung.

History is scored once per scope and measure; a move of the knob replays it in milliseconds. Alarms carry the verdict
people gave to what happened then, so a setting is judged by what it would have caught and what it would have rung for
nothing.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import zip_longest

import streamlit as st

from analyzers.rules import RuleBody, Rung, Scope, judge_replay, rule_from_plain, rule_to_plain
from dashboard import case_words, decisions, i18n, pages, people, queries, replays, rule_words, state, text, words
from dashboard.components import cards, charts, filters, states
from dashboard.i18n import t, tn
from dashboard.unheard import unheard
from dashboard.views import rule_fields
from errors import InputError
from storage.records import RuleRecord, RuleVersion

MOST_ALARMS = 200
_TOLD = "_rule_meanwhile"


def show(rule: RuleRecord | None) -> None:
    pages.link("rules", t("All rules"), icon=":material/arrow_back:")
    st.title(t("New rule") if rule is None else text.md(words.rule(rule.name), 80), anchor=False)
    asked = state.View() if rule else state.from_address()
    try:
        body = rule_from_plain(rule.body) if rule else _listening_for(asked)
    except InputError as error:
        states.refused(error)
        body = RuleBody()
    if left_out := _left_out(asked):
        st.info(t("A rule cannot listen for {what}: left out.", what=t(", ").join(left_out)))
    _editor(rule, body, name=words.rule(rule.name) if rule else text.line(" · ".join(_named(asked)), 200))
    if rule is not None:
        _versions(rule)


def _listening_for(asked: state.View) -> RuleBody:
    """A rule that rings on what a view of mentions shows."""
    scope = Scope(asked.brands, asked.channels, asked.sources, asked.langs, asked.themes, asked.query)
    counted = not asked.sentiments or "negative" in asked.sentiments
    return RuleBody(measure="negative" if counted else "total", scope=scope)


def _named(asked: state.View) -> list[str]:
    """What a rule made of a view is called, until somebody says otherwise."""
    brands = {brand.id: brand.name for brand in queries.brands()}
    heard = replace(asked, sentiments=(), flagged=None, author=None, case_id=None, copy_group=None)
    return [brands[one] for one in asked.brands if one in brands] + filters.in_words(heard)


def _left_out(asked: state.View) -> list[str]:
    """What a view is narrowed by and a rule cannot be."""
    only = replace(state.View(), flagged=asked.flagged, author=asked.author, case_id=asked.case_id)
    return filters.in_words(replace(only, copy_group=asked.copy_group))


@st.fragment
@states.guarded
def _editor(rule: RuleRecord | None, saved: RuleBody, *, name: str) -> None:
    """A fragment, so that a move of the knob redraws this and nothing else."""
    left, right = st.columns([0.36, 0.64], gap="large")
    key = f"rule_{rule.id}_{rule.version}" if rule else "rule_new"
    with left:
        name = st.text_input(t("Name"), value=name, max_chars=200, key=f"{key}_name_{i18n.language()}")
        changed = rule_fields.draw(saved, key)
    with right:
        found = _judged(changed)
        if found:
            _answer(found)
        _save(rule, name, saved, changed)
        if found:
            _replay(found, changed, key)


def _save(rule: RuleRecord | None, name: str, saved: RuleBody, changed: RuleBody) -> None:
    name = _stored(rule, name.strip())
    same = rule is not None and changed == saved and name == rule.name
    last = queries.rule_versions(rule.id)[0] if rule else None
    seen = _meanwhile(rule, last)
    label = t("Save") if last is None else t("Save as version {n}", n=last.version + 1)
    if st.button(label, type="primary", disabled=same, key="_rule_save", icon=":material/save:") and seen:
        try:
            checked = rule_from_plain(rule_to_plain(changed))
            if not name:
                raise InputError(t("The rule needs a name."))
            what = "renamed" if rule is not None and name != rule.name else "changed"
            saved_id = decisions.save_rule(rule.id if rule else None, name, checked, what=what, who=people.me())
        except InputError as error:
            states.refused(error)
            return
        states.offer_undo(t("Rule saved."), partial(_take_back, saved_id, rule, last))
        pages.go("rules", rule=saved_id)
    if same:
        st.caption(t("Nothing changed yet."))


def _meanwhile(rule: RuleRecord | None, last: RuleVersion | None) -> bool:
    """Two people may have one rule open: the second is told what the first saved. False when that is said just now."""
    if rule is None or last is None or last.version == rule.version:
        return True
    said = t("{who} saved version {n} in the meantime. Yours replaces it when you save.", who=last.who, n=last.version)
    st.warning(text.md(said, 300), icon=":material/group:")
    before, st.session_state[_TOLD] = st.session_state.get(_TOLD), (rule.id, last.version)
    return before == (rule.id, last.version)


def _stored(rule: RuleRecord | None, name: str) -> str:
    """The name to store: one of the store's own rules is shown in the viewer's language, and keeps both."""
    return rule.name if rule is not None and name == words.rule(rule.name) else name


def _take_back(rule_id: int, before: RuleRecord | None, last: RuleVersion | None) -> None:
    """A new rule goes again; a changed one gets its name and its body back."""
    if before is None or last is None:
        decisions.delete_rule(rule_id)
    else:
        back = f"back to version {last.version}"
        decisions.save_rule(rule_id, before.name, rule_from_plain(last.body), what=back, who=people.me())


def _judged(body: RuleBody) -> list:
    """Each brand's history with what this setting would have rung; what is wrong with it, or missing, is said."""
    try:
        rule_from_plain(rule_to_plain(body))
    except InputError as error:
        states.refused(error)
        return []
    runs = replays.runs(body.scope, body.measure)
    if not runs:
        cards.state(t("Nothing to replay yet."), more=t("There are no mentions of these brands in the last 90 days."))
    return [(run, *judge_replay(replays.would_ring(run, body), run.past, days=run.days)) for run in runs]


def _replay(found: list, body: RuleBody, key: str) -> None:
    now = datetime.now(UTC)
    if body.measure == "silence":
        st.caption(t("Sources that cannot be heard open a case of their own; that is not replayed."))
    run, rung, _ = _one_brand(found, key)
    if not any(run.values):
        cards.state(t("No mention in these 90 days is one that this rule would count."))
        return
    st.plotly_chart(
        charts.replayed(
            run.starts,
            run.values,
            run.usual_high,
            [(one.spike.start, one.spike.until, one.verdict or "") for one in rung],
            now=now,
            measure=body.measure,
            unheard=unheard(run.brand_id, body.scope, run.starts[0], run.until),
        ),
        key=f"{key}_chart",
        theme=None,
        config=charts.PLOT_CONFIG,
        alt=t("The last 90 days by the hour with the alarms this setting would have rung; they are listed below."),
    )
    if run.learning is not None:
        st.caption(t("Learning what is usual: {n} of 14 days.", n=run.learning))
    _alarms(run, rung, body.scope, now)


def _answer(found: list) -> None:
    """About how many a month; what real cases it catches; what it rings for nothing."""
    alarms = sum(score.alarms for _, _, score in found)
    per_month = sum(score.per_month for _, _, score in found if score.per_month == score.per_month)
    real, caught = sum(score.real for _, _, score in found), sum(score.real_caught for _, _, score in found)
    false_rung = sum(score.false_rung for _, _, score in found)
    shown = (
        "0"
        if alarms == 0
        else (i18n.number(round(per_month)) if per_month >= 9.5 else i18n.number(round(per_month, 1)))
    )
    days = max(run.days for run, _, _ in found)
    why = [tn("{n} alarm in {time}", "{n} alarms in {time}", alarms, time=i18n.duration(timedelta(days=days)))]
    if real:
        why.append(
            tn(
                "catches {caught} of {n} case people called real",
                "catches {caught} of {n} cases people called real",
                real,
                caught=i18n.number(caught),
            )
        )
    if false_rung:
        why.append(tn("{n} that people called false", "{n} that people called false", false_rung))
    cards.headline(t("About {n} a month.", n=shown), why=t("; ").join(why), mood="plain")


def _one_brand(found: list, key: str) -> tuple:
    if len(found) == 1:
        return found[0]
    names = {item[0].brand_id: f"{text.md(item[0].brand, 30)} ({item[2].alarms})" for item in found}
    most = max(found, key=lambda item: item[2].alarms)[0].brand_id
    chosen = st.pills(
        t("Brand"), list(names), default=most, required=True, format_func=lambda b: names[b], key=f"{key}_brand"
    )
    return next((item for item in found if item[0].brand_id == chosen), found[0])


def _alarms(run: replays.Run, rung: list[Rung], scope: Scope, now: datetime) -> None:
    if not rung:
        st.caption(t("No alarm in this period."))
        return
    cards.table(
        (t("When"), t("What"), t("Usual"), t("By chance"), t("Verdict")),
        [
            (
                cards.PageLink(i18n.moment(one.spike.start, now), "mentions", _mentions(run, one, scope)),
                t("{n} in {time}", n=i18n.number(one.spike.observed), time=case_words.span(one.spike)),
                f"{one.spike.low}–{one.spike.high}",
                case_words.by_chance(one.spike),
                words.verdict(one.verdict) if one.verdict else t("none yet"),
            )
            for one in sorted(rung, key=lambda one: one.spike.start, reverse=True)[:MOST_ALARMS]
        ],
    )
    if len(rung) > MOST_ALARMS:
        st.caption(t("The newest {n} are listed.", n=MOST_ALARMS))


def _mentions(run: replays.Run, one: Rung, scope: Scope) -> dict[str, list[str]]:
    """The mentions an alarm is made of, as a link."""
    inside = state.View(
        brands=(run.brand_id,),
        sentiments=() if one.spike.measure == "total" else ("negative",),
        channels=scope.channels,
        sources=scope.sources,
        langs=scope.langs,
        themes=scope.themes,
        query=scope.query,
    )
    return state.link_params(inside.at(one.spike.start, one.spike.until))


def _versions(rule: RuleRecord) -> None:
    st.subheader(t("Versions"), anchor=False)
    newest_first = sorted(queries.rule_versions(rule.id), key=lambda v: v.version, reverse=True)
    for version, before in zip_longest(newest_first, newest_first[1:]):
        _version(rule, version, before)


def _version(rule: RuleRecord, version: RuleVersion, before: RuleVersion | None) -> None:
    when, what, act = st.columns([0.37, 0.49, 0.14], vertical_alignment="center")
    said = t("Version {n}", n=version.version) + " · " + i18n.exact(version.at)
    when.markdown(f"{said} · {text.md(version.who, 40)}")
    what.caption(text.md(rule_words.history(version, before), 500))
    if version.version == rule.version:
        act.badge(t("in force"), color="gray")
    else:
        act.button(
            t("Restore"),
            key=f"_restore_{version.version}",
            icon=":material/history:",
            on_click=_restore,
            args=(rule, version.version),
        )


@states.tried
def _restore(rule: RuleRecord, version: int) -> None:
    decisions.restore_rule(rule.id, version, who=people.me())
    states.offer_undo(
        t("Version {n} restored.", n=version), partial(decisions.restore_rule, rule.id, rule.version, who=people.me())
    )

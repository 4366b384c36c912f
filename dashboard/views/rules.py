"""Rules: what rings, and whom? Each in a sentence; opened, its knobs and the ninety days it would have rung in."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from analyzers.rules import RuleBody, rule_from_plain
from analyzers.spikes import LEARNING_DAYS
from dashboard import decisions, i18n, pages, people, queries, state, text, words
from dashboard.components import cards, states
from dashboard.i18n import t, tn
from dashboard.views import rule_editor
from errors import InputError
from storage.records import RuleRecord

NEW = "new"


def show() -> None:
    opened = state.param("rule")
    if opened == NEW:
        rule_editor.show(None)
        return
    if opened is not None:
        found = next((rule for rule in queries.rules() if str(rule.id) == opened), None)
        if found is not None:
            rule_editor.show(found)
            return
        st.warning(t("There is no such rule."))
    _list()


def _list() -> None:
    now = datetime.now(UTC)
    st.title(t("Rules"), anchor=False)
    rules = queries.rules()
    on = [rule for rule in rules if rule.enabled]
    cards.headline(
        tn("{n} rule rings.", "{n} rules ring.", len(on)) if on else t("Nothing rings."),
        mood="plain" if on else "learning",
        why=t("A rule rings when its measure leaves what is usual; each ring opens a case and tells people."),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        pages.link("rules", t("New rule"), icon=":material/add:", rule=NEW)
    if not rules:
        cards.state(
            t("No rule yet."), more=t("Every brand gets a first rule by itself when monitoring begins; or make one.")
        )
    for rule in rules:
        _card(rule, now)


def _card(rule: RuleRecord, now: datetime) -> None:
    with st.container(border=True, gap="xsmall", key=f"rule_{rule.id}"):
        cards.named(words.rule(rule.name), say(rule), _learning(rule))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            key = f"rule_on_{rule.id}"
            st.session_state[key] = rule.enabled  # as it is stored, should switching it have failed
            st.toggle(t("On"), key=key, on_change=_switch, args=(rule.id, not rule.enabled))
            pages.link("rules", t("Open"), icon=":material/tune:", rule=rule.id)
            _ask_delete(rule)


def say(rule: RuleRecord) -> str:
    """A rule as one sentence."""
    try:
        body = rule_from_plain(rule.body)
    except InputError as error:
        return t("This rule cannot be read: {reason}", reason=text.line(error, 200))
    return sentence(body)


def sentence(body: RuleBody) -> str:
    brands = {brand.id: brand.name for brand in queries.brands()}
    whose = t(", ").join(brands.get(brand, "?") for brand in body.scope.brands) or t(
        "every brand that is no competitor"
    )
    if body.measure == "silence":
        said = t(
            "Rings when {brands} or a source of it goes quiet for longer than usual, or cannot be heard", brands=whose
        )
    else:
        said = t(
            "Rings when {measure} of {brands} leave what is usual", measure=words.measure(body.measure), brands=whose
        )
    narrowed = [words.channel(c) for c in body.scope.channels] + [words.lang(c) for c in body.scope.langs]
    narrowed += [words.theme(name) for name in body.scope.themes] + (
        [f"“{body.scope.query}”"] if body.scope.query else []
    )
    titles = {record.source.id: record.source.name for record in queries.sources()}
    narrowed += [titles.get(source, "?") for source in body.scope.sources]
    if narrowed:
        said += t(" (only {what})", what=t(", ").join(narrowed))
    alarms = i18n.number(round(body.false_alarms_per_month, 2))
    if body.measure == "silence":
        return t("{said}; false alarms per brand and month: about {n}.", said=said, n=alarms)
    return t(
        "{said}, from {floor} mentions on; false alarms per brand and month: about {n}.",
        said=said,
        floor=body.floor,
        n=alarms,
    )


def _learning(rule: RuleRecord) -> str:
    """What the rule's last look said of each brand, where it cannot judge yet."""
    brands = {str(brand.id): brand.name for brand in queries.brands()}
    said = []
    for brand_id, judged in rule.evaluated_to.items():
        if isinstance(judged, dict) and judged.get("learning") and str(brand_id) in brands:
            days = t("learning, {n} of {all} days", n=int(judged.get("days") or 0), all=round(LEARNING_DAYS))
            said.append(f"{brands[str(brand_id)]}: {days}")
    return t("; ").join(said)


@states.tried
def _switch(rule_id: int, on: bool) -> None:
    decisions.enable_rule(rule_id, on, who=people.me())
    said = t("Rule switched on.") if on else t("Rule switched off.")
    states.offer_undo(said, partial(decisions.enable_rule, rule_id, not on, who=people.me()))


def _ask_delete(rule: RuleRecord) -> None:
    with st.popover(t("Delete"), icon=":material/delete:", type="tertiary"):
        st.markdown(
            t("Delete the rule “{name}”? It rings no more; cases stay.", name=text.md(words.rule(rule.name), 80))
        )
        if st.button(t("Delete"), type="primary", key=f"rule_delete_{rule.id}"):
            decisions.delete_rule(rule.id)
            said = t("Rule “{name}” deleted.", name=words.rule(rule.name))
            states.offer_undo(said, partial(decisions.bring_back_rule, rule.id))
            st.rerun()


if __name__ == "__main__":
    show()

"""A rule in words: what its fields are called, once for the form and the history, and what changed between versions.

What changed is read off the two versions themselves when the page is drawn, so an old change is told in the language
of whoever looks now, under the names that brands, sources and targets bear today. Blind spot: what was deleted since is
told by its number.
"""

import re
from collections.abc import Iterable, Mapping

from analyzers.rules import LEVELS, QuietHours, RuleBody, rule_from_plain
from dashboard import queries, text, words
from dashboard.i18n import t
from errors import InputError
from storage.records import RuleVersion

_BACK = re.compile(r"back to version (\d+)")


def field(name: str) -> str:
    """The label of a field of a rule, or of its scope."""
    labels = {
        "measure": t("What is measured"),
        "brands": t("Brands"),
        "channels": t("Channel"),
        "sources": t("Source"),
        "langs": t("Language"),
        "themes": t("Theme"),
        "query": t("Search the text"),
        "false_alarms_per_month": t("False alarms per brand and month"),
        "floor": t("Fewest mentions"),
        "cooldown_hours": t("Hours of calm before it rings again"),
        "least_level": t("From which level"),
        "quiet": t("Quiet hours"),
        "weekends": t("Weekends are quiet, too"),
        "zone": t("Time zone"),
        "meanwhile": t("Meanwhile"),
        "owner": t("Owner"),
        "department": t("Department"),
        "acknowledge_minutes": t("Minutes from the first mention to acknowledging (0: no clock)"),
        "respond_minutes": t("Minutes from the first mention to answering (0: no clock)"),
    }
    return labels[name]


def told_for(level: str) -> str:
    return t("Told for {level}", level=words.level(level))


def meanwhile(value: str) -> str:
    """What happens during quiet hours."""
    said = {
        "hold": t("notices wait until they end"),
        "urgent": t("red is told at once, the rest waits"),
        "ring": t("everything is told at once"),
    }
    return said[value]


def history(version: RuleVersion, before: RuleVersion | None) -> str:
    """What a version did, in the viewer's language; plain text."""
    said = _known(version.what)
    try:
        changed = changes(rule_from_plain(before.body), rule_from_plain(version.body)) if before else []
    except InputError:  # written by hand and not to be understood: what was noted is all there is
        return said or text.line(version.what, 200)
    if said is None and not changed:
        return text.line(version.what, 200)
    return t("; ").join(part for part in (said, *changed) if part) or t("changed")


def _known(what: str) -> str | None:
    """The store's own words for what was done: empty where only fields changed; None when somebody else wrote them."""
    if back := _BACK.fullmatch(what):
        return t("back to version {n}", n=int(back[1]))
    said = {
        "added": t("added"),
        "made with the store": t("made with the store"),
        "turned on": t("turned on"),
        "turned off": t("turned off"),
        "imported": t("imported"),
        "renamed": t("renamed"),
        "changed": "",
    }
    return said.get(what)


def changes(before: RuleBody, after: RuleBody) -> list[str]:
    """Each field that differs: its label, the old value and the new one."""
    old, new = _values(before), _values(after)
    return [label + t(": {detail}", detail=f"{old[label]} → {new[label]}") for label in new if old[label] != new[label]]


def _values(body: RuleBody) -> dict[str, str]:
    """A rule as the form shows it: label and value, in the form's order."""
    scope, quiet = body.scope, body.quiet
    any_ = t("Any")
    said = {
        "measure": words.measure(body.measure),
        "brands": _names(scope.brands, _brands(), t("Every brand that is no competitor")),
        "channels": _list(map(words.channel, scope.channels), any_),
        "sources": _names(scope.sources, _sources(), any_),
        "langs": _list(map(words.lang, scope.langs), any_),
        "themes": _list(map(words.theme, scope.themes), any_),
        "query": _or_dash(scope.query),
        "false_alarms_per_month": _number(body.false_alarms_per_month),
        "floor": _number(body.floor),
        "cooldown_hours": _number(body.cooldown_hours),
        "least_level": words.level(body.least_level),
        "owner": _or_dash(body.owner),
        "department": _or_dash(body.department),
        "acknowledge_minutes": _number(body.acknowledge_minutes),
        "respond_minutes": _number(body.respond_minutes),
    }
    targets = {one.id: text.line(one.name, 60) for one in queries.targets()}
    told = {
        told_for(level): _names(body.tell.get(level, ()), targets, t("Everyone who takes this level"))
        for level in LEVELS
    }
    return {field(name): value for name, value in {**said, **_quiet(quiet)}.items()} | told


def _quiet(quiet: QuietHours) -> dict[str, str]:
    return {
        "quiet": f"{quiet.start}–{quiet.end}" if quiet.start else t("off"),
        "weekends": t("on") if quiet.weekends else t("off"),
        "zone": text.line(quiet.zone, 60),
        "meanwhile": meanwhile(quiet.meanwhile),
    }


def _brands() -> dict[int, str]:
    return {one.id: text.line(one.name, 60) for one in queries.brands()}


def _sources() -> dict[int, str]:
    return {one.source.id: text.line(one.source.name, 60) for one in queries.sources()}


def _names(ids: Iterable[int], names: Mapping[int, str], empty: str) -> str:
    return _list((names.get(one, f"#{one}") for one in ids), empty)


def _list(said: Iterable[str], empty: str) -> str:
    return t(", ").join(text.line(one, 60) for one in said) or empty


def _number(value: float) -> str:
    """Exact, as in the form: 12,345 and 12,346 differ."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _or_dash(value: str) -> str:
    return text.line(value, 200) or "–"

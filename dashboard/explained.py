"""What `analyzers.explain` said of a case when it was stored, read back for the screen in the viewer's language and zone.

Nothing is added: a claim is shown with the counts and the mentions it was stored with. What is stored in a shape we do
not know (an older or newer Fengping) is left out, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analyzers.explain import Arithmetic, gone_quiet, not_heard
from analyzers.explain import in_words as said_of
from dashboard import error_words, i18n, queries, words
from dashboard.i18n import t, tn
from errors import InputError
from storage.records import CaseRecord, MentionRow

EXAMPLES, TERMS = 3, 6


@dataclass(frozen=True)
class Said:
    """A claim in words, with the mentions that show it."""

    said: str
    mention_ids: tuple[int, ...]


def title(case: CaseRecord) -> str | None:
    named = _part(case, "title").get(i18n.language())
    return str(named) if named else None


def by_hand(case: CaseRecord) -> bool:
    """Whether a person opened it and no rule rang since: there is no arithmetic to it and no why."""
    return not case.spikes and not _part(case, "why") and not _part(case, "title")


def quiet(case: CaseRecord) -> bool:
    """Whether it is about what was not said, or not heard: there are no mentions to explain it by."""
    return bool(case.spikes) and all(spike.measure in ("silence", "unheard") for spike in case.spikes)


def in_words(case: CaseRecord) -> str:
    """The arithmetic, with times in the viewer's zone; as stored where its figures are of another shape."""
    facts = dict(_part(case, "facts"))
    try:
        if quiet(case):
            return _unsaid(case.brand, facts)
        for name in ("start", "end", "first_seen"):
            facts[name] = datetime.fromisoformat(facts[name]) if facts.get(name) else None
        facts["copy_ids"] = tuple(facts.get("copy_ids") or ())
        return said_of(Arithmetic(**facts), i18n.language(), i18n.zone())
    except (TypeError, ValueError, KeyError, AttributeError, InputError):
        return str(_part(case, "words").get(i18n.language()) or "")


def unheard(case: CaseRecord) -> list[tuple[str, str]]:
    """The sources that could not be heard: each by name, with since when and why."""
    sources = _part(case, "facts").get("sources")
    known = [one for one in sources if isinstance(one, Mapping)] if isinstance(sources, list) else []
    return [(str(one.get("name")), _not_heard(one)) for one in known]


def _not_heard(one: Mapping[str, Any]) -> str:
    since, why = _moment(one.get("since")), error_words.in_words(str(one.get("why") or ""))
    return t("Since {time}: {error}", time=i18n.moment(since), error=why or t("no reason was kept")) if since else why


def _unsaid(brand: str, facts: Mapping[str, Any]) -> str:
    lang, zone = i18n.language(), i18n.zone()
    if "sources" in facts:
        sources = [(one["name"], datetime.fromisoformat(one["since"])) for one in facts["sources"]]
        return not_heard(brand, sources, lang, zone, of=facts["listened_to"])
    hours = {name: facts[f"{name}_hours"] for name in ("gap", "usual", "limit")}
    return gone_quiet(datetime.fromisoformat(facts["since"]), lang, zone, **hours)


def claims(case: CaseRecord) -> list[Said]:
    """The first mention, then copies, since they explain most; then what marks the spike, strongest first."""
    why = _part(case, "why")
    found = [_origin(one) for one in why.get("origins") or [] if isinstance(one, Mapping) and one.get("copies")]
    found = _first(case) + found
    if why.get("too_few"):
        return found
    marks = [one for one in why.get("claims") or [] if isinstance(one, Mapping) and one.get("mention_ids")]
    marks.sort(key=lambda one: -float(one.get("z") or 0))
    return found[:3] + [_claim(one) for one in marks[:TERMS]]


def _first(case: CaseRecord) -> list[Said]:
    facts = _part(case, "facts")
    seen, number = _moment(facts.get("first_seen")), facts.get("first_id")
    if seen is None or not isinstance(number, int):
        return []
    return [Said(t("The first mention came at {time}.", time=i18n.moment(seen)), (number,))]


def _graded(figure: str, value: float, grade: str) -> str:
    n = round(value)
    if figure == "reach":
        return tn("{n} separate voice ({level})", "{n} separate voices ({level})", n, level=grade)
    if figure == "speed":
        return tn(
            "{n} mention in the busiest hour ({level})", "{n} mentions in the busiest hour ({level})", n, level=grade
        )
    return t("{n} times the usual ({level})", n=i18n.number(round(value, 1 if value < 10 else None)), level=grade)


def level(case: CaseRecord) -> str:
    """Why this level: the three figures as they were last read off the table, each with its grade."""
    graded = _part(case, "level")
    figures, grades = graded.get("figures"), graded.get("grades")
    if not isinstance(figures, Mapping) or not isinstance(grades, Mapping):
        return ""
    said = [
        _graded(key, figures[key], words.level(str(grades[key])))
        for key in ("strength", "reach", "speed")
        if key in grades and isinstance(figures.get(key), int | float)
    ]
    return (
        t("How grave: {figures}; the level is the middle one, and never falls.", figures=t(", ").join(said))
        if said
        else ""
    )


def marked(case: CaseRecord) -> int | None:
    """How many things mark the case against the weeks before; None where too few mentions were at hand to say."""
    why = _part(case, "why")
    return None if not why or why.get("too_few") else len(why.get("claims") or [])


def _origin(one: Mapping[str, Any]) -> Said:
    copies = [pair for pair in one.get("copies") or [] if pair]
    ids = (int(one["first_id"]), *(int(pair[0]) for pair in copies))
    return Said(
        tn(
            "One text was repeated {n} time; first at {time}.",
            "One text was repeated {n} times; first at {time}.",
            len(copies),
            time=i18n.moment(_moment(one.get("first_at"))),
        ),
        ids,
    )


def _claim(one: Mapping[str, Any]) -> Said:
    value = str(one.get("value") or "")
    names = {
        "term": t("the word “{value}”", value=value),
        "theme": t("the theme {value}", value=words.theme(value)),
        "source": t("the source {value}", value=value),
        "author": t("the author {value}", value=value),
        "region": t("the region {value}", value=value),
    }
    return Said(
        t(
            "Marked by {what}: {n} of {of} here, {m} of {before} in the four weeks before.",
            what=names.get(str(one.get("kind")), value),
            n=one.get("in_spike"),
            of=one.get("of_spike"),
            m=one.get("in_baseline"),
            before=one.get("of_baseline"),
        ),
        tuple(int(i) for i in one["mention_ids"]),
    )


def representative(case: CaseRecord) -> list[MentionRow]:
    """Mentions that differ from each other and stand for the rest; the newest of the case where none were chosen."""
    chosen = [one.get("mention_id") for one in _part(case, "why").get("examples") or [] if isinstance(one, Mapping)]
    ids = [int(one) for one in chosen if one is not None] or list(queries.case_mention_ids(case.id)[-EXAMPLES:])
    rows = (
        next((row for row in queries.mention(one) if row.brand_id == case.brand_id), None) for one in ids[:EXAMPLES]
    )
    return [row for row in rows if row is not None]


def _part(case: CaseRecord, name: str) -> Mapping[str, Any]:
    part = (case.explanation or {}).get(name)
    return part if isinstance(part, Mapping) else {}


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None

"""A case's account: level, title, arithmetic in words and why, from the spike and the mentions behind it.

Stored with the case as plain values; everything in it can be made again from the case's export and the counts before it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analyzers import clock
from analyzers.explain import Told, Why, arithmetic, gone_quiet, grades, in_words, not_heard, why
from analyzers.explain.recount import spread
from analyzers.levels import levels_from_plain
from analyzers.rules import RuleBody
from analyzers.spikes import Silence, Spike
from analyzers.text.themes import default_themes, themes_from
from storage import brands, pages
from storage.engine import Tx
from storage.records import CaseRecord, MentionFilter, MentionRow
from storage.settings_store import get_setting

BASELINE = timedelta(days=28)
MOST_BASELINE = 1_500  # mentions the spike is held against, the newest before it
_MEASURES = {
    "en": {"negative": "negative mentions", "share": "negative share", "total": "many mentions"},
    "zh": {"negative": "负面提及", "share": "负面占比", "total": "提及激增"},
}


@dataclass(frozen=True)
class Unheard:
    """A source that cannot be heard: since when (ISO 8601) and why, in its own last words."""

    source_id: int
    name: str
    since: str
    why: str


@dataclass(frozen=True)
class Account:
    """What is said of a case. `plain` is stored as its explanation; `words` is the arithmetic per language."""

    level: str
    title: str
    words: dict[str, str]
    representatives: tuple[int, ...]
    plain: dict[str, Any]
    figures: dict[str, Any]


def account(
    tx: Tx, body: RuleBody, brand_id: int, spike: Spike, mentions: Sequence[MentionRow], *, now: datetime, zone: str
) -> Account:
    """The account of a spike whose mentions so far are `mentions`."""
    brand = brands.get_brand(tx, brand_id)
    names = brand.names if brand else ()
    told = [told_of(row, names) for row in mentions]
    facts = arithmetic(spike, told)
    reasons = why(told, _baseline(tx, body, brand_id, spike, names))
    graded = grades(spike, told, levels_from_plain(get_setting(tx, "levels")))
    words = {lang: in_words(facts, lang, ZoneInfo(zone)) for lang in ("en", "zh")}
    titles = _titles(tx, names[0] if names else str(brand_id), body.measure, mentions, reasons)
    examples = tuple(example.mention_id for example in reasons.examples)
    plain = {
        "title": titles,
        "words": words,
        "facts": _plain(asdict(facts)),
        "why": _plain(asdict(reasons)),
        "level": asdict(graded),
        "made_at": now.isoformat(),
    }
    return Account(graded.level, titles["zh" if _is_han(titles["zh"]) else "en"], words, examples, plain, {})


def told_of(row: MentionRow, names: Iterable[str] = ()) -> Told:
    """A stored mention as explanations see it; the brand's own names are no term that explains."""
    own = {name.casefold() for name in names} | {part.casefold() for name in names for part in name.split()}
    return Told(
        id=row.id,
        published_at=row.published_at,
        tokens=tuple(word for word in row.keywords if word.casefold() not in own),
        author=row.author or "",
        source=row.source_title,
        channel=row.channel,
        region=row.region or "",
        themes=row.themes,
        copy_group=str(row.copy_group) if row.copy_group is not None and row.copies > 1 else "",
        label=row.sentiment,
    )


def _baseline(tx: Tx, body: RuleBody, brand_id: int, spike: Spike, names: Sequence[str]) -> list[Told]:
    """Mentions of the same measure in the four weeks before the spike."""
    scope = replace(counted_in(body, (brand_id,)), sentiments=body.sentiments)
    f = replace(scope, since=spike.start - BASELINE, until=spike.start)
    return [told_of(row, names) for row in pages.page(tx, f, limit=MOST_BASELINE).rows]


def counted_in(body: RuleBody, brand_ids: tuple[int, ...]) -> MentionFilter:
    """The mentions a rule looks at, of any sentiment and time."""
    return MentionFilter(brands=brand_ids, **body.scope.narrowed)


def _titles(tx: Tx, brand: str, measure: str, mentions: Sequence[MentionRow], reasons: Why) -> dict[str, str]:
    """Brand and what it is about, per language: the theme that marks the spike, else the one most mentions have."""
    marked = reasons.of("theme")
    seen = Counter(theme for row in mentions for theme in row.themes)
    theme = marked[0].value if marked else (seen.most_common(1)[0][0] if seen else "")
    stored = get_setting(tx, "themes")
    labels = {one.name: one.labels for one in (themes_from(stored) if stored else default_themes())}
    titles = {}
    for lang in ("en", "zh"):
        about = labels.get(theme, {}).get(lang, theme)
        kind = _MEASURES[lang].get(measure, measure)
        titles[lang] = f"{brand}: {about}, {kind}" if lang == "en" and about else f"{brand}: {kind}"
        if lang == "zh":
            titles[lang] = f"{brand}：{about}{kind}" if about else f"{brand}：{kind}"
    return titles


def _is_han(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text.split("：")[0])


def _plain(value: Any) -> Any:
    """Nested values as JSON takes them: times as ISO 8601, tuples as lists, nan as null."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and value != value else value


def by_hand_words(case: CaseRecord) -> dict[str, str]:
    """What is said of a case that no rule rang: there is no arithmetic to it."""
    n = case.mentions
    return {
        "en": f"Opened by hand, with {n} mention{'' if n == 1 else 's'}; no rule rang.",
        "zh": f"人工立案，附 {n} 条提及；没有规则报警。",
    }


def grown_words(mentions: Sequence[MentionRow], said: Mapping[str, Any]) -> dict[str, str]:
    """What became of a case, of which these are all mentions, since it rang; nothing where what is `said` of it has no
    figures for its level."""
    if not (said.get("level") or {}).get("figures"):
        return {"en": "", "zh": ""}
    n, (voices, hour) = len(mentions), spread([told_of(row) for row in mentions])
    counted, by = f"{n} mention{'' if n == 1 else 's'}", f"{voices} separate voice{'' if voices == 1 else 's'}"
    return {
        "en": f" By now {counted} in all, by {by}, {hour} in the busiest hour.",
        "zh": f"至今共 {n} 条提及，来自 {voices} 个不同发声者，最忙的一小时 {hour} 条。",
    }


_LATE = {"en": " (overdue)", "zh": "（已超时）"}
_STEPS = {
    "en": {"acknowledge": "acknowledged by {when}", "respond": "answered by {when}"},
    "zh": {"acknowledge": "{when} 前确认", "respond": "{when} 前回应"},
}


def clock_words(case: CaseRecord, now: datetime, zone: str) -> dict[str, str]:
    """By when a case is to be acknowledged and answered, as far as that is still to be done; nothing where it has no
    target."""
    at = ZoneInfo(zone)
    begun = clock.began(case).astimezone(at)
    waiting = [(step, due) for step in clock.STEPS if not clock.done(case, step) and (due := clock.due(case, step))]
    said: dict[str, str] = {}
    for lang in ("en", "zh") if waiting else ():
        steps = [
            _STEPS[lang][step].format(when=_when(due.astimezone(at), lang, day=begun.date()))
            + (_LATE[lang] if due <= now else "")
            for step, due in waiting
        ]
        if lang == "zh":
            start = "首条提及" if case.first_mention_at else "立案"
            said[lang] = f"{start}于 {_when(begun, lang)}，应于 {'、'.join(steps)}。"
        else:
            start = "First mention" if case.first_mention_at else "Opened"
            said[lang] = f"{start} at {_when(begun, lang)}; to be {' and '.join(steps)}."
    return said


def _when(moment: datetime, lang: str, *, day: date | None = None) -> str:
    if moment.date() == day:
        return f"{moment:%H:%M}"
    return f"{moment:%m月%d日 %H:%M}" if lang == "zh" else f"{moment:%H:%M} on {moment.day} {moment:%B}"


def silence_account(name: str, said: Silence, *, of_source: bool, zone: str) -> Account:
    """The account of a voice that went quiet."""
    assert said.since is not None
    gap, usual, limit = (round(one.total_seconds() / 3600, 1) for one in (said.gap, said.usual, said.limit))
    words = {
        lang: gone_quiet(said.since, lang, ZoneInfo(zone), gap=gap, usual=usual, limit=limit) for lang in ("en", "zh")
    }
    titles = {
        "en": f"{name}: {'source ' if of_source else ''}gone quiet",
        "zh": f"{name}：{'来源' if of_source else ''}沉默",
    }
    figures = {"since": said.since.isoformat(), "gap_hours": gap, "usual_hours": usual, "limit_hours": limit}
    figures |= {"once_in_days": None if said.once_in_days != said.once_in_days else round(said.once_in_days, 1)}
    plain = {"title": titles, "words": words, "facts": figures}
    level = "blue" if of_source else "yellow"
    return Account(level, titles["zh" if _is_han(titles["zh"]) else "en"], words, (), plain, figures)


def unheard_account(name: str, unheard: Sequence[Unheard], *, of: int, zone: str) -> Account:
    """The account of a brand's sources that cannot be heard, `of` so many that are listened to.

    Why is in the figures alone: those words are the collectors', in English, and the screen says them in its language.
    """
    n, sources = len(unheard), [(one.name, datetime.fromisoformat(one.since)) for one in unheard]
    words = {lang: not_heard(name, sources, lang, ZoneInfo(zone), of=of) for lang in ("en", "zh")}
    titles = {
        "en": f"{name}: {unheard[0].name if n == 1 else f'{n} sources'} cannot be heard",
        "zh": f"{name}：{unheard[0].name if n == 1 else f'{n} 个来源'}收不到",
    }
    figures = {"sources": [asdict(one) for one in unheard], "listened_to": of}
    plain = {"title": titles, "words": words, "facts": figures}
    level = "yellow" if n >= of else "blue"
    return Account(level, titles["zh" if _is_han(titles["zh"]) else "en"], words, (), plain, figures)

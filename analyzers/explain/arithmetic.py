"""The arithmetic of an alert, from the spike's figures and its mentions, and in words in both languages.

Everything but the usual range and the chance can be recounted from the case's export with `arithmetic` itself; those two
come from the counts, by the detector.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from analyzers.explain.records import Arithmetic, Told
from analyzers.explain.why import texts_of
from analyzers.spikes import Spike
from errors import InputError

_DAYS_ZH = "一二三四五六日"
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHAT = {
    "en": {"negative": "negative mentions", "share": "negative mentions", "total": "mentions"},
    "zh": {"negative": "条负面提及", "share": "条负面提及", "total": "条提及"},
}


def arithmetic(spike: Spike, mentions: Iterable[Told]) -> Arithmetic:
    """Facts of the spike's window. Mentions outside the window, or not of the measure, are left out."""
    inside = sorted(
        (one for one in mentions if spike.start <= one.published_at < spike.end and _counts(one, spike.measure)),
        key=lambda one: (one.published_at, one.id),
    )
    largest = max(texts_of(inside).values(), key=len, default=[])
    copied = largest if len(largest) > 1 else []
    voices = {
        (one.source, one.author) if not one.channel else (one.channel, one.author) for one in inside if one.author
    }
    return Arithmetic(
        measure=spike.measure,
        start=spike.start,
        end=spike.end,
        observed=spike.observed,
        total=spike.total,
        usual=spike.expected,
        low=spike.low,
        high=spike.high,
        once_in_days=spike.once_in_days,
        share=spike.share,
        usual_share=spike.usual_share,
        listed=len(inside),
        copies=len(copied),
        copy_ids=tuple(one.id for one in copied),
        voices=len(voices),
        unnamed=sum(1 for one in inside if not one.author),
        sources=len({one.source for one in inside}),
        first_seen=inside[0].published_at if inside else None,
        first_id=inside[0].id if inside else None,
    )


def _counts(one: Told, measure: str) -> bool:
    return measure == "total" or one.label == "negative"


def in_words(facts: Arithmetic, lang: str, tz: tzinfo = UTC) -> str:
    """The arithmetic as a few sentences, in `zh` or `en`, with times in the reader's zone."""
    if lang not in ("zh", "en"):
        raise InputError("lang must be zh or en")
    parts = [_window(facts, lang, tz), _share(facts, lang), _chance(facts.once_in_days, lang), *_texts(facts, lang, tz)]
    return " ".join(part for part in parts if part) if lang == "en" else "".join(part for part in parts if part)


def _window(facts: Arithmetic, lang: str, tz: tzinfo) -> str:
    start, end = facts.start.astimezone(tz), facts.end.astimezone(tz)
    what, usual = _WHAT[lang][facts.measure], _count(facts.usual)
    day = start.weekday()
    if lang == "zh":
        return (
            f"{start:%m月%d日 %H:%M} 至 {_until(start, end, lang)} 共 {facts.observed} {what}；"
            f"星期{_DAYS_ZH[day]}这个时段通常为 {usual}（{facts.low}–{facts.high}）。"
        )
    return (
        f"{facts.observed} {what} from {start:%H:%M} on {start.day} {start:%B} to {_until(start, end, lang)}; "
        f"usual for a {_DAYS_EN[day]} at this time is {usual} ({facts.low}–{facts.high})."
    )


def _share(facts: Arithmetic, lang: str) -> str:
    """For a rule on the share the counts alone do not say what rang: there may be fewer negative mentions than usual."""
    if facts.measure != "share" or facts.share != facts.share or facts.usual_share != facts.usual_share:
        return ""
    share, usual = f"{100 * facts.share:.0f}", f"{100 * facts.usual_share:.0f}"
    if lang == "zh":
        return f"占全部 {facts.total} 条的 {share}%，通常为 {usual}%。"
    return f"That is {share} % of all {facts.total}; usual is {usual} %."


def _until(start: datetime, end: datetime, lang: str) -> str:
    if start.date() == end.date():
        return f"{end:%H:%M}"
    return f"{end:%m月%d日 %H:%M}" if lang == "zh" else f"{end:%H:%M} on {end.day} {end:%B}"


def _count(value: float) -> str:
    return f"{value:.1f}" if value < 10 and abs(value - round(value)) >= 0.05 else f"{value:.0f}"


def _chance(days: float, lang: str) -> str:
    amount, unit = _span(days, lang)
    if unit == "":
        return "仅凭偶然：千年不到一次。" if lang == "zh" else "By chance: less than once in 1,000 years."
    if lang == "zh":
        return f"仅凭偶然：约 {amount} {unit}一次。"
    return f"By chance: about once in {amount} {unit}."


def _span(days: float, lang: str) -> tuple[str, str]:
    """A span in the unit people would use; no unit when it is beyond a thousand years."""
    years = days / 365.25
    if years >= 999:
        return "", ""
    for size, zh, en in ((365.25, "年", "year"), (30.44, "个月", "month"), (1.0, "天", "day")):
        if days >= 1.5 * size or size == 1.0:
            amount = max(1, round(days / size))
            return f"{amount:,}", zh if lang == "zh" else en + ("s" if amount != 1 else "")
    raise AssertionError("unreachable: the last unit always fits")


def _texts(facts: Arithmetic, lang: str, tz: tzinfo) -> list[str]:
    said = []
    if facts.listed != facts.observed:
        said.append(f"此处列出其中 {facts.listed} 条。" if lang == "zh" else f"{facts.listed} of them are listed here.")
    bits = []
    if facts.copies:
        bits.append(
            f"{facts.listed} 条中有 {facts.copies} 条为同一文本"
            if lang == "zh"
            else f"{facts.copies} of the {facts.listed} are copies of one text"
        )
    if facts.voices:
        plural = "" if facts.voices == 1 else "s"
        bits.append(f"{facts.voices} 个不同发声者" if lang == "zh" else f"{facts.voices} separate voice{plural}")
    if facts.first_seen is not None:
        first = facts.first_seen.astimezone(tz)
        bits.append(
            f"最早见于 {first:%m月%d日 %H:%M}"
            if lang == "zh"
            else f"first seen on {first.day} {first:%B} at {first:%H:%M}"
        )
    if bits:
        sentence = "；".join(bits) + "。" if lang == "zh" else "; ".join(bits) + "."
        said.append(sentence if lang == "zh" else sentence[0].upper() + sentence[1:])
    return said

"""The screen's language: gettext catalogues in Chinese and English, and numbers, dates and shares as people write them.

Catalogues are `.po` files read at start, so that no compiled file can be stale or forgotten. Message ids are English.
`t` and `tn` are what `pybabel extract` looks for. A message without a translation shows in English.
"""

import gettext
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Mapping[str, str] = {"zh": "中文", "en": "English"}
_LOCALES = {"zh": "zh_CN", "en": "en"}
CATALOGUES = Path(__file__).parent / "catalogues"
_LANG_KEY = "_lang"
_ZONE_KEY = "_zone"


@lru_cache(maxsize=4)
def catalogue(lang: str) -> gettext.NullTranslations:
    path = CATALOGUES / f"{lang}.po"
    with path.open("rb") as file:
        parsed = read_po(file, locale=_LOCALES[lang])
    compiled = BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def best_language(wanted: str | None, default: str = "en") -> str:
    """The language we have that is nearest to a tag such as `zh-TW` or `en-GB`."""
    tag = (wanted or "").replace("_", "-").split("-")[0].lower()
    return tag if tag in LANGUAGES else default


def set_language(lang: str) -> None:
    st.session_state[_LANG_KEY] = best_language(lang)


def language() -> str:
    return str(st.session_state.get(_LANG_KEY, "en"))


def set_zone(name: str | None) -> None:
    st.session_state[_ZONE_KEY] = name or "UTC"


def zone() -> ZoneInfo:
    return zone_or_utc(str(st.session_state.get(_ZONE_KEY, "UTC")))


@lru_cache(maxsize=64)
def zone_or_utc(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def t(message: str, **values: object) -> str:
    """The message in the viewer's language; `{name}` is filled from `values`."""
    text = catalogue(language()).gettext(message)
    return text.format(**values) if values else text


def tn(one: str, many: str, n: int, **values: object) -> str:
    """Like `t`, choosing by number. `{n}` is the number as people write it."""
    return catalogue(language()).ngettext(one, many, n).format(n=number(n), **values)


def joined(*sentences: str) -> str:
    """Sentences one after another: with a space between them in English, with none in Chinese."""
    return ("" if language() == "zh" else " ").join(sentences)


def number(value: float, lang: str | None = None) -> str:
    """Thousands separated; from ten thousand on with 万 in Chinese."""
    if (lang or language()) == "zh":
        if abs(value) >= 1e8:
            return f"{value / 1e8:,.2f}".rstrip("0").rstrip(".") + "亿"
        if abs(value) >= 1e4:
            return f"{value / 1e4:,.1f}".removesuffix(".0") + "万"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def share(value: float | None, digits: int = 0) -> str:
    if value is None:
        return "–"
    space = "" if language() == "zh" else "\u202f"
    return f"{100 * value:.{digits}f}{space}%"


def signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")


def exact(when: datetime | None) -> str:
    """Date and time to the minute in the viewer's zone, and how far that is from UTC: CST is China's and Chicago's."""
    if when is None:
        return "–"
    local = when.astimezone(zone())
    form = "yyyy年M月d日 HH:mm" if language() == "zh" else "d MMM yyyy, HH:mm"
    return f"{format_datetime(local, form, locale=_locale())} {_offset(local)}"


def _offset(local: datetime) -> str:
    """UTC, UTC+8, UTC−3:30."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return "UTC" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")


def moment(when: datetime | None, now: datetime | None = None) -> str:
    """Date and time, short: the year only when it is not this one, the day only when it is not today."""
    if when is None:
        return "–"
    local = when.astimezone(zone())
    today = (now or datetime.now(UTC)).astimezone(zone())
    clock = format_time(local, "HH:mm", locale=_locale())
    if local.date() == today.date():
        return clock
    return f"{day(local.date(), today.date())} {clock}"


def day(value: date, today: date | None = None) -> str:
    same_year = today is not None and value.year == today.year
    short, long = ("M月d日", "yyyy年M月d日") if language() == "zh" else ("d MMM", "d MMM yyyy")
    return format_date(value, short if same_year else long, locale=_locale())


def ago(when: datetime | None, now: datetime) -> str:
    if when is None:
        return t("never")
    seconds = (now - when).total_seconds()
    if seconds < 0:
        return t("in {time}", time=duration(timedelta(seconds=-seconds)))
    if seconds < 45:
        return t("just now")
    return t("{time} ago", time=duration(timedelta(seconds=seconds)))


def duration(span: timedelta) -> str:
    """In one unit; between one hour and six the minutes still count."""
    seconds = span.total_seconds()
    if seconds < 90:
        return tn("{n} second", "{n} seconds", max(0, round(seconds)))
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return tn("{n} minute", "{n} minutes", minutes)
    if hours < 6 and minutes:
        return t("{hours} h {minutes} min", hours=hours, minutes=minutes)
    if seconds < 36 * 3600:
        return tn("{n} hour", "{n} hours", round(seconds / 3600))
    return tn("{n} day", "{n} days", round(seconds / 86400))


def _locale() -> Locale:
    return Locale.parse(_LOCALES[language()])

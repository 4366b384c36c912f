"""What a source calls a date, to UTC.

Understands RFC 822 with the zones people really write, ISO 8601, W3C and SQL forms, epoch seconds to nanoseconds,
Microsoft's /Date(1795255500000)/, Chinese dates and relative ones (`collectors.dates_spoken`), and by feedparser's own
readers Greek, Hungarian and Korean ones.

Choices, where a date does not say:
- A date without a zone is UTC when it is written in numbers or English (RFC 822 and ISO 8601 feeds mean that more
  often than not, and feedparser reads them so) and the configured zone when it is written in Chinese, or as Chinese
  lists write it (11-20 18:05). The source's option `timezone` overrides both. `CST` is China's in a Chinese feed and Chicago's elsewhere.
- 1/2/2026 could be either, so it is unknown; 13/2/2026 could not, and 1.2.2026 is written by those who put the day first.
- A date without a zone that would lie ahead as UTC is read in the configured zone.
- Before 1990, or more than an hour ahead of now, is no time anybody wrote at: unknown.
What is unknown gets the time of collection, marked as the collector's. A relative time is only as exact as it says.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from collectors import dates_spoken
from collectors.date_parts import AHEAD, build, named_zone, year_of, zone_of
from collectors.seams import ParseContext

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_ISO = re.compile(
    r"([12]\d{3})([-/.])(\d{1,3})(?:\2(\d{1,2}))?"
    r"(?:(?:\s*[Tt_]\s*|\s*,?\s+)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?\s*(.*))?$",
    re.I,
)
_ISO_BASIC = re.compile(r"([12]\d{3})(\d\d)(\d\d)(?:[Tt ]?(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?\s*(.*))?$")
_CLOCK = r"(\d{1,2})[:.h](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?\b)?"
_RFC = re.compile(
    rf"(?:[^\W\d]+\.?(?:,\s*|\s+))?(\d{{1,2}})(?:st|nd|rd|th)?[\s.,-]+([a-z]{{3,9}})\.?[\s,-]+(\d{{4}}|\d\d)\b"
    rf"(?:[\s,]+(?:at\s+)?{_CLOCK}\s*(.*))?$",
    re.I,
)
_AMERICAN = re.compile(
    rf"(?:[^\W\d]+\.?(?:,\s*|\s+))?([a-z]{{3,9}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b"
    rf"(?:[\s,]+(?:at\s+)?{_CLOCK}\s*(.*))?$",
    re.I,
)
_ASCTIME = re.compile(rf"(?:[a-z]+,?\s+)?([a-z]{{3,9}})\s+(\d{{1,2}})\s+{_CLOCK}\s*(\S+)?\s+(\d{{4}})$", re.I)
_SLASHED = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}})(?:[\s,]+{_CLOCK}\s*(.*))?$", re.I)
_MICROSOFT = re.compile(r"\\?/?Date\((-?\d{1,17})(?:[+-]\d{4})?\)\\?/?$")  # the offset is for show: the number is UTC
_ZONE_IN_HAN = re.compile(
    r"\(?(北京|[\u4e00-\u9fff]{2,3}(?:标准|標準|夏令))(?:时间|時間)\)?:?"
)  # GMT+0800 (中国标准时间)
_CHINA = timezone(timedelta(hours=8))
_HAN = re.compile(r"[\u4e00-\u9fff]")


def when(value: object, context: ParseContext, *, lang: str | None = None) -> tuple[datetime, str]:
    """The moment a source means and whose word that is: 'author', or 'collector' when it could not be known."""
    found = read(value, now=context.now, zone=_zone_of(context), forced="timezone" in context.options, lang=lang)
    return (found, "author") if found is not None else (context.now, "collector")


def read(
    value: object, *, now: datetime, zone: tzinfo = UTC, forced: bool = False, lang: str | None = None
) -> datetime | None:
    """The moment, or None when there is none, it is unreadable, or it is impossible.

    `zone` is for Chinese dates without one; `forced` makes it count for every date without one.
    """
    try:
        found = _read(value, now, zone, forced, lang)
        if found is not None and found > now + AHEAD and not forced:
            found = _read(value, now, zone, True, lang)  # local time written without its zone
        if found is None or not EARLIEST <= found <= now + AHEAD:
            return None
        return found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def _zone_of(context: ParseContext) -> tzinfo:
    return named_zone(str(context.options.get("timezone") or context.limits.timezone)) or UTC


def _read(value: object, now: datetime, zone: tzinfo, forced: bool, lang: str | None) -> datetime | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone if forced else UTC)
    if isinstance(value, int | float):
        return _epoch(float(value))
    text = str(value)[:200].strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u200e", "").strip()
        if zoned := _ZONE_IN_HAN.search(text):
            china = zoned[1].startswith(("北京", "中国", "中國"))
            rest = f"{text[: zoned.start()]} {text[zoned.end() :]}"
            return _read(rest, now, _CHINA if china else zone, forced or china, lang)
        if _HAN.search(text):
            return dates_spoken.chinese(text, now, zone) or _foreign(text, zone)
    assumed = zone if forced else UTC
    for form in (_rfc, _iso, _american, _digits, _asctime, _slashed):
        found = form(text, assumed, lang)
        if found is not None:
            return found
    spoken = dates_spoken.numbers(text, now, zone) or dates_spoken.relative(text, now, assumed)
    return spoken or _foreign(text, assumed)


# forms in numbers and English


def _rfc(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _RFC.match(text)
    if match is None:
        return None
    day, month, year, hour, minute, second, half, rest = match.groups()
    number = _MONTHS.get(month[:3].lower())
    return number and build(year_of(year), number, int(day), (hour, minute, second, half), zone_of(rest, assumed, lang))  # type: ignore[return-value]


def _iso(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return _iso_short(text, assumed)
    year, _, month, day, hour, minute, second, half, rest = match.groups()
    return build(int(year), int(month), int(day or 1), (hour, minute, second, half), zone_of(rest, assumed, lang))


def _iso_short(text: str, assumed: tzinfo) -> datetime | None:
    return datetime(int(text), 1, 1, tzinfo=assumed) if re.fullmatch(r"(19|20)\d\d", text) else None


def _digits(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    """20261121, 20261121T180500Z, 202611211805, 1795255500, 1795255500000, /Date(1795255500000)/."""
    microsoft = _MICROSOFT.match(text)
    if microsoft:
        return datetime.fromtimestamp(int(microsoft[1]) / 1000, UTC)
    match = _ISO_BASIC.match(text)
    if match and (not text.isdigit() or len(text) in (8, 12, 14)):
        year, month, day, hour, minute, second, rest = match.groups()
        if 1 <= int(month) <= 12:
            return build(int(year), int(month), int(day), (hour, minute, second, None), zone_of(rest, assumed, lang))
    return _epoch(float(text)) if re.fullmatch(r"\d{9,19}(\.\d+)?", text) else None


def _american(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _AMERICAN.match(text)
    if match is None:
        return None
    month, day, year, hour, minute, second, half, rest = match.groups()
    number = _MONTHS.get(month[:3].lower())
    return number and build(int(year), number, int(day), (hour, minute, second, half), zone_of(rest, assumed, lang))  # type: ignore[return-value]


def _asctime(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _ASCTIME.match(text)
    if match is None:
        return None
    month, day, hour, minute, second, half, rest, year = match.groups()
    number = _MONTHS.get(month[:3].lower())
    return number and build(int(year), number, int(day), (hour, minute, second, half), zone_of(rest, assumed, lang))  # type: ignore[return-value]


def _slashed(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _SLASHED.match(text)
    if match is None:
        return None
    first, between, other, year, hour, minute, second, half, rest = match.groups()
    day, month = int(first), int(other)
    if day <= 12 and month <= 12 and day != month and between != ".":
        return None  # could be either
    if month > 12:
        day, month = month, day
    return build(int(year), month, day, (hour, minute, second, half), zone_of(rest, assumed, lang))


def _epoch(value: float) -> datetime | None:
    for size in (1e17, 1e14, 1e11):  # nano-, micro-, milliseconds: seconds stay below 1e11 until the year 5138
        if abs(value) >= size:
            value /= size / 1e8
            break
    return datetime.fromtimestamp(value, UTC)


def _foreign(text: str, assumed: tzinfo) -> datetime | None:
    """feedparser's readers for Greek, Hungarian, Korean and Perforce dates; they answer in UTC."""
    for reader in _foreign_readers():
        try:
            found = reader(text)
        except (KeyError, ValueError, AttributeError, OverflowError, TypeError):
            continue
        if found:
            return datetime(*found[:6], tzinfo=UTC)
    return None


@lru_cache(maxsize=1)
def _foreign_readers() -> tuple[Callable[[str], tuple[int, int, int, int, int, int] | None], ...]:
    from feedparser.datetimes import greek, hungarian, korean, perforce

    return (
        greek._parse_date_greek,
        hungarian._parse_date_hungarian,
        korean._parse_date_onblog,
        korean._parse_date_nate,
        perforce._parse_date_perforce,
    )

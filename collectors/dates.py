"""What a source calls a date, to UTC.

Understands RFC 822 with the zones people really write, ISO 8601, W3C and SQL forms, epoch seconds to nanoseconds,
Chinese dates and clocks (2026年11月21日 下午6点05分, 昨天 18:05, 3小时前, 二〇二六年...), English relative times, and
by feedparser's own readers Greek, Hungarian and Korean ones.

Choices, where a date does not say:
- A date without a zone is UTC when it is written in numbers or English (RFC 822 and ISO 8601 feeds mean that more
  often than not, and feedparser reads them so) and the configured zone when it is written in Chinese. The source's
  option `timezone` overrides both. `CST` is China's in a Chinese feed and Chicago's elsewhere.
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
from zoneinfo import ZoneInfo

from collectors.seams import ParseContext

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=1)

_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_ZONES = {  # minutes east of Greenwich
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60, "cest": 120,
    "mest": 120, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "ict": 420, "wib": 420, "hkt": 480, "sgt": 480,
    "pht": 480, "myt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780, "adt": -180, "ast": -240, "at": -240, "edt": -240, "est": -300, "et": -300,
    "cdt": -300, "cst": -360, "ct": -360, "mdt": -360, "mst": -420, "mt": -420, "pdt": -420, "pst": -480,
    "pt": -480, "akst": -540, "hst": -600, "a": -60, "n": 60, "m": -720, "y": 720,
}  # fmt: skip
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
_OFFSET = re.compile(r"(?:etc/)?(?:gmt|utc|ut)?\s*([+-])\s*(\d{1,2}):?(\d\d)?(?::?\d\d)?(?=$|\s|\()", re.I)

_HAN_DATE = re.compile(r"(?:(\d{2,4})年)?(\d{1,2})月(\d{1,2})[日号號]?")
_HAN_MIXED = re.compile(r"(\d{1,2})[\s,]+(\d{1,2})月[\s,]+(\d{4})")  # WordPress in Chinese: 周六, 21 11月 2026
_HAN_DAY = re.compile(r"(大前天|前天|前日|昨天|昨日|昨晚|今天|今日|今晚|今早|今晨|明天)")
_HAN_DAYS = {"大前天": 3, "前天": 2, "前日": 2, "昨天": 1, "昨日": 1, "昨晚": 1, "明天": -1}
_HAN_CLOCK = re.compile(r"(\d{1,2})(?:[:点點时時](\d{1,2})?)(?:[:分](\d{1,2}))?")
_HALF = "凌晨|清晨|早晨|早上|上午|中午|午后|下午|傍晚|黄昏|晚上|晚间|夜里|夜间|深夜|晚|早"
_HAN_AGO = re.compile(
    r"(\d+(?:\.\d+)?|半)\s*个?個?\s*(秒|分|小时|小時|时|時|钟头|天|日|周|星期|礼拜|月|年)[钟鐘]?半?[之以]?前"
)
_AGO = re.compile(
    r"(?:about\s+|over\s+|almost\s+)?(\d+(?:\.\d+)?|an?|one)\s*"
    r"(s|sec|second|m|min|minute|h|hr|hour|d|day|w|week|mo|month|y|yr|year)s?\.?\s+ago\b",
    re.I,
)
_HAN_TODAY = re.compile(  # 下午3点, of today
    rf"(?:(?:{_HALF})\s*\d{{1,2}}[:点點时時]|\d{{1,2}}[点點时時])\s*(?:\d{{1,2}}分?(?:\d{{1,2}}秒?)?|半|整)?$"
)
_UNITS = {"秒": 1, "分": 60, "时": 3600, "時": 3600, "小": 3600, "钟": 3600, "天": 86400, "日": 86400, "周": 604800,
          "星": 604800, "礼": 604800, "月": 2592000, "年": 31536000, "s": 1, "m": 60, "h": 3600, "d": 86400,
          "w": 604800, "mo": 2592000, "y": 31536000}  # fmt: skip
_NOW = re.compile(r"(刚刚|刚才|剛剛|剛才|just now|now|moments? ago)$", re.I)
_WEEKDAY = re.compile(r"[(（]?(?:星期|周|週|礼拜|禮拜)[一二三四五六日天][)）]?,?")
_NUMERAL = re.compile(r"[〇零○一二三四五六七八九十两兩]+")
_DIGITS = {**{char: value for value, char in enumerate("〇一二三四五六七八九")}, "零": 0, "○": 0, "两": 2, "兩": 2}
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


@lru_cache(maxsize=64)
def named_zone(name: str) -> tzinfo | None:
    """The zone of that name in the time zone database."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


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
        if _HAN.search(text):
            return _chinese(text, now, zone) or _foreign(text, zone)
    assumed = zone if forced else UTC
    for form in (_rfc, _iso, _american, _digits, _asctime, _slashed):
        found = form(text, assumed, lang)
        if found is not None:
            return found
    return _relative(text, now, assumed) or _foreign(text, assumed)


# forms in numbers and English


def _rfc(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _RFC.match(text)
    if match is None:
        return None
    day, month, year, hour, minute, second, half, rest = match.groups()
    number = _MONTHS.get(month[:3].lower())
    return number and _build(_year(year), number, int(day), (hour, minute, second, half), _zone(rest, assumed, lang))  # type: ignore[return-value]


def _iso(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return _iso_short(text, assumed)
    year, _, month, day, hour, minute, second, half, rest = match.groups()
    return _build(int(year), int(month), int(day or 1), (hour, minute, second, half), _zone(rest, assumed, lang))


def _iso_short(text: str, assumed: tzinfo) -> datetime | None:
    return datetime(int(text), 1, 1, tzinfo=assumed) if re.fullmatch(r"(19|20)\d\d", text) else None


def _digits(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    """20261121, 20261121T180500Z, 202611211805, 1795255500, 1795255500000."""
    match = _ISO_BASIC.match(text)
    if match and (not text.isdigit() or len(text) in (8, 12, 14)):
        year, month, day, hour, minute, second, rest = match.groups()
        if 1 <= int(month) <= 12:
            return _build(int(year), int(month), int(day), (hour, minute, second, None), _zone(rest, assumed, lang))
    return _epoch(float(text)) if re.fullmatch(r"\d{9,19}(\.\d+)?", text) else None


def _american(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _AMERICAN.match(text)
    if match is None:
        return None
    month, day, year, hour, minute, second, half, rest = match.groups()
    number = _MONTHS.get(month[:3].lower())
    return number and _build(int(year), number, int(day), (hour, minute, second, half), _zone(rest, assumed, lang))  # type: ignore[return-value]


def _asctime(text: str, assumed: tzinfo, lang: str | None) -> datetime | None:
    match = _ASCTIME.match(text)
    if match is None:
        return None
    month, day, hour, minute, second, half, rest, year = match.groups()
    number = _MONTHS.get(month[:3].lower())
    return number and _build(int(year), number, int(day), (hour, minute, second, half), _zone(rest, assumed, lang))  # type: ignore[return-value]


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
    return _build(int(year), month, day, (hour, minute, second, half), _zone(rest, assumed, lang))


def _epoch(value: float) -> datetime | None:
    for size in (1e17, 1e14, 1e11):  # nano-, micro-, milliseconds: seconds stay below 1e11 until the year 5138
        if abs(value) >= size:
            value /= size / 1e8
            break
    return datetime.fromtimestamp(value, UTC)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 90 else 1900)


def _build(
    year: int, month: int, day: int, clock: tuple[str | None, str | None, str | None, str | None], zone: tzinfo | None
) -> datetime | None:
    if zone is None:
        return None
    hour, minute, second, half = clock
    hours = _half_day(int(hour or 0), half or "")
    extra = timedelta(0)
    if hours == 24 and not int(minute or 0):
        hours, extra = 0, timedelta(days=1)
    seconds = 59 if second == "60" else int(second or 0)
    return datetime(year, month, day, hours, int(minute or 0), seconds, tzinfo=zone) + extra


def _half_day(hour: int, half: str) -> int:
    """The hour on a 24-hour clock. Chinese: 下午3点, 晚上12点 (midnight at the day's end), 中午12点, 凌晨1点."""
    if half[:1].lower() == "p" or half in ("下午", "傍晚", "中午", "午后", "黄昏"):
        return hour + 12 if 1 <= hour < 12 and not (half == "中午" and hour == 11) else hour
    if half in ("晚上", "晚间", "夜里", "深夜", "晚", "夜间"):
        return 24 if hour == 12 else hour + 12 if 5 <= hour < 12 else hour
    if half[:1].lower() == "a" or half in ("凌晨", "早上", "上午", "早晨", "清晨", "早"):
        return 0 if hour == 12 and half != "上午" else hour
    return hour


def _zone(text: str | None, assumed: tzinfo, lang: str | None) -> tzinfo | None:
    """The zone a date ends in; `assumed` when it names none; None when it names one that cannot be."""
    text = (text or "").strip()
    if not text:
        return assumed
    match = _OFFSET.match(text)
    if match:
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset > timedelta(hours=24) or int(minutes or 0) > 59:
            return None
        return timezone(-offset if sign == "-" else offset) if offset < timedelta(hours=24) else None
    word = re.split(r"[\s(,;]", text.lower().removeprefix("etc/"), maxsplit=1)[0].strip(".)")
    if word == "cst" and (lang or "").lower().startswith("zh"):
        return timezone(timedelta(hours=8))
    if word in _ZONES:
        return timezone(timedelta(minutes=_ZONES[word]))
    named = named_zone(text.split()[0]) if "/" in text else None
    if named is not None:
        return named
    return None if re.match(r"[+-]", text) else assumed


# Chinese and relative forms


def _chinese(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    text = _NUMERAL.sub(_numeral, _WEEKDAY.sub(" ", text).strip())
    found = _relative(text, now, zone)
    if found is not None:
        return found
    local = now.astimezone(zone)
    mixed = _HAN_MIXED.search(text)
    if mixed:
        day, month, year = mixed.groups()
        return _with_clock(text[mixed.end() :], datetime(int(year), int(month), int(day), tzinfo=zone), zone)
    match = _HAN_DATE.search(text)
    if match:
        named, month, day = match.groups()
        year = _year(named) if named else local.year
        stamp = datetime(year, int(month), int(day), tzinfo=zone)
        if not named and stamp.date() > local.date():
            stamp = stamp.replace(year=year - 1)
        return _with_clock(text[match.end() :], stamp, zone)
    iso = re.search(r"(?<!\d)[12]\d{3}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)", text)  # 发布于 2026-11-21 下午 6:05
    if iso:
        year, month, day = (int(part) for part in re.split(r"[-/.]", iso.group()))
        return _with_clock(text[iso.end() :], datetime(year, month, day, tzinfo=zone), zone)
    if _HAN_TODAY.match(text):
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        found = _with_clock(text, midnight, zone)
        return found - timedelta(days=1) if found is not None and found > now + AHEAD else found
    return None


def _with_clock(text: str, day: datetime, zone: tzinfo) -> datetime | None:
    half = re.search(rf"{_HALF}|[ap]\.?m", text, re.I)
    clock = _HAN_CLOCK.search(text)
    if clock is None:
        return day.replace(tzinfo=zone)
    hour, minute, second = clock.groups()
    minute = "30" if minute is None and text[clock.end() :].startswith("半") else minute
    offset = _OFFSET.search(text, clock.end())
    return _build(day.year, day.month, day.day, (hour, minute, second, half.group() if half else None),
                  _zone(offset.group(), zone, None) if offset else zone)  # fmt: skip


def _relative(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    if _NOW.match(text):
        return now
    match = _HAN_AGO.search(text)
    if match:
        amount = 0.5 if match[1] == "半" else float(match[1])
        return now - timedelta(seconds=amount * _UNITS[match[2][0]])
    match = _AGO.search(text)
    if match:
        unit = match[2].lower()
        amount = 1.0 if match[1][0] in "aAoO" else float(match[1])
        return now - timedelta(seconds=amount * _UNITS["mo" if unit in ("mo", "month") else unit[0]])
    day = _HAN_DAY.search(text) or re.match(r"(today|yesterday)\b", text, re.I)
    if day:
        back = _HAN_DAYS.get(day[1], 1 if day[1].lower() == "yesterday" else 0)
        start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        rest = ("晚上" if day[1].endswith("晚") else "") + text[day.end() :]
        return _with_clock(rest, start - timedelta(days=back), zone)
    return None


def _numeral(match: re.Match[str]) -> str:
    """Chinese numerals below 100, or digit by digit (二〇二六)."""
    text = match.group()
    if "十" not in text:
        return "".join(str(_DIGITS[char]) for char in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


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

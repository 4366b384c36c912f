"""Dates as people say them: Chinese and Japanese dates and clocks, days of the week, and how long ago.

Choices, where a date does not say:
- Its zone is the one it is given, unless it names one.
- Its year is that of the last such day: this year's, or last year's when this year's lies ahead (11月20日, 11-20 18:05).
- A day of the week is the last one that has been; 上周五 is the Friday of the week before, weeks beginning on Monday.
- A clock alone is today's, or yesterday's when today's lies ahead.
Blind spots: 上个月, 去年 and other spans name no moment and are unknown; 11/20 without Chinese beside it could be
either country's and is unknown, too.
"""

import re
from datetime import datetime, timedelta, tzinfo

from collectors.date_parts import AHEAD, OFFSET, build, year_of, zone_of

_DATE = re.compile(r"(?:(\d{1,4})年)?(\d{1,2})月(?:(\d{1,2})[日号號]?)?")
_MIXED = re.compile(r"(\d{1,2})[\s,]+(\d{1,2})月[\s,]+(\d{4})")  # WordPress in Chinese: 周六, 21 11月 2026
_ISO_INSIDE = re.compile(r"(?<!\d)[12]\d{3}([-/.])\d{1,2}\1\d{1,2}(?!\d)")  # 发布于 2026-11-21 下午 6:05
_NO_YEAR = re.compile(r"(?:^|(?<=[\s于於在：:]))(\d{1,2})([-/])(\d{1,2})(?=$|\s)")
_NUMBERS_ONLY = re.compile(r"\d{1,2}-\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?$|\d{1,2}:\d\d(?::\d\d)?$")
_DAY = re.compile(r"(大前天|前天|前日|一昨日|昨天|昨日|昨晚|今天|今日|今晚|今早|今晨|明天)")
_DAYS = {"大前天": 3, "前天": 2, "前日": 2, "一昨日": 2, "昨天": 1, "昨日": 1, "昨晚": 1, "明天": -1}
_CLOCK = re.compile(r"(\d{1,2})(?:[:点點时時](\d{1,2})?)(?:[:分](\d{1,2}))?")
_HALF = "凌晨|清晨|早晨|早上|上午|午前|中午|午后|午後|下午|傍晚|黄昏|晚上|晚间|夜里|夜间|深夜|晚|早"
_HAN_AGO = re.compile(
    r"(\d+(?:\.\d+)?|半)\s*[个個ヶか]?\s*(秒|分|小时|小時|时|時|钟头|天|日|周|週|星期|礼拜|月|年)[钟鐘間间]?半?[之以]?前"
)
_AGO = re.compile(
    r"(?:about\s+|over\s+|almost\s+)?(\d+(?:\.\d+)?|an?|one)\s*"
    r"(s|sec|second|m|min|minute|h|hr|hour|d|day|w|week|mo|month|y|yr|year)s?\.?\s+ago\b",
    re.I,
)
_TODAY = re.compile(  # 下午3点, 18:05, of today
    rf"(?:(?:{_HALF})\s*\d{{1,2}}[:点點时時]|\d{{1,2}}[点點时時])\s*(?:\d{{1,2}}[分:]?(?:\d{{1,2}}秒?)?|半|整)?$"
    r"|\d{1,2}:\d\d(?::\d\d)?$"
)
_UNITS = {"秒": 1, "分": 60, "时": 3600, "時": 3600, "小": 3600, "钟": 3600, "天": 86400, "日": 86400, "周": 604800,
          "週": 604800, "星": 604800, "礼": 604800, "月": 2592000, "年": 31536000, "s": 1, "m": 60, "h": 3600,
          "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}  # fmt: skip
_NOW = re.compile(r"(刚刚|刚才|剛剛|剛才|just now|now|moments? ago)$", re.I)
_WEEKDAY = re.compile(r"[(（]?(上|本|这|這)?[个個]?(?:星期|周|週|礼拜|禮拜)([一二三四五六日天])[)）]?,?")
_SPACED = re.compile(r"(?<=\d)\s+(?=[年月日号號时時点點分秒])|(?<=[年月时時点點])\s+(?=\d{1,2}(?!\d))")
_REMARK = re.compile(r"(?<=[年日号號])\s*[（(][^（）()]{0,12}[)）]")  # 2026年(平成38年)11月21日(土)
_REPUBLIC = re.compile(r"民[国國]\s*(\d{2,3})\s*年")
_NUMERAL = re.compile(r"[〇零○一二三四五六七八九十两兩]+")
_DIGITS = {**{char: value for value, char in enumerate("〇一二三四五六七八九")}, "零": 0, "○": 0, "两": 2, "兩": 2}


def chinese(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """A date with Chinese characters in it."""
    weekday = _WEEKDAY.search(text)
    text = _NUMERAL.sub(_numeral, _WEEKDAY.sub(" ", text).strip())
    text = _SPACED.sub("", _REMARK.sub(" ", _REPUBLIC.sub(_of_the_republic, text)))
    found = relative(text, now, zone) or _calendar_day(text, now, zone)
    if found is not None or weekday is None:
        return found or _today(text, now, zone)
    return _last_weekday(weekday, text, now, zone)


def numbers(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """What Chinese lists write without a Chinese character: 11-20, 11-20 18:05, 18:05."""
    if _NUMBERS_ONLY.match(text) is None:
        return None
    return _yearless(text, now, zone) or _today(text, now, zone)


def relative(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """3小时前, 2 hours ago, 昨天 18:05, yesterday at 18:05, 刚刚."""
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
    day = _DAY.search(text) or re.match(r"(today|yesterday)\b", text, re.I)
    if day:
        back = _DAYS.get(day[1], 1 if day[1].lower() == "yesterday" else 0)
        rest = ("晚上" if day[1].endswith("晚") else "") + text[day.end() :]
        return _with_clock(rest, _midnight(now, zone) - timedelta(days=back), zone)
    return None


def _calendar_day(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    mixed = _MIXED.search(text)
    if mixed:
        monthday, month, year = mixed.groups()
        return _with_clock(text[mixed.end() :], datetime(int(year), int(month), int(monthday), tzinfo=zone), zone)
    match = _DATE.search(text)
    if match:
        named, month, monthday = match.groups()
        if named and len(named) in (2, 4):
            day = datetime(year_of(named), int(month), int(monthday or 1), tzinfo=zone)
            return _with_clock(text[match.end() :], day, zone)
        if named or not monthday:
            return None  # the year 1, or a month of no year
        return _with_clock(text[match.end() :], _last_such_day(int(month), int(monthday), now, zone), zone)
    iso = _ISO_INSIDE.search(text)
    if iso:
        year, month, monthday = re.split(r"[-/.]", iso.group())
        return _with_clock(text[iso.end() :], datetime(int(year), int(month), int(monthday), tzinfo=zone), zone)
    return _yearless(text, now, zone)


def _yearless(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    match = _NO_YEAR.search(text)
    if match is None:
        return None
    day = _last_such_day(int(match[1]), int(match[3]), now, zone)
    return _with_clock(text[match.end() :], day, zone)


def _last_such_day(month: int, day: int, now: datetime, zone: tzinfo) -> datetime:
    today = _midnight(now, zone)
    for year in range(today.year, today.year - 4, -1):
        if (month, day) == (2, 29) and year % 4:
            continue
        found = datetime(year, month, day, tzinfo=zone)
        if found <= today:
            return found
    raise ValueError("no such day")


def _last_weekday(match: re.Match[str], rest: str, now: datetime, zone: tzinfo) -> datetime | None:
    which, name = match.groups()
    today = _midnight(now, zone)
    back = today.weekday() - "一二三四五六日".index(name.replace("天", "日"))
    back = back + 7 if which == "上" else back if which else back % 7
    found = _with_clock(rest, today - timedelta(days=back), zone)
    if found is not None and which is None and found > now + AHEAD:
        return found - timedelta(days=7)
    return found


def _today(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    if _TODAY.match(text) is None:
        return None
    found = _with_clock(text, _midnight(now, zone), zone)
    return found - timedelta(days=1) if found is not None and found > now + AHEAD else found


def _midnight(now: datetime, zone: tzinfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _with_clock(text: str, day: datetime, zone: tzinfo) -> datetime | None:
    half = re.search(rf"{_HALF}|[ap]\.?m", text, re.I)
    clock = _CLOCK.search(text)
    if clock is None:
        return day
    hour, minute, second = clock.groups()
    minute = "30" if minute is None and text[clock.end() :].startswith("半") else minute
    offset = OFFSET.search(text, clock.end())
    return build(day.year, day.month, day.day, (hour, minute, second, half.group() if half else None),
                 zone_of(offset.group(), zone, None) if offset else zone)  # fmt: skip


def _of_the_republic(match: re.Match[str]) -> str:
    """Taiwan counts years from 1911."""
    return f"{int(match[1]) + 1911}年"


def _numeral(match: re.Match[str]) -> str:
    """Chinese numerals below 100, or digit by digit (二〇二六)."""
    text = match.group()
    if "十" not in text:
        return "".join(str(_DIGITS[char]) for char in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))

"""What readers of dates share: zones by name and by offset, two-digit years, clocks of twelve hours."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

AHEAD = timedelta(hours=1)  # a clock may be that far ahead of ours
_ZONES = {  # minutes east of Greenwich
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60, "cest": 120,
    "mest": 120, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "ict": 420, "wib": 420, "hkt": 480, "sgt": 480,
    "pht": 480, "myt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780, "adt": -180, "ast": -240, "at": -240, "edt": -240, "est": -300, "et": -300,
    "cdt": -300, "cst": -360, "ct": -360, "mdt": -360, "mst": -420, "mt": -420, "pdt": -420, "pst": -480,
    "pt": -480, "akst": -540, "hst": -600, "a": -60, "n": 60, "m": -720, "y": 720,
}  # fmt: skip
OFFSET = re.compile(r"(?:etc/)?(?:gmt|utc|ut)?\s*([+-])\s*(\d{1,2}):?(\d\d)?(?::?\d\d)?(?=$|\s|\()", re.I)


@lru_cache(maxsize=64)
def named_zone(name: str) -> tzinfo | None:
    """The zone of that name in the time zone database."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def year_of(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 90 else 1900)


def build(
    year: int, month: int, day: int, clock: tuple[str | None, str | None, str | None, str | None], zone: tzinfo | None
) -> datetime | None:
    if zone is None:
        return None
    hour, minute, second, half = clock
    hours = half_day(int(hour or 0), half or "")
    extra = timedelta(0)
    if hours == 24 and not int(minute or 0):
        hours, extra = 0, timedelta(days=1)
    seconds = 59 if second == "60" else int(second or 0)
    return datetime(year, month, day, hours, int(minute or 0), seconds, tzinfo=zone) + extra


def half_day(hour: int, half: str) -> int:
    """The hour on a 24-hour clock. Chinese: 下午3点, 晚上12点 (midnight at the day's end), 中午12点, 凌晨1点."""
    if half[:1].lower() == "p" or half in ("下午", "午後", "傍晚", "中午", "午后", "黄昏"):
        return hour + 12 if 1 <= hour < 12 and not (half == "中午" and hour == 11) else hour
    if half in ("晚上", "晚间", "夜里", "深夜", "晚", "夜间"):
        return 24 if hour == 12 else hour + 12 if 5 <= hour < 12 else hour
    if half[:1].lower() == "a" or half in ("凌晨", "早上", "上午", "午前", "早晨", "清晨", "早"):
        return 0 if hour == 12 and half != "上午" else hour
    return hour


def zone_of(text: str | None, assumed: tzinfo, lang: str | None) -> tzinfo | None:
    """The zone a date ends in; `assumed` when it names none; None when it names one that cannot be."""
    text = (text or "").strip()
    if not text:
        return assumed
    match = OFFSET.match(text)
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

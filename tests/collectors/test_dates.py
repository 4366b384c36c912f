"""Dates as sources write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.date_parts import AHEAD
from collectors.dates import EARLIEST, read, when
from collectors.seams import Limits, ParseContext

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIVE_PAST_TEN = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)


def in_shanghai(text: object, **how: object) -> datetime | None:
    return read(text, now=NOW, zone=SHANGHAI, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 21 Nov 2026 10:05:00 GMT",
        "Sat, 21 Nov 2026 18:05:00 +0800",
        "Sat,21 Nov 2026 10:05:00 GMT",
        "Sat, 21 Nov 2026 18:05:00 +08:00",
        "Sat, 21 Nov 2026 18:05:00 GMT+8",
        "Sat, 21 Nov 2026 18:05:00 UTC+08:00",
        "Sat, 21 Nov 2026 05:05:00 EST",
        "Sat, 21 Nov 2026 02:05:00 PST",
        "Sat, 21 Nov 2026 19:05:00 JST",
        "Sat, 21 Nov 2026 18:05:00 HKT",
        "Sat, 21 Nov 2026 10:05 UT",
        "Sat, 21 Nov 26 10:05:00 Z",
        "Sat, 21 November 2026 10:05:00 -0000",
        "21 Nov 2026 10:05:00",
        "Sat 21 Nov 2026 10:05:00 Etc/GMT",
        "Sat, 21 Nov 2026 18:05:00 Asia/Shanghai",
        "Sáb, 21 Nov 2026 11:05:00 +0100",
        "Nov 21, 2026 10:05 AM",
        "November 21st, 2026 at 10:05 am",
        "Sat Nov 21 10:05:00 2026",
        "Sat Nov 21 10:05:00 UTC 2026",
        "Sat Nov 21 2026 18:05:00 GMT+0800 (China Standard Time)",
        "Sat Nov 21 2026 18:05:00 GMT+0800 (中国标准时间)",
        "Sat Nov 21 2026 19:05:00 GMT+0900 (日本標準時間)",
        "Sat, 21 Nov 2026 18:05:00 北京时间",
        "2026-11-21T10:05:00Z",
        "2026-11-21T10:05:00.123456+00:00",
        "2026-11-21T18:05:00+0800",
        "2026-11-21T18:05+08",
        "2026-11-21 10:05:00",
        "2026/11/21 10:05",
        "2026.11.21 10:05:00 UTC",
        "20261121T100500Z",
        "20261121100500",
        "1795255500",
        "1795255500000",
        "1795255500000000",
        "/Date(1795255500000)/",
        "\\/Date(1795255500000+0800)\\/",
        1795255500,
        1795255500123,
        1795255500.9,
        "2026年11月21日 18时05分",
        "2026年11月21日 18:05",
        "2026年11月21日下午6点05分00秒",
        "2026年11月21日 下午6:05",
        "2026-11-21 下午 6:05",
        "２０２６年１１月２１日　１８：０５",
        "二〇二六年十一月二十一日 十八时零五分",
        "26年11月21日18点05分",
        "11月21日 18:05",
        "今天 18:05",
        "今天18点05分",
        "周六, 21 11月 2026 18:05:00 +0800",
        "星期六 2026年11月21日 18:05:00",
        "2026年11月21日 18:05 (北京时间)",
    ],
)
def test_every_form_is_the_same_moment(text: object) -> None:
    assert in_shanghai(text) == FIVE_PAST_TEN


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("3分钟前", timedelta(minutes=3)),
        ("3 分鐘前", timedelta(minutes=3)),
        ("3小时前", timedelta(hours=3)),
        ("3小時之前", timedelta(hours=3)),
        ("半小时前", timedelta(minutes=30)),
        ("两天前", timedelta(days=2)),
        ("45秒前", timedelta(seconds=45)),
        ("2周前", timedelta(days=14)),
        ("1小时前发布", timedelta(hours=1)),
        ("刚刚", timedelta(0)),
        ("剛剛", timedelta(0)),
        ("just now", timedelta(0)),
        ("an hour ago", timedelta(hours=1)),
        ("about 5 minutes ago", timedelta(minutes=5)),
        ("2d ago", timedelta(days=2)),
        ("3時間前", timedelta(hours=3)),
        ("2ヶ月前", timedelta(days=60)),
        ("1週間前", timedelta(days=7)),
    ],
)
def test_relative_times_count_from_now(text: str, ago: timedelta) -> None:
    assert in_shanghai(text) == NOW - ago


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("昨天 18:05", (20, 18, 5)),
        ("昨天", (20, 0, 0)),
        ("前天上午9点半", (19, 9, 30)),
        ("昨晚11点", (20, 23, 0)),
        ("今天凌晨1点20分", (21, 1, 20)),
        ("今天中午12:10", (21, 12, 10)),
        ("昨天早上7:00", (20, 7, 0)),
        ("下午3点", (21, 15, 0)),
        ("上午9:05", (21, 9, 5)),
        ("15点半", (21, 15, 30)),
        ("晚上11点", (20, 23, 0)),  # still ahead today
        ("发布于 2026-11-20 10:05", (20, 10, 5)),
        ("发布时间：2026-11-20 下午3:05", (20, 15, 5)),
        ("11-20 18:05", (20, 18, 5)),
        ("编辑于 11-20 18:05", (20, 18, 5)),
        ("11-20 浙江", (20, 0, 0)),
        ("18:05", (21, 18, 5)),
        ("下午 02:26:00", (21, 14, 26)),
        ("周五 18:05", (20, 18, 5)),
        ("星期五18:05", (20, 18, 5)),
        ("周六", (21, 0, 0)),
        ("周六 23:30", (14, 23, 30)),  # still ahead today
        ("上周五 18:05", (13, 18, 5)),
        ("本周一 下午6点", (16, 18, 0)),
        ("2026 年 11 月 20 日 18 时 05 分", (20, 18, 5)),
        ("2026年11月20日 星期五 18:05", (20, 18, 5)),
        ("2026年（平成38年）11月20日（金）午後6時05分", (20, 18, 5)),
        ("民國115年11月20日 18:05", (20, 18, 5)),
        ("2026年11月", (1, 0, 0)),
    ],
)
def test_chinese_days_are_days_of_the_configured_zone(text: str, local: tuple[int, int, int]) -> None:
    day, hour, minute = local
    assert in_shanghai(text) == datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_a_month_still_to_come_is_last_years() -> None:
    assert in_shanghai("12月1日 08:00") == datetime(2025, 12, 1, tzinfo=UTC)
    assert in_shanghai("12-01 08:00") == datetime(2025, 12, 1, tzinfo=UTC)
    assert in_shanghai("02-29 08:00") == datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "   ", "soon", True, "0", 0, "-1", "Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z", "2099-01-01T00:00:00Z", "2026年13月41日", "Sat, 31 Feb 2026 10:05:00 GMT",
        "Fri, 20 Nov 2026 25:05:00 GMT", "Sat, 21 Nov 2026 10:05:00 +9999", "2026-11-20T10:61:00Z", "1/2/2026",
        "9999-12-31T23:59:59-99:99", "99999999999999999999", "1e400", float("inf"), float("nan"), "2026-", "年月日", "-前", "3点赞", "12:30 好吃", "晚上", "1年1月1日", "12月", "本周日 18:05",
        "13-40 18:05", "11/20 18:05", "去年", "16:9", "/Date(-1)/",
    ],
)  # fmt: skip
def test_what_is_no_time_is_unknown(text: object) -> None:
    assert in_shanghai(text) is None


def test_an_unknown_time_is_the_collectors() -> None:
    context = ParseContext("http://example.com/", NOW)
    assert when("2099-01-01", context) == (NOW, "collector")
    assert when("2026-11-21T10:05:00Z", context) == (FIVE_PAST_TEN, "author")


def test_without_a_zone_numbers_are_utc_unless_the_source_says_otherwise() -> None:
    plain = ParseContext("http://example.com/", NOW)
    local = ParseContext("http://example.com/", NOW, options={"timezone": "Asia/Shanghai"})
    elsewhere = ParseContext("http://example.com/", NOW, limits=Limits(timezone="America/New_York"))
    assert when("2026-11-21 10:05:00", plain)[0] == FIVE_PAST_TEN
    assert when("2026-11-21 18:05:00", local)[0] == FIVE_PAST_TEN
    assert when("2026年11月21日 05:05", elsewhere)[0] == FIVE_PAST_TEN


def test_local_time_without_its_zone_is_not_put_into_the_future() -> None:
    assert in_shanghai("2026-11-21 19:30:00") == datetime(2026, 11, 21, 11, 30, tzinfo=UTC)


def test_cst_is_chinas_in_a_chinese_feed() -> None:
    assert in_shanghai("Sat, 21 Nov 2026 18:05:00 CST", lang="zh-CN") == FIVE_PAST_TEN
    assert in_shanghai("Sat, 21 Nov 2026 04:05:00 CST", lang="en") == FIVE_PAST_TEN


def test_a_day_first_date_is_read_when_it_can_only_be_one() -> None:
    assert in_shanghai("21/11/2026 10:05") == FIVE_PAST_TEN
    assert in_shanghai("11/21/2026 10:05 AM") == FIVE_PAST_TEN
    assert in_shanghai("1/2/2026 10:05") is None
    assert in_shanghai("3.11.2026 10:05") == datetime(2026, 11, 3, 10, 5, tzinfo=UTC)


def test_feedparsers_other_languages() -> None:
    assert in_shanghai("2004-05-25 오후 11:23:17") == datetime(2004, 5, 25, 14, 23, 17, tzinfo=UTC)
    assert in_shanghai("2004-július-13T9:15-05:00") == datetime(2004, 7, 13, 14, 15, tzinfo=UTC)


ANY = st.one_of(
    st.text(max_size=60), st.floats(), st.integers(), st.none(), st.from_regex(r"[\d年月日时分前: /-]{1,30}")
)


@given(ANY)
def test_anything_is_a_possible_moment_or_unknown(value: object) -> None:
    found = in_shanghai(value)
    assert found is None or EARLIEST <= found <= NOW + AHEAD


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2026, 11, 20)))
def test_what_python_writes_is_read_back(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert in_shanghai(moment.isoformat()) == moment
    assert in_shanghai(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
    local = moment.astimezone(SHANGHAI)
    assert in_shanghai(local.strftime("%Y年%m月%d日 %H时%M分%S秒")) == moment


def test_a_time_of_beijing_is_beijings_wherever_we_are() -> None:
    for text in ("2026-11-21 18:05（北京时间）", "北京時間：2026年11月21日 18:05", "北京时间今天 18:05"):
        assert read(text, now=NOW, zone=ZoneInfo("Europe/Berlin")) == FIVE_PAST_TEN, text

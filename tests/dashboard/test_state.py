"""Every view is a link: what a URL says is what is shown, and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.state import CUSTOM, LANGS, PERIODS, View
from storage.records import CHANNELS, SENTIMENTS

IDS = st.lists(st.integers(0, 10**17), max_size=3, unique=True).map(tuple)
WORDS = st.lists(st.text(min_size=1, max_size=20), max_size=3, unique=True).map(tuple)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC))


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=3, unique=True).map(tuple)


VIEWS = st.builds(
    View,
    brands=IDS,
    period=st.sampled_from(list(PERIODS)),
    sentiments=some(SENTIMENTS),
    channels=some(CHANNELS),
    sources=IDS,
    langs=some(LANGS),
    themes=WORDS,
    flagged=st.sampled_from([None, True, False]),
    query=st.text(max_size=50),
    case_id=st.none() | st.integers(0, 10**9),
    author=st.none() | st.text(min_size=1, max_size=30),
    copy_group=st.none() | st.integers(0, 10**9),
    fold=st.booleans(),
)


@given(VIEWS)
def test_a_view_becomes_a_url_and_comes_back(view: View) -> None:
    assert View.from_url(view.to_url()) == view


@given(VIEWS, MOMENTS, st.integers(1, 10**6))
def test_own_dates_come_back(view: View, since: datetime, seconds: int) -> None:
    own = view.at(since, since + timedelta(seconds=seconds))
    assert View.from_url(own.to_url()) == own


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "brand",
                "period",
                "since",
                "until",
                "sentiment",
                "channel",
                "source",
                "in",
                "theme",
                "flagged",
                "q",
                "in_case",
                "copies",
                "fold",
            ]
        ),
        st.lists(st.text(max_size=30), max_size=3),
    )
)
def test_no_url_is_an_error(params: dict[str, list[str]]) -> None:
    view = View.from_url(params)
    view.filter(datetime.now(UTC), ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("name", list(PERIODS))
def test_named_periods_end_at_whole_hours_and_hold_now(name: str) -> None:
    now = datetime(2026, 11, 21, 10, 5, 30, tzinfo=UTC)
    since, until = View(period=name).span(now, ZoneInfo("Asia/Shanghai"))
    assert until - since == PERIODS[name]
    assert since.minute == until.minute == since.second == until.second == 0
    assert since < now < until


def test_long_periods_are_whole_local_days() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    since, until = View(period="30d").span(datetime(2026, 11, 21, 10, tzinfo=UTC), zone)
    assert since.astimezone(zone).hour == until.astimezone(zone).hour == 0


def test_a_case_is_shown_whatever_the_period() -> None:
    asked = View(case_id=3).filter(datetime.now(UTC), ZoneInfo("UTC"))
    assert asked.since is None
    assert asked.until is None
    assert asked.case_id == 3


def test_reversed_dates_are_no_period() -> None:
    view = View.from_url({"since": ["2026-11-02T00:00:00Z"], "until": ["2026-11-01T00:00:00Z"]})
    assert view.period != CUSTOM

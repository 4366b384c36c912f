"""When a source is asked again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectors.records import Collected, Status
from monitor import schedule

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=15)

spans = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=365))
chances = st.floats(min_value=0, max_value=1, exclude_max=True)
failures = st.integers(min_value=0, max_value=10_000)
moments = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
endings = st.builds(
    Collected,
    source_id=st.just(1),
    status=st.sampled_from([Status.OK, Status.NOT_MODIFIED, Status.FAILED, Status.GONE]),
    retry_at=st.none() | moments,
    ttl=st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=100_000)),
)


def at(status=Status.OK, *, failures=0, chance=0.0, every=EVERY, **given):
    return schedule.next_check_at(Collected(1, status, **given), every, failures=failures, now=NOW, chance=chance)


def test_a_source_that_answered_is_asked_after_its_interval():
    assert at() == NOW + EVERY


def test_not_modified_is_a_success():
    assert at(Status.NOT_MODIFIED, failures=7) == NOW + EVERY


def test_the_servers_freshness_is_obeyed_when_it_is_longer():
    assert at(ttl=timedelta(hours=2)) == NOW + timedelta(hours=2)
    assert at(ttl=timedelta(minutes=1)) == NOW + EVERY


def test_a_freshness_of_a_year_does_not_blind_us():
    assert at(ttl=timedelta(days=365)) == NOW + timedelta(days=1)


def test_failures_back_off_up_to_a_day():
    waits = [at(Status.FAILED, failures=n) - NOW for n in (1, 2, 3, 7, 8, 500)]
    quarter = timedelta(minutes=15)
    assert waits == [quarter, 2 * quarter, 4 * quarter, 64 * quarter, timedelta(days=1), timedelta(days=1)]


def test_a_daily_source_that_failed_is_tried_again_the_same_day():
    assert at(Status.FAILED, failures=1, every=timedelta(days=1)) == NOW + timedelta(minutes=15)


def test_a_source_we_were_too_busy_for_is_tried_again_soon():
    assert at(Status.FAILED, failures=9, error_kind="Crowded") == NOW + schedule.SOON
    assert at(Status.FAILED, failures=9, error_kind="Crowded", every=timedelta(minutes=1)) == NOW + timedelta(minutes=1)


def test_retry_after_wins_over_everything_shorter():
    later = NOW + timedelta(hours=5)
    assert at(Status.FAILED, failures=1, retry_at=later) == later
    assert at(Status.OK, retry_at=later) == later


def test_a_retry_after_in_the_past_changes_nothing():
    assert at(retry_at=NOW - timedelta(days=1)) == NOW + EVERY


@given(endings, spans, failures, chances)
def test_no_server_can_call_us_early_or_silence_us_for_good(collected, every, failures, chance):
    moment = schedule.next_check_at(collected, every, failures=failures, now=NOW, chance=chance)
    if collected.status is Status.GONE:
        assert moment >= NOW + timedelta(days=365 * 99)
        return
    floor = every if collected.status is not Status.FAILED else min(every, schedule.FIRST_RETRY)
    assert moment >= NOW + floor
    longest = max(every, schedule.LONGEST_BACKOFF, schedule.LONGEST_TTL) * (1 + schedule.JITTER)
    assert moment <= NOW + max(longest, schedule.LONGEST_RETRY_AFTER)


@given(spans, st.integers(min_value=1, max_value=9_999))
def test_back_off_never_shrinks(every, failures):
    assert schedule.backoff(every, failures=failures) <= schedule.backoff(every, failures=failures + 1)


@given(st.sampled_from([Status.OK, Status.FAILED]), spans, chances)
def test_jitter_adds_a_tenth_at_most(status, every, chance):
    plain = at(status, failures=1, every=every) - NOW
    moved = at(status, failures=1, every=every, chance=chance) - NOW
    assert plain <= moved <= plain * (1 + schedule.JITTER) + timedelta(microseconds=1)

"""Sources: their schedule, their health, and when they were really heard."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from collectors.records import SourceState, Status
from errors import InputError
from storage import brands, channels, deletion, mentions, sources
from storage.counts import by_channel
from storage.coverage import coverage_gaps, heard_hours
from storage.records import MentionFilter, SourceRecord
from storage.rollups import recount
from storage.schema import source as source_table
from tests.storage.builders import NOW, a_brand, a_source, heard, say, settle
from tests.storage.builders import store as put

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ALL = MentionFilter()


def test_a_new_source_is_due_and_has_neither_success_nor_error(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        made = a_source(tx, brands=[brand.id], options={"depth": 3}, keep_all=True)
        record = sources.get_source(tx, made.id, now=NOW)
        assert record.source == made
        assert (record.status, record.last_success_at, record.last_error, record.new) == (Status.NEW, None, None, None)
        assert (record.brand_names, record.success_share_7d, record.total) == (("Acme",), None, 0)
        assert [one.source.id for one in sources.due_sources(tx, NOW)] == [made.id]


def test_a_success_a_failure_and_a_success_again(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        state = SourceState(etag='"x"', cursor={"after": 7}, last_success_at=NOW)
        found = say("1")
        put(tx, source, found, brands=[brand], collected=heard(source, found, state=state, title="The News", capped=3))
        record = sources.get_source(tx, source.id, now=NOW)
        assert (record.status, record.state, record.source.title) == (Status.OK, state, "The News")
        assert (record.new, record.changed, record.capped, record.total) == (1, 0, 3, 1)

        failed = heard(source, status=Status.FAILED, error="HTTP 503: busy", advice="Wait.", error_kind="RateLimited",
                       retry_at=NOW + 2 * HOUR, state=SourceState(failures=1))  # fmt: skip
        put(tx, source, collected=failed, now=NOW + HOUR)
        record = sources.get_source(tx, source.id, now=NOW + HOUR)
        assert (record.status, record.last_error, record.last_advice) == (Status.FAILED, "HTTP 503: busy", "Wait.")
        assert (record.last_success_at, record.last_error_at, record.success_share_7d) == (NOW, NOW + HOUR, 0.5)
        assert record.new == 0
        assert sources.due_sources(tx, NOW + HOUR + 20 * MINUTE) == []  # due, but the server asked for rest
        assert sources.next_due(tx) == NOW + 2 * HOUR

        busy = heard(source, status=Status.FAILED, error="no parser was free", error_kind="Crowded")
        put(tx, source, collected=busy, now=NOW + 2 * HOUR)
        assert sources.get_source(tx, source.id, now=NOW + 2 * HOUR).success_share_7d == 0.5  # no try of the source

        put(tx, source, collected=heard(source, status=Status.NOT_MODIFIED), now=NOW + 3 * HOUR)
        record = sources.get_source(tx, source.id, now=NOW + 3 * HOUR)
        assert (record.status, record.last_error, record.not_before) == (Status.NOT_MODIFIED, None, None)
        history = sources.fetch_history(tx, source.id)
        assert [one.status for one in history] == [Status.NOT_MODIFIED, Status.FAILED, Status.FAILED, Status.OK]
        assert sources.prune_fetches(tx, NOW + HOUR) == 1


def test_gone_is_not_asked_again_until_people_give_a_new_address(store):
    with store.begin() as tx:
        source = a_source(tx)
        put(tx, source, collected=heard(source, status=Status.GONE))
        assert "gone" in sources.get_source(tx, source.id, now=NOW).last_error
        assert sources.due_sources(tx, NOW + 9 * HOUR) == []
        assert sources.next_due(tx) is None
        moved = sources.update_source(tx, source.id, url="https://example.com/new", now=NOW + 9 * HOUR)
        assert moved.status is Status.NEW
        assert len(sources.due_sources(tx, NOW + 9 * HOUR)) == 1


def test_what_is_brought_is_never_due(store):
    with store.begin() as tx:
        a_source(tx, "file:reviews.csv", kind="file")
        a_source(tx, "inbox:shop", kind="inbox")
        assert sources.due_sources(tx, NOW + 9 * HOUR) == []
        assert sources.next_due(tx) is None
        asked = a_source(tx, "HTTPS://example.com/reviews.csv", kind="file")
        assert [one.source.id for one in sources.due_sources(tx, NOW)] == [asked.id]
        assert sources.next_due(tx) == NOW


def test_a_schedule_written_by_a_clock_that_ran_ahead_counts_for_nothing(store):
    """Started with the clock in 2099, or hours ahead by another system's idea of a zone, a source must not stay unheard."""
    with store.begin() as tx:
        source = a_source(tx)
        for ahead in (8 * HOUR, 73 * 365 * 24 * HOUR):
            rest = heard(source, status=Status.FAILED, error="busy", retry_at=NOW + ahead + 2 * HOUR)
            put(tx, source, collected=rest, now=NOW + ahead)
            assert [one.source.id for one in sources.due_sources(tx, NOW)] == [source.id]
            put(tx, source, collected=heard(source), now=NOW)
            assert sources.due_sources(tx, NOW) == []
            assert sources.due_sources(tx, NOW - timedelta(seconds=30)) == []  # another machine's clock
        sources.update_source(tx, source.id, paused=True, now=NOW)
        assert sources.due_sources(tx, NOW - HOUR) == []


def test_paused_and_resumed(store):
    with store.begin() as tx:
        source = a_source(tx)
        assert sources.update_source(tx, source.id, paused=True, now=NOW).status is Status.PAUSED
        assert sources.due_sources(tx, NOW + HOUR) == []
        resumed = sources.update_source(tx, source.id, paused=False, now=NOW + HOUR)
        assert (resumed.status, resumed.next_check_at) == (Status.NEW, NOW + HOUR)


def test_a_permanent_move_is_stored(store):
    with store.begin() as tx:
        source = a_source(tx)
        put(tx, source, collected=heard(source, moved_to="https://example.com/new"))
        assert sources.get_source(tx, source.id, now=NOW).source.url == "https://example.com/new"


def test_another_channel_takes_mentions_and_counts_along(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1"), brands=[brand])
        sources.update_source(tx, source.id, channel="forum", now=NOW)
        assert {name: one.total for name, one in by_channel(tx, ALL).items()} == {"forum": 1}
        assert mentions.page(tx, ALL).rows[0].channel == "forum"
        assert recount(tx) == []


def test_what_a_large_source_brought_follows_to_another_channel_in_parts(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, *(say(str(n), f"Acme and Beta {n}", hours_ago=n // 2) for n in range(8)), brands=[one, other])
        tx.execute(update(source_table).values(channel="forum", moving={}))
        assert channels.move_part(tx, limit=3) == 4  # two mentions, the second with both its brands
        begun = by_channel(tx, ALL)
        assert 0 < begun["forum"].total < begun["news"].total
        settle(tx, limit=3)
        assert {name: found.total for name, found in by_channel(tx, ALL).items()} == {"forum": 16}
        assert {row.channel for row in mentions.iter_rows(tx, ALL)} == {"forum"}
        assert recount(tx) == []


def test_wrong_sources_are_refused(store):
    with store.begin() as tx:
        with pytest.raises(InputError, match="no brand 7"):
            a_source(tx, brands=[7])
        with pytest.raises(InputError, match="needs a brand to keep them under"):
            a_source(tx, keep_all=True)
        with pytest.raises(InputError, match="without a pause"):
            a_source(tx, every=timedelta(0))
        with pytest.raises(InputError, match="there is no source 9"):
            sources.update_source(tx, 9, now=NOW)


def test_brands_are_named_once(store):
    with store.begin() as tx:
        brand = a_brand(tx, "SK-II", aliases=["SK2", "SK2", " 神仙水 ", ""])
        assert brand.aliases == ("SK2", "神仙水")
        with pytest.raises(InputError, match="already a brand 'SK-II'"):
            a_brand(tx, "ｓｋ-ii")
        with pytest.raises(InputError, match="needs a name"):
            a_brand(tx, "  ")
        assert brands.get_brand_by_name(tx, "sk-ii") == brand
        assert brands.update_brand(tx, brand.id, name="SK-II 中国").name == "SK-II 中国"


def test_deleting_a_brand_hides_its_mentions_and_pauses_its_own_sources(store):
    with store.begin() as tx:
        one, other = a_brand(tx), a_brand(tx, "Beta")
        own, shared = a_source(tx, brands=[one.id]), a_source(tx, "https://example.org/2")
        put(tx, own, say("1"), brands=[one])
        put(tx, shared, say("2", "Acme, Beta"), brands=[one, other])
        deletion.delete_brand(tx, one.id, now=NOW)
        settle(tx)
        assert [(row.external_id, row.brand) for row in mentions.page(tx, ALL).rows] == [("2", "Beta")]
        assert [record.status for record in sources.list_sources(tx, NOW)] == [Status.PAUSED, Status.OK]
        assert recount(tx) == []


def test_the_usual_interval_is_the_median_between_mentions(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, *(say(str(n), f"Acme {n}", hours_ago=n) for n in range(4)), brands=[brand])
        assert sources.get_source(tx, source.id, now=NOW).usual_interval_s is None  # too few to say
        put(tx, source, *(say(str(n), f"Acme {n}", hours_ago=n) for n in range(4, 9)), brands=[brand])
        assert sources.get_source(tx, source.id, now=NOW).usual_interval_s == 3600


def at(tx, source, when, *found, **more) -> None:
    put(tx, source, collected=heard(source, *found, **more), now=when)


def test_a_feed_was_heard_as_far_back_as_it_lists(store):
    with store.begin() as tx:
        source = a_source(tx, every=15 * MINUTE)
        at(tx, source, NOW, say("1", hours_ago=5), say("2", hours_ago=2))
        at(tx, source, NOW + HOUR)
        assert coverage_gaps(tx, [source.id], since=NOW - 9 * HOUR, until=NOW + HOUR) == []
        assert heard_hours(tx, [source.id], since=NOW - 7 * HOUR, until=NOW + HOUR) == [0.0] * 2 + [1.0] * 6


DAYS = 24


@pytest.mark.parametrize(
    ("hours_ago", "oldest"),
    [
        ((2, 5, 9, 5_000 * DAYS), 9),  # a welcome of years ago at the head of the list
        ((2, 5, 9, 400 * DAYS, 5_000 * DAYS), 9),  # and another
        ((2, 900 * DAYS), 2),
        ((10 * DAYS, 40 * DAYS, 75 * DAYS, 200 * DAYS), 200 * DAYS),  # somebody who writes seldom
        ((2, 20 * DAYS), 20 * DAYS),
        ((700 * DAYS,), 700 * DAYS),
    ],
)
def test_an_old_entry_that_is_pinned_to_a_list_covers_nothing(store, hours_ago, oldest):
    with store.begin() as tx:
        source = a_source(tx)
        at(tx, source, NOW, *(say(str(n), hours_ago=n) for n in hours_ago))
        since = NOW - 6_000 * DAYS * HOUR
        assert heard_hours(tx, [source.id], since=NOW - (oldest + 5) * HOUR, until=NOW)[:6] == [0.0] * 5 + [1.0]
        assert coverage_gaps(tx, [source.id], since=since, until=NOW) == []  # before it listened is no gap


def test_a_pinned_entry_does_not_hide_what_was_missed(store):
    with store.begin() as tx:
        source = a_source(tx, every=15 * MINUTE)
        at(tx, source, NOW)
        pinned = say("0", hours_ago=900 * DAYS)
        newer = [say(str(n), published_at=NOW + n * HOUR) for n in (3, 4, 5)]
        at(tx, source, NOW + 6 * HOUR, pinned, *newer, missed=True)
        (gap,) = coverage_gaps(tx, [source.id], since=NOW - HOUR, until=NOW + 6 * HOUR)
        assert (gap.start, gap.end) == (NOW + 30 * MINUTE, NOW + 3 * HOUR)


def test_a_source_is_overdue_after_several_of_its_usual_intervals(store):
    def quiet(hours: float, usual: float | None, status=Status.OK) -> bool:
        record = SourceRecord(
            source, SourceState(), status, NOW, NOW, last_new_at=NOW - hours * HOUR, usual_interval_s=usual
        )
        return record.overdue(NOW) is not None

    with store.begin() as tx:
        source = a_source(tx, every=15 * MINUTE)
    assert not quiet(7, 2 * 3600)
    assert quiet(9, 2 * 3600)
    assert not quiet(5, 60)  # mentions come in bursts
    assert not quiet(99, None)
    assert not quiet(99, 60, Status.FAILED)  # that is another complaint


def test_silence_after_the_last_success_is_a_gap_once_it_is_long(store):
    with store.begin() as tx:
        source = a_source(tx, every=15 * MINUTE)
        at(tx, source, NOW)
        at(tx, source, NOW + HOUR, status=Status.FAILED, error="timed out")
        assert coverage_gaps(tx, [], since=NOW, until=NOW + 25 * MINUTE) == []
        (gap,) = coverage_gaps(tx, [], since=NOW - HOUR, until=NOW + 3 * HOUR)
        assert (gap.start, gap.end, gap.reason) == (NOW, NOW + 3 * HOUR, "timed out")
        assert coverage_gaps(tx, [], since=NOW - HOUR, until=NOW + 9 * HOUR, now=NOW + 3 * HOUR) == [gap]
        assert heard_hours(tx, since=NOW, until=NOW + 3 * HOUR) == [1.0, 0.0, 0.0]


def test_what_may_have_been_missed_between_two_polls_stays_a_gap(store):
    with store.begin() as tx:
        source = a_source(tx, every=15 * MINUTE)
        at(tx, source, NOW)
        found = say("1", published_at=NOW + 5 * HOUR)
        at(tx, source, NOW + 6 * HOUR, found, missed=True)
        (gap,) = coverage_gaps(tx, [], since=NOW - HOUR, until=NOW + 6 * HOUR)
        assert (gap.start, gap.end) == (NOW + 30 * MINUTE, NOW + 5 * HOUR)
        at(tx, source, NOW + 7 * HOUR)
        assert heard_hours(tx, since=NOW, until=NOW + 7 * HOUR) == [1.0, 0, 0, 0, 0, 1.0, 1.0]


def test_a_source_never_heard_is_deaf_since_it_was_added(store):
    with store.begin() as tx:
        one, other = a_source(tx), a_source(tx, "https://example.org/2")
        at(tx, one, NOW, status=Status.FAILED, error="no such host")
        at(tx, other, NOW + 2 * HOUR)
        gaps = coverage_gaps(tx, since=NOW - HOUR, until=NOW + 2 * HOUR)
        assert [(gap.source_id, gap.start, gap.reason) for gap in gaps] == [(one.id, NOW, "no such host")]
        assert heard_hours(tx, since=NOW, until=NOW + 3 * HOUR)[2] == 0.5  # one of two

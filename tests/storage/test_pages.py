"""Pages and timelines at their edges: equal times, copies, clocks that go back."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from storage import counts, mentions
from storage.records import MentionFilter
from tests.storage.builders import NOW, a_brand, a_source, say
from tests.storage.builders import store as put


def test_a_timeline_has_no_holes_and_days_of_its_zone(store):
    zone = ZoneInfo("America/New_York")
    since = (NOW - timedelta(days=21)).astimezone(zone).replace(hour=0)  # the clocks go back in between
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", hours_ago=0), brands=[brand])
        line = counts.timeline(tx, MentionFilter(since=since, until=NOW), step="day", tz=zone)
        assert [bucket.start.astimezone(zone).hour for bucket in line] == [0] * 22
        assert len({bucket.start.astimezone(zone).date() for bucket in line}) == 22
        assert counts.timeline(tx, MentionFilter(brands=(99,)), step="hour", tz=zone) == []


def test_copies_fold_into_the_newest_that_the_filter_has(store):
    with store.begin() as tx:
        brand, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx, kind="inbox")
        copies = [say(str(n), "Acme phones get too hot to hold", hours_ago=n) for n in range(5)]
        put(tx, source, *copies, say("x", "quite another text", hours_ago=2.5), brands=[brand])
        put(tx, source, say("6", "Acme phones get too hot to hold", hours_ago=9), brands=[brand, other])
        rows = mentions.page(tx, MentionFilter(), fold_copies=True).rows
        assert [(row.external_id, row.brand) for row in rows] == [("0", "Acme"), ("x", "Acme"), ("6", "Beta")]
        assert rows[0].copies == 6
        early = MentionFilter(until=NOW - timedelta(hours=1.5), brands=(brand.id,))
        assert [row.external_id for row in mentions.page(tx, early, fold_copies=True).rows] == ["2", "x"]
        first = mentions.page(tx, MentionFilter(brands=(brand.id,)), fold_copies=True, limit=1)
        second = mentions.page(tx, MentionFilter(brands=(brand.id,)), fold_copies=True, limit=1, after=first.next)
        assert [row.external_id for row in (*first.rows, *second.rows)] == ["0", "x"]
        assert second.next is None


def test_a_page_of_mentions_published_at_the_same_moment(store):
    with store.begin() as tx:
        brands, source = [a_brand(tx), a_brand(tx, "Beta")], a_source(tx)
        put(tx, source, *(say(str(n), f"Acme {n}") for n in range(9)), brands=brands)
        for f in (MentionFilter(), MentionFilter(brands=(1, 2)), MentionFilter(brands=(2,))):
            ids = [(row.id, row.brand_id) for row in mentions.iter_rows(tx, f, chunk=4)]
            assert ids == sorted(ids, reverse=True)
            assert len(ids) == (9 if f.brands == (2,) else 18)

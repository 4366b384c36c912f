"""Who should speak, and when they did: as much of it as a replay needs, in a store of any size."""

from datetime import timedelta

from storage import speakers
from storage.records import MentionFilter
from storage.speakers import spoken
from tests.storage.builders import NOW, a_brand, a_source, say
from tests.storage.builders import store as put

DAYS = timedelta(days=60)
LOOKED_AT = MentionFilter(brands=(1,), since=NOW - DAYS, until=NOW)


def fill(tx) -> None:
    """Somebody who speaks every twenty minutes and was quiet three times, and somebody who speaks once a day."""
    brand, lively, calm = a_brand(tx), a_source(tx), a_source(tx, "https://example.org/calm")
    quiet = ((100, 130), (400, 460), (900, 940))
    hours = [n / 3 for n in range(1, int(DAYS.days * 24 * 3))]
    said = [say(f"l{n}", f"Acme, {n} hours ago", hours_ago=n) for n in hours if not any(a <= n < b for a, b in quiet)]
    put(tx, lively, *said, brands=[brand])
    daily = [n for n in range(1, 55) if not 8 < n < 13]
    said_daily = [say(f"c{n}", f"Acme, {n} days ago", hours_ago=n * 24.0) for n in daily]
    put(tx, calm, *said_daily, brands=[brand])


def test_of_very_much_only_the_newest_is_asked_for_and_what_it_is_judged_by(store, monkeypatch):
    with store.begin() as tx:
        fill(tx)
    with store.read() as tx:
        whole = spoken(tx, LOOKED_AT, now=NOW, before=300)[1]
        monkeypatch.setattr(speakers, "MOST_SPOKEN", 2_000)
        cut = spoken(tx, LOOKED_AT, now=NOW, before=300)[1]
    assert {one.since for one in whole} == {LOOKED_AT.since}
    (since,) = {one.since for one in cut}
    assert NOW - timedelta(hours=900) < since < NOW - timedelta(hours=600)
    assert [len(one.times) for one in whole] == [3929 + 50, 3929, 50]
    for all_of_it, newest in zip(whole, cut, strict=True):
        older = sorted((when for when in all_of_it.times if when < since), reverse=True)
        assert sorted(newest.times) == sorted([when for when in all_of_it.times if when >= since] + older[:300])
        assert newest.unheard == all_of_it.unheard


def test_nobody_who_speaks_is_an_answer(store):
    with store.begin() as tx:
        a_brand(tx)
    with store.read() as tx:
        assert spoken(tx, LOOKED_AT, now=NOW, before=300) == {1: []}

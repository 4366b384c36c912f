"""Pages, searches and counts: every filter, page by page, against a plain walk over all rows."""

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from collectors.records import Matched
from storage import counts, mentions, open_store, readings
from storage.records import MentionFilter, ReadResult
from tests.storage.builders import NOW, a_brand, a_source, facts, heard, judged, say

WORDS = ("电池", "sk-ii", "delivery", "鼓包", "price", "c++")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def world(shared_url):
    """120 mentions of two brands from three sources in five days, most of them read. Only to be read."""
    store = open_store(shared_url)
    chance = random.Random(7)
    with store.begin() as tx:
        brands = [a_brand(tx), a_brand(tx, "Beta")]
        channels = ("news", "forum", "news")
        places = [a_source(tx, f"https://example.com/{n}", channel=one) for n, one in enumerate(channels)]
        mentions.store_many(tx, [collection(place, brands, chance) for place in places], now=NOW)
        waiting = readings.unread(tx, model="m", limit=90)
        readings.store_readings(tx, [a_reading(one, chance) for one in waiting], now=NOW)
        mentions.flag(tx, range(1, 121, 5), True, who="a", now=NOW)
    yield store
    store.close()


def collection(place, brands, chance):
    found = []
    for number in range(40):
        text = chance.choice(("Acme phones get too hot", f"text {number} about the brand {number * 7}"))
        ago = chance.choice((0, 0.5, 1, 30, 47.25, 100))
        found.append(say(f"{number}", text, hours_ago=ago, author=f"a{number % 4}", url=f"https://e.org/{number}"))
    named = [{one.id: "x" for one in brands if chance.random() < 0.7} or {1: "x"} for _ in found]
    return heard(place, *found), [Matched(*pair) for pair in zip(found, named, strict=True)], NOW


def a_reading(one, chance):
    if chance.random() < 0.1:
        return ReadResult(one.mention_id, failed="too odd", model="m")
    tokens = [word for word in WORDS if chance.random() < 0.4]
    themes = [theme for theme in ("quality", "price") if chance.random() < 0.4]
    told = judged(chance.choice(("negative", "neutral", "positive")), sure=chance.random() < 0.8)
    made = facts(chance.choice(("zh", "en")), tokens=tokens, themes=themes)
    return ReadResult(one.mention_id, made, dict.fromkeys(one.brands, told))


FILTERS = {
    "all": MentionFilter(),
    "a brand": MentionFilter(brands=(1,)),
    "both brands": MentionFilter(brands=(2, 1)),
    "negative": MentionFilter(brands=(1,), sentiments=("negative",)),
    "bad or unsure": MentionFilter(sentiments=("negative", "unsure")),
    "failed": MentionFilter(sentiments=("failed",)),
    "a channel": MentionFilter(channels=("forum",), brands=(2,)),
    "sources": MentionFilter(sources=(1, 3)),
    "a source": MentionFilter(sources=(2,)),
    "a language": MentionFilter(langs=("zh",)),
    "unread": MentionFilter(sentiments=("unread",), langs=("",)),
    "ragged period": MentionFilter(since=NOW - timedelta(hours=47, minutes=30), until=NOW - timedelta(minutes=20)),
    "within an hour": MentionFilter(since=NOW - timedelta(minutes=40), until=NOW - timedelta(minutes=10)),
    "whole days": MentionFilter(since=(NOW - 3 * DAY).replace(hour=0), until=NOW.replace(hour=0), channels=("news",)),
    "no time at all": MentionFilter(since=NOW, until=NOW),
    "a theme": MentionFilter(themes=("quality",)),
    "a theme in a period": MentionFilter(themes=("price",), since=NOW - timedelta(hours=47, minutes=30), until=NOW),
    "a theme of a channel": MentionFilter(themes=("price",), channels=("news",)),
    "either theme": MentionFilter(themes=("quality", "price")),
    "flagged": MentionFilter(flagged=True),
    "not flagged": MentionFilter(flagged=False, brands=(1,)),
    "words": MentionFilter(query="电池 delivery"),
    "a hyphened word": MentionFilter(query="SK-II"),
    "the beginning of a word": MentionFilter(query="deliv"),
    "words and theme": MentionFilter(query="price", themes=("quality",), sentiments=("negative",)),
    "an author": MentionFilter(author="a2"),
    "nothing to search by": MentionFilter(query="!!! ???"),
    "no such words": MentionFilter(query="zzz"),
}


def meets(row, f: MentionFilter) -> bool:
    """The filter as people mean it, without SQL. Words are looked up in `tokens_of`, filled from the index's input."""
    wanted = (
        (f.brands, row.brand_id),
        (f.sentiments, row.sentiment),
        (f.channels, row.channel),
        (f.sources, row.source_id),
        (f.langs, row.lang or ""),
    )
    return (
        all(value in values for values, value in wanted if values)
        and (f.since is None or row.published_at >= f.since)
        and (f.until is None or row.published_at < f.until)
        and (not f.themes or bool(set(f.themes) & set(row.themes)))
        and f.flagged in (None, row.flagged)
        and f.author in (None, row.author)
        and (not f.query or searched(row, f.query))
    )


def searched(row, query: str) -> bool:
    asked = [word.strip("!? ") for word in query.lower().split()]
    return all(word and any(token.startswith(word) for token in row.keywords) for word in asked)


@pytest.mark.parametrize("name", FILTERS)
def test_pages_hold_exactly_what_the_filter_means_newest_first(world, name):
    f = FILTERS[name]
    with world.read() as tx:
        every = list(mentions.iter_rows(tx, MentionFilter(), chunk=1_000))
        wanted = [row for row in every if meets(row, f)]
        found, after = [], None
        while True:
            page = mentions.page(tx, f, after=after, limit=7)
            found += page.rows
            if page.next is None:
                break
            after = page.next
        assert [(row.id, row.brand_id) for row in found] == [(row.id, row.brand_id) for row in wanted]
        assert len(found) == len({(row.id, row.brand_id) for row in found})
        keys = [(row.published_at, row.id, row.brand_id) for row in found]
        assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("name", FILTERS)
def test_all_counts_of_a_filter_agree(world, name):
    f = FILTERS[name]
    with world.read() as tx:
        rows = list(mentions.iter_rows(tx, f))
        figures = counts.figures(tx, f)
        for sentiment in ("negative", "neutral", "positive", "unsure", "unread", "failed"):
            assert getattr(figures, sentiment) == sum(row.sentiment == sentiment for row in rows), sentiment
        assert counts.count(tx, f, cap=10_000) == figures
        for step in ("hour", "day"):
            line = counts.timeline(tx, f, step=step, tz=ZoneInfo("Asia/Shanghai"))
            assert sum(bucket.figures.total for bucket in line) == figures.total
        for grouped in (counts.by_channel, counts.by_source):
            assert sum(one.total for one in grouped(tx, f).values()) == figures.total
        assert counts.by_place(tx, f) == (counts.by_channel(tx, f), counts.by_source(tx, f))
        themes = counts.by_theme(tx, f)
        named = [theme for row in rows for theme in row.themes if not f.themes or theme in f.themes]
        assert {theme: one.total for theme, one in themes.items()} == {one: named.count(one) for one in set(named)}


@pytest.mark.parametrize("name", ["a brand", "a theme", "words", "flagged", "a period", "all"])
def test_a_large_store_finds_the_same_as_a_small_one(world, name, monkeypatch):
    """Large sets are walked, small ones gathered: the plan must not change the answer."""
    from storage import filters

    f = FILTERS.get(name, FILTERS["ragged period"])
    with world.read() as tx:
        gathered = [(row.id, row.brand_id) for row in mentions.iter_rows(tx, f, chunk=9)]
        monkeypatch.setattr(filters, "GATHER", 0)
        assert [(row.id, row.brand_id) for row in mentions.iter_rows(tx, f, chunk=9)] == gathered


def test_counting_one_by_one_stops_and_says_so(world):
    with world.read() as tx:
        capped = counts.count(tx, MentionFilter(flagged=False), cap=20)
        assert (capped.total, capped.capped) == (21, True)
        assert not counts.count(tx, MentionFilter(flagged=False), cap=10_000).capped


def test_hourly_counts_are_the_timeline_of_a_brand(world):
    since, until = NOW - timedelta(hours=101), NOW + timedelta(hours=1)
    with world.read() as tx:
        hourly = counts.hourly_counts(tx, [1, 2], since=since, until=until, channels=["news"])
        for brand_id, found in hourly.items():
            f = MentionFilter(brands=(brand_id,), since=since, until=until, channels=("news",))
            line = counts.timeline(tx, f, step="hour", tz=ZoneInfo("UTC"))
            assert found.start == line[0].start
            assert found.total == [bucket.figures.total for bucket in line]
            assert found.negative == [bucket.figures.negative for bucket in line]
            assert found.read == [bucket.figures.read for bucket in line]
        together = counts.hourly_sum(tx, MentionFilter(since=since, until=until, brands=(1, 2), channels=("news",)))
        assert together.start == hourly[1].start
        for name in ("negative", "read", "total"):
            both = zip(getattr(hourly[1], name), getattr(hourly[2], name), strict=True)
            assert getattr(together, name) == [one + other for one, other in both]


@pytest.mark.parametrize(
    "query",
    ['"', "'", "a OR b", "NEAR(a b)", "col:x", "*", "-x", "a:* & b", "\\", "(", "^a", "{x}", "a\x00b", "电池 NOT"],
)
def test_what_people_type_is_never_syntax(world, query):
    with world.read() as tx:
        mentions.page(tx, MentionFilter(query=query))
        counts.figures(tx, MentionFilter(query=query, themes=("quality",)))

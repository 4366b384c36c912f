"""What waits to be read, newest first; what reading gave, and who copies whom."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from storage import mentions, readings
from storage.counts import by_theme, figures
from storage.near import STAND
from storage.records import MentionFilter, ReadResult
from storage.rollups import recount
from storage.schema import mention_key
from tests.storage.builders import NOW, a_brand, a_source, facts, heard, judged, read, read_all, say
from tests.storage.builders import store as put

ALL = MentionFilter()


def test_newest_first_with_all_brands_and_only_what_this_model_has_not_read(store):
    with store.begin() as tx:
        brands, source = [a_brand(tx), a_brand(tx, "Beta")], a_source(tx)
        put(tx, source, *(say(str(n), f"text {n} of Acme", hours_ago=n) for n in range(6)), brands=brands)
        first = readings.unread(tx, model="m1", limit=2)
        assert [(one.text, one.brands) for one in first] == [("text 0 of Acme", (1, 2)), ("text 1 of Acme", (1, 2))]
        assert readings.store_readings(tx, [read(one) for one in first], now=NOW) == 4
        assert (readings.backlog(tx, "m1"), figures(tx, ALL).unread) == (8, 8)
        assert [one.text for one in readings.unread(tx, model="m1", limit=1)] == ["text 2 of Acme"]
        assert readings.backlog(tx, "m2") == 12  # another model has everything before it
        assert figures(tx, ALL).unread == 8
        read_all(tx, "positive", model="m2")
        assert (readings.backlog(tx, "m2"), figures(tx, ALL).positive) == (0, 12)
        assert recount(tx) == []


def test_a_text_that_fails_is_said_and_tried_again_by_another_model_or_when_asked(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1"), say("2", "Acme two"), brands=[brand])
        one, other = readings.unread(tx, model="m1", limit=5)
        readings.store_readings(
            tx, [ReadResult(one.mention_id, failed="too \x00 odd", model="m1"), read(other)], now=NOW
        )
        assert (figures(tx, ALL).failed, figures(tx, ALL).negative) == (1, 1)
        assert mentions.get_mention(tx, one.mention_id)[0].failed_reason == "too � odd"
        assert readings.unread(tx, model="m1", limit=5) == []
        assert len(readings.unread(tx, model="m2", limit=5)) == 2
        assert readings.failed(tx) == {"too � odd": 1}
        assert readings.requeue(tx)[0] == 1
        assert (readings.failed(tx), readings.requeue(tx)) == ({}, None)
        assert [row.mention_id for row in readings.unread(tx, model="m1", limit=5)] == [one.mention_id]
        assert (figures(tx, ALL).failed, figures(tx, ALL).unread) == (0, 1)
        assert recount(tx) == []
        read_all(tx, "positive")
        assert (figures(tx, ALL).positive, mentions.get_mention(tx, one.mention_id)[0].failed_reason) == (1, None)


def test_what_a_person_said_of_a_text_that_failed_is_not_read_over(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1"), say("2", "Acme two"), brands=[brand])
        one, other = readings.unread(tx, model="m1", limit=5)
        readings.store_readings(
            tx, [ReadResult(each.mention_id, failed="odd", model="m1") for each in (one, other)], now=NOW
        )
        mentions.correct(tx, one.mention_id, brand.id, "positive", who="li", now=NOW)
        assert readings.failed(tx) == {"odd": 1}
        assert readings.requeue(tx)[0] == 1
        assert (figures(tx, ALL).positive, figures(tx, ALL).unread) == (1, 1)
        assert recount(tx) == []


def test_a_text_changed_while_it_was_read_stays_unread(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme is fine"), brands=[brand])
        (waiting,) = readings.unread(tx, model="m1", limit=5)
        put(tx, source, say("1", "Acme is on fire"), brands=[brand])
        assert readings.store_readings(tx, [read(waiting, "positive")], now=NOW) == 0
        assert figures(tx, ALL).unread == 1
        assert len(readings.unread(tx, model="m1", limit=5)) == 1


def test_a_mention_deleted_while_it_was_read_is_skipped(store):
    with store.begin() as tx:
        assert readings.store_readings(tx, [ReadResult(99, facts(), {1: judged()})], now=NOW) == 0
        assert recount(tx) == []


def test_reading_again_replaces_themes_and_their_counts(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1"), brands=[brand])
        read_all(tx, themes=("quality", "price"))
        assert set(by_theme(tx, ALL)) == {"quality", "price"}
        read_all(tx, model="m2", themes=("safety",), tokens=("swells",))
        assert set(by_theme(tx, ALL)) == {"safety"}
        assert mentions.page(tx, MentionFilter(query="battery")).rows == ()
        assert len(mentions.page(tx, MentionFilter(query="swells")).rows) == 1
        assert recount(tx) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("电池", "12"),
        ("battery", "3"),
        ("BATT", "3"),
        ("ttery", ""),
        ("iphone 电池", "2"),
        ("sk-ii", "4"),
        ("100%", "5"),
    ],
)
def test_a_search_finds_what_is_not_read_yet(store, query, found):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        said = [
            say("1", "電池鼓包了"),
            say("2", "苹果iPhone的电池"),
            say("3", "Battery, again"),
            say("4", "an SK-II jar"),
        ]
        norms = ["电池鼓包了", "苹果iphone的电池", "battery, again", "an sk-ii jar"]
        put(tx, source, *said, brands=[brand], collected=heard(source, *said, norms=norms))
        put(tx, a_source(tx, "https://other.example/feed"), say("5", "nothing of it, but 10 of 100"), brands=[brand])
        rows = mentions.page(tx, MentionFilter(brands=(brand.id,), query=query)).rows
        assert "".join(sorted(row.external_id for row in rows)) == found


def test_a_changed_text_is_found_by_its_new_words_before_it_is_read_again(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1"), brands=[brand])
        read_all(tx, tokens=("battery", "swells"))
        put(tx, source, say("1", "the screen of my Acme phone flickers"), brands=[brand])
        assert [len(mentions.page(tx, MentionFilter(query=word)).rows) for word in ("battery", "screen")] == [0, 1]
        read_all(tx, tokens=("screen", "flickers"))
        assert [len(mentions.page(tx, MentionFilter(query=word)).rows) for word in ("battery", "screen")] == [0, 1]


def test_a_correction_counts_until_it_is_undone_whatever_models_say(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        (mention_id,) = put(tx, source, say("1"), brands=[brand]).new_ids
        mentions.correct(tx, mention_id, brand.id, "positive", who="li", now=NOW)
        assert figures(tx, ALL).positive == 1
        waiting = readings.unread(tx, model="m1", limit=5)
        readings.store_readings(tx, [read(one, "negative", sure=False) for one in waiting], now=NOW)
        (row,) = mentions.get_mention(tx, mention_id)
        assert (row.sentiment, row.label, row.corrected_by) == ("positive", "negative", "li")
        mentions.correct(tx, mention_id, brand.id, None, who="li", now=NOW)
        (row,) = mentions.get_mention(tx, mention_id)
        assert (row.sentiment, row.corrected_by) == ("unsure", None)
        assert [entry.what for entry in mentions.mention_history(tx, mention_id)] == ["corrected", "undone"]
        assert recount(tx) == []


def near(tx, source, brand, *said, alike=None) -> dict[str, int]:
    """Stores and reads texts with the band keys given; external id -> copy group."""
    put(tx, source, *(say(name, text, hours_ago=ago) for name, text, ago, _ in said), brands=[brand])
    bands = {text: keys for _, text, _, keys in said}
    waiting = readings.unread(tx, model="m1", limit=50)
    readings.store_readings(
        tx, [read(one, signature=bands[one.text]) for one in waiting if one.text in bands], now=NOW, alike=alike
    )
    return {row.external_id: row.copy_group for row in mentions.page(tx, ALL).rows}


def test_near_copies_join_the_group_of_the_earliest(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx, kind="inbox")
        groups = near(
            tx, source, brand,
            ("late", "Acme phones get far too hot", 1, (1, 2, 3, 4, 5)),
            ("early", "the Acme phones get far too hot!", 9, (1, 2, 3, 4, 6)),
            ("other", "Acme opens a shop in Chengdu", 5, (7, 8, 9, 10, 6)),
        )  # fmt: skip
        assert groups["late"] == groups["early"] != groups["other"]
        rows = {row.external_id: row for row in mentions.page(tx, ALL).rows}
        assert (rows["early"].first_in_group, rows["late"].first_in_group, rows["late"].copies) == (True, False, 2)
        again = near(tx, source, brand, ("first", "Acme phones get much too hot", 20, (1, 2, 3, 11, 12)))
        assert again["first"] == again["late"] == again["early"]
        assert {row.external_id for row in mentions.page(tx, ALL).rows if row.first_in_group} == {"first", "other"}


def test_a_text_that_many_pass_on_is_found_by_a_few_of_its_copies(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx, kind="inbox")
        for first in (0, 20):
            said = [(str(n), f"Acme phones get far too hot, says number {n}", n, (1, 2, 3, 4, 100 + n))
                    for n in range(first, first + 20)]  # fmt: skip
            groups = near(tx, source, brand, *said)
        assert len(set(groups.values())) == 1
        under = dict(map(tuple, tx.execute(select(mention_key.c.key, func.count()).group_by(mention_key.c.key))))
        assert [under[band] for band in (1, 2, 3, 4)] == [STAND] * 4
        assert [under[100 + n] for n in range(40)] == [1] * 40


def test_who_compares_has_the_last_word(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx, kind="inbox")
        said = (("a", "Acme phones are hot", 1, (1, 2, 3, 4, 5)), ("b", "Acme phones are cold", 2, (1, 2, 3, 4, 5)))
        groups = near(tx, source, brand, *said, alike=lambda one, other: False)
        assert groups["a"] != groups["b"]


def test_a_text_with_another_text_leaves_its_copies(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx, kind="inbox")
        same = "Acme phones get far too hot"
        put(tx, source, *(say(str(n), same, hours_ago=n) for n in range(3)), brands=[brand])
        put(tx, source, say("2", "I take it all back, sorry"), brands=[brand])
        rows = {row.external_id: row for row in mentions.page(tx, ALL).rows}
        assert rows["0"].copy_group == rows["1"].copy_group == rows["1"].id
        assert (rows["2"].copies, rows["2"].first_in_group, rows["0"].copies) == (1, True, 2)
        assert rows["2"].published_at == NOW - timedelta(hours=2)


def test_a_text_that_its_origin_leaves_groups_those_who_still_have_it(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme is hot today", hours_ago=9), say("2", "Acme is hot today"), brands=[brand])
        put(tx, source, say("3", "Acme says nothing", hours_ago=5), brands=[brand])
        put(tx, source, say("1", "Acme is cold now"), say("3", "Acme is hot today", hours_ago=5), brands=[brand])
        groups = {row.external_id: row.copy_group for row in mentions.iter_rows(tx, ALL)}
        ids = {row.external_id: row.id for row in mentions.iter_rows(tx, ALL)}
        assert groups == {"1": ids["1"], "2": ids["3"], "3": ids["3"]}

"""Nothing lost, nothing twice."""

from datetime import timedelta

import pytest

from collectors.records import Matched, Status
from storage import deletion, mentions, sources
from storage.counts import figures
from storage.records import MentionFilter
from storage.rollups import recount
from tests.storage.builders import LATER, NOW, a_brand, a_source, forget_all, heard, read_all, say
from tests.storage.builders import store as put

ALL = MentionFilter()


def test_the_same_mention_is_stored_once_however_often_it_is_seen(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        first = put(tx, source, say("1"), say("2", "Acme is fine"), brands=[brand])
        again = put(tx, source, say("1"), say("2", "Acme is fine"), brands=[brand])
        assert (first.new, first.known, len(first.new_ids)) == (2, 0, 2)
        assert (again.new, again.changed, again.known, again.new_ids) == (0, 0, 2, ())
        assert figures(tx, ALL).total == 2
        assert sources.get_source(tx, source.id, now=NOW).total == 2


def test_a_changed_text_keeps_what_it_said_and_is_unread_again(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        (mention_id,) = put(tx, source, say("1", "Acme is good"), brands=[brand]).new_ids
        read_all(tx, "positive")
        mentions.correct(tx, mention_id, brand.id, "neutral", who="li", now=NOW)
        done = put(tx, source, say("1", "Acme is bad", title="Update"), brands=[brand], now=LATER)
        assert (done.new, done.changed) == (0, 1)
        (row,) = mentions.get_mention(tx, mention_id)
        assert (row.title, row.text, row.sentiment, row.themes, row.lang) == (
            "Update",
            "Acme is bad",
            "unread",
            (),
            None,
        )
        (before,) = mentions.versions(tx, mention_id)
        assert (before.text, before.seen_at) == ("Acme is good", LATER)
        assert before.corrections[str(brand.id)]["to"] == "neutral"
        assert figures(tx, ALL).unread == 1
        assert recount(tx) == []


def test_a_change_keeps_the_time_it_was_first_published(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        (mention_id,) = put(tx, source, say("1", "Acme one", hours_ago=5), brands=[brand]).new_ids
        put(tx, source, say("1", "Acme two", hours_ago=0), brands=[brand])
        assert mentions.get_mention(tx, mention_id)[0].published_at == NOW - timedelta(hours=5)
        assert recount(tx) == []


def test_a_feed_that_makes_a_guid_per_request_does_not_double_its_mentions(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        for fetch in range(3):
            put(tx, source, say(f"guid-{fetch}", title="Acme recalls phones", author="desk"), brands=[brand])
        assert figures(tx, ALL).total == 1


def test_two_people_who_write_the_same_short_words_are_two_mentions(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "很好", author="a"), say("2", "很好", author="b"), brands=[brand])
        put(tx, source, say("3", "不错", hours_ago=1), say("4", "不错", hours_ago=2), brands=[brand])
        assert figures(tx, ALL).total == 4


def test_short_words_without_author_and_date_are_not_doubled_by_new_guids(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        ours = {"published_at_source": "collector"}
        put(tx, source, say("1", "很好", **ours), brands=[brand])
        put(tx, source, say("2", "很好", published_at=LATER, **ours), brands=[brand])
        assert figures(tx, ALL).total == 1


@pytest.mark.parametrize("kind", ["steam", "hackernews", "file", "inbox"])
def test_ids_of_a_service_are_never_merged_by_text(store, kind):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx, kind=kind)
        put(
            tx,
            source,
            say("1", "good game, I like Acme a lot"),
            say("2", "good game, I like Acme a lot"),
            brands=[brand],
        )
        assert figures(tx, ALL).total == 2


def test_equal_texts_from_two_sources_are_two_mentions_in_one_copy_group(store):
    with store.begin() as tx:
        brand, one, other = a_brand(tx), a_source(tx), a_source(tx, "https://example.org/feed")
        late = put(tx, one, say("1", "Acme 的电池鼓包了！", hours_ago=1), brands=[brand]).new_ids[0]
        early = put(tx, other, say("9", "Acme的电池鼓包了", hours_ago=3), brands=[brand]).new_ids[0]
        alone = put(tx, other, say("10", "something else about Acme"), brands=[brand]).new_ids[0]
        rows = {row.id: row for row in mentions.page(tx, ALL).rows}
        assert rows[late].copy_group == rows[early].copy_group == early  # the earliest is the origin
        assert (rows[early].first_in_group, rows[late].first_in_group) == (True, False)
        assert (rows[late].copies, rows[alone].copies, rows[alone].first_in_group) == (2, 1, True)


def test_one_id_twice_with_two_texts_in_one_batch_is_a_change(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        first, second = say("1", "Acme before"), say("1", "Acme after")
        arrivals = [(heard(source, one), [Matched(one, {brand.id: "Acme"})], LATER) for one in (first, second)]
        done = mentions.store_many(tx, arrivals, now=NOW)
        assert [(one.new, one.changed) for one in done] == [(1, 0), (0, 1)]
        (row,) = mentions.page(tx, ALL).rows
        assert row.text == "Acme after"
        assert [one.text for one in mentions.versions(tx, row.id)] == ["Acme before"]
        assert recount(tx) == []


def test_a_brand_added_later_gets_readings_of_mentions_known_already(store):
    with store.begin() as tx:
        one, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme and Beta"), brands=[one])
        read_all(tx)
        other = a_brand(tx, "Beta")
        done = put(tx, source, say("1", "Acme and Beta"), brands=[one, other])
        assert (done.new, done.changed, done.known) == (0, 0, 1)
        assert {row.brand: row.sentiment for row in mentions.page(tx, ALL).rows} == {
            "Acme": "negative",
            "Beta": "unread",
        }
        assert recount(tx) == []


def test_a_change_that_names_other_brands_moves_there(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        (mention_id,) = put(tx, source, say("1", "Acme"), brands=[one]).new_ids
        put(tx, source, say("1", "Beta, not the other"), brands=[other])
        assert [row.brand for row in mentions.get_mention(tx, mention_id)] == ["Beta"]
        put(tx, source, say("1", "text withdrawn by its author"), brands=[])
        (row,) = mentions.get_mention(tx, mention_id)
        assert (row.brand, row.text) == ("Beta", "text withdrawn by its author")  # its history stays in sight
        assert recount(tx) == []


def test_what_names_no_brand_or_says_nothing_is_not_stored(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        assert put(tx, source, say("1"), brands=[]).unmatched == 1
        assert put(tx, source, say("2", "  ", title=" "), brands=[brand]).new == 0
        assert figures(tx, ALL).total == 0


def test_likes_follow_and_a_source_that_stops_giving_them_takes_none_away(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        (mention_id,) = put(tx, source, say("1", likes=3, rating=2.0), brands=[brand]).new_ids
        done = put(tx, source, say("1", likes=40), brands=[brand])
        assert done.changed == 0
        (row,) = mentions.get_mention(tx, mention_id)
        assert (row.likes, row.rating, row.replies) == (40, 2.0, None)


def test_a_source_or_brand_deleted_meanwhile_is_skipped(store):
    with store.begin() as tx:
        brand, source, gone = a_brand(tx), a_source(tx), a_source(tx, "https://example.org/2")
        deletion.delete_source(tx, gone.id, now=NOW)
        found = say("1")
        both = [(heard(one, found), [Matched(found, {brand.id: "Acme", 999: "?"})], LATER) for one in (gone, source)]
        assert [one.new for one in mentions.store_many(tx, both, now=NOW)] == [0, 1]
        assert [row.brand for row in mentions.page(tx, ALL).rows] == ["Acme"]


def test_what_no_database_can_hold_is_replaced_and_the_rest_is_kept(store):
    hostile = say(
        "id\x00", "Acme \ud83d broken \x00 pair 😀", author="a\x00", likes=10**30, views=-5,
        extra={"k\x00": ["\ud800", float("nan")]}, url="https://example.com/\x00",
    )  # fmt: skip
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        assert put(tx, source, hostile, brands=[brand]).new == 1
        assert put(tx, source, hostile, brands=[brand]).known == 1
        (row,) = mentions.page(tx, ALL).rows
        assert (row.text, row.likes, row.views) == ("Acme � broken � pair 😀", None, -5)


def test_nothing_of_a_transaction_that_failed_is_stored(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
    with pytest.raises(RuntimeError), store.begin() as tx:  # noqa: PT012 - what follows is one transaction
        put(tx, source, say("1"), brands=[brand])
        raise RuntimeError("killed here")
    with store.read() as tx:
        assert figures(tx, ALL).total == 0
        assert sources.get_source(tx, source.id, now=NOW).status is Status.NEW


def test_ids_are_never_given_twice(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        (first,) = put(tx, source, say("1"), brands=[brand]).new_ids
        deletion.delete_source(tx, source.id, now=NOW)
        forget_all(tx, LATER)
        assert sources.get_source(tx, source.id, now=NOW) is None
        fresh = a_source(tx)
        (second,) = put(tx, fresh, say("1"), brands=[brand]).new_ids
        assert second > first
        assert fresh.id > source.id


def test_known_ids(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1"), say("2", "Acme two"), brands=[brand])
        assert mentions.known_ids(tx, source.id, ["1", "2", "3"]) == {"1", "2"}
        assert mentions.known_ids(tx, source.id + 1, ["1"]) == set()

"""A changed brand is followed through what is stored."""

from datetime import timedelta

from sqlalchemy import func, select

from storage import brands, cases, mentions, readings, rematch, sources, spikes
from storage.counts import figures
from storage.records import Figures, MentionFilter
from storage.rollups import recount
from storage.schema import aside as aside_table
from storage.schema import mention
from tests.storage.builders import NOW, a_brand, a_source, forget_all, hold, read, read_all, say
from tests.storage.builders import store as put

ALL = MentionFilter()


def named(tx, brand) -> set[str]:
    return {row.external_id for row in mentions.iter_rows(tx, MentionFilter(brands=(brand.id,)))}


def test_what_comes_and_what_goes(store):
    with store.begin() as tx:
        one, other = a_brand(tx), a_brand(tx, "Beta")
        shared, own = a_source(tx), a_source(tx, "https://example.org/2", brands=[other.id])
        ids = put(
            tx, shared, say("1", "Acme and Beta"), say("2", "Acme only"), say("3", "Beta only"), brands=[one]
        ).new_ids
        put(tx, own, say("4", "Acme in a source for Beta"), brands=[other])
        put(tx, shared, say("5", "kept whatever it says"), brands=[one], alias="")
        read_all(tx)

        def match(text):
            return {one.id: "Beta"} if "Beta" in text else {}

        assert hold(tx, one, match, limit=2) == (set(), {ids[1]})
        assert named(tx, one) == {"1", "3", "5"}  # kept without a name: stays
        assert recount(tx) == []

        takes_acme(tx, one)
        assert named(tx, one) == {"1", "2", "5"}  # what went is named again
        assert hold(tx, other, lambda text: {other.id: "Acme"})[0]
        waiting = readings.unread(tx, model="m1", limit=9)
        assert figures(tx, ALL).unread == sum(len(each.brands) for each in waiting)
        assert recount(tx) == []


def sends_all_away(tx, brand, now=NOW) -> set[int]:
    return hold(tx, brand, lambda text: {}, now=now, limit=2)[1]


def takes_acme(tx, brand) -> set[int]:
    return hold(tx, brand, lambda text: {brand.id: "Acme"} if "Acme" in text else {}, limit=2)[0]


def rows(tx, brand) -> list:
    return list(mentions.iter_rows(tx, MentionFilter(brands=(brand.id,))))


def aside(tx) -> int:
    return len(tx.execute(select(aside_table)).all())


def test_what_a_change_sent_away_comes_back_with_what_people_did_to_it(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, say("1", "Acme and Beta are here"), brands=[one, other])
        put(tx, source, say("2", "Acme swells, says everybody"), brands=[one])
        put(
            tx,
            source,
            say("2", "Acme swells and smokes"),
            say("3", "Acme swells and smokes", hours_ago=2),
            brands=[one],
        )
        read_all(tx)
        ids = {row.external_id: row.id for row in rows(tx, one)}
        for name, to in (("1", "neutral"), ("2", "positive")):
            mentions.correct(tx, ids[name], one.id, to, who="li", now=NOW)
        mentions.flag(tx, [ids["2"]], True, who="li", now=NOW)
        mentions.note(tx, ids["2"], "call them", who="li", now=NOW)
        case = spikes.open_by_hand(tx, one.id, "smoke", level="red", mention_ids=[*ids.values()], who="li", now=NOW)
        before = rows(tx, one)
        told = [(mentions.versions(tx, each), mentions.mention_history(tx, each)) for each in ids.values()]
        assert sends_all_away(tx, one) == set(ids.values())
        assert (rows(tx, one), mentions.get_mention(tx, ids["2"]), aside(tx)) == ([], [], 3)
        assert recount(tx) == []

        assert takes_acme(tx, one) == set(ids.values())
        assert recount(tx) == []
        assert figures(tx, MentionFilter(brands=(one.id,))) == Figures(neutral=1, positive=1, negative=1)
        assert rows(tx, one) == before
        assert [(mentions.versions(tx, each), mentions.mention_history(tx, each)) for each in ids.values()] == told
        assert set(cases.case_mention_ids(tx, case.id)) == set(ids.values())
        assert aside(tx) == 0
        assert recount(tx) == []


def test_what_two_brands_sent_away_comes_back_as_the_last_of_them_left_it(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, say("1", "Acme and Beta are here"), brands=[one, other])
        (mine,) = rows(tx, one)
        sends_all_away(tx, one)
        mentions.note(tx, mine.id, "call them", who="li", now=NOW)
        sends_all_away(tx, other)
        assert rows(tx, other) == []
        assert takes_acme(tx, one) == {mine.id}
        assert [(row.note, row.brand) for row in rows(tx, one)] == [("call them", "Acme")]
        assert [entry.what for entry in mentions.mention_history(tx, mine.id)] == ["noted"]
        assert recount(tx) == []


def test_what_is_collected_again_while_it_is_aside_is_the_mention_that_was(store):
    """Also under another id, where the same words of the same author are one mention."""
    with store.begin() as tx:
        one, source = a_brand(tx), a_source(tx)
        put(
            tx,
            source,
            say("1", "Acme is hot", author="li"),
            say("2", "Acme is cold, they say", author="wu"),
            brands=[one],
        )
        read_all(tx)
        first = {row.external_id: row.id for row in rows(tx, one)}
        for each in first.values():
            mentions.correct(tx, each, one.id, "positive", who="li", now=NOW)
        before = rows(tx, one)
        sends_all_away(tx, one)
        again = put(tx, source, say("1", "Acme is hot", author="li"), say("9", "Acme is cold, they say", author="wu"))
        assert (again.new, again.known, rows(tx, one)) == (0, 2, [])
        takes_acme(tx, one)
        assert rows(tx, one) == before
        sends_all_away(tx, one)
        named = put(tx, source, say("9", "Acme is cold, they say", author="wu"), brands=[one])  # by the old words yet
        assert (named.new, named.known) == (0, 1)
        assert [(row.id, row.corrected_by) for row in rows(tx, one)] == [(first["2"], "li")]
        assert recount(tx) == []


def test_what_changes_while_it_is_aside_comes_back_as_it_is_by_now(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, *(say(n, "Acme is hot, says everybody", author=n) for n in "12"), brands=[one])
        read_all(tx)
        first, second = sorted(row.id for row in rows(tx, one))
        mentions.correct(tx, first, one.id, "positive", who="li", now=NOW)
        sends_all_away(tx, one)
        assert put(tx, source, say("1", "Acme is warm by now")).changed == 1
        assert (rows(tx, one), recount(tx)) == ([], [])
        assert put(tx, source, say("2", "Beta is warm by now, and Acme is"), brands=[other]).changed == 1
        assert [row.id for row in rows(tx, other)] == [second]
        takes_acme(tx, one)
        found = {row.id: row for row in rows(tx, one)}
        assert (found[first].text, found[first].sentiment, found[first].corrected_by) == (
            "Acme is warm by now",
            "unread",
            None,
        )
        assert mentions.versions(tx, first)[0].corrections[str(one.id)]["to"] == "positive"
        assert {row.copy_group for row in rows(tx, one)} == {first, second}
        assert recount(tx) == []


def test_copies_are_one_group_again_however_they_come_back(store):
    """The first of a group leaves and returns; meanwhile the next is its origin. A copy that came meanwhile joins them."""
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        text = "Acme and Beta are the same, they say"
        put(tx, source, *(say(n, text, hours_ago=9 - int(n), author=n) for n in "12"), brands=[one])
        put(tx, source, say("3", text, hours_ago=6, author="3"), brands=[other])
        read_all(tx)
        origin, second, third = sorted(row.id for row in (*rows(tx, one), *rows(tx, other)))
        assert {row.copy_group for row in rows(tx, other)} == {origin}
        sends_all_away(tx, one)
        assert [(row.copy_group, row.copies) for row in rows(tx, other)] == [(third, 1)]
        put(tx, source, say("4", text, hours_ago=5, author="4"), brands=[other])
        assert {(row.copy_group, row.copies) for row in rows(tx, other)} == {(third, 2)}
        takes_acme(tx, one)
        assert {(row.copy_group, row.copies) for row in rows(tx, one)} == {(origin, 4)}
        assert {row.copy_group for row in rows(tx, other)} == {origin}
        assert second in {row.id for row in rows(tx, one)}


def test_near_copies_are_one_group_again(store):
    with store.begin() as tx:
        one, source = a_brand(tx), a_source(tx)
        words = ("Acme swells and smokes, says everybody in town", "Acme swells and smokes, says everybody in the town")
        put(tx, source, *(say(str(n), text, hours_ago=9 - n) for n, text in enumerate(words)), brands=[one])
        read_all(tx, signature=(1, 2, 3, 4))
        first = min(row.id for row in rows(tx, one))
        assert {(row.copy_group, row.copies) for row in rows(tx, one)} == {(first, 2)}
        sends_all_away(tx, one)
        takes_acme(tx, one)
        assert {(row.copy_group, row.copies) for row in rows(tx, one)} == {(first, 2)}


def test_what_is_aside_is_neither_read_nor_searched_nor_in_a_case(store):
    with store.begin() as tx:
        one, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme is hot"), brands=[one])
        waiting = readings.unread(tx, model="m1", limit=9)
        case = spikes.open_by_hand(
            tx, one.id, "t", level="red", mention_ids=[row.id for row in rows(tx, one)], who="li", now=NOW
        )
        sends_all_away(tx, one)
        assert readings.store_readings(tx, [read(each) for each in waiting], now=NOW) == 0
        assert readings.unread(tx, model="m1", limit=9) == []
        assert list(mentions.iter_rows(tx, MentionFilter(query="hot"))) == []
        assert (cases.case_mention_ids(tx, case.id), cases.get_case(tx, case.id).mentions) == ([], 0)
        assert sources.get_source(tx, source.id, now=NOW).total == 0
        takes_acme(tx, one)
        assert read_all(tx) == 1
        assert len(list(mentions.iter_rows(tx, MentionFilter(query="battery", case_id=case.id)))) == 1


def test_what_is_aside_is_forgotten_in_time(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, say("1", "Acme is hot"), say("2", "Acme is cold, they say"), brands=[one])
        put(tx, source, say("3", "Acme and Beta are cold"), brands=[one, other])
        sends_all_away(tx, one)
        forget_all(tx, NOW)
        assert aside(tx) == 3
        forget_all(tx, NOW + timedelta(seconds=1), limit=2)
        assert aside(tx) == 0
        assert tx.scalar(select(func.count()).select_from(mention)) == 1
        assert takes_acme(tx, one) == {row.id for row in rows(tx, other)}  # another brand's stayed
        assert recount(tx) == []


def test_words_that_change_in_the_middle_begin_anew(store):
    with store.begin() as tx:
        one, source = a_brand(tx), a_source(tx)
        put(tx, source, *(say(str(n), f"Acme says {n}, and so do I") for n in range(6)), brands=[one])
        assert rematch.unfinished(tx) == []
        brands.update_brand(tx, one.id, name="Zeta")
        assert rematch.unfinished(tx) == [one.id]
        rematch.rematch_part(tx, one.id, matcher, now=NOW, limit=2)  # nothing is aside
        assert len(rematch.rematch_part(tx, one.id, matcher, now=NOW, limit=2).went) == 2
        brands.update_brand(tx, one.id, name="Acme")
        while rematch.rematch_part(tx, one.id, matcher, now=NOW, limit=2):
            pass
        assert (len(rows(tx, one)), aside(tx), rematch.unfinished(tx)) == (6, 0, [])
        brands.update_brand(tx, one.id, competitor=True)
        assert rematch.unfinished(tx) == []


def matcher(brand):
    return lambda text: {brand.id: brand.name} if brand.name in text else {}

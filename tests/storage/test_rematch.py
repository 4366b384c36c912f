"""A changed brand is followed through what is stored."""

from datetime import timedelta

from sqlalchemy import delete, select

from storage import attach, brands, cases, mentions, readings, set_aside, sources, spikes
from storage.counts import figures
from storage.records import Figures, MentionFilter
from storage.rollups import recount
from storage.schema import set_aside as aside_table
from storage.schema_cases import case as case_table
from tests.storage.builders import NOW, a_brand, a_source, read_all, say
from tests.storage.builders import store as put

ALL = MentionFilter()


def named(tx, brand) -> set[str]:
    return {row.external_id for row in mentions.iter_rows(tx, MentionFilter(brands=(brand.id,)))}


def test_what_comes_and_what_goes(store, monkeypatch):
    monkeypatch.setattr(attach, "CHUNK", 2)  # several rounds
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

        came, went = brands.rematch(tx, one.id, match, now=NOW)
        assert (came, went) == ((), (ids[1],))
        assert named(tx, one) == {"1", "3", "5"}  # kept without a name: stays
        assert recount(tx) == []

        brands.rematch(tx, one.id, lambda text: {one.id: "Acme"} if "Acme" in text else {}, now=NOW)
        assert named(tx, one) == {"1", "2", "5"}  # what went is named again
        assert brands.rematch(tx, other.id, lambda text: {other.id: "Acme"}, now=NOW).came != ()
        waiting = readings.unread(tx, model="m1", limit=9)
        assert figures(tx, ALL).unread == sum(len(each.brands) for each in waiting)
        assert recount(tx) == []


def sends_all_away(tx, brand) -> tuple[int, ...]:
    return brands.rematch(tx, brand.id, lambda text: {}, now=NOW).went


def takes_acme(tx, brand) -> tuple[int, ...]:
    return brands.rematch(tx, brand.id, lambda text: {brand.id: "Acme"} if "Acme" in text else {}, now=NOW).came


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
        assert set(sends_all_away(tx, one)) == set(ids.values())
        assert (rows(tx, one), mentions.get_mention(tx, ids["2"]), aside(tx)) == ([], [], 3)
        assert recount(tx) == []

        assert set(takes_acme(tx, one)) == set(ids.values())
        assert recount(tx) == []
        assert figures(tx, MentionFilter(brands=(one.id,))) == Figures(neutral=1, positive=1, unread=1)
        read_all(tx)  # what came back is read as what is new; what people said of it stands
        assert rows(tx, one) == before
        assert [(mentions.versions(tx, each), mentions.mention_history(tx, each)) for each in ids.values()] == told
        assert set(cases.case_mention_ids(tx, case.id)) == set(ids.values())
        assert aside(tx) == 0
        assert recount(tx) == []


def test_what_comes_back_finds_its_history_though_its_numbers_were_given_to_others(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, say("1", "Acme is hot"), brands=[one])
        put(tx, source, say("2", "Beta is cold, they say"), brands=[other])
        put(tx, source, say("1", "Acme is hot and smokes"), brands=[one])
        (mine,), (theirs,) = rows(tx, one), rows(tx, other)
        for words in ("call them", "called"):
            mentions.note(tx, mine.id, words, who="li", now=NOW)
        before = (mentions.versions(tx, mine.id), mentions.mention_history(tx, mine.id))
        sends_all_away(tx, one)
        put(tx, source, say("2", "Beta is colder, they say"), brands=[other])
        mentions.note(tx, theirs.id, "nothing to do", who="wu", now=NOW)
        kept = mentions.mention_history(tx, theirs.id)
        assert takes_acme(tx, one) == (mine.id,)
        assert (mentions.versions(tx, mine.id), mentions.mention_history(tx, mine.id)) == before
        assert mentions.mention_history(tx, theirs.id) == kept
        assert figures(tx, ALL).total == 2


def test_what_two_brands_sent_away_comes_back_as_the_last_of_them_left_it(store):
    with store.begin() as tx:
        one, other, source = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        put(tx, source, say("1", "Acme and Beta are here"), brands=[one, other])
        (mine,) = rows(tx, one)
        sends_all_away(tx, one)
        mentions.note(tx, mine.id, "call them", who="li", now=NOW)
        brands.rematch(tx, other.id, lambda text: {}, now=NOW + timedelta(hours=1))
        assert rows(tx, other) == []
        assert takes_acme(tx, one) == (mine.id,)
        assert [(row.note, row.brand) for row in rows(tx, one)] == [("call them", "Acme")]
        assert [entry.what for entry in mentions.mention_history(tx, mine.id)] == ["noted"]
        assert recount(tx) == []


def test_what_was_collected_again_meanwhile_is_not_there_twice(store):
    with store.begin() as tx:
        one, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme is hot"), say("2", "Acme is cold, they say"), brands=[one])
        first = {row.external_id: row.id for row in rows(tx, one)}
        mentions.correct(tx, first["2"], one.id, "positive", who="li", now=NOW)
        sends_all_away(tx, one)
        put(tx, source, say("1", "Acme is hot"), brands=[one])
        sends_all_away(tx, one)  # the same mention is aside twice now
        put(tx, source, say("2", "Acme is warm by now"), brands=[one])
        takes_acme(tx, one)
        found = {row.external_id: row for row in rows(tx, one)}
        assert set(found) == {"1", "2"}
        assert found["1"].id > first["1"]
        assert (found["2"].text, found["2"].corrected_by) == ("Acme is warm by now", None)
        assert recount(tx) == []


def test_what_is_aside_goes_with_its_source_its_brand_its_case_and_with_time(store):
    with store.begin() as tx:
        one, other, source, second = a_brand(tx), a_brand(tx, "Beta"), a_source(tx), a_source(tx, "https://e.org/2")
        put(tx, source, say("1", "Acme is hot"), brands=[one])
        put(tx, second, say("2", "Acme is cold, they say"), brands=[one])
        put(tx, second, say("3", "Beta is cold, they say"), brands=[other])
        opened = spikes.open_by_hand(
            tx, one.id, "t", level="red", mention_ids=[row.id for row in rows(tx, one)], who="li", now=NOW
        )
        sends_all_away(tx, one)
        sends_all_away(tx, other)
        assert aside(tx) == 3
        sources.delete_source(tx, source.id)
        assert aside(tx) == 2
        brands.delete_brand(tx, other.id)
        assert aside(tx) == 1
        tx.execute(delete(case_table).where(case_table.c.id == opened.id))
        assert len(takes_acme(tx, one)) == 1
        assert [row.external_id for row in rows(tx, one)] == ["2"]
        sends_all_away(tx, one)
        assert set_aside.prune(tx, NOW) == 0
        assert set_aside.prune(tx, NOW + timedelta(seconds=1)) == 1
        assert takes_acme(tx, one) == ()
        assert recount(tx) == []

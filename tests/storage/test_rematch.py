"""A changed brand is followed through what is stored."""

from storage import attach, brands, mentions, readings
from storage.counts import figures
from storage.records import MentionFilter
from storage.rollups import recount
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
        assert named(tx, one) == {"1", "5"}
        assert brands.rematch(tx, other.id, lambda text: {other.id: "Acme"}, now=NOW).came != ()
        assert figures(tx, ALL).unread == len(readings.unread(tx, model="m1", limit=9))
        assert recount(tx) == []

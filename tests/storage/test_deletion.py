"""A brand or source that was deleted is out of sight at once, and comes back with everything people did to it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from collectors.records import Status
from errors import InputError
from storage import brands, cases, deletion, mentions, outbox, readings, rules, sources, spikes
from storage.counts import figures
from storage.coverage import coverage_gaps
from storage.records import MentionFilter
from storage.regroup import join_groups
from storage.rollups import recount
from storage.schema import brand as brand_table
from storage.schema import mention
from storage.schema import source as source_table
from tests.storage.builders import LATER, NOW, a_brand, a_source, forget_all, hold, read_all, say, settle
from tests.storage.builders import store as put

ALL = MentionFilter()
SEVERAL = 2  # readings moved at once: several parts


@pytest.fixture
def world(store):
    """Two brands, a source of each and one of both; a mention of each kind, judged by people, with a case and a rule."""
    with store.begin() as tx:
        one, other = a_brand(tx), a_brand(tx, "Beta")
        own = a_source(tx, brands=[one.id])
        shared = a_source(tx, "https://example.org/2")
        put(tx, own, *(say(str(n), f"Acme says {n}, and so do I", author=str(n)) for n in range(5)), brands=[one])
        put(tx, shared, say("a", "Acme and Beta together"), brands=[one, other])
        put(tx, shared, say("b", "Beta alone, and it is warm"), brands=[other])
        put(tx, shared, say("b", "Beta alone, and it is cold"), say("c", "Acme says 0, and so do I"), brands=[other])
        read_all(tx)
        rows = list(mentions.iter_rows(tx, ALL))
        for row in rows:
            mentions.correct(tx, row.id, row.brand_id, "positive", who="li", now=NOW)
        ids = list(dict.fromkeys(row.id for row in rows))
        mentions.flag(tx, ids[:3], True, who="li", now=NOW)
        mentions.note(tx, ids[0], "call them", who="wu", now=NOW)
        rule = rules.add_rule(tx, "rule", {}, who="li", now=NOW)
        found = spikes.open_case(
            tx, rule_id=rule.id, rule_version=1, brand_id=one.id, start_at=NOW, end_at=LATER, measure="negative",
            figures={}, title="t", level="red", now=NOW, mention_ids=[row.id for row in rows if row.brand_id == one.id],
        )  # fmt: skip
        cases.add_note(tx, found.case_id, "seen", who="li", now=NOW)
        target = outbox.add_target(tx, "duty", url="json://x", kind="webhook")
        outbox.enqueue(tx, "k", target_id=target.id, case_id=found.case_id, payload={}, now=NOW)
    return one, other, own, shared


def everything(tx) -> list:
    """All that can be seen of it."""
    rows = list(mentions.iter_rows(tx, ALL))
    each = {row.id for row in rows}
    told = [(one, mentions.versions(tx, one), mentions.mention_history(tx, one)) for one in sorted(each)]
    found = cases.list_cases(tx)
    logs = [(cases.case_log(tx, one.id), cases.case_mention_ids(tx, one.id)) for one in found]
    places = [(one.source, one.status, one.total) for one in sources.list_sources(tx, NOW)]
    rest = (brands.list_brands(tx), brands.brand_counts(tx), spikes.list_spikes(tx), outbox.due(tx, NOW))
    return [rows, told, found, logs, places, rest, figures(tx, ALL), coverage_gaps(tx, since=NOW, until=LATER)]


def test_a_brand_goes_and_comes_back_whole(store, world):
    one, other, own, _ = world
    with store.begin() as tx:
        before = everything(tx)
        deletion.delete_brand(tx, one.id, now=NOW)
        assert [each.name for each in brands.list_brands(tx)] == ["Beta"]
        settle(tx, limit=SEVERAL)
        assert {row.brand_id for row in mentions.iter_rows(tx, ALL)} == {other.id}
        assert (cases.list_cases(tx), spikes.list_spikes(tx), outbox.due(tx, NOW)) == ([], [], [])
        assert sources.get_source(tx, own.id, now=NOW).status is Status.PAUSED
        assert readings.unread(tx, model="m2", limit=99) != []
        assert recount(tx) == []
        (kept,) = deletion.deleted_brands(tx)
        assert (kept.id, kept.name, kept.at, kept.mentions) == (one.id, "Acme", NOW, 6)
        deletion.restore_brand(tx, one.id)
        settle(tx, limit=SEVERAL)
        assert everything(tx) == before
        assert recount(tx) == []
        assert deletion.deleted_brands(tx) == []


def test_a_source_goes_and_comes_back_whole(store, world):
    _, other, own, shared = world
    with store.begin() as tx:
        before = everything(tx)
        for place in (own, shared):
            deletion.delete_source(tx, place.id, now=NOW)
        settle(tx, limit=SEVERAL)
        assert (list(mentions.iter_rows(tx, ALL)), sources.list_sources(tx, NOW)) == ([], [])
        assert (sources.due_sources(tx, LATER), coverage_gaps(tx, since=NOW, until=LATER)) == ([], [])
        assert put(tx, own, say("new"), brands=[other]).new == 0
        assert recount(tx) == []
        assert {each.id: each.mentions for each in deletion.deleted_sources(tx)} == {own.id: 5, shared.id: 3}
        for place in (shared, own):
            deletion.restore_source(tx, place.id)
            settle(tx, limit=SEVERAL)
        assert everything(tx) == before
        assert recount(tx) == []


@pytest.mark.parametrize("brand_first", [True, False])
@pytest.mark.parametrize("brand_back_first", [True, False])
def test_a_brand_and_a_source_of_it_may_go_and_return_in_any_order(store, world, brand_first, brand_back_first):
    one, _, _, shared = world
    brand = (lambda tx: deletion.delete_brand(tx, one.id, now=NOW), lambda tx: deletion.restore_brand(tx, one.id))
    source = (
        lambda tx: deletion.delete_source(tx, shared.id, now=NOW),
        lambda tx: deletion.restore_source(tx, shared.id),
    )
    with store.begin() as tx:
        before = everything(tx)
        for go, _ in (brand, source) if brand_first else (source, brand):
            go(tx)
            settle(tx, limit=SEVERAL)
        assert list(mentions.iter_rows(tx, ALL)) == []
        for _, back in (brand, source) if brand_back_first else (source, brand):
            back(tx)
            settle(tx, limit=SEVERAL)
            assert recount(tx) == []
        assert everything(tx) == before


def test_what_is_half_done_is_finished_and_may_be_turned_round(store, world):
    one, *_ = world
    with store.begin() as tx:
        before = everything(tx)
        deletion.delete_brand(tx, one.id, now=NOW)
        assert deletion.settle_part(tx, now=NOW, limit=2) == 2
        deletion.restore_brand(tx, one.id)
        assert deletion.settle_part(tx, now=NOW, limit=1) == 1
        deletion.delete_brand(tx, one.id, now=NOW)
        settle(tx, limit=1)
        deletion.restore_brand(tx, one.id)
        settle(tx, limit=1)
        assert everything(tx) == before
        assert recount(tx) == []


def test_a_source_whose_brands_are_all_deleted_is_not_asked_by_hand_for_every_brand(store):
    with store.begin() as tx:
        one, other = a_brand(tx), a_brand(tx, "Beta")
        place = a_source(tx, brands=[one.id])
        deletion.delete_brand(tx, one.id, now=NOW)
        for paused_by_hand_too in (False, True):
            if paused_by_hand_too:
                sources.update_source(tx, place.id, paused=True, now=NOW)
            with pytest.raises(InputError, match="waits for a deleted brand"):
                sources.update_source(tx, place.id, paused=False, now=NOW)
        assert sources.update_source(tx, place.id, brands=[other.id], paused=False, now=NOW).source.brands == (
            other.id,
        )
        sources.refuse_waiting(tx, place.id)
        sources.refuse_waiting(tx, a_source(tx).id)  # one that listens for every brand, as it was asked to


def test_a_source_s_settings_saved_while_its_brand_is_deleted_leave_it_to_that_brand(store):
    """A form gives back what it showed: no brand. It listened for every one after that, and was nobody's to bring back."""
    with store.begin() as tx:
        brand = a_brand(tx)
        own = a_source(tx, brands=[brand.id])
        deletion.delete_brand(tx, brand.id, now=NOW)
        sources.update_source(tx, own.id, title="The same", brands=(), keep_all=False, now=NOW)
        deletion.restore_brand(tx, brand.id)
        (record,) = sources.due_sources(tx, NOW)
        assert (record.source.brands, record.source.title) == ((brand.id,), "The same")


def test_near_copies_that_return_in_parts_are_one_group_again(store):
    with store.begin() as tx:
        one, place = a_brand(tx), a_source(tx)
        ids = put(tx, place, *(say(str(n), f"Acme, {n}", hours_ago=n) for n in range(6)), brands=[one]).new_ids
        join_groups(tx, [ids])
        groups = select(mention.c.id, mention.c.copy_group).order_by(mention.c.id)
        before = tx.execute(groups).all()
        assert {group for _, group in before} == {ids[-1]}  # the earliest, which comes back last
        deletion.delete_brand(tx, one.id, now=NOW)
        settle(tx, limit=SEVERAL)
        deletion.restore_brand(tx, one.id)
        deletion.settle_part(tx, now=NOW, limit=SEVERAL)
        assert {group for _, group in tx.execute(groups)} == {ids[1], None}
        settle(tx, limit=SEVERAL)
        assert tx.execute(groups).all() == before


def test_what_another_text_was_given_out_of_sight_is_no_copy_any_more(store):
    with store.begin() as tx:
        one, other, place = a_brand(tx), a_brand(tx, "Beta"), a_source(tx)
        ids = put(tx, place, say("1", "Acme"), brands=[one, other]).new_ids
        ids += put(tx, place, say("2", "Acme."), brands=[one]).new_ids
        join_groups(tx, [ids])
        deletion.delete_brand(tx, one.id, now=NOW)
        settle(tx)
        put(tx, place, say("2", "Something else"), brands=[other])
        deletion.restore_brand(tx, one.id)
        settle(tx)
        assert [row.copy_group for row in mentions.iter_rows(tx, MentionFilter(brands=(one.id,)))] == [ids[1], ids[0]]


def test_a_source_of_two_deleted_brands_is_heard_for_the_first_that_returns(store):
    with store.begin() as tx:
        both = [a_brand(tx), a_brand(tx, "Beta")]
        place = a_source(tx, brands=[one.id for one in both])
        for back in both:
            for one in both:
                deletion.delete_brand(tx, one.id, now=NOW)
            assert sources.get_source(tx, place.id, now=NOW).status is Status.PAUSED
            deletion.restore_brand(tx, back.id)
            assert sources.get_source(tx, place.id, now=NOW).status is not Status.PAUSED
            deletion.restore_brand(tx, next(one.id for one in both if one != back))


def test_what_waits_for_a_brand_is_kept_as_long_as_the_brand(store, world):
    one, _, own, _ = world
    with store.begin() as tx:
        before = everything(tx)
        deletion.delete_source(tx, own.id, now=NOW)
        settle(tx)
        deletion.delete_brand(tx, one.id, now=LATER)
        settle(tx, now=LATER)
        deletion.restore_source(tx, own.id)
        settle(tx, now=LATER)
        forget_all(tx, LATER)
        deletion.restore_brand(tx, one.id)
        settle(tx, now=LATER)
        assert everything(tx) == before


def test_words_send_nothing_away_and_bring_nothing_back_of_what_is_deleted(store, world):
    one, _, own, shared = world
    with store.begin() as tx:
        before = everything(tx)
        hold(tx, one, lambda text: {})
        deletion.delete_source(tx, own.id, now=NOW)
        settle(tx)
        assert (
            len(hold(tx, one, lambda text: {one.id: "Acme"} if "Acme" in text else {})[0]) == 2
        )  # of the other source
        deletion.delete_source(tx, shared.id, now=NOW)
        settle(tx)
        for place in (own, shared):
            deletion.restore_source(tx, place.id)
        settle(tx)
        assert {row.source_id for row in mentions.iter_rows(tx, MentionFilter(brands=(one.id,)))} == {shared.id}
        hold(tx, one, lambda text: {one.id: "Acme"} if "says" in text or "together" in text else {})
        rows = list(mentions.iter_rows(tx, MentionFilter(brands=(one.id,), sources=(own.id,))))
        assert rows == [row for row in before[0] if row.brand_id == one.id and row.source_id == own.id]
        assert recount(tx) == []


def test_a_name_and_an_address_may_be_taken_meanwhile(store, world):
    one, _, own, _ = world
    with store.begin() as tx:
        deletion.delete_source(tx, own.id, now=NOW)
        again = a_source(tx, brands=[one.id])
        deletion.delete_brand(tx, one.id, now=NOW)
        a_brand(tx, "ACME")
        with pytest.raises(InputError, match="a brand 'ACME' by now"):
            deletion.restore_brand(tx, one.id)
        with pytest.raises(InputError, match=f"source {again.id} has its address"):
            deletion.restore_source(tx, own.id)
        with pytest.raises(InputError, match="there is no brand 1"):
            deletion.delete_brand(tx, one.id, now=NOW)
        with pytest.raises(InputError, match="no deleted brand 2 is kept"):
            deletion.restore_brand(tx, 2)
        a_brand(tx, "Acme!")
        first = a_brand(tx, "Gamma")
        deletion.delete_brand(tx, first.id, now=NOW)
        second = a_brand(tx, "Gamma")
        assert deletion.deleted_brands(tx)[0].name == f"Gamma #{first.id}"
        with pytest.raises(InputError, match="a brand 'Gamma' by now"):
            deletion.restore_brand(tx, first.id)
        deletion.delete_brand(tx, second.id, now=NOW)
        deletion.restore_brand(tx, first.id)
        assert brands.get_brand(tx, first.id) == first  # by its own name it is found in texts
        assert f"Gamma #{second.id}" in {one.name for one in deletion.deleted_brands(tx)}


def test_a_source_comes_back_beside_one_that_asks_its_address_for_another_brand(store):
    with store.begin() as tx:
        both = [a_source(tx, brands=[a_brand(tx, name).id]) for name in ("Acme", "Beta")]
        deletion.delete_source(tx, both[0].id, now=NOW)
        deletion.restore_source(tx, both[0].id)
        assert [record.source for record in sources.list_sources(tx, NOW)] == both


def test_after_its_time_it_is_forgotten_for_good(store, world):
    one, other, own, shared = world
    with store.begin() as tx:
        deletion.delete_brand(tx, one.id, now=NOW)
        deletion.delete_source(tx, own.id, now=NOW)
        settle(tx)
        forget_all(tx, NOW)
        assert len(deletion.deleted_brands(tx)) == len(deletion.deleted_sources(tx)) == 1
        forget_all(tx, NOW + timedelta(seconds=1), limit=SEVERAL)
        assert tx.scalars(select(brand_table.c.id)).all() == [other.id]
        assert tx.scalars(select(source_table.c.id)).all() == [shared.id]
        assert tx.scalar(select(func.count()).select_from(mention)) == 3
        assert {row.brand_id for row in mentions.iter_rows(tx, ALL)} == {other.id}
        assert recount(tx) == []

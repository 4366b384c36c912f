"""What people decide: rules and their versions, cases and their log, who is told, settings, and moving all that."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from errors import InputError
from storage import brands, cases, config, deletion, forget, outbox, rules, sample, settings_store, sources, spikes
from storage.records import MentionFilter
from storage.rollups import recount
from storage.schema import mention
from storage.schema_cases import case as case_table
from tests.storage.builders import NOW, a_brand, a_source, say, settle
from tests.storage.builders import store as put

HOUR = timedelta(hours=1)
BY = {"who": "li", "now": NOW}


def a_case(tx, brand, rule, *, start=NOW, end=NOW + 2 * HOUR, level="yellow", **more):
    facts = {"measure": "negative", "figures": {"n": 3}, "title": "battery", "now": NOW, "rule_version": rule.version}
    return spikes.open_case(
        tx, rule_id=rule.id, brand_id=brand.id, start_at=start, end_at=end, level=level, **{**facts, **more}
    )


def test_every_change_of_a_rule_is_a_version_and_any_can_come_back(store):
    with store.begin() as tx:
        made = rules.add_rule(tx, "negative", {"floor": 3}, **BY)
        rules.update_rule(tx, made.id, body={"floor": 9}, what="floor 3 -> 9", **BY)
        assert rules.update_rule(tx, made.id, body={"floor": 9}, what="nothing", **BY).version == 2
        rules.enable_rule(tx, made.id, False, **BY)
        back = rules.restore_rule(tx, made.id, 1, **BY)
        assert (back.version, back.body, back.enabled) == (4, {"floor": 3}, False)
        told = [(one.version, one.what, one.who) for one in rules.rule_versions(tx, made.id)]
        assert told[0] == (4, "back to version 1", "li")
        assert [version for version, _, _ in told] == [4, 3, 2, 1]
        with pytest.raises(InputError, match="already a rule"):
            rules.add_rule(tx, "negative", {}, **BY)
        with pytest.raises(InputError, match="no version 9"):
            rules.restore_rule(tx, made.id, 9, **BY)


def test_a_spike_opens_one_case_however_often_it_is_said(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        ids = put(tx, source, say("1"), say("2", "Acme two"), brands=[brand]).new_ids
        one, other = rules.add_rule(tx, "one", {}, **BY), rules.add_rule(tx, "other", {}, **BY)
        first = a_case(tx, brand, one, mention_ids=ids[:1])
        assert a_case(tx, brand, one).what == "known"
        joined = a_case(tx, brand, other, start=NOW + HOUR, end=NOW + 3 * HOUR, level="red", mention_ids=ids)
        assert (first.what, joined.what, joined.case_id) == ("opened", "joined", first.case_id)
        found = cases.get_case(tx, first.case_id)
        assert (found.level, found.end_at, found.mentions) == ("red", NOW + 3 * HOUR, 2)
        assert [spike.rule_name for spike in found.spikes] == ["one", "other"]
        later = a_case(tx, brand, one, start=NOW + 30 * HOUR, end=NOW + 31 * HOUR)
        assert later.what == "opened"
        assert [one.id for one in cases.list_cases(tx, status="open")] == [later.case_id, first.case_id]


def test_an_extended_case_never_sinks_and_never_ends_earlier(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        rule = rules.add_rule(tx, "one", {}, **BY)
        opened = a_case(tx, brand, rule, level="orange")
        more = {"figures": {"n": 9}, "now": NOW}
        spikes.extend_case(tx, opened.spike_id, end_at=NOW + 5 * HOUR, level="blue", **more)
        found = spikes.extend_case(tx, opened.spike_id, end_at=NOW + HOUR, level="red", **more)
        assert (found.level, found.end_at, found.spikes[0].figures) == ("red", NOW + 5 * HOUR, {"n": 9})
        assert [entry.what for entry in cases.case_log(tx, found.id)] == ["opened", "extended", "level"]


def test_events_of_a_resolved_case_do_not_open_another_but_new_ones_do(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        one, other = rules.add_rule(tx, "one", {}, **BY), rules.add_rule(tx, "other", {}, **BY)
        first = a_case(tx, brand, one)
        cases.resolve(tx, first.case_id, verdict="noise", who="li", now=NOW + HOUR)
        assert a_case(tx, brand, other, start=NOW + HOUR / 2).what == "joined"
        assert cases.get_case(tx, first.case_id).status == "resolved"
        assert a_case(tx, brand, other, start=NOW + 1.5 * HOUR).what == "opened"


def test_the_life_of_a_case_is_in_its_log(store):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        ids = put(tx, source, say("1"), say("2", "Acme two"), brands=[brand]).new_ids
        rule = rules.add_rule(tx, "one", {}, **BY)
        case_id = a_case(tx, brand, rule).case_id
        cases.acknowledge(tx, case_id, who="li", now=NOW + HOUR)
        cases.acknowledge(tx, case_id, who="wang", now=NOW + 2 * HOUR)  # the first one counts
        cases.assign(tx, case_id, department="PR", who="li", now=NOW)
        cases.add_mentions(tx, case_id, [*ids, ids[0]], **BY)
        cases.remove_mentions(tx, case_id, ids[1:], **BY)
        cases.snooze(tx, case_id, until=NOW + 9 * HOUR, **BY)
        cases.snooze(tx, case_id, until=None, **BY)
        assert cases.escalated_for(tx, cases.get_case(tx, case_id)) == set()
        cases.escalate(tx, case_id, why="respond", **BY)
        assert cases.escalated_for(tx, cases.get_case(tx, case_id)) == {"respond"}
        cases.respond(tx, case_id, {"said": "we look into it", "where": "weibo"}, **BY)
        cases.resolve(tx, case_id, verdict="real", note="over", **BY)
        cases.reopen(tx, case_id, **BY)
        found = cases.get_case(tx, case_id)
        assert (found.status, found.owner, found.department, found.mentions) == ("acknowledged", "li", "PR", 1)
        assert (found.acknowledged_at, found.response["where"], found.verdict) == (NOW + HOUR, "weibo", None)
        assert [entry.what for entry in cases.case_log(tx, case_id)] == [
            "opened", "acknowledged", "owner", "department", "mentions_added", "mentions_removed", "snoozed", "woken",
            "escalated", "responded", "resolved", "reopened",
        ]  # fmt: skip
        assert [row.id for row in cases.case_mentions(tx, case_id)] == [ids[0]]
        from storage import mentions

        assert mentions.page(tx, MentionFilter(case_id=case_id)).rows[0].cases == (case_id,)
        with pytest.raises(InputError, match="is no verdict"):
            cases.resolve(tx, case_id, verdict="maybe", **BY)
        with pytest.raises(InputError, match="no case 99"):
            cases.acknowledge(tx, 99, **BY)


def test_the_outbox_takes_a_key_once_and_gives_what_is_due(store):
    with store.begin() as tx:
        target = outbox.add_target(tx, "duty", url="https://example.com/hook", kind="webhook", secret="s")
        put_in = {"target_id": target.id, "case_id": None, "payload": {"a": 1}, "now": NOW}
        assert outbox.enqueue(tx, "case 1 opened", **put_in)
        assert not outbox.enqueue(tx, "case 1 opened", **put_in)
        assert outbox.enqueue(tx, "case 2 opened", **put_in, not_before=NOW + HOUR)
        (item,) = outbox.due(tx, NOW)
        assert (item.payload, item.target) == ({"a": 1}, target)
        outbox.mark_failed(tx, item.id, error="HTTP 500", next_try_at=NOW + HOUR)
        assert outbox.due(tx, NOW) == []
        assert [(one.attempts, one.last_error) for one in outbox.due(tx, NOW + HOUR)] == [(1, "HTTP 500"), (0, None)]
        outbox.mark_dead(tx, item.id, error="HTTP 410", now=NOW)
        assert outbox.counts(tx) == {"waiting": 1, "sent": 0, "dead": 1}
        outbox.requeue(tx, item.id, now=NOW)
        outbox.mark_sent(tx, item.id, now=NOW)
        assert outbox.sent_since(tx, target.id, NOW, until=NOW + HOUR) == 1
        assert outbox.sent_since(tx, target.id, NOW + HOUR, until=NOW + 2 * HOUR) == 0
        assert not outbox.enqueue(tx, "case 1 opened", **put_in)  # sent already: never again
        outbox.update_target(tx, target.id, enabled=False)
        assert outbox.due(tx, NOW + HOUR) == []
        outbox.delete_target(tx, target.id)
        assert outbox.list_outbox(tx) == []


def test_who_was_told_and_who_could_not_be_is_in_the_cases_log(store):
    with store.begin() as tx:
        case_id = a_case(tx, a_brand(tx), rules.add_rule(tx, "one", {}, **BY)).case_id
        for name in ("duty", "gone"):
            target = outbox.add_target(tx, name, url=f"https://{name}.example/", kind="webhook")
            outbox.enqueue(tx, name, target_id=target.id, case_id=case_id, payload={}, now=NOW)
        sent, dead = outbox.due(tx, NOW)
        outbox.mark_sent(tx, sent.id, now=NOW)
        outbox.mark_dead(tx, dead.id, error="HTTP 410", now=NOW)
        told = [(entry.what, entry.detail, entry.who) for entry in cases.case_log(tx, case_id)][1:]
        assert told == [("notified", {"target": "duty"}, "fengping"), ("not_notified", {"target": "gone"}, "fengping")]
        outbox.delete_target(tx, sent.target.id)
        outbox.mark_sent(tx, sent.id, now=NOW)  # which it took while it was removed
        assert len(cases.case_log(tx, case_id)) == 3


def test_what_a_clock_that_ran_ahead_put_off_or_sent_holds_up_nothing(store):
    year = timedelta(days=365)
    with store.begin() as tx:
        target = outbox.add_target(tx, "duty", url="https://example.com/hook", kind="webhook", secret="s")
        for key in ("sent then", "refused then"):
            outbox.enqueue(tx, key, target_id=target.id, case_id=None, payload={}, now=NOW)
        sent, refused = outbox.due(tx, NOW)
        outbox.mark_sent(tx, sent.id, now=NOW + year)
        outbox.mark_failed(tx, refused.id, error="HTTP 500", next_try_at=NOW + year + HOUR)
        assert [one.id for one in outbox.due(tx, NOW)] == [refused.id]
        assert outbox.sent_since(tx, target.id, NOW - HOUR, until=NOW) == 0


def test_a_rule_that_joins_hurries_the_clock_and_gives_an_owner_where_there_is_none(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        one, other, third = (rules.add_rule(tx, name, {}, **BY) for name in ("one", "other", "third"))
        slow = {"acknowledge_minutes": 0, "respond_minutes": 240}
        targets = {"acknowledge_minutes": 120, "respond_minutes": 240}
        case_id = a_case(tx, brand, one, targets=slow).case_id
        assert a_case(tx, brand, other, targets=targets | {"respond_minutes": 600}, owner="林秋").what == "joined"
        assert a_case(tx, brand, third, targets=slow, owner="somebody else").what == "joined"
        joined = cases.existing_case(tx, case_id)
        assert (joined.targets, joined.owner, joined.status) == (targets, "林秋", "open")


def test_a_first_mention_found_later_moves_where_the_clock_begins(store):
    with store.begin() as tx:
        opened = a_case(tx, a_brand(tx), rules.add_rule(tx, "one", {}, **BY), first_mention_at=NOW - HOUR)
        found = spikes.extend_case(
            tx, opened.spike_id, end_at=NOW, figures={}, now=NOW, first_mention_at=NOW - 2 * HOUR
        )
        assert found.first_mention_at == NOW - 2 * HOUR


def test_a_deleted_rule_is_out_of_sight_and_its_cases_keep_their_spikes(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        made = rules.add_rule(tx, "negative", {"floor": 3}, **BY)
        rules.update_rule(tx, made.id, body={"floor": 9}, what="changed", **BY)
        case_id = a_case(tx, brand, made).case_id
        before = (rules.list_rules(tx), rules.rule_versions(tx, made.id), cases.get_case(tx, case_id))
        rules.delete_rule(tx, made.id, now=NOW)
        assert (rules.list_rules(tx), rules.rule_versions(tx, made.id), cases.get_case(tx, case_id)) == (
            [],
            *before[1:],
        )
        for act in (rules.get_rule, lambda tx, one: rules.delete_rule(tx, one, now=NOW)):
            with pytest.raises(InputError, match="there is no rule"):
                act(tx, made.id)
        rules.bring_back_rule(tx, made.id)
        assert (rules.list_rules(tx), rules.rule_versions(tx, made.id), cases.get_case(tx, case_id)) == before


@pytest.mark.parametrize("measure", [spikes.SILENCE, spikes.UNHEARD])
def test_a_burst_joins_no_silence_whose_rule_was_deleted(store, measure):
    with store.begin() as tx:
        brand, quiet, loud = a_brand(tx), rules.add_rule(tx, "quiet", {}, **BY), rules.add_rule(tx, "loud", {}, **BY)
        silence = a_case(tx, brand, quiet, measure=measure)
        rules.delete_rule(tx, quiet.id, now=NOW)
        burst = a_case(tx, brand, loud, start=NOW + 2.5 * HOUR, end=NOW + 3 * HOUR)
        assert (burst.what, burst.case_id != silence.case_id) == ("opened", True)


def test_the_name_of_a_deleted_rule_is_free_and_its_own_again_when_it_comes_back(store):
    with store.begin() as tx:
        made = rules.add_rule(tx, "negative", {}, **BY)
        rules.delete_rule(tx, made.id, now=NOW)
        other = rules.add_rule(tx, "negative", {}, **BY)
        with pytest.raises(InputError, match="already a rule"):
            rules.bring_back_rule(tx, made.id)
        rules.update_rule(tx, other.id, name="another", what="renamed", **BY)
        assert rules.bring_back_rule(tx, made.id).name == "negative"
        assert rules.bring_back_rule(tx, made.id).name == "negative"  # said twice, it changes nothing


def test_a_deleted_rule_keeps_the_very_name_a_person_gave_it(store):
    with store.begin() as tx:
        made = [rules.add_rule(tx, name, {}, **BY) for name in ("Night", "Night #1", "Night #3", "夜" * 199 + "x")]
        for one in made:
            if one.name != "Night #1":
                rules.delete_rule(tx, one.id, now=NOW)
        again = [rules.add_rule(tx, one.name, {}, **BY) for one in made if one.name != "Night #1"]
        for one in again:
            rules.delete_rule(tx, one.id, now=NOW)
        assert [rules.bring_back_rule(tx, one.id) for one in made] == made


def test_spikes_besides_those_of_some_rules(store):
    with store.begin() as tx:
        brand = a_brand(tx)
        one, other = (rules.add_rule(tx, name, {}, **BY) for name in ("one", "other"))
        for rule in (one, other):
            a_case(tx, brand, rule)
        found = [
            [spike.rule_name for spike in spikes.list_spikes(tx, besides=these)]
            for these in ((), [one.id], [one.id, other.id])
        ]
        assert found == [["one", "other"], ["other"], []]


def test_a_deleted_target_comes_back_with_what_waited_for_it(store):
    with store.begin() as tx:
        target = outbox.add_target(tx, "duty", url="https://example.com/hook", kind="webhook", secret="s")
        outbox.enqueue(tx, "case 1 opened", target_id=target.id, case_id=None, payload={"a": 1}, now=NOW)
        waiting = outbox.due(tx, NOW)
        removed = outbox.delete_target(tx, target.id)
        assert outbox.list_targets(tx) == []
        outbox.bring_back_target(tx, removed)
        assert (outbox.list_targets(tx), outbox.due(tx, NOW)) == ([target], waiting)


def test_no_number_is_given_twice(store):
    """A link in an old notice must not lead to another case, nor a rule tell another target than it named."""
    with store.begin() as tx:
        brand, rule = a_brand(tx), rules.add_rule(tx, "one", {}, **BY)
        first = a_case(tx, brand, rule).case_id
        tx.execute(delete(case_table))
        assert a_case(tx, brand, rules.add_rule(tx, "other", {}, **BY)).case_id > first
        duty, night = (outbox.add_target(tx, name, url=f"https://{name}.example/", kind="webhook") for name in "ab")
        outbox.enqueue(tx, "first", target_id=night.id, case_id=None, payload={"a": 1}, now=NOW)
        removed = outbox.delete_target(tx, night.id)
        outbox.enqueue(tx, "second", target_id=duty.id, case_id=None, payload={"b": 2}, now=NOW)
        assert outbox.add_target(tx, "c", url="https://c.example/", kind="webhook").id > night.id
        outbox.bring_back_target(tx, removed)
        assert {(item.target.name, *item.payload) for item in outbox.due(tx, NOW)} == {("a", "b"), ("b", "a")}


def test_settings(store):
    with store.begin() as tx:
        assert settings_store.get_setting(tx, "themes", "default") == "default"
        settings_store.set_setting(tx, "themes", {"价格": ["贵"]}, **BY)
        settings_store.set_setting(tx, "themes", {"价格": ["贵", "便宜"]}, **BY)
        assert settings_store.all_settings(tx) == {"themes": {"价格": ["贵", "便宜"]}}
        settings_store.set_setting(tx, "themes", None, **BY)
        assert settings_store.get_setting(tx, "themes") is None


def test_the_sample_goes_and_takes_nothing_of_ones_own(store):
    with store.begin() as tx:
        mine, demo = a_brand(tx), a_brand(tx, "样品", sample=True)
        own, shown = a_source(tx), a_source(tx, "http://127.0.0.1/s", sample=True, brands=[demo.id])
        kept = rules.add_rule(tx, "mine", {}, **BY)
        rule = rules.add_rule(tx, "demo", {}, **BY, sample=True)
        put(tx, own, say("1", "Acme and 样品 both"), brands=[mine, demo])
        put(tx, shown, say("2", "样品 only"), brands=[demo])
        a_case(tx, demo, rule, sample=True)
        assert sample.has_sample(tx)
        sample.remove_sample(tx)
        assert not sample.has_sample(tx)
        settle(tx)
        assert (deletion.deleted_brands(tx), deletion.deleted_sources(tx)) == ([], [])
        with pytest.raises(InputError, match="no deleted brand"):
            deletion.restore_brand(tx, demo.id)
        while forget.forget_part(tx, NOW - timedelta(days=30), limit=1) is not None:
            assert recount(tx) == []
        assert tx.scalar(select(func.count()).select_from(mention)) == 1
        assert [one.name for one in brands.list_brands(tx)] == ["Acme"]
        assert [one.source.id for one in sources.list_sources(tx, NOW)] == [own.id]
        assert [one.id for one in rules.list_rules(tx)] == [kept.id]
        assert cases.list_cases(tx) == []
        assert sources.list_sources(tx, NOW)[0].total == 1
        assert recount(tx) == []


def test_a_configuration_moves_to_another_store_by_names(store):
    with store.begin() as tx:
        a_brand(tx, "Other")  # so that ids differ here and there
        brand = a_brand(tx, aliases=["艾克"], excludes=["acme city"])
        deletion.delete_brand(tx, 1, now=NOW)
        source = a_source(tx, brands=[brand.id], options={"depth": 2}, every=timedelta(hours=2))
        sources.update_source(tx, source.id, paused=True, now=NOW)
        target = outbox.add_target(tx, "duty", url="json://x", kind="apprise")
        scope = {"scope": {"brands": [brand.id], "sources": [source.id]}, "tell": {"red": [target.id]}}
        rules.add_rule(tx, "negative", scope, **BY)
        settings_store.set_setting(tx, "zone", "Asia/Tokyo", **BY)
        told = config.export_config(tx, now=NOW)
        assert told["rules"][0]["body"]["scope"] == {"brands": ["Acme"], "sources": [source.url]}
        assert "json://x" not in str(told)
        assert config.import_config(tx, told, **BY) == config.Imported(0, 0)  # nothing new to itself
        rules.delete_rule(tx, 1, now=NOW)
        outbox.delete_target(tx, 1)
        deletion.delete_source(tx, 1, now=NOW)
        deletion.delete_brand(tx, brand.id, now=NOW)
        assert config.import_config(tx, told, **BY).added == 3
        assert config.export_config(tx, now=NOW) == {
            **told, "rules": [{**told["rules"][0], "body": {**told["rules"][0]["body"], "tell": {"red": []}}}],
        }  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ([], "format 1"),
        ({"fengping": 1, "brands": {}}, None),
        ({"fengping": 1, "brands": "x"}, "'brands' is of the wrong kind"),
        ({"fengping": 1, "brands": [{"aliases": []}]}, "brand 1 has no 'name'"),
        ({"fengping": 1, "brands": [{"name": "A", "aliases": [1]}]}, "'aliases' is no list of words"),
        ({"fengping": 1, "sources": [{"url": "u", "kind": "feed", "channel": "news", "brands": ["?"]}]}, "no brand"),
        ({"fengping": 1, "rules": [{"name": "r"}]}, "rule 'r' has no body"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_place(store, plain, words):
    with store.begin() as tx:
        if words is None:
            assert config.import_config(tx, plain, **BY) == config.Imported(0, 0)
            return
        with pytest.raises(InputError, match=words):
            config.import_config(tx, plain, **BY)

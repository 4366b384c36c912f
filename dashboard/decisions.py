"""What people decide: each is one transaction, and what was read before is forgotten at once.

The other half is `dashboard.queries`, which reads.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from analyzers.rules import RuleBody, rule_to_plain
from analyzers.text.themes import themes_from, themes_to_plain
from dashboard.queries import forget, store
from storage import cases as case_store
from storage import mentions as mention_store
from storage import outbox as outbox_store
from storage import readings as reading_store
from storage import rules as rule_store
from storage import settings_store
from storage import sources as source_store
from storage import spikes as spike_store
from storage.removal import Removed


def _now() -> datetime:
    return datetime.now(UTC)


def _write(act: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """One decision of a person, in one transaction."""
    try:
        with store().begin() as tx:
            return act(tx, *args, **options)
    finally:
        forget()


# ---- brands and sources


def change_source(source_id: int, **changes: Any) -> None:
    """But its channel: what it brought follows it to another, which takes a command (`commands.move_source`)."""
    _write(source_store.update_source, source_id, now=_now(), **changes)


def pause_source(source_id: int, on: bool) -> None:
    change_source(source_id, paused=on)


# ---- mentions and numbers


def correct(mention_id: int, brand_id: int, to: str | None, *, who: str) -> None:
    _write(mention_store.correct, mention_id, brand_id, to, who=who, now=_now())


def flag(ids: Sequence[int], on: bool, *, who: str) -> None:
    _write(mention_store.flag, ids, on, who=who, now=_now())


def note(mention_id: int, text: str, *, who: str) -> None:
    _write(mention_store.note, mention_id, text, who=who, now=_now())


def read_again() -> int:
    """Let the monitor read again what could not be read; how much that is."""
    try:
        return reading_store.requeue_all(store())
    finally:
        forget()


# ---- cases


def open_case(brand_id: int, title: str, *, level: str, owner: str, mention_ids: Sequence[int], who: str) -> int:
    """A case opened by hand, under the clock that rules begin with; its id."""
    clock = RuleBody()
    targets = {"acknowledge_minutes": clock.acknowledge_minutes, "respond_minutes": clock.respond_minutes}
    values = {"level": level, "mention_ids": mention_ids, "owner": owner or None, "targets": targets}
    return _write(spike_store.open_by_hand, brand_id, title, who=who, now=_now(), **values).id


def add_to_case(case_id: int, mention_ids: Sequence[int], *, who: str) -> None:
    _write(case_store.add_mentions, case_id, mention_ids, who=who, now=_now())


def take_from_case(case_id: int, mention_ids: Sequence[int], *, who: str) -> None:
    _write(case_store.remove_mentions, case_id, mention_ids, who=who, now=_now())


def acknowledge(case_id: int, *, who: str) -> None:
    _write(case_store.acknowledge, case_id, who=who, now=_now())


def assign(case_id: int, *, who: str, **to: str | None) -> None:
    """`owner`, `department`, or both: '' takes one away, None leaves it."""
    _write(case_store.assign, case_id, who=who, now=_now(), **to)


def case_note(case_id: int, text: str, *, who: str) -> None:
    _write(case_store.add_note, case_id, text, who=who, now=_now())


def snooze(case_id: int, *, until: datetime | None, who: str) -> None:
    _write(case_store.snooze, case_id, until=until, who=who, now=_now())


def respond(case_id: int, *, said: str, where: str, at: datetime | None, who: str) -> None:
    """`at`: when it was said; None: now."""
    _write(case_store.respond, case_id, {"said": said, "where": where}, who=who, now=_now(), at=at)


def resolve(case_id: int, *, verdict: str, note: str, who: str) -> None:
    _write(case_store.resolve, case_id, verdict=verdict, note=note or None, who=who, now=_now())


def reopen(case_id: int, *, who: str) -> None:
    _write(case_store.reopen, case_id, who=who, now=_now())


# ---- rules


def save_rule(rule_id: int | None, name: str, body: RuleBody, *, what: str, who: str) -> int:
    """A new rule, or the next version of one; its id."""
    plain = rule_to_plain(body)
    if rule_id is None:
        return _write(rule_store.add_rule, name, plain, who=who, now=_now()).id
    return _write(rule_store.update_rule, rule_id, body=plain, name=name, what=what, who=who, now=_now()).id


def restore_rule(rule_id: int, version: int, *, who: str) -> None:
    _write(rule_store.restore_rule, rule_id, version, who=who, now=_now())


def enable_rule(rule_id: int, on: bool, *, who: str) -> None:
    _write(rule_store.enable_rule, rule_id, on, who=who, now=_now())


def delete_rule(rule_id: int) -> None:
    _write(rule_store.delete_rule, rule_id, now=_now())


def bring_back_rule(rule_id: int) -> None:
    _write(rule_store.bring_back_rule, rule_id)


# ---- who is told


def add_target(name: str, **values: Any) -> None:
    _write(outbox_store.add_target, name, **values)


def change_target(target_id: int, **changes: Any) -> None:
    _write(outbox_store.update_target, target_id, **changes)


def delete_target(target_id: int) -> Removed:
    return _write(outbox_store.delete_target, target_id)


def bring_back_target(removed: Removed) -> None:
    _write(outbox_store.bring_back_target, removed)


def requeue_outbox(item_id: int) -> None:
    _write(outbox_store.requeue, item_id, now=_now())


# ---- settings and the store itself


def set_setting(name: str, value: Any, *, who: str) -> None:
    _write(settings_store.set_setting, name, value, who=who, now=_now())


def set_themes(plain: Mapping[str, Any] | None, *, who: str) -> None:
    """Checked first: a wrong list raises InputError and nothing changes. None: back to the first set."""
    if plain is not None:
        plain = themes_to_plain(themes_from(plain))
    set_setting("themes", plain, who=who)

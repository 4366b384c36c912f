"""Rules: what rings. Each change is a version with who, when and what, and any version can be put back in force.

A deleted rule is out of sight and stays: what it rang for is explained, drawn and exported by its versions.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from errors import InputError
from storage.engine import AnyRow, Tx
from storage.names import free_name
from storage.records import RuleRecord, RuleVersion
from storage.schema_cases import rule, rule_version


def add_rule(
    tx: Tx,
    name: str,
    body: Mapping[str, Any],
    *,
    who: str,
    now: datetime,
    what: str = "added",
    enabled: bool = True,
    sample: bool = False,
) -> RuleRecord:
    """Store a rule as its version 1. The body is analyzers.rules.rule_to_plain of a checked rule."""
    values = {
        "name": free_name(tx, rule, name),
        "version": 1,
        "enabled": enabled,
        "sample": sample,
        "created_at": now,
        "evaluated_to": {},
    }
    rule_id = tx.execute(insert(rule).values(**values).returning(rule.c.id)).scalar_one()
    _keep(tx, rule_id, 1, body, who=who, now=now, what=what)
    return get_rule(tx, rule_id)


def update_rule(
    tx: Tx,
    rule_id: int,
    *,
    who: str,
    now: datetime,
    what: str,
    body: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> RuleRecord:
    """Put a new version in force. A body equal to the one in force, under the same name, makes none."""
    before = get_rule(tx, rule_id)
    values: dict[str, Any] = {}
    if name is not None and name != before.name:
        values["name"] = free_name(tx, rule, name, besides=rule_id)
    if values or (body is not None and dict(body) != before.body):
        version = _last_version(tx, rule_id) + 1
        _keep(tx, rule_id, version, before.body if body is None else body, who=who, now=now, what=what)
        tx.execute(update(rule).where(rule.c.id == rule_id).values(version=version, **values))
    return get_rule(tx, rule_id)


def restore_rule(tx: Tx, rule_id: int, version: int, *, who: str, now: datetime) -> RuleRecord:
    """Put an earlier version's body in force again, as a new version: history is never rewritten."""
    old = next((one for one in rule_versions(tx, rule_id) if one.version == version), None)
    if old is None:
        raise InputError(f"rule {rule_id} has no version {version}")
    return update_rule(tx, rule_id, body=old.body, who=who, now=now, what=f"back to version {version}")


def enable_rule(tx: Tx, rule_id: int, on: bool, *, who: str, now: datetime) -> RuleRecord:
    """Let a rule ring, or keep it silent; written down as a version too."""
    before = get_rule(tx, rule_id)
    if before.enabled != on:
        version = _last_version(tx, rule_id) + 1
        what = "turned on" if on else "turned off"
        _keep(tx, rule_id, version, before.body, who=who, now=now, what=what)
        tx.execute(update(rule).where(rule.c.id == rule_id).values(enabled=on, version=version))
    return get_rule(tx, rule_id)


def delete_rule(tx: Tx, rule_id: int, *, now: datetime) -> None:
    """Out of sight, and it rings no more. Its cases keep their spikes, and these their arithmetic, by the versions it had."""
    there = (rule.c.id == rule_id) & rule.c.deleted_at.is_(None)
    if not tx.execute(update(rule).where(there).values(deleted_at=now)).rowcount:
        raise InputError(f"there is no rule {rule_id}")


def bring_back_rule(tx: Tx, rule_id: int) -> RuleRecord:
    """Undo `delete_rule`. Refused when another rule bears the name by now."""
    gone = select(rule.c.name).where(rule.c.id == rule_id, rule.c.deleted_at.is_not(None))
    name = tx.scalar(gone)
    if name is not None:
        free_name(tx, rule, name)
        tx.execute(update(rule).where(rule.c.id == rule_id).values(deleted_at=None))
    return get_rule(tx, rule_id)


def list_rules(tx: Tx) -> list[RuleRecord]:
    """All rules in the version in force, in the order they were added."""
    return [_record(row) for row in tx.execute(_in_force().order_by(rule.c.id))]


def get_rule(tx: Tx, rule_id: int) -> RuleRecord:
    found = tx.execute(_in_force().where(rule.c.id == rule_id)).one_or_none()
    if found is None:
        raise InputError(f"there is no rule {rule_id}")
    return _record(found)


def rule_versions(tx: Tx, rule_id: int) -> list[RuleVersion]:
    """All versions of a rule, newest first."""
    mine = select(rule_version).where(rule_version.c.rule_id == rule_id)
    rows = tx.execute(mine.order_by(rule_version.c.version.desc()))
    return [RuleVersion(row.rule_id, row.version, row.body, row.who, row.at, row.what) for row in rows]


def set_evaluated(tx: Tx, rule_id: int, evaluated_to: Mapping[str, Any]) -> None:
    """Remember how far a rule has been judged, and what the judge said."""
    tx.execute(update(rule).where(rule.c.id == rule_id).values(evaluated_to=dict(evaluated_to)))


def _in_force() -> Any:
    this = (rule_version.c.rule_id == rule.c.id) & (rule_version.c.version == rule.c.version)
    return (
        select(rule, rule_version.c.body).select_from(rule.join(rule_version, this)).where(rule.c.deleted_at.is_(None))
    )


def _last_version(tx: Tx, rule_id: int) -> int:
    mine = select(rule_version.c.version).where(rule_version.c.rule_id == rule_id)
    return tx.scalar(mine.order_by(rule_version.c.version.desc()).limit(1)) or 0


def _keep(tx: Tx, rule_id: int, version: int, body: Mapping[str, Any], *, who: str, now: datetime, what: str) -> None:
    row = {"rule_id": rule_id, "version": version, "body": dict(body), "who": who, "at": now, "what": what}
    tx.execute(insert(rule_version), [row])


def _record(row: AnyRow) -> RuleRecord:
    return RuleRecord(
        id=row.id,
        name=row.name,
        version=row.version,
        enabled=row.enabled,
        body=row.body,
        created_at=row.created_at,
        sample=row.sample,
        evaluated_to=row.evaluated_to,
    )

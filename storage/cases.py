"""Cases: what people work on. Everything that happens to one is in its log, written in the same transaction.

Opening and extending by a spike is in `storage.spikes`; here are reading cases and what people do with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from errors import InputError
from storage.engine import AnyRow, Tx
from storage.pages import iter_rows
from storage.records import CaseRecord, LogEntry, MentionFilter, MentionRow, SpikeRecord
from storage.schema import brand, mention
from storage.schema_cases import case, case_mention, outbox, rule, spike
from storage.schema_cases import case_log as log_table
from storage.sql import chunks
from storage.sql import insert as insert_or

LEVELS = ("blue", "yellow", "orange", "red")
SYSTEM = "fengping"  # who did what no person did
VERDICTS = ("real", "campaign", "noise", "source_fault")


def get_case(tx: Tx, case_id: int) -> CaseRecord | None:
    found = _records(tx, _in_sight().where(case.c.id == case_id))
    return found[0] if found else None


def list_cases(
    tx: Tx,
    *,
    status: str | Sequence[str] | None = None,
    brands: Sequence[int] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[CaseRecord]:
    """Cases that lie in a period at least in part, newest opened first."""
    wanted = _in_sight().order_by(case.c.opened_at.desc(), case.c.id.desc()).limit(limit)
    statuses = (status,) if isinstance(status, str) else tuple(status or ())
    if statuses:
        wanted = wanted.where(case.c.status.in_(statuses))
    if brands:
        wanted = wanted.where(case.c.brand_id.in_(brands))
    if since is not None:
        wanted = wanted.where(case.c.end_at >= since)
    if until is not None:
        wanted = wanted.where(case.c.start_at < until)
    return _records(tx, wanted)


def case_mention_ids(tx: Tx, case_id: int) -> list[int]:
    """Ids of a case's mentions, oldest first."""
    mine = case_mention.join(mention, mention.c.id == case_mention.c.mention_id)
    found = select(mention.c.id).select_from(mine).where(case_mention.c.case_id == case_id)
    return list(tx.scalars(found.order_by(mention.c.published_at, mention.c.id)))


def case_mentions(tx: Tx, case_id: int) -> list[MentionRow]:
    """A case's mentions as its brand sees them, newest first."""
    found = existing_case(tx, case_id)
    return list(iter_rows(tx, MentionFilter(brands=(found.brand_id,), case_id=case_id)))


def case_log(tx: Tx, case_id: int) -> list[LogEntry]:
    """What happened to a case, oldest first."""
    mine = select(log_table).where(log_table.c.case_id == case_id).order_by(log_table.c.id)
    return [LogEntry(row.at, row.who, row.what, row.detail) for row in tx.execute(mine)]


def acknowledge(tx: Tx, case_id: int, *, who: str, now: datetime) -> None:
    """Somebody has seen it: the clock of acknowledging stops, and who did it owns the case if nobody does."""
    found = existing_case(tx, case_id)
    if found.acknowledged_at is not None:
        return
    values: dict[str, Any] = {"acknowledged_at": now}
    if found.status == "open":
        values["status"] = "acknowledged"
    if "respond" not in escalated_for(tx, found):
        _call_off(tx, case_id)
    _change(tx, case_id, values, "acknowledged", {}, who=who, now=now)
    if not found.owner:
        assign(tx, case_id, owner=who, who=who, now=now)


def assign(
    tx: Tx, case_id: int, *, who: str, now: datetime, owner: str | None = None, department: str | None = None
) -> None:
    """Give a case an owner, a department, or both; '' takes one away, None leaves it. Who takes it has seen it."""
    found = existing_case(tx, case_id)
    for name, before, to in (("owner", found.owner, owner), ("department", found.department, department)):
        if to is not None and (to.strip() or None) != before:
            detail = {"from": before, "to": to.strip() or None}
            _change(tx, case_id, {name: to.strip() or None}, name, detail, who=who, now=now)
    if owner == who and found.status == "open":
        acknowledge(tx, case_id, who=who, now=now)


def add_note(tx: Tx, case_id: int, text: str, *, who: str, now: datetime) -> None:
    if not text.strip():
        raise InputError("a note needs some words")
    existing_case(tx, case_id)
    log(tx, case_id, "note", {"text": text.strip()}, who=who, now=now)


def snooze(tx: Tx, case_id: int, *, until: datetime | None, who: str, now: datetime) -> None:
    """Ask for no reminders until then; None wakes it."""
    existing_case(tx, case_id)
    detail = {"until": until.isoformat() if until else None}
    _change(tx, case_id, {"snoozed_until": until}, "snoozed" if until else "woken", detail, who=who, now=now)


def respond(
    tx: Tx, case_id: int, response: Mapping[str, Any], *, who: str, now: datetime, at: datetime | None = None
) -> None:
    """Record what was said and where, and `at` what time. The first response stops the clock; a later one replaces its
    words. Who answers has seen it."""
    acknowledge(tx, case_id, who=who, now=now)
    found = existing_case(tx, case_id)
    values = {"response": dict(response), "responded_at": found.responded_at or min(at or now, now)}
    _call_off(tx, case_id)
    _change(tx, case_id, values, "responded", dict(response), who=who, now=now)


def resolve(tx: Tx, case_id: int, *, verdict: str | None, who: str, now: datetime, note: str | None = None) -> None:
    """Close a case with a verdict. Rules are scored by it. None only where no person closes it and nobody knows."""
    if verdict not in VERDICTS and not (verdict is None and who == SYSTEM):
        raise InputError(f"'{verdict}' is no verdict; choose one of {', '.join(VERDICTS)}")
    existing_case(tx, case_id)
    values = {"status": "resolved", "verdict": verdict, "resolved_at": now, "snoozed_until": None}
    if _call_off(tx, case_id):  # it was not said: reopened, it is to be said again
        values["escalated_at"] = None
    _change(tx, case_id, values, "resolved", {"verdict": verdict, "note": note}, who=who, now=now)


def reopen(tx: Tx, case_id: int, *, who: str, now: datetime) -> None:
    found = existing_case(tx, case_id)
    if found.status == "resolved":
        status = "acknowledged" if found.acknowledged_at else "open"
        values = {"status": status, "verdict": None, "resolved_at": None}
        _change(tx, case_id, values, "reopened", {"verdict": found.verdict}, who=who, now=now)


def set_level(tx: Tx, case_id: int, level: str, *, who: str, now: datetime) -> None:
    if level not in LEVELS:
        raise InputError(f"'{level}' is no level; choose one of {', '.join(LEVELS)}")
    found = existing_case(tx, case_id)
    if found.level != level:
        _change(tx, case_id, {"level": level}, "level", {"from": found.level, "to": level}, who=who, now=now)


def set_explanation(tx: Tx, case_id: int, explanation: Mapping[str, Any]) -> None:
    """What the analyzers say of why. Not logged: it can be made again from the case's mentions. A case that a person
    named keeps that name."""
    said = dict(explanation)
    if named_by := (existing_case(tx, case_id).explanation or {}).get("named_by"):
        said = {name: value for name, value in said.items() if name != "title"} | {"named_by": named_by}
    tx.execute(update(case).where(case.c.id == case_id).values(explanation=said))


def escalate(tx: Tx, case_id: int, *, why: str, who: str, now: datetime) -> None:
    """The clock ran out and the next in line was told."""
    _change(tx, case_id, {"escalated_at": now}, "escalated", {"why": why}, who=who, now=now)


def escalated_for(tx: Tx, found: CaseRecord) -> set[str]:
    """What a case was escalated for: 'acknowledge', 'respond'."""
    entries = case_log(tx, found.id) if found.escalated_at is not None else []
    return {str(entry.detail.get("why")) for entry in entries if entry.what == "escalated"}


def _call_off(tx: Tx, case_id: int) -> int:
    """What waits, through quiet hours or for a target that refused, to say that nobody reacts: by now somebody did. How
    many there were."""
    event = outbox.c.payload["event"].as_string()
    waiting = (outbox.c.case_id == case_id) & (outbox.c.state == "waiting") & (event == "escalated")
    return tx.execute(delete(outbox).where(waiting)).rowcount


def add_mentions(
    tx: Tx, case_id: int, mention_ids: Iterable[int], *, who: str | None = None, now: datetime | None = None
) -> int:
    """Put mentions into a case; how many were not in it. Logged when a person (`who`) does it; what people took out of it
    only people put back."""
    there = set(case_mention_ids(tx, case_id)) | (_taken_out(tx, case_id) if who is None else set())
    fresh = [one for one in dict.fromkeys(mention_ids) if one not in there]
    for part in chunks(fresh):
        rows = [{"case_id": case_id, "mention_id": mention_id} for mention_id in part]
        tx.execute(insert_or(tx, case_mention).on_conflict_do_nothing(), rows)
    if fresh and who is not None and now is not None:
        log(tx, case_id, "mentions_added", {"ids": fresh, "n": len(fresh)}, who=who, now=now)
    return len(fresh)


def _taken_out(tx: Tx, case_id: int) -> set[int]:
    out: set[int] = set()
    for entry in case_log(tx, case_id):
        ids = entry.detail.get("ids") or ()
        out = out | set(ids) if entry.what == "mentions_removed" else out - set(ids)
    return out


def remove_mentions(tx: Tx, case_id: int, mention_ids: Iterable[int], *, who: str, now: datetime) -> int:
    """Take mentions out of a case; how many were in it."""
    ids = list(mention_ids)
    mine = (case_mention.c.case_id == case_id) & case_mention.c.mention_id.in_(ids)
    gone = tx.execute(delete(case_mention).where(mine)).rowcount
    if gone:
        log(tx, case_id, "mentions_removed", {"ids": ids, "n": gone}, who=who, now=now)
    return gone


def log(tx: Tx, case_id: int, what: str, detail: Mapping[str, Any], *, who: str, now: datetime) -> None:
    row = {"case_id": case_id, "at": now, "who": who, "what": what, "detail": dict(detail)}
    tx.execute(insert(log_table), [row])


def existing_case(tx: Tx, case_id: int) -> CaseRecord:
    found = get_case(tx, case_id)
    if found is None:
        raise InputError(f"there is no case {case_id}")
    return found


def _change(
    tx: Tx, case_id: int, values: Mapping[str, Any], what: str, detail: Mapping[str, Any], *, who: str, now: datetime
) -> None:
    changed = tx.execute(update(case).where(case.c.id == case_id).values(**values))
    if changed.rowcount == 0:
        raise InputError(f"there is no case {case_id}")
    log(tx, case_id, what, detail, who=who, now=now)


def untold(tx: Tx, since: datetime) -> list[CaseRecord]:
    """Open cases that a person opened since then and of which no notice was ever put in line."""
    by_hand = select(log_table.c.case_id).where(
        log_table.c.what == "opened", log_table.c.who != SYSTEM, log_table.c.at >= since
    )
    told = select(outbox.c.case_id).where(outbox.c.case_id.is_not(None))
    wanted = _in_sight().where(case.c.status != "resolved", case.c.id.in_(by_hand), case.c.id.not_in(told))
    return _records(tx, wanted.order_by(case.c.id))


def _in_sight() -> Select[Any]:
    """Cases of brands that are not deleted."""
    return select(case).where(case.c.brand_id.in_(select(brand.c.id).where(brand.c.deleted_at.is_(None))))


def _records(tx: Tx, wanted: Select[Any]) -> list[CaseRecord]:
    rows = tx.execute(wanted).all()
    ids = [row.id for row in rows]
    names: dict[int, str] = {row.id: row.name for row in tx.execute(select(brand.c.id, brand.c.name))}
    counted = select(case_mention.c.case_id, func.count()).group_by(case_mention.c.case_id)
    mentions: dict[int, int] = {}
    spikes: dict[int, list[SpikeRecord]] = {}
    for part in chunks(ids):
        found = tx.execute(counted.where(case_mention.c.case_id.in_(part)))
        mentions.update((case_id, n) for case_id, n in found)
        named = select(spike, rule.c.name).select_from(spike.join(rule, rule.c.id == spike.c.rule_id))
        for row in tx.execute(named.where(spike.c.case_id.in_(part)).order_by(spike.c.start_at, spike.c.id)):
            spikes.setdefault(row.case_id, []).append(spike_record(row))
    return [_record(row, names[row.brand_id], mentions.get(row.id, 0), tuple(spikes.get(row.id, ()))) for row in rows]


def spike_record(row: AnyRow) -> SpikeRecord:
    return SpikeRecord(
        id=row.id,
        rule_id=row.rule_id,
        rule_name=row.name,
        rule_version=row.rule_version,
        brand_id=row.brand_id,
        case_id=row.case_id,
        start_at=row.start_at,
        end_at=row.end_at,
        measure=row.measure,
        figures=row.figures,
    )


def _record(row: AnyRow, brand_name: str, mentions: int, spikes: tuple[SpikeRecord, ...]) -> CaseRecord:
    stored = dict(row._mapping)
    return CaseRecord(**stored, brand=brand_name, mentions=mentions, spikes=spikes)

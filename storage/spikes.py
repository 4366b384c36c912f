"""A spike opens a case, or extends one. Said twice, it changes nothing: a spike is its rule, brand and start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update

from errors import InputError
from storage.brands import sample_brands
from storage.cases import (
    LEVELS,
    SYSTEM,
    acknowledge,
    add_mentions,
    assign,
    existing_case,
    log,
    set_explanation,
    set_level,
    spike_record,
)
from storage.engine import Tx
from storage.records import CaseRecord, SpikeRecord
from storage.schema import brand, mention
from storage.schema_cases import case, rule, spike

SILENCE = "silence"  # too few mentions and too many are never one story,
UNHEARD = "unheard"  # nor are nothing said and nothing heard
TARGETS = ("acknowledge_minutes", "respond_minutes")
NEAR = timedelta(hours=1)  # two spikes of a brand this far apart are one story


@dataclass(frozen=True)
class Opened:
    """What a spike did: 'opened' a case, 'joined' one that another rule or an earlier spike had opened, or 'known'."""

    case_id: int
    spike_id: int
    what: str


def open_case(
    tx: Tx,
    *,
    rule_id: int,
    rule_version: int,
    brand_id: int,
    start_at: datetime,
    end_at: datetime,
    measure: str,
    figures: Mapping[str, Any],
    title: str,
    level: str,
    now: datetime,
    owner: str | None = None,
    department: str | None = None,
    first_mention_at: datetime | None = None,
    targets: Mapping[str, Any] | None = None,
    explanation: Mapping[str, Any] | None = None,
    mention_ids: Iterable[int] = (),
    sample: bool = False,
) -> Opened:
    """Open a case for a spike, or join the brand's case about the same events.

    The same are events that overlap, or nearly, with a case still open, or with one that another rule opened and
    people resolved after they began. A rule's own next spike after a resolved case is news. What joins a case that is
    still open hurries its clock where its rule is stricter, and gives it an owner where it has none.
    """
    this = (spike.c.rule_id == rule_id) & (spike.c.brand_id == brand_id) & (spike.c.start_at == start_at)
    known = tx.execute(select(spike.c.id, spike.c.case_id).where(this)).one_or_none()
    if known:
        return Opened(known.case_id, known.id, "known")
    joined = _same_events(tx, rule_id, brand_id, start_at, end_at, measure=measure)
    said = {"rule": rule_id, "version": rule_version, "level": level}
    if joined is None:
        values = {"title": title, "level": level, "owner": owner or None, "department": department or None}
        times = {"start_at": start_at, "end_at": end_at, "first_mention_at": first_mention_at, "opened_at": now}
        plain = {"targets": dict(targets or {}), "explanation": dict(explanation) if explanation else None}
        case_id = _insert_case(tx, brand_id, values | times | plain, sample=sample)
        log(tx, case_id, "opened", said, who=SYSTEM, now=now)
    else:
        case_id = joined.id
        _widen(tx, joined, start_at, end_at, first_mention_at)
        log(tx, case_id, "joined", said, who=SYSTEM, now=now)
        _hurry(tx, joined, targets or {}, owner=owner, department=department, now=now)
        _raise_level(tx, case_id, level, now)
    row = {"rule_id": rule_id, "rule_version": rule_version, "brand_id": brand_id, "case_id": case_id}
    when = {"start_at": start_at, "end_at": end_at}
    new = insert(spike).values(**row, **when, measure=measure, figures=dict(figures))
    spike_id = tx.execute(new.returning(spike.c.id)).scalar_one()
    add_mentions(tx, case_id, mention_ids)
    return Opened(case_id, spike_id, "opened" if joined is None else "joined")


def open_by_hand(
    tx: Tx,
    brand_id: int,
    title: str,
    *,
    level: str,
    mention_ids: Iterable[int],
    who: str,
    now: datetime,
    owner: str | None = None,
    targets: Mapping[str, Any] | None = None,
) -> CaseRecord:
    """A case that a person opens about some mentions, from the first of them to the last. It bears the name they gave it
    whatever rules join it. Who opens a case of his own has seen it; another owner has still to."""
    if level not in LEVELS or not title.strip():
        raise InputError(f"a case needs a title and a level of {', '.join(LEVELS)}")
    ids = list(dict.fromkeys(mention_ids))
    times = list(tx.scalars(select(mention.c.published_at).where(mention.c.id.in_(ids)))) or [now]
    values = {
        "title": title.strip(),
        "level": level,
        "owner": (owner or who).strip(),
        "start_at": min(times),
        "end_at": max(times),
        "first_mention_at": min(times),
        "opened_at": now,
        "targets": dict(targets or {}),
        "explanation": {"named_by": who},
    }
    case_id = _insert_case(tx, brand_id, values, sample=brand_id in sample_brands(tx))
    log(tx, case_id, "opened", {"by_hand": True, "level": level}, who=who, now=now)
    add_mentions(tx, case_id, ids, who=who, now=now)
    if values["owner"] == who:
        acknowledge(tx, case_id, who=who, now=now)
    return existing_case(tx, case_id)


def extend_case(
    tx: Tx,
    spike_id: int,
    *,
    end_at: datetime,
    figures: Mapping[str, Any],
    now: datetime,
    level: str | None = None,
    explanation: Mapping[str, Any] | None = None,
    mention_ids: Iterable[int] = (),
    start_at: datetime | None = None,
    first_mention_at: datetime | None = None,
    rule_version: int | None = None,
) -> CaseRecord:
    """The spike goes on: a later end, new figures, more mentions, perhaps a higher level. Never a lower one.

    `start_at` may move the case's start back, when late mentions say that it began before; the spike keeps its own.
    `rule_version` is the one that the figures are of, where its rule was changed since.
    """
    row = tx.execute(select(spike).where(spike.c.id == spike_id)).one_or_none()
    if row is None:
        raise InputError(f"there is no spike {spike_id}")
    end = max(row.end_at, end_at)
    values = {"end_at": end, "figures": dict(figures), "rule_version": rule_version or row.rule_version}
    tx.execute(update(spike).where(spike.c.id == spike_id).values(**values))
    found = existing_case(tx, row.case_id)
    _widen(tx, found, start_at or found.start_at, max(end, found.end_at), first_mention_at)
    if end > found.end_at:
        detail = {"spike": spike_id, "until": end.isoformat()}
        log(tx, found.id, "extended", detail, who=SYSTEM, now=now)
    if explanation is not None:
        set_explanation(tx, found.id, explanation)
    if level is not None:
        _raise_level(tx, found.id, level, now)
    add_mentions(tx, found.id, mention_ids)
    return existing_case(tx, found.id)


def list_spikes(
    tx: Tx,
    *,
    rule_id: int | None = None,
    brands: Iterable[int] = (),
    measures: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    besides: Iterable[int] = (),
) -> list[SpikeRecord]:
    """Spikes that lie in a period at least in part, oldest first; none of the rules `besides`."""
    joined = spike.join(rule, rule.c.id == spike.c.rule_id).join(brand, brand.c.id == spike.c.brand_id)
    wanted = select(spike, rule.c.name).select_from(joined).where(brand.c.deleted_at.is_(None))
    if rule_id is not None:
        wanted = wanted.where(spike.c.rule_id == rule_id)
    if others := list(besides):
        wanted = wanted.where(spike.c.rule_id.not_in(others))
    if ids := list(brands):
        wanted = wanted.where(spike.c.brand_id.in_(ids))
    if names := list(measures):
        wanted = wanted.where(spike.c.measure.in_(names))
    if since is not None:
        wanted = wanted.where(spike.c.end_at >= since)
    if until is not None:
        wanted = wanted.where(spike.c.start_at < until)
    return [spike_record(row) for row in tx.execute(wanted.order_by(spike.c.start_at, spike.c.id))]


def _insert_case(tx: Tx, brand_id: int, values: Mapping[str, Any], *, sample: bool) -> int:
    row = {"brand_id": brand_id, "status": "open", "sample": sample, **values}
    case_id: int = tx.execute(insert(case).values(**row).returning(case.c.id)).scalar_one()
    return case_id


def _same_events(
    tx: Tx, rule_id: int, brand_id: int, start_at: datetime, end_at: datetime, *, measure: str
) -> CaseRecord | None:
    of_kind = select(spike.c.case_id).where(spike.c.measure.in_((SILENCE, UNHEARD)))
    alone = measure in (SILENCE, UNHEARD)
    alike = case.c.id.in_(of_kind.where(spike.c.measure == measure)) if alone else case.c.id.not_in(of_kind)
    own = case.c.id.in_(select(spike.c.case_id).where(spike.c.rule_id == rule_id))
    live = or_(case.c.status != "resolved", and_(case.c.resolved_at > start_at, ~own))
    near = (case.c.start_at <= end_at + NEAR) & (case.c.end_at >= start_at - NEAR)
    mine = select(case.c.id).where(case.c.brand_id == brand_id, live, near, alike)
    found = tx.scalar(mine.order_by(case.c.opened_at.desc(), case.c.id.desc()).limit(1))
    return existing_case(tx, found) if found is not None else None


def _widen(tx: Tx, found: CaseRecord, start_at: datetime, end_at: datetime, first_mention_at: datetime | None) -> None:
    times = [moment for moment in (found.first_mention_at, first_mention_at) if moment is not None]
    values = {
        "start_at": min(found.start_at, start_at),
        "end_at": max(found.end_at, end_at),
        "first_mention_at": min(times, default=None),
    }
    tx.execute(update(case).where(case.c.id == found.id).values(**values))


def _hurry(
    tx: Tx,
    joined: CaseRecord,
    targets: Mapping[str, Any],
    *,
    owner: str | None,
    department: str | None,
    now: datetime,
) -> None:
    """The clock of a case that a rule joins, and its owner and department where it has none."""
    if joined.status == "resolved":
        return
    shorter = _tighter(joined.targets, targets)
    if shorter != joined.targets:
        tx.execute(update(case).where(case.c.id == joined.id).values(targets=shorter))
    to = {"owner": None if joined.owner else owner, "department": None if joined.department else department}
    assign(tx, joined.id, **to, who=SYSTEM, now=now)


def _tighter(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The targets of a case for which two rules rang: of each step the shorter one, and any rather than none."""
    both = {name: [int(given[name]) for given in (one, other) if given.get(name)] for name in TARGETS}
    return {**one, **{name: min(minutes) for name, minutes in both.items() if minutes}}


def _raise_level(tx: Tx, case_id: int, level: str, now: datetime) -> None:
    if LEVELS.index(level) > LEVELS.index(existing_case(tx, case_id).level):
        set_level(tx, case_id, level, who=SYSTEM, now=now)

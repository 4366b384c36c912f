"""Cases from spikes: opened once, extended while they go on, told to whom the rule says, escalated when the clock runs out.

A notice is put into the outbox in the transaction that opens, raises or escalates its case, under a key that names the
event, so that it can be neither lost nor doubled. Cases of the sample workspace are shown and never told.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from analyzers import clock
from analyzers.rules import LEVELS, RuleBody, rule_from_plain, tell_at
from analyzers.spikes import Spike
from errors import InputError
from monitor.explaining import Account, account, by_hand_words, clock_words, counted_in, grown_words
from monitor.notice import Notice, Quote, notice_to_plain
from settings import Settings
from storage import brands, outbox, pages, rules, spikes
from storage import cases as stored
from storage.engine import Store, Tx
from storage.records import CaseRecord, MentionRow, RuleRecord, SpikeRecord, Target

MOST_MENTIONS = 5_000  # of a ring's window, and as many since; a larger spike keeps its newest ones and its figures
QUOTED = 3
A_MOMENT = timedelta(seconds=1)  # by which a period takes in what begins at its very end
BY_HAND = timedelta(days=1)  # a case that a person opened is told of, not one that he opened long ago


@dataclass(frozen=True)
class Ring:
    """A spike that a rule rang for one brand, and the stored spike it continues, if any."""

    rule: RuleRecord
    body: RuleBody
    brand_id: int
    spike: Spike
    before: SpikeRecord | None


def ring(tx: Tx, rung: Ring, *, settings: Settings, now: datetime, tell: bool) -> int:
    """Open or extend the case of a ring. 1 when a case was opened, else 0."""
    since, until = rung.spike.start, max(rung.spike.until, rung.spike.end)
    mentions = _mentions(tx, rung, since, until)
    told = account(tx, rung.body, rung.brand_id, rung.spike, mentions, now=now, zone=settings.timezone)
    if LEVELS.index(told.level) < LEVELS.index(rung.body.least_level):
        return 0
    figures = figures_of(rung.spike)
    if rung.before is not None:
        _extend(tx, rung, told, figures, mentions, settings=settings, now=now, tell=tell)
        return 0
    sample = rung.brand_id in brands.sample_brands(tx)
    first, last = since - spikes.NEAR, until + spikes.NEAR  # of what it may join
    near = stored.list_cases(tx, brands=(rung.brand_id,), since=first, until=last + A_MOMENT)
    levels = {one.id: one.level for one in near}
    opened = spikes.open_case(
        tx,
        rule_id=rung.rule.id,
        rule_version=rung.rule.version,
        brand_id=rung.brand_id,
        start_at=since,
        end_at=until,
        measure=rung.body.measure,
        figures=figures,
        title=told.title,
        level=told.level,
        now=now,
        owner=rung.body.owner,
        department=rung.body.department,
        first_mention_at=_first(mentions) or since,
        targets=clock_of(rung.body),
        explanation=told.plain,
        mention_ids=[row.id for row in mentions],
        sample=sample,
    )
    if tell and opened.what == "opened" and not sample:
        case = stored.existing_case(tx, opened.case_id)
        tell_targets(tx, case, rung.body, "opened", told, mentions, settings=settings, now=now)
    elif opened.what == "joined":
        others = stored.existing_case(tx, opened.case_id).spikes
        if _strangest(others, opened.spike_id, rung.spike.evidence):
            stored.set_explanation(tx, opened.case_id, told.plain)
        before = levels.get(opened.case_id)
        if tell and not tell_if_worse(tx, opened.case_id, before, told=told, settings=settings, now=now):
            _tell_who_joins(tx, rung, opened.case_id, told, mentions, settings=settings, now=now)
    return int(opened.what == "opened")


def _tell_who_joins(
    tx: Tx,
    rung: Ring,
    case_id: int,
    told: Account,
    mentions: Sequence[MentionRow],
    *,
    settings: Settings,
    now: datetime,
) -> None:
    """To whom only the rule that joins a case tells of its level, the case is new."""
    case = stored.existing_case(tx, case_id)
    if case.status == "resolved" or case.sample:
        return
    others = [body for rule_id, body in _bodies(tx, case).items() if rule_id != rung.rule.id]
    heard = {target.id for body in others or [RuleBody()] for target in _targets(tx, body, case.level)}
    tell_targets(tx, case, rung.body, "opened", told, mentions, settings=settings, now=now, besides=heard)


def _extend(
    tx: Tx,
    rung: Ring,
    told: Account,
    figures: Mapping[str, Any],
    mentions: Sequence[MentionRow],
    *,
    settings: Settings,
    now: datetime,
    tell: bool,
) -> None:
    assert rung.before is not None
    before = stored.existing_case(tx, rung.before.case_id)
    if before.status == "resolved":
        return
    tells = _strangest(before.spikes, rung.before.id, rung.spike.evidence)
    after = spikes.extend_case(
        tx,
        rung.before.id,
        end_at=max(rung.spike.until, rung.spike.end),
        figures=figures,
        now=now,
        level=told.level,
        explanation=told.plain if tells else None,
        mention_ids=[row.id for row in mentions],
        start_at=rung.spike.start,
        first_mention_at=_first(mentions),
        rule_version=rung.rule.version,
    )
    if tell:
        tell_if_worse(tx, after.id, before.level, told=told, settings=settings, now=now)


def _strangest(of_case: Sequence[SpikeRecord], spike_id: int, evidence: float) -> bool:
    """Whether a spike is the one its case is told by: where several rules rang, the account is that of the strangest, so
    that it does not change with who was judged last."""
    others = (one.figures.get("evidence") for one in of_case if one.id != spike_id)
    return all(evidence >= float(other) for other in others if isinstance(other, int | float))


def tell_if_worse(
    tx: Tx, case_id: int, before: str | None, *, told: Account | None = None, settings: Settings, now: datetime
) -> bool:
    """A case whose level rose is told once per level, snoozed or not, to whom any of its rules tells of that level; one
    that is resolved stays so, unsaid. Whether it was worse. `told` is the account that says so, else the case's own."""
    case = stored.existing_case(tx, case_id)
    worse = before is not None and LEVELS.index(case.level) > LEVELS.index(before)
    if worse and case.status != "resolved" and not case.sample:
        rows = stored.case_mentions(tx, case.id)
        for body in _bodies(tx, case).values():
            tell_targets(tx, case, body, "raised", told, rows, settings=settings, now=now)
    return worse


def _first(mentions: Sequence[MentionRow]) -> datetime | None:
    return min((row.published_at for row in mentions), default=None)


def _mentions(tx: Tx, rung: Ring, since: datetime, until: datetime) -> list[MentionRow]:
    """What the spike counted, newest first: what came since must not crowd out the window that the case speaks of."""
    f = replace(counted_in(rung.body, (rung.brand_id,)), since=since, until=until, sentiments=rung.body.sentiments)
    rows = list(pages.page(tx, f, limit=MOST_MENTIONS).rows)
    if len(rows) == MOST_MENTIONS:
        there = {row.id for row in rows}
        window = pages.page(tx, replace(f, until=rung.spike.end), limit=MOST_MENTIONS).rows
        rows += (row for row in window if row.id not in there)
    return rows


def figures_of(spike: Spike) -> dict[str, Any]:
    """A spike as plain values, times in ISO 8601."""
    return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(spike).items()}


def clock_of(body: RuleBody) -> dict[str, int]:
    return {"acknowledge_minutes": body.acknowledge_minutes, "respond_minutes": body.respond_minutes}


def tell_targets(
    tx: Tx,
    case: CaseRecord,
    body: RuleBody,
    event: str,
    told: Account | None,
    mentions: Sequence[MentionRow],
    *,
    settings: Settings,
    now: datetime,
    about: str = "",
    besides: Container[int] = (),
) -> int:
    """Put one notice per target into the outbox, `besides` some. Returns how many are new. `about` tells apart what may
    happen twice at one level."""
    not_before = tell_at(body.quiet, case.level, now)
    put = 0
    told_to = _next_in_line(tx, body, case.level) if event == "escalated" else _targets(tx, body, case.level)
    for target in (one for one in told_to if one.id not in besides):
        notice = _notice(case, event, target, told, mentions, settings, now)
        key = "-".join(str(part) for part in ("case", case.id, event, about, case.level, target.id) if part)
        put += outbox.enqueue(
            tx, key, target_id=target.id, case_id=case.id, payload=notice_to_plain(notice), now=now,
            not_before=not_before,
        )  # fmt: skip
    return put


def _targets(tx: Tx, body: RuleBody, level: str) -> list[Target]:
    """Who is told of a level: whom the rule names, else every target that takes this level. Where all whom the rule
    named were deleted it names nobody any more, which must not mean that nobody is told."""
    there = outbox.list_targets(tx)
    named = [target for target in there if target.id in body.tell.get(level, ())]
    return [target for target in (named or there) if target.enabled and (named or level in target.levels)]


def _next_in_line(tx: Tx, body: RuleBody, level: str) -> list[Target]:
    """Who is told that nobody reacted: those who were told, and the next ones up: whoever else would hear of the next
    graver level that somebody else hears of; where there is none, everybody."""
    told = _targets(tx, body, level)
    for graver in LEVELS[LEVELS.index(level) + 1 :]:
        if more := [target for target in _targets(tx, body, graver) if target not in told]:
            return told + more
    return [target for target in outbox.list_targets(tx) if target.enabled]


def _notice(
    case: CaseRecord,
    event: str,
    target: Target,
    told: Account | None,
    mentions: Sequence[MentionRow],
    settings: Settings,
    now: datetime,
) -> Notice:
    said = told.plain if told else (case.explanation or {})
    words, titles = dict(said.get("words") or by_hand_words(case)), dict(said.get("title") or {})
    if event == "raised":
        grown = grown_words(mentions, said)
        words = {lang: f"{text}{grown[lang]}" for lang, text in words.items()}
    if (case.explanation or {}).get("named_by"):
        titles = {}
    examples = told.representatives if told else _examples(said)
    chosen = [row for row in mentions if row.id in examples] or list(mentions)
    return Notice(
        event,
        lang=target.lang,
        case_id=case.id,
        level=case.level,
        brand=case.brand,
        title=str(titles.get(target.lang) or case.title),
        words={lang: str(text) for lang, text in words.items()},
        since=case.start_at.isoformat(),
        owner=case.owner or "",
        mentions=tuple(_quote(row) for row in chosen[:QUOTED]),
        link=f"{settings.link_base}/cases?case={case.id}",
        clock=clock_words(case, now, settings.timezone),
    )


def _examples(explanation: Mapping[str, Any]) -> tuple[int, ...]:
    """The mentions that stand for the others, as they were stored with a case."""
    return tuple(one["mention_id"] for one in (explanation.get("why") or {}).get("examples") or ())


def _quote(row: MentionRow) -> Quote:
    text = f"{row.title} {row.text}" if row.title and not row.text.startswith(row.title) else row.text
    return Quote(row.id, text[:500], row.source_title, row.author, row.published_at.isoformat(), row.url)


def tell_by_hand(store: Store, *, settings: Settings, now: datetime) -> None:
    """Tell of cases that people opened, to everybody who takes their level."""
    with store.read() as tx:
        fresh = [one for one in stored.untold(tx, now - BY_HAND) if not one.sample]
    for case in fresh:
        with store.begin() as tx:
            rows = stored.case_mentions(tx, case.id)
            tell_targets(tx, case, RuleBody(), "opened", None, rows, settings=settings, now=now)


def escalate_overdue(store: Store, *, settings: Settings, now: datetime) -> None:
    """Tell of cases whose clock ran out, once."""
    with store.read() as tx:
        waiting = stored.list_cases(tx, status=("open", "acknowledged"))
        late = [one.id for one in waiting if clock.overdue(one, now, told=stored.escalated_for(tx, one))]
    for case_id in late:
        with store.begin() as tx:
            if (still := _late(tx, case_id, now)) is None:  # somebody reacted meanwhile
                continue
            case, what = still
            again = any(
                one.what == "escalated" and one.detail.get("why") != what for one in stored.case_log(tx, case_id)
            )
            stored.escalate(tx, case_id, why=what, who=stored.SYSTEM, now=now)
            if case.sample:
                continue
            rows = stored.case_mentions(tx, case_id)
            about = "answer" if what == "respond" and again else ""
            for body in _bodies(tx, case).values():
                tell_targets(tx, case, body, "escalated", None, rows, settings=settings, now=now, about=about)


def _late(tx: Tx, case_id: int, now: datetime) -> tuple[CaseRecord, clock.Step] | None:
    """A case as it is now and its step that is to be told of, if there is one."""
    case = stored.get_case(tx, case_id)
    if case is None or case.status == "resolved":
        return None
    what = clock.overdue(case, now, told=stored.escalated_for(tx, case))
    return (case, what) if what else None


def _bodies(tx: Tx, case: CaseRecord) -> dict[int, RuleBody]:
    """The rules that rang for a case, by id; as by default (0) for one that no rule rang for."""
    return {spike.rule_id: _body_of(tx, spike.rule_id) for spike in case.spikes} or {0: RuleBody()}


def _body_of(tx: Tx, rule_id: int) -> RuleBody:
    """A rule as it is now, or was when it was deleted; one that was broken since still lets its cases' clocks run out,
    told as by default."""
    versions = rules.rule_versions(tx, rule_id)
    try:
        return rule_from_plain(versions[0].body) if versions else RuleBody()
    except InputError:
        return RuleBody()


def brand_name(tx: Tx, brand_id: int) -> str:
    found = brands.get_brand(tx, brand_id)
    return found.name if found else f"brand {brand_id}"

"""Rules of silence: a brand or a source that went quiet opens a case.

A brand is judged by its own last gaps between mentions, a source by its. Time in which nobody could listen is taken off:
a source that cannot be heard opens another kind of case (monitor.unheard), so that "quiet" is never "we went blind".
When it speaks again the case ends and says so. A scope's languages, themes and search narrow what counts as speaking.

Blind spot: fewer than two mentions say nothing of a habit, and a store's only source is judged as its brand alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from analyzers.rules import RuleBody
from analyzers.spikes import LOOK_BACK, Silence, overdue, share_of
from monitor import cases, unheard
from monitor.explaining import counted_in, silence_account
from settings import Settings
from storage import brands, pages, spikes
from storage import cases as stored
from storage.engine import Store, Tx
from storage.records import MentionFilter, RuleRecord, SourceRecord, SpikeRecord
from storage.speakers import Speaker, deaf, said_by, speakers


def judge(
    store: Store,
    rule: RuleRecord,
    body: RuleBody,
    scope: Sequence[int],
    sources: Sequence[SourceRecord],
    *,
    settings: Settings,
    now: datetime,
) -> int:
    """Open a case for what went quiet or cannot be heard, end those of what is over. Returns how many were opened."""
    opened = unheard.judge(store, rule, body, scope, sources, settings=settings, now=now)
    wanted = counted_in(body, tuple(scope))
    everyone = speakers(wanted, sources)
    for speaker in everyone:
        with store.read() as tx:
            said = _said(tx, body, wanted, speaker, everyone, now)
        if said is not None:
            with store.begin() as tx:
                opened += _ring(tx, rule, body, speaker, said, settings=settings, now=now)
    return opened


def let_be(store: Store, rule: RuleRecord, *, now: datetime) -> None:
    """End what a rule that was turned off still had running: nobody would say when it is over. A case with nothing else
    running is closed as a source fault, like that of a source that is listened to no more."""
    with store.read() as tx:
        if all(one.figures.get("ended") for one in _running_of(tx, rule)):
            return
    with store.begin() as tx:
        for one in _running_of(tx, rule):
            if one.figures.get("ended") is None:
                figures = one.figures | {"ended": now.isoformat()}
                spikes.extend_case(tx, one.id, end_at=now, figures=figures, now=now)
                stored.log(tx, one.case_id, "let_be", {}, who=stored.SYSTEM, now=now)
                case = stored.existing_case(tx, one.case_id)
                if case.status != "resolved" and all(each.figures.get("ended") for each in case.spikes):
                    stored.resolve(tx, case.id, verdict="source_fault", who=stored.SYSTEM, now=now)


def _running_of(tx: Tx, rule: RuleRecord) -> list[SpikeRecord]:
    told = spikes.list_spikes(tx, rule_id=rule.id)
    return [one for one in told if one.measure in (spikes.SILENCE, spikes.UNHEARD)]


def _said(
    tx: Tx, body: RuleBody, scope: MentionFilter, speaker: Speaker, everyone: Sequence[Speaker], now: datetime
) -> Silence | None:
    """How quiet a speaker is; None when it cannot be judged."""
    sources = sum(one.brand_id == speaker.brand_id and one.source is not None for one in everyone)
    newest = pages.times(tx, replace(said_by(scope, speaker), until=now), limit=LOOK_BACK)
    if len(newest) < 2:
        return None
    unheard = deaf(tx, speaker.sources, since=newest[-1], until=now)
    share = share_of(body.false_alarms_per_month, sources)
    return overdue(newest, now, false_alarms_per_month=share, unheard=unheard)


def _ring(
    tx: Tx, rule: RuleRecord, body: RuleBody, speaker: Speaker, said: Silence, *, settings: Settings, now: datetime
) -> int:
    source_id = speaker.source.source.id if speaker.source else None
    running = [
        one
        for one in spikes.list_spikes(tx, rule_id=rule.id, brands=(speaker.brand_id,))
        if one.measure == spikes.SILENCE
        and one.figures.get("source_id") == source_id
        and one.figures.get("ended") is None
    ]
    if not said.quiet:
        for one in running:
            _ended(tx, one.id, one.case_id, one.figures, now)
        return 0
    if running or said.since is None:
        return 0
    name = unheard.name_of(speaker.source) if speaker.source else cases.brand_name(tx, speaker.brand_id)
    told = silence_account(name, said, of_source=speaker.source is not None, zone=settings.timezone)
    opened = spikes.open_case(
        tx,
        rule_id=rule.id,
        rule_version=rule.version,
        brand_id=speaker.brand_id,
        start_at=said.since,
        end_at=now,
        measure=spikes.SILENCE,
        figures=told.figures | {"source_id": source_id},
        title=told.title,
        level=told.level,
        now=now,
        owner=body.owner,
        department=body.department,
        targets=cases.clock_of(body),
        explanation=told.plain,
        sample=speaker.brand_id in brands.sample_brands(tx),
    )
    case = stored.existing_case(tx, opened.case_id)
    if opened.what == "opened" and not case.sample:
        cases.tell_targets(tx, case, body, "opened", told, (), settings=settings, now=now)
    return int(opened.what == "opened")


def _ended(tx: Tx, spike_id: int, case_id: int, figures: dict[str, object], now: datetime) -> None:
    spikes.extend_case(tx, spike_id, end_at=now, figures=figures | {"ended": now.isoformat()}, now=now)
    stored.log(tx, case_id, "speaks_again", {}, who=stored.SYSTEM, now=now)

"""Rules of silence: a brand or a source that went quiet opens a case.

A brand is judged by its own last gaps between mentions, a source by its. Time in which nobody could listen is taken off:
a source that cannot be heard opens another kind of case (monitor.unheard), so that "quiet" is never "we went blind".
When it speaks again the case ends and says so. A scope's languages, themes and search narrow what counts as speaking.

Blind spot: fewer than two mentions say nothing of a habit, and a store's only source is judged as its brand alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analyzers.rules import RuleBody
from analyzers.spikes import Silence, overdue
from collectors.records import Status
from monitor import cases, unheard
from monitor.explaining import silence_account
from settings import Settings
from storage import brands, coverage, pages, spikes
from storage import cases as stored
from storage.engine import Store, Tx
from storage.records import MentionFilter, RuleRecord, SourceRecord

LOOK_BACK = 300  # mentions whose gaps are looked at
_HEARD = (Status.OK, Status.NOT_MODIFIED)


@dataclass(frozen=True)
class _Voice:
    """What should speak: a brand, or one source of it."""

    brand_id: int
    source: SourceRecord | None
    sources: tuple[int, ...]


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
    for voice in _voices(body, scope, sources):
        with store.read() as tx:
            said = _said(tx, body, voice, now)
        if said is not None:
            with store.begin() as tx:
                opened += _ring(tx, rule, body, voice, said, settings=settings, now=now)
    return opened


def _voices(body: RuleBody, scope: Sequence[int], sources: Sequence[SourceRecord]) -> list[_Voice]:
    live = [one for one in sources if one.status in _HEARD and unheard.in_scope(body, one)]
    found: list[_Voice] = []
    for brand_id in scope:
        mine = [one for one in live if not one.source.brands or brand_id in one.source.brands]
        if mine:
            found.append(_Voice(brand_id, None, tuple(one.source.id for one in mine)))
    for one in live:
        # A source that listens for every brand is one voice all the same: its case goes to the first brand of the scope.
        mine_of = [brand for brand in (one.source.brands or scope) if brand in scope]
        if mine_of and len(sources) > 1:
            found.append(_Voice(mine_of[0], one, (one.source.id,)))
    return found


def _said(tx: Tx, body: RuleBody, voice: _Voice, now: datetime) -> Silence | None:
    """How quiet a voice is; None when it cannot be judged."""
    where = body.scope
    f = MentionFilter(
        brands=(voice.brand_id,) if voice.source is None else (),
        sources=voice.sources,
        until=now,
        langs=where.langs,
        themes=where.themes,
        query=where.query,
    )
    newest = pages.times(tx, f, limit=LOOK_BACK)
    if len(newest) < 2:
        return None
    unheard = _deaf(tx, voice.sources, newest[-1], now)
    return overdue(newest, now, false_alarms_per_month=body.false_alarms_per_month, unheard=unheard)


def _deaf(tx: Tx, sources: Sequence[int], since: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches in which none of the sources was heard."""
    first = since.replace(minute=0, second=0, microsecond=0)
    heard = coverage.heard_hours(tx, sources, since=first, until=now)
    hour = timedelta(hours=1)
    return [(first + at * hour, first + (at + 1) * hour) for at, share in enumerate(heard) if share == 0.0]


def _ring(
    tx: Tx, rule: RuleRecord, body: RuleBody, voice: _Voice, said: Silence, *, settings: Settings, now: datetime
) -> int:
    source_id = voice.source.source.id if voice.source else None
    running = [
        one
        for one in spikes.list_spikes(tx, rule_id=rule.id, brands=(voice.brand_id,))
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
    name = (
        (voice.source.source.title or voice.source.source.url) if voice.source else cases.brand_name(tx, voice.brand_id)
    )
    told = silence_account(name, said, of_source=voice.source is not None, zone=settings.timezone)
    opened = spikes.open_case(
        tx,
        rule_id=rule.id,
        rule_version=rule.version,
        brand_id=voice.brand_id,
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
        sample=voice.brand_id in brands.sample_brands(tx),
    )
    case = stored.existing_case(tx, opened.case_id)
    if opened.what == "opened" and not case.sample:
        cases.tell_targets(tx, case, body, "opened", told, (), settings=settings, now=now)
    return int(opened.what == "opened")


def _ended(tx: Tx, spike_id: int, case_id: int, figures: dict[str, object], now: datetime) -> None:
    spikes.extend_case(tx, spike_id, end_at=now, figures=figures | {"ended": now.isoformat()}, now=now)
    stored.log(tx, case_id, "speaks_again", {}, who=stored.SYSTEM, now=now)

"""Judging: which rules ring now, and the case each ring opens or extends.

Every enabled rule is judged for every brand in its scope on its counts up to now, the same ones a replay shows. The hour that is
still running is judged as it stands: it can only grow, so what rings early would have rung at its end. A spike is kept
once, however often it is judged: late mentions that move its start extend the same case. Spikes that ended more than
`FRESH` ago open no case (a newly added source brings its past along) and nobody is told of what ended `STALE` ago.

Blind spot: a rule over a saved search counts mentions by full text every time it is judged; it costs more than others.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from analyzers.rules import HISTORY_DAYS, RuleBody, rule_from_plain, rule_to_plain
from analyzers.spikes import Counts, Spike, SpikeSettings, counts_from, replay, score_history
from errors import FengpingError, InputError
from monitor import cases, quiet, silence
from monitor.explaining import counted_in
from monitor.quiet import Listening
from settings import Settings
from storage import brands, rules, spikes
from storage.engine import Store, Tx
from storage.records import Brand, RuleRecord, SourceRecord, SpikeRecord
from storage.settings_store import get_setting, set_setting
from storage.sources import list_sources
from storage.watched import watched_counts

log = logging.getLogger("fengping.rules")

HISTORY = timedelta(days=HISTORY_DAYS)
FRESH = timedelta(days=3)
STALE = timedelta(days=1)
HOUR = timedelta(hours=1)
WHO = "fengping"
MADE = "default_rules_made"
DEFAULTS = (
    ("Negative spikes · 负面异动", RuleBody()),
    (
        "Gone quiet · 沉默",
        RuleBody(measure="silence", false_alarms_per_month=0.5, acknowledge_minutes=0, respond_minutes=0),
    ),
)


Seen = dict[tuple[int, int], int]  # rule and brand -> the counts that were judged


@dataclass(frozen=True)
class Round:
    """One look at all rules: the brands and sources there are, when it is made, and what the looks before it saw."""

    store: Store
    settings: Settings
    now: datetime
    brands: tuple[Brand, ...]
    sources: tuple[SourceRecord, ...]
    past: bool
    seen: Seen


@dataclass(frozen=True)
class Judged:
    """What one rule says of one brand now: its spikes, oldest first, and how far the judge can see."""

    spikes: tuple[Spike, ...]
    days: float  # of history
    learning: bool


def ensure_default_rules(store: Store, *, now: datetime) -> None:
    """A store that never had a rule gets the two that every brand needs."""
    with store.read() as tx:
        if get_setting(tx, MADE):
            return
    with store.begin() as tx:
        if get_setting(tx, MADE):
            return
        set_setting(tx, MADE, True, who=WHO, now=now)
        for name, body in DEFAULTS:
            rules.add_rule(tx, name, rule_to_plain(body), who=WHO, now=now, what="made with the store")


def evaluate(
    store: Store,
    *,
    settings: Settings,
    now: datetime,
    only: Sequence[int] | None = None,
    past: bool = False,
    seen: Seen | None = None,
) -> int:
    """Judge every rule for every brand of its scope, or of `only`. Returns how many cases were opened.

    `seen` remembers what was judged: counts that did not change are not judged again. With `past` every spike of the
    history opens its case, as of the time it would have rung: the detector looks back only, so that is what living
    through it would have given; nobody is told, and no clock runs out, of what is over.
    """
    ensure_default_rules(store, now=now)
    with store.read() as tx:
        in_force = [rule for rule in rules.list_rules(tx) if rule.enabled]
        known = [one for one in brands.list_brands(tx) if only is None or one.id in only]
        sources = tuple(list_sources(tx, now, shares=False))
    quiet.let_be(store, (rule for rule in in_force if rule.body.get("measure") == "silence"), now=now)
    this = Round(store, settings, now, tuple(known), sources, past, {} if seen is None else seen)
    opened = sum(_judge_rule(this, rule) for rule in in_force)
    if not past:
        cases.tell_by_hand(store, settings=settings, now=now)
        cases.escalate_overdue(store, settings=settings, now=now)
    return opened


def _judge_rule(this: Round, rule: RuleRecord) -> int:
    """How many cases one rule opened. One that cannot be judged keeps no other from ringing, nor a clock."""
    try:
        body = rule_from_plain(rule.body)
        named = {brand.id: not brand.competitor for brand in this.brands}
        scope = body.scope.brands or tuple(brand_id for brand_id, own in named.items() if own)
        scope = tuple(brand_id for brand_id in scope if brand_id in named)
        if body.measure == "silence":
            return silence.judge(this.store, Listening(rule, body, scope, this.sources, this.settings, this.now))
        return _judge_brands(this, rule, body, scope)
    except InputError as error:
        log.error("rule '%s': %s", rule.name, error)
    except FengpingError:
        raise
    except Exception as error:
        log.error("rule '%s': a fault of ours", rule.name, exc_info=error)
    return 0


def _judge_brands(this: Round, rule: RuleRecord, body: RuleBody, scope: Sequence[int]) -> int:
    opened = 0
    said: dict[str, object] = dict(rule.evaluated_to)
    with this.store.read() as tx:
        series = brand_counts(tx, body, scope, now=this.now)
    for brand_id, one in series.items():
        mark = hash((rule.version, one.negative.tobytes(), one.total.tobytes(), one.heard.tobytes()))
        if this.seen.get((rule.id, brand_id)) == mark:
            continue
        judged = judge(one, body.detector)
        said[str(brand_id)] = {"at": this.now.isoformat(), "learning": judged.learning, "days": round(judged.days, 1)}
        for spike in judged.spikes:
            if this.past or spike.until >= this.now - FRESH:
                opened += _ring(this, rule, body, brand_id, spike)
        this.seen[rule.id, brand_id] = mark
    if said != rule.evaluated_to:
        with this.store.begin() as tx:
            rules.set_evaluated(tx, rule.id, said)
    return opened


def judge(series: Counts, settings: SpikeSettings) -> Judged:
    """The spikes of one series under one setting."""
    history = score_history(series, measure=settings.measure)
    found = tuple(replay(history, settings))
    days = float(history.days[-1]) if len(history.days) else 0.0
    return Judged(found, days, bool(len(history.days)) and days < 14)


def brand_counts(tx: Tx, body: RuleBody, scope: Iterable[int], *, now: datetime) -> dict[int, Counts]:
    """Each brand's hourly counts in a rule's scope; see storage.watched. A brand never mentioned in scope is left out."""
    since = (now - HISTORY).replace(minute=0, second=0, microsecond=0)
    found = watched_counts(tx, replace(counted_in(body, tuple(scope)), since=since, until=now), now=now)
    return {
        brand: counts_from(int(one.start.timestamp()), 3600, negative=one.negative, total=one.read, heard=one.heard)
        for brand, one in found.items()
    }


def _ring(this: Round, rule: RuleRecord, body: RuleBody, brand_id: int, spike: Spike) -> int:
    """Open a case for a spike, or extend the one it belongs to. 1 when a case was opened."""
    now = min(spike.end, this.now) if this.past else this.now
    with this.store.begin() as tx:
        rung = cases.Ring(rule, body, brand_id, spike, _same_spike(tx, rule.id, brand_id, spike, body))
        return cases.ring(tx, rung, settings=this.settings, now=now, tell=spike.until >= now - STALE)


def _same_spike(tx: Tx, rule_id: int, brand_id: int, spike: Spike, body: RuleBody) -> SpikeRecord | None:
    """The stored spike this one is. Late mentions move a start and a window, never an alarm beyond the cool-down.

    Alarms are compared, not windows: a long window may begin where the spike before it ended.
    """
    calm = max(timedelta(hours=body.cooldown_hours), HOUR)
    near = spikes.list_spikes(tx, rule_id=rule_id, brands=(brand_id,), since=spike.end - calm, until=spike.until + calm)
    near = [one for one in near if _rang_at(one) <= spike.until + calm]
    return min(near, key=lambda one: abs(_rang_at(one) - spike.end), default=None)


def _rang_at(spike: SpikeRecord) -> datetime:
    """When a stored spike's alarm was known; its figures hold the last thing said of it."""
    return datetime.fromisoformat(spike.figures["end"]) if "end" in spike.figures else spike.end_at

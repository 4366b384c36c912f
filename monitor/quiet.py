"""What the two halves of a rule of silence share: whom it listens to at a moment, and how its cases begin and end.

`monitor.silence` judges who says nothing, `monitor.unheard` who cannot be heard. A spike of either goes on until its
figures say when it `ended`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analyzers.rules import RuleBody
from monitor import cases
from monitor.explaining import Account, counted_in
from monitor.plain import line
from settings import Settings
from storage import brands, spikes
from storage import cases as stored
from storage.engine import Store, Tx
from storage.records import MentionFilter, RuleRecord, SourceRecord, SpikeRecord

MEASURES = (spikes.SILENCE, spikes.UNHEARD)


@dataclass(frozen=True)
class Listening:
    """A rule of silence at one moment: for which brands it listens, and to which sources."""

    rule: RuleRecord
    body: RuleBody
    brands: tuple[int, ...]
    sources: tuple[SourceRecord, ...]
    settings: Settings
    now: datetime

    @property
    def wanted(self) -> MentionFilter:
        """What counts as speaking."""
        return counted_in(self.body, self.brands)

    def open(
        self, tx: Tx, brand_id: int, told: Account, *, since: datetime, measure: str, figures: dict[str, Any]
    ) -> int:
        """Open the case of an account and tell of it. 1 when one was opened, else 0."""
        opened = spikes.open_case(
            tx,
            rule_id=self.rule.id,
            rule_version=self.rule.version,
            brand_id=brand_id,
            start_at=since,
            end_at=self.now,
            measure=measure,
            figures=figures,
            title=told.title,
            level=told.level,
            now=self.now,
            owner=self.body.owner,
            department=self.body.department,
            targets=cases.clock_of(self.body),
            explanation=told.plain,
            sample=brand_id in brands.sample_brands(tx),
        )
        if opened.what != "opened":
            return 0
        case = stored.existing_case(tx, opened.case_id)
        if not case.sample:
            cases.tell_targets(tx, case, self.body, "opened", told, (), settings=self.settings, now=self.now)
        return 1


def name_of(one: SourceRecord) -> str:
    """A source's name as a case says it: on one line, not endless, without secrets."""
    return line(one.source.name)[:80]


def over(spike: SpikeRecord) -> bool:
    return spike.figures.get("ended") is not None


def end(tx: Tx, spike: SpikeRecord, *, now: datetime) -> None:
    spikes.extend_case(tx, spike.id, end_at=now, figures=spike.figures | {"ended": now.isoformat()}, now=now)


def close_if_over(tx: Tx, case_id: int, *, verdict: str | None, now: datetime) -> None:
    """Close a case of which nothing goes on any more."""
    case = stored.existing_case(tx, case_id)
    if case.status != "resolved" and all(over(one) for one in case.spikes):
        stored.resolve(tx, case_id, verdict=verdict, who=stored.SYSTEM, now=now)


def let_be(store: Store, rules: Iterable[RuleRecord], *, now: datetime) -> None:
    """End what still runs of every rule but these: turned off, deleted or counting now, nobody would say when it is over.

    Its case is closed. That sources failed is known, so that is a source fault; why somebody said nothing nobody has
    found out, so a silence is closed without a verdict, and no replay is scored by it.
    """
    listening = {rule.id for rule in rules}
    with store.read() as tx:
        if not _left(tx, listening):
            return
    with store.begin() as tx:
        for one in _left(tx, listening):
            end(tx, one, now=now)
            stored.log(tx, one.case_id, "rule_off", {"rule": one.rule_id}, who=stored.SYSTEM, now=now)
            known = "source_fault" if one.measure == spikes.UNHEARD else None
            close_if_over(tx, one.case_id, verdict=known, now=now)


def _left(tx: Tx, listening: Iterable[int]) -> list[SpikeRecord]:
    told_of = spikes.list_spikes(tx, measures=MEASURES, besides=listening)
    return [one for one in told_of if not over(one)]

"""Rules of silence, their other half: a source that cannot be heard opens a case, so that "quiet" is never "we went blind".

A source counts as unheard when it fails, or is gone, and nothing came through for more than a day and for several of its
own intervals, over several tries. All of a brand's unheard sources are one case: told once, with those that fail later
added to it, and closed by itself as a source fault when the last of them is heard again, paused or removed. A case that
people closed meanwhile stays closed; a source that fails after that opens another.

Blind spot: a source that answers, with something that is no longer what it was, is heard. A source that listens for
every brand is told of with the first brand of the rule.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from analyzers.rules import RuleBody
from collectors.records import Status
from monitor import cases
from monitor.bringing import is_brought
from monitor.explaining import Account, Unheard, counted_in, unheard_account
from monitor.plain import line
from settings import Settings
from storage import brands, spikes
from storage import cases as stored
from storage.engine import Store, Tx
from storage.records import CaseRecord, RuleRecord, SourceRecord, SpikeRecord
from storage.speakers import listened_to

LONGEST = timedelta(days=1)  # without being heard
INTERVALS = 4  # of its own, whichever is longer
TRIES = 3  # failed in a row: a machine that slept for a week has not failed, it has not asked


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
    """Open, extend or end the case of each brand's unheard sources. Returns how many were opened."""
    wanted = counted_in(body, tuple(scope))
    asked = [one for one in sources if not is_brought(one.source) and one.status is not Status.PAUSED]
    asked = [one for one in asked if listened_to(wanted, one)]
    opened = 0
    for brand_id in scope:
        may_name = [one for one in asked if not one.source.brands or brand_id in one.source.brands]
        mine = [one for one in may_name if one.source.brands or brand_id == scope[0]]
        unheard = [_told_of(one) for one in mine if is_unheard(one, now)]
        with store.read() as tx:
            before = [one for one in spikes.list_spikes(tx, rule_id=rule.id, brands=(brand_id,)) if _is_ours(one)]
        if not unheard and all(_over(one) for one in before):
            continue
        with store.begin() as tx:
            case = _BrandCase(tx, rule, body, brand_id, may_name, settings, now)
            opened += case.told(unheard, before)
    return opened


def is_unheard(one: SourceRecord, now: datetime) -> bool:
    """Whether a source has failed for so long that people must know."""
    if one.status not in (Status.FAILED, Status.GONE):
        return False
    tried = one.status is Status.GONE or one.state.failures >= TRIES
    return tried and now - _last_heard(one) > max(LONGEST, INTERVALS * one.source.every)


def _last_heard(one: SourceRecord) -> datetime:
    return one.last_success_at or one.created_at


def name_of(one: SourceRecord) -> str:
    """A source's name as a case says it: on one line, not endless, without secrets."""
    return line(one.source.name)[:80]


def _told_of(one: SourceRecord) -> Unheard:
    why = line(one.last_error or "")[:120]
    return Unheard(one.source.id, name_of(one), _last_heard(one).isoformat(), why)


def _is_ours(spike: SpikeRecord) -> bool:
    return spike.measure == spikes.UNHEARD


def _over(spike: SpikeRecord) -> bool:
    return spike.figures.get("ended") is not None


class _BrandCase:
    """What one rule says of one brand, in one transaction."""

    def __init__(
        self,
        tx: Tx,
        rule: RuleRecord,
        body: RuleBody,
        brand_id: int,
        listened: Sequence[SourceRecord],
        settings: Settings,
        now: datetime,
    ) -> None:
        self.tx, self.rule, self.body, self.brand_id = tx, rule, body, brand_id
        self.listened = {one.source.id for one in listened}
        self.settings, self.now = settings, now

    def told(self, unheard: Sequence[Unheard], before: Sequence[SpikeRecord]) -> int:
        """Bring what is stored up to what cannot be heard now. 1 when a case was opened."""
        running = [one for one in before if not _over(one)]
        for spike in running:
            self._go_on(spike, unheard)
        known = {source["source_id"] for spike in running for source in spike.figures["sources"]}
        fresh = [one for one in unheard if one.source_id not in known]
        if not fresh:
            return 0
        live = next((one for one in running if self._case(one).status != "resolved"), None)
        if live is None:
            return self._open(fresh, {one.start_at for one in before})
        self._add(live, fresh)
        return 0

    def _case(self, spike: SpikeRecord) -> CaseRecord:
        return stored.existing_case(self.tx, spike.case_id)

    def _go_on(self, spike: SpikeRecord, unheard: Sequence[Unheard]) -> None:
        """Who is heard again, paused or removed leaves the spike; with the last one it ends, and its case is closed."""
        still = {one.source_id for one in unheard}
        left = [source for source in spike.figures["sources"] if source["source_id"] in still]
        gone = [source for source in spike.figures["sources"] if source["source_id"] not in still]
        if not gone:
            return
        figures = {**spike.figures, "sources": left or gone, "ended": None if left else self.now.isoformat()}
        spikes.extend_case(self.tx, spike.id, end_at=self.now, figures=figures, now=self.now)
        if left:
            said = self._account([Unheard(**source) for source in left])
            stored.set_explanation(self.tx, spike.case_id, said.plain)
        for what, listened in (("heard_again", True), ("let_be", False)):
            names = [source["name"] for source in gone if (source["source_id"] in self.listened) == listened]
            if names:
                stored.log(self.tx, spike.case_id, what, {"source": ", ".join(names)}, who=stored.SYSTEM, now=self.now)
        case = self._case(spike)
        if case.status != "resolved" and all(_over(one) for one in case.spikes):
            stored.resolve(self.tx, case.id, verdict="source_fault", who=stored.SYSTEM, now=self.now)

    def _add(self, spike: SpikeRecord, fresh: Sequence[Unheard]) -> None:
        """More that cannot be heard: the same case, told again only when it gets worse."""
        before = self._case(spike)
        there = next(one for one in before.spikes if one.id == spike.id).figures["sources"]
        told = self._account([*(Unheard(**source) for source in there), *fresh])
        after = spikes.extend_case(
            self.tx, spike.id, end_at=self.now, figures=told.figures, now=self.now, level=told.level,
            explanation=told.plain,
        )  # fmt: skip
        names = ", ".join(one.name for one in fresh)
        stored.log(self.tx, after.id, "unheard_too", {"source": names}, who=stored.SYSTEM, now=self.now)
        cases.tell_if_worse(self.tx, self.body, after.id, before.level, settings=self.settings, now=self.now)

    def _open(self, unheard: Sequence[Unheard], taken: set[datetime]) -> int:
        told = self._account(unheard)
        since = min(datetime.fromisoformat(one.since) for one in unheard)
        opened = spikes.open_case(
            self.tx,
            rule_id=self.rule.id,
            rule_version=self.rule.version,
            brand_id=self.brand_id,
            start_at=self.now if since in taken else since,  # a spike is its rule, brand and start
            end_at=self.now,
            measure=spikes.UNHEARD,
            figures=told.figures,
            title=told.title,
            level=told.level,
            now=self.now,
            owner=self.body.owner,
            department=self.body.department,
            targets=cases.clock_of(self.body),
            explanation=told.plain,
            sample=self.brand_id in brands.sample_brands(self.tx),
        )
        if opened.what != "opened":
            return 0
        case = stored.existing_case(self.tx, opened.case_id)
        if not case.sample:
            cases.tell_targets(self.tx, case, self.body, "opened", told, (), settings=self.settings, now=self.now)
        return 1

    def _account(self, unheard: Sequence[Unheard]) -> Account:
        name = cases.brand_name(self.tx, self.brand_id)
        return unheard_account(name, unheard, of=len(self.listened), zone=self.settings.timezone)

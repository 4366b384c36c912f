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

from collectors.records import Status
from monitor import cases, quiet
from monitor.bringing import is_brought
from monitor.explaining import Account, Unheard, unheard_account
from monitor.plain import line
from monitor.quiet import Listening
from storage import cases as stored
from storage import sources, spikes
from storage.engine import Store, Tx
from storage.records import CaseRecord, SourceRecord, SpikeRecord

LONGEST = timedelta(days=1)  # without being heard
INTERVALS = 4  # of its own, whichever is longer
TRIES = 3  # failed in a row: a machine that slept for a week has not failed, it has not asked


def judge(store: Store, asked: Listening) -> int:
    """Open, extend or end the case of each brand's unheard sources. Returns how many were opened."""
    heard = [one for one in asked.sources if not is_brought(one.source) and one.status is not Status.PAUSED]
    scope = asked.wanted
    heard = [one for one in heard if one.within(scope.sources, scope.channels)]
    opened = 0
    for brand_id in asked.brands:
        may_name = [one for one in heard if one.source.may_name(brand_id)]
        mine = [one for one in may_name if one.source.brands or brand_id == asked.brands[0]]
        with store.read() as tx:
            unheard = [_told_of(one) for one in mine if is_unheard(tx, one, asked.now)]
            before = spikes.list_spikes(tx, rule_id=asked.rule.id, brands=(brand_id,), measures=(spikes.UNHEARD,))
        if not unheard and all(quiet.over(one) for one in before):
            continue
        with store.begin() as tx:
            opened += _BrandCase(tx, asked, brand_id, may_name).told(unheard, before)
    return opened


def is_unheard(tx: Tx, one: SourceRecord, now: datetime) -> bool:
    """Whether a source has failed for so long, and so often, that people must know."""
    if one.status not in (Status.FAILED, Status.GONE):
        return False
    if now - _last_heard(one) <= max(LONGEST, INTERVALS * one.source.every):
        return False
    return one.status is Status.GONE or one.state.failures >= TRIES or _tried_in_vain(tx, one)


def _tried_in_vain(tx: Tx, one: SourceRecord) -> bool:
    """Whether it failed often in a row, counting the times that we were too busy, which are no failures of its own."""
    latest = sources.fetch_history(tx, one.source.id, limit=TRIES)
    return len(latest) == TRIES and all(fetched.status is Status.FAILED for fetched in latest)


def _last_heard(one: SourceRecord) -> datetime:
    return one.last_success_at or one.created_at


def _told_of(one: SourceRecord) -> Unheard:
    why = line(one.last_error or "")[:300]
    return Unheard(one.source.id, quiet.name_of(one), _last_heard(one).isoformat(), why)


class _BrandCase:
    """What one rule says of one brand, in one transaction."""

    def __init__(self, tx: Tx, asked: Listening, brand_id: int, listened: Sequence[SourceRecord]) -> None:
        self.tx, self.asked, self.brand_id, self.now = tx, asked, brand_id, asked.now
        self.listened = {one.source.id for one in listened}

    def told(self, unheard: Sequence[Unheard], before: Sequence[SpikeRecord]) -> int:
        """Bring what is stored up to what cannot be heard now. 1 when a case was opened."""
        running = [one for one in before if not quiet.over(one)]
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
        quiet.close_if_over(self.tx, spike.case_id, verdict="source_fault", now=self.now)

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
        settings = self.asked.settings
        cases.tell_if_worse(self.tx, after.id, before.level, settings=settings, now=self.now)

    def _open(self, unheard: Sequence[Unheard], taken: set[datetime]) -> int:
        told = self._account(unheard)
        since = min(datetime.fromisoformat(one.since) for one in unheard)
        since = self.now if since in taken else since  # a spike is its rule, brand and start
        measure = spikes.UNHEARD
        return self.asked.open(self.tx, self.brand_id, told, since=since, measure=measure, figures=told.figures)

    def _account(self, unheard: Sequence[Unheard]) -> Account:
        name = cases.brand_name(self.tx, self.brand_id)
        return unheard_account(name, unheard, of=len(self.listened), zone=self.asked.settings.timezone)

"""One cycle: what is due is collected and stored. The loop around it fits at the end of this page.

    due sources -> threads fetch, child processes parse, threads match -> this thread stores, several sources in one
    transaction -> a line per source

Promise: a source is a value at the end, whatever it did; what one transaction stored is whole; a killed cycle is
taken up where it stopped, because `next_check_at` moves in the transaction that stores the mentions. Blind spot: a
mention a source took down between two polls was never heard.
"""

import ctypes
import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from analyzers.records import TextFacts
from collectors.collecting import collect
from collectors.kinds import GAPS
from collectors.parsing import ParserPool
from collectors.records import Collected, Matched, Status
from collectors.seams import Fetching, Limits
from errors import InputError, StorageBusy, StorageError, StorageFull
from monitor import schedule
from monitor.bringing import is_brought
from monitor.facts import FactsHelper, alike
from monitor.hosts import HostGate, Stopped, Waiting
from monitor.logs import where
from monitor.matching import Matching
from monitor.plain import host_of, iso, mask_url, same_address
from monitor.sharing import SharedFetcher
from monitor.trying import fetcher_of
from settings import Settings
from storage import brands as stored_brands
from storage import mentions, sources
from storage.engine import Store
from storage.outcomes import Stored
from storage.records import SourceRecord

log = logging.getLogger("fengping.loop")

BATCH_MENTIONS = 2_000  # stored in one transaction
BATCH_SOURCES = 64
BATCH_TEXT = 5_000_000  # characters of what was heard: more of it does not wait for others
BATCH_SECONDS = 2.0  # the longest a collected source waits for others to be stored with: few commits cost a fifth less
MOST_DUE = 100_000

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Outcome:
    """How one source ended."""

    record: SourceRecord
    collected: Collected
    matched: tuple[Matched, ...]
    stored: Stored
    next_check_at: datetime

    @property
    def in_words(self) -> str:
        source, ended = self.record.source, self.collected
        head = f"{source.id}  {source.kind}  {mask_url(source.url)}: "
        if ended.status is Status.NOT_MODIFIED:
            return head + "not modified"
        if ended.status is Status.GONE:
            return head + f"gone: {ended.error}; it is not asked again"
        if ended.status is Status.FAILED:
            before = f"new {self.stored.new} before that; " if self.stored.new else ""
            return head + f"failed: {ended.error}; {before}next try {iso(self.next_check_at)}"
        left = f", {ended.capped} left out by a limit" if ended.capped else ""
        missed = ", something between two polls may be missing" if ended.missed else ""
        given = ended.state.standing
        rated = f"; {given.in_words}" if given else ""
        return head + f"new {self.stored.new}, changed {self.stored.changed}{left}{missed}{rated}"


@dataclass
class CycleReport:
    """What a cycle did, in counts: a cycle of many sources keeps none of their texts."""

    sources: int = 0
    failed: int = 0
    new: int = 0
    changed: int = 0

    def count(self, outcome: Outcome) -> None:
        self.sources += 1
        self.failed += outcome.collected.status in (Status.FAILED, Status.GONE)
        self.new += outcome.stored.new
        self.changed += outcome.stored.changed


@dataclass(frozen=True)
class _Heard:
    """One source, collected and matched, not stored yet."""

    record: SourceRecord
    collected: Collected
    matched: tuple[Matched, ...]
    facts: Mapping[str, TextFacts] = field(default_factory=dict)
    matching: Matching | None = None  # that it was matched with

    @property
    def text(self) -> int:
        """Characters it holds."""
        return sum(map(len, self.collected.norms))


def utc_now() -> datetime:
    return datetime.now(UTC)


def due_now(store: Store, *, now: datetime) -> list[SourceRecord]:
    """What is due, the longest waiting first."""
    with store.read() as tx:
        return [one for one in sources.due_sources(tx, now=now, limit=MOST_DUE) if not is_brought(one.source)]


def one_source(store: Store, source_id: int, *, now: datetime) -> SourceRecord:
    """The source to collect by hand. Raises InputError when there is none, or none of its brands is left."""
    with store.read() as tx:
        record = sources.get_source(tx, source_id, now=now)
        sources.refuse_waiting(tx, source_id)
    if record is None:
        raise InputError(f"there is no source {source_id}; `fengping source list` shows the ids")
    return record


class Collector:
    """What every cycle of a process shares: connections, parser processes, the hosts' gaps."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        fetcher: Fetching | None = None,
        chance: Callable[[], float] = random.random,
        stop: threading.Event | None = None,
        facts: bool = False,
    ) -> None:
        """`facts`: new mentions are stored with language, words, themes and copies, and wait for their sentiment alone."""
        self.store = store
        self.settings = settings
        self.clock = clock
        self.chance = chance
        self.stop = stop or threading.Event()
        self.gate = HostGate(settings.host_gap, slower=GAPS, sleep=self.stop.wait)
        self._own = fetcher_of(settings, clock) if fetcher is None else None
        self.fetcher: Fetching = fetcher or self._own  # type: ignore[assignment]
        self.pool = ParserPool(settings.parse_processes, limits=Limits.of(settings))
        self.facts = FactsHelper() if facts else None

    def __enter__(self) -> "Collector":
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close()
        if self.facts is not None:
            self.facts.close()
        if self._own is not None:
            self._own.close()

    def collect(
        self, due: Sequence[SourceRecord], *, report: Callable[[Outcome], None] = lambda outcome: None
    ) -> CycleReport:
        """Collect and store these sources, each once. Ends early, with what is stored, when `stop` is set."""
        with self.store.read() as tx:
            matching = Matching(stored_brands.list_brands(tx))
            if self.facts is not None:
                self.facts.refresh(tx)
        cycle = _Cycle(self, matching, shared_fetcher(self.fetcher, due), report)
        return cycle.run(due)


def shared_fetcher(fetcher: Fetching, due: Sequence[SourceRecord]) -> SharedFetcher:
    """A fetcher that asks once for what two of these sources will ask for."""
    known: dict[str, set[tuple[str | None, str | None]]] = {}
    for record in due:
        known.setdefault(same_address(record.source.url), set()).add((record.state.etag, record.state.last_modified))
    whole = [address for address, states in known.items() if len(states) > 1]
    return SharedFetcher(fetcher, [record.source.url for record in due], whole=whole)


def together(due: Iterable[SourceRecord]) -> list[SourceRecord]:
    """Sources at one address one after the other, so that what they share is not kept for long; else in their order."""
    by_address: dict[str, list[SourceRecord]] = {}
    for record in due:
        by_address.setdefault(same_address(record.source.url), []).append(record)
    return [record for alike in by_address.values() for record in alike]


class _Cycle:
    def __init__(
        self, shared: Collector, matching: Matching, fetcher: SharedFetcher, report: Callable[[Outcome], None]
    ) -> None:
        self.shared = shared
        self.matching = matching
        self.fetcher = fetcher
        self.report = report
        self.done = CycleReport()
        self.heard: list[_Heard] = []
        self.oldest = 0.0
        self.spent = False  # whether large documents were just stored

    def run(self, due: Sequence[SourceRecord]) -> CycleReport:
        waiting = Waiting(self.shared.gate)
        for record in together(due):
            waiting.add(host_of(record.source.url), record)
        threads = self.shared.settings.fetch_threads
        running: dict[Future[_Heard], str] = {}
        executor = ThreadPoolExecutor(threads, thread_name_prefix="collect")
        try:
            while (waiting or running) and not self.shared.stop.is_set():
                while len(running) < threads * 3 and (taken := waiting.take()) is not None:
                    host, record = taken
                    running[executor.submit(self._hear, record)] = host
                ended = self._wait(running, waiting)
                while ended:  # nothing of it is held while the next one comes
                    future = ended.pop()
                    waiting.done(running.pop(future))
                    self._keep(future.result())
                    del future
        except Stopped:  # what was heard is stored below, and what was not is asked by the next process
            log.info("told to stop, with %s sources being asked", len(running))
        except KeyboardInterrupt:
            self.shared.stop.set()
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise
        executor.shutdown(cancel_futures=True)
        self._store()
        self._give_back()
        return self.done

    def _wait(self, running: dict[Future[_Heard], str], waiting: Waiting) -> set[Future[_Heard]]:
        """Collections that ended. Comes back soon enough to store what waits and to start what may start."""
        self._give_back()
        patience = BATCH_SECONDS if self.heard else 1.0
        if waiting:
            patience = min(patience, max(waiting.pause(), 0.005))
        if not running:
            self.shared.stop.wait(patience)
            return set()
        ended = wait(running, timeout=patience, return_when=FIRST_COMPLETED).done
        if self.heard and (not ended or time.monotonic() - self.oldest > BATCH_SECONDS):
            self._store()
        return ended

    def _give_back(self) -> None:
        if self.spent:
            _give_back_memory()
            self.spent = False

    def _hear(self, record: SourceRecord) -> _Heard:
        """In a thread: collect one source and match it. A fault of ours is logged and ends as that source's failure."""
        source, matching = record.source, self.matching
        try:
            collected = collect(
                source,
                record.state,
                fetcher=self.fetcher,
                pool=self.shared.pool,
                now=self.shared.clock(),
                known=lambda ids: self._known(record, ids),
                wait_host=self.shared.gate.wait,
                brands=matching.of(source),
            )
            matched = matching.match_all(source, collected.mentions, collected.norms)
            return _Heard(record, collected, matched, self._facts(record, matched), matching)
        except (StorageError, Stopped):
            raise
        except Exception as error:
            log.error("source %s: a fault of ours", source.id, exc_info=error)
            return _Heard(record, _fault(record, error), ())
        finally:
            self.fetcher.ended(source.url)

    def _facts(self, record: SourceRecord, matched: Sequence[Matched]) -> Mapping[str, TextFacts]:
        """Facts of what will be stored as new, as far as can be told before."""
        helper, named = self.shared.facts, [one.mention for one in matched if one.brands]
        if helper is None or not named:
            return {}
        known = self._known(record, [one.external_id for one in named])
        return helper.facts([one.body for one in named if one.external_id not in known])

    def _known(self, record: SourceRecord, external_ids: Sequence[str]) -> set[str]:
        if not record.total and record.state.last_success_at is None:
            return set()  # it never brought anything
        with self.shared.store.read() as tx:
            return set(mentions.known_ids(tx, record.source.id, external_ids))

    def _keep(self, heard: _Heard) -> None:
        if not self.heard:
            self.oldest = time.monotonic()
        self.heard.append(heard)
        matched, text = sum(len(one.matched) for one in self.heard), sum(one.text for one in self.heard)
        if len(self.heard) >= BATCH_SOURCES or matched >= BATCH_MENTIONS or text >= BATCH_TEXT:
            self._store()
            self.spent |= text >= BATCH_TEXT

    def _store(self) -> None:
        """Store what waits in one transaction; when that fails for what is in it, one by one."""
        heard, self.heard = self.heard, []
        if not heard:
            return
        now = self.shared.clock()
        try:
            outcomes = self._write(heard, now=now)
        except (StorageBusy, StorageFull):
            raise
        except Exception as error:  # noqa: BLE001 - found out below which source it is, and raised or told there
            log.warning("storing %s sources together failed, storing each alone: %s", len(heard), where(error))
            outcomes = [one for each in heard for one in self._write_alone(each, now=now)]
        for outcome in outcomes:
            self.done.count(outcome)
            log.info("source %s", outcome.in_words)
            self.report(outcome)

    def _write_alone(self, heard: _Heard, *, now: datetime) -> list[Outcome]:
        try:
            return self._write([heard], now=now)
        except (StorageBusy, StorageFull):
            raise
        except Exception as error:
            log.error("source %s could not be stored", heard.record.source.id, exc_info=error)
            return self._write([_Heard(heard.record, _fault(heard.record, error), ())], now=now)

    def _write(self, heard: Sequence[_Heard], *, now: datetime) -> list[Outcome]:
        facts = {text: found for one in heard for text, found in one.facts.items()}
        with self.shared.store.begin() as tx:
            self.matching = self.matching.renewed(stored_brands.list_brands(tx))
            heard = [_matched_again(one, self.matching) for one in heard]
            rows = [(_bounded(one.collected, now=now), one.matched, self._next(one, now=now)) for one in heard]
            stored = mentions.store_many(tx, rows, now=now, facts=facts, alike=alike)
        return [
            Outcome(one.record, one.collected, one.matched, what, row[2])
            for one, what, row in zip(heard, stored, rows, strict=True)
        ]

    def _next(self, heard: _Heard, *, now: datetime) -> datetime:
        every, failures = heard.record.source.every, heard.record.state.failures + 1
        return schedule.next_check_at(heard.collected, every, failures=failures, now=now, chance=self.shared.chance())


def _give_back_memory() -> None:
    """What a large document took and no longer needs: glibc would keep it for the thread that had it, for each its own."""
    with suppress(OSError, AttributeError):  # another system's C library
        ctypes.CDLL(None).malloc_trim(0)


def _matched_again(heard: _Heard, matching: Matching) -> _Heard:
    """By the brands as they are when it is stored: who changes one looks at what is stored, not at what is under way."""
    if heard.matching is None or heard.matching is matching:
        return heard
    matched = matching.match_all(heard.record.source, heard.collected.mentions, heard.collected.norms)
    return replace(heard, matched=matched, matching=matching)


def _bounded(collected: Collected, *, now: datetime) -> Collected:
    """What is stored as "not before" is what we obey, not a moment in a thousand years."""
    return replace(collected, retry_at=schedule.not_before(collected, now=now)) if collected.retry_at else collected


def _fault(record: SourceRecord, error: Exception) -> Collected:
    return Collected(
        record.source.id,
        Status.FAILED,
        state=record.state,
        error=f"a fault of ours while collecting it: {where(error)}",
        error_kind="Fault",
        advice="Please report it with the log.",
    )

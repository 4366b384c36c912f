"""The heartbeat: collect, read, judge, tell, and again. One loop; the schedule is a column.

Promise: each part's failure is told and the next part runs; a cycle that was killed is taken up where it stopped.
Rules are judged and people told by one process at a time, so that nobody is rung twice.
"""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from analyzers.model_name import name_of, refuse_unusable
from errors import FengpingError, ModelError
from monitor import metrics
from monitor.loop import Clock, Collector, CycleReport, Outcome, due_now, utc_now
from monitor.outbox import Teller
from monitor.plain import line
from monitor.rules import evaluate
from monitor.upkeep import keep_up
from settings import Settings
from storage import outbox, readings, sources
from storage.counts import figures
from storage.engine import Store
from storage.lock import try_lock
from storage.records import MentionFilter, SourceRecord

if TYPE_CHECKING:
    from monitor.read import Reader, Told

log = logging.getLogger("fengping.cycle")

READ_SLICE = 10.0  # seconds of reading, or of upkeep, before the loop looks for due sources again
KEEP_FETCHES = timedelta(days=30)
KEEP_SENT = timedelta(days=365)  # notices: long after the cases they told of
PRUNE_EVERY = timedelta(hours=6)


class Heartbeat:
    """What a monitoring process holds: the collector, the reader, the judge and the teller."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        stop: threading.Event | None = None,
        read: bool = True,
    ) -> None:
        """`read`: what is collected will be read, so its language, words, themes and copies are stored with it."""
        self.store = store
        self.settings = settings
        self.clock = clock
        self.collector = Collector(store, settings, clock=clock, stop=stop, facts=read)
        self.teller = Teller(store)
        self._reader: Reader | None = None
        self._usable = False
        self._said = ""
        self._pruned: datetime | None = None
        self._judged: dict[tuple[int, int], int] = {}

    def __enter__(self) -> "Heartbeat":
        return self

    def __exit__(self, *error: object) -> None:
        self.teller.close(wait=not self.collector.stop.is_set())
        self.collector.__exit__(*error)

    def collect(
        self, due: Sequence[SourceRecord], *, report: Callable[[Outcome], None] = lambda outcome: None
    ) -> CycleReport:
        def counted(outcome: Outcome) -> None:
            metrics.count(outcome, now=self.clock())
            report(outcome)

        return self.collector.collect(due, report=counted)

    def read_all(
        self,
        *,
        told: "Told" = lambda done, total: None,
        say: Callable[[str], None] = lambda text: None,
        until: float | None = None,
    ) -> bool:
        """Read what is unread. False, with a sentence said, when the model cannot be used: nothing is lost, it waits."""
        if not self.can_read(say=say):
            return False
        if not self._anything_unread():
            return True
        try:
            if self._reader is None:
                from monitor.read import Reader

                self._reader = Reader(self.store, self.settings)
            read = self._reader.read_backlog(
                clock=self.clock, told=told, until=until, stopped=self.collector.stop.is_set
            )
            metrics.READ.inc(read)
            return True
        except (ModelError, ImportError) as error:
            return _unread(error, say)

    def can_read(self, *, say: Callable[[str], None] = lambda text: None) -> bool:
        """Whether the model is there and whole, without loading it: said before a cycle, also when nothing is unread."""
        try:
            if not self._usable:
                refuse_unusable(self.settings.model)
            self._usable = True
        except ModelError as error:
            return _unread(error, say)
        return True

    def say_once(self, text: str) -> None:
        """To the terminal of whoever started the loop; the log has it each time."""
        if text != self._said:
            self._said = text
            print(line(text), file=sys.stderr, flush=True)

    def _anything_unread(self) -> bool:
        """Spares a process that has nothing to read, and nothing to read again by another model, the loading of one."""
        if self._reader is not None:
            return True
        name = name_of(self.settings.model)
        with self.store.read() as tx:
            if figures(tx, MentionFilter()).unread:
                return True
            return any(not read_by.startswith(name) for read_by in readings.models(tx))

    def judge_and_tell(self) -> None:
        """Evaluate the rules and send what waits, when no other process does. A target that is slow is told beside the loop."""
        now = self.clock()
        with try_lock(self.settings.store_url, "judge") as ours:
            if ours:
                self._part("rules", lambda: evaluate(self.store, settings=self.settings, now=now, seen=self._judged))
        self._part("notices", lambda: self.teller.look(now=self.clock()))  # judging takes its time

    def _part(self, name: str, work: Callable[[], object]) -> None:
        """A part that fails is told, and the next part runs."""
        try:
            work()
        except FengpingError as error:
            log.error("%s: %s", name, error)
        except Exception as error:
            log.error("%s: a fault of ours", name, exc_info=error)

    def beat(self, *, read: bool = True, report: Callable[[Outcome], None] = lambda outcome: None) -> None:
        """One cycle of the loop."""
        self.collect(due_now(self.store, now=self.clock()), report=report)
        if read:
            self.read_all(until=time.monotonic() + READ_SLICE, say=self.say_once)
        self.judge_and_tell()
        keep_up(self.store, now=self.clock(), until=time.monotonic() + READ_SLICE)
        self._prune()
        metrics.look(self.store, now=self.clock())

    def _prune(self) -> None:
        now = self.clock()
        if self._pruned is None or now - self._pruned > PRUNE_EVERY:
            with self.store.begin() as tx:
                sources.prune_fetches(tx, now - KEEP_FETCHES)
                outbox.prune_outbox(tx, now - KEEP_SENT)
            self._pruned = now

    def rest(self) -> None:
        """Wait for the next due source, at most the cycle's length."""
        with self.store.read() as tx:
            due = sources.next_due(tx)
        away = (due - self.clock()).total_seconds() if due else self.settings.cycle_seconds
        self.collector.stop.wait(min(max(away, 0.5), self.settings.cycle_seconds))


def _unread(error: Exception, say: Callable[[str], None]) -> bool:
    log.error("reading: %s", error)
    say(f"fengping: {str(error).rstrip('.')}; what is collected is stored and waits unread")
    return False


def settle() -> None:
    """Take what is loaded out of the garbage collector's rounds, which is a sixth of a process's work and held to its
    end, and let it look after every 50,000 new objects instead of 700: rows come in thousands, and few go round in circles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def run_forever(
    store: Store, settings: Settings, *, read: bool = True, tell: Callable[[str], None] = lambda text: None
) -> None:
    """The loop, until SIGTERM or Ctrl-C. While the sample workspace is there, its feeds are served from here."""
    from monitor.sample.run import Living, reachable

    stopping = threading.Event()
    _ends(stopping)
    log.info("monitor started")
    settle()
    with Living(store, utc_now) as sample:
        while not stopping.is_set():
            port = sample.look()
            with Heartbeat(store, reachable(settings, port) if port else settings, stop=stopping, read=read) as heart:
                if read:
                    heart.can_read(say=heart.say_once)
                while not stopping.is_set() and sample.look() == port:
                    _beat_once(heart, read=read, tell=tell)
    log.info("monitor stopped")


def _ends(stopping: threading.Event) -> None:
    """SIGTERM ends the loop. Its handler writes to a pipe: an Event's lock may be held by the very thread it interrupts."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)

    def wait() -> None:
        os.read(told, 1)
        stopping.set()

    threading.Thread(target=wait, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: os.write(tell, b"."))


def _beat_once(heart: Heartbeat, *, read: bool, tell: Callable[[str], None]) -> None:
    """One cycle and its rest. A cycle that fails is told, once while the reason stays, and tried again after a rest."""
    try:
        heart.beat(read=read, report=lambda outcome: tell(outcome.in_words))
        heart.rest()
    except FengpingError as error:
        pause = heart.settings.cycle_seconds
        log.error("cycle: %s", error)
        heart.say_once(f"fengping: {error}; trying again every {pause:.0f} s")
        heart.collector.stop.wait(pause)

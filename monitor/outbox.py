"""Emptying the outbox: at least once, in order, never a flood.

A notice is marked sent only after its target accepted it; killed in between, it is sent again under the same id, so a
receiver that keeps ids hears it once. On a full disk or a busy store it is marked as soon as that can be done. A refusal
is tried again after 1, 5, 15 minutes, 1, 3, 6, 12 and 24 hours, then the notice is dead and shown in Settings with the
target's own words. More than three notices waiting for one target go as one digest; a target that heard six within the
hour hears the rest, but for red, when the hour is over.
Nobody waits for a target that does not answer: each is told by a thread of its own, which a cycle leaves to it after
`PATIENCE`, and one process tells at a time. Of mail and chats `notice.AT_ONCE` are told at once; the others wait in turn.
"""

import hashlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from errors import FengpingError, NotifyError
from monitor.logs import where
from monitor.notice import Notice, digest, notice_from_plain, send
from storage import outbox
from storage.engine import Store
from storage.lock import try_lock
from storage.records import OutboxItem

log = logging.getLogger("fengping.outbox")

BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440))
DIGEST_FROM = 4
HOURLY = 6
_HOUR = timedelta(hours=1)
PATIENCE = 5.0  # seconds that a cycle waits for its targets


@dataclass(frozen=True)
class Waiting:
    """What one target is to be told, and how many notices it heard within the hour."""

    items: tuple[OutboxItem, ...]
    heard: int


class Teller:
    """Tells targets beside the loop, each in a thread of its own, and by one only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = ExitStack()
        self._ours = False  # to tell, and no other process's, as long as one of the threads is at it
        self._at_it: dict[int, threading.Thread] = {}  # target -> who tells it
        # items that a target took and the store could not be told of: not to be sent again
        self._accepted: set[int] = set()

    def look(self, *, now: datetime) -> None:
        """Tell every target that has something waiting and is not being told still. Back after `PATIENCE` at the latest."""
        self._wait(0.0)  # who was done since the last look is told what came meanwhile
        if not self._ours:
            self._ours = self._lock.enter_context(try_lock(self._store.engine.url, "tell"))
        if self._ours:
            for target, waiting in _due(self._store, now).items():
                if target not in self._at_it:
                    self._at_it[target] = threading.Thread(target=self._tell, args=(waiting, now), daemon=True)
                    self._at_it[target].start()
        self._wait(PATIENCE)

    def close(self, *, wait: bool = True) -> None:
        """`wait`: until each is told or given up, within the limits of `monitor.notice`. What is not is sent again."""
        self._wait(None if wait else 0.0)
        self._lock.close()

    def _tell(self, waiting: Waiting, now: datetime) -> None:
        """Tell one target what waits for it, until it refuses: the rest is for the next time."""
        try:
            for some in self._portions(waiting, now):
                with self._store.read() as tx:
                    still = outbox.waiting_still(tx, [item.id for item in some])
                told = [item for item in some if item.id in still]  # the others were called off meanwhile
                if told and not self._send(told, now):
                    break
        except FengpingError as error:
            log.error("target '%s': %s", waiting.items[0].target.name, error)
        except Exception as error:
            log.error("target '%s': a fault of ours", waiting.items[0].target.name, exc_info=error)

    def _portions(self, waiting: Waiting, now: datetime) -> list[Sequence[OutboxItem]]:
        """What is sent now, as messages: not what it took before, nor what waits till it has heard less."""
        if known := [item for item in waiting.items if item.id in self._accepted]:
            self._mark(known, now)
        items = [item for item in waiting.items if item not in known]
        if waiting.heard >= HOURLY:
            calm = [item for item in items if item.payload.get("level") != "red"]
            if calm:
                with self._store.begin() as tx:
                    outbox.postpone(tx, [item.id for item in calm], until=now + _HOUR)
            items = [item for item in items if item not in calm]
        return [items] if len(items) >= DIGEST_FROM else [(item,) for item in items]

    def _send(self, items: Sequence[OutboxItem], now: datetime) -> bool:
        """One message: a notice, or the digest of several. Whether the target may be told more: not after it refused."""
        target = items[0].target
        try:
            notice, key = _message(items)
            send(notice, kind=target.kind, url=target.url, secret=target.secret, key=key, now=now)
        except NotifyError as error:
            log.warning("target '%s': %s", target.name, error)
            self._try_later(items, str(error), now)
            return False
        except Exception as error:  # else it would be tried in every cycle, before all that waits behind it
            log.error("target '%s': a fault of ours", target.name, exc_info=error)
            self._try_later(items, where(error), now)
            return True
        self._accepted.update(item.id for item in items)
        self._mark(items, now)
        return True

    def _mark(self, items: Sequence[OutboxItem], now: datetime) -> None:
        with self._store.begin() as tx:
            for item in items:
                outbox.mark_sent(tx, item.id, now=now)
        self._accepted.difference_update(item.id for item in items)

    def _try_later(self, items: Sequence[OutboxItem], error: str, now: datetime) -> None:
        with self._store.begin() as tx:
            for item in items:
                if item.attempts >= len(BACK_OFF):
                    outbox.mark_dead(tx, item.id, error=error, now=now)
                else:
                    outbox.mark_failed(tx, item.id, error=error, next_try_at=now + BACK_OFF[item.attempts])

    def _wait(self, seconds: float | None) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        for target, thread in list(self._at_it.items()):
            thread.join(until and max(0.0, until - time.monotonic()))
            if not thread.is_alive():
                del self._at_it[target]
        if not self._at_it:
            self._ours = False
            self._lock.close()


def _due(store: Store, now: datetime) -> dict[int, Waiting]:
    by_target: dict[int, list[OutboxItem]] = defaultdict(list)
    with store.read() as tx:
        for item in outbox.due(tx, now):
            by_target[item.target.id].append(item)
        return {
            target: Waiting(tuple(items), outbox.sent_since(tx, target, now - _HOUR, until=now))
            for target, items in by_target.items()
        }


def _message(items: Sequence[OutboxItem]) -> tuple[Notice, str]:
    """What is sent, and the id under which a receiver knows it again; in a digest each notice keeps its own, too."""
    if len(items) == 1:
        return notice_from_plain(items[0].payload), items[0].key
    keys = "\n".join(sorted(item.key for item in items))
    key = f"digest-{hashlib.sha256(keys.encode()).hexdigest()[:24]}"
    notices = [replace(notice_from_plain(item.payload), id=item.key) for item in items]
    return digest(notices, items[0].target.lang), key

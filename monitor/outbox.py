"""Emptying the outbox: at least once, in order, never a flood.

A notice is marked sent only after its target accepted it; killed in between, it is sent again under the same id, so a
receiver that keeps ids hears it once. A refusal is tried again after 1, 5, 15 minutes, 1, 3, 6, 12 and 24 hours, then the
notice is dead and shown in Settings with the target's own words. More than three notices waiting for one target go as one
digest; a target that heard six within the hour hears the rest, but for red, when the hour is over.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from errors import NotifyError
from monitor.logs import where
from monitor.notice import Notice, digest, notice_from_plain, send
from settings import Settings
from storage import outbox
from storage.engine import Store
from storage.records import OutboxItem

log = logging.getLogger("fengping.outbox")

BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440))
DIGEST_FROM = 4
HOURLY = 6
_HOUR = timedelta(hours=1)
_AT_ONCE = 4  # targets told at the same time


def send_waiting(store: Store, *, settings: Settings, now: datetime) -> int:
    """Send what is due. Returns how many notices were accepted."""
    with store.read() as tx:
        waiting = outbox.due(tx, now)
        heard = {item.target.id: outbox.sent_since(tx, item.target.id, now - _HOUR) for item in waiting}
    by_target: dict[int, list[OutboxItem]] = defaultdict(list)
    for item in waiting:
        by_target[item.target.id].append(item)
    if not by_target:
        return 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="outbox") as pool:
        jobs = [pool.submit(_tell, store, items, heard[target], now) for target, items in by_target.items()]
        return sum(job.result() for job in jobs)


def _tell(store: Store, items: Sequence[OutboxItem], heard_this_hour: int, now: datetime) -> int:
    """Tell one target what waits for it."""
    if heard_this_hour >= HOURLY:
        calm = [item for item in items if item.payload.get("level") != "red"]
        if calm:
            with store.begin() as tx:
                outbox.postpone(tx, [item.id for item in calm], until=now + _HOUR)
        items = [item for item in items if item not in calm]
    together = [items] if len(items) >= DIGEST_FROM else [[item] for item in items]
    return sum(_send(store, some, now) for some in together)


def _send(store: Store, items: Sequence[OutboxItem], now: datetime) -> int:
    """One message: a notice, or the digest of several."""
    target = items[0].target
    try:
        notice, key = _message(items)
        send(notice, kind=target.kind, url=target.url, secret=target.secret, key=key, now=now)
    except NotifyError as error:
        log.warning("target '%s': %s", target.name, error)
        _try_later(store, items, str(error), now)
        return 0
    except Exception as error:  # else it would be tried in every cycle, before all that waits behind it
        log.error("target '%s': a fault of ours", target.name, exc_info=error)
        _try_later(store, items, where(error), now)
        return 0
    with store.begin() as tx:
        for item in items:
            outbox.mark_sent(tx, item.id, now=now)
    return len(items)


def _message(items: Sequence[OutboxItem]) -> tuple[Notice, str]:
    """What is sent, and the id under which a receiver knows it again."""
    if len(items) == 1:
        return notice_from_plain(items[0].payload), items[0].key
    keys = "\n".join(sorted(item.key for item in items))
    key = f"digest-{hashlib.sha256(keys.encode()).hexdigest()[:24]}"
    return digest([notice_from_plain(item.payload) for item in items], items[0].target.lang), key


def _try_later(store: Store, items: Sequence[OutboxItem], error: str, now: datetime) -> None:
    with store.begin() as tx:
        for item in items:
            if item.attempts >= len(BACK_OFF):
                outbox.mark_dead(tx, item.id, error=error, now=now)
            else:
                outbox.mark_failed(tx, item.id, error=error, next_try_at=now + BACK_OFF[item.attempts])

"""Long work on the store, done in short transactions so that nobody waits for it: a brand's new words held against what is
stored, a brand or source that was deleted or brought back, what is forgotten after its time.

Promise: what a killed process left undone is found in the store and taken up, by the next cycle at the latest. What was
brought back returns before anything is forgotten, however long nobody was there to do either.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from collectors.matching import Matcher
from collectors.records import Brand
from storage import deletion, forget, rematch, set_aside
from storage.engine import Store
from storage.lock import try_lock
from storage.settings_store import get_setting, set_setting

Progress = Callable[[int, int | None], None]

CLOCK = "clock"  # the setting that remembers what the clock said
LEAP = timedelta(days=7)  # a machine that was off, or a clock that is wrong
PROVED = timedelta(days=1)  # for which a clock goes on after a leap, and then is believed
NOTED = timedelta(hours=1)


def follow_brand(
    store: Store, brand_id: int, *, now: datetime, told: Progress = lambda done, total: None
) -> tuple[int, int]:
    """Hold a changed brand against what is stored, to the end. Gives how many mentions came and how many went."""
    came = went = 0
    with at_it(store):
        for part in store.in_parts(lambda tx: rematch.rematch_part(tx, brand_id, _matcher, now=now)):
            came, went = came + len(part.came), went + len(part.went)
            told(part.done, part.total)
    return came, went


def settle(store: Store, *, now: datetime, told: Progress = lambda done, total: None, total: int | None = None) -> None:
    """Let what belongs to deleted and returned brands and sources follow them. `total`: how much that is, if known."""
    done = 0
    with at_it(store):
        for n in store.in_parts(lambda tx: deletion.settle_part(tx, now=now)):
            done += n
            told(done, None if total is None else max(done, total))


def keep_up(store: Store, *, now: datetime, until: float | None = None) -> None:
    """Take up what is left of all this, and go on until a moment of `time.monotonic`; the rest is for the next call.

    While a person's command is `at_it`, nothing is taken up: it counts what came and went.
    """
    with at_it(store) as ours:
        for _ in _pieces(store, now) if ours else ():
            if until is not None and time.monotonic() > until:
                return


def at_it(store: Store) -> AbstractContextManager[bool]:
    """Held by who does such work. Yields False when another holds it: parts may be done by both, none is done twice."""
    return try_lock(store.engine.url, "upkeep")


def _pieces(store: Store, now: datetime) -> Iterator[object]:
    with store.read() as tx:
        changed = rematch.unfinished(tx)
    yield from store.in_parts(lambda tx: deletion.settle_part(tx, now=now))
    for brand_id in changed:
        yield from store.in_parts(lambda tx, of=brand_id: rematch.rematch_part(tx, of, _matcher, now=now))  # type: ignore[misc]
    before = _believed(store, now) - set_aside.KEPT
    yield from store.in_parts(lambda tx: forget.forget_part(tx, before))


def _believed(store: Store, now: datetime) -> datetime:
    """By what time things are forgotten, which nobody can take back: `now`, unless the clock has just leapt ahead.

    Then, for a day, by when it was last seen before that. Blind spot: a clock that is wrong by less than `LEAP`, or for longer
    than a day.
    """
    with store.read() as tx:
        kept = {name: datetime.fromisoformat(at) for name, at in get_setting(tx, CLOCK, {}).items()}
    seen = kept.get("seen", now)
    noted = dict(kept)
    if now - seen > LEAP:
        noted |= {"before": seen, "leapt": now}
    elif now < seen or now - kept.get("leapt", now) > PROVED:  # put right, or right
        noted = {}
    if noted != kept or not kept or now - seen > NOTED:
        noted["seen"] = now
        with store.begin() as tx:
            plain = {name: at.isoformat() for name, at in noted.items()}
            set_setting(tx, CLOCK, plain, who="monitor", now=now)
    return noted.get("before", now)


def _matcher(brand: Brand) -> rematch.Match:
    return Matcher([brand]).match

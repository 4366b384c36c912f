"""Long work on the store, done in short transactions so that nobody waits for it: a brand's new words held against what is
stored, a brand or source that was deleted or brought back, what is forgotten after its time.

Promise: what a killed process left undone is found in the store and taken up, by the next cycle at the latest.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from collectors.matching import Matcher
from collectors.records import Brand
from storage import deletion, forget, rematch, set_aside
from storage.engine import Store
from storage.lock import try_lock

Progress = Callable[[int, int | None], None]


def follow_brand(
    store: Store, brand_id: int, *, now: datetime, told: Progress = lambda done, total: None
) -> tuple[int, int]:
    """Hold a changed brand against what is stored, to the end. Gives how many mentions came and how many went."""
    came = went = 0
    for part in store.in_parts(lambda tx: rematch.rematch_part(tx, brand_id, _matcher, now=now)):
        came, went = came + len(part.came), went + len(part.went)
        told(part.done, part.total)
    return came, went


def settle(store: Store, *, now: datetime, told: Progress = lambda done, total: None, total: int | None = None) -> None:
    """Let what belongs to deleted and returned brands and sources follow them. `total`: how much that is, if known."""
    done = 0
    for n in store.in_parts(lambda tx: deletion.settle_part(tx, now=now)):
        done += n
        told(done, None if total is None else max(done, total))


def forget_old(store: Store, *, now: datetime) -> None:
    """Forget what was deleted or set aside long enough ago."""
    for _ in store.in_parts(lambda tx: forget.forget_part(tx, now - set_aside.KEPT)):
        pass


def keep_up(store: Store, *, now: datetime, until: float) -> None:
    """Take up what is left of all this, and go on until a moment of `time.monotonic`; the rest is for the next call.

    What was brought back returns before anything is forgotten, however long nobody was there to do either. While a
    person's command is `at_it`, nothing is taken up: it counts what came and went.
    """
    with at_it(store) as ours:
        for _ in _pieces(store, now) if ours else ():
            if time.monotonic() > until:
                return


def at_it(store: Store) -> AbstractContextManager[bool]:
    """Held by who does such work. Yields False when another holds it: parts may be done by both, none is done twice."""
    return try_lock(store.engine.url.render_as_string(hide_password=False), "upkeep")


def _pieces(store: Store, now: datetime) -> Iterator[object]:
    with store.read() as tx:
        changed = rematch.unfinished(tx)
    yield from store.in_parts(lambda tx: deletion.settle_part(tx, now=now))
    for brand_id in changed:
        yield from store.in_parts(lambda tx, of=brand_id: rematch.rematch_part(tx, of, _matcher, now=now))  # type: ignore[misc]
    yield from store.in_parts(lambda tx: forget.forget_part(tx, now - set_aside.KEPT))


def _matcher(brand: Brand) -> rematch.Match:
    return Matcher([brand]).match

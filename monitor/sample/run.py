"""Building the sample workspace: the real loop walks through sixty days with its clock in hand.

Each step sets the clock, asks the invented feeds as they stood then, stores what they gave; then everything is read by the
real model, and the rules open the cases they would have opened, when they would have. An invented colleague closed the
old ones.
Sources stay paused while they are built, so that a running monitor leaves them alone, and speak on afterwards: `Living`
serves them for as long as the sample is there.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType

from analyzers.model_name import refuse_unusable
from errors import AlreadyRunning, InputError, StorageError
from monitor.cycle import Heartbeat
from monitor.rules import evaluate
from monitor.sample.site import SampleSite
from monitor.sample.world import BRANDS, DAYS, PLACES, World
from monitor.steps import Step, Stepped
from monitor.upkeep import keep_up
from settings import Settings
from storage import brands, cases, sources
from storage.engine import Store, Tx
from storage.lock import try_lock
from storage.sample import has_sample, remove_sample
from storage.settings_store import get_setting, set_setting

log = logging.getLogger("fengping.sample")

Say = Callable[[str], None]
NAME = "sample"  # the setting that remembers anchor, seed and port
WHO = "sample"
COLLEAGUE = "林秋"
EVERY = timedelta(minutes=15)
TENTH = DAYS // 10
_COARSE, _FINE, _FINE_DAYS = timedelta(hours=6), timedelta(hours=1), 3


def build(
    store: Store, settings: Settings, *, told: Stepped, say: Say, now: datetime | None = None, seed: int = 7
) -> None:
    """Make the sample workspace. Takes a minute or two; `told` how far it is, `say` what went wrong. Raises InputError
    when there is one already, AlreadyRunning when another process makes it, ModelError when it could not be read. One that
    a killed process left half made is removed first."""
    refuse_unusable(settings.model)
    with try_lock(settings.store_url, "sample") as ours:
        if not ours:
            raise AlreadyRunning("the sample workspace is being built already")
        with store.read() as tx:
            there, whole = has_sample(tx), is_built(tx)
        if whole:
            raise InputError("the sample workspace is there already; `fengping sample remove` takes it away")
        if there:
            remove(store)
        _build(store, settings, World(now or datetime.now(UTC), seed), told=told, say=say)


def is_built(tx: Tx) -> bool:
    """Whether the sample workspace is there, whole."""
    return has_sample(tx) and bool((get_setting(tx, NAME) or {}).get("built", True))


def remove(store: Store) -> None:
    """Remove the sample workspace and everything in it."""
    with store.begin() as tx:
        remove_sample(tx)
    keep_up(store, now=datetime.now(UTC))


def _build(store: Store, settings: Settings, world: World, *, told: Stepped, say: Say) -> None:
    clock = _Clock(world.start)
    with SampleSite(world, clock) as site:
        allowed = reachable(settings, site.port).model_copy(update={"host_gap": 0.0})
        ids, brand_ids = _set_up(store, world, site)
        with Heartbeat(store, allowed, clock=clock) as heart:
            told(Step("sample", 0, DAYS))
            for step, days in _steps(world, clock):
                clock.now = step
                with store.read() as tx:
                    mine = [one for one in sources.list_sources(tx, step, shares=False) if one.source.id in ids]
                heart.collect(mine)
                if days:
                    told(Step("sample", days, DAYS))
            told(Step("reading"))
            heart.read_all(told=_now_and_then(told), say=say)
        told(Step("judging"))
        _judge(store, settings, world, brand_ids)
    with store.begin() as tx:
        for source_id in ids:
            sources.update_source(tx, source_id, paused=False, now=world.anchor)
        set_setting(tx, NAME, get_setting(tx, NAME) | {"built": True}, who=WHO, now=world.anchor)


def reachable(settings: Settings, port: int) -> Settings:
    """Settings under which the sample's own address may be fetched."""
    hosts = (*settings.allow_hosts, f"127.0.0.1:{port}")
    return settings.model_copy(update={"allow_hosts": hosts})


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _set_up(store: Store, world: World, site: SampleSite) -> tuple[set[int], list[int]]:
    with store.begin() as tx:
        made = [
            brands.add_brand(tx, name, aliases=aliases, sample=True, now=world.start)
            for name, aliases in BRANDS.values()
        ]
        ids = [brand.id for brand in made]
        found = {
            sources.add_source(
                tx, site.url(place), kind="feed", channel=place.channel, brands=ids, every=EVERY, title=place.title,
                sample=True, now=world.start,
            ).id
            for place in PLACES
        }  # fmt: skip
        for source_id in found:
            sources.update_source(tx, source_id, paused=True, now=world.start)
        kept = {"anchor": world.anchor.isoformat(), "seed": world.seed, "port": site.port, "built": False}
        set_setting(tx, NAME, kept, who=WHO, now=world.anchor)
    return found, ids


def _steps(world: World, clock: _Clock) -> Iterator[tuple[datetime, int]]:
    """The times to collect at, each with the days that are done when they are a new tenth, else 0."""
    told, at = 0, world.start
    while at < world.anchor:
        at += _FINE if at >= world.anchor - timedelta(days=_FINE_DAYS) else _COARSE
        at = min(at, world.anchor)
        days = (at - world.start).days // TENTH * TENTH
        yield at, days if days > told else 0
        told = max(told, days)


def _now_and_then(told: Stepped) -> Callable[[int, int | None], None]:
    last = [time.monotonic()]

    def read(done: int, total: int | None) -> None:
        if time.monotonic() - last[0] > 2:
            last[0] = time.monotonic()
            told(Step("reading", done, total))

    return read


def _judge(store: Store, settings: Settings, world: World, brand_ids: list[int]) -> None:
    """Judge the sixty days; cases open as of the time they would have rung, and old ones have been dealt with."""
    evaluate(store, settings=settings, now=world.anchor, only=brand_ids, past=True)
    _colleagues(store, world)


def _colleagues(store: Store, world: World) -> None:
    """Cases that are over for days were closed by an invented colleague, who knew a campaign when one rang."""
    with store.begin() as tx:
        for case in cases.list_cases(tx, status=("open", "acknowledged")):
            if not case.sample or world.anchor - case.end_at <= timedelta(days=3):
                continue
            opened, campaign = case.opened_at, world.campaign(case.start_at)
            cases.acknowledge(tx, case.id, who=COLLEAGUE, now=opened + timedelta(minutes=25))
            if not campaign:
                said = {"said": "门店已恢复点单，受影响的订单全部退款。", "where": "官方微博"}
                cases.respond(tx, case.id, said, who=COLLEAGUE, now=opened + timedelta(hours=2))
            verdict = "campaign" if campaign else "real"
            cases.resolve(tx, case.id, verdict=verdict, who=COLLEAGUE, now=case.end_at + timedelta(hours=12))


class Living:
    """Serves the sample's feeds while the sample is there. `look` is called each cycle and says the port, or None."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._site: SampleSite | None = None

    def __enter__(self) -> "Living":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._site is not None:
            self._site.__exit__(kind, error, trace)
            self._site = None

    def look(self) -> int | None:
        try:
            with self._store.read() as tx:
                kept = get_setting(tx, NAME) if has_sample(tx) else None
        except StorageError as error:  # the cycle meets it next, says it and tries again; the sample stays as it was
            log.warning("whether the sample is there cannot be seen now: %s", error)
            return self._site.port if self._site is not None else None
        if kept is None:
            self.__exit__(None, None, None)
            return None
        if self._site is None:
            world = World(datetime.fromisoformat(kept["anchor"]), kept["seed"])
            try:
                self._site = SampleSite(world, self._clock, kept["port"]).__enter__()
            except OSError as error:
                log.warning("the sample's feeds cannot be served on port %s: %s", kept["port"], error)
                return None
        return self._site.port

"""What one collection has gathered so far, what it may still take, and what becomes of it when it ends.

A collection's end is a `Collected`: with the state for the next one when it went well, with the sentence and the advice
when it did not, and with what was heard until then in both cases.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from collectors import health
from collectors.finishing import SEEN
from collectors.records import Brand, Collected, Mention, Source, SourceState, Status
from collectors.seams import Kind, Limits
from collectors.urls import identity
from errors import Crowded, FengpingError, Gone, HTTPStatusError

VALIDATORS = "_validators"  # cursor keys of the driver
RESUME = "_resume"  # how deep a collection meant to page that was cut short for now, and how often it was


@dataclass
class Run:
    """What one collection has gathered so far."""

    source: Source
    state: SourceState
    kind: Kind
    now: datetime
    brands: Sequence[Brand]
    limits: Limits
    started: float
    waited: float = 0.0
    requests: int = 0
    pages: int = 0
    mentions: dict[str, tuple[Mention, str]] = field(default_factory=dict)  # id -> mention and its norm
    cursor: dict[str, Any] = field(default_factory=dict)
    validators: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    capped: int = 0
    missed: bool = False
    unchanged: int = 0
    title: str | None = None
    ttl: timedelta | None = None
    retry_at: datetime | None = None  # a page or detail that was refused asked for this rest
    moved_to: str | None = None

    @property
    def deadline(self) -> float:
        """When asking must be over; waiting for a host's gap is ours and not counted."""
        return self.started + self.waited + self.limits.fetch

    @property
    def parse_seconds(self) -> float:
        """How long the next document may take to parse, so that the source ends within its whole time."""
        return max(self.started + self.waited + self.limits.total - time.monotonic(), 0.5)

    @property
    def first_time(self) -> bool:
        return self.state.last_success_at is None and not self.state.cursor.get(SEEN)

    @property
    def resumed(self) -> tuple[int, int] | None:
        """The depth to page to and the times it was tried, when the last collection was cut short."""
        held = self.state.cursor.get(RESUME)
        if isinstance(held, list | tuple) and len(held) == 2 and all(isinstance(one, int) for one in held):
            return held[0], held[1]
        return None

    @property
    def depth(self) -> int:
        """Pages to read when nothing known comes."""
        if self.resumed:
            return self.resumed[0]
        wanted = self.source.options.get("depth")
        depth = int(wanted) if isinstance(wanted, int | str) and str(wanted).isdigit() else self.kind.first_depth
        return max(depth, 1) if self.first_time else max(self.limits.max_pages, depth, 1)


def succeeded(run: Run) -> Collected:
    state = run.state
    status = Status.NOT_MODIFIED if run.unchanged and not run.validators and not run.mentions else Status.OK
    if status is Status.NOT_MODIFIED:
        new_state = replace(state, failures=0, last_success_at=run.now)
    else:
        new_state = _new_state(run)
    mentions, norms = _oldest_first(run)
    return Collected(
        run.source.id,
        status,
        mentions=mentions,
        norms=norms,
        state=new_state,
        capped=run.capped or None,
        missed=run.missed,
        retry_at=run.retry_at,
        ttl=run.ttl,
        moved_to=run.moved_to if run.moved_to and identity(run.moved_to) != identity(run.source.url) else None,
        title=run.title,
        requests=run.requests,
        seconds=time.monotonic() - run.started,
    )


def _oldest_first(run: Run) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    pairs = sorted(run.mentions.values(), key=lambda pair: pair[0].published_at)
    return tuple(mention for mention, _ in pairs), tuple(norm for _, norm in pairs)


def _new_state(run: Run) -> SourceState:
    etag, last_modified = run.validators.get(run.source.url, (run.state.etag, run.state.last_modified))
    others = {short_of(url): list(pair) for url, pair in run.validators.items() if url != run.source.url and any(pair)}
    cursor = {name: value for name, value in run.cursor.items() if name not in (SEEN, VALIDATORS)}
    kept = run.state.cursor.get(VALIDATORS)
    if others or isinstance(kept, dict):
        merged = {**(kept if isinstance(kept, dict) else {}), **others}
        cursor[VALIDATORS] = dict(list(merged.items())[-50:])
    cursor[SEEN] = run.seen
    return SourceState(etag, last_modified, cursor, 0, run.now)


def failed(source: Source, state: SourceState, error: FengpingError, run: Run | None, seconds: float) -> Collected:
    told = error.retry_at if isinstance(error, HTTPStatusError) else None
    mentions, norms = _oldest_first(run) if run else ((), ())
    return Collected(
        source.id,
        Status.GONE if isinstance(error, Gone) else Status.FAILED,
        mentions=mentions,
        norms=norms,
        state=state if isinstance(error, Crowded) else replace(state, failures=state.failures + 1),
        error=health.sentence(error),
        error_kind=type(error).__name__,
        advice=health.advice(error),
        retry_at=told,
        requests=run.requests if run else 0,
        seconds=seconds,
    )


def fingerprint(brands: Sequence[Brand]) -> str:
    parts = sorted(repr((brand.id, brand.names, brand.excludes, brand.requires)) for brand in brands)
    return hashlib.blake2s("".join(parts).encode(), digest_size=8).hexdigest()


def short_of(url: str) -> str:
    """A name for a URL that gives nothing away: cursors are shown in diagnostics."""
    return hashlib.blake2s(url.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

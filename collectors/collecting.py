"""One collection of one source: ask, parse, page on until what is known, and say how it ended."""

from collections.abc import Callable, Sequence
from datetime import datetime

from collectors.fetcher import Fetching
from collectors.parsing import ParserPool
from collectors.records import Brand, Collected, Source, SourceState, Status


def collect(
    source: Source,
    state: SourceState,
    *,
    fetcher: Fetching,
    pool: ParserPool,
    now: datetime,
    known: Callable[[Sequence[str]], set[str]] | None = None,
    wait_host: Callable[[str], None] = lambda host: None,
    brands: Sequence[Brand] = (),
) -> Collected:
    """Collect once. Thread-safe; a source that fails is a value, only a bug raises.

    `known` answers which of these external ids the store holds for this source (paging stops there);
    `wait_host` is called before every request with `host:port` and returns when that host may be asked.
    """
    return Collected(source.id, Status.FAILED, state=state, error="not built yet")

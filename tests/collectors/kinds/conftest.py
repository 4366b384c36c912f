"""A real fetcher and a real parsing child, shared by the tests of this room."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import collectors.collecting as collecting
from collectors.fetcher import Fetcher
from collectors.kinds import default_channel
from collectors.parsing import ParserPool
from collectors.records import Brand, Collected, Source, SourceState
from collectors.seams import Limits
from tests.fakes.services import Service

Collect = Callable[..., Collected]


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(1, limits=Limits(parse=20)) as pool:
        yield pool


@pytest.fixture
def collect(pool: ParserPool) -> Collect:
    """Collect once from a running service; what `known` holds is what the store would."""

    def once(
        service: Service,
        path: str,
        kind: str,
        *,
        state: SourceState | None = None,
        known: set[str] | None = None,
        brands: tuple[Brand, ...] = (),
        **options: Any,
    ) -> Collected:
        source = Source(1, service.url(path), kind, default_channel(kind, path), options=options)
        with Fetcher(Limits(total=20), allow_hosts=[service.site.host]) as fetcher:
            return collecting.collect(
                source,
                state or SourceState(),
                fetcher=fetcher,
                pool=pool,
                now=datetime(2026, 11, 21, 12, tzinfo=UTC),
                known=lambda ids: set(ids) & (known or set()),
                brands=brands,
            )

    return once

"""What /metrics tells Prometheus of real cycles: fetches, errors by class, new mentions, lag, backlog, outbox."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor import metrics
from monitor.cycle import Heartbeat
from settings import Settings
from storage import sources
from storage.engine import Store
from tests.fakes.receiver import Receiver
from tests.fakes.site import FakeSite, entry, rss
from tests.monitor.conftest import NOW
from tests.monitor.test_loop import Clock
from tests.monitor.test_outbox import put

Count = Callable[..., float]


@pytest.fixture
def since() -> Count:
    """What a figure of the exposition has grown by since the test began; a gauge as it is."""
    began = dict(_samples())

    def grown(name: str, **labels: str) -> float:
        key = (f"fengping_{name}", frozenset(labels.items()))
        return dict(_samples())[key] - (0.0 if name in GAUGES else began.get(key, 0.0))

    return grown


GAUGES = ("unread_mentions", "outbox", "last_cycle_timestamp_seconds")


def _samples() -> Iterator[tuple[tuple[str, frozenset[tuple[str, str]]], float]]:
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            yield (sample.name, frozenset(sample.labels.items())), sample.value


def listen(store: Store, site: FakeSite, *paths: str) -> None:
    with store.begin() as tx:
        for path in paths:
            sources.add_source(tx, site.url(path), kind="feed", channel="news", now=NOW)


def said(number: int, at: datetime) -> str:
    return entry(f"Lark Tea {number}", "sour", guid=str(number), date=format_datetime(at))


@pytest.mark.usefixtures("brand")
def test_a_cycle_is_counted(store: Store, settings: Settings, since: Count) -> None:
    clock = Clock()
    clock.now = NOW
    old, new = said(1, NOW - timedelta(days=3)), said(2, NOW + timedelta(minutes=10))
    with FakeSite() as site:
        site.add("/feed", rss(old), etag='"1"').then(rss(old), etag='"1"').then(rss(old, new))
        site.add("/page", "<html><title>Hi</title></html>", content_type="text/html")
        listen(store, site, "/feed", "/page", "/missing")
        allowed = settings.model_copy(update={"allow_hosts": (site.host,)})
        with Heartbeat(store, allowed, clock=clock, read=False) as heart:
            heart.beat(read=False)
            assert since("fetches_total", status="ok") == 1
            assert since("fetches_total", status="failed") == 2
            assert since("errors_total", error="ParseError") == 1
            assert since("errors_total", error="HTTPStatusError") == 1
            assert since("new_mentions_total") == 1
            assert since("lag_seconds_count") == 0  # what is heard first is history
            assert since("collect_seconds_count") == 3
            assert since("unread_mentions") == 1
            assert since("last_cycle_timestamp_seconds") == NOW.timestamp()
            clock.now = NOW + timedelta(minutes=5)
            heart.collect([record for record in _all(store) if record.source.url.endswith("/feed")])
            assert since("fetches_total", status="not_modified") == 1
            clock.now = NOW + timedelta(minutes=40)
            heart.beat(read=False)
    assert since("fetches_total", status="ok") == 2
    assert since("new_mentions_total") == 2
    assert (since("lag_seconds_count"), since("lag_seconds_sum")) == (1, 30 * 60)
    assert (since("lag_seconds_bucket", le="900.0"), since("lag_seconds_bucket", le="1800.0")) == (0, 1)
    assert since("unread_mentions") == 2


def _all(store: Store) -> list[sources.SourceRecord]:
    with store.read() as tx:
        return sources.list_sources(tx, NOW)


def test_what_waits_and_what_was_sent(store: Store, settings: Settings, since: Count) -> None:
    clock = Clock()
    clock.now = NOW
    with Receiver() as receiver, Heartbeat(store, settings, clock=clock, read=False) as heart:
        heart.beat(read=False)
        assert since("outbox", state="waiting") == 0
        put(store, receiver.url, levels=("red", "orange"))
        put(store, "http://127.0.0.1:1/")
        metrics.look(store, now=NOW)
        assert (since("outbox", state="waiting"), since("outbox", state="sent")) == (3, 0)
        heart.beat(read=False)
    assert (since("outbox", state="waiting"), since("outbox", state="sent")) == (1, 2)

"""Cycles against a real server, a real store and a clock in hand."""

import threading
from datetime import timedelta

import pytest

from collectors.records import Status
from monitor import loop
from monitor.hosts import Stopped
from monitor.loop import Collector, due_now, one_source, utc_now
from monitor.trying import why_not
from monitor.upkeep import follow_brand
from storage import brands, mentions, sources
from storage.outcomes import Stored
from storage.records import MentionFilter
from tests.e2e.command import rss
from tests.fakes.site import FakeSite, answer
from tests.monitor.conftest import NOW


class Clock:
    """Begins at the real time, because a server's Retry-After in seconds counts from there; then goes as it is told."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def site():
    with FakeSite() as running:
        yield running


@pytest.fixture
def collector(store, settings, site, clock):
    allowed = settings.model_copy(update={"allow_hosts": (site.url("/").split("/")[2],), "parse_processes": 1})
    with Collector(store, allowed, clock=clock, chance=lambda: 0.0) as running:
        yield running


def add(store, url, *, brands=(), keep_all=False, every=timedelta(minutes=15), kind="feed"):
    with store.begin() as tx:
        return sources.add_source(
            tx, url, kind=kind, channel="news", brands=brands, keep_all=keep_all, every=every, now=NOW
        )


def cycle(collector, clock):
    told = []
    report = collector.collect(due_now(collector.store, now=clock.now), report=told.append)
    return report, {one.record.source.id: one for one in told}


def record(store, source_id, clock):
    with store.read() as tx:
        return sources.get_source(tx, source_id, now=clock.now)


def stored_texts(store):
    with store.read() as tx:
        return sorted(row.title for row in mentions.iter_rows(tx, MentionFilter()))


def test_new_then_changed_then_not_modified(collector, store, site, clock, brand):
    site.add("/f", rss([("1", "云雀奶茶 好")])).then(
        rss([("1", "云雀奶茶 坏"), ("2", "云雀奶茶 新")]), headers={"ETag": '"2"'}
    )
    site.then(b"", status=304)
    source = add(store, site.url("/f"))
    _, told = cycle(collector, clock)
    assert told[source.id].stored.new == 1
    clock.now += timedelta(minutes=16)
    _, told = cycle(collector, clock)
    assert (told[source.id].stored.new, told[source.id].stored.changed) == (1, 1)
    clock.now += timedelta(minutes=16)
    _, told = cycle(collector, clock)
    assert told[source.id].collected.status is Status.NOT_MODIFIED
    assert told[source.id].in_words.endswith("not modified")
    assert site.asked("/f")[2].headers["if-none-match"] == '"2"'
    assert record(store, source.id, clock).last_success_at == clock.now
    assert stored_texts(store) == ["云雀奶茶 坏", "云雀奶茶 新"]


def test_what_is_not_due_is_not_asked(collector, store, site, clock):
    site.add("/f", rss([("1", "x")]))
    add(store, site.url("/f"))
    cycle(collector, clock)
    clock.now += timedelta(minutes=14)
    assert cycle(collector, clock)[0].sources == 0
    assert site.paths == ["/f"]


def test_failures_back_off_and_heal(collector, store, site, clock, brand):
    site.add("/f", b"", status=503).then(b"", status=503).then(rss([("1", "云雀奶茶")]))
    source = add(store, site.url("/f"))
    waits = []
    for _ in range(3):
        cycle(collector, clock)
        found = record(store, source.id, clock)
        waits.append(found.next_check_at - clock.now)
        clock.now = found.next_check_at
    assert waits == [timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=15)]
    assert found.status is Status.OK


def test_why_a_source_is_left_alone(collector, store, site, clock):
    site.add("/slow", b"", status=429, headers={"Retry-After": "7200"})
    site.add("/gone", b"", status=410)
    slow, gone = add(store, site.url("/slow")), add(store, site.url("/gone"))
    pushed = add(store, "inbox:crm", kind="inbox")
    report, _ = cycle(collector, clock)
    assert (report.sources, report.failed) == (2, 2)
    assert "Retry-After" in why_not(record(store, slow.id, clock), now=clock.now)
    assert "gone" in why_not(record(store, gone.id, clock), now=clock.now)
    assert "brought" in why_not(record(store, pushed.id, clock), now=clock.now)
    clock.now += timedelta(hours=2, minutes=1)
    assert why_not(one_source(store, slow.id, now=clock.now), now=clock.now) is None
    assert [one.source.id for one in due_now(store, now=clock.now)] == [slow.id]


def test_a_retry_after_of_a_century_ends_within_a_month(collector, store, site, clock):
    site.add("/f", b"", status=503, headers={"Retry-After": "3153600000"})
    source = add(store, site.url("/f"))
    cycle(collector, clock)
    found = record(store, source.id, clock)
    assert found.next_check_at <= clock.now + timedelta(days=31)
    assert found.not_before <= clock.now + timedelta(days=31)


def test_a_source_for_one_brand_is_matched_for_that_brand(collector, store, site, clock, brand):
    with store.begin() as tx:
        other = brands.add_brand(tx, "Hallon", now=NOW)
    site.add("/f", rss([("1", "云雀奶茶 and Hallon"), ("2", "nobody")]))
    add(store, site.url("/f"), brands=[other.id])
    add(store, site.url("/f"), brands=[brand.id], keep_all=True)
    cycle(collector, clock)
    with store.read() as tx:
        found = sorted((row.source_id, row.brand, row.title) for row in mentions.iter_rows(tx, MentionFilter()))
    assert found == [
        (1, "Hallon", "云雀奶茶 and Hallon"),
        (2, "云雀奶茶", "nobody"),
        (2, "云雀奶茶", "云雀奶茶 and Hallon"),
    ]
    assert site.paths == ["/f"]


def test_a_brand_changed_while_its_source_is_asked_goes_by_its_new_words(collector, store, site, clock, brand):
    """Held against what is stored before the source has answered: what it then says is not seen by that."""
    text = rss([("1", "云雀奶茶 is cold"), ("2", "Zeta is warm")])
    honest = answer(text, content_type="application/xml")

    def change(exchange):
        with store.begin() as tx:
            brands.update_brand(tx, brand.id, name="Zeta", aliases=[])
        follow_brand(store, brand.id, now=NOW)
        honest(exchange)

    site.on("/f", change)
    add(store, site.url("/f"))
    cycle(collector, clock)
    assert stored_texts(store) == ["Zeta is warm"]


def test_a_brand_added_while_a_source_is_asked_is_heard_of(collector, store, site, clock, brand):
    honest = answer(rss([("1", "Hallon is new")]), content_type="application/xml", etag='"same"')

    def add_one(exchange):
        with store.begin() as tx:
            if brands.get_brand_by_name(tx, "Hallon") is None:
                brands.add_brand(tx, "Hallon", now=NOW)
        honest(exchange)

    site.on("/f", add_one)
    add(store, site.url("/f"))
    cycle(collector, clock)
    assert stored_texts(store) == ["Hallon is new"]


def test_a_fault_of_ours_is_one_sources_failure(collector, store, site, clock, brand, monkeypatch):
    """Storing one source raises what it never should; the other is stored all the same."""
    site.add("/good", rss([("1", "云雀奶茶")]))
    site.add("/bad", rss([("2", "云雀奶茶")]))
    good, bad = add(store, site.url("/good")), add(store, site.url("/bad"))
    honest = mentions.store_many

    def faulty(tx, arrivals, **named) -> list[Stored]:
        if any(collected.source_id == bad.id and collected.mentions for collected, _, _ in arrivals):
            raise ZeroDivisionError("a bug")
        return honest(tx, arrivals, **named)

    monkeypatch.setattr(mentions, "store_many", faulty)
    report, told = cycle(collector, clock)
    assert report.failed == 1
    assert told[good.id].stored.new == 1
    assert "fault of ours" in told[bad.id].collected.error
    assert record(store, bad.id, clock).status is Status.FAILED


def test_told_to_stop_while_a_source_waits_for_its_next_page(collector, store, site, clock, brand, monkeypatch):
    """What was heard is stored; who waited asks no more, has not failed, and is asked by the next process."""
    site.add("/heard", rss([("1", "云雀奶茶 1")]))
    site.add("/waits", rss([("2", "云雀奶茶 2")]))
    heard, waits = add(store, site.url("/heard")), add(store, site.url("/waits"))
    stored, collect = threading.Event(), loop.collect

    def waiting(source, *args, **named):
        if source.id == heard.id:
            return collect(source, *args, **named)
        assert stored.wait(30)
        raise Stopped

    monkeypatch.setattr(loop, "collect", waiting)
    collector.collect(due_now(store, now=clock.now), report=lambda outcome: stored.set())
    assert stored_texts(store) == ["云雀奶茶 1"]
    assert record(store, heard.id, clock).status is Status.OK
    assert record(store, waits.id, clock).status is Status.NEW


def test_stopping_keeps_what_was_heard(collector, store, site, clock, brand):
    for number in range(5):
        site.add(f"/{number}", rss([(str(number), f"云雀奶茶 {number}")]))
        add(store, site.url(f"/{number}"))
    told = []

    def stop(outcome):
        told.append(outcome)
        collector.stop.set()

    collector.collect(due_now(store, now=clock.now), report=stop)
    assert len(stored_texts(store)) == len(told)
    assert len(due_now(store, now=clock.now)) == 5 - len(told)

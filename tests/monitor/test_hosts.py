"""Who is asked next."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.records import Source, SourceState, Status
from monitor.hosts import HostGate, Stopped, Waiting
from storage.records import SourceRecord

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class Clock:
    """Seconds that pass when somebody sleeps."""

    at: float = 100.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def record(number: int) -> SourceRecord:
    return SourceRecord(Source(number, f"http://h/{number}", "feed", "news"), SourceState(), Status.NEW, NOW, NOW)


def gate(clock: Clock, gap: float) -> HostGate:
    return HostGate(gap, clock=clock.now, sleep=clock.sleep)


def test_requests_to_one_host_are_a_gap_apart():
    clock = Clock()
    one = gate(clock, 1.0)
    starts = []
    for _ in range(4):
        one.wait("a:80")
        starts.append(clock.now())
    assert [later - earlier for earlier, later in pairwise(starts)] == [1.0, 1.0, 1.0]


def test_another_host_does_not_wait():
    clock = Clock()
    one = gate(clock, 5.0)
    one.wait("a:80")
    one.wait("b:80")
    assert clock.slept == []


def test_a_gap_of_nothing_never_waits():
    clock = Clock()
    one = gate(clock, 0.0)
    for _ in range(100):
        one.wait("a:80")
    assert clock.slept == []


def test_the_idle_host_goes_first():
    waiting = Waiting(gate(Clock(), 0.0))
    for number in range(3):
        waiting.add("slow:80", record(number))
    waiting.add("quick:80", record(9))
    assert [waiting.take()[0] for _ in range(2)] == ["slow:80", "quick:80"]


def test_with_a_gap_one_collection_of_a_host_runs_at_a_time():
    waiting = Waiting(gate(Clock(), 1.0))
    waiting.add("a:80", record(1))
    waiting.add("a:80", record(2))
    assert waiting.take() is not None
    assert waiting.take() is None
    waiting.done("a:80")
    assert waiting.take() is not None


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=40), st.sampled_from([0.0, 1.0]))
def test_every_source_is_handed_out_once(hosts, gap):
    clock = Clock()
    one = gate(clock, gap)
    waiting = Waiting(one)
    for number, host in enumerate(hosts):
        waiting.add(host, record(number))
    seen = []
    while waiting:
        taken = waiting.take()
        if taken is None:
            clock.sleep(waiting.pause())
            continue
        host, found = taken
        one.wait(host)
        seen.append(found.source.id)
        waiting.done(host)
    assert sorted(seen) == list(range(len(hosts)))


def test_a_service_that_wants_more_rest_gets_it_also_without_a_gap():
    clock = Clock()
    one = HostGate(0.0, slower={"slow:443": 6.0}, clock=clock.now, sleep=clock.sleep)
    for host in ("slow:443", "a:80", "slow:443", "a:80", "slow:443"):
        one.wait(host)
    assert clock.slept == [6.0, 6.0]
    waiting = Waiting(one)
    waiting.add("slow:443", record(1))
    assert waiting.take() is None
    assert waiting.pause() == 6.0


def test_who_is_told_to_stop_waits_no_more_and_asks_nobody():
    stop = threading.Event()
    one = HostGate(30.0, sleep=stop.wait)
    one.wait("a:80")
    stop.set()
    with pytest.raises(Stopped):
        one.wait("a:80")
    one.wait("b:80")  # whom nobody hurried


def test_of_thousands_of_hosts_few_are_looked_at():
    looked = []

    class Counting(HostGate):
        def free_in(self, host):
            looked.append(host)
            return super().free_in(host)

    waiting = Waiting(Counting(1.0))
    for number in range(1_000):
        waiting.add(f"h{number}:443", record(number))
    while waiting:
        host, _ = waiting.take()
        waiting.pause()
        waiting.done(host)
    assert len(looked) <= 2_000

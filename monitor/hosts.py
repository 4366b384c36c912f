"""Who is asked next, so that no host is hurried and none is forgotten.

`HostGate` spaces the requests to one host. `Waiting` holds the sources of one cycle by host and hands out the one
whose host has the fewest collections running and is free the soonest: one slow or hostile host delays its own
sources, and the threads go to the others. A gap delays a source, it never drops one.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from storage.records import SourceRecord


class Stopped(Exception):
    """Nobody waits any more: the process is to end."""


class HostGate:
    """At least `gap` seconds between the starts of two requests to one host, more for the `slower`. Thread-safe.

    `sleep` may end early and say so by what it gives, as `Event.wait` does: then `wait` raises Stopped.
    """

    def __init__(
        self,
        gap: float,
        *,
        slower: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._gap = gap
        self._slower = dict(slower or {})
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free: dict[str, float] = {}

    def gap(self, host: str) -> float:
        return max(self._gap, self._slower.get(host, 0.0))

    def wait(self, host: str) -> None:
        """Take the next free moment of this host and wait for it."""
        gap = self.gap(host)
        if not gap:
            return
        with self._lock:
            now = self._clock()
            start = max(now, self._free.get(host, now))
            self._free[host] = start + gap
        if start > now and self._sleep(start - now):
            raise Stopped

    def free_in(self, host: str) -> float:
        """Seconds until this host may be asked."""
        with self._lock:
            return max(0.0, self._free.get(host, 0.0) - self._clock()) if self.gap(host) else 0.0


@dataclass
class Waiting:
    """The sources of one cycle that are still to be asked, by host. Not thread-safe: one thread hands out."""

    gate: HostGate
    hosts: dict[str, deque[SourceRecord]] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)

    def add(self, host: str, record: SourceRecord) -> None:
        self.hosts.setdefault(host, deque()).append(record)

    def __bool__(self) -> bool:
        return bool(self.hosts)

    def take(self) -> tuple[str, SourceRecord] | None:
        """The next source that may start now; None while every waiting host is inside its gap, or none waits."""
        host = self._idlest()
        if host is None:
            return None
        queue = self.hosts[host]
        record = queue.popleft()
        if not queue:
            del self.hosts[host]
        self.running[host] = self.running.get(host, 0) + 1
        return host, record

    def _idlest(self) -> str | None:
        """Of the hosts that may be asked now the one with the fewest collections running. The first with none is as good as
        any: of thousands of hosts few are looked at."""
        found, fewest = None, 0
        for host in self.hosts:
            running = self.running.get(host, 0)
            if (found is None or running < fewest) and not self._pacing(host) and not self.gate.free_in(host):
                found, fewest = host, running
                if not running:
                    break
        return found

    def done(self, host: str) -> None:
        self.running[host] -= 1
        if not self.running[host]:
            del self.running[host]

    def pause(self) -> float:
        """Seconds until some waiting host is free."""
        soonest = 0.0
        for host in self.hosts:
            if not self._pacing(host):
                away = self.gate.free_in(host)
                if not away:
                    return 0.0
                soonest = min(soonest or away, away)
        return soonest

    def _pacing(self, host: str) -> bool:
        """With a gap, one collection of a host at a time: its own pages take the host's moments."""
        return bool(self.gate.gap(host)) and self.running.get(host, 0) > 0

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


class HostGate:
    """At least `gap` seconds between the starts of two requests to one host, more for the `slower`. Thread-safe."""

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
        if start > now:
            self._sleep(start - now)

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

    def __len__(self) -> int:
        return sum(len(queue) for queue in self.hosts.values())

    def take(self) -> tuple[str, SourceRecord] | None:
        """The next source that may start now; None while every waiting host is inside its gap, or none waits."""
        ready = [host for host in self.hosts if self.gate.free_in(host) == 0.0 and not self._pacing(host)]
        if not ready:
            return None
        host = min(ready, key=lambda name: self.running.get(name, 0))
        queue = self.hosts[host]
        record = queue.popleft()
        if not queue:
            del self.hosts[host]
        self.running[host] = self.running.get(host, 0) + 1
        return host, record

    def done(self, host: str) -> None:
        self.running[host] -= 1
        if not self.running[host]:
            del self.running[host]

    def pause(self) -> float:
        """Seconds until some waiting host is free."""
        waits = [self.gate.free_in(host) for host in self.hosts if not self._pacing(host)]
        return min(waits, default=0.0)

    def _pacing(self, host: str) -> bool:
        """With a gap, one collection of a host at a time: its own pages take the host's moments."""
        return bool(self.gate.gap(host)) and self.running.get(host, 0) > 0

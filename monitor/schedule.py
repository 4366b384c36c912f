"""When a source is asked again. Pure: the clock and the die are handed in.

    it answered, or 304     every, or the server's own freshness (TTL, Cache-Control) when longer, up to a day
    we were too busy        2 minutes (or `every`, when shorter): no parser was free, which is no failure of the source
    it failed               15 minutes (or `every`, when shorter), doubled with each failure in a row, up to a day
    it said Retry-After     not before that moment, up to 30 days
    it said 410             never again

Jitter only ever adds (a tenth at most), so that sources added together drift apart and nobody is asked early.
The caps keep "quiet" from meaning "we went blind" when a server sends a freshness of a year.
"""

from datetime import datetime, timedelta

from collectors.records import Collected, Status
from errors import Crowded

SOON = timedelta(minutes=2)
FIRST_RETRY = timedelta(minutes=15)
LONGEST_BACKOFF = timedelta(days=1)
LONGEST_TTL = timedelta(days=1)
LONGEST_RETRY_AFTER = timedelta(days=30)
JITTER = 0.1
NEVER = timedelta(days=365 * 100)  # a moment, because the column holds one; a gone source is not asked for anyway


def next_check_at(collected: Collected, every: timedelta, *, failures: int, now: datetime, chance: float) -> datetime:
    """The moment to ask this source again. `failures` counts this collection; `chance` is in [0, 1)."""
    if collected.status is Status.GONE:
        return now + NEVER
    if collected.error_kind == Crowded.__name__:
        wait = min(every, SOON)
    elif collected.status is Status.FAILED:
        wait = backoff(every, failures=failures)
    else:
        wait = max(every, min(collected.ttl or timedelta(0), LONGEST_TTL))
    at = now + wait * (1 + JITTER * chance)
    return max(at, not_before(collected, now=now) or at)


def backoff(every: timedelta, *, failures: int) -> timedelta:
    """The wait after so many failures in a row, without jitter."""
    first = min(every, FIRST_RETRY)
    doubled = first * 2 ** min(max(failures - 1, 0), 20)
    return min(doubled, max(LONGEST_BACKOFF, every))


def not_before(collected: Collected, *, now: datetime) -> datetime | None:
    """The moment the server asked to wait for, when it is still to come; a server cannot silence us for good."""
    if collected.retry_at is None or collected.retry_at <= now:
        return None
    return min(collected.retry_at, now + LONGEST_RETRY_AFTER)

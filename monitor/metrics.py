"""What the monitor counts for Prometheus, served at /metrics. Names begin with `fengping_`; labels never hold an address."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from collectors.records import Mention
from monitor.loop import Outcome
from storage.counts import figures
from storage.engine import Store
from storage.records import MentionFilter

REGISTRY = CollectorRegistry()
FETCHES = Counter("fengping_fetches", "Collections of a source, by how they ended.", ["status"], registry=REGISTRY)
ERRORS = Counter("fengping_errors", "Collections that failed, by class of error.", ["error"], registry=REGISTRY)
NEW = Counter("fengping_new_mentions", "Mentions stored for the first time.", registry=REGISTRY)
CHANGED = Counter("fengping_changed_mentions", "Mentions stored again with another text.", registry=REGISTRY)
READ = Counter("fengping_read_mentions", "Mentions read.", registry=REGISTRY)
PUSHED = Counter("fengping_pushed_mentions", "Mentions taken in by POST /mentions.", ["result"], registry=REGISTRY)
LAG = Histogram(
    "fengping_lag_seconds",
    "From published to stored, of mentions that say when they were published.",
    buckets=(60, 300, 900, 1800, 3600, 7200, 21600, 86400, 604800),
    registry=REGISTRY,
)
SECONDS = Histogram("fengping_collect_seconds", "Seconds one collection took.", registry=REGISTRY)
BACKLOG = Gauge("fengping_unread_mentions", "Mentions stored and not read yet.", registry=REGISTRY)
OUTBOX = Gauge("fengping_outbox", "Notifications by state.", ["state"], registry=REGISTRY)
LAST_CYCLE = Gauge("fengping_last_cycle_timestamp_seconds", "When the last cycle ended.", registry=REGISTRY)


def count(outcome: Outcome, *, now: datetime) -> None:
    """Count one collected source."""
    FETCHES.labels(outcome.collected.status.value).inc()
    SECONDS.observe(outcome.collected.seconds)
    if outcome.collected.error:
        ERRORS.labels(outcome.collected.error_kind or "unknown").inc()
    NEW.inc(outcome.stored.new)
    CHANGED.inc(outcome.stored.changed)
    if outcome.record.last_success_at is not None:  # a first collection is history, not lag
        observe_lag((found.mention for found in outcome.matched), since=outcome.record.last_success_at, now=now)


def observe_lag(mentions: Iterable[Mention], *, since: datetime, now: datetime) -> None:
    """Lag of what was published after `since`, the last time its source was heard: that is what is new."""
    for mention in mentions:
        if mention.published_at_source == "author" and mention.published_at > since:
            LAG.observe(max(0.0, (now - mention.published_at).total_seconds()))


def look(store: Store, *, now: datetime) -> None:
    """Refresh what is a state of the store and not an event."""
    from storage import outbox

    with store.read() as tx:
        BACKLOG.set(figures(tx, MentionFilter()).unread)
        for state, number in outbox.counts(tx).items():
            OUTBOX.labels(state).set(number)
    LAST_CYCLE.set(now.timestamp())


def exposition() -> bytes:
    """The text format that Prometheus reads."""
    return generate_latest(REGISTRY)

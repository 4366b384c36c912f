"""What `fengping doctor` looks at, and what to do about what it finds.

Each look is a function that gives findings: ok, warn (works, but look) or fail (something is not heard, read or told).
Promise: nothing is changed, and a look that cannot be made is a finding, not the end. Blind spot: it sees the store
and this machine, not the services behind the sources; `fengping source test` asks one.
"""

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from collectors.records import Status
from errors import FengpingError
from monitor.bringing import is_brought
from monitor.logs import where
from monitor.plain import iso, line, mask_secrets, mask_url
from settings import Settings, web_address
from storage import outbox, readings, sources
from storage.counts import figures
from storage.engine import Store, revision
from storage.records import MentionFilter, SourceRecord
from storage.rollups import recount

OK, WARN, FAIL = "ok", "warn", "fail"
PACKAGES = (
    "fengping",
    "sqlalchemy",
    "streamlit",
    "httpx",
    "feedparser",
    "jieba",
    "torch",
    "onnxruntime",
    "transformers",
)
LITTLE_DISK, NO_DISK = 2_000_000_000, 200_000_000
MOST = 5  # reasons told
OVERDUE = 4  # times its interval after which a source that answers nothing is worth a look


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    check: str
    status: str
    message: str
    advice: str | None = None


def versions(settings: Settings) -> Iterator[Finding]:
    have = []
    for name in PACKAGES:
        try:
            have.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    yield Finding("versions", OK, f"Python {platform.python_version()}, {', '.join(have)}")


def disk(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.home).free
    words = f"{free / 1e9:.1f} GB free at {settings.home}"
    if free < NO_DISK:
        yield Finding("disk", FAIL, words, "Free some room; collecting stops when none is left.")
    elif free < LITTLE_DISK:
        yield Finding("disk", WARN, words, "Free some room soon.")
    else:
        yield Finding("disk", OK, words)


def model(settings: Settings) -> Iterator[Finding]:
    """Loads the model and reads one sentence."""
    from analyzers.sentiment import load_sentiment

    sentiment = load_sentiment(settings.model, unsure_below=settings.unsure_below)
    reading = sentiment.read(["质量很差，再也不买了"], [()])[0]
    yield Finding("model", OK, f"{sentiment.model_id} reads; a complaint is {reading.label} ({reading.confidence:.2f})")


def inbox(settings: Settings) -> Iterator[Finding]:
    if not settings.inbox_port:
        yield Finding("inbox", OK, "off (FENGPING_INBOX_PORT is 0)")
    elif not settings.inbox_token:
        yield Finding("inbox", OK, "refuses every push", "Set FENGPING_INBOX_TOKEN to let other systems push mentions.")
    else:
        yield Finding("inbox", OK, f"POST {web_address(settings.inbox_host, settings.inbox_port)}/mentions")


def store_state(store: Store) -> Iterator[Finding]:
    with store.read() as tx:
        yield Finding("store", OK, f"{store.where}, {store.dialect}, revision {revision(tx)}")


def backlog(store: Store) -> Iterator[Finding]:
    with store.read() as tx:
        read = figures(tx, MentionFilter())
        reasons = readings.failed(tx) if read.failed else {}
    if reasons:
        why = ", ".join(f"{line(reason) or 'no reason kept'} ({n})" for reason, n in list(reasons.items())[:MOST])
        advice = "Run `fengping collect --once --read-again`, or press Read again in Settings, Health."
        yield Finding("reading", FAIL, f"{read.failed} mentions could not be read: {why}", advice)
    if read.unread:
        said = f"{read.unread} mentions are not read yet"
        yield Finding("reading", WARN, said, "Run `fengping collect --once` or `up`.")
    if not reasons and not read.unread:
        yield Finding("reading", OK, "everything stored is read")


def told(store: Store) -> Iterator[Finding]:
    with store.read() as tx:
        counts = outbox.counts(tx)
    dead = counts.get("dead", 0)
    words = f"{counts.get('waiting', 0)} notifications wait, {dead} could not be delivered"
    yield Finding("outbox", FAIL if dead else OK, words, "Look at Settings: the target's address." if dead else None)


def counts(store: Store) -> Iterator[Finding]:
    """Counts every reading again: as long as the store is large."""
    with store.read() as tx:
        differences = list(recount(tx))
    if differences:
        yield Finding("counts", FAIL, f"{len(differences)} counters differ from a recount", "Please report it.")
    else:
        yield Finding("counts", OK, "every counter equals a recount")


def heard(store: Store, *, now: datetime) -> Iterator[Finding]:
    with store.read() as tx:
        records = [one for one in sources.list_sources(tx, now=now) if not is_brought(one.source)]
    if not records:
        yield Finding("sources", WARN, "no source yet", "Add one: fengping source add URL")
        return
    findings = [finding for record in records if (finding := source_finding(record, now=now))]
    yield from findings
    good = len(records) - len(findings)
    if good:
        yield Finding("sources", OK, f"{good} of {len(records)} sources are well")


def source_finding(record: SourceRecord, *, now: datetime) -> Finding | None:
    """What is wrong with a source; None when nothing is."""
    name = f"source {record.source.id} ({mask_url(record.source.url)})"
    advice = record.last_advice
    if record.status is Status.FAILED:
        words = f"{name} failed: {mask_secrets(record.last_error or '')}; next try {iso(record.next_check_at)}"
        return Finding("sources", FAIL, words, advice or f"Run `fengping source test {mask_url(record.source.url)}`.")
    if record.status is Status.GONE:
        return Finding(
            "sources", FAIL, f"{name} is gone: {mask_secrets(record.last_error or '')}", advice or "Remove it."
        )
    if record.status is Status.PAUSED:
        return Finding("sources", WARN, f"{name} is paused", f"Run `fengping source resume {record.source.id}`.")
    if record.status is Status.NEW:
        return Finding("sources", WARN, f"{name} was never tried", "Run `fengping collect --once` or `up`.")
    late = now - record.next_check_at
    if late > max(OVERDUE * record.source.every, timedelta(minutes=10)):
        words = f"{name} was due at {iso(record.next_check_at)} and was not asked"
        return Finding("sources", WARN, words, "Is the monitor running? Start `fengping up`.")
    return None


def looks(
    settings: Settings, store: Store | None, *, now: datetime, deep: bool
) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Every look by name, in the order they are told."""
    yield "versions", lambda: versions(settings)
    yield "disk", lambda: disk(settings)
    yield "model", lambda: model(settings)
    yield "inbox", lambda: inbox(settings)
    if store is None:
        return
    yield "store", lambda: store_state(store)
    yield "sources", lambda: heard(store, now=now)
    yield "reading", lambda: backlog(store)
    yield "outbox", lambda: told(store)
    if deep:
        yield "counts", lambda: counts(store)


def look_at(check: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of one look; one that cannot be made is itself a finding."""
    try:
        yield from look()
    except FengpingError as error:
        yield stopped(check, error)
    except Exception as error:  # noqa: BLE001 - doctor must say what is broken, not break
        yield Finding(
            check, FAIL, where(error), "Reinstall with `make install`; please report it if that does not help."
        )


def stopped(check: str, error: FengpingError) -> Finding:
    """What cannot be looked at. Our errors say what is wrong and, after a semicolon, what to do."""
    what, semicolon, todo = str(error).rpartition("; ")
    if not semicolon:
        return Finding(check, FAIL, str(error))
    return Finding(check, FAIL, what, f"{todo[:1].upper()}{todo[1:].rstrip('.')}.")

"""What the store says, read and cached. What people decide is written by `dashboard.decisions`; nothing else of the room
touches storage.

Reads are cached for seconds, keyed by their filter, and forgotten at once when this process writes. What the monitor
writes shows when its seconds have passed. Every function hands out frozen records; a failing store raises StorageError,
which `components.states.told` turns into words.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

import storage
from analyzers.rules import RuleBody, Scope, rule_from_plain
from analyzers.spikes import LOOK_BACK
from analyzers.text import TextReader
from analyzers.text.themes import default_themes, themes_to_plain
from errors import InputError
from settings import get_settings
from storage import brands as brand_store
from storage import cases as case_store
from storage import counts as count_store
from storage import coverage as coverage_store
from storage import deletion, settings_store
from storage import export as export_store
from storage import judge as judge_store
from storage import mentions as mention_store
from storage import outbox as outbox_store
from storage import readings as reading_store
from storage import rules as rule_store
from storage import sample as sample_store
from storage import sources as source_store
from storage import speakers as speaker_store
from storage import watched as watched_store
from storage.deletion import Deleted
from storage.engine import Store
from storage.records import (
    Brand,
    Bucket,
    CaseRecord,
    Cursor,
    FetchRecord,
    Figures,
    Gap,
    HourlyCounts,
    LogEntry,
    MentionFilter,
    MentionPage,
    MentionRow,
    OutboxItem,
    RuleRecord,
    RuleVersion,
    SourceRecord,
    Target,
    VersionRecord,
)
from storage.speakers import Spoken
from storage.watched import Watched

FRESH = timedelta(seconds=8)
_read = partial(st.cache_data, show_spinner=False, max_entries=400)


@st.cache_resource(show_spinner=False)
def _store(url: str) -> Store:
    return storage.open_store(url, tokenise=lambda query: _reader().search_tokens(query), busy_seconds=10.0)


@st.cache_resource(show_spinner=False)
def _reader() -> TextReader:
    return TextReader()


def store() -> Store:
    return _store(get_settings().store_url)


def ready() -> None:
    """Open the store, or say by StorageError why not."""
    store()


def forget() -> None:
    """What was read may be old: read it anew."""
    st.cache_data.clear()


def _ask(act: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """One question, in one snapshot of the store. What is handed out is whole: no row outlives its transaction."""
    with store().read() as tx:
        return act(tx, *args, **options)


def _now() -> datetime:
    return datetime.now(UTC)


# ---- brands and sources


@_read(ttl=FRESH)
def brands() -> tuple[Brand, ...]:
    return tuple(_ask(brand_store.list_brands))


@_read(ttl=FRESH)
def has_sample() -> bool:
    return _ask(sample_store.has_sample)


@_read(ttl=FRESH)
def brand_counts() -> dict[int, int]:
    return _ask(brand_store.brand_counts)


@_read(ttl=FRESH)
def sources() -> tuple[SourceRecord, ...]:
    return tuple(_ask(source_store.list_sources, _now()))


@_read(ttl=FRESH)
def deleted(what: str) -> tuple[Deleted, ...]:
    """Brands or sources that can be brought back."""
    return tuple(_ask(deletion.deleted_brands if what == "brand" else deletion.deleted_sources))


def sources_of(brand_ids: Sequence[int]) -> tuple[SourceRecord, ...]:
    """Those that listen for any of the brands; a source for no brand listens for all."""
    wanted = set(brand_ids)
    return tuple(r for r in sources() if not wanted or not r.source.brands or wanted & set(r.source.brands))


@_read(ttl=FRESH)
def fetch_history(source_id: int) -> tuple[FetchRecord, ...]:
    return tuple(_ask(source_store.fetch_history, source_id, limit=15))


@_read(ttl=FRESH)
def gaps(brand_ids: tuple[int, ...], since: datetime, until: datetime) -> tuple[Gap, ...]:
    ids = tuple(record.source.id for record in sources_of(brand_ids))
    with store().read() as tx:
        return tuple(coverage_store.coverage_gaps(tx, ids, since=since, until=until)) if ids else ()


# ---- mentions and numbers


@_read(ttl=FRESH)
def figures(asked: MentionFilter) -> Figures:
    return _ask(count_store.figures, asked)


@_read(ttl=FRESH)
def count(asked: MentionFilter, cap: int) -> Figures:
    """Like `figures`, but counting one by one stops at `cap`."""
    return _ask(count_store.count, asked, cap=cap)


@_read(ttl=FRESH)
def hourly_sum(asked: MentionFilter) -> HourlyCounts:
    """A filter's counts by the hour, its brands together: all figures of a period can be made of them."""
    return _ask(count_store.hourly_sum, asked)


def timeline(asked: MentionFilter, *, step: str, zone_name: str) -> tuple[Bucket, ...]:
    from dashboard.i18n import zone_or_utc

    return tuple(count_store.in_steps(hourly_sum(asked), asked, step=step, tz=zone_or_utc(zone_name)))


@_read(ttl=FRESH)
def by_place(asked: MentionFilter) -> tuple[dict[str, Figures], dict[int, Figures]]:
    """By channel, and by source."""
    return _ask(count_store.by_place, asked)


@_read(ttl=FRESH)
def by_theme(asked: MentionFilter) -> dict[str, Figures]:
    return _ask(count_store.by_theme, asked)


def in_scope(scope: Scope, brand_ids: tuple[int, ...], since: datetime, until: datetime) -> MentionFilter:
    """The mentions of some brands in a rule's scope."""
    return MentionFilter(brands=brand_ids, since=since, until=until, **scope.narrowed)


def watched(brand_id: int, scope: Scope, since: datetime, until: datetime) -> Watched | None:
    """What the monitor judges one brand by in a rule's scope; None when the brand was never mentioned."""
    asked = in_scope(scope, (brand_id,), since, until)
    return _ask(watched_store.watched_counts, asked, now=until).get(brand_id)


def spoken(scope: Scope, brand_ids: tuple[int, ...], since: datetime, until: datetime) -> dict[int, list[Spoken]]:
    """What the monitor judges the silence of brands by."""
    return _ask(speaker_store.spoken, in_scope(scope, brand_ids, since, until), now=until, before=LOOK_BACK)


@_read(ttl=timedelta(minutes=30))
def voices(asked: MentionFilter) -> int:
    return _ask(count_store.voices, asked)


@_read(ttl=timedelta(minutes=1))
def heard(brand_ids: tuple[int, ...], since: datetime, until: datetime) -> list[bool]:
    """For each hour, whether at least half of the sources that listened then were heard."""
    ids = tuple(record.source.id for record in sources_of(brand_ids))
    with store().read() as tx:
        return [share >= 0.5 for share in coverage_store.heard_hours(tx, ids, since=since, until=until)]


@_read(ttl=FRESH)
def page(asked: MentionFilter, *, after: Cursor | None = None, limit: int = 25, fold: bool = False) -> MentionPage:
    return _ask(mention_store.page, asked, after=after, limit=limit, fold_copies=fold)


@_read(ttl=FRESH)
def mention(mention_id: int) -> tuple[MentionRow, ...]:
    return tuple(_ask(mention_store.get_mention, mention_id))


@_read(ttl=FRESH)
def versions(mention_id: int) -> tuple[VersionRecord, ...]:
    return tuple(_ask(mention_store.versions, mention_id))


@_read(ttl=FRESH)
def mention_history(mention_id: int) -> tuple[LogEntry, ...]:
    """What people did to a mention."""
    return tuple(_ask(judge_store.mention_history, mention_id))


def export_file(asked: MentionFilter, suffix: str) -> bytes:
    """Exactly what a filter shows, written to disk a chunk at a time and then handed over."""
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / f"export{suffix}"
        with store().read() as tx:
            export_store.export(tx, asked, path)
        return path.read_bytes()


# ---- cases


@_read(ttl=FRESH)
def cases(
    *,
    status: tuple[str, ...] = (),
    brands: tuple[int, ...] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[CaseRecord, ...]:
    return tuple(_ask(case_store.list_cases, status=status, brands=brands, since=since, until=until))


@_read(ttl=FRESH)
def case(case_id: int) -> CaseRecord | None:
    return _ask(case_store.get_case, case_id)


@_read(ttl=FRESH)
def case_mention_ids(case_id: int) -> tuple[int, ...]:
    """Oldest first."""
    return tuple(_ask(case_store.case_mention_ids, case_id))


@_read(ttl=FRESH)
def case_log(case_id: int) -> tuple[LogEntry, ...]:
    return tuple(_ask(case_store.case_log, case_id))


def acts(case_id: int) -> int:
    """How often people, not the monitor, did something with a case."""
    return sum(entry.who != case_store.SYSTEM for entry in case_log(case_id))


# ---- rules


@_read(ttl=FRESH)
def rules() -> tuple[RuleRecord, ...]:
    return tuple(_ask(rule_store.list_rules))


@_read(ttl=FRESH)
def rule_versions(rule_id: int) -> tuple[RuleVersion, ...]:
    return tuple(_ask(rule_store.rule_versions, rule_id))


def rule_body(rule_id: int, version: int) -> RuleBody | None:
    """A rule as one of its versions has it; None where that is gone or not to be understood."""
    found = next((one for one in rule_versions(rule_id) if one.version == version), None)
    try:
        return rule_from_plain(found.body) if found else None
    except InputError:
        return None


# ---- who is told


@_read(ttl=FRESH)
def targets() -> tuple[Target, ...]:
    return tuple(_ask(outbox_store.list_targets))


@_read(ttl=FRESH)
def outbox(states: tuple[str, ...], *, limit: int) -> tuple[OutboxItem, ...]:
    with store().read() as tx:
        return tuple(item for state in states for item in outbox_store.list_outbox(tx, state=state, limit=limit))[
            :limit
        ]


@_read(ttl=FRESH)
def outbox_counts() -> dict[str, int]:
    with store().read() as tx:
        return dict(outbox_store.outbox_counts(tx))


# ---- settings and the store itself


@_read(ttl=FRESH)
def setting(name: str, default: Any = None) -> Any:
    return _ask(settings_store.get_setting, name, default)


def zone_name(browser: str | None) -> str:
    return str(setting("zone", "") or browser or get_settings().timezone)


def themes() -> Mapping[str, Any]:
    return setting("themes", None) or themes_to_plain(default_themes())


def themes_changed() -> bool:
    return setting("themes", None) is not None


@_read(ttl=FRESH)
def theme_labels(lang: str) -> dict[str, str]:
    return {name: str((body.get("label") or {}).get(lang) or name) for name, body in themes().items()}


@_read(ttl=FRESH)
def failed_readings() -> dict[str, int]:
    """Why mentions could not be read, and how many for each reason."""
    return _ask(reading_store.failed)


@dataclass(frozen=True)
class StoreFacts:
    where: str
    bytes: int | None
    free: int | None
    mentions: int
    unread: int
    failed: int


def store_facts() -> StoreFacts:
    settings = get_settings()
    path = Path(store().engine.url.database or "") if store().dialect == "sqlite" else None
    home = settings.home if settings.home.exists() else Path.cwd()
    all_ = figures(MentionFilter())
    return StoreFacts(
        store().where.removeprefix("the store "),
        sum(p.stat().st_size for p in path.parent.glob(path.name + "*")) if path else None,
        shutil.disk_usage(home).free,
        all_.total,
        all_.unread,
        all_.failed,
    )

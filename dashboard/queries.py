"""The only file that touches storage, and the only one that caches.

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
from analyzers.rules import RuleBody, Scope, rule_from_plain, rule_to_plain
from analyzers.text import TextReader
from analyzers.text.themes import default_themes, themes_from, themes_to_plain
from errors import InputError
from settings import get_settings
from storage import brands as brand_store
from storage import cases as case_store
from storage import counts as count_store
from storage import coverage as coverage_store
from storage import export as export_store
from storage import judge as judge_store
from storage import mentions as mention_store
from storage import outbox as outbox_store
from storage import rules as rule_store
from storage import sample as sample_store
from storage import settings_store
from storage import sources as source_store
from storage import speakers as speaker_store
from storage import spikes as spike_store
from storage import watched as watched_store
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


def _write(act: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """One decision of a person, in one transaction."""
    try:
        with store().begin() as tx:
            return act(tx, *args, **options)
    finally:
        forget()


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


def delete_brand(brand_id: int) -> None:
    _write(brand_store.delete_brand, brand_id)


@_read(ttl=FRESH)
def sources() -> tuple[SourceRecord, ...]:
    return tuple(_ask(source_store.list_sources, _now()))


def sources_of(brand_ids: Sequence[int]) -> tuple[SourceRecord, ...]:
    """Those that listen for any of the brands; a source for no brand listens for all."""
    wanted = set(brand_ids)
    return tuple(r for r in sources() if not wanted or not r.source.brands or wanted & set(r.source.brands))


@_read(ttl=FRESH)
def fetch_history(source_id: int) -> tuple[FetchRecord, ...]:
    return tuple(_ask(source_store.fetch_history, source_id, limit=15))


def change_source(source_id: int, **changes: Any) -> None:
    _write(source_store.update_source, source_id, now=_now(), **changes)


def pause_source(source_id: int, on: bool) -> None:
    change_source(source_id, paused=on)


def delete_source(source_id: int) -> None:
    _write(source_store.delete_source, source_id)


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
def timeline(asked: MentionFilter, *, step: str, zone_name: str) -> tuple[Bucket, ...]:
    from dashboard.i18n import zone_or_utc

    return tuple(_ask(count_store.timeline, asked, step=step, tz=zone_or_utc(zone_name)))


@_read(ttl=FRESH)
def by_place(asked: MentionFilter) -> tuple[dict[str, Figures], dict[int, Figures]]:
    """By channel, and by source."""
    return _ask(count_store.by_place, asked)


@_read(ttl=FRESH)
def by_theme(asked: MentionFilter) -> dict[str, Figures]:
    return _ask(count_store.by_theme, asked)


@_read(ttl=timedelta(minutes=1))
def hourly_sum(asked: MentionFilter) -> HourlyCounts:
    """A filter's counts by the hour, its brands together."""
    return _ask(count_store.hourly_sum, asked)


def in_scope(scope: Scope, brand_ids: tuple[int, ...], since: datetime, until: datetime) -> MentionFilter:
    """The mentions of some brands in a rule's scope."""
    return MentionFilter(
        brands=brand_ids,
        since=since,
        until=until,
        channels=scope.channels,
        sources=scope.sources,
        langs=scope.langs,
        themes=scope.themes,
        query=scope.query,
    )


def watched(brand_id: int, scope: Scope, since: datetime, until: datetime) -> Watched | None:
    """What the monitor judges one brand by in a rule's scope; None when the brand was never mentioned."""
    asked = in_scope(scope, (brand_id,), since, until)
    return _ask(watched_store.watched_counts, asked, now=until).get(brand_id)


def spoken(scope: Scope, brand_ids: tuple[int, ...], since: datetime, until: datetime) -> dict[int, list[Spoken]]:
    """What the monitor judges the silence of brands by."""
    return _ask(speaker_store.spoken, in_scope(scope, brand_ids, since, until), now=until)


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


def correct(mention_id: int, brand_id: int, to: str | None, *, who: str) -> None:
    _write(mention_store.correct, mention_id, brand_id, to, who=who, now=_now())


def flag(ids: Sequence[int], on: bool, *, who: str) -> None:
    _write(mention_store.flag, ids, on, who=who, now=_now())


def note(mention_id: int, text: str, *, who: str) -> None:
    _write(mention_store.note, mention_id, text, who=who, now=_now())


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


def open_case(brand_id: int, title: str, *, level: str, owner: str, mention_ids: Sequence[int], who: str) -> int:
    """A case opened by hand, under the clock that rules begin with; its id."""
    clock = RuleBody()
    targets = {"acknowledge_minutes": clock.acknowledge_minutes, "respond_minutes": clock.respond_minutes}
    values = {"level": level, "mention_ids": mention_ids, "owner": owner or None, "targets": targets}
    return _write(spike_store.open_by_hand, brand_id, title, who=who, now=_now(), **values).id


def add_to_case(case_id: int, mention_ids: Sequence[int], *, who: str) -> None:
    _write(case_store.add_mentions, case_id, mention_ids, who=who, now=_now())


def take_from_case(case_id: int, mention_ids: Sequence[int], *, who: str) -> None:
    _write(case_store.remove_mentions, case_id, mention_ids, who=who, now=_now())


def acknowledge(case_id: int, *, who: str) -> None:
    _write(case_store.acknowledge, case_id, who=who, now=_now())


def assign(case_id: int, *, who: str, **to: str | None) -> None:
    """`owner`, `department`, or both: '' takes one away, None leaves it."""
    _write(case_store.assign, case_id, who=who, now=_now(), **to)


def case_note(case_id: int, text: str, *, who: str) -> None:
    _write(case_store.add_note, case_id, text, who=who, now=_now())


def snooze(case_id: int, *, until: datetime | None, who: str) -> None:
    _write(case_store.snooze, case_id, until=until, who=who, now=_now())


def respond(case_id: int, *, said: str, where: str, at: datetime | None, who: str) -> None:
    """`at`: when it was said; None: now."""
    _write(case_store.respond, case_id, {"said": said, "where": where}, who=who, now=_now(), at=at)


def resolve(case_id: int, *, verdict: str, note: str, who: str) -> None:
    _write(case_store.resolve, case_id, verdict=verdict, note=note or None, who=who, now=_now())


def reopen(case_id: int, *, who: str) -> None:
    _write(case_store.reopen, case_id, who=who, now=_now())


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


def save_rule(rule_id: int | None, name: str, body: RuleBody, *, what: str, who: str) -> int:
    """A new rule, or the next version of one; its id."""
    plain = rule_to_plain(body)
    if rule_id is None:
        return _write(rule_store.add_rule, name, plain, who=who, now=_now()).id
    return _write(rule_store.update_rule, rule_id, body=plain, name=name, what=what, who=who, now=_now()).id


def restore_rule(rule_id: int, version: int, *, who: str) -> None:
    _write(rule_store.restore_rule, rule_id, version, who=who, now=_now())


def enable_rule(rule_id: int, on: bool, *, who: str) -> None:
    _write(rule_store.enable_rule, rule_id, on, who=who, now=_now())


def delete_rule(rule_id: int) -> None:
    _write(rule_store.delete_rule, rule_id)


# ---- who is told


@_read(ttl=FRESH)
def targets() -> tuple[Target, ...]:
    return tuple(_ask(outbox_store.list_targets))


def add_target(name: str, **values: Any) -> None:
    _write(outbox_store.add_target, name, **values)


def change_target(target_id: int, **changes: Any) -> None:
    _write(outbox_store.update_target, target_id, **changes)


def delete_target(target_id: int) -> None:
    _write(outbox_store.delete_target, target_id)


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


def requeue_outbox(item_id: int) -> None:
    _write(outbox_store.requeue, item_id, now=_now())


# ---- settings and the store itself


@_read(ttl=FRESH)
def setting(name: str, default: Any = None) -> Any:
    return _ask(settings_store.get_setting, name, default)


def set_setting(name: str, value: Any, *, who: str) -> None:
    _write(settings_store.set_setting, name, value, who=who, now=_now())


def zone_name(browser: str | None) -> str:
    return str(setting("zone", "") or browser or get_settings().timezone)


def themes() -> Mapping[str, Any]:
    return setting("themes", None) or themes_to_plain(default_themes())


def themes_changed() -> bool:
    return setting("themes", None) is not None


def set_themes(plain: Mapping[str, Any] | None, *, who: str) -> None:
    """Checked first: a wrong list raises InputError and nothing changes. None: back to the first set."""
    if plain is not None:
        plain = themes_to_plain(themes_from(plain))
    set_setting("themes", plain, who=who)


@_read(ttl=FRESH)
def theme_labels(lang: str) -> dict[str, str]:
    return {name: str((body.get("label") or {}).get(lang) or name) for name, body in themes().items()}


@dataclass(frozen=True)
class StoreFacts:
    where: str
    bytes: int | None
    free: int | None
    mentions: int
    unread: int


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
    )

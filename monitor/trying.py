"""Trying a source before it is added: what would be stored, and why not when nothing would be. Stores nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from collectors import kinds
from collectors.collecting import collect
from collectors.fetcher import Fetcher
from collectors.file import Preview
from collectors.opml import web_address
from collectors.parsing import ParserPool
from collectors.records import Brand, Collected, Matched, Source, SourceState, Status
from collectors.seams import Limits, ParseContext
from errors import CollectError, InputError
from monitor.bringing import is_brought
from monitor.hosts import HostGate
from monitor.matching import Matching
from monitor.plain import iso, mask_secrets, mask_url, several
from settings import Settings
from storage.records import SourceRecord


@dataclass(frozen=True)
class Trial:
    """One collection that was not stored."""

    source: Source
    collected: Collected
    matched: tuple[Matched, ...]
    brand_names: dict[int, str]

    @property
    def kept(self) -> tuple[Matched, ...]:
        return tuple(found for found in self.matched if found.brands)

    def as_object(self, show: int) -> dict[str, Any]:
        collected = self.collected
        given = collected.state.standing
        return {
            "url": mask_url(self.source.url),
            "kind": self.source.kind,
            "channel": self.source.channel,
            "title": collected.title,
            "status": collected.status.value,
            "last_error": mask_secrets(collected.error) if collected.error else None,
            "advice": collected.advice,
            "entries": len(collected.mentions),
            "would_store": len(self.kept),
            "capped": collected.capped or None,
            "page_rating": given and given.rating,
            "page_ratings": given and given.count,
            "note": given and given.in_words,
            "mentions": [self._mention(found) for found in newest(self.kept)[:show]],
        }

    def _mention(self, found: Matched) -> dict[str, Any]:
        mention = found.mention
        return {
            "title": mention.title,
            "text": mention.text[:500],
            "url": mention.url,
            "author": mention.author,
            "published_at": mention.published_at,
            "published_at_source": mention.published_at_source,
            "brands": {self.brand_names.get(brand, str(brand)): alias for brand, alias in found.brands.items()},
        }


def fetcher_of(settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Fetcher:
    """`clock` is what Retry-After is counted from."""
    return Fetcher(Limits.of(settings), allow_hosts=settings.allow_hosts, user_agent=settings.user_agent, clock=clock)


def try_source(source: Source, brands: Sequence[Brand], *, settings: Settings, now: datetime) -> Trial:
    """Collect once, as a first collection would."""
    matching = Matching(brands)
    gate = HostGate(settings.host_gap, slower=kinds.GAPS)
    with fetcher_of(settings) as fetcher, ParserPool(1, limits=Limits.of(settings)) as pool:
        collected = collect(
            source, SourceState(), fetcher=fetcher, pool=pool, now=now, wait_host=gate.wait, brands=matching.of(source)
        )
    matched = matching.match_all(source, collected.mentions, collected.norms)
    return Trial(source, collected, matched, {brand.id: brand.name for brand in brands})


def why_not(record: SourceRecord, *, now: datetime) -> str | None:
    """Why a source may not be collected by hand now; None: it may."""
    if record.status is Status.GONE:
        return f"source {record.source.id} is gone ({record.last_error}); remove it or add its new address"
    if is_brought(record.source):
        return f"source {record.source.id} is of kind {record.source.kind}: its mentions are brought, not fetched"
    if record.not_before is not None and record.not_before > now:
        return f"source {record.source.id} asked not to be called before {iso(record.not_before)} (Retry-After)"
    return None


def try_stored(record: SourceRecord, wanted: Brand, *, settings: Settings, now: datetime) -> Trial:
    """Collect a stored source once as if it were for this brand alone. Raises InputError when it may not be asked now."""
    refusal = why_not(record, now=now)
    if refusal:
        raise InputError(refusal)
    alone = replace(record.source, brands=(), keep_all=False)
    return try_source(alone, [wanted], settings=settings, now=now)


def discover(url: str, *, settings: Settings, now: datetime) -> tuple[str, str]:
    """Kind and address of what an address leads to. May fetch. Raises CollectError."""
    limits = Limits.of(settings)
    with fetcher_of(settings) as fetcher, ParserPool(1, limits=limits) as pool:
        kind, found = kinds.discover(url, fetcher=fetcher, pool=pool, now=now)
    try:
        return kind, web_address(found)
    except InputError as error:
        raise CollectError(f"the page names a feed at no web address: {error}", url=url) from error


def look_at(url: str, *, settings: Settings, now: datetime) -> Preview:
    """The columns and first rows of a file at an address, and how each would be read. Raises CollectError."""
    limits = Limits.of(settings)
    with fetcher_of(settings) as fetcher, ParserPool(1, limits=limits) as pool:
        seen = pool.parse("look", fetcher.get(url), ParseContext(url, now, limits=limits))
    return Preview(**seen.cursor)


def newest(found: Sequence[Matched]) -> list[Matched]:
    return sorted(found, key=lambda one: one.mention.published_at, reverse=True)


def in_lines(trial: Trial, show: int) -> list[str]:
    """The trial for a person."""
    collected = trial.collected
    lines = [f"{trial.source.kind}  {mask_url(trial.source.url)}  ({trial.source.channel})"]
    if collected.title:
        lines.append(f"title: {collected.title}")
    if collected.error:
        lines.append(f"failed: {collected.error}")
        return [*lines, *([collected.advice] if collected.advice else [])]
    lines.append(f"{several(len(collected.mentions), 'entry', 'entries')}, {len(trial.kept)} would be stored")
    if (given := collected.state.standing) is not None:
        lines.append(given.in_words)
    if collected.capped:
        lines.append(f"{collected.capped} more were left out by a limit")
    if collected.mentions and not trial.kept:
        lines.append("none names a watched brand; add an alias, or keep all with --keep-all --brand B")
    for found in newest(trial.kept)[:show]:
        mention = found.mention
        names = ", ".join(_named(trial.brand_names.get(brand, ""), alias) for brand, alias in found.brands.items())
        lines.append(f"  {iso(mention.published_at)}  [{names}]  {mention.title or mention.text[:80]}")
    return lines


def _named(brand: str, alias: str) -> str:
    """A brand and what it was found by: `苹果 by "iPhone"`; an entry kept without a name says so."""
    if not alias:
        return f"{brand}, kept though not named"
    return brand if alias == brand else f'{brand} by "{alias}"'

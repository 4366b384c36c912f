"""Who should speak under a rule of silence, and when they did: asked once here, so that what rings and what a replay shows
are the same.

A brand should speak through the sources that may name it, and each source by itself, as far as they are heard now. What
was said is narrowed by the rule's languages, themes and search.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from collectors.records import Status
from storage.coverage import heard_hours
from storage.engine import Tx
from storage.filters import conditions
from storage.records import MentionFilter, SourceRecord
from storage.rollups import hour_of
from storage.schema import reading
from storage.sources import list_sources

HOUR = timedelta(hours=1)
_HEARD = (Status.OK, Status.NOT_MODIFIED)


@dataclass(frozen=True)
class Speaker:
    """A brand, or one source of it: `source` is None for the brand. `sources` are those it is heard through."""

    brand_id: int
    source: SourceRecord | None
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Spoken:
    """When a speaker spoke, in no order, and the stretches in which nobody could hear it."""

    times: tuple[datetime, ...]
    unheard: tuple[tuple[datetime, datetime], ...]


def speakers(scope: MentionFilter, sources: Sequence[SourceRecord]) -> list[Speaker]:
    """Each brand of the scope, then each source. A store's only source is its brand's alone."""
    live = [one for one in sources if one.status in _HEARD and listened_to(scope, one)]
    found: list[Speaker] = []
    for brand_id in scope.brands:
        mine = [one for one in live if not one.source.brands or brand_id in one.source.brands]
        if mine:
            found.append(Speaker(brand_id, None, tuple(one.source.id for one in mine)))
    for one in live:
        # A source that listens for every brand speaks once all the same: its case goes to the first brand of the scope.
        mine_of = [brand for brand in (one.source.brands or scope.brands) if brand in scope.brands]
        if mine_of and len(sources) > 1:
            found.append(Speaker(mine_of[0], one, (one.source.id,)))
    return found


def listened_to(scope: MentionFilter, one: SourceRecord) -> bool:
    """Whether a source is among those of a rule's scope."""
    return (not scope.sources or one.source.id in scope.sources) and (
        not scope.channels or one.source.channel in scope.channels
    )


def said_by(scope: MentionFilter, speaker: Speaker) -> MentionFilter:
    """The mentions in which a speaker speaks, of any time."""
    brands = (speaker.brand_id,) if speaker.source is None else ()
    return MentionFilter(
        brands=brands, sources=speaker.sources, langs=scope.langs, themes=scope.themes, query=scope.query
    )


def spoken(tx: Tx, scope: MentionFilter, *, now: datetime) -> dict[int, list[Spoken]]:
    """What everyone who should speak did say in the scope's period, by brand."""
    assert scope.since is not None
    assert scope.until is not None
    found: dict[int, list[Spoken]] = {brand_id: [] for brand_id in scope.brands}
    for one in speakers(scope, list_sources(tx, now)):
        wanted, _ = conditions(tx, replace(said_by(scope, one), since=scope.since, until=scope.until))
        times = tx.scalars(select(reading.c.published_at).where(*wanted))
        unheard = deaf(tx, one.sources, since=scope.since, until=scope.until)
        found[one.brand_id].append(Spoken(tuple(times), tuple(unheard)))
    return found


def deaf(tx: Tx, sources: Sequence[int], *, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches, by the hour, in which none of the sources was heard."""
    first = hour_of(since)
    found: list[tuple[datetime, datetime]] = []
    for at, share in enumerate(heard_hours(tx, sources, since=first, until=until)):
        if share == 0.0:
            start = first + at * HOUR
            joins = bool(found) and found[-1][1] == start
            begin = found.pop()[0] if joins else start
            found.append((begin, start + HOUR))
    return found

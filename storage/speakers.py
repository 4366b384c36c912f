"""Who should speak under a rule of silence, and when they did: asked once here, so that what rings and what a replay shows
are the same.

A brand should speak through the sources that may name it, and each source by itself, as far as they are heard now. What
was said is narrowed by the rule's languages, themes and search.

Blind spot: of the past, the newest MOST_SPOKEN mentions are listened to at all, so that asking costs the same in a store
of any size; `Spoken.since` says from when that is whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select

from collectors.records import Status
from storage.coverage import heard_hours
from storage.engine import Tx
from storage.filters import conditions
from storage.pages import times
from storage.records import MentionFilter, SourceRecord
from storage.rollups import hour_of
from storage.schema import reading
from storage.sources import list_sources

HOUR = timedelta(hours=1)
MOST_SPOKEN = 50_000  # mentions of all who should speak
_HEARD = (Status.OK, Status.NOT_MODIFIED)


@dataclass(frozen=True)
class Speaker:
    """A brand, or one source of it: `source` is None for the brand. `sources` are those it is heard through."""

    brand_id: int
    source: SourceRecord | None
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Spoken:
    """When a speaker spoke, in no order, and the stretches in which nobody could hear it. From `since` on nothing is left
    out; of what it said before, the newest are there to judge its first pauses by."""

    times: tuple[datetime, ...]
    unheard: tuple[tuple[datetime, datetime], ...]
    since: datetime | None = None


def speakers(scope: MentionFilter, sources: Sequence[SourceRecord]) -> list[Speaker]:
    """Each brand of the scope, then each source. A store's only source is its brand's alone."""
    live = [one for one in sources if one.status in _HEARD and one.within(scope.sources, scope.channels)]
    found: list[Speaker] = []
    for brand_id in scope.brands:
        mine = [one for one in live if one.source.may_name(brand_id)]
        if mine:
            found.append(Speaker(brand_id, None, tuple(one.source.id for one in mine)))
    for one in live:
        # A source that listens for every brand speaks once all the same: its case goes to the first brand of the scope.
        mine_of = [brand for brand in (one.source.brands or scope.brands) if brand in scope.brands]
        if mine_of and len(sources) > 1:
            found.append(Speaker(mine_of[0], one, (one.source.id,)))
    return found


def said_by(scope: MentionFilter, speaker: Speaker) -> MentionFilter:
    """The mentions in which a speaker speaks, of any time."""
    brands = (speaker.brand_id,) if speaker.source is None else ()
    return MentionFilter(
        brands=brands, sources=speaker.sources, langs=scope.langs, themes=scope.themes, query=scope.query
    )


def spoken(tx: Tx, scope: MentionFilter, *, now: datetime, before: int) -> dict[int, list[Spoken]]:
    """When everyone who should speak did in the scope's period, by brand. Where so much was said that its first part is
    left out, `before` mentions of each are kept from there."""
    assert scope.since is not None
    assert scope.until is not None
    found: dict[int, list[Spoken]] = {brand_id: [] for brand_id in scope.brands}
    everyone = speakers(scope, list_sources(tx, now, shares=False))
    if not everyone:
        return found
    first = _whole_since(tx, scope, everyone)
    said = _said(tx, scope, _sources(everyone), since=first)
    for one in everyone:
        mine = one.source is None
        spoke = [when for at in one.sources for brand, when in said.get(at, ()) if not mine or brand == one.brand_id]
        if first > scope.since:
            spoke += times(tx, replace(said_by(scope, one), since=scope.since, until=first), limit=before)
        unheard = deaf(tx, one.sources, since=scope.since, until=scope.until)
        found[one.brand_id].append(Spoken(tuple(spoke), tuple(unheard), first))
    return found


def _said(
    tx: Tx, scope: MentionFilter, sources: tuple[int, ...], *, since: datetime
) -> dict[int, list[tuple[int, datetime]]]:
    """What was said in each source, of which brand and when: asked for once, though the brand and its source speak in it."""
    asked = MentionFilter(sources=sources, langs=scope.langs, themes=scope.themes, query=scope.query)
    wanted, _ = conditions(tx, replace(asked, since=since, until=scope.until))
    said: dict[int, list[tuple[int, datetime]]] = {}
    for source_id, brand_id, when in tx.execute(
        select(reading.c.source_id, reading.c.brand_id, reading.c.published_at).where(*wanted)
    ):
        said.setdefault(source_id, []).append((brand_id, when))
    return said


def _sources(everyone: Sequence[Speaker]) -> tuple[int, ...]:
    return tuple(sorted({source_id for one in everyone for source_id in one.sources}))


def _whole_since(tx: Tx, scope: MentionFilter, everyone: Sequence[Speaker]) -> datetime:
    """From when on no more than MOST_SPOKEN were said by all together."""
    assert scope.since is not None
    wanted, _ = conditions(tx, replace(scope, brands=(), sources=_sources(everyone)))
    newest = select(reading.c.published_at).where(*wanted).order_by(reading.c.published_at.desc())
    return tx.scalar(newest.offset(MOST_SPOKEN).limit(1)) or scope.since


def deaf(tx: Tx, sources: Sequence[int], *, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches, by the hour, in which none of the sources was heard."""
    start = hour_of(since)
    found: list[tuple[datetime, datetime]] = []
    for heard, hours in groupby(heard_hours(tx, sources, since=start, until=until), key=bool):
        end = start + len(list(hours)) * HOUR
        if not heard:
            found.append((start, end))
        start = end
    return found

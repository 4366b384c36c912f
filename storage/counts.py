"""Numbers: from the rollups where they can answer, else counted from the readings; both always agree.

Whole hours come from the tables of counts, whole days from their daily sums where that is enough, and the ragged
ends of a period from the readings, so any period is exact. Hours are UTC hours: in a zone a half hour off, a day
or hour of a timeline is the one in which the UTC hour began.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause, Table, case, func, select

from storage.engine import Tx
from storage.filters import conditions
from storage.records import SENTIMENTS, Bucket, Figures, HourlyCounts, MentionFilter
from storage.rollups import day_of, hour_of
from storage.schema import mention, mention_theme, reading, rollup, rollup_brand, rollup_day, theme_day, theme_rollup
from storage.sql import hour_text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READ = 4  # so many of SENTIMENTS, from the first, were read
Step = Literal["hour", "day"]
Counts = Counter[tuple[Any, ...]]  # (key columns..., sentiment) -> n
Hours = dict[tuple[Any, ...], list[int]]  # (key columns..., hour) -> how many of each of SENTIMENTS, in that order
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_AT = {name: at for at, name in enumerate(SENTIMENTS)}


def figures(tx: Tx, f: MentionFilter) -> Figures:
    """Counts of a filter by sentiment, exact."""
    return to_figures(tally(tx, f))


def count(tx: Tx, f: MentionFilter, *, cap: int | None = None) -> Figures:
    """As `figures`; where mentions must be counted one by one, stops after `cap` and says so."""
    if cap is None or from_rollup(f):
        return figures(tx, f)
    wanted, _ = conditions(tx, f)
    some = select(reading.c.sentiment).where(*wanted).limit(cap + 1).subquery()
    found = tx.execute(select(some.c.sentiment, func.count()).group_by(some.c.sentiment)).all()
    counted = to_figures(Counter({(sentiment,): n for sentiment, n in found}))
    return replace(counted, capped=counted.total > cap)


def voices(tx: Tx, f: MentionFilter) -> int:
    """How many speak in a filter's mentions: authors by channel; whoever gives no name is one more."""
    wanted, _ = conditions(tx, f)
    here = select(reading.c.channel, mention.c.author).join_from(reading, mention, mention.c.id == reading.c.mention_id)
    nameless = func.coalesce(mention.c.author, "") == ""
    named = here.where(*wanted, ~nameless).distinct().subquery()
    others = here.where(*wanted, nameless).subquery()
    return sum(tx.scalar(select(func.count()).select_from(one)) or 0 for one in (named, others))


def stored(tx: Tx, *, up_to: int) -> int:
    """How many mentions there are, however many brands each names; no more than `up_to` are counted."""
    some = select(mention.c.id).limit(up_to).subquery()
    return tx.scalar(select(func.count()).select_from(some)) or 0


def by_channel(tx: Tx, f: MentionFilter) -> dict[str, Figures]:
    return _grouped(tally(tx, f, "channel"))


def by_source(tx: Tx, f: MentionFilter) -> dict[int, Figures]:
    return _grouped(tally(tx, f, "source_id"))


def by_place(tx: Tx, f: MentionFilter) -> tuple[dict[str, Figures], dict[int, Figures]]:
    """By channel and by source, from one look at the counts."""
    channels: Counts = Counter()
    sources: Counts = Counter()
    for (channel, source_id, sentiment), n in tally(tx, f, "channel", "source_id").items():
        channels[channel, sentiment] += n
        sources[source_id, sentiment] += n
    return _grouped(channels), _grouped(sources)


def by_theme(tx: Tx, f: MentionFilter) -> dict[str, Figures]:
    """By theme. A mention with two themes counts under both."""
    return _grouped(tally(tx, f, "theme"))


def timeline(tx: Tx, f: MentionFilter, *, step: Step, tz: ZoneInfo) -> list[Bucket]:
    """Counts per hour or per day of a zone, without holes. Without `since` or `until`: from the first to the last."""
    return in_steps(hourly_sum(tx, f), f, step=step, tz=tz)


def in_steps(counted: HourlyCounts, f: MentionFilter, *, step: Step, tz: ZoneInfo) -> list[Bucket]:
    """The hours of a filter as its timeline."""
    if not counted.negative:
        return []
    until = f.until or counted.start + len(counted.negative) * HOUR
    starts = _starts(f.since or counted.start, until, step, tz)
    edges = [0, *(-((counted.start - start) // HOUR) for start in starts[1:]), None]
    return [Bucket(start, counted.figures(slice(*edges[at : at + 2]))) for at, start in enumerate(starts)]


def hourly_counts(
    tx: Tx,
    brand_ids: Sequence[int],
    *,
    since: datetime,
    until: datetime,
    channels: Sequence[str] = (),
    sources: Sequence[int] = (),
    langs: Sequence[str] = (),
    themes: Sequence[str] = (),
) -> dict[int, HourlyCounts]:
    """For each brand, its counts hour by hour from the hour of `since` up to `until`. For rules."""
    f = MentionFilter(
        brands=tuple(brand_ids),
        since=hour_of(since),
        until=until,
        channels=tuple(channels),
        sources=tuple(sources),
        langs=tuple(langs),
        themes=tuple(themes),
    )
    per_brand: dict[int, list[tuple[datetime, list[int]]]] = {brand_id: [] for brand_id in brand_ids}
    if brand_ids:
        for (brand_id, hour), counted in _hours(tx, f, "brand_id").items():
            per_brand[brand_id].append((hour, counted))
    return {brand_id: _series(since, until, hours) for brand_id, hours in per_brand.items()}


def hourly_sum(tx: Tx, f: MentionFilter) -> HourlyCounts:
    """The counts of a filter hour by hour, its brands together. All its figures over time can be made of them."""
    hours = {hour: counted for (hour,), counted in _hours(tx, f).items()}
    since = f.since or min(hours, default=f.until or _NEVER)
    until = f.until or max(hours, default=since - HOUR) + HOUR
    return _series(since, until, hours.items())


def _series(since: datetime, until: datetime, hours: Iterable[tuple[datetime, list[int]]]) -> HourlyCounts:
    """A place for every hour of a period, those without a mention too."""
    start = hour_of(since)
    rows = [[0] * len(SENTIMENTS)] * max(0, -((start - until) // HOUR))
    for hour, counted in hours:
        rows[(hour - start) // HOUR] = counted
    columns = zip(*rows, strict=True) if rows else ((),) * len(SENTIMENTS)
    return HourlyCounts(start, {name: list(column) for name, column in zip(SENTIMENTS, columns, strict=True)})


def from_rollup(f: MentionFilter) -> bool:
    """Whether the tables of counts can answer this filter. Two themes together count no mention twice, so cannot."""
    plain = not f.query.strip() and f.flagged is None and f.author is None
    return plain and f.case_id is None and f.copy_group is None and len(f.themes) <= 1


def to_figures(counts: Counts) -> Figures:
    sums: Counter[str] = Counter()
    for key, n in counts.items():
        sums[key[-1]] += n
    return Figures(
        negative=sums["negative"],
        neutral=sums["neutral"],
        positive=sums["positive"],
        unsure=sums["unsure"],
        unread=sums["unread"],
        failed=sums["failed"],
    )


def tally(tx: Tx, f: MentionFilter, *keys: str) -> Counts:
    """Counts by the key columns (brand_id, channel, source_id, lang, theme) and sentiment."""
    total: Counts = Counter()
    for table, part in _parts(f, keys):
        total.update(_from_readings(tx, part, keys) if table is reading else _from_table(tx, table, part, keys))
    return total


def _hours(tx: Tx, f: MentionFilter, *keys: str) -> Hours:
    """Counts by the key columns and the hour, for hours that have any."""
    found: Hours = {}
    for table, part in _parts(f, (*keys, "hour")):
        if table is not reading:
            found |= _hours_from_table(tx, table, part, keys)
            continue
        for (*key, text, sentiment), n in _from_readings(tx, part, (*keys, "hour")).items():
            hour = datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC)
            found.setdefault((*key, hour), [0] * len(SENTIMENTS))[_AT[sentiment]] += n
    return found


def _parts(f: MentionFilter, keys: Sequence[str]) -> list[tuple[Table, MentionFilter]]:
    """Which table answers which part of the filter's period."""
    if f.since is not None and f.until is not None and f.since >= f.until:
        return []
    if not from_rollup(f) and not (tuple(keys) == ("theme",) and from_rollup(replace(f, themes=()))):
        return [(reading, f)]
    return [(table, replace(f, since=since, until=until)) for table, since, until in _pieces(f, keys)]


def _pieces(f: MentionFilter, keys: Sequence[str]) -> list[tuple[Table, datetime | None, datetime | None]]:
    """Which table answers which stretch of the period: readings, hours, days, hours, readings."""
    fine, coarse = _tables(f, keys)
    stretches: list[tuple[Table, datetime | None, datetime | None]] = []
    since, until = f.since, f.until
    for table, floor, step in ((reading, hour_of, HOUR), (fine, day_of, DAY)):
        if table is fine and coarse is None:
            break
        start = since if since is None or floor(since) == since else floor(since) + step
        end = until if until is None else floor(until)
        if start is not None and end is not None and start > end:
            return [*stretches, (table, since, until)]
        if start != since:
            stretches.append((table, since, start))
        if end != until:
            stretches.append((table, end, until))
        since, until = start, end
    stretches.append((coarse if coarse is not None else fine, since, until))
    return [one for one in stretches if one[1] is None or one[1] != one[2]]


def _tables(f: MentionFilter, keys: Sequence[str]) -> tuple[Table, Table | None]:
    """The hourly table that has every column needed, and the daily one where days will do."""
    themed = bool(f.themes) or "theme" in keys
    detailed = bool(f.channels or f.sources or f.langs) or bool({"channel", "source_id", "lang"} & set(keys))
    hourly = "hour" in keys
    if themed:
        return theme_rollup, None if detailed or hourly else theme_day
    if not detailed:
        return rollup_brand, None
    return rollup, None if hourly else rollup_day


def _from_table(tx: Tx, table: Table, f: MentionFilter, keys: Sequence[str]) -> Counts:
    columns = [table.c[key] for key in (*keys, "sentiment")]
    found = select(*columns, func.sum(table.c.n)).where(*_wanted(table, f)).group_by(*columns)
    return Counter({tuple(row[:-1]): int(row[-1]) for row in tx.execute(found)})


def _hours_from_table(tx: Tx, table: Table, f: MentionFilter, keys: Sequence[str]) -> Hours:
    """A row per hour, its sentiments side by side: as many rows come back from a busy year as from a quiet one."""
    columns = [table.c[key] for key in (*keys, "hour")]
    sums = (func.sum(case((table.c.sentiment == name, table.c.n), else_=0)) for name in SENTIMENTS)
    found = select(*columns, *sums).where(*_wanted(table, f)).group_by(*columns)
    size = len(columns)
    return {tuple(row[:size]): [int(n) for n in row[size:]] for row in tx.execute(found)}


def _wanted(table: Table, f: MentionFilter) -> list[ColumnElement[bool]]:
    time = table.c.day if "day" in table.c else table.c.hour
    wanted: list[ColumnElement[bool]] = []
    for name, values in (
        ("brand_id", f.brands),
        ("channel", f.channels),
        ("source_id", f.sources),
        ("lang", f.langs),
        ("sentiment", f.sentiments),
        ("theme", f.themes),
    ):
        if values:
            wanted.append(table.c[name].in_(values))
    if f.since is not None:
        wanted.append(time >= f.since)
    if f.until is not None:
        wanted.append(time < f.until)
    return wanted


def _from_readings(tx: Tx, f: MentionFilter, keys: Sequence[str]) -> Counts:
    themed = "theme" in keys
    wanted, _ = conditions(tx, replace(f, themes=()) if themed else f)
    where: FromClause = reading
    if themed:
        where = reading.join(mention_theme, mention_theme.c.mention_id == reading.c.mention_id)
        wanted += [mention_theme.c.theme.in_(f.themes)] if f.themes else []
    special = {"theme": mention_theme.c.theme, "hour": hour_text(tx, reading.c.published_at)}
    columns = [*(special[key] if key in special else reading.c[key] for key in keys), reading.c.sentiment]
    found = select(*columns, func.count()).select_from(where).where(*wanted).group_by(*columns)
    return Counter({tuple(row[:-1]): row[-1] for row in tx.execute(found)})


def _grouped(counts: Counts) -> dict[Any, Figures]:
    per_key: dict[Any, Counts] = {}
    for (key, sentiment), n in counts.items():
        per_key.setdefault(key, Counter())[(sentiment,)] += n
    return {key: to_figures(mine) for key, mine in sorted(per_key.items())}


def _start(moment: datetime, step: Step, tz: ZoneInfo) -> datetime:
    """The UTC start of the bucket that a moment falls in."""
    if step == "hour":
        return hour_of(moment.astimezone(UTC))
    local = moment.astimezone(tz)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _starts(since: datetime, until: datetime, step: Step, tz: ZoneInfo) -> list[datetime]:
    starts = [_start(since, step, tz)]
    while True:
        following = starts[-1] + HOUR
        if step == "day":
            local = starts[-1].astimezone(tz).date() + DAY
            following = datetime(local.year, local.month, local.day, tzinfo=tz).astimezone(UTC)
        if following >= until:
            return starts
        starts.append(following)

"""Counts kept beside what they count: a change adds its deltas here, and they are written in its transaction.

`rollup` and `theme_rollup` count readings per hour; `rollup_brand`, `rollup_day` and `theme_day` are sums of those
two and move with them. `recount` counts everything anew and says where the tables differ: nowhere, or it is a bug.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table, delete, select, text

from storage.engine import Tx
from storage.schema import (
    mention,
    mention_theme,
    reading,
    rollup,
    rollup_brand,
    rollup_day,
    source,
    theme_day,
    theme_rollup,
)
from storage.sql import insert_many


class Cell(NamedTuple):
    """What one reading counts under."""

    brand_id: int
    hour: datetime
    channel: str
    source_id: int
    lang: str
    sentiment: str


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


@lru_cache(16_384)
def day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class Deltas:
    """Changes to the counts, collected and then written at once."""

    def __init__(self) -> None:
        self.cells: Counter[Cell] = Counter()
        self.themes: Counter[tuple[str, Cell]] = Counter()

    def add(self, cell: Cell, themes: Iterable[str] = (), n: int = 1) -> None:
        self.cells[cell] += n
        for theme in themes:
            self.themes[theme, cell] += n

    def write(self, tx: Tx) -> None:
        hourly, brand, daily = _sums(self.cells)
        theme_hourly, theme_daily = _theme_sums(self.themes)
        for table, counts in (
            (rollup, hourly),
            (rollup_brand, brand),
            (rollup_day, daily),
            (theme_rollup, theme_hourly),
            (theme_day, theme_daily),
        ):
            _upsert(tx, table, counts)


def _sums(cells: Counter[Cell]) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    hourly: Counter[Any] = Counter()
    brand: Counter[Any] = Counter()
    daily: Counter[Any] = Counter()
    for cell, n in cells.items():
        if n:
            brand_id, hour, channel, source_id, lang, sentiment = cell
            hourly[cell] += n
            brand[brand_id, hour, sentiment] += n
            daily[brand_id, day_of(hour), channel, source_id, lang, sentiment] += n
    return hourly, brand, daily


def _theme_sums(themes: Counter[tuple[str, Cell]]) -> tuple[Counter[Any], Counter[Any]]:
    hourly: Counter[Any] = Counter()
    daily: Counter[Any] = Counter()
    for (theme, cell), n in themes.items():
        if n:
            hourly[cell.brand_id, cell.hour, theme, *cell[2:]] += n
            daily[cell.brand_id, day_of(cell.hour), theme, cell.sentiment] += n
    return hourly, daily


def _upsert(tx: Tx, table: Table, counts: Counter[Any]) -> None:
    rows = [(*key, n) for key, n in sorted(counts.items()) if n]
    if not rows:
        return
    keys = ", ".join(column.name for column in table.primary_key)
    added = f"ON CONFLICT ({keys}) DO UPDATE SET n = {table.name}.n + excluded.n"
    insert_many(tx, table, table.columns.keys(), rows, conflict=added)
    if any(row[-1] < 0 for row in rows):
        tx.execute(delete(table).where(text("n = 0")))  # in words: a partial index serves no bound value


def _recounted(tx: Tx) -> tuple[Counter[Cell], Counter[tuple[str, Cell]]]:
    """Every cell counted from the readings."""
    columns = (
        reading.c.brand_id,
        reading.c.published_at,
        reading.c.channel,
        reading.c.source_id,
        reading.c.lang,
        reading.c.sentiment,
    )
    cells: Counter[Cell] = Counter()
    for brand_id, moment, *rest in tx.execute(select(*columns)):
        cells[Cell(brand_id, hour_of(moment), *rest)] += 1
    themes: Counter[tuple[str, Cell]] = Counter()
    joined = reading.join(mention_theme, mention_theme.c.mention_id == reading.c.mention_id)
    for theme, brand_id, moment, *rest in tx.execute(select(mention_theme.c.theme, *columns).select_from(joined)):
        themes[theme, Cell(brand_id, hour_of(moment), *rest)] += 1
    return cells, themes


def recount(tx: Tx) -> list[str]:
    """Count all readings anew; every difference to the tables of counts, in words. Slow: reads the whole store."""
    cells, themes = _recounted(tx)
    hourly, brand, daily = _sums(cells)
    theme_hourly, theme_daily = _theme_sums(themes)
    found: list[str] = []
    for table, counts in (
        (rollup, hourly),
        (rollup_brand, brand),
        (rollup_day, daily),
        (theme_rollup, theme_hourly),
        (theme_day, theme_daily),
    ):
        stored = {tuple(row[:-1]): row.n for row in tx.execute(select(table))}
        wanted = {tuple(key): n for key, n in counts.items()}
        for key in sorted(stored.keys() | wanted.keys(), key=repr):
            if stored.get(key) != wanted.get(key):
                found.append(f"{table.name} {key}: stored {stored.get(key)}, counted {wanted.get(key)}")
    return found + _wrong_totals(tx)


def _wrong_totals(tx: Tx) -> list[str]:
    counted = Counter(tx.scalars(select(mention.c.source_id).where(mention.c.copy_group.is_not(None))))
    return [
        f"source {row.id}: total {row.total}, counted {counted[row.id]}"
        for row in tx.execute(select(source.c.id, source.c.total))
        if row.total != counted[row.id]
    ]

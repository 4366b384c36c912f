"""How fast the store stores, and whether a page's cost grows with what is stored.

`python -m storage.bench [--small 10000] [--large 1000000] [--keep FOLDER]` prints one line per figure. `load` fills a
store by SQL alone, several hundred times faster than collecting: SQLite only, the same mentions each time, spread
evenly over the same half year whatever their number.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from collectors.records import Collected, Matched, Mention, Status
from storage import Store, Tx, brands, counts, mentions, open_store, sources
from storage.records import MentionFilter

UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
SPAN = timedelta(days=180)
CHANNELS = ("news", "social", "forum", "blog", "ecommerce", "local_review", "app_store", "video")
SOURCES = 60
THEMES = ("quality", "price", "delivery", "service", "safety", "experience")
TEXTS = (
    ("电池鼓包了，售后说要等两周，太失望", "电池 鼓包 售后 说 等 两周 失望"),
    ("屏幕很漂亮，价格也不贵，推荐", "屏幕 漂亮 价格 不贵 推荐"),
    ("the delivery was late and the box was open", "the delivery was late and the box was open"),
    ("今天发布了新款耳机，降噪比上一代好", "今天 发布 新款 耳机 降噪 上一代 好"),
    ("great battery, I would buy it again", "great battery i would buy it again"),
    ("客服态度差，退货拖了一个月", "客服 态度 差 退货 拖 一个月"),
    ("a review of the new phone: screen, sound, price", "a review of the new phone screen sound price"),
    ("门店人很多，排队半小时才买到", "门店 人 多 排队 半小时 买到"),
)


def load(store: Store, n: int) -> None:
    """Put `n` mentions, all read, into an empty SQLite store; readings, search words and counts with them."""
    with store.begin() as tx:
        for name, competitor in (("云鹤", False), ("Lumen", False), ("北辰", True)):
            brands.add_brand(tx, name, competitor=competitor, now=UNTIL)
        for number in range(SOURCES):
            channel = CHANNELS[number % len(CHANNELS)]
            sources.add_source(tx, f"https://bench.invalid/{number}", kind="feed", channel=channel, now=UNTIL)
        tx.execute(text("CREATE TEMP TABLE sample_text (k INTEGER PRIMARY KEY, text TEXT, words TEXT)"))
        rows = [{"k": k, "text": said, "words": words} for k, (said, words) in enumerate(TEXTS)]
        tx.execute(text("INSERT INTO sample_text VALUES (:k, :text, :words)"), rows)
        values = {"n": n, "start": UNTIL.timestamp() - SPAN.total_seconds(), "step": SPAN.total_seconds() / n}
        for statement in _STATEMENTS:
            tx.execute(text(statement), values if ":n" in statement else {})
        tx.execute(text("DROP TABLE sample_text"))


# `r` is 0 to 9,999 and looks random; three quarters of the sources are Chinese.
_MADE = """
WITH RECURSIVE number(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :n),
made AS (SELECT i, (i * 7919 + i / 13 * 104729) % 10000 AS r, (i * 31 + i / 7) % 60 AS s FROM number)
"""
_MENTION = (
    _MADE
    + """
INSERT INTO mention (id, source_id, external_id, content_hash, title, text, norm, author, published_at,
    published_at_source, collected_at, likes, extra, lang, keywords, copy_group, flagged)
SELECT i + 1, s + 1, 'n' || i, printf('%064x', i), '', text || ' ' || i, text || ' ' || i, 'author ' || r,
    strftime('%Y-%m-%d %H:%M:%S.000000', :start + i * :step, 'unixepoch'), 'author',
    strftime('%Y-%m-%d %H:%M:%S.000000', :start + i * :step + 300, 'unixepoch'), r % 50, '{}',
    CASE WHEN s % 4 = 0 THEN 'en' ELSE 'zh' END, '[]', i + 1, r % 200 = 0
FROM made JOIN sample_text ON k = r % 8
"""
)
_READING = """
INSERT INTO reading (mention_id, brand_id, matched, state, model, label, p_negative, p_neutral, p_positive,
    confidence, read_as, sentiment, published_at, source_id, channel, lang, flagged, copy_group)
SELECT m.id, {brand}, 'x', 'read', 'bench', {label}, 0.2, 0.5, 0.3, 0.5, {label}, {label}, m.published_at,
    m.source_id, s.channel, m.lang, m.flagged, m.copy_group
FROM mention m JOIN source s ON s.id = m.source_id WHERE {where}
"""
_LABEL = (
    "CASE WHEN m.likes % 10 < 2 THEN 'negative' WHEN m.likes % 10 < 6 THEN 'neutral'"
    " WHEN m.likes % 10 < 9 THEN 'positive' ELSE 'unsure' END"
)
_HOUR = "substr(r.published_at, 1, 13) || ':00:00.000000'"
_DAY = "substr(hour, 1, 10) || ' 00:00:00.000000'"
_STATEMENTS = (
    _MENTION,
    _READING.format(
        brand="CASE WHEN m.id % 20 < 10 THEN 1 WHEN m.id % 20 < 17 THEN 2 ELSE 3 END", label=_LABEL, where="1"
    ),
    _READING.format(brand="3", label="'neutral'", where="m.id % 20 = 5"),
    "INSERT INTO mention_theme SELECT id, CASE likes % 6 "
    + " ".join(f"WHEN {k} THEN '{theme}'" for k, theme in enumerate(THEMES))
    + " END FROM mention WHERE likes % 12 < 9",
    "INSERT INTO mention_words (rowid, words) SELECT m.id, words || CASE WHEN m.id % 10000 = 1 THEN ' 罕见' ELSE '' END"
    " FROM mention m JOIN sample_text ON k = ((m.id - 1) * 7919 + (m.id - 1) / 13 * 104729) % 10000 % 8",
    f"INSERT INTO rollup SELECT brand_id, {_HOUR}, channel, source_id, lang, sentiment, count(*) FROM reading r"
    " GROUP BY 1, 2, 3, 4, 5, 6",
    f"INSERT INTO theme_rollup SELECT brand_id, {_HOUR}, theme, channel, source_id, lang, sentiment, count(*)"
    " FROM reading r JOIN mention_theme t ON t.mention_id = r.mention_id GROUP BY 1, 2, 3, 4, 5, 6, 7",
    "INSERT INTO rollup_brand SELECT brand_id, hour, sentiment, sum(n) FROM rollup GROUP BY 1, 2, 3",
    f"INSERT INTO rollup_day SELECT brand_id, {_DAY}, channel, source_id, lang, sentiment, sum(n) FROM rollup"
    " GROUP BY 1, 2, 3, 4, 5, 6",
    f"INSERT INTO theme_day SELECT brand_id, {_DAY}, theme, sentiment, sum(n) FROM theme_rollup GROUP BY 1, 2, 3, 4",
    "UPDATE source SET total = (SELECT count(*) FROM mention WHERE source_id = source.id), status = 'ok'",
)

WEEK = MentionFilter(brands=(1,), since=UNTIL - timedelta(days=7, hours=3, minutes=20), until=UNTIL)
MONTH = replace(WEEK, since=UNTIL - timedelta(days=30))
QUARTER = MentionFilter(since=UNTIL - timedelta(days=90), until=UNTIL)
ALWAYS = MentionFilter(brands=(1,))
SHANGHAI = ZoneInfo("Asia/Shanghai")
QUERIES: dict[str, Callable[[Tx], Any]] = {
    "overview, figures of 7 days": lambda tx: counts.figures(tx, WEEK),
    "overview, figures of 30 days": lambda tx: counts.figures(tx, MONTH),
    "overview, timeline of 7 days": lambda tx: counts.timeline(tx, WEEK, step="hour", tz=SHANGHAI),
    "overview, timeline of 30 days": lambda tx: counts.timeline(tx, MONTH, step="day", tz=SHANGHAI),
    "overview, places of 30 days": lambda tx: counts.by_place(tx, MONTH),
    "overview, places of 90 days": lambda tx: counts.by_place(tx, QUARTER),
    "overview, what is usual in 90 days": lambda tx: counts.hourly_sum(tx, QUARTER),
    "overview, themes of 30 days": lambda tx: counts.by_theme(tx, MONTH),
    "overview, newest negative": lambda tx: mentions.page(tx, replace(WEEK, sentiments=("negative",)), limit=10),
    "overview, sources' health": lambda tx: sources.list_sources(tx, UNTIL),
    "mentions, first page of all": lambda tx: mentions.page(tx, MentionFilter()),
    "mentions, a brand's": lambda tx: mentions.page(tx, ALWAYS, fold_copies=True),
    "mentions, two brands": lambda tx: mentions.page(tx, MentionFilter(brands=(1, 3))),
    "mentions, a channel's negative": lambda tx: mentions.page(
        tx, replace(ALWAYS, channels=("video",), sentiments=("negative",))
    ),
    "mentions, a source's English": lambda tx: mentions.page(tx, replace(ALWAYS, sources=(5,), langs=("en",))),
    "mentions, a theme": lambda tx: mentions.page(tx, replace(ALWAYS, themes=("safety",))),
    "mentions, flagged": lambda tx: mentions.page(tx, replace(ALWAYS, flagged=True)),
    "mentions, a common word": lambda tx: mentions.page(tx, replace(ALWAYS, query="电池")),
    "mentions, common words": lambda tx: mentions.page(tx, MentionFilter(query="价格 推荐")),
    "mentions, a rare word": lambda tx: mentions.page(tx, replace(ALWAYS, query="罕见")),
    "mentions, no such word": lambda tx: mentions.page(tx, replace(ALWAYS, query="没有这个词")),
    "mentions, counted": lambda tx: counts.count(tx, ALWAYS, cap=10_000),
    "mentions, a common word counted": lambda tx: counts.count(tx, replace(ALWAYS, query="电池"), cap=10_000),
    "mentions, all time by sources": lambda tx: counts.by_source(tx, MentionFilter()),
    "rules, 90 days by the hour": lambda tx: counts.hourly_counts(
        tx, [1, 2, 3], since=UNTIL - timedelta(days=90), until=UNTIL
    ),
}


def time_queries(store: Store, repeat: int = 5) -> dict[str, float]:
    """Seconds of each query, the best of several."""
    best: dict[str, float] = {}
    for name, ask in QUERIES.items():
        for _ in range(repeat):
            started = time.perf_counter()
            with store.read() as tx:
                ask(tx)
            best[name] = min(best.get(name, 1e9), time.perf_counter() - started)
    return best


def time_storing(store: Store, *, feeds: int = 200, entries: int = 50) -> dict[str, float]:
    """Mentions stored per second: a first collection, the same again, and all of them changed."""
    with store.begin() as tx:
        brand = brands.add_brand(tx, "Acme", now=UNTIL)
        places = [
            sources.add_source(tx, f"https://bench.invalid/{n}", kind="feed", channel="news", now=UNTIL)
            for n in range(feeds)
        ]
    speeds: dict[str, float] = {}
    for name, ending in (("first", ""), ("again", ""), ("changed", " indeed")):
        arrivals = []
        for place in places:
            found = tuple(_entry(place.id, number, ending) for number in range(entries))
            norms = tuple(one.body.casefold() for one in found)
            collected = Collected(place.id, Status.OK, found, norms=norms)
            arrivals.append((collected, [Matched(one, {brand.id: "Acme"}) for one in found], UNTIL))
        started = time.perf_counter()
        with store.begin() as tx:
            mentions.store_many(tx, arrivals, now=UNTIL)
        speeds[name] = feeds * entries / (time.perf_counter() - started)
    return speeds


def _entry(place: int, number: int, ending: str) -> Mention:
    said = TEXTS[(place + number) % len(TEXTS)][0]
    return Mention(
        external_id=f"https://bench.invalid/{place}/{number}",
        title=f"Acme {number} of {place}",
        text=f"{said} Acme {place}.{number}{ending} " * 3,
        url=f"https://bench.invalid/{place}/{number}",
        published_at=UNTIL - timedelta(minutes=37 * number + place),
        published_at_source="author",
        author=f"author {number}",
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--small", type=int, default=10_000)
    asked.add_argument("--large", type=int, default=1_000_000)
    asked.add_argument("--keep", type=Path, help="keep the two stores in this folder, and use them if there")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = options.keep or Path(folder)
        store = open_store(f"sqlite:///{Path(folder) / 'storing.db'}", migrate=True)
        for name, speed in time_storing(store).items():
            print(f"stored per second, {name}: {speed:,.0f}")
        store.close()
        timed = [_timed(where, n) for n in (options.small, options.large)]
        print(f"{'query':40} {options.small:>12,} {options.large:>12,}  ratio")
        for name, small in timed[0].items():
            large = timed[1][name]
            print(f"{name:40} {small * 1000:9.1f} ms {large * 1000:9.1f} ms  {large / small:5.2f}")


def _timed(folder: Path, n: int) -> dict[str, float]:
    path = folder / f"bench-{n}.db"
    ready = path.exists()
    store = open_store(f"sqlite:///{path}", migrate=True)
    if not ready:
        started = time.perf_counter()
        load(store, n)
        print(f"loaded {n:,} mentions in {time.perf_counter() - started:.1f} s, {path.stat().st_size / 1e6:,.0f} MB")
    found = time_queries(store)
    store.close()
    return found


if __name__ == "__main__":
    main()

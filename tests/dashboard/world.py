"""A small real store for screens: two brands, seven sources, mentions of some weeks in two languages, a spike, a case.

Filled through storage's own functions, so that counts, search and copies are what they would be. Repeatable by seed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import storage
from analyzers.records import Reading
from analyzers.rules import RuleBody, rule_to_plain
from analyzers.spikes import Spike
from analyzers.text import TextReader
from collectors.records import Collected, Matched, Mention, SourceState, Status
from monitor.cases import figures_of
from monitor.explaining import account
from storage import brands, readings, rules, sources, spikes
from storage import mentions as mention_store
from storage.engine import Store
from storage.records import Brand, MentionFilter, ReadResult, Source

HOUR = timedelta(hours=1)
MODEL = "test-model"
SOURCES = (
    ("https://news.example.com/feed.xml", "feed", "news", "科技日报评论"),
    ("https://forum.example.com/latest.rss", "feed", "forum", "Owners' forum"),
    ("https://weibo.example.com/panda.xml", "rsshub", "social", "微博搜索：盼达"),
    ("https://apps.example.com/reviews.json", "appstore", "app_store", "App Store · 中国"),
    ("https://shop.example.com/reviews", "reviews_page", "ecommerce", "商城评价"),
    ("https://blog.example.org/atom.xml", "feed", "blog", "EV Diary"),
    ("https://gone.example.net/rss", "feed", "news", "Old gazette"),
)
NEGATIVE = (
    "{b}的电池续航严重缩水，冬天只有标称的一半，太失望了。",
    "{b}客服推来推去，等了三天没人回复，售后体验极差。",
    "提车两周{b}就趴窝，4S店说要等配件一个月，真的后悔。",
    "The battery of my {b} lost a third of its range within a year. Not what I paid for.",
    "{b} support never called back. Two weeks and counting, awful service.",
    "快递又晚了五天，{b}官方也不给解释，包装还破了。",
    "{b}的价格又涨了，配置却缩水，诚意在哪里？",
    "Brakes squeal and {b} says it is normal. I do not feel safe in this car.",
)
NEUTRAL = (
    "{b}今天公布了第三季度的交付数据，同比基本持平。",
    "请问{b}的充电桩在高速服务区能用吗？",
    "{b} opens its third plant in the north next spring, the company said.",
    "Has anyone compared the {b} with last year's model?",
    "路过商场看到{b}的展台，人不算多。",
)
POSITIVE = (
    "{b}的座椅太舒服了，长途开了八百公里一点不累，推荐！",
    "OTA之后{b}的车机流畅多了，点赞工程师。",
    "Three months with my {b}: quiet, quick, and the app just works.",
    "{b}售后这次真不错，半小时搞定还送了洗车券。",
)
CRISIS = "紧急提醒：{b}部分批次电池充电时冒烟，已有车主报警，官方还没有回应，大家先别快充！"
LABELS = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}


@dataclass(frozen=True)
class World:
    """What was made, for tests to name."""

    url: str
    brand: Brand
    rival: Brand
    sources: tuple[Source, ...]
    case_id: int
    rule_id: int
    now: datetime


def build(
    home: Path,
    *,
    days: int = 40,
    per_day: int = 14,
    seed: int = 7,
    now: datetime | None = None,
    extra: tuple[str, ...] = (),
) -> World:
    """Make and fill a store in a folder. `extra` are hostile texts to put among the newest."""
    home.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{home / 'fengping.db'}"
    storage.migrate(url)
    store = storage.open_store(url)
    try:
        return _fill(store, url, Random(seed), days, per_day, now or datetime.now(UTC), extra)
    finally:
        store.close()


def _fill(store: Store, url: str, rng: Random, days: int, per_day: int, now: datetime, extra: tuple[str, ...]) -> World:
    began = now - timedelta(days=days)
    with store.begin() as tx:
        brand = brands.add_brand(tx, "盼达汽车", aliases=("盼达", "Panda Motors"), now=began)
        rival = brands.add_brand(tx, "Lanting", aliases=("蓝霆",), competitor=True, now=began)
        made = tuple(
            sources.add_source(tx, address, kind=kind, channel=channel, title=title, now=began)
            for address, kind, channel, title in SOURCES
        )
    found = _mentions(rng, brand, rival, made, began, now, per_day, extra)
    _store(store, made, found, now)
    _read(store, {m.external_id: label for _, m, _, label in found})
    with store.begin() as tx:
        _fail(tx, made[-1], now)
        rule_id = rules.add_rule(tx, "负面异动", rule_to_plain(RuleBody()), who="ops", now=began).id
        case_id = _case(tx, brand, rule_id, now)
    return World(url, brand, rival, made, case_id, rule_id, now)


def _mentions(rng, brand, rival, made, began, now, per_day, extra):  # type: ignore[no-untyped-def]
    """(source, mention, brand, label) in order of time; a burst of one text and its like in the last hours."""
    found = []
    total = int((now - began) / HOUR)
    for hour in range(total):
        at = began + hour * HOUR
        busy = 0.4 + 1.2 * (7 <= (at.hour + 8) % 24 <= 23)
        for _ in range(_poisson(rng, per_day / 24 * busy)):
            found.append(_one(rng, rng.choice((brand, brand, rival)), rng.choice(made[:-1]), at, None))
    for hour in range(5):
        at = now - (5 - hour) * HOUR
        for _ in range(7):
            found.append(
                _one(rng, brand, rng.choice(made[1:4]), at, CRISIS if rng.random() < 0.6 else rng.choice(NEGATIVE))
            )
    for index, said in enumerate(extra):
        # At that minute: later ones would be of the future, which no page shows yet.
        found.append(_one(rng, brand, made[index % 5], now - timedelta(minutes=2 * index + 3), said, within=1))
    return sorted(found, key=lambda item: item[1].published_at)


def _one(rng: Random, brand: Brand, source: Source, at: datetime, said: str | None, within: int = 3500):  # type: ignore[no-untyped-def]
    label = "negative" if said else rng.choices(("negative", "neutral", "positive"), (0.14, 0.5, 0.36))[0]
    text = (said or rng.choice(LABELS[label])).replace("{b}", rng.choice(brand.names))
    if said != CRISIS:
        text += rng.choice(("", "", " 求回复。", " #" + str(rng.randrange(10_000)), " 大家怎么看？", " Anyone else?"))
    when = at + timedelta(seconds=rng.randrange(within))
    mention = Mention(
        external_id=f"{source.id}-{rng.getrandbits(48):x}",
        title="",
        text=text,
        url=f"https://example.com/{rng.getrandbits(32):x}",
        published_at=when,
        published_at_source="author",
        author=rng.choice(("老王爱车", "小雨", "dr_volt", "Maya", "路人甲", "K. Osei")),
        likes=rng.choice((None, 0, 3, 120)),
        replies=rng.choice((None, 2)),
        rating=float(rng.randrange(1, 6)) if source.channel in ("app_store", "ecommerce") else None,
    )
    return source, mention, brand, label


def _store(store: Store, made: tuple[Source, ...], found, now: datetime) -> None:  # type: ignore[no-untyped-def]
    arrivals = []
    for source in made[:-1]:
        mine = [(m, b) for s, m, b, _ in found if s.id == source.id]
        matched = [Matched(m, {b.id: next((n for n in b.names if n in m.text), "")}) for m, b in mine]
        collected = Collected(
            source.id, Status.OK, tuple(m for m, _ in mine), SourceState(last_success_at=now), title=source.title
        )
        arrivals.append((collected, matched, now + timedelta(minutes=10)))
    with store.begin() as tx:
        mention_store.store_many(tx, arrivals, now=now)


def _read(store: Store, labels: dict[str, str]) -> None:
    reader = TextReader(("盼达汽车", "盼达", "蓝霆"))
    rng = Random(3)
    with store.begin() as tx:
        names = {row.id: row.external_id for row in mention_store.iter_rows(tx, MentionFilter())}
        while waiting := readings.unread(tx, model=MODEL, limit=2000):
            results = []
            for one in waiting:
                facts = reader.facts(one.text)
                label = labels.get(names[one.mention_id], "neutral")
                results.append(ReadResult(one.mention_id, facts, {b: _reading(rng, label) for b in one.brands}))
            readings.store_readings(tx, results, now=datetime.now(UTC))


def _reading(rng: Random, label: str) -> Reading:
    sure = rng.uniform(0.42, 0.98)
    rest = (1 - sure) / 2
    p = {name: sure if name == label else rest for name in ("negative", "neutral", "positive")}
    return Reading(label, p["negative"], p["neutral"], p["positive"], sure, MODEL, label if sure >= 0.5 else "unsure")


def _fail(tx, source: Source, now: datetime) -> None:  # type: ignore[no-untyped-def]
    for hours in (30, 6, 1):
        failed = Collected(
            source.id,
            Status.FAILED,
            error="HTTP 503: the server is overloaded",
            error_kind="HTTPStatusError",
            advice="Nothing to do yet: it is tried again by itself.",
        )
        mention_store.store_collected(tx, failed, [], next_check_at=now + timedelta(minutes=30), now=now - hours * HOUR)


def _case(tx, brand: Brand, rule_id: int, now: datetime) -> int:  # type: ignore[no-untyped-def]
    """The burst of the last hours as a case, with the account that the monitor would have stored."""
    start, end = now - 5 * HOUR, now
    inside = MentionFilter(brands=(brand.id,), since=start, until=end)
    total = list(mention_store.iter_rows(tx, inside))
    rows = [row for row in total if row.sentiment == "negative"]
    spike = Spike(
        start=start,
        end=end,
        until=end,
        peak=end - HOUR,
        window_hours=5.0,
        observed=len(rows),
        total=len(total),
        expected=1.2,
        usual_total=4.0,
        low=0,
        high=4,
        p_value=1e-9,
        once_in_days=1100.0,
        strength=20.0,
        evidence=9.0,
        share=len(rows) / len(total),
        usual_share=0.15,
        measure="negative",
    )
    told = account(tx, RuleBody(), brand.id, spike, rows, now=now, zone="Asia/Shanghai")
    return spikes.open_case(
        tx,
        rule_id=rule_id,
        rule_version=1,
        brand_id=brand.id,
        start_at=start,
        end_at=end,
        measure="negative",
        figures=figures_of(spike),
        title=told.title,
        level="orange",
        now=now - 2 * HOUR,
        explanation=told.plain,
        first_mention_at=min(row.published_at for row in rows),
        mention_ids=[row.id for row in rows],
        targets={"acknowledge_minutes": 60, "respond_minutes": 240},
    ).case_id


def _poisson(rng: Random, mean: float) -> int:
    n, left = 0, rng.expovariate(1.0)
    while left < mean:
        n, left = n + 1, left + rng.expovariate(1.0)
    return n

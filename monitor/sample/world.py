"""An invented sixty days: who says what of two invented brands, hour by hour, the same for the same anchor and seed.

Known truth, so that a screen and a test can be held against it (times before the anchor):

    day 22   Spruce Coffee's ordering breaks for an afternoon: a small crisis
    day 18   the social source cannot be reached for fourteen hours: an outage
    day 12   Spruce Coffee turns ten: three days of half price, six times the mentions, no crisis
    day  2   a Hallon charging case smokes: one forum post, copied, then news, then English

After the anchor the world goes on as usual, the last crisis fading, so that a sample left running stays alive.
"""

import math
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files

DAYS = 60
HOUR = timedelta(hours=1)
OUTAGE, OUTAGE_LASTS = "social-zh", 14 * HOUR
CAMPAIGN_LASTS = 66 * HOUR
CITIES = {
    "zh": ("上海", "北京", "成都", "杭州", "广州", "武汉", "西安", "南京", "深圳", "苏州"),
    "en": ("Singapore", "London", "Shanghai", "Sydney", "Vancouver", "Manchester", "Melbourne", "Dublin"),
}
_LEADS = {
    "zh": (
        "",
        "",
        "",
        "",
        "说实话，",
        "家人们，",
        "今天才发现，",
        "更新一下：",
        "不吹不黑，",
        "第一次发帖，",
        "哎，",
        "必须说一句，",
    ),
    "en": (
        "",
        "",
        "",
        "",
        "So, ",
        "Honest opinion: ",
        "Update: ",
        "Small rant or praise, you decide: ",
        "PSA. ",
        "Hmm. ",
    ),
}
_TAILS = {
    "zh": ("", "", "", "", "。", "！", " #日常#", "，有同感的吗", " [太阳]", "。就这样", "～", "！！"),
    "en": ("", "", "", "", " #fyi", " Anyone else?", " Just saying.", " That is all.", " ☀️", " :)"),
}
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "小鱼",
    "今天吃什么",
    "的日常",
    "在路上",
    "不加糖",
    "爱数码",
    "阿北",
    "很困",
    "同学",
    "老师",
    "妈妈",
    "追剧中",
    "喝咖啡",
    "跑步去",
)
_ENGLISH_VOICES = (
    "maple",
    "quiet",
    "north",
    "tea",
    "pixel",
    "river",
    "late",
    "cedar",
    "urban",
    "paper",
    "seven",
    "mellow",
)
_ENGLISH_ENDS = (
    "fox",
    "walker",
    "reader",
    "bird",
    "coder",
    "harbor",
    "train",
    "owl",
    "garden",
    "loop",
    "note",
    "runner",
)


@dataclass(frozen=True)
class Place:
    """One simulated source: where it stands in the world, and its weight in a brand's word of mouth."""

    key: str
    title: str
    channel: str
    lang: str
    form: str  # rss, atom or json
    weight: float
    stars: bool = False


PLACES = (
    Place("news-zh", "晨间消费报", "news", "zh", "rss", 0.8),
    Place("news-en", "The Harbour Wire", "news", "en", "atom", 0.4),
    Place("social-zh", "围脖广场", "social", "zh", "rss", 5.0),
    Place("social-en", "Chirrup", "social", "en", "json", 1.8),
    Place("forum-zh", "山外论坛", "forum", "zh", "atom", 2.0),
    Place("forum-en", "Backyard Boards", "forum", "en", "rss", 0.9),
    Place("shop-zh", "百货评价", "ecommerce", "zh", "rss", 2.0, stars=True),
    Place("app-en", "App reviews", "app_store", "en", "atom", 0.8, stars=True),
    Place("local-zh", "附近点评", "local_review", "zh", "json", 1.4, stars=True),
)
BRANDS = {"spruce": ("云杉咖啡", ("Spruce Coffee",)), "hallon": ("哈珑", ("Hallon",))}


@dataclass(frozen=True)
class Post:
    """One text somebody published. `feeling` is the truth the simulation meant, never shown to the pipeline."""

    place: str
    at: datetime
    guid: str
    author: str
    text: str
    brand: str
    feeling: str
    rating: int | None = None
    likes: int | None = None


@lru_cache(maxsize=4)
def sayings(brand: str) -> dict[str, tuple[str, ...]]:
    """Section name -> its lines, from the brand's text file."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in files("monitor.sample").joinpath(f"{brand}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            found[section].append(line)
    return {name: tuple(lines) for name, lines in found.items()}


class World:
    """`anchor` is the hour the sample was made; posts can be asked for any stretch after `start`."""

    def __init__(self, anchor: datetime, seed: int = 7) -> None:
        self.anchor = anchor.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        self.start = self.anchor - timedelta(days=DAYS)
        self.seed = seed
        self._hours: dict[datetime, tuple[Post, ...]] = {}

    def posts(self, since: datetime, until: datetime) -> list[Post]:
        """Posts with since <= at < until, oldest first."""
        hour = max(since, self.start).replace(minute=0, second=0, microsecond=0)
        found: list[Post] = []
        while hour < until:
            found += [post for post in self._hour(hour) if since <= post.at < until]
            hour += HOUR
        return found

    def outage(self, place: str, now: datetime) -> bool:
        """Whether a source cannot be reached at `now`."""
        begin = self._days_ago(18)
        return place == OUTAGE and begin <= now < begin + OUTAGE_LASTS

    def campaign(self, now: datetime) -> bool:
        """Whether Spruce Coffee celebrates its birthday at `now`."""
        begin = self._days_ago(12, 8)
        return begin <= now < begin + CAMPAIGN_LASTS

    def reaches_back_to(self, place: str, now: datetime) -> datetime:
        """Since when a source shows posts at `now`: a week, but what was before its outage is lost with it."""
        lost = self._days_ago(18) + OUTAGE_LASTS
        week = now - timedelta(days=7)
        return max(week, lost) if place == OUTAGE and now >= lost else week

    def _days_ago(self, days: float, hour: int = 2) -> datetime:
        """A local hour (UTC+8) so many days before the anchor."""
        local = self.anchor + timedelta(hours=8) - timedelta(days=days)
        return local.replace(hour=hour, minute=0) - timedelta(hours=8)

    def _hour(self, hour: datetime) -> tuple[Post, ...]:
        if hour not in self._hours:
            made = [*_usual(self, hour), *_campaign(self, hour), *_small_crisis(self, hour), *_crisis(self, hour)]
            self._hours[hour] = tuple(sorted(made, key=lambda post: (post.at, post.guid)))
        return self._hours[hour]

    def rng(self, *key: object) -> random.Random:
        return random.Random("/".join(map(str, (self.seed, *key))))


def _rhythm(hour: datetime) -> float:
    """Share of a day's average hour: quiet at night, busy at noon and in the evening, a little more on weekends."""
    local = hour + timedelta(hours=8)
    day = 0.15 + 1.1 * math.exp(-(((local.hour - 13) / 4.0) ** 2)) + 1.3 * math.exp(-(((local.hour - 21) / 2.6) ** 2))
    return day / 0.83 * (1.15 if local.weekday() >= 5 else 0.95)


def _count(rng: random.Random, mean: float) -> int:
    """Negative binomial by a gamma mixture: word of mouth comes in clumps."""
    mean = rng.gammavariate(4.0, mean / 4.0)
    floor, product, n = math.exp(-mean), rng.random(), 0
    while product > floor:
        product *= rng.random()
        n += 1
    return n


def _usual(world: World, hour: datetime) -> list[Post]:
    made = []
    for brand, base in (("spruce", 1.1), ("hallon", 0.9)):
        rng = world.rng("usual", brand, hour)
        for n in range(_count(rng, base * _rhythm(hour))):
            place = rng.choices(PLACES, [place.weight for place in PLACES])[0]
            feeling = rng.choices(("positive", "neutral", "negative"), (0.46, 0.40, 0.14))[0]
            if place.stars and feeling == "neutral":
                feeling = rng.choices(("positive", "negative"), (0.8, 0.2))[0]
            made.append(_say(rng, brand, place, feeling, hour, f"u{n}"))
    return made


def _campaign(world: World, hour: datetime) -> list[Post]:
    if not world.campaign(hour):
        return []
    rng = world.rng("campaign", hour)
    made = []
    for n in range(_count(rng, 5.5 * _rhythm(hour))):
        place = rng.choice([place for place in PLACES if place.channel in ("social", "forum", "local_review")])
        feeling = "negative" if rng.random() < 0.08 else "positive"
        section = f"campaign negative / {place.lang}" if feeling == "negative" else f"campaign / {place.lang}"
        made.append(_post(rng, "spruce", place, feeling, section, hour, f"c{n}"))
    return made


def _small_crisis(world: World, hour: datetime) -> list[Post]:
    begin = world._days_ago(22, 14)
    age = (hour - begin) / HOUR
    if not 0 <= age < 7:
        return []
    rng = world.rng("small", hour)
    made = []
    for n in range(_count(rng, (4, 9, 8, 6, 4, 2, 1)[int(age)])):
        place = rng.choice([place for place in PLACES if place.channel in ("social", "local_review")])
        made.append(_post(rng, "spruce", place, "negative", f"{place.lang} / negative / service", hour, f"s{n}"))
    return made


def _crisis(world: World, hour: datetime) -> list[Post]:
    """One post, its copies within hours, others' own anger, news after eight hours, English after eleven."""
    begin = world._days_ago(1.6, 21)
    age = (hour - begin) / HOUR
    if not 0 <= age < 24 * 6:
        return []
    rng = world.rng("crisis", hour)
    by_key = {place.key: place for place in PLACES}
    if age == 0:
        return [_post(rng, "hallon", by_key["forum-zh"], "negative", "crisis origin / zh", hour, "origin", plain=True)]
    heat = min(1.0, age / 6) * math.exp(-max(0.0, age - 14) / 30)
    made = []
    if age <= 10:
        for n in range(_count(rng, 2.2)):
            made.append(_copy(rng, by_key["social-zh"], hour, f"k{n}"))
    for n in range(_count(rng, 9 * heat * (0.5 + 0.5 * _rhythm(hour)))):
        place = rng.choice([place for place in PLACES if place.lang == "zh" and place.channel != "news"])
        made.append(_post(rng, "hallon", place, "negative", "crisis / zh", hour, f"z{n}"))
    if age >= 8 and rng.random() < 0.35 * heat:
        made.append(_post(rng, "hallon", by_key["news-zh"], "neutral", "crisis news / zh", hour, "news", plain=True))
    if age >= 11:
        for n in range(_count(rng, 2.5 * heat)):
            place = rng.choice([by_key["social-en"], by_key["forum-en"], by_key["app-en"]])
            made.append(_post(rng, "hallon", place, "negative", "crisis / en", hour, f"e{n}"))
        if rng.random() < 0.2 * heat:
            made.append(
                _post(rng, "hallon", by_key["news-en"], "neutral", "crisis news / en", hour, "wire", plain=True)
            )
    return made


def _say(rng: random.Random, brand: str, place: Place, feeling: str, hour: datetime, mark: str) -> Post:
    """A usual post: one saying of a fitting theme; news outlets only report."""
    if place.channel == "news":
        feeling = "neutral"
    prefix = f"{place.lang} / {feeling} / "
    sections = [name for name in sayings(brand) if name.startswith(prefix)]
    if place.channel == "news":
        sections = [name for name in sections if name.endswith("news")]
    elif feeling == "neutral":
        sections = [name for name in sections if name.endswith("everyday")]
    return _post(rng, brand, place, feeling, rng.choice(sections), hour, mark, plain=place.channel == "news")


def _post(
    rng: random.Random, brand: str, place: Place, feeling: str, section: str, hour: datetime, mark: str, *,
    plain: bool = False,
) -> Post:  # fmt: skip
    text = _filled(rng, brand, place.lang, rng.choice(sayings(brand)[section]))
    if not plain:
        text = rng.choice(_LEADS[place.lang]) + text + rng.choice(_TAILS[place.lang])
    return _published(rng, brand, place, feeling, text, hour, mark)


def _copy(rng: random.Random, place: Place, hour: datetime, mark: str) -> Post:
    """The crisis's first post, carried on with a few words of one's own."""
    origin = sayings("hallon")["crisis origin / zh"][0]
    text = (
        rng.choice(("", "转发：", "扩散！", "转自论坛："))
        + origin
        + rng.choice(("", "求扩散", "大家小心", "@所有用哈珑的人"))
    )
    return _published(rng, "hallon", place, "negative", text, hour, mark)


def _filled(rng: random.Random, brand: str, lang: str, saying: str) -> str:
    return saying.format(
        p=rng.choice(sayings(brand)[f"products {lang}"]), c=rng.choice(CITIES[lang]), n=rng.randint(3, 68)
    )


def _published(
    rng: random.Random, brand: str, place: Place, feeling: str, text: str, hour: datetime, mark: str
) -> Post:
    at = hour + timedelta(seconds=rng.randrange(3600))
    stars = {"positive": (4, 5, 5), "neutral": (3,), "negative": (1, 1, 2)}[feeling]
    return Post(
        place=place.key,
        at=at,
        guid=f"{place.key}-{brand}-{hour:%Y%m%d%H}-{mark}",
        author=place.title if place.channel == "news" else _voice(rng, place.lang),
        text=text,
        brand=brand,
        feeling=feeling,
        rating=rng.choice(stars) if place.stars else None,
        likes=int(rng.paretovariate(0.9)) - 1 if place.channel in ("social", "forum") else None,
    )


def _voice(rng: random.Random, lang: str) -> str:
    if lang == "zh":
        return rng.choice(_SURNAMES) + rng.choice(_GIVEN) + (str(rng.randint(2, 99)) if rng.random() < 0.5 else "")
    return f"{rng.choice(_ENGLISH_VOICES)}_{rng.choice(_ENGLISH_ENDS)}{rng.randint(1, 99)}"

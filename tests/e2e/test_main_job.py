"""The main job, through the real command: feeds on a real server, mentions, readings, counts, a case, a notice, a file.

Nothing is replaced: the shipped model reads, SQLite stores, a webhook receiver listens on loopback. Every path is
relative, and the command is called from two working directories.
"""

import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from monitor.opening import open_workspace
from settings import load_settings
from storage import cases, counts
from storage.records import MentionFilter
from tests.e2e.command import Command
from tests.fakes.receiver import Receiver
from tests.fakes.site import FakeSite, entry, rss

pytestmark = pytest.mark.slow
SECRET = "a long key"
DAYS = 24
USUAL = {
    "zh": (
        "云雀奶茶的{thing}很好喝，{place}店的店员也热情，下次还来",
        "今天在{place}喝到云雀奶茶的{thing}，味道清爽，价格公道，推荐",
        "云雀奶茶{place}店今天开业，{thing}买一送一，周末两天",
        "云雀奶茶公布新菜单，{thing}将在{place}上市",
        "云雀奶茶的{thing}太难喝了，在{place}等了一小时，再也不买",
    ),
    "en": (
        "Lark Tea in {place} makes a lovely {thing}, friendly staff, will come back",
        "The new {thing} from Lark Tea is delicious and well priced, best in {place}",
        "Lark Tea opens a shop in {place} on Monday and will sell the {thing} there",
        "Lark Tea adds the {thing} to its menu in {place} this week",
        "Awful {thing} from Lark Tea in {place}: cold, late and far too expensive, never again",
    ),
}
WORDS = {
    "zh": (("茉莉奶绿", "芋泥波波", "杨枝甘露", "桂花乌龙", "黑糖珍珠"), ("人民路", "中山路", "和平路", "大学城", "火车站")),
    "en": (("oolong", "milk tea", "taro latte", "mango sago", "jasmine green"), ("Leeds", "Boston", "Perth", "Cork", "Austin")),
}  # fmt: skip
BAD = {
    "zh": ("在云雀奶茶{place}店的{thing}里喝到一只虫子，太恶心了，店员还不肯退款", "云雀奶茶食品安全太差！{place}买的{thing}喝完全家拉肚子",
           "投诉云雀奶茶：{place}店的{thing}发霉变质，态度恶劣，坚决抵制"),
    "en": ("Found a dead insect in my {thing} at Lark Tea {place}, disgusting, and they refused a refund",
           "The {thing} from Lark Tea {place} made my whole family sick, terrible hygiene, avoid",
           "Mouldy {thing} at Lark Tea {place}, rude staff, worst experience ever"),
}  # fmt: skip


def said(lang: str, texts, at: datetime, number: int, chance: random.Random, *, key: str) -> str:
    things, places = WORDS[lang]
    words = texts.format(thing=chance.choice(things), place=chance.choice(places))
    return entry(
        words, f"{words} ({key}{number})", guid=f"{key}-{lang}-{number}", date=format_datetime(at, usegmt=True),
        author=f"{lang} reader {key}{number % 120}",
    )  # fmt: skip


def usual_days(lang: str, now: datetime) -> list[str]:
    """Seven a day, one in ten a complaint, up to an hour ago."""
    chance, found = random.Random(lang), []
    for number in range(DAYS * 7):
        at = now - timedelta(hours=1) - timedelta(days=DAYS) * (1 - number / (DAYS * 7))
        texts = USUAL[lang][4] if number % 10 == 7 else USUAL[lang][number % 4]
        found.append(said(lang, texts, at, number, chance, key="u"))
    return found


def surge(lang: str, now: datetime, n: int) -> list[str]:
    """Complaints over the last three quarters of an hour, each by another voice."""
    chance = random.Random(lang + "!")
    times = [now - timedelta(minutes=45) * (1 - i / n) for i in range(n)]
    return [said(lang, BAD[lang][i % 3], at, i, chance, key="bad") for i, at in enumerate(times)]


@pytest.fixture
def calls(tmp_path: Path):
    """The command from two folders that know the data folder by two relative names."""
    for name in ("here", "there/deep", "out"):
        (tmp_path / name).mkdir(parents=True)

    def make(site: FakeSite) -> tuple[Command, Command]:
        shared = {"FENGPING_ALLOW_HOSTS": site.host}
        return (
            Command(tmp_path / "here", shared | {"FENGPING_HOME": "../data"}),
            Command(tmp_path / "there/deep", shared | {"FENGPING_HOME": "../../data"}),
        )

    return make


def test_from_feeds_to_a_case_a_notice_and_a_file(tmp_path, calls):
    now = datetime.now(UTC).replace(microsecond=0)
    usual = {lang: usual_days(lang, now) for lang in ("zh", "en")}
    with FakeSite() as site, Receiver() as receiver:
        here, there = calls(site)
        for lang, entries in usual.items():
            site.add(f"/{lang}.xml", rss(*entries, title=f"Talk {lang}"))
        here.well("brand", "add", "云雀奶茶", "--alias", "Lark Tea")
        here.well("target", "add", "duty", receiver.url, "--webhook", "--secret", SECRET, "--lang", "zh")
        for lang in usual:
            here.well(
                "source", "add", site.url(f"/{lang}.xml"), "--kind", "feed", "--channel", "forum", "--every", "1s"
            )

        first = here.apart("collect", "--once", "--json", timeout=900)
        assert first.code == 0, first
        assert {one["new"] for one in first.objects} == {DAYS * 7}
        assert here.well("case", "list", "--json").objects == []
        assert receiver.heard == []

        for lang, entries in usual.items():
            site.add(f"/{lang}.xml", rss(*entries, *surge(lang, now, 12), title=f"Talk {lang}"))
        second = there.apart("collect", "--once", "--json", timeout=900)
        assert second.code == 0, second
        assert {one["new"] for one in second.objects} == {12}
        (case,) = here.well("case", "list", "--json").objects
        assert (case["brand"], case["status"]) == ("云雀奶茶", "open")
        _heard_once(receiver, case)

        third = there.apart("collect", "--once", "--json", timeout=900)
        assert third.code == 0, third
        assert {(one["new"], one["changed"]) for one in third.objects} == {(0, 0)}
        assert len(receiver.heard) == 1
        assert len(here.well("case", "list", "--json").objects) == 1

    for suffix in ("csv", "jsonl", "xlsx", "parquet"):
        there.well("export", "--out", f"../../out/x.{suffix}")
    rows = _the_same_in_every_format(tmp_path / "out")
    assert len(rows) == 2 * (DAYS * 7 + 12)
    assert set(rows.lang) == {"zh", "en"}
    _agrees_with_the_chart_and_the_case(tmp_path / "data", rows, case)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "here", "out", "there"]


def _heard_once(receiver: Receiver, case: dict) -> None:
    """The receiver heard of the case once, and can tell that it was us, as the manual says."""
    (heard,) = receiver.heard
    headers = {name.casefold(): value for name, value in heard.headers.items()}
    signed = headers["x-fengping-timestamp"].encode() + b"." + heard.body
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, headers["x-fengping-signature"])
    told = json.loads(heard.body)
    assert (told["event"], told["case_id"], told["level"], told["brand"]) == (
        "opened", case["id"], case["level"], case["brand"],
    )  # fmt: skip
    assert "条负面提及" in told["text"]
    assert len(told["mentions"]) == 3


def _the_same_in_every_format(folder: Path) -> pd.DataFrame:
    """The rows, after seeing that all four files hold them."""
    csv = pd.read_csv(folder / "x.csv", dtype=str, keep_default_na=False)
    lines = [json.loads(line) for line in (folder / "x.jsonl").read_text("utf-8").splitlines()]
    parquet = pd.read_parquet(folder / "x.parquet")
    xlsx = pd.read_excel(folder / "x.xlsx", dtype=str, keep_default_na=False)
    names = list(csv.columns)
    assert names == list(lines[0]) == list(parquet.columns) == list(xlsx.columns)
    for column in ("id", "text", "sentiment", "published_at", "source", "cases", "lang", "author", "copy_group"):
        wanted = [_text(line[column]) for line in lines]
        assert list(csv[column]) == wanted, column
        assert list(xlsx[column]) == wanted, column
        assert [_text(value) for value in parquet[column]] == wanted, column
    for column in ("p_negative", "confidence"):
        wanted = [line[column] for line in lines]
        assert csv[column].astype(float).to_list() == pytest.approx(wanted), column
        assert parquet[column].to_list() == pytest.approx(wanted), column
    return csv.assign(published_at=pd.to_datetime(csv.published_at))


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def _agrees_with_the_chart_and_the_case(home: Path, rows: pd.DataFrame, shown: dict) -> None:
    store = open_workspace(load_settings(home=home, database_url=""))
    with store.read() as tx:
        chart = counts.timeline(tx, MentionFilter(brands=(1,)), step="hour", tz=ZoneInfo("UTC"))
        case = cases.get_case(tx, shown["id"])
        listed = cases.case_mention_ids(tx, shown["id"])
        assert counts.figures(tx, MentionFilter()).total == len(rows)
    store.close()
    assert case is not None
    hour = rows.published_at.dt.floor("h")
    for sentiment in ("negative", "neutral", "positive"):
        counted = hour[rows.sentiment == sentiment].value_counts()
        for step in chart:
            assert getattr(step.figures, sentiment) == counted.get(step.start, 0), (sentiment, step.start)
    mine = rows[rows.cases.str.split(";").map(lambda ids: str(shown["id"]) in ids)]
    assert sorted(mine.id.astype(int)) == sorted(listed)
    assert case.mentions == shown["mentions"] == len(mine)
    assert set(mine.sentiment) == {"negative"}
    assert mine.external_id.str.startswith("bad-").sum() >= 8
    facts = case.explanation["facts"]
    start, end = (pd.Timestamp(facts[name]) for name in ("start", "end"))
    window = rows[(rows.published_at >= start) & (rows.published_at < end)]
    assert facts["observed"] == facts["listed"] == (window.sentiment == "negative").sum()
    assert facts["total"] == len(window)

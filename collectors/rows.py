"""A mention as somebody else's system gives it: a row of named values, from a file or a push.

`columns_to_fields` guesses by the names people write, in Chinese and English; `mention_of` converts one row or says
which column is wrong. Nothing is guessed inside a value: a date nobody can read is an error, not today, and a rating
above five wants its scale. A blank, "-", "N/A" or 暂无 is absent. What has no place of its own goes to `extra`.
Title, text and author come out as plain text, as a feed's do. A link that is none is an error to a push, which can be
sent again; in a file, which others made, it is left out and counted.
"""

import hashlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from collectors import loose
from collectors.dates import read as read_date
from collectors.matching import normalise
from collectors.ratings import number, to_five
from collectors.records import Mention
from collectors.text import clean, flat, guessed, line
from collectors.urls import absolute
from errors import InputError

NAMES: dict[str, str] = {
    "title": "title subject headline 标题 主题 题目 题名 新闻标题 文章标题 帖子标题",
    "text": "text content body review comment message description reviewbody review_text comment_text full_text "
            "内容 正文 评论 评论内容 评价 评价内容 文本 全文 微博正文 微博内容 原文 留言 留言内容 回答内容 摘要 帖子内容",
    "external_id": "external_id id guid uid mid review_id comment_id post_id 编号 序号id 评论id 微博id 帖子id 唯一标识",
    "url": "url link href permalink source_url 链接 网址 原文链接 文章链接 评论链接 帖子链接 地址链接",
    "author": "author user username user_name nickname screen_name name reviewer 作者 用户 用户名 昵称 用户昵称 发布者 "
              "发布人 博主 网友 评论者 买家 账号",
    "author_url": "author_url user_url profile_url 作者链接 用户主页 主页 博主主页",
    "author_followers": "author_followers followers followers_count fans 粉丝 粉丝数 粉丝量 关注者",
    "published_at": "published_at published publish_time publish_date pubdate date time datetime timestamp created "
                    "created_at post_time review_date 时间 日期 发布时间 发表时间 评论时间 评价时间 发布日期 发文时间 创建时间",
    "published_at_source": "published_at_source",
    "rating": "rating stars star score rate review_rating 评分 星级 打分 评星",
    "likes": "likes like like_count upvotes points votes 点赞 点赞数 点赞量 赞 赞数 赞同数 有用数",
    "replies": "replies reply_count comments comment_count comments_count num_comments 回复 回复数 评论数 评论量",
    "shares": "shares share_count reposts retweets forwards 转发 转发数 转发量 分享 分享数",
    "views": "views view_count reads plays 阅读 阅读数 阅读量 浏览 浏览量 浏览数 播放量 播放数",
    "region": "region location province city country ip属地 属地 地区 省份 城市 地域 所在地",
}  # fmt: skip
FIELDS = tuple(NAMES)
RATING_SCALES = {"rating/5": 5, "rating/10": 10, "rating/100": 100}
TARGETS = (*FIELDS, *RATING_SCALES, "extra", "-")
# columns of our own exports that say what we made of a mention, not what the source said
OWN_COLUMNS = frozenset(
    "id brand source source_kind channel lang collected_at sentiment p_negative p_neutral p_positive confidence "
    "corrected_by themes copy_group first_in_group flagged note cases".split()
)
OWN_SIGN = frozenset({"published_at_source", "copy_group", "external_id"})
LONGEST_TITLE, LONGEST_TEXT, LONGEST_NAME, LONGEST_LINK = 1_000, 50_000, 300, 4_000

_ABSENT = frozenset(("", "-", "--", "—", "——", "n/a", "na", "null", "none", "nan", "nat", "无", "暂无", "未知", "/"))
_GUARDED = re.compile(r"'(?='*(?:\s*[=+\-@＝＋－＠]|[\t\n]))")
_SHORT_COUNT = re.compile(r"\s*(\d{1,9}(?:\.\d+)?)\s*(万|亿|w|k|m)\+?\s*", re.IGNORECASE)
_TIMES = {"万": 10**4, "w": 10**4, "亿": 10**8, "k": 10**3, "m": 10**6}
_BY_NAME = {normalise(name): field for field, names in NAMES.items() for name in names.split()}


@dataclass(frozen=True)
class Shape:
    """How the columns of one file are read. `fields`: column -> field; `ours`: an export of our own; `guarded`: in CSV."""

    fields: Mapping[str, str]
    extra: tuple[str, ...] = ()
    ours: bool = False
    guarded: bool = False  # a cell that a spreadsheet would calculate begins with an apostrophe of ours
    linked: bool = True  # a link that is none is an error; else it is left out


def parse_mapping(written: Iterable[str]) -> dict[str, str]:
    """`column=field` as `--map` gives it, each by itself. Raises InputError."""
    mapping: dict[str, str] = {}
    for one in written:
        column, equals, field = one.rpartition("=")
        field = field.strip().lower()
        field = "external_id" if field == "id" else field  # as a column of that name is read
        if not equals or not column.strip():
            raise InputError(f"'{one}' maps nothing; write column=field, such as 评论内容=text")
        if field not in TARGETS:
            raise InputError(f"there is no field '{field}'; choose one of {', '.join(TARGETS)}")
        mapping[column.strip()] = field
    return mapping


def shape_of(columns: Iterable[str], mapping: Mapping[str, str] | None = None) -> Shape:
    """Which column is which field: as told, then by name. Raises InputError when no column can be the text."""
    names = list(columns)
    told = _told(names, mapping or {})
    ours = set(names) >= OWN_SIGN
    fields: dict[str, str] = {column: field for column, field in told.items() if field not in ("-", "extra")}
    taken = {_field(field) for field in fields.values()}
    untold = [name for name in names if name not in told]
    for name in sorted(untold, key=lambda name: name not in FIELDS):  # our own words first, then in the file's order
        field = _guess(name)
        if field and field not in taken and not (ours and name in OWN_COLUMNS):
            fields[name] = field
            taken.add(field)
    if not taken & {"text", "title"}:
        raise InputError(
            f"no column holds the text; the columns are {', '.join(names[:20])}: say which with --map column=text",
            row=1,
        )
    left = [name for name in names if name not in fields and told.get(name) != "-"]
    return Shape(fields, tuple(name for name in left if not (ours and name in OWN_COLUMNS)), ours)


def _told(names: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with the columns as the file writes them."""
    folded = {_fold(name): name for name in reversed(names)}
    told: dict[str, str] = {}
    for column, field in mapping.items():
        name = column if column in names else folded.get(_fold(column))
        if name is None:
            raise InputError(f"there is no such column; the columns are {', '.join(names[:20])}", row=1, column=column)
        if field not in TARGETS:
            raise InputError(f"there is no field '{field}'; choose one of {', '.join(TARGETS)}", column=column)
        if field not in ("-", "extra") and _field(field) in {_field(other) for other in told.values()}:
            raise InputError(f"two columns are mapped to {_field(field)}", row=1, column=name)
        told[name] = field
    return told


def _field(target: str) -> str:
    return target.partition("/")[0]


def _fold(name: str) -> str:
    return normalise(name).strip()


def _guess(name: str) -> str | None:
    folded = _fold(name)
    return (
        _BY_NAME.get(folded)
        or _BY_NAME.get(re.sub(r"[\s_\-]+", "_", folded))
        or _BY_NAME.get(re.sub(r"[\s_\-（(].*$", "", folded))
    )


def mention_of(
    row: Mapping[str, object], shape: Shape, *, now: datetime, zone: tzinfo = UTC, at: int | None = None
) -> Mention | None:
    """One row as a mention; None when it has neither title nor text. `at` is the row's number, for errors."""
    given = {field: row[column] for column, field in shape.fields.items() if column in row}
    column_of = {_field(field): column for column, field in shape.fields.items()}
    reader = _Reader(given, column_of, at, shape)
    title, text = reader.words("title"), reader.words("text")
    if not title and not text:
        return None
    moment, whose = reader.moment(now, zone)
    extra = {name: _plain_value(row[name], shape.guarded) for name in shape.extra[:50] if name in row}
    mention = Mention(
        external_id=reader.short("external_id", 512) or "",
        title=title,
        text=text,
        url=reader.address("url"),
        published_at=moment,
        published_at_source=whose,
        author=reader.short("author", LONGEST_NAME),
        author_url=reader.address("author_url"),
        author_followers=reader.count("author_followers"),
        rating=reader.rating(),
        likes=reader.count("likes"),
        replies=reader.count("replies"),
        shares=reader.count("shares"),
        views=reader.count("views"),
        region=reader.short("region", LONGEST_NAME),
        extra={**reader.extra(), **{name[:100]: value for name, value in extra.items() if value is not None}},
    )
    return mention if mention.external_id else _with_id(mention)


def links_left_out(row: Mapping[str, object], shape: Shape) -> int:
    """How many cells of a row that should hold a link hold something else."""
    cells = [row.get(column) for column, field in shape.fields.items() if field in ("url", "author_url")]
    return sum(not _absent(cell) and _address(cell) is None for cell in cells)


def _address(value: object) -> str | None:
    """An absolute http(s) address, also one that a person wrote without its scheme."""
    text = str(value).strip()
    if re.match(r"(?:www\.)?[\w-]+(\.[\w-]+)+(/|$)", text):
        text = f"https://{text}"
    return absolute("", text) if len(text) <= LONGEST_LINK else None


def _with_id(mention: Mention) -> Mention:
    """An id from what the row says, so that the same file twice is the same mentions."""
    when = mention.published_at.isoformat() if mention.published_at_source == "author" else ""
    said = "\x00".join((mention.title, mention.text, mention.author or "", mention.url or "", when))
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return replace(mention, external_id=f"sha256:{digest}")


def told_apart(mentions: Iterable[Mention]) -> tuple[list[Mention], int]:
    """Rows that say exactly the same under one given id are one; under a derived id they are numbered, since ten
    people who wrote 好评 are ten mentions. The same id with other words is kept under a numbered id as well.
    Gives the mentions and how many rows were repeats.
    """
    said: set[tuple[str, str]] = set()
    numbers: Counter[str] = Counter()
    kept: list[Mention] = []
    repeats = 0
    for mention in mentions:
        words = (mention.external_id, mention.content_hash)
        if words in said and not mention.external_id.startswith("sha256:"):
            repeats += 1
            continue
        said.add(words)
        numbers[mention.external_id] += 1
        number = numbers[mention.external_id]
        kept.append(mention if number == 1 else replace(mention, external_id=f"{mention.external_id}#{number}"))
    return kept, repeats


def _absent(value: object) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # NaN is what data frames call empty
        return True
    return isinstance(value, str) and value.strip().casefold() in _ABSENT


def _unguarded(value: str, guarded: bool) -> str:
    """Without the apostrophe that our CSV puts before what a spreadsheet would calculate."""
    return value[1:] if guarded and _GUARDED.match(value) else value


def _plain_value(value: object, guarded: bool) -> object:
    if isinstance(value, str):
        return clean(_unguarded(value, guarded)[:2_000]) or None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)[:2_000] if isinstance(value, list | dict) and value else None


class _Reader:
    """One row's values, each read as its field wants it."""

    def __init__(self, given: Mapping[str, object], columns: Mapping[str, str], at: int | None, shape: Shape) -> None:
        self.given = {_field(name): value for name, value in given.items()}
        self.scale = next((RATING_SCALES[name] for name in given if name in RATING_SCALES), None)
        self.columns = columns
        self.at = at
        self.ours, self.guarded, self.linked = shape.ours, shape.guarded, shape.linked

    def wrong(self, field: str, message: str) -> InputError:
        return InputError(message, row=self.at, column=self.columns.get(field, field))

    def words(self, field: str) -> str:
        """Title or text. Foreign markup becomes paragraphs; our own export's text is taken at its word."""
        value = self.given.get(field)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if isinstance(value, dict | list):
            raise self.wrong(field, "a text was expected, not a list or an object")
        text = _unguarded(str(value), self.guarded)
        limit = LONGEST_TITLE if field == "title" else LONGEST_TEXT
        if len(text) > limit * 20:
            raise self.wrong(field, f"longer than {limit * 20} characters")
        if field == "title":
            return line(text) if self.ours else flat(text)
        return clean(text) if self.ours else guessed(text)

    def short(self, field: str, limit: int) -> str | None:
        value = self.given.get(field)
        if _absent(value):
            return None
        if isinstance(value, str):
            told = line if self.ours or field == "external_id" else flat
            found: str | None = told(_unguarded(value, self.guarded))
        else:
            found = loose.identifier(value)
        if found is None:
            raise self.wrong(field, f"a short text was expected, not {_shown(value)}")
        if len(found) > limit:
            raise self.wrong(field, f"longer than {limit} characters")
        return found or None

    def address(self, field: str) -> str | None:
        value = self.given.get(field)
        if _absent(value):
            return None
        found = _address(value)
        if found is None and self.linked:
            raise self.wrong(field, f"{_shown(value)} is no web address")
        return found

    def moment(self, now: datetime, zone: tzinfo) -> tuple[datetime, str]:
        value = self.given.get("published_at")
        if _absent(value):
            return now, "collector"
        found = read_date(value, now=now, zone=zone, forced=True)
        if found is None:
            raise self.wrong("published_at", f"{_shown(value)} is no date we can read; write it as 2026-11-21 10:05")
        theirs = self.given.get("published_at_source")
        return found, "collector" if theirs == "collector" else "author"

    def count(self, field: str, *, least: int = 0) -> int | None:
        value = self.given.get(field)
        if _absent(value):
            return None
        if isinstance(value, str) and (short := _SHORT_COUNT.fullmatch(unicodedata.normalize("NFKC", value))):
            value = round(float(short[1]) * _TIMES[short[2].lower()])
        elif isinstance(value, str):
            value = _unguarded(value, self.guarded)
        found = loose.whole(value, least=least)
        if found is None:
            raise self.wrong(field, f"{_shown(value)} is no whole number")
        return found

    def rating(self) -> float | None:
        value = self.given.get("rating")
        if _absent(value):
            return None
        if isinstance(value, str):
            value = _unguarded(value, self.guarded)
        found = to_five(value, best=self.scale, worst=0 if self.scale in (10, 100) else None)
        if found is None and number(value) == 0:
            return None  # a zero among stars means that nobody rated
        if found is None:
            raise self.wrong(
                "rating", f"{_shown(value)} is no rating from 1 to 5; map the column to rating/10 or rating/100"
            )
        return found

    def extra(self) -> dict[str, Any]:
        """What a push gives as `extra`, an object of its own."""
        value = self.given.get("extra")
        return {str(name)[:100]: one for name, one in value.items()} if isinstance(value, dict) else {}


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")

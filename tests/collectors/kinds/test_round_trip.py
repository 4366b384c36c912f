"""What Fengping exports, Fengping imports: the same mentions, field by field."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.file import read_file
from collectors.records import Mention
from collectors.text import clean, line
from storage.export import COLUMNS
from storage.files import write_rows
from tests.collectors.kinds.helping import NOW

SUFFIXES = (".csv", ".xlsx", ".jsonl")
FULL = Mention(
    "guid-1",
    '标题, "quoted"',
    "第一段\n\n第二段 😀, 'x'",
    "https://x.example/1?a=1&b=2",
    datetime(2026, 11, 20, 10, 5, tzinfo=UTC),
    "author",
    author="小李",
    author_url="https://x.example/u",
    author_followers=12,
    rating=4.5,
    likes=0,
    replies=3,
    shares=4,
    views=5,
    region="上海",
)
BARE = Mention("guid-2", "", "短", None, datetime(2026, 11, 20, 10, 6, tzinfo=UTC), "collector")


def exported(mentions: list[Mention], suffix: str) -> bytes:
    """The export of these mentions, each under two brands, as the store writes it."""
    rows: list[dict[str, Any]] = []
    for number, mention in enumerate(mentions, start=1):
        given = {name: getattr(mention, name, None) for name in COLUMNS}
        given |= {
            "id": number,
            "source": 3,
            "source_kind": "feed",
            "channel": "news",
            "lang": "zh",
            "first_in_group": True,
            "published_at": mention.published_at.isoformat().replace("+00:00", "Z"),
            "sentiment": "negative",
            "p_negative": 0.9,
            "confidence": 0.9,
            "themes": "quality;service",
            "flagged": False,
            "note": "call them",
            "collected_at": "2026-11-20T10:07:00Z",
            "title": mention.title or None,
            "text": mention.text or None,
        }
        rows += [{**given, "brand": brand} for brand in ("云雀奶茶", "LarkTea")]
    out = io.BytesIO()
    write_rows(out, suffix, COLUMNS, rows)
    return out.getvalue()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 10",
        "-5",
        "@name",
        "'=x",
        "'quoted'",
        "\t tab",
        "＝１",
        "line\n=2",
        "1,5;2|3",
        "<p>one</p> & two",
        "C:\\new",
        '"',
        "0012",
        "true",
        "N/A",
        "e\u0301🏳️‍🌈",
    ],
)
def test_every_text_comes_back(suffix: str, text: str) -> None:
    text = clean(text)
    mention = replace(FULL, title=line(text), text=f"{text} and more", author=line(text))
    imported = read_file(exported([mention, BARE], suffix), now=NOW)
    assert imported.repeats == 2
    assert imported.mentions[1] == BARE if text != "N/A" else True
    came = imported.mentions[0]
    if text == "N/A":  # a name that says that there is none
        mention = replace(mention, author=None)
    assert came == mention
    assert came.content_hash == mention.content_hash


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).map(clean).filter(bool)
counts = st.none() | st.integers(0, 10**9)
mentions = st.builds(
    Mention,
    st.uuids().map(str),
    st.just("") | texts.map(line),
    texts,
    st.none() | st.just("https://x.example/1"),
    st.integers(1_000_000_000, 1_790_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
    st.just("author"),
    rating=st.none() | st.sampled_from([1.0, 2.5, 5.0]),
    likes=counts,
    replies=counts,
    shares=counts,
    views=counts,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(mentions, min_size=1, max_size=4, unique_by=lambda one: one.external_id), st.sampled_from(SUFFIXES))
def test_any_mentions_come_back(given_mentions: list[Mention], suffix: str) -> None:
    imported = read_file(exported(given_mentions, suffix), now=NOW)
    assert sorted(imported.mentions, key=lambda one: one.external_id) == sorted(
        given_mentions, key=lambda one: one.external_id
    )

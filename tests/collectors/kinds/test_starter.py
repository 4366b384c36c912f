"""The starter pack proposes sources that exist as kinds and say what they are for."""

from urllib.parse import parse_qs, urlsplit

from collectors.kinds import KINDS, find_kind
from collectors.records import CHANNELS, Brand
from collectors.starter import starter_pack


def test_a_bilingual_brand_gets_news_forums_and_social_in_both_languages() -> None:
    pack = starter_pack(Brand(1, "云雀奶茶", aliases=("LarkTea", "Lark Tea")))
    assert {one.kind for one in pack} >= {"google_news", "gdelt", "hackernews", "v2ex", "reddit", "mastodon", "lemmy"}
    editions = [parse_qs(urlsplit(one.url).query)["hl"][0] for one in pack if one.kind == "google_news"]
    assert editions == ["zh-CN", "en-US"]
    for one in pack:
        assert find_kind(one.url) == one.kind
        assert one.channel in CHANNELS
        assert KINDS[one.kind].channel(one.url) == one.channel
        assert one.why
        assert one.why_zh
        assert one.title
    assert len({one.url for one in pack}) == len(pack)


def test_a_chinese_brand_is_not_searched_where_only_english_is_found() -> None:
    kinds = {one.kind for one in starter_pack(Brand(1, "云雀奶茶"))}
    assert not kinds & {"hackernews", "gdelt", "reddit"}
    assert {"google_news", "v2ex", "mastodon"} <= kinds


def test_odd_and_many_names_still_make_addresses() -> None:
    many = Brand(1, 'C++ "x"', aliases=tuple(f"a very long alias number {number}" for number in range(80)))
    for one in starter_pack(many):
        assert len(one.url) < 1500
    assert starter_pack(Brand(1, "   "))

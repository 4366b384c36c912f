"""Facts of a text: the exam every analyzer sits, then what each fact promises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.text import TextReader, copies
from analyzers.text.language import is_traditional, language
from analyzers.text.themes import ThemeMatcher, default_themes, themes_from, themes_to_plain
from errors import InputError


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(["小米汽车", "SK-II", "云杉咖啡"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "😀👍🏽",
        "[怒][泪]",
        "https://example.com/a?b=c",
        "x" * 50_000,
        "很" * 50_000,
        "\ud800坏",
        "\x00\x07",
        "Очень плохо",
        "すばらしい製品です",
        "좋아요",
        "ممتاز",
        "= 1+1",
        "<script>alert(1)</script>",
    ],
)
def test_any_text_gives_the_same_facts_twice(reader: TextReader, text: str) -> None:
    assert reader.facts(text) == reader.facts(text)


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    facts = _shared().facts(text)
    assert facts.lang in ("zh", "en", "other")
    assert "" not in (facts.tokens.split(" ") if facts.tokens else [])


_reader: list[TextReader] = []


def _shared() -> TextReader:
    if not _reader:
        _reader.append(TextReader())
    return _reader[0]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("电池太差了", "zh"),
        ("這個手機的電池真的很差勁", "zh"),
        ("呢間餐廳啲嘢真係好難食", "zh"),
        ("这个app的customer service真的terrible", "zh"),
        ("iPhone 15 Pro Max 太贵了", "zh"),
        ("I love 小米 so much", "en"),
        ("bad app", "en"),
        ("The battery died after a week and support never answered", "en"),
        ("meh", "en"),
        ("これは本当に素晴らしい製品です", "other"),
        ("배송이 너무 늦어요", "other"),
        ("Очень плохое обслуживание", "other"),
        ("Le service est vraiment nul et beaucoup trop cher pour ce que c'est", "other"),
        ("La batería se descarga muy rápido y nadie responde en atención al cliente", "other"),
        ("Sản phẩm rất tốt, giao hàng nhanh", "other"),
        ("Der Akku war nach einer Woche leer und der Kundendienst hat nie geantwortet", "other"),
        ("Het duurt heel lang voor ze antwoorden en de batterij was na een week over", "other"),
        ("Produktet er rigtig godt, og det var her allerede efter to dage, så vi er meget glade", "other"),
        ("A bateria morre depois de uma hora e o suporte nunca me respondeu, só sabem fazer out", "other"),
        ("😀😀", "other"),
        ("", "other"),
        ("12345 !!!", "other"),
    ],
)
def test_language(text: str, lang: str) -> None:
    assert language(text) == lang


def test_traditional_is_noted_and_simplified_is_not() -> None:
    assert is_traditional("這個手機很差")
    assert not is_traditional("这个手机很差")
    assert not is_traditional("plain English")


def test_brand_names_stay_one_word(reader: TextReader) -> None:
    tokens = reader.facts("新款小米汽车和SK-II神仙水").tokens.split()
    assert "小米汽车" in tokens
    assert "sk-ii" in tokens


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("降噪", "主动降噪耳机坏了"),
        ("電池", "锂电池鼓包"),
        ("BATTERY", "the battery died"),
        ("ｂａｔｔｅｒｙ", "battery"),
        ("sk-ii", "my SK-II bottle leaked"),
        ("don't", "I don’t like it".replace("’", "'")),
    ],
)
def test_a_search_finds_what_it_should(reader: TextReader, query: str, text: str) -> None:
    assert set(reader.search_tokens(query)) <= set(reader.facts(text).tokens.split())


def test_stop_words_explain_nothing(reader: TextReader) -> None:
    assert reader.facts("这个真的是非常的好 and it is what it was").keywords == ()


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("客服一直踢皮球", "service"),
        ("Customer support ignored me", "service"),
        ("充电时突然自燃", "safety"),
        ("the charger caught fire", "safety"),
        ("快遞三天沒到", "delivery"),
        ("涨价也太狠了", "price"),
        ("total scam", "honesty"),
    ],
)
def test_themes_are_found_in_both_languages(text: str, theme: str) -> None:
    assert theme in ThemeMatcher(default_themes()).themes(text)


def test_latin_theme_words_match_whole_words_only() -> None:
    matcher = ThemeMatcher(themes_from({"price": {"words": ["fee", "charg*"], "label": {}}}))
    assert matcher.themes("free coffee") == ()
    assert matcher.themes("a fee") == ("price",)
    assert matcher.themes("they charged me") == ("price",)
    assert matcher.themes("discharged") == ()


def test_themes_survive_the_journey_to_settings_and_back() -> None:
    assert themes_from(themes_to_plain(default_themes())) == default_themes()


@pytest.mark.parametrize(
    "plain", [{"a/b": {"words": ["x"]}}, {"a": {"words": "x"}}, {"a": {"words": ["*"]}}, {"a": ["x"]}]
)
def test_wrong_themes_are_named(plain: dict) -> None:
    with pytest.raises(InputError, match="theme"):
        themes_from(plain)


def test_copies_differ_in_form_only() -> None:
    assert copies.letters("電池 太差了！！") == copies.letters("电池太差了")
    assert copies.letters("Bad BATTERY.") == copies.letters("bad battery")
    assert copies.letters("电池太差了") != copies.letters("电池很好")


STORY = (
    "今天在门店买的新款耳机充电时冒烟了,店员让我自己联系厂家,厂家又说要我找门店,前后打了七个电话没有一个人愿意负责,"
    "我只想问问这样的产品是怎么通过质检的,希望大家看到之后转发一下。"
)


def test_near_copies_share_a_band_and_are_confirmed() -> None:
    retold = "转发:" + STORY.replace("七个电话", "八个电话") + "求扩散"
    assert set(copies.signature(STORY)) & set(copies.signature(retold))
    assert copies.alike(STORY, retold)
    assert not copies.alike(STORY, "今天在门店买了耳机,音质很好,店员耐心,推荐给大家。" * 2)


def test_short_texts_have_no_near_copies() -> None:
    assert copies.signature("很好") == ()


def test_band_sharing_follows_the_published_curve() -> None:
    """MinHash with 5 bands of 4: texts of similarity about 0.9 nearly always meet, about 0.5 seldom do."""
    import random

    rng = random.Random(5)
    alphabet = [chr(c) for c in range(0x4E00, 0x4E00 + 2000)]

    def met(changes: int) -> float:
        hits = 0
        for _ in range(150):
            text = [rng.choice(alphabet) for _ in range(200)]
            other = list(text)
            for at in rng.sample(range(200), changes):
                other[at] = rng.choice(alphabet)
            hits += bool(set(copies.signature("".join(text))) & set(copies.signature("".join(other))))
        return hits / 150

    assert met(2) > 0.85  # about 0.92 similar
    assert met(40) < 0.20  # about 0.25 similar

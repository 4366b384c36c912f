"""Which brands a text names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.matching import Matcher, normalise
from collectors.records import Brand

BRANDS = [
    Brand(1, "SK-II", ("神仙水",)),
    Brand(2, "Louis Vuitton", ("LV", "路易威登")),
    Brand(3, "C++"),
    Brand(4, "abb123plus"),
    Brand(5, "ai"),
    Brand(6, "Apple", ("苹果", "蘋果公司"), excludes=("apple pie", "苹果派")),
    Brand(7, "小米", requires=("手机",)),
    Brand(8, ".NET"),
    Brand(9, "C+"),
    Brand(10, "AT&T"),
    Brand(11, "Lay's"),
    Brand(12, "Müller"),
    Brand(13, "МТС"),
    Brand(14, "삼성"),
    Brand(15, "資生堂"),
    Brand(16, "7-Eleven"),
    Brand(17, "Coca-Cola"),
    Brand(18, "I-Can"),
    Brand(19, "Jean-Paul Gaultier"),
    Brand(20, "Ford", excludes=("Tom-Ford",)),
    Brand(21, "Nike", requires=("air max",)),
]
MATCHER = Matcher(BRANDS)


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("I love SK-II!", {1}),
        ("ＳＫ－ＩＩ 面霜", {1}),
        ("sk‑ii essence", {1}),
        ("SK-III", set()),
        ("SKII", set()),
        ("神仙水真的好用", {1}),
        ("a Louis\nVuitton bag", {2}),
        ("LOUIS  VUITTON's new bag", {2}),
        ("LVMH results", set()),
        ("買了路易威登", {2}),
        ("C++ is hard", {3}),
        ("C++11", {3}),
        ("a C+ grade", {9}),
        ("bought abb123plus。", {4}),
        ("abb123plusx", set()),
        ("training and maintain", set()),
        ("an AI tool", {5}),
        ("AI-driven", {5}),
        ("用AI写作", {5}),
        ("Apple's phone", {6}),
        ("Apple’s phone", {6}),
        ("Apples' day", set()),
        ("pineapple", set()),
        ("apple.com and @apple and #apple", {6}),
        ("蘋果手機壞了", {6}),
        ("苹果iPhone", {6}),
        ("Apple or apple pie", set()),
        ("苹果派很好吃", set()),
        ("小米手机发布", {7}),
        ("小米粥", set()),
        ("小米新品，这部手機很好", {7}),
        ("ASP.NET", {8}),
        ("AT&T is down", {10}),
        ("Lay’s chips", {11}),
        ("mu\u0308ller milk", {12}),
        ("Müllerei", set()),
        ("связь МТС плохая", {13}),
        ("삼성전자", {14}),
        ("资生堂的面霜", {15}),
        ("the 7‑eleven shop", {16}),
        ("Ap\u200bple is hidden", {6}),
        ("a Louis-Vuitton bag", {2}),
        ("Louis‐Vuitton's bags", {2}),
        ("LouisVuitton", set()),
        ("Louis - Vuitton", set()),
        ("Coca Cola tastes odd", {17}),
        ("a Coca\nCola-like drink", {17}),
        ("CocaCola", set()),
        ("SK II", {1}),
        ("SK III", set()),
        ("7 eleven", {16}),
        ("I can do it", set()),
        ("I-can do it", {18}),
        ("jean-paul-gaultier, Jean Paul Gaultier", {19}),
        ("Tom Ford", set()),
        ("Nike Air-Max", {21}),
        ("", set()),
        ("😀", set()),
    ],
)
def test_a_text_names(text: str, brands: set[int]) -> None:
    assert set(MATCHER.match(text)) == brands


def test_why() -> None:
    (found,) = MATCHER.why("Apple or apple pie")
    assert (found.brand, found.matched, found.alias, found.excluded_by) == (6, False, "Apple", "apple pie")
    (found,) = MATCHER.why("小米粥")
    assert found.missing == ("手机",)
    (found,) = MATCHER.why("我昨天买了蘋果的耳机")
    assert (found.matched, found.alias) == (True, "苹果")
    assert "苹果" in found.around


def test_the_alias_is_given_as_it_was_written() -> None:
    assert MATCHER.match("蘋果公司")[6] == "蘋果公司"
    assert MATCHER.match("lv bag")[2] == "LV"
    both = Matcher([Brand(1, "Coca-Cola", ("Coca Cola",))])
    assert [both.match(text) for text in ("coca cola", "coca-cola")] == [{1: "Coca Cola"}, {1: "Coca-Cola"}]


def test_two_brands_in_one_text() -> None:
    assert set(MATCHER.match("SK-II is better than Shiseido 资生堂, says an AI")) == {1, 5, 15}


def test_no_brands_and_empty_names_match_nothing() -> None:
    assert Matcher([]).match("anything") == {}
    assert Matcher([Brand(1, " ", ("", "\u200b"))]).match("anything") == {}


def test_a_name_shared_by_two_brands_is_both() -> None:
    assert set(Matcher([Brand(1, "Nova"), Brand(2, "nova")]).match("NOVA!")) == {1, 2}


def test_thousands_of_names_in_one_pass() -> None:
    matcher = Matcher([Brand(number, f"brand{number}x", (f"品牌{number}号",)) for number in range(5000)])
    assert matcher.match("brand77x 与品牌4999号，还有brand77xy") == {77: "brand77x", 4999: "品牌4999号"}


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_that_matters(text: str) -> None:
    once = normalise(text)
    assert "  " not in once
    assert MATCHER.match(text) == MATCHER.match_norm(once)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_name_between_blanks_is_always_found(before: str, after: str) -> None:
    matcher = Matcher([Brand(1, "SK-II")])
    assert matcher.match(f"{before} SK-II {after}") == {1: "SK-II"}

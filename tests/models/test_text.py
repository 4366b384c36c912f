"""Cleaning: what the model is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import HEAD_CHARS, TAIL_CHARS, clean, is_chinese, shortened


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("軟件後臺 太爛了", "软件后台 太烂了"),
        ("看 https://example.com/a?b=c 这里", "看 http 这里"),
        ("@张三丰 你好", "@user 你好"),
        ("转//@李四: 不买了", "转 // 不买了"),
        ("A &amp; B\u200b", "A & B"),
        ("哈哈哈哈哈哈哈", "哈哈哈"),
        ("cost 100000 yuan", "cost 100000 yuan"),
        ("气死了[怒][泪]", "气死了[怒][泪]"),
        ("  \n\t ", ""),
    ],
)
def test_what_is_shown(raw, shown):
    assert clean(raw) == shown


@given(st.text(max_size=300))
def test_any_text_is_cleaned(text):
    shown = clean(text)
    assert shown == shown.strip()
    assert not any(character < " " for character in shown)


def test_a_long_text_keeps_its_beginning_and_its_end():
    short = shortened("甲" * 30_000 + "乙" * 30_000)
    assert (short.count("甲"), short.count("乙")) == (HEAD_CHARS, TAIL_CHARS)


def test_language_of_mixed_text_is_the_one_that_carries_it():
    assert is_chinese("这个app太卡了")
    assert not is_chinese("The 好 sign was the only Chinese word in this English sentence")
    assert not is_chinese("😀")

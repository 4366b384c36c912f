"""Words on their way to a screen or a log."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.plain import clean, host_of, json_line, line, mask_url, same_address

texts = st.text(alphabet=st.characters(codec=None), max_size=200)


@given(texts)
def test_a_line_is_one_line_without_control_characters(text):
    shown = line(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c != "\t"]
    assert "\n" not in shown


@given(texts)
def test_cleaned_text_keeps_line_feed_and_tab_only(text):
    assert {c for c in clean(text) if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


@given(st.dictionaries(texts, texts | st.none() | st.integers() | st.booleans(), max_size=5))
def test_json_loses_nothing_and_steers_nothing(value):
    written = json_line(value)
    assert json.loads(written) == value
    assert not [c for c in written if unicodedata.category(c) == "Cc"]
    written.encode("utf-8")


def test_chinese_stays_readable():
    assert json_line({"品牌": "星野"}) == '{"品牌": "星野"}'


def test_terminal_escapes_and_turned_text_are_gone():
    assert line("\x1b[31mred\x1b[0m \u202eevil\r\nnext") == "[31mred[0m evil next"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@example.com/feed", "https://***@example.com/feed"),
        ("https://token@example.com/feed", "https://***@example.com/feed"),
        ("https://example.com/feed?api_key=abc&page=2", "https://example.com/feed?api_key=***&page=2"),
        ("https://example.com/feed?q=tokens&lang=zh", "https://example.com/feed?q=tokens&lang=zh"),
        ("postgresql+psycopg://u:p@host/db", "postgresql+psycopg://***@host/db"),
        ("source 1 (https://a.example/f?key=a)b.c), here", "source 1 (https://a.example/f?key=***), here"),
        ("https://a.example/f?key=", "https://a.example/f?key=***"),
    ],
)
def test_secrets_in_addresses_are_masked(url, shown):
    assert mask_url(url) == shown
    assert line(f"asked {url} twice") == f"asked {shown} twice"


def test_two_spellings_are_one_address():
    assert same_address("HTTP://Example.com:80/a?b#c") == same_address("http://example.com/a?b")
    assert same_address("http://example.com/a") != same_address("https://example.com/a")
    assert same_address("http://one@example.com/") != same_address("http://two@example.com/")


@given(texts)
def test_any_text_has_an_address_key_and_a_host(text):
    assert isinstance(same_address(text), str)
    assert isinstance(host_of(text), str)

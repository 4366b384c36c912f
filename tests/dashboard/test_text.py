"""The one door: whatever a stranger wrote stays text, on every target."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import text
from tests.dashboard.conftest import HOSTILE

ANY = st.text(alphabet=st.characters(codec=None), max_size=200)
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SPECIAL = set("\\`*_{}[]()#+-.!|~<>$:&^=@'\"")


@given(ANY)
def test_nothing_that_steers_a_screen_comes_through(said: str) -> None:
    for target in (text.plain, text.line, text.md, text.html, text.chart):
        out = target(said)
        assert not STEERING.search(out)
        out.encode("utf-8")


@given(ANY)
def test_html_holds_no_tag_and_gives_the_text_back(said: str) -> None:
    out = text.html(said)
    assert "<" not in out
    assert ">" not in out
    assert '"' not in out
    assert html.unescape(out) == text.plain(said)


@given(ANY)
def test_markdown_escapes_every_special_character(said: str) -> None:
    out = text.md(said)
    bare = re.sub(r"\\.", "", out)
    assert not SPECIAL & set(bare)
    assert re.sub(r"\\(.)", r"\1", out).replace("\u2060", "") == text.line(said).replace("\u2060", "")


@given(ANY, st.lists(ANY, max_size=3))
def test_marking_adds_marks_and_nothing_else(said: str, words: list[str]) -> None:
    out = text.marked(said, tuple(words))
    left = out.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in left
    assert html.unescape(left) == text.plain(said)


@given(ANY)
def test_a_link_is_http_or_nothing(said: str) -> None:
    for address in (said, f"javascript:{said}", f"//{said}", f"http://{said}"):
        out = text.link(address)
        assert out is None or out.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example/x",
        "/settings",
        "http://user:pass@evil.example/",
        "http://",
        "https:///x",
        "http://a b/",
        "java\nscript:alert(1)",
        "http:\\\\evil",
        "",
        None,
    ],
)
def test_what_is_no_link(address: str | None) -> None:
    assert text.link(address) is None


def test_what_is_a_link() -> None:
    assert text.link(" https://example.com/a?b=1#c ") == "https://example.com/a?b=1#c"
    assert text.link("http://例子.测试/路径") == "http://例子.测试/路径"


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_words_stay_words(said: str) -> None:
    assert "<" not in text.html(said)
    assert "<" not in text.chart(said)
    assert "\u202e" not in text.plain(said)
    assert len(text.line(said, 100)) <= 100


def test_chart_text_is_no_template_and_no_formula() -> None:
    assert "%{" not in text.chart("%{customdata[0]}")
    assert text.chart("$x$") != "$x$"


def test_towers_of_marks_are_cut_and_living_scripts_kept() -> None:
    assert len(text.plain("z" + "\u0335" * 50)) == 7
    for living in ("ภาษาไทย", "हिन्दी", "👩‍👩‍👧‍👦", "e\u0301"):
        assert text.plain(living) == living


def test_secrets_in_addresses_are_not_shown() -> None:
    assert text.masked("mailtos://user:password@example.com") == "mailtos://example.com/…"
    assert "token" not in text.masked("tgram://bottoken/chat")
    assert text.masked("https://hooks.example.com/secret/path") == "https://hooks.example.com/…"
    assert text.shown_address("https://u:p@example.com/a?api_key=SECRET&q=1") == "https://example.com/a?api_key=…&q=1"
    inside = "https://a.example/?api_key=S%26S&url=https%3A%2F%2Fb.example%2F%3Ftoken%3DSECRET"
    assert text.shown_address(inside) == "https://a.example/?api_key=…&url=https://b.example/?token=…"
    assert (
        text.shown_address("https://a.example/%E4%BA%91?q=%22%E6%9D%89%22%0A%E2%80%AE") == 'https://a.example/云?q="杉"'
    )


def test_an_excerpt_shows_where_the_brand_is() -> None:
    said = "甲" * 500 + "盼达汽车" + "乙" * 500
    out = text.excerpt(said, ("盼达汽车",), 100)
    assert "盼达汽车" in out
    assert out.startswith("…")
    assert out.endswith("…")
    assert len(out) <= 102


def test_an_excerpt_is_one_line_however_many_were_written() -> None:
    assert text.excerpt("盼达\n\n\n\n冒烟\r\n\t了", ("盼达",)) == "盼达 冒烟 了"
    assert "\n" not in text.excerpt("盼达" + "\n。" * 2000, ("盼达",))

"""Markup to plain text that is safe to show and whole to read."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import text as module
from collectors.text import clean, cut, flat, line, plain

FAMILY = "👩‍👩‍👧"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<ul><li>1<li>2</ul>", "1\n2"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a <b>bold</b> word", "a bold word"),
        ("line\nbreaks\r\nare   spaces<br/>here", "line breaks are spaces\nhere"),
        ("<pre>as\n  written</pre>", "as\nwritten"),
        ("x<script>alert('<p>no</p>')</script>y<style>p{}</style>z", "xyz"),
        ("x<iframe src='/v'>Your browser shows <b>no</b> frames</iframe>y", "xy"),
        ("<noscript>no</noscript><template>no</template>yes", "yes"),
        ("<p>seen</p><p style='display: none'>hidden</p>", "seen"),
        ('a<span style="visibility:hidden">b</span>c', "ac"),
        ("a<span hidden>b</span>c<i style='font-size:0'>d</i>", "ac"),
        ("a<b style='position:absolute; left:-9999px'>b</b>c<i style='color:transparent'>d</i>", "ac"),
        ("<p style='background-color: transparent; margin-left: -100px; fill-opacity:0'>seen</p>", "seen"),
        ("a<!-- comment -->b", "ab"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("I <3 you & me", "I <3 you & me"),
        ("AT&amp;T &copy; &#x1F600; &nosuch; &#128;", "AT&T © 😀 &nosuch; €"),
        ("&lt;b&gt;not a tag&lt;/b&gt;", "<b>not a tag</b>"),
        ("<a href='javascript:x'>link</a><img alt='[怒]'><img alt='a photo.jpg'>", "link[怒]"),
        ("<a title='x>y'>z</a>", "z"),
        ("<b>never closed", "never closed"),
        ("<p>x</p", "x"),
        ("safe<embed src='x'>after", "safeafter"),
        ("<math><mi>a</mi><mo>+</mo><mi>b</mi></math>", "a+b"),
        ("<div>" * 400 + "deep", "deep"),
        ("<b>" * 5000 + "deeper", "deeper"),
        ("<p>段落一</p>\n<p>段落二，<em>重要</em>。</p>", "段落一\n\n段落二，重要。"),
    ],
)
def test_markup_becomes_paragraphs(markup: str, expected: str) -> None:
    assert plain(markup) == expected


def test_names_and_titles_are_one_line() -> None:
    assert line("  a\n b\tc\u3000d ") == "a b c d"
    assert flat("Fish &amp; <b>Chips</b>\n&lt;3") == "Fish & Chips <3"
    assert flat("1 < 2 > 0") == "1 < 2 > 0"


def test_what_misleads_is_gone() -> None:
    assert clean("a\x00b\x07c\x1b[31md\x7f\x9b") == "abc[31md"
    assert clean("in\u202eoder\u202c \u2066x\u2069 \u200fy\u200e") == "inoder x y"
    assert clean("zero\u200bwidth\ufeff so\u00adft") == "zerowidth soft"
    assert clean("hid\U000e0068\U000e0069den") == "hidden"
    assert clean("half \ud83d of") == "half \ufffd of"
    assert clean("a\u2028b\r\nc\rd") == "a\nb\nc\nd"


@pytest.mark.parametrize("whole", [FAMILY, ENGLAND, "👍🏽", "❤️", "🇨🇳", "e\u0301", "क्षि", "می\u200cخواهم", "1️⃣"])
def test_what_people_see_as_one_stays_whole(whole: str) -> None:
    assert clean(f"x {whole} y") == f"x {whole} y"
    assert plain(f"<p>x {whole} y</p>") == f"x {whole} y"
    if "क" in whole or "م" in whole:
        return  # more than one of what people see as a character
    for limit in range(3, len(whole) + 5):
        shown = cut(f"ab{whole}cdefghijkl", limit)
        assert len(shown) <= limit
        assert whole in shown or not set(whole) & set(shown)


def test_cutting_leaves_short_texts_alone() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<br>", "<b>", "</b>", "<div>", "</div>", "<a href='x'>", "</a>", "<li>", "<td>", "&amp;", "&lt;",
         "a", "b c", "\n", "。", "<h2>", "</h2>", "<blockquote>", "</blockquote>", "<span class=\"x\">", "</span>"]
    ),
    max_size=12,
)  # fmt: skip


@given(MARKUP)
def test_reading_tags_agrees_with_building_a_tree(parts: list[str]) -> None:
    markup = "".join(parts)
    quick = module._from_tags(markup)
    if quick is not None and "<" in markup:
        words = re.sub(r"\s+", " ", clean(quick)).strip()
        assert words.replace(" ", "") == re.sub(r"\s+", "", clean(module._from_tree(markup)))


@given(st.text(max_size=300))
def test_any_text_becomes_harmless(raw: str) -> None:
    for shown in (plain(raw), clean(raw), flat(raw)):
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown if char != "\n")
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", shown)
        assert clean(shown) == shown


@given(st.text(max_size=60), st.text(max_size=60))
def test_script_never_speaks(before: str, after: str) -> None:
    markup = f"{before.replace('<', '')}<script>steal('me')</script>{after.replace('<', '')}"
    assert "steal" not in plain(markup)

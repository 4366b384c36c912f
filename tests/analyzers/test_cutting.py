"""Quick ways held to the plain ones: jieba's own cut, MinHash by division."""

import hashlib
import re

import jieba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.text import TextReader, copies
from analyzers.text.cutting import Cutter
from analyzers.text.normalise import HAN
from analyzers.text.tokens import Tokenizer, plain
from monitor.sample.world import BRANDS, sayings

NAMES = ("云杉咖啡", "哈珑", "盼达汽车")
SAID = [
    line
    for brand in BRANDS
    for name, lines in sayings(brand).items()
    if not name.startswith("products")
    for line in lines
]
# Characters in words, lone, rare, outside jieba's table, and traditional ones.
CHARACTERS = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多电池快递坏龘䶮㐀𠀀電體咖啡杉云"


@pytest.fixture(scope="module")
def ours() -> Cutter:
    return Cutter(NAMES)


@pytest.fixture(scope="module")
def theirs() -> jieba.Tokenizer:
    found = jieba.Tokenizer()
    for name in NAMES:
        found.add_word(name)
    return found


def test_every_saying_is_cut_as_jieba_cuts_it(ours, theirs):
    assert len(SAID) > 150
    for said in SAID:
        for run in re.findall(f"[{HAN}]+", plain(said)):
            assert ours.cut(run) == theirs.lcut(run)


@given(st.text(alphabet=CHARACTERS, min_size=1, max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_run_is_cut_as_jieba_cuts_it(ours, theirs, run):
    assert ours.cut(run) == theirs.lcut(run)
    assert ours.cut(run) == theirs.lcut(run)  # the second time from what was kept


def test_a_caller_may_change_the_words_it_was_given(ours):
    ours.cut("电池鼓包").clear()
    assert ours.cut("电池鼓包")


def _by_division(body: str) -> tuple[int, ...]:
    """Band keys as the method's book has them: (a x + b) modulo a prime, the least of each hash, four to a band."""
    prime = copies._PRIME
    codes = [ord(letter) for letter in body]
    grams = set()
    for at in range(len(codes) - 3):
        gram = 0
        for code in codes[at : at + 4]:
            gram = (gram * 1_000_003 + code) % prime
        grams.add(gram)
    lowest = [
        min((a * gram + b) % prime for gram in grams)
        for a, b in zip(copies._A.tolist(), copies._B.tolist(), strict=True)
    ]
    bands = [np.array(lowest[at : at + 4], dtype=np.int64).tobytes() for at in range(0, 20, 4)]
    return tuple(
        int.from_bytes(hashlib.blake2b(bytes([n]) + band, digest_size=8).digest(), "big", signed=True)
        for n, band in enumerate(bands)
    )


@given(st.text(min_size=16, max_size=80))
@settings(max_examples=100, deadline=None)
def test_signatures_are_those_of_division(text):
    body = copies.letters(text)
    alone = _by_division(body) if len(body) >= 16 else ()
    assert copies.signature(text) == alone
    assert copies.signatures([body, "short", body[::-1], body])[::3] == [alone, alone]


def test_facts_are_what_each_part_says_alone(ours):
    reader = TextReader(NAMES)
    alone = Tokenizer(NAMES)
    for said in [*SAID, "see https://a.example/b?c=d 這個電池 #续航# C++", "ﷺ" * 90, "很好" * 11_000]:
        facts = reader.facts(said)
        assert facts.tokens == " ".join(alone.search_tokens(said))
        assert facts.keywords == alone.keywords(said)
        assert facts.signature == copies.signature(said)

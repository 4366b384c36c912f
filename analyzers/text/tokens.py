"""Words: tokens to search by, keywords to explain by. jieba for Chinese, whole words for Latin script.

Brand aliases are user words, so that 小米汽车 is one word. A word jieba's dictionary does not know is also indexed by
its pairs of characters, and a long word by the dictionary words inside it, so that a search for 降噪 finds 降噪耳机
however it was cut. Blind spot: two words cut apart differently in text and query (南京市|长江 / 南京|市长) can miss.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import TypeVar

from analyzers.text.cutting import Cutter
from analyzers.text.normalise import HAN, normalised

_PIECES = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[-'’.+&/][^\W_{HAN}]+)*\+{{0,2}}|#[^\s#]+#?")
_ASCII_PIECES = re.compile(r"[a-z0-9]+(?:[-'.+&/][a-z0-9]+)*\+{0,2}|#[^\s#]+#?")  # the same, and five times as quick
_HAN_RUN = re.compile(rf"[{HAN}]+")
_JOINTS = re.compile(r"[-'’.+&/]+")
_URL = re.compile(r"https?://\S+|www\.\S+")
_LONGEST = 20_000  # characters read for words and copies: the rest of a very long text is not indexed
_KEPT = 32_768  # words whose parts are kept
_SHORT = 32  # characters


def plain(text: str, body: str | None = None) -> str:
    """A text as words and copies read it: normalised (`body`, if that is known), addresses and a very long end left out."""
    if body is None or len(text) > _LONGEST:
        body = normalised(text[:_LONGEST])
    return _URL.sub(" ", body) if "http" in body or "www." in body else body


T = TypeVar("T")


class _Kept(dict[str, T]):
    """What a function says of words, kept for short ones: asked of every word of every text, so by dictionary alone."""

    def __init__(self, asked: Callable[[str], T]) -> None:
        super().__init__()
        self._asked = asked

    def __missing__(self, word: str) -> T:
        found = self._asked(word)
        if len(word) <= _SHORT:
            if len(self) >= _KEPT:
                self.clear()
            self[word] = found
        return found


class Tokenizer:
    """Cuts text into words. `words` are kept whole (brand names and aliases)."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        runs = (run for word in words for run in _HAN_RUN.findall(normalised(word)))
        self._cutter = Cutter(run for run in runs if len(run) > 1)
        self._parts = _Kept(self._parts_of)

    def words(self, text: str) -> list[str]:
        """Words in order, normalised; punctuation, addresses and emoji left out."""
        return self.words_of(plain(text))

    def words_of(self, body: str) -> list[str]:
        """As `words`, of a text that is `plain`."""
        if body.isascii():
            pieces = _ASCII_PIECES.findall(body)
            return [word for piece in pieces if (word := piece.strip("#"))] if "#" in body else pieces
        found: list[str] = []
        for piece in _PIECES.findall(body):
            if _HAN_RUN.match(piece):
                found += self._cutter.cut(piece)
            elif word := piece.strip("#"):
                found.append(word)
        return found

    def search_tokens(self, text: str) -> tuple[str, ...]:
        """Words, and the words inside long ones, for the full-text index and for queries alike."""
        return self.expand(self.words(text))

    def expand(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(chain.from_iterable(map(self._parts.__getitem__, words)))

    def keywords(self, text: str) -> tuple[str, ...]:
        """Content words, each once, in order: what can explain a spike."""
        return content_words(self.words(text))

    def _parts_of(self, word: str) -> tuple[str, ...]:
        """The word, and what it is also found by."""
        if not _HAN_RUN.fullmatch(word):
            return (word, *(part for part in _JOINTS.split(word) if part and part != word))
        frequency = self._cutter.known
        known = bool(frequency.get(word))
        parts = [word]
        for size in (2, 3):
            for at in range(len(word) - size + 1):
                part = word[at : at + size]
                if part != word and (frequency.get(part) or (size == 2 and not known)):
                    parts.append(part)
        return tuple(parts)


def content_words(words: Iterable[str]) -> tuple[str, ...]:
    """`words` without stop words, lone characters and numbers; each once."""
    return tuple(filter(_telling.__getitem__, dict.fromkeys(words)))


def _is_telling(word: str) -> bool:
    return len(word) > 1 and word not in _stop_words() and not word.replace(".", "").isdigit()


@cache
def _stop_words() -> frozenset[str]:
    text = files("analyzers.text").joinpath("stopwords.txt").read_text("utf-8")
    return frozenset(line.split("#")[0].strip() for line in text.split()) - {""}


_telling = _Kept(_is_telling)

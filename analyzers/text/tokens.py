"""Words: tokens to search by, keywords to explain by. jieba for Chinese, whole words for Latin script.

Brand aliases are user words, so that 小米汽车 is one word. A word jieba's dictionary does not know is also indexed by
its pairs of characters, and a long word by the dictionary words inside it, so that a search for 降噪 finds 降噪耳机
however it was cut. Blind spot: two words cut apart differently in text and query (南京市|长江 / 南京|市长) can miss.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import jieba

from analyzers.text.normalise import HAN, normalised

_PIECES = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[-'’.+&/][^\W_{HAN}]+)*\+{{0,2}}|#[^\s#]+#?")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_URL = re.compile(r"https?://\S+|www\.\S+")
_LONGEST = 20_000  # characters read for words: the rest of a very long text is not indexed


class Tokenizer:
    """Cuts text into words. `words` are kept whole (brand names and aliases)."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._jieba = jieba.Tokenizer()
        self._jieba.tmp_dir = None
        jieba.setLogLevel(60)  # jieba reports its cache on stderr
        self._jieba.initialize()
        for word in words:
            for run in _HAN_RUN.findall(normalised(word)):
                if len(run) > 1:
                    self._jieba.add_word(run)

    def words(self, text: str) -> list[str]:
        """Words in order, normalised; punctuation, addresses and emoji left out."""
        found: list[str] = []
        for piece in _PIECES.findall(_URL.sub(" ", normalised(text[:_LONGEST]))):
            if _HAN_RUN.fullmatch(piece):
                found += self._jieba.lcut(piece)
            else:
                found.append(piece.strip("#"))
        return [word for word in found if word]

    def search_tokens(self, text: str) -> tuple[str, ...]:
        """Words, and the words inside long ones, for the full-text index and for queries alike."""
        return self.expand(self.words(text))

    def expand(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(part for word in words for part in self._parts(word))

    def keywords(self, text: str) -> tuple[str, ...]:
        """Content words, each once, in order: what can explain a spike."""
        return content_words(self.words(text))

    def _parts(self, word: str) -> Iterator[str]:
        yield word
        if not _HAN_RUN.fullmatch(word):
            if re.search(r"[-'’.+&/]", word):
                yield from (part for part in re.split(r"[-'’.+&/]+", word) if part)
            return
        known = bool(self._jieba.FREQ.get(word))
        for size in (2, 3):
            for at in range(len(word) - size + 1):
                part = word[at : at + size]
                if part != word and (self._jieba.FREQ.get(part) or (size == 2 and not known)):
                    yield part


def content_words(words: Iterable[str]) -> tuple[str, ...]:
    """`words` without stop words, lone characters and numbers; each once."""
    stop = _stop_words()
    return tuple(
        dict.fromkeys(
            word for word in words if len(word) > 1 and word not in stop and not word.replace(".", "").isdigit()
        )
    )


@cache
def _stop_words() -> frozenset[str]:
    text = files("analyzers.text").joinpath("stopwords.txt").read_text("utf-8")
    return frozenset(line.split("#")[0].strip() for line in text.split()) - {""}

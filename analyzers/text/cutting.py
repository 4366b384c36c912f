"""jieba's cut of a Chinese sentence, with the same words and a fifth of the work.

jieba takes the likeliest path through the dictionary words of a sentence, and hands what is left over as lone
characters to a hidden Markov model. `Cutter` does jieba's sums in jieba's order on jieba's dictionary and
probabilities, ties included, so every sentence falls into the words `jieba.lcut` gives (a test holds the two together);
it only keeps what jieba works out anew each time: the logarithm of a frequency, a character's emissions, how a
short run was cut. Blind spots are jieba's own.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from math import log

import jieba
from jieba import finalseg

_BLOCKS = re.compile("[\u4e00-\u9fd5]+|.", re.DOTALL)  # what jieba holds for Chinese; any other character stands alone
_KEPT = 16_384  # short runs kept with their words: some 10 MB at most
_SHORT = 24  # characters
_LEAST = -3.14e100  # jieba's logarithm of what never happens
_FROM, _TO = finalseg.start_P, finalseg.trans_P
_EB, _SB = _TO["E"]["B"], _TO["S"]["B"]
_MM, _BM = _TO["M"]["M"], _TO["B"]["M"]
_BE, _ME = _TO["B"]["E"], _TO["M"]["E"]
_SS, _ES = _TO["S"]["S"], _TO["E"]["S"]
_B, _M, _E, _S = range(4)


class _Logarithms(dict[int, float]):
    """Frequency -> the logarithm of its share of all words."""

    def __init__(self, total: float) -> None:
        super().__init__()
        self._total = log(total)

    def __missing__(self, frequency: int) -> float:
        found = self[frequency] = log(frequency) - self._total
        return found


class Cutter:
    """jieba with `words` added to its dictionary. Thread-safe: what it keeps is the same whoever writes it."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        tokenizer = jieba.Tokenizer()
        tokenizer.tmp_dir = None
        jieba.setLogLevel(60)  # jieba reports its cache on stderr
        tokenizer.initialize()
        for word in words:
            tokenizer.add_word(word)
        self.known: dict[str, int] = tokenizer.FREQ  # 0: no word, but one begins so
        self._share = _Logarithms(tokenizer.total)
        self._again = lru_cache(_KEPT)(self._cut)

    def cut(self, run: str) -> list[str]:
        """The words of a run of Chinese characters, as `jieba.lcut` gives them."""
        if len(run) <= _SHORT:
            return list(self._again(run))
        return list(self._cut(run))

    def _cut(self, run: str) -> tuple[str, ...]:
        found: list[str] = []
        for block in _BLOCKS.findall(run):
            ends = self._ends(block)
            at, lone = 0, 0  # `lone`: where the lone characters before `at` began
            while at < len(block):
                end = ends[at]
                if end - at > 1:
                    found += self._lone(block[lone:at])
                    found.append(block[at:end])
                    lone = end
                at = end
            found += self._lone(block[lone:])
        return tuple(found)

    def _ends(self, block: str) -> list[int]:
        """For each place, where its word ends on the likeliest way from there to the end."""
        known, share, size = self.known, self._share, len(block)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for at in range(size - 1, -1, -1):
            most = -float("inf")
            end = at + 1
            frequency = known.get(block[at])
            while frequency is not None:
                if frequency:
                    score = share[frequency] + best[end]
                    if score >= most:
                        most = score
                        ends[at] = end
                if end == size:
                    break
                end += 1
                frequency = known.get(block[at:end])
            if not ends[at]:
                most = share[1] + best[at + 1]
                ends[at] = at + 1
            best[at] = most
        return ends

    def _lone(self, characters: str) -> Iterable[str]:
        if len(characters) < 2 or self.known.get(characters):
            return characters
        return _hidden(characters) if len(characters) <= _SHORT else _hidden.__wrapped__(characters)


@lru_cache(_KEPT)
def _emissions(character: str) -> tuple[float, float, float, float]:
    """How likely each place in a word (beginning, middle, end, alone) shows this character."""
    begin, middle, end, single = (finalseg.emit_P[place].get(character, _LEAST) for place in "BMES")
    return begin, middle, end, single


@lru_cache(_KEPT)
def _hidden(characters: str) -> tuple[str, ...]:
    """Words of characters that make none in the dictionary: Viterbi's path (1967) through jieba's four places."""
    begin, middle, end, single = _emissions(characters[0])
    b, m, e, s = _FROM["B"] + begin, _FROM["M"] + middle, _FROM["E"] + end, _FROM["S"] + single
    before: list[tuple[int, int, int, int]] = []
    for character in characters[1:]:
        begin, middle, end, single = _emissions(character)
        eb, sb = e + _EB + begin, s + _SB + begin
        mm, bm = m + _MM + middle, b + _BM + middle
        be, me = b + _BE + end, m + _ME + end
        ss, es = s + _SS + single, e + _ES + single
        before.append((_S if sb >= eb else _E, _M if mm >= bm else _B, _M if me >= be else _B, _S if ss >= es else _E))
        b, m = (sb if sb >= eb else eb), (mm if mm >= bm else bm)
        e, s = (me if me >= be else be), (ss if ss >= es else es)
    places = [_S if s >= e else _E]
    for step in reversed(before):
        places.append(step[places[-1]])
    return _split(characters, places[::-1])


def _split(characters: str, places: list[int]) -> tuple[str, ...]:
    found: list[str] = []
    begin = rest = 0
    for at, place in enumerate(places):
        if place == _B:
            begin = at
        elif place == _E:
            found.append(characters[begin : at + 1])
            rest = at + 1
        elif place == _S:
            found.append(characters[at])
            rest = at + 1
    return (*found, characters[rest:]) if rest < len(characters) else tuple(found)

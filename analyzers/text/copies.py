"""Who repeats whom: keys by which the same text, or nearly the same, is found again.

`letters` are equal for texts that differ only in spacing, case, script, punctuation and emoji. `signature` is
MinHash (Broder 1997) over character 4-grams in 5 bands of 4 (Leskovec, Rajaraman & Ullman, Mining of Massive
Datasets, ch. 3): two texts of Jaccard similarity 0.9 share a band 99 times in 100, of 0.75 85, of 0.5 28. Candidates
that share a band are confirmed by `alike`. Blind spots: a long comment around a short quotation is not a copy;
texts under 16 letters only match exactly.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np

from analyzers.records import letters_of
from analyzers.text.tokens import plain

_BANDS, _ROWS, _SHINGLE, _SHORTEST = 5, 4, 4, 16
_BAND = _ROWS * 8  # bytes
_TOGETHER = 64  # texts: their numbers stay in a core's cache
_PRIME = (1 << 31) - 1
_random = np.random.Generator(np.random.PCG64(1997))
_A = _random.integers(1, _PRIME, _BANDS * _ROWS, dtype=np.int64)
_B = _random.integers(0, _PRIME, _BANDS * _ROWS, dtype=np.int64)

NEAR = 0.75  # Jaccard similarity from which two texts are copies


def letters(text: str) -> str:
    """Letters and digits only, normalised: what a copy keeps."""
    return letters_of(plain(text))


def signature(text: str) -> tuple[int, ...]:
    """Band keys (signed 64-bit), or () when the text is too short for near copies."""
    return signatures([letters(text)])[0]


def signatures(bodies: Sequence[str]) -> list[tuple[int, ...]]:
    """Band keys of texts given by their letters: many at once cost half of what each alone does."""
    found: list[tuple[int, ...]] = [()] * len(bodies)
    long = [at for at, body in enumerate(bodies) if len(body) >= _SHORTEST]
    for first in range(0, len(long), _TOGETHER):
        together = long[first : first + _TOGETHER]
        for at, lowest in zip(together, _lowest([bodies[at] for at in together]), strict=True):
            found[at] = _keys(lowest.tobytes())
    return found


def _keys(lowest: bytes) -> tuple[int, ...]:
    bands = (bytes([n]) + lowest[n * _BAND : (n + 1) * _BAND] for n in range(_BANDS))
    return tuple(int.from_bytes(blake2b(band, digest_size=8).digest(), "big", signed=True) for band in bands)


def _lowest(bodies: Sequence[str]) -> Any:
    """For each text, the least of (a * shingle + b) modulo the prime, hash by hash."""
    codes = np.frombuffer("".join(bodies).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    last = len(codes) - _SHINGLE + 1
    shingles = codes[:last]  # of all texts on end: those that reach over an end are in nobody's stretch
    for offset in range(1, _SHINGLE):
        shingles = _modulo(shingles * 1_000_003 + codes[offset : offset + last]).astype(np.int64)
    ends = np.cumsum([len(body) for body in bodies])
    starts = ends - [len(body) for body in bodies]
    stretches = np.stack([starts, ends - _SHINGLE + 1], axis=1).ravel()[:-1]  # the last goes to the end
    lowest = np.empty((len(bodies), _BANDS * _ROWS), dtype=np.int64)
    for n, (a, b) in enumerate(zip(_A, _B, strict=True)):
        lowest[:, n] = np.minimum.reduceat(_modulo(shingles * a + b), stretches)[::2]
    return lowest


def _modulo(values: Any) -> Any:
    """Values under 2**62 modulo the prime.

    Division is what costs: with a prime of 2**31 - 1 the high bits are added to the low ones instead, which leaves less
    than twice the prime; unsigned, what is below the prime wraps to something larger when that is taken off.
    """
    folded = ((values & _PRIME) + (values >> 31)).astype(np.uint32)
    return np.minimum(folded, folded - np.uint32(_PRIME))


def alike(one: str, other: str) -> bool:
    """True when two normalised texts share at least `NEAR` of their character 4-grams."""
    return _may_be(_letters(one), _letters(other)) and similarity(one, other) >= NEAR


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of the character 4-grams of two normalised texts, 0 to 1; equal letters are 1."""
    if _letters(one) == _letters(other):
        return 1.0
    a, b = _grams(one), _grams(other)
    both = len(a & b)
    return both / (len(a) + len(b) - both) if a and b else 0.0


def _may_be(one: str, other: str) -> bool:
    """Whether half of some 4-grams taken evenly from one text stand in the other. Of copies three quarters of all do:
    that less than half of thirty-two do happens once in two thousand borderline ones, and spares comparing the rest."""
    tried = range(0, len(one) - _SHINGLE + 1, max(1, len(one) // 32))
    missing, most = 0, len(tried) // 2
    for at in tried:
        if one[at : at + _SHINGLE] not in other:
            missing += 1
            if missing > most:
                return False
    return True


@lru_cache(maxsize=256)  # a text is compared with several candidates in a row, and each of those with others
def _letters(text: str) -> str:
    """Letters of a normalised text."""
    return letters_of(plain(text, text))


@lru_cache(maxsize=256)
def _grams(text: str) -> frozenset[str]:
    body = _letters(text)
    return frozenset([body[at : at + _SHINGLE] for at in range(len(body) - _SHINGLE + 1)])

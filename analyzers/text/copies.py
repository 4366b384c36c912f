"""Who repeats whom: keys by which the same text, or nearly the same, is found again.

`fingerprint` is equal for texts that differ only in spacing, case, script, punctuation and emoji. `signature` is
MinHash (Broder 1997) over character 4-grams in 5 bands of 4 (Leskovec, Rajaraman & Ullman, Mining of Massive
Datasets, ch. 3): two texts of Jaccard similarity 0.9 share a band 99 times in 100, of 0.75 85, of 0.5 28. Candidates
that share a band are confirmed by `alike`. Blind spots: a long comment around a short quotation is not a copy;
texts under 16 letters only match exactly.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from analyzers.text.tokens import plain

_NOT_LETTERS = re.compile(r"[\W_]+")
_BANDS, _ROWS, _SHINGLE, _SHORTEST = 5, 4, 4, 16
_PRIME = (1 << 31) - 1
_random = np.random.Generator(np.random.PCG64(1997))
_A = _random.integers(1, _PRIME, _BANDS * _ROWS, dtype=np.int64)[:, None]
_B = _random.integers(0, _PRIME, _BANDS * _ROWS, dtype=np.int64)[:, None]

NEAR = 0.75  # Jaccard similarity from which two texts are copies


def letters(text: str) -> str:
    """Letters and digits only, normalised: what a copy keeps."""
    return letters_of(plain(text))


def letters_of(body: str) -> str:
    """As `letters`, of a text that is `plain`."""
    return _NOT_LETTERS.sub("", body)


def fingerprint(text: str, body: str | None = None) -> str:
    """Equal for copies that differ in form only; texts without letters compare as they stand. `body`: its letters."""
    key = (letters(text) if body is None else body) or text.strip()
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def signature(text: str, body: str | None = None) -> tuple[int, ...]:
    """Band keys (signed 64-bit), or () when the text is too short for near copies. `body`: its letters, if known."""
    body = letters(text) if body is None else body
    if len(body) < _SHORTEST:
        return ()
    lowest = _lowest(_shingles(body)).tobytes()
    size = len(lowest) // _BANDS
    return tuple(
        int.from_bytes(
            hashlib.blake2b(bytes([n]) + lowest[n * size : (n + 1) * size], digest_size=8).digest(), "big", signed=True
        )
        for n in range(_BANDS)
    )


def _shingles(body: str) -> Any:
    """A number under the prime for each run of `_SHINGLE` letters."""
    codes = np.frombuffer(body.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    last = len(codes) - _SHINGLE + 1
    grams = codes[:last]
    for offset in range(1, _SHINGLE):
        grams = (grams * 1_000_003 + codes[offset : offset + last]) % _PRIME
    return grams


def _lowest(grams: Any) -> Any:
    """The least of (a * gram + b) modulo the prime, for each of the hashes.

    Division is what costs: with a prime of 2**31 - 1 the high bits are added to the low ones instead, which leaves less
    than twice the prime; unsigned, what is below the prime wraps to something larger when that is taken off.
    """
    mixed = grams * _A
    mixed += _B
    folded = ((mixed & _PRIME) + (mixed >> 31)).astype(np.uint32)
    return np.minimum(folded, folded - np.uint32(_PRIME)).min(axis=1).astype(np.int64)


def alike(one: str, other: str) -> bool:
    """True when the two texts share at least `NEAR` of their character 4-grams."""
    return similarity(one, other) >= NEAR


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of character 4-grams, 0 to 1; equal fingerprints are 1."""
    (first, a), (second, b) = _grams(one), _grams(other)
    if first == second:
        return 1.0
    both = len(a & b)
    return both / (len(a) + len(b) - both) if a and b else 0.0


@lru_cache(maxsize=256)  # a text is compared with several candidates in a row, and each of those with others
def _grams(text: str) -> tuple[str, frozenset[str]]:
    """Letters and their 4-grams."""
    body = letters(text)
    return body, frozenset(body[at : at + _SHINGLE] for at in range(len(body) - _SHINGLE + 1))


def origin_of(text: str, candidates: Sequence[tuple[int, str]]) -> int | None:
    """Id of the most similar candidate that `text` copies, or None. `candidates` are (id, text), oldest first."""
    best, best_similarity = None, NEAR
    for candidate, candidate_text in candidates:
        found = similarity(text, candidate_text)
        if found > best_similarity or (best is None and found >= NEAR):
            best, best_similarity = candidate, found
    return best

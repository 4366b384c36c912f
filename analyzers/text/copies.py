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

import numpy as np

from analyzers.text.normalise import normalised

_NOT_LETTERS = re.compile(r"[\W_]+")
_URL = re.compile(r"https?://\S+|www\.\S+")
_BANDS, _ROWS, _SHINGLE, _SHORTEST, _LONGEST = 5, 4, 4, 16, 20_000
_PRIME = (1 << 31) - 1
_random = np.random.Generator(np.random.PCG64(1997))
_A = _random.integers(1, _PRIME, _BANDS * _ROWS, dtype=np.int64)
_B = _random.integers(0, _PRIME, _BANDS * _ROWS, dtype=np.int64)

NEAR = 0.75  # Jaccard similarity from which two texts are copies


def letters(text: str) -> str:
    """Letters and digits only, normalised: what a copy keeps."""
    return _NOT_LETTERS.sub("", _URL.sub(" ", normalised(text[:_LONGEST])))


def fingerprint(text: str) -> str:
    """Equal for copies that differ in form only; texts without letters compare as they stand."""
    key = letters(text) or text.strip()
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def signature(text: str) -> tuple[int, ...]:
    """Band keys (signed 64-bit), or () when the text is too short for near copies."""
    body = letters(text)
    if len(body) < _SHORTEST:
        return ()
    codes = np.frombuffer(body.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    grams = np.zeros(len(codes) - _SHINGLE + 1, dtype=np.int64)
    for offset in range(_SHINGLE):
        grams = (grams * 1_000_003 + codes[offset : offset + len(grams)]) % _PRIME
    lowest = ((np.unique(grams)[:, None] * _A + _B) % _PRIME).min(axis=0)
    bands = lowest.reshape(_BANDS, _ROWS)
    return tuple(
        int.from_bytes(hashlib.blake2b(bytes([n]) + band.tobytes(), digest_size=8).digest(), "big", signed=True)
        for n, band in enumerate(bands)
    )


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

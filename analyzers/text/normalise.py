"""One form in which texts are compared: full-width = half-width, traditional = simplified, case folded.

Stored text is never changed; this form is for finding and counting. OpenCC's t2s maps by phrase, so a few characters
with two simplified forms (乾 干/乾) follow their phrase; single characters follow the commonest use.
"""

import re
import unicodedata
from functools import cache

import opencc

# Zero-width and direction characters split words without being seen.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]")


@cache
def _t2s() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones; everything else as it was. Lone surrogates become U+FFFD."""
    if not _HAN.search(text):
        return text
    return _t2s().convert(text.encode("utf-8", "replace").decode("utf-8"))


def normalised(text: str) -> str:
    if text.isascii():
        return text.lower()
    return simplified(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).casefold()

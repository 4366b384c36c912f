"""What the model is shown of a text: the same cleaning in training and in use.

Promise: any string gives a string, short, simplified, free of addresses and of control characters. The stored text is never touched; this form lives only for one reading.
Blind spots: sarcasm marked only by layout (spacing, line breaks) is lost with the layout; a pun that needs
the traditional form is lost with the conversion.
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache

HEAD_CHARS = 1_600
TAIL_CHARS = 1_600

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff]+", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\s*link\s*\}|\{%|%\}", re.IGNORECASE)
_RETWEET_CHAIN = re.compile(r"//\s*@[^\s:：@]{1,30}[:：]")
_PERSON = re.compile(r"@[\w\-·]{1,30}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SAME_CHARACTER = re.compile(r"([^\d\s])\1{3,}")
_SPACE = re.compile(r"\s+")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@lru_cache(maxsize=1)
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # loaded late: English-only work never pays for its dictionaries

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def simplified(text: str) -> str:
    """Traditional characters as simplified ones; other scripts unchanged. Half a character (a lone surrogate) is a ?."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _converter()(whole) if _CJK.search(whole) else whole


def shortened(text: str) -> str:
    """A very long text as its beginning and its end: what is felt is said first or last."""
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return f"{text[:HEAD_CHARS]} {text[-TAIL_CHARS:]}"


def clean(text: str, *, keeps: Callable[[str], bool] = lambda handle: False) -> str:
    """The form the tokenizer sees. Addresses become 'http' and people '@user', as tweet corpora write them; but handles
    that `keeps` says yes to stay, for the brand asked about is often named so."""
    text = html.unescape(shortened(text)).replace('""', '"')
    text = _INVISIBLE.sub("", text)
    text = _ADDRESS.sub(" http ", text)
    text = _PLACEHOLDER.sub(" ", text)
    text = _RETWEET_CHAIN.sub(" // ", text)
    text = _PERSON.sub(lambda found: found.group() if keeps(found.group()) else "@user", text)
    text = _SAME_CHARACTER.sub(r"\1\1\1", text)
    text = _SPACE.sub(" ", text).strip()
    return simplified(text)


def is_chinese(text: str) -> bool:
    """Whether Chinese carries the text: one Han character says about as much as three Latin letters."""
    han = len(_CJK.findall(text))
    return han > 0 and 3 * han >= sum(character.isascii() and character.isalpha() for character in text)

"""Texts and targets as token ids: the same marking, joining and cutting in training and in reading. No torch here.

Where the target stands in the text it is marked, «so»: a small network need not find out by itself which of two
brands is asked about (entity markers, as in Baldini Soares et al. 2019, "Matching the Blanks"). A target that does not
stand in the text, such as a theme, is only named after it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from tokenizers import Tokenizer

TARGET_PIECES = 16
_MARKS = re.compile("[«»]")


def marked(text: str, target: str) -> str:
    """The text with every mention of the target between « and »; Latin targets count as whole words first."""
    found = _mentions(target).sub(_between, bare := _MARKS.sub('"', text))
    if found == bare:
        found = re.sub(re.escape(target), _between, bare, flags=re.IGNORECASE)
    return found


def _between(found: re.Match[str]) -> str:
    name = found.group()
    # Spaces keep a Latin word the pieces it has elsewhere.
    return f"« {name} »" if name[0].isascii() else f"«{name}»"


@lru_cache(maxsize=4096)
def _mentions(target: str) -> re.Pattern[str]:
    before = r"(?<![A-Za-z0-9])" if target[0].isascii() else ""
    after = r"(?![A-Za-z0-9])" if target[-1].isascii() else ""
    return re.compile(before + re.escape(target) + after, re.IGNORECASE)


def ends_kept(ids: list[int], limit: int) -> list[int]:
    """At most `limit` ids: the first and the last half of a longer list."""
    if len(ids) <= limit:
        return ids
    return ids[: limit - limit // 2] + ids[len(ids) - limit // 2 :]


def frame(tokenizer: Tokenizer) -> tuple[list[int], list[int], list[int]]:
    """What the tokenizer itself puts before a text, between a text and its pair, and at the end: `<s>`, `</s></s>`,
    `</s>` for RoBERTa's kind, `[CLS]`, `[SEP]`, `[SEP]` for BERT's."""
    pair = tokenizer.encode("a", "a")
    first = [at for at, which in enumerate(pair.sequence_ids) if which == 0]
    second = [at for at, which in enumerate(pair.sequence_ids) if which == 1]
    if first and second and first[0] > 0 and second[-1] + 1 < len(pair.ids):
        return pair.ids[: first[0]], pair.ids[first[-1] + 1 : second[0]], pair.ids[second[-1] + 1 :]
    for start, between, end in (("<s>", ("</s>", "</s>"), "</s>"), ("[CLS]", ("[SEP]",), "[SEP]")):
        found = [number for piece in (start, *between, end) if (number := tokenizer.token_to_id(piece)) is not None]
        if len(found) == len(between) + 2:  # a tokenizer saved without its template
            return found[:1], found[1:-1], found[-1:]
    raise ValueError("the tokenizer marks neither a text's beginning nor its end, as <s> </s> or [CLS] [SEP] do")


class Pieces:
    """`<s> text </s>` asks for the text's sentiment, `<s> text </s></s> target </s>` for that toward the target, which
    is marked in the text; with the signs that the tokenizer has for it."""

    def __init__(self, tokenizer: Tokenizer, *, limit: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._limit = limit
        self._start, self._between, self._end = frame(tokenizer)

    def encode(self, texts: Sequence[str], targets: Sequence[str]) -> list[list[int]]:
        """One list of ids per text; an empty target asks for the whole text's sentiment."""
        shown = [marked(text, target) if target else text for text, target in zip(texts, targets, strict=True)]
        bodies = self._tokenizer.encode_batch_fast(shown, add_special_tokens=False)
        names = {name: self._name(name) for name in set(targets)}
        return [self._join(body.ids, names[name]) for body, name in zip(bodies, targets, strict=True)]

    def _name(self, name: str) -> list[int]:
        most = min(TARGET_PIECES, self._limit // 2)
        return self._tokenizer.encode(name, add_special_tokens=False).ids[:most] if name else []

    def _join(self, body: list[int], name: list[int]) -> list[int]:
        asked = [*self._between, *name] if name else []
        room = self._limit - len(self._start) - len(asked) - len(self._end)
        return [*self._start, *ends_kept(body, room), *asked, *self._end]

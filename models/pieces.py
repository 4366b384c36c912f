"""Texts and targets as token ids: the same joining and cutting in training and in reading. No torch here."""

from collections.abc import Sequence

from tokenizers import Tokenizer

TARGET_PIECES = 16


def ends_kept(ids: list[int], limit: int) -> list[int]:
    """At most `limit` ids: the first and the last half of a longer list."""
    if len(ids) <= limit:
        return ids
    return ids[: limit - limit // 2] + ids[len(ids) - limit // 2 :]


def _special(tokenizer: Tokenizer, piece: str) -> int:
    number = tokenizer.token_to_id(piece)
    if number is None:
        raise ValueError(f"the tokenizer has no piece {piece}")
    return int(number)


class Pieces:
    """`<s> text </s>` asks for the text's sentiment, `<s> text </s></s> target </s>` for that toward the target."""

    def __init__(self, tokenizer: Tokenizer, *, limit: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._limit = limit
        self._start = _special(tokenizer, "<s>")
        self._end = _special(tokenizer, "</s>")

    def encode(self, texts: Sequence[str], targets: Sequence[str]) -> list[list[int]]:
        """One list of ids per text; an empty target asks for the whole text's sentiment."""
        bodies = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        names = {name: self._name(name) for name in set(targets)}
        return [self._join(body.ids, names[name]) for body, name in zip(bodies, targets, strict=True)]

    def _name(self, name: str) -> list[int]:
        return self._tokenizer.encode(name, add_special_tokens=False).ids[:TARGET_PIECES] if name else []

    def _join(self, body: list[int], name: list[int]) -> list[int]:
        if not name:
            return [self._start, *ends_kept(body, self._limit - 2), self._end]
        room = self._limit - len(name) - 4
        return [self._start, *ends_kept(body, room), self._end, self._end, *name, self._end]

"""Sentiment of texts, toward the brand asked about: one small class, texts and targets in, readings out.

Promise: any text gives an answer, the same whatever it is read together with; the input is not changed; a missing
or broken model is a ModelError with one sentence, never another model and never "neutral for everything".
How sure: the card in `models/sentiment/` gives the scores per source and language, and how honest `confidence` is.
Blind spots: sarcasm without markers, knowledge of the world ("as good as last year's recall"), brands named by a
nickname that is not among the aliases. Languages other than Chinese and English are read, badly; the language
analyzer marks them 'other'.

A text that fits the model's window is read once, as a pair of text and brand. Of a longer one, the sentences that
name the brand, wherever they stand, and their neighbours are read as a pair, and so is the whole (its beginning and end);
the two are mixed, CLAUSE_SHARE to the sentences about the brand. Measured on 362 labelled texts beyond LONG (112 of them dev):
macro-F1 0.61 by the whole alone, 0.66 by the mixture, 0.66 by the sentences alone; anything from 0.5 to 0.8 does as well.

A brand is looked for under all its names, as matching finds them (either apostrophe, blank or hyphen, full width), and asked
about by the one that stands in the text most often. A handle that holds one of them stays readable: with `@user` for the
brand, the 917 sentences of two of our check sets, brands written as handles, were read rightly in 65 of 100, now in 74.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from analyzers.records import LABELS
from models.files import SHIPPED, is_ours
from models.runtime import OnnxModel
from models.text import HEAD_CHARS, TAIL_CHARS, clean, simplified

LONG = 120  # characters of Chinese; Latin text counts a third as much
CLAUSE_SHARE = 0.6
WINDOW = 200

_SENTENCE = re.compile(r"[^。！？!?;；\n]*[。！？!?;；\n]+|[^。！？!?;；\n]+")
_LATIN = r"[A-Za-z0-9\u00c0-\u024f]"
_ONE_FORM = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_ONE_FORM |= dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))  # full width to half, and what is not seen
_APOSTROPHE, _GAP = "['‘’‛ʼ′´`＇]", r"[\s‐‑‒–—―−－-]+"
_ENGLISH_STOP = re.compile(r"(?<=[a-z\)\"'])\.\s+(?=[A-Z@#\"'])")


class Model(Protocol):
    """What a model must do to be used here."""

    @property
    def model_id(self) -> str: ...

    def probabilities(self, texts: Sequence[str], targets: Sequence[str]) -> np.ndarray: ...


@dataclass(frozen=True)
class Sentiment:
    """One reading. `label` is the likeliest of the three; `unsure` says that its probability is too low to count.
    `confidence` is that probability, 0 for a text without content."""

    label: str
    p_negative: float
    p_neutral: float
    p_positive: float
    confidence: float
    unsure: bool


class SentimentReader:
    """Reads texts with one model. `unsure_below`: raising it marks more readings as unsure, and fewer wrongly sure."""

    def __init__(self, model: Model, *, unsure_below: float = 0.5) -> None:
        self._model = model
        self._unsure_below = unsure_below

    @property
    def model_id(self) -> str:
        """Name and version of the model, to be stored beside each reading."""
        return self._model.model_id

    def read(self, texts: Sequence[str], targets: Sequence[Sequence[str]] | None = None) -> list[Sentiment]:
        """One reading per text. `targets` holds each text's brand name and aliases; an empty one asks for the
        sentiment of the whole text."""
        names: Sequence[Sequence[str]] = targets if targets is not None else [()] * len(texts)
        if len(names) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(names)} targets")
        known = [_known(tuple(aliases)) for aliases in names]
        cleaned = [_shown(text, aliases) for text, aliases in zip(texts, known, strict=True)]
        uncut = [_uncut(text, short) for text, short in zip(texts, cleaned, strict=True)]
        chosen = [target_in(text, aliases) for text, aliases in zip(uncut, known, strict=True)]
        chances = self._model.probabilities(cleaned, chosen)
        long = [row for row, text in enumerate(cleaned) if chosen[row] and _weight(text) > LONG]
        if long:
            near = [_shown(about(uncut[row], known[row]), known[row]) for row in long]
            closer = self._model.probabilities(near, [chosen[row] for row in long])
            chances[long] = CLAUSE_SHARE * closer + (1 - CLAUSE_SHARE) * chances[long]
        return [self._sentiment(text, row) for text, row in zip(cleaned, chances, strict=True)]

    def _sentiment(self, text: str, chances: np.ndarray) -> Sentiment:
        best = int(chances.argmax())
        confidence = (
            float(chances[best]) if any(character.isprintable() and character != " " for character in text) else 0.0
        )
        negative, neutral, positive = (float(value) for value in chances)
        return Sentiment(LABELS[best], negative, neutral, positive, confidence, confidence < self._unsure_below)


def load_sentiment(model: str | None = None, *, unsure_below: float = 0.5) -> SentimentReader:
    """The shipped model, or the one in a folder or under a hub id. Raises ModelError when it cannot be used."""
    folder = Path(model) if model else SHIPPED
    if not model or is_ours(folder):
        return SentimentReader(OnnxModel(folder), unsure_below=unsure_below)
    from models.hub import HubModel  # torch and transformers only when another model is asked for

    return SentimentReader(HubModel(str(model)), unsure_below=unsure_below)


@lru_cache(maxsize=4_096)
def _known(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The names in the form of the texts they are looked for in."""
    return tuple(name for alias in aliases if (name := " ".join(_one_form(alias).split())))


def _one_form(text: str) -> str:
    return simplified(text).translate(_ONE_FORM)


def _shown(text: str, known: tuple[str, ...]) -> str:
    """What the model is shown of a text when it is asked about a brand of these names."""
    if not known:
        return clean(text)
    return clean(text, keeps=lambda handle: bool(_named(known).search(_one_form(handle)))).translate(_ONE_FORM)


def _uncut(text: str, shown: str) -> str:
    """The text to look for the brand in: what the model is shown, unless its middle was left out of that."""
    return shown if len(text) <= HEAD_CHARS + TAIL_CHARS else _one_form(text)


def target_in(text: str, known: tuple[str, ...]) -> str:
    """The name that stands in the text most often, as it stands there (the longest of several); else the first."""
    if not known:
        return ""
    found = [" ".join(spelled.group().split()) for spelled in _named(known).finditer(text)]
    times = Counter(spelled.casefold() for spelled in found)
    return max(found, key=lambda spelled: (times[spelled.casefold()], len(spelled)), default=known[0])


@lru_cache(maxsize=4_096)
def _named(known: tuple[str, ...]) -> re.Pattern[str]:
    """Where one of the names stands, the longest first; a Latin one as a word of its own ('ai' is not in 'training')."""
    return re.compile("|".join(_spellings(name) for name in sorted(known, key=len, reverse=True)), re.IGNORECASE)


def _spellings(name: str) -> str:
    before = f"(?<!{_LATIN})" if re.match(_LATIN, name) else ""
    after = f"(?!{_LATIN})" if re.match(_LATIN, name[-1]) else ""
    words = re.split(rf"(?<=\w){_GAP}(?=\w)", name)
    return before + re.sub(_APOSTROPHE, _APOSTROPHE, _GAP.join(map(re.escape, words))) + after


def about(text: str, known: tuple[str, ...]) -> str:
    """The sentences that name the brand with one neighbour on each side, at most WINDOW characters around each."""
    sentences = [part for piece in _SENTENCE.findall(text) for part in _ENGLISH_STOP.split(piece) if part.strip()]
    hits = [number for number, sentence in enumerate(sentences) if _named(known).search(sentence)]
    if not hits:
        return text
    wanted = sorted({near for hit in hits for near in (hit - 1, hit, hit + 1) if 0 <= near < len(sentences)})
    joined = " ".join(_around(sentences[number], known) for number in wanted)
    return joined[: 4 * WINDOW]


def _around(sentence: str, known: tuple[str, ...]) -> str:
    found = _named(known).search(sentence)
    at = found.start() if found else 0
    start = max(0, at - WINDOW)
    return sentence[start : at + WINDOW].strip()


def _weight(text: str) -> float:
    latin = sum(character.isascii() for character in text)
    return len(text) - latin * 2 / 3

"""What the analyzers say of a mention. Frozen; made by pure functions; stored as they are. And what of a text makes it the
same as another, which storing and reading must agree on."""

import re
from dataclasses import dataclass

NEGATIVE, NEUTRAL, POSITIVE, UNSURE = "negative", "neutral", "positive", "unsure"
LABELS = (NEGATIVE, NEUTRAL, POSITIVE)
_NOT_LETTERS = re.compile(r"[\W_]+")
_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())  # most of them, and gone in no time


@dataclass(frozen=True)
class Reading:
    """What the analyzers say of one mention for one brand.

    `label` is the likeliest of negative, neutral and positive; `sentiment` is what is counted and shown:
    `label`, or 'unsure' when `confidence` is below the setting `unsure_below`.
    """

    label: str
    p_negative: float
    p_neutral: float
    p_positive: float
    confidence: float
    model: str
    sentiment: str


@dataclass(frozen=True)
class TextFacts:
    """What the analyzers say of a mention whatever the brand."""

    lang: str  # zh, en or other
    traditional: bool
    tokens: str  # jieba tokens, Latin words whole, for search: one line, a blank between two
    keywords: tuple[str, ...]  # content words, for explanations
    themes: tuple[str, ...]
    signature: tuple[int, ...]  # MinHash band keys, for near copies; empty when the text is too short


def letters_of(body: str) -> str:
    """Letters and digits of a normalised text: what a copy of it keeps."""
    found = body.encode("utf-8", "surrogatepass").translate(None, _SIGNS).decode("utf-8", "surrogatepass")
    return found if found.isalnum() else _NOT_LETTERS.sub("", found)

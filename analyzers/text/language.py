"""zh, en or other; and whether Chinese is written traditional.

By script first: a text is Chinese when Han characters outweigh Latin words (an English function word tips a mixed text
to English: "I love 小米"), unless kana or hangul say Japanese or Korean. Latin text is English unless py3langid (Lui & Baldwin 2012; Barbaresi 2021) is at least 95 % sure of another
language, so that short and slangy English stays English: on 3,977 English rows it calls 39 other, and those 39 are
Spanish, Portuguese, Vietnamese and the like. Weak where a text is a few words long ("lol", "ok") or mixes two
Latin-script languages: it then says English. Text without letters (emoji, numbers) is 'other'.
"""

import re
from collections.abc import Sequence
from functools import cache

from analyzers.text.normalise import HAN, simplified

# Runs, not single letters: lengths are added up, and a run is found as fast as a letter.
_ASCII = re.compile("[\x00-\x7f]+")
_HAN = re.compile(f"[{HAN}]+")
_KANA_HANGUL = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3\u1100-\u11ff]+")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]+")
_ASCII_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_LATIN_WORD = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff]+(?:['’][a-z]+)?")  # four times as slow
_LETTER = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#][\w.-]+")
_EUROPEAN = (
    "en",
    "fr",
    "de",
    "es",
    "pt",
    "it",
    "nl",
    "id",
    "ms",
    "vi",
    "tr",
    "pl",
    "sv",
    "ro",
    "cs",
    "fi",
    "da",
    "no",
)
_SURE = 0.95
_PLAIN_ENGLISH = frozenset(
    "the and is was are it this that to of for my you i not with have has but they we be so on at don't it's i'm "
    "would could should their there these those which what when who from were been will just about than then because "
    "before very your our his him she he them can't didn't doesn't isn't won't out up get how got only more every "
    "again never after into did does really other".split()
)
_ENOUGH = 1_000  # characters that tell a Latin language; py3langid walks them one by one


@cache
def _latin_identifier():  # type: ignore[no-untyped-def]
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a second to load: only when it is needed

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_EUROPEAN))
    return identifier


def language(text: str) -> str:
    """'zh', 'en' or 'other'."""
    sample = text[:5000]
    if "http" in sample or "www." in sample or "@" in sample or "#" in sample:
        sample = _NOISE.sub(" ", sample)
    wide = "" if sample.isascii() else _ASCII.sub("", sample)  # little is left of a text that costs most to search
    rest = _HAN.sub("", wide)
    han, kana, accented = len(wide) - len(rest), _letters(_KANA_HANGUL, rest), _letters(_ACCENTED, rest)
    strange = _letters(_LETTER, rest) - kana - accented
    words = (_LATIN_WORD if accented else _ASCII_WORD).findall(sample.lower())
    if kana > 0.15 * (han + kana) and kana > 1 and kana + han >= len(words):
        return "other"
    if han and han >= strange and (han >= 2 * len(words) or (2 * han >= len(words) and not _plain_english(words))):
        return "zh"
    return _of_latin(words, sample) if words and strange <= sum(map(len, words)) else "other"


def _of_latin(words: Sequence[str], sample: str) -> str:
    """'en' or 'other', of text in lower-cased Latin words."""
    if len(words) < 3 and sample.isascii():
        return "en"
    english = _plain_english(words)
    if english >= 2 and english >= 0.15 * len(words):
        return "en"
    label, sure = _latin_identifier().classify(sample[:_ENOUGH])
    return "other" if label != "en" and sure >= _SURE else "en"


def _plain_english(words: Sequence[str]) -> int:
    return sum(map(_PLAIN_ENGLISH.__contains__, words))


def _letters(kind: re.Pattern[str], text: str) -> int:
    return sum(map(len, kind.findall(text))) if text else 0


def is_traditional(text: str) -> bool:
    """True when at least one Han character in ten has a simplified form that differs."""
    han = "".join(_HAN.findall(text[:5000]))
    if not han:
        return False
    plain = simplified(han)
    if plain == han:
        return False
    changed = sum(a != b for a, b in zip(han, plain, strict=False))
    return changed >= max(1, 0.1 * len(han))

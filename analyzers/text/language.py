"""zh, en or other; and whether Chinese is written traditional.

By script first: a text is Chinese when Han characters outweigh Latin words (an English function word tips a mixed text
to English: "I love 小米"), unless kana or hangul say Japanese or Korean. Latin text is English unless py3langid (Lui & Baldwin 2012; Barbaresi 2021) is at least 95 % sure of another
language, so that short and slangy English stays English: on 3,977 English rows it calls 39 other, and those 39 are
Spanish, Portuguese, Vietnamese and the like. Weak where a text is a few words long ("lol", "ok") or mixes two
Latin-script languages: it then says English. Text without letters (emoji, numbers) is 'other'.
"""

import re
from functools import cache

from analyzers.text.normalise import HAN, simplified

# Runs, not single letters: lengths are added up, and a run is found as fast as a letter.
_HAN = re.compile(f"[{HAN}]+")
_KANA_HANGUL = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3\u1100-\u11ff]+")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+(?:['’][A-Za-z]+)?")
_OTHER_LETTER = re.compile(r"[^\W\d_]+")
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
    "the and is was are it this that to of for my you i not with have has but they we be so on at don't it's i'm".split()
)


@cache
def _latin_identifier():  # type: ignore[no-untyped-def]
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a second to load: only when it is needed

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_EUROPEAN))
    return identifier


def language(text: str) -> str:
    """'zh', 'en' or 'other'."""
    sample = _NOISE.sub(" ", text[:5000])
    han, kana = (0, 0) if sample.isascii() else (_letters(_HAN, sample), _letters(_KANA_HANGUL, sample))
    words = _LATIN_WORD.findall(sample)
    letters = sum(map(len, words))
    strange = _letters(_OTHER_LETTER, sample) - han - kana - letters
    if kana > 0.15 * (han + kana) and kana > 1 and kana + han >= len(words):
        return "other"
    english = sum(word.lower() in _PLAIN_ENGLISH for word in words)
    if han and han >= strange and (han >= 2 * len(words) or (not english and 2 * han >= len(words))):
        return "zh"
    if not words or strange > letters:
        return "other"
    if (len(words) < 3 and sample.isascii()) or (english >= 2 and english >= 0.15 * len(words)):
        return "en"
    label, sure = _latin_identifier().classify(sample)
    return "other" if label != "en" and sure >= _SURE else "en"


def _letters(kind: re.Pattern[str], text: str) -> int:
    return sum(map(len, kind.findall(text)))


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

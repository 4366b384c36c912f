"""Which brands a text names, and why.

A text and a name are brought to one form first (`normalise`): full-width = half-width, traditional = simplified,
upper = lower case, every dash a hyphen, every apostrophe straight, invisible characters gone. Then one
Aho-Corasick pass finds all names of all brands at once, and each find must stand as a word:

- An end of a name that is a letter or digit of an alphabet (Latin, Cyrillic, Greek, Arabic, ...) must not touch
  another such letter or digit: `ai` is not in `training`, `SK-II` not in `SK-III`. Chinese around it is fine:
  `苹果iPhone手机` names `iPhone`.
- A possessive or plural `'s` / `s'` after the name is fine, and so is a hyphen: `Apple's`, `Apple-style`.
- An end that is Chinese, Japanese kana or Korean, or a sign (`C++`, `.NET`), matches as a substring, but a sign
  repeated is another name: `C+` is not in `C++`.
- Blanks inside a name match any blank or line end: `Louis Vuitton` over two lines. A blank and a hyphen between two
  words are one: `Louis-Vuitton`, `Coca Cola` for `Coca-Cola`; but a single letter keeps its hyphen, since `I-Can`
  is not in `I can`. `SKII` is not `SK-II` unless it is an alias.

A brand's `requires` must all be in the text (found in the same way), and one of its `excludes` anywhere in the text
rules the brand out for that text: one rule that can be told in a sentence, at the price of losing a text that
names both the phone and the pie.

Blind spots: no misspellings, no pinyin, no inflection beyond `'s`; conversion of traditional characters is by
phrase and may differ from a person's in rare words.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ahocorasick

from collectors.records import Brand

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003134f]")
_FORMS = str.maketrans(
    dict.fromkeys("‘’‛ʼ′´`＇", "'")
    | dict.fromkeys("“”„‟″", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f\u200e\u200f", None)
    | dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", None)
)
_VARIANT = re.compile("[" + "".join(re.escape(chr(code)) for code in _FORMS) + "]")
_BY_SUBSTRING = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003134f\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_BLANK = re.compile(r"(?<=\w) (?=\w)")
_HYPHEN = re.compile(r"(?:(?<=\w\w)|(?<=\d))-(?=\w\w|\d)")


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """The form in which texts and names are compared. Idempotent; never longer than a few times the text."""
    if text.isascii():
        return " ".join(text.replace("`", "'").lower().split())
    text = unicodedata.normalize("NFKC", _one_form(text))
    if _HAN.search(text):
        text = _converter().convert(text)
    text = text.casefold()
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return " ".join(_one_form(text).split())


def _one_form(text: str) -> str:
    return text.translate(_FORMS) if _VARIANT.search(text) else text  # translating costs more than looking


def _spellings(form: str) -> list[str]:
    """A normalised name as it was given, then with hyphens for its blanks and with blanks for its hyphens."""
    return list(dict.fromkeys((form, _BLANK.sub("-", form), _HYPHEN.sub(" ", form))))


def _is_letter(char: str) -> bool:
    """A letter or digit of a script that writes words apart."""
    return char.isalnum() and not _BY_SUBSTRING.match(char)


def _stands(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] stands as a name of its own."""
    return _free(text[start - 1] if start else "", text[start]) and _free_after(text, end)


def _free(outer: str, edge: str) -> bool:
    if not outer:
        return True
    if _is_letter(edge):
        return not _is_letter(outer) and unicodedata.category(outer) not in ("Mn", "Mc")
    return edge.isalnum() or outer != edge


def _free_after(text: str, end: int) -> bool:
    outer = text[end] if end < len(text) else ""
    edge = text[end - 1]
    if outer and unicodedata.category(outer) in ("Mn", "Mc") and _is_letter(edge):
        return False
    return _free(outer, edge)


@dataclass(frozen=True)
class Why:
    """Why a brand was or was not found: the alias that matched, what was missing, what ruled it out."""

    brand: int
    matched: bool
    alias: str = ""  # as written in the brand
    around: str = ""  # the normalised text around the find
    missing: tuple[str, ...] = ()
    excluded_by: str = ""


@dataclass(frozen=True)
class _Use:
    """What one name means for one brand. Kinds: 'alias', 'require', 'exclude'."""

    brand: int
    kind: str
    written: str


class Matcher:
    """All brands at once: one pass per text, however many names. Immutable; shared by threads."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self.brands: Sequence[Brand] = tuple(brands)
        self._requires: dict[int, frozenset[str]] = {}
        uses: dict[str, list[_Use]] = {}
        others: list[tuple[str, _Use]] = []  # a name as it is written goes before what is only spelled so
        for brand in self.brands:
            self._requires[brand.id] = frozenset(word for word in brand.requires if normalise(word))
            groups = (("alias", brand.names), ("require", brand.requires), ("exclude", brand.excludes))
            for kind, word in ((kind, word) for kind, words in groups for word in words):
                if form := normalise(word):
                    first, *more = _spellings(form)
                    use = _Use(brand.id, kind, word)
                    uses.setdefault(first, []).append(use)
                    others += ((spelling, use) for spelling in more)
        for spelling, use in others:
            uses.setdefault(spelling, []).append(use)
        self._automaton: Any = ahocorasick.Automaton()
        for form, of in uses.items():
            self._automaton.add_word(form, (len(form), tuple(of)))
        self._empty = not uses
        if uses:
            self._automaton.make_automaton()

    def match(self, text: str) -> dict[int, str]:
        """Brand id -> the alias that matched, as written in the brand."""
        return self.match_norm(normalise(text))

    def match_norm(self, norm: str) -> dict[int, str]:
        """`match` for a text that is normalised already."""
        return {why.brand: why.alias for why in self._judge(norm) if why.matched}

    def why(self, text: str) -> list[Why]:
        """For every brand of which an alias was found, why it counts or does not."""
        return list(self._judge(normalise(text)))

    def _judge(self, norm: str) -> list[Why]:
        aliases, required, excluded = self._found(norm)
        result = []
        for brand, finds in aliases.items():
            alias, start, end = min(finds, key=lambda find: (find[1], find[1] - find[2]))
            missing = tuple(sorted(self._requires[brand] - required.get(brand, set())))
            ruled_out = excluded.get(brand, "")
            around = norm[max(0, start - 30) : end + 30]
            result.append(Why(brand, not missing and not ruled_out, alias, around, missing, ruled_out))
        return result

    def _found(self, norm: str) -> tuple[dict[int, list[tuple[str, int, int]]], dict[int, set[str]], dict[int, str]]:
        aliases: dict[int, list[tuple[str, int, int]]] = {}
        required: dict[int, set[str]] = {}
        excluded: dict[int, str] = {}
        if self._empty or not norm:
            return aliases, required, excluded
        for last, (length, uses) in self._automaton.iter(norm):
            start, end = last + 1 - length, last + 1
            if not _stands(norm, start, end):
                continue
            for use in uses:
                if use.kind == "alias":
                    aliases.setdefault(use.brand, []).append((use.written, start, end))
                elif use.kind == "require":
                    required.setdefault(use.brand, set()).add(use.written)
                else:
                    excluded.setdefault(use.brand, use.written)
        return aliases, required, excluded

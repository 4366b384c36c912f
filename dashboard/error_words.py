"""What Fengping's commands say in English, in the viewer's language: errors, advice, what `fengping doctor` finds.

The store and the commands hold whole sentences with the figures and names of the case in them. `catalogues/sentences.txt`
lists each with its figures as names, which makes it a message of the catalogues; a sentence that fits one is said as
the catalogue says it, sentences inside sentences too, and times in the viewer's zone. What a site itself said ({said})
stays as it came. Blind spot: what no message fits, such as a library's own words, is shown as it was written; a test
holds the list to the code.
"""

import re
from datetime import datetime
from functools import cache, lru_cache

from dashboard import i18n

SENTENCES = i18n.CATALOGUES / "sentences.txt"
DEEPEST = 4
_INSIDE = {"error", "what", "why"}  # names under which one of our own sentences may stand
_HOLE = re.compile(r"\\{(\w+)\\}")


def in_words(sentence: str) -> str:
    """A sentence of ours as the viewer reads it."""
    return _said(sentence, *_table(i18n.language()), depth=0) or sentence


@cache
def sentences() -> tuple[str, ...]:
    """Every sentence as the code writes it, in the list's order."""
    lines = SENTENCES.read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def _said(text: str, whole: dict[str, str], parts: list[tuple[re.Pattern[str], str]], *, depth: int) -> str | None:
    if text in whole:
        return whole[text]
    if depth == DEEPEST:
        return None
    for pattern, message in parts:
        found = pattern.fullmatch(text)
        if found:
            values = found.groupdict()
            for name in _INSIDE & values.keys():
                values[name] = _said(values[name], whole, parts, depth=depth + 1) or values[name]
            if "time" in values:
                values["time"] = _moment(values["time"])
            return message.format(**values)
    first, _, rest = text.partition(": ")  # HTTP 403: the server forbids it: what the service says of it
    if rest and first in whole:
        return f"{whole[first]}: {_said(rest, whole, parts, depth=depth + 1) or rest}"
    return None


def _moment(stamp: str) -> str:
    try:
        return i18n.moment(datetime.fromisoformat(stamp))
    except ValueError:
        return stamp


@lru_cache(maxsize=4)
def _table(lang: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Sentence -> message, for those without and those with holes, the latter in the list's order."""
    texts = i18n.catalogue(lang)
    pairs = [(ours, texts.gettext(ours)) for ours in sentences()]
    holed = [(_pattern(ours), told) for ours, told in pairs if "{" in ours]
    return {ours: told for ours, told in pairs if "{" not in ours}, holed


def _pattern(sentence: str) -> re.Pattern[str]:
    found = _HOLE.sub(lambda hole: rf"(?P<{hole[1]}>.+)", re.escape(sentence))
    return re.compile(found.replace("(?P<status>.+)", r"(?P<status>\d{3})"), re.S)

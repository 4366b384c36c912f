"""Themes by keyword lists that ops can edit: what a mention is about, not how it feels about it.

A first, plain method: every rule can be read and changed. Blind spots: a word used of something else counts all the
same (快递 in a story about a courier), and a theme nobody listed words for is not found.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import ahocorasick
import yaml

from analyzers.text.normalise import HAN, normalised
from errors import InputError

_HAN = re.compile(f"[{HAN}]")
_NAME = re.compile(r"^[\w -]{1,60}$")


@dataclass(frozen=True)
class Theme:
    """`name` is stored; `labels` are shown, by language."""

    name: str
    labels: dict[str, str]
    words: tuple[str, ...]


@cache
def default_themes() -> tuple[Theme, ...]:
    return themes_from(yaml.safe_load(files("analyzers.text").joinpath("themes.yaml").read_text("utf-8")))


def themes_from(plain: Mapping[str, Any]) -> tuple[Theme, ...]:
    """Themes from plain values as Settings stores them. Raises InputError naming the theme that is wrong."""
    themes = []
    for name, body in plain.items():
        if not isinstance(name, str) or not _NAME.match(name):
            raise InputError(f"theme name {name!r}: use letters, digits, spaces and hyphens, at most 60")
        words = body.get("words") if isinstance(body, Mapping) else None
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip(" *") for word in words):
            raise InputError(f"theme '{name}': 'words' must be a list of words")
        labels = body.get("label") or {}
        if not isinstance(labels, Mapping):
            raise InputError(f"theme '{name}': 'label' must give a label per language")
        themes.append(Theme(name, {str(k): str(v) for k, v in labels.items()}, tuple(dict.fromkeys(words))))
    return tuple(themes)


def themes_to_plain(themes: tuple[Theme, ...]) -> dict[str, Any]:
    return {theme.name: {"label": dict(theme.labels), "words": list(theme.words)} for theme in themes}


class ThemeMatcher:
    """Finds every theme's words in one pass (Aho & Corasick 1975)."""

    def __init__(self, themes: tuple[Theme, ...]) -> None:
        self._order = {theme.name: at for at, theme in enumerate(themes)}
        self._automaton = ahocorasick.Automaton()
        entries: dict[str, list[tuple[str, int, bool, bool]]] = {}
        for theme in themes:
            for word in theme.words:
                key = normalised(word.strip()).rstrip("*")
                whole = not _HAN.search(key)
                entries.setdefault(key, []).append((theme.name, len(key), whole, word.rstrip().endswith("*")))
        for key, found in entries.items():
            self._automaton.add_word(key, found)
        if entries:
            self._automaton.make_automaton()

    def themes(self, text: str) -> tuple[str, ...]:
        """Names of the themes `text` touches, in the order they are listed."""
        return self.themes_of(normalised(text))

    def themes_of(self, body: str) -> tuple[str, ...]:
        """As `themes`, of a text that is normalised already."""
        if not len(self._automaton):
            return ()
        found = set()
        for end, entries in self._automaton.iter(body):
            for theme, length, whole, open_ended in entries:
                if theme not in found and (not whole or _whole_word(body, end - length + 1, end + 1, open_ended)):
                    found.add(theme)
        return tuple(sorted(found, key=self._order.__getitem__))


def _whole_word(body: str, start: int, end: int, open_ended: bool) -> bool:
    before = body[start - 1] if start else " "
    after = body[end] if end < len(body) else " "
    return not _is_latin(before) and (open_ended or not _is_latin(after))


def _is_latin(char: str) -> bool:
    return (char.isalnum() or char == "_") and not _HAN.match(char)

"""Facts of a text in one object that holds what is slow to build: jieba's dictionary, the themes' automaton."""

from collections.abc import Iterable

from analyzers.records import TextFacts
from analyzers.text import copies
from analyzers.text.language import is_traditional, language
from analyzers.text.themes import Theme, ThemeMatcher, default_themes
from analyzers.text.tokens import Tokenizer, content_words


class TextReader:
    """`words` are brand names and aliases, kept whole; `themes` default to the shipped lists."""

    def __init__(self, words: Iterable[str] = (), themes: tuple[Theme, ...] | None = None) -> None:
        self._tokenizer = Tokenizer(words)
        self._themes = ThemeMatcher(default_themes() if themes is None else themes)

    def facts(self, text: str) -> TextFacts:
        """Facts of `text` (title and text as one). Never raises, whatever the text."""
        words = self._tokenizer.words(text)
        lang = language(text)
        return TextFacts(
            lang=lang,
            traditional=lang == "zh" and is_traditional(text),
            tokens=self._tokenizer.expand(words),
            keywords=content_words(words),
            themes=self._themes.themes(text),
            fingerprint=copies.fingerprint(text),
            signature=copies.signature(text),
        )

    def search_tokens(self, query: str) -> tuple[str, ...]:
        return self._tokenizer.search_tokens(query)

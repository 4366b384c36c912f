"""Facts of a text in one object that holds what is slow to build: jieba's dictionary, the themes' automaton."""

from collections.abc import Iterable

from analyzers.records import TextFacts
from analyzers.text import copies
from analyzers.text.language import is_traditional, language
from analyzers.text.normalise import normalised
from analyzers.text.themes import Theme, ThemeMatcher, default_themes
from analyzers.text.tokens import Tokenizer, content_words, plain


class TextReader:
    """`words` are brand names and aliases, kept whole; `themes` default to the shipped lists."""

    def __init__(self, words: Iterable[str] = (), themes: tuple[Theme, ...] | None = None) -> None:
        self._tokenizer = Tokenizer(words)
        self._themes = ThemeMatcher(default_themes() if themes is None else themes)

    def facts(self, text: str) -> TextFacts:
        """Facts of `text` (title and text as one). Never raises, whatever the text."""
        body = normalised(text)
        read = plain(text, body)
        words = self._tokenizer.words_of(read)
        letters = copies.letters_of(read)
        lang = language(text)
        return TextFacts(
            lang=lang,
            traditional=lang == "zh" and is_traditional(text),
            tokens=self._tokenizer.expand(words),
            keywords=content_words(words),
            themes=self._themes.themes_of(body),
            fingerprint=copies.fingerprint(text, letters),
            signature=copies.signature(text, letters),
        )

    def search_tokens(self, query: str) -> tuple[str, ...]:
        return self._tokenizer.search_tokens(query)

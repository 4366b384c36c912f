"""Facts of a text in one object that holds what is slow to build: jieba's dictionary, the themes' automaton."""

from collections.abc import Iterable, Sequence

from analyzers.records import TextFacts, letters_of
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
        return self.facts_of([text])[0]

    def facts_of(self, texts: Sequence[str]) -> list[TextFacts]:
        """Facts of several texts, each as alone: they are quicker together."""
        bodies = [normalised(text) for text in texts]
        read = [plain(text, body) for text, body in zip(texts, bodies, strict=True)]
        keys = copies.signatures([letters_of(one) for one in read])
        return [self._facts(*one) for one in zip(texts, bodies, read, keys, strict=True)]

    def _facts(self, text: str, body: str, read: str, keys: tuple[int, ...]) -> TextFacts:
        words = self._tokenizer.words_of(read)
        lang = language(text)
        return TextFacts(
            lang=lang,
            traditional=lang == "zh" and is_traditional(text),
            tokens=self._tokenizer.expand(words),
            keywords=content_words(words),
            themes=self._themes.themes_of(body),
            signature=keys,
        )

    def search_tokens(self, query: str) -> tuple[str, ...]:
        return self._tokenizer.search_tokens(query)

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
        """Facts of several texts, each as alone. One thing is found of all of them before the next is looked for: what
        that needs (jieba's dictionary, the themes' automaton) stays in a core's cache, and that saves a fifth."""
        bodies = [normalised(text) for text in texts]
        read = [plain(text, body) for text, body in zip(texts, bodies, strict=True)]
        words = [self._tokenizer.words_of(one) for one in read]
        langs = [language(text) for text in texts]
        columns = (
            langs,
            [lang == "zh" and is_traditional(text) for lang, text in zip(langs, texts, strict=True)],
            [" ".join(self._tokenizer.expand(found)) for found in words],
            [content_words(found) for found in words],
            [self._themes.themes_of(body) for body in bodies],
            copies.signatures([letters_of(one) for one in read]),
        )
        return [TextFacts(*facts) for facts in zip(*columns, strict=True)]

    def search_tokens(self, query: str) -> tuple[str, ...]:
        return self._tokenizer.search_tokens(query)

"""What holds of a mention whatever the brand, beside its row: themes and words to search by."""

from collections.abc import Mapping

from analyzers.records import TextFacts
from storage.engine import Tx
from storage.schema import mention_theme
from storage.search import forget_words, store_words
from storage.sql import insert_many


def index_facts(tx: Tx, facts: Mapping[int, TextFacts], *, fresh: bool = False) -> None:
    """Store the themes and words of mentions that have no themes, and no words when they are `fresh`."""
    themes = [(one, theme) for one, fact in facts.items() for theme in set(fact.themes)]
    insert_many(tx, mention_theme, ("mention_id", "theme"), themes)
    if not fresh:
        forget_words(tx, facts)
    store_words(tx, {mention_id: fact.tokens for mention_id, fact in facts.items()})

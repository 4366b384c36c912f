"""What holds of a mention whatever the brand, beside its row: themes and words to search by."""

from collections.abc import Mapping

from sqlalchemy import insert

from analyzers.records import TextFacts
from storage.engine import Tx
from storage.schema import mention_theme
from storage.search import store_words


def index_facts(tx: Tx, facts: Mapping[int, TextFacts]) -> None:
    """Store the themes and words of mentions that have none."""
    themes = [{"mention_id": one, "theme": theme} for one, fact in facts.items() for theme in set(fact.themes)]
    if themes:
        tx.execute(insert(mention_theme), themes)
    store_words(tx, {mention_id: fact.tokens for mention_id, fact in facts.items()})

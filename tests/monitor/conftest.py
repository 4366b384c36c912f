"""A store of its own for each test, and a model that reads without weights."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from analyzers.sentiment import Sentiment
from monitor.opening import open_workspace
from settings import Settings, load_settings
from storage import brands
from storage.engine import Store

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BAD = ("差", "broken", "refund")


class WordModel:
    """Reads by a handful of words, refuses a text that asks for it, and counts what it read."""

    def __init__(self, model: str = "words-1") -> None:
        self.model_id = model
        self.texts: list[str] = []

    def read(self, texts: Sequence[str], targets: Sequence[Sequence[str]]) -> list[Sentiment]:
        if any("unreadable" in text for text in texts):
            raise ValueError("cannot read this")
        self.texts += texts
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Sentiment:
        if any(word in text for word in BAD):
            return Sentiment("negative", 0.9, 0.05, 0.05, 0.9, False)
        return Sentiment("positive", 0.05, 0.05, 0.9, 0.9, "unsure" in text)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return load_settings(home=tmp_path / "data", database_url="", host_gap=0.0, inbox_token="sesame")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_workspace(settings)
    yield opened
    opened.close()


@pytest.fixture
def brand(store: Store):
    with store.begin() as tx:
        return brands.add_brand(tx, "云雀奶茶", aliases=["Lark Tea"], now=NOW)

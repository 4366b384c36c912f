"""A store of its own for each test, and a model that reads without weights."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analyzers.sentiment import Sentiment
from monitor.opening import open_workspace
from settings import Settings, load_settings
from storage import brands
from storage.engine import Store
from storage.sources import list_sources
from tests.monitor.judging import Watch, hear, usual
from tests.storage import builders

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BAD = ("差", "broken", "refund")
SQLITE = "fengping.db"


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


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with thirty usual days up to now."""
    home = tmp_path_factory.mktemp("month")
    store = open_workspace(load_settings(home=home, database_url=""))
    with store.begin() as tx:
        brand = builders.a_brand(tx, aliases=["埃克米"])
        source = builders.a_source(tx, brands=[brand.id])
    hear(store, source, usual(30), [brand])
    store.close()
    return home / SQLITE


@pytest.fixture
def watch(month: Path, settings: Settings):
    settings.home.mkdir(parents=True, exist_ok=True)
    shutil.copy(month, settings.home / SQLITE)
    store = open_workspace(settings)
    with store.read() as tx:
        brand, source = brands.list_brands(tx)[0], list_sources(tx, NOW)[0].source
    yield Watch(store, settings, brand, source)
    store.close()

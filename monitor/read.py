"""Reading what is stored and unread: newest first, in batches, one transaction a batch.

Promise: a text that cannot be read is marked failed with the reason and the others of its batch are read; a mention is
read once by the current model, and again when the model changes; a killed process leaves the rest unread, and the next
reads it. Blind spot: what arrives while a backlog is read comes first, so the oldest of a large backlog waits longest.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from analyzers.records import UNSURE, Reading, TextFacts
from analyzers.text import TextReader
from analyzers.text.copies import alike
from analyzers.text.themes import Theme, default_themes, themes_from
from collectors.records import Brand, Mention
from errors import ModelError, ReadError
from monitor.logs import where
from settings import Settings
from storage import brands as stored_brands
from storage import readings
from storage.engine import Store, Tx
from storage.records import ReadResult, Unread
from storage.settings_store import get_setting

log = logging.getLogger("fengping.read")

BATCH = 256

Told = Callable[[int, int | None], None]


class Judged(Protocol):
    """One text's sentiment, as analyzers.sentiment.Sentiment has it."""

    @property
    def label(self) -> str: ...
    @property
    def p_negative(self) -> float: ...
    @property
    def p_neutral(self) -> float: ...
    @property
    def p_positive(self) -> float: ...
    @property
    def confidence(self) -> float: ...
    @property
    def unsure(self) -> bool: ...


class Sentiment(Protocol):
    """What reading needs of a model: analyzers.sentiment.SentimentReader, or what reads as it does."""

    @property
    def model_id(self) -> str: ...

    def read(self, texts: Sequence[str], targets: Sequence[Sequence[str]]) -> Sequence[Judged]: ...


class Reader:
    """Reads stored mentions. The model is loaded at the first need; ModelError says why it cannot be."""

    def __init__(self, store: Store, settings: Settings, *, sentiment: Sentiment | None = None) -> None:
        self.store = store
        self.settings = settings
        self._sentiment = sentiment
        self._texts: TextReader | None = None
        self._brands: dict[int, Brand] = {}
        self._themes: tuple[Theme, ...] = ()

    @property
    def sentiment(self) -> Sentiment:
        if self._sentiment is None:
            from analyzers.sentiment import load_sentiment  # here: what runs without a model need not load its runtime

            self._sentiment = load_sentiment(self.settings.model, unsure_below=self.settings.unsure_below)
        return self._sentiment

    def backlog(self) -> int:
        """Mentions without a reading by the current model."""
        with self.store.read() as tx:
            return readings.backlog(tx, model=self.sentiment.model_id)

    def read_backlog(
        self,
        *,
        clock: Callable[[], datetime],
        told: Told = lambda done, total: None,
        until: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> int:
        """Read until nothing is unread, or until the moment `until` of time.monotonic(). Gives how many were read."""
        total, done = self.backlog(), 0
        if not total:
            return 0
        before: list[int] = []
        while not stopped() and (until is None or time.monotonic() < until):
            with self.store.read() as tx:
                batch = readings.unread(tx, model=self.sentiment.model_id, limit=BATCH)
                self._refresh(tx)
            ids = [one.mention_id for one in batch]
            if not batch or ids == before:  # the same again: what was stored did not count as read
                break
            before = ids
            results = self.read(batch)
            with self.store.begin() as tx:
                readings.store_readings(tx, results, now=clock(), alike=alike)
            done += len(batch)
            told(done, max(total, done))
        return done

    def read(self, batch: Sequence[Unread]) -> list[ReadResult]:
        """Facts and readings of a batch; a failing text is told as failed."""
        try:
            return self._read_together(batch)
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 - one text failed it; each is read alone below
            log.warning("a batch of %s could not be read together, reading each alone: %s", len(batch), where(error))
            return [self._read_alone(one) for one in batch]

    def _read_alone(self, unread: Unread) -> ReadResult:
        try:
            return self._read_together([unread])[0]
        except Exception as error:  # noqa: BLE001 - stored as this mention's reason
            reason = str(error) if isinstance(error, ReadError) else where(error)
            log.warning("mention %s could not be read: %s", unread.mention_id, reason)
            return ReadResult(
                unread.mention_id, failed=reason, content_hash=unread.content_hash, model=self.sentiment.model_id
            )

    def _read_together(self, batch: Sequence[Unread]) -> list[ReadResult]:
        bodies = [body(one) for one in batch]
        pairs = [(index, brand) for index, one in enumerate(batch) for brand in one.brands if brand in self._brands]
        targets = [self._brands[brand].names for _, brand in pairs]
        found = self.sentiment.read([bodies[index] for index, _ in pairs], targets)
        each: list[dict[int, Reading]] = [{} for _ in batch]
        for (index, brand), judged in zip(pairs, found, strict=True):
            each[index][brand] = reading_of(judged, self.sentiment.model_id)
        wanted = [text for one, text in zip(batch, bodies, strict=True) if not one.has_facts]
        made = iter(self._facts(wanted) if wanted else ())
        facts = [None if one.has_facts else next(made) for one in batch]
        return [
            ReadResult(one.mention_id, facts=fact, readings=reading, content_hash=one.content_hash)
            for one, fact, reading in zip(batch, facts, each, strict=True)
        ]

    def _facts(self, texts: Sequence[str]) -> list[TextFacts]:
        if self._texts is None:
            self._texts = TextReader((name for brand in self._brands.values() for name in brand.names), self._themes)
        return self._texts.facts_of(texts)

    def _refresh(self, tx: Tx) -> None:
        """Brands and themes as they are when a batch is taken: a brand that was added since the last one is read toward its
        names, one that was deleted not at all. Names of brands are words to keep whole."""
        found = {brand.id: brand for brand in stored_brands.list_brands(tx)}
        stored = get_setting(tx, "themes")
        themes = themes_from(stored) if stored else default_themes()
        if (found, themes) != (self._brands, self._themes):
            self._brands, self._themes, self._texts = found, themes, None


def reading_of(judged: Judged, model: str) -> Reading:
    return Reading(
        judged.label,
        judged.p_negative,
        judged.p_neutral,
        judged.p_positive,
        judged.confidence,
        model,
        UNSURE if judged.unsure else judged.label,
    )


def body(unread: Unread) -> str:
    """Title and text as one text, as matching sees it."""
    at = unread.published_at
    return Mention("", unread.title, unread.text, None, at, "author").body

"""Facts of new texts, worked out in a process of its own while this one fetches and stores.

Promise: what it gives is what `analyzers.text.TextReader` gives here. It is a favour, not a duty: a helper that dies,
or is later than `PATIENCE`, gives nothing, and those texts get their facts when they are read (`monitor.read`). The
helper (`monitor.facts_child`) is started at the first text and ends with its owner.
"""

import logging
import os
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any

from analyzers.records import TextFacts
from collectors.child import command, receive, send
from collectors.parsing import ENVIRONMENT
from monitor.logs import where
from storage.brands import list_brands
from storage.engine import Tx
from storage.settings_store import get_setting

log = logging.getLogger("fengping.facts")

TRIES = 3  # helpers that may end without an answer, one after another, before none is started
PATIENCE = 120.0  # seconds for the texts of a few sources, on a machine that is busy with other things

Words = tuple[tuple[str, ...], Any]  # names kept whole; themes as Settings stores them, None for the first set


def alike(one: str, other: str) -> bool:
    """`analyzers.text.copies.alike`, loaded when two texts are to be compared."""
    from analyzers.text.copies import alike

    return alike(one, other)


@dataclass
class _Asked:
    """One thread's texts; `found` is None until they were asked for, and empty when nobody could say."""

    texts: list[str]
    found: list[TextFacts] | None = None


class FactsHelper:
    """One helper process, shared by threads: the one that finds it free asks for all that wait, so it rests seldom."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Asked] = deque()
        self._words: Words = ((), None)
        self._failed = 0
        self._process: subprocess.Popen[bytes] | None = None

    def refresh(self, tx: Tx) -> None:
        """Follow the brands and themes. When they changed, the next texts start another helper."""
        words = tuple(name for brand in list_brands(tx) for name in brand.names), get_setting(tx, "themes")
        with self._lock:
            if words != self._words:
                self._words, self._failed = words, 0
                self._end()

    def facts(self, texts: Sequence[str]) -> dict[str, TextFacts]:
        """Facts by text; nothing when the helper could not say."""
        if not texts:
            return {}
        mine = _Asked(list(texts))
        self._waiting.append(mine)
        with self._lock:
            if mine.found is None:
                self._ask_for_all()
        return dict(zip(texts, mine.found, strict=True)) if mine.found else {}

    def _ask_for_all(self) -> None:
        """Ask for what waits: one question, whose answer is cut up among those who asked."""
        asked = [self._waiting.popleft() for _ in range(len(self._waiting))]
        texts = [text for one in asked for text in one.texts]
        try:
            found = self._ask(texts) if self._failed < TRIES else []
            self._failed = 0 if found else self._failed
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait behind the lock must not be left without
            log.warning("the facts of %s texts are left to their reading: %s", len(texts), where(error))
            self._failed += 1
            self._end()
            found = []
        answers = iter(found)
        for one in asked:
            one.found = list(islice(answers, len(one.texts)))

    def _ask(self, texts: list[str]) -> list[TextFacts]:
        helper = self._process or self._begin()
        assert helper.stdin is not None
        assert helper.stdout is not None
        late = threading.Timer(PATIENCE, helper.kill)  # ends whatever we wait for: to be read, to be answered, the rest
        late.start()
        try:
            send(helper.stdin, texts)
            found = receive(helper.stdout)
        finally:
            late.cancel()
        if not isinstance(found, list) or len(found) != len(texts):
            raise EOFError("the helper ended")
        return found

    def _begin(self) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if name in ENVIRONMENT}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command("monitor.facts_child"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=-1,
            start_new_session=True,  # Ctrl-C is its owner's to answer
            env={**kept, "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._process.stdin is not None
        send(self._process.stdin, self._words)
        return self._process

    def _end(self) -> None:
        helper, self._process = self._process, None
        if helper is not None:
            helper.kill()
            for stream in (helper.stdin, helper.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:
                        log.debug("closing a helper's pipe", exc_info=True)
            helper.wait()

    def close(self) -> None:
        with self._lock:
            self._end()

    def __enter__(self) -> "FactsHelper":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

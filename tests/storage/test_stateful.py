"""Whatever happens, in whatever order: the counts equal a recount, and the mentions are what was told."""

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select, update

from collectors.records import Matched
from storage import brands, channels, deletion, migrate, open_store, readings, sources
from storage import mentions as mention_store
from storage.counts import figures
from storage.records import MentionFilter, ReadResult
from storage.rollups import recount
from storage.schema import aside
from storage.schema import source as source_table
from tests.storage.builders import (
    LATER,
    NOW,
    a_brand,
    a_source,
    facts,
    forget_all,
    heard,
    hold,
    judged,
    say,
    settle,
)  # fmt: skip

LABELS = st.sampled_from(("negative", "neutral", "positive"))
IDS = st.sampled_from("abcdef")
TEXTS = st.sampled_from(("Acme is hot", "Acme is not hot", "很好", "Acme 的电池鼓包了", "no name at all in here"))
THEMES = st.sets(st.sampled_from(("quality", "price", "safety")), max_size=3)
TEMPLATE = Path(tempfile.mkdtemp(prefix="fengping-stateful-")) / "store.db"


def template() -> Path:
    if not TEMPLATE.exists():
        migrate(f"sqlite:///{TEMPLATE}")
    return TEMPLATE


class Store(RuleBasedStateMachine):
    """Three sources, two brands and a few texts that often are the same, changed, read, corrected and deleted."""

    def __init__(self) -> None:
        super().__init__()
        number, name = tempfile.mkstemp(prefix="fengping-stateful-", suffix=".db")
        os.close(number)
        shutil.copy(template(), name)
        self.path = Path(name)
        self.store = open_store(f"sqlite:///{name}")
        self.texts: dict[tuple[int, str], str] = {}
        self.brands: list[int] = []
        self.sources = []

    @initialize()
    def begin(self) -> None:
        with self.store.begin() as tx:
            self.brands = [a_brand(tx).id, a_brand(tx, "Beta").id]
            self.sources = [
                a_source(tx, f"https://e.org/{n}", kind=kind) for n, kind in enumerate(("inbox", "steam", "file"))
            ]

    @rule(entries=st.lists(st.tuples(IDS, TEXTS, st.integers(0, 50)), min_size=1, max_size=5), at=st.integers(0, 2), named=st.sets(st.integers(0, 1), min_size=1))  # fmt: skip
    def collect(self, entries, at, named) -> None:
        if not self.sources or not self.brands:
            return
        place = self.sources[at % len(self.sources)]
        ids = {self.brands[n % len(self.brands)]: "Acme" for n in named}
        found = [say(one, text, hours_ago=ago, author=one) for one, text, ago in entries]
        with self.store.begin() as tx:
            known = mention_store.known_ids(tx, place.id, [one for one, _, _ in entries])  # in sight or aside
            assert {one for of, one in self.texts if of == place.id} & {one for one, _, _ in entries} <= known
            matched = [Matched(one, ids) for one in found]
            done = mention_store.store_collected(tx, heard(place, *found), matched, next_check_at=NOW, now=NOW)
            assert done.new == len({one for one, _, _ in entries} - known)
        self.texts.update({(place.id, one): text for one, text, _ in entries})

    @rule(label=LABELS, themes=THEMES, n=st.integers(1, 6), model=st.sampled_from(("m1", "m2")), fails=st.booleans())
    def read(self, label, themes, n, model, fails) -> None:
        with self.store.begin() as tx:
            waiting = readings.unread(tx, model=model, limit=n)
            results = [
                ReadResult(one.mention_id, failed="odd", model=model)
                if fails
                else ReadResult(
                    one.mention_id, facts(themes=themes), dict.fromkeys(one.brands, judged(label, model=model))
                )
                for one in waiting
            ]
            readings.store_readings(tx, results, now=NOW)

    @rule(to=st.none() | LABELS, pick=st.integers(0, 30))
    def correct(self, to, pick) -> None:
        with self.store.begin() as tx:
            rows = mention_store.page(tx, MentionFilter()).rows
            if rows:
                row = rows[pick % len(rows)]
                mention_store.correct(tx, row.id, row.brand_id, to, who="a", now=NOW)
                mention_store.flag(tx, [row.id], to is None, who="a", now=NOW)

    @rule(limit=st.integers(1, 3))
    def requeue(self, limit) -> None:
        with self.store.begin() as tx:
            failed = figures(tx, MentionFilter()).failed
            assert sum(readings.failed(tx).values()) == failed
            done = [(0, 0)]
            while part := readings.requeue(tx, done[-1][1], limit=limit):
                done.append(part)
            assert sum(n for n, _ in done) == failed
            assert figures(tx, MentionFilter()).failed == 0

    @rule(
        at=st.integers(0, 2), channel=st.sampled_from(("forum", "news")), limit=st.integers(1, 3), n=st.integers(0, 9)
    )
    def move(self, at, channel, limit, n) -> None:
        """The readings follow in parts, or some of them only before something else happens."""
        if self.sources:
            with self.store.begin() as tx:
                moved = self.sources[at % len(self.sources)].id
                tx.execute(update(source_table).where(source_table.c.id == moved).values(channel=channel, moving={}))
                for _ in range(n):
                    channels.move_part(tx, limit=limit)

    @rule(word=st.sampled_from(("Acme", "hot", "很好")), limit=st.integers(1, 3))
    def rematch(self, word, limit) -> None:
        if len(self.brands) < 2:
            return
        with self.store.begin() as tx:
            one = brands.get_brand(tx, self.brands[0])
            before = figures(tx, MentionFilter(brands=(one.id,))).total
            came, went = hold(tx, one, lambda text: {one.id: word} if word in text else {}, limit=limit)
            after = figures(tx, MentionFilter(brands=(one.id,))).total
            assert after == before + len(came) - len(went)
            self._look(tx)

    @precondition(lambda self: len(self.sources) > 1)
    @rule(at=st.integers(0, 2), limit=st.integers(1, 3))
    def delete_source(self, at, limit) -> None:
        gone = self.sources.pop(at % len(self.sources))
        with self.store.begin() as tx:
            deletion.delete_source(tx, gone.id, now=NOW)
            settle(tx, limit=limit)
            self._look(tx)

    @precondition(lambda self: len(self.brands) > 1)
    @rule(limit=st.integers(1, 3))
    def delete_brand(self, limit) -> None:
        with self.store.begin() as tx:
            deletion.delete_brand(tx, self.brands.pop(), now=NOW)
            settle(tx, limit=limit)
            self._look(tx)

    @rule(limit=st.integers(1, 3))
    def restore(self, limit) -> None:
        with self.store.begin() as tx:
            for one in deletion.deleted_sources(tx):
                deletion.restore_source(tx, one.id)
                self.sources.append(sources.get_source(tx, one.id, now=NOW).source)
            for one in deletion.deleted_brands(tx):
                deletion.restore_brand(tx, one.id)
                self.brands.append(one.id)
            settle(tx, limit=limit)
            self._look(tx)

    @rule(limit=st.integers(1, 3))
    def forget(self, limit) -> None:
        with self.store.begin() as tx:
            forget_all(tx, LATER, limit=limit)
            assert tx.scalar(select(func.count()).select_from(aside)) == 0
            self._look(tx)

    def _look(self, tx) -> None:
        """Mentions may be out of sight with the last brand they named: what is seen is the truth from here on."""
        rows = mention_store.iter_rows(tx, MentionFilter())
        self.texts = {(row.source_id, row.external_id): row.text for row in rows}

    @invariant()
    def counts_equal_a_recount(self) -> None:
        with self.store.read() as tx:
            assert recount(tx) == []
            rows = list(mention_store.iter_rows(tx, MentionFilter()))
            assert {(row.source_id, row.external_id): row.text for row in rows} == self.texts
            assert figures(tx, MentionFilter()).total == len(rows)

    @invariant()
    def every_copy_group_is_named_by_its_earliest(self) -> None:
        with self.store.read() as tx:
            rows = list(mention_store.iter_rows(tx, MentionFilter()))
        groups: dict[int, set] = {}
        for row in rows:
            groups.setdefault(row.copy_group, set()).add((row.published_at, row.id))
        for group, members in groups.items():
            assert min(members)[1] == group
        for row in rows:
            assert row.copies == len(groups[row.copy_group])

    def teardown(self) -> None:
        self.store.close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)


Store.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=timedelta(minutes=1), suppress_health_check=list(HealthCheck)
)
TestStore = Store.TestCase

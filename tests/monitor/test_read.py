"""Reading what is unread."""

from dataclasses import replace
from datetime import timedelta

import pytest

from analyzers.model_name import name_of
from collectors.records import Mention
from monitor import findings
from monitor.bringing import bring, brought_source
from monitor.cycle import Heartbeat
from monitor.matching import Matching
from monitor.read import BATCH, Reader
from storage import brands, deletion, mentions, readings, rollups
from storage.counts import figures
from storage.records import Figures, MentionFilter
from storage.settings_store import set_setting
from tests.monitor.conftest import NOW, WordModel

ANY = MentionFilter()


def give(store, brand, *texts):
    with store.begin() as tx:
        source = brought_source(
            tx, "inbox:test", kind="inbox", channel="social", brands=(brand.id,), title="test", now=NOW
        )
    plain = Mention("", "", "", None, NOW, "author")
    named = [
        (replace(plain, external_id=text[:200], text=text, published_at=NOW - timedelta(minutes=n)), ())
        for n, text in enumerate(texts)
    ]
    return bring(store, source, named, Matching([brand]), now=NOW)


def read(store, settings, model):
    return Reader(store, settings, sentiment=model).read_backlog(clock=lambda: NOW)


def rows(store):
    with store.read() as tx:
        return list(mentions.iter_rows(tx, ANY))


def counted(store) -> Figures:
    with store.read() as tx:
        assert list(rollups.recount(tx)) == []
        return figures(tx, ANY)


@pytest.fixture
def model():
    return WordModel()


def test_newest_first_and_only_once(store, settings, brand, model):
    give(store, brand, "很好", "太差了", "还行 unsure")
    assert read(store, settings, model) == 3
    assert model.texts == ["很好", "太差了", "还行 unsure"]
    assert counted(store) == Figures(negative=1, positive=1, unsure=1)
    assert read(store, settings, model) == 0


def test_a_text_that_fails_is_marked_and_the_others_are_read(store, settings, brand, model):
    give(store, brand, "很好", "unreadable", "太差了")
    read(store, settings, model)
    assert counted(store) == Figures(negative=1, positive=1, failed=1)
    failed = next(row for row in rows(store) if row.sentiment == "failed")
    assert "cannot read this" in failed.failed_reason
    assert read(store, settings, model) == 0


def test_doctor_tells_what_could_not_be_read_until_it_is_read_again(store, settings, brand, model):
    give(store, brand, "很好", "unreadable")
    read(store, settings, model)
    (found,) = findings.backlog(store)
    assert (found.check, found.status) == ("reading", findings.FAIL)
    assert "1 mentions could not be read" in found.message
    assert "cannot read this" in found.message
    assert "--read-again" in found.advice
    with store.begin() as tx:
        assert readings.requeue(tx)[0] == 1
    assert [one.status for one in findings.backlog(store)] == [findings.WARN]
    assert read(store, settings, model) == 1  # the same model tries again, and the same text fails again
    assert [one.status for one in findings.backlog(store)] == [findings.FAIL]
    assert rows(store)[0].model == rows(store)[1].model
    with store.read() as tx:
        assert rollups.recount(tx) == []


def test_another_model_reads_everything_again(store, settings, brand, model):
    give(store, brand, "很好", "unreadable")
    read(store, settings, model)
    other = WordModel("words-2")
    read(store, settings, other)
    assert other.texts == ["很好"]
    assert {row.model for row in rows(store)} == {"words-2"}


def test_a_store_read_by_another_model_is_unread_though_nothing_is_new(store, settings, brand):
    """Nobody loads a model to find that out."""
    with Heartbeat(store, settings) as heart:
        assert not heart._anything_unread()
        give(store, brand, "很好")
        assert heart._anything_unread()
        read(store, settings, WordModel(name_of("")))
        assert not heart._anything_unread()
    with Heartbeat(store, settings.model_copy(update={"model": "somebody/other"})) as heart:
        assert heart._anything_unread()
        read(store, settings, WordModel("somebody/other@1a2b3c"))
        assert not heart._anything_unread()


class Asked(WordModel):
    """Also remembers toward whom it read."""

    def __init__(self) -> None:
        super().__init__()
        self.targets = []

    def read(self, texts, targets):
        self.targets += map(tuple, targets)
        return super().read(texts, targets)


def test_brands_come_and_go_while_a_backlog_is_read(store, settings, brand, monkeypatch):
    """One that came is read toward its names, not as a text about nobody; one that went is not read toward any more."""
    monkeypatch.setattr("monitor.read.BATCH", 1)
    give(store, brand, "云雀奶茶 一", "云雀奶茶 二", "云雀奶茶 三")
    model = Asked()

    def told(done, total):
        if done == 1:
            with store.begin() as tx:
                new = brands.add_brand(tx, "晨星咖啡", now=NOW)
            give(store, new, "晨星咖啡 四")
        if done == 2:
            with store.begin() as tx:
                deletion.delete_brand(tx, brand.id, now=NOW)

    Reader(store, settings, sentiment=model).read_backlog(clock=lambda: NOW, told=told)
    assert model.targets == [brand.names, ("晨星咖啡",)]


def test_more_than_a_batch(store, settings, brand, model):
    give(store, brand, *(f"第 {n} 条" for n in range(BATCH + 10)))
    told = []
    done = Reader(store, settings, sentiment=model).read_backlog(
        clock=lambda: NOW, told=lambda done, total: told.append((done, total))
    )
    assert (done, told[-1]) == (BATCH + 10, (BATCH + 10, BATCH + 10))


def test_facts_and_edited_themes(store, settings, brand, model):
    with store.begin() as tx:
        plain = {"feathers": {"label": {"zh": "羽毛", "en": "Feathers"}, "words": ["羽毛"]}}
        set_setting(tx, "themes", plain, who="test", now=NOW)
    give(store, brand, "云雀奶茶里有羽毛", "An English sentence about the tea")
    read(store, settings, model)
    found = {row.lang: row for row in rows(store)}
    assert found["zh"].themes == ("feathers",)
    assert found["en"].themes == ()


def test_a_changed_text_is_read_again(store, settings, brand, model):
    give(store, brand, "很好")
    read(store, settings, model)
    with store.begin() as tx:
        source = brought_source(
            tx, "inbox:test", kind="inbox", channel="social", brands=(brand.id,), title="test", now=NOW
        )
    changed = Mention("很好", "", "太差了", None, NOW, "author")
    assert bring(store, source, [(changed, ())], Matching([brand]), now=NOW).changed == 1
    assert read(store, settings, model) == 1
    assert counted(store) == Figures(negative=1)


@pytest.mark.parametrize("text", ["\ud800 lone", "\x00 nul", "😀" * 10, "a" * 60_000, "   ", "ﷺ" * 100])
def test_any_text_is_read(store, settings, brand, model, text):
    give(store, brand, text + " x")
    read(store, settings, model)
    assert counted(store).read == 1

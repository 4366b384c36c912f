"""Facts from the helper process: the same as here, stored with the mention, and never missed when it is gone."""

import os
import pickle
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from analyzers.text import TextReader
from monitor import facts
from monitor.facts import FactsHelper
from monitor.loop import Collector, due_now
from monitor.opening import open_workspace
from monitor.read import Reader
from settings import load_settings
from storage import brands, mentions, rollups
from storage.counts import by_theme
from storage.records import MentionFilter
from storage.settings_store import set_setting
from tests.e2e.command import rss
from tests.fakes.site import FakeSite
from tests.monitor.conftest import NOW, WordModel
from tests.monitor.test_loop import Clock, add

ANY = MentionFilter()
STORY = "云雀奶茶的外卖送了两个小时才到，杯子漏了一半，打电话给客服没有人接，第二天才说可以退一半的钱"
SAID = [
    STORY,
    "转发：" + STORY + "，大家小心",
    "云雀奶茶 很好",
    "Lark Tea is late again and the refund never came",
    "這杯雲雀奶茶很貴",
    "云雀奶茶",
    "\ud83e云雀奶茶 😀",
]


@pytest.fixture
def site():
    with FakeSite() as running:
        running.add("/a", rss([(str(n), said) for n, said in enumerate(SAID[:4])]))
        running.add("/b", rss([(str(n), said) for n, said in enumerate(SAID[4:6])] + [("copy", SAID[0])]))
        yield running


@pytest.fixture
def collecting(store, settings, site, brand):
    """Collect both feeds into the store, or into another one."""

    def run(into=store, **options):
        for path in ("/a", "/b"):
            add(into, site.url(path), brands=[brand.id])
        host = site.url("/").split("/")[2]
        allowed = settings.model_copy(update={"allow_hosts": (host,), "parse_processes": 1})
        clock = Clock()
        with Collector(into, allowed, clock=clock, chance=lambda: 0.0, **options) as collector:
            assert collector.collect(due_now(into, now=clock.now)).failed == 0

    return run


def rows(store, asked=ANY):
    with store.read() as tx:
        assert list(rollups.recount(tx)) == []
        return list(mentions.iter_rows(tx, asked))


def test_the_helper_says_what_would_be_said_here(store, brand):
    with FactsHelper() as helper, store.read() as tx:
        helper.refresh(tx)
        here = TextReader(brand.names)
        assert helper.facts(SAID) == {said: here.facts(said) for said in SAID}
        assert helper.facts([]) == {}


def test_edited_themes_reach_the_helper(store, brand):
    with FactsHelper() as helper:
        with store.begin() as tx:
            helper.refresh(tx)
            assert helper.facts(["云雀奶茶的羽毛"])["云雀奶茶的羽毛"].themes == ()
            plain = {"feathers": {"label": {}, "words": ["羽毛"]}}
            set_setting(tx, "themes", plain, who="test", now=NOW)
            helper.refresh(tx)
        assert helper.facts(["云雀奶茶的羽毛"])["云雀奶茶的羽毛"].themes == ("feathers",)


def test_what_comes_with_facts_is_found_before_it_is_read(collecting, store):
    collecting(facts=True)
    found = rows(store)
    assert {row.sentiment for row in found} == {"unread"}
    assert {row.lang for row in found} == {"zh", "en"}
    assert {row.copies for row in found if STORY in row.text + row.title} == {3}
    assert len(rows(store, replace(ANY, query="客服"))) == 3
    with store.read() as tx:
        assert by_theme(tx, ANY)["delivery"].unread >= 1


def test_with_the_helper_or_without_the_store_is_the_same(collecting, store, settings, tmp_path, monkeypatch):
    """Mentions, languages, words, themes and copy groups."""
    other = open_workspace(load_settings(home=tmp_path / "other", database_url=""))
    with other.begin() as tx:
        brands.add_brand(tx, "云雀奶茶", aliases=["Lark Tea"], now=NOW)
    collecting(facts=True)
    collecting(into=other, facts=False)
    helped, alone = (Reader(into, settings, sentiment=WordModel()) for into in (store, other))
    monkeypatch.setattr(helped, "_facts", lambda texts: pytest.fail(f"worked out again: {texts}"))
    assert (helped.read_backlog(clock=lambda: NOW), alone.read_backlog(clock=lambda: NOW)) == (7, 7)
    assert told(store) == told(other)
    other.close()


def told(store):
    """What a store holds, its ids left out: they follow the order in which the feeds were heard."""
    found = rows(store)
    places = {row.id: (row.source_id, row.external_id) for row in found}
    groups: dict[int, set] = {}
    for row in found:
        groups.setdefault(row.copy_group, set()).add(places[row.id])
    facts = {places[row.id]: (row.title, row.lang, row.keywords, row.themes, row.sentiment) for row in found}
    words = {word: len(rows(store, replace(ANY, query=word))) for word in ("客服", "refund", "奶茶", "贵")}
    with store.read() as tx:
        return facts, sorted(map(sorted, groups.values())), words, by_theme(tx, ANY)


def test_a_killed_helper_costs_nothing_but_time(collecting, store, settings, monkeypatch):
    asked = FactsHelper._ask

    def killed(self, texts):
        helper = self._process or self._begin()
        os.kill(helper.pid, signal.SIGKILL)
        helper.wait()
        return asked(self, texts)

    monkeypatch.setattr(FactsHelper, "_ask", killed)
    collecting(facts=True)
    assert {row.lang for row in rows(store)} == {None}
    assert Reader(store, settings, sentiment=WordModel()).read_backlog(clock=lambda: NOW) == 7
    assert {row.lang for row in rows(store)} == {"zh", "en"}


def test_of_threads_that_ask_together_each_gets_its_own(store, brand):
    texts = [[f"云雀奶茶 第{thread}队 第{n}杯 refund {thread}-{n}" for n in range(thread + 1)] for thread in range(12)]
    with FactsHelper() as helper, store.read() as tx, ThreadPoolExecutor(12) as threads:
        helper.refresh(tx)
        found = list(threads.map(helper.facts, texts))
    here = TextReader(brand.names)
    assert found == [{text: here.facts(text) for text in mine} for mine in texts]


def test_an_answer_that_is_cut_off_leaves_the_texts_to_their_reading(monkeypatch):
    monkeypatch.setattr(facts, "receive", lambda stream: pickle.loads(pickle.dumps(["begun"])[:-1]))
    with FactsHelper() as helper:
        assert helper.facts(["云雀奶茶"]) == {}


def test_an_answer_that_nobody_foresaw_leaves_everybody_s_texts_to_their_reading(monkeypatch):
    """The one who asks takes the others' texts from the queue: they are answered, with nothing, and ask again after."""
    true, answered = facts.receive, []

    def strange(stream):
        answered.append(true(stream))
        if len(answered) == 1:
            raise AttributeError("facts of another version")
        return answered[-1]

    monkeypatch.setattr(facts, "receive", strange)
    with FactsHelper() as helper:
        waiting = facts._Asked(["Lark Tea"])
        helper._waiting.append(waiting)
        assert helper.facts(["云雀奶茶"]) == {}
        assert waiting.found == []
        assert set(helper.facts(["云雀奶茶"])) == {"云雀奶茶"}


def test_a_helper_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(facts, "PATIENCE", 0.5)
    more_than_a_pipe_holds = ["云雀奶茶" * 100_000]
    with FactsHelper() as helper:
        os.kill(helper._begin().pid, signal.SIGSTOP)
        assert helper.facts(more_than_a_pipe_holds) == {}


def test_a_helper_that_cannot_start_is_not_tried_for_ever(monkeypatch):
    started = []

    def begin(self):
        started.append(1)
        raise OSError("no more processes")

    monkeypatch.setattr(FactsHelper, "_begin", begin)
    with FactsHelper() as helper:
        for _ in range(facts.TRIES + 3):
            assert helper.facts(["云雀奶茶"]) == {}
    assert len(started) == facts.TRIES

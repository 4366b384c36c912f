"""The outbox reaches real receivers: once when all is well, again when it is not, never as a flood."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from monitor import notice
from monitor import outbox as sender
from monitor.cycle import Heartbeat
from monitor.notice import Notice, notice_to_plain
from monitor.outbox import BACK_OFF, Teller
from settings import Settings
from storage import brands, open_store, outbox, sources
from storage.engine import Store
from storage.schema_cases import outbox as outbox_table
from tests.e2e.command import rss
from tests.fakes.receiver import DrippingMailServer, Receiver
from tests.fakes.site import FakeSite
from tests.monitor.test_loop import Clock

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


PLAIN = notice_to_plain(Notice("opened", lang="en", level="blue", title="case"))


def put(store: Store, url: str, *, levels: tuple[str, ...] = ("red",), kind: str = "webhook") -> int:
    """A target with one notice of each level waiting."""
    with store.begin() as tx:
        target = outbox.add_target(tx, f"hook {url}", url=url, kind=kind, secret="s", lang="en")
        for n, level in enumerate(levels):
            notice = Notice("opened", lang="en", level=level, title=f"case {n}", link="http://127.0.0.1/x")
            outbox.enqueue(tx, f"k{n}-{target.id}", target_id=target.id, case_id=None,
                           payload=notice_to_plain(notice), now=NOW)  # fmt: skip
    return target.id


def send_waiting(store: Store, *, now: datetime) -> int:
    """Tell every target what waits, until each has heard it or refused: how many notices were accepted."""
    before = states(store).count("sent")
    with closing(Teller(store)) as teller:
        teller.look(now=now)
    return states(store).count("sent") - before


def states(store: Store) -> list[str]:
    with store.read() as tx:
        return [item.state for item in outbox.list_outbox(tx)]


def test_a_notice_is_heard_once(store: Store) -> None:
    with Receiver() as receiver:
        put(store, receiver.url)
        assert send_waiting(store, now=NOW) == 1
        assert send_waiting(store, now=NOW + timedelta(hours=1)) == 0
    assert len(receiver.heard) == 1
    assert states(store) == ["sent"]


def test_a_refusal_is_tried_again_later_and_then_heard(store: Store) -> None:
    with Receiver(answers=[500, 503]) as receiver:
        put(store, receiver.url)
        assert send_waiting(store, now=NOW) == 0
        assert send_waiting(store, now=NOW) == 0  # too early
        assert len(receiver.heard) == 1
        again = NOW + BACK_OFF[0]
        assert send_waiting(store, now=again) == 0
        assert send_waiting(store, now=again + BACK_OFF[1]) == 1
    assert {one.headers["X-Fengping-Id"] for one in receiver.heard} == {receiver.heard[0].headers["X-Fengping-Id"]}
    with store.read() as tx:
        (item,) = outbox.list_outbox(tx)
    assert (item.state, item.attempts) == ("sent", 3)


def test_a_target_that_never_answers_is_dead_and_says_why(store: Store) -> None:
    with Receiver(answers=[500] * 20) as receiver:
        put(store, receiver.url)
        now = NOW
        for _ in range(len(BACK_OFF) + 1):
            send_waiting(store, now=now)
            now += timedelta(days=2)
    with store.read() as tx:
        (item,) = outbox.list_outbox(tx)
        assert outbox.due(tx, now) == []
    assert item.state == "dead"
    assert "500" in (item.last_error or "")


def test_many_notices_go_as_one_digest(store: Store) -> None:
    with Receiver() as receiver:
        put(store, receiver.url, levels=("blue", "yellow", "red", "orange"))
        assert send_waiting(store, now=NOW) == 4
    (heard,) = receiver.heard
    said = json.loads(heard.body)
    assert said["event"] == "digest"
    assert said["level"] == "red"
    assert len(said["notices"]) == 4


def test_what_is_called_off_while_others_are_told_is_not_sent(store: Store) -> None:
    with Receiver() as receiver:
        target = put(store, receiver.url, levels=("blue", "red"))
        waiting = sender._due(store, NOW)[target]
        with store.begin() as tx:
            tx.execute(delete(outbox_table).where(outbox_table.c.id == waiting.items[1].id))
        with closing(Teller(store)) as teller:
            teller._tell(waiting, NOW)
    assert [json.loads(heard.body)["level"] for heard in receiver.heard] == ["blue"]


def test_a_notice_keeps_its_id_when_it_is_sent_again_within_a_digest(store: Store) -> None:
    with Receiver() as receiver:
        target = put(store, receiver.url, levels=("blue",))
        one, key = sender._message(sender._due(store, NOW)[target].items)
        notice.send(one, kind="webhook", url=receiver.url, secret="s", key=key, now=NOW)  # and the process died, say
        with store.begin() as tx:
            for n in range(4):
                outbox.enqueue(tx, f"more{n}", target_id=target, case_id=None, payload=PLAIN, now=NOW)
        assert send_waiting(store, now=NOW) == 5
    first, together = (json.loads(heard.body) for heard in receiver.heard)
    ids = [one["id"] for one in together["notices"]]
    assert first["id"] in ids
    assert len(set(ids)) == 5


def test_a_target_that_heard_enough_waits_but_for_red(store: Store) -> None:
    with Receiver() as receiver:
        target = put(store, receiver.url, levels=())
        for n in range(7):
            with store.begin() as tx:
                notice = notice_to_plain(Notice("opened", lang="en", level="blue", title=str(n)))
                outbox.enqueue(tx, f"n{n}", target_id=target, case_id=None, payload=notice, now=NOW)
            send_waiting(store, now=NOW + timedelta(minutes=n))
        assert len(receiver.heard) == 6
        with store.begin() as tx:
            red = notice_to_plain(Notice("opened", lang="en", level="red", title="fire"))
            outbox.enqueue(tx, "red", target_id=target, case_id=None, payload=red, now=NOW)
        send_waiting(store, now=NOW + timedelta(minutes=8))
        assert len(receiver.heard) == 7
        send_waiting(store, now=NOW + timedelta(hours=2))
        assert len(receiver.heard) == 8


def test_one_broken_target_does_not_hold_up_another(store: Store) -> None:
    with Receiver(answers=[500] * 9) as broken, Receiver() as good:
        put(store, broken.url)
        put(store, good.url)
        assert send_waiting(store, now=NOW) == 1
    assert len(good.heard) == 1


def test_a_notice_that_cannot_be_written_dies_like_one_that_is_refused(store: Store) -> None:
    """Tried in every cycle, before all others of its target, it would keep that target from hearing anything."""
    with Receiver() as receiver:
        target = put(store, receiver.url)
        with store.begin() as tx:
            for key, payload in (("a broken one", {"event": "opened", "of another version": 1}), ("next", PLAIN)):
                outbox.enqueue(tx, key, target_id=target, case_id=None, payload=payload, now=NOW - timedelta(hours=1))
        assert send_waiting(store, now=NOW) == 2
        assert send_waiting(store, now=NOW) == 0  # a minute too early
        for day in range(len(BACK_OFF)):
            send_waiting(store, now=NOW + timedelta(days=2 + 2 * day))
    assert sorted(states(store)) == ["dead", "sent", "sent"]


@pytest.fixture
def slow(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Forty receivers that do not answer and a mail server that talks for ever, each with a notice waiting, and time."""
    monkeypatch.setattr(sender, "PATIENCE", 0.0)
    for limit in ("TIMEOUT", "MESSENGER"):
        monkeypatch.setattr(notice, limit, 90.0)
    go = threading.Event()
    with Receiver(hold=go) as hanging, DrippingMailServer() as dripping:
        for n in range(40):
            put(store, f"{hanging.url}/{n}")
        put(store, dripping.url, kind="apprise")

        def end() -> None:
            go.set()
            dripping.__exit__()

        yield hanging, end
        end()


def test_a_cycle_goes_on_while_forty_receivers_and_a_mail_server_do_not_answer(store, settings, slow) -> None:
    """It collects and tells others, tells nobody twice, and what is answered at last was heard once."""
    hanging, end = slow
    clock = Clock()
    with FakeSite() as site, Receiver() as good:
        site.add("/f", rss([("1", "Lark Tea is cold")])).then(rss([("2", "Lark Tea is warm")]))
        with store.begin() as tx:
            sources.add_source(tx, site.url("/f"), kind="feed", channel="news", now=NOW)
            brands.add_brand(tx, "Lark Tea", now=NOW)
        target = put(store, good.url)
        allowed = settings.model_copy(update={"allow_hosts": (site.host,), "parse_processes": 1})
        with Heartbeat(store, allowed, clock=clock, read=False) as heart:
            for cycle in (1, 2):
                clock.now += timedelta(hours=1)
                heart.beat(read=False)
                if target in heart.teller._at_it:  # it answers, however busy this machine is
                    heart.teller._at_it[target].join(60)
                assert len(site.paths) == cycle
                assert len(good.heard) == cycle
                assert sorted(set(states(store))) == ["sent", "waiting"]
                assert states(store).count("sent") == cycle
                with store.begin() as tx:
                    outbox.enqueue(tx, "next", target_id=target, case_id=None, payload=PLAIN, now=NOW)
            assert send_waiting(store, now=clock.now) == 0  # another process: these are being told
            end()
        assert len({one.headers["X-Fengping-Id"] for one in hanging.heard}) == len(hanging.heard) == 40


def test_what_a_target_took_while_the_store_could_not_be_written_is_not_sent_again(
    store, settings, monkeypatch
) -> None:
    """On a disk that is full for hours it would ring in every cycle."""
    monkeypatch.setattr(sender, "PATIENCE", 60.0)
    hasty = open_store(settings.store_url, busy_seconds=0.1)
    with Receiver() as receiver, closing(Teller(hasty)) as teller:
        put(store, receiver.url)
        with store.begin():
            teller.look(now=NOW)
        assert states(store) == ["waiting"]
        teller.look(now=NOW + timedelta(minutes=1))
        assert len(receiver.heard) == 1
    assert states(store) == ["sent"]
    hasty.close()


KILLED = """
    import os, signal, sys
    from datetime import UTC, datetime
    from monitor import outbox
    from monitor.opening import open_workspace
    from settings import load_settings

    def die(*_args, **_named):
        os.kill(os.getpid(), signal.SIGKILL)

    outbox.outbox.mark_sent = die
    settings = load_settings(home=sys.argv[1], database_url="")
    teller = outbox.Teller(open_workspace(settings))
    teller.look(now=datetime(2026, 11, 21, 12, tzinfo=UTC))
    teller.close()
"""


def test_killed_between_send_and_mark_it_is_sent_again_under_the_same_id(store: Store, settings: Settings) -> None:
    root = Path(__file__).parents[2]
    with Receiver() as receiver:
        put(store, receiver.url)
        environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(root)}
        killed = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(KILLED), str(settings.home)],
            env=environment,
            check=False,
            timeout=60,
        )
        assert killed.returncode == -signal.SIGKILL
        assert states(store) == ["waiting"]
        assert send_waiting(store, now=NOW + timedelta(seconds=1)) == 1
    assert len(receiver.heard) == 2
    assert len({one.headers["X-Fengping-Id"] for one in receiver.heard}) == 1


@pytest.mark.parametrize("delay", [0.2])
def test_a_slow_receiver_is_waited_for(store: Store, delay: float) -> None:
    with Receiver(delay=delay) as receiver:
        put(store, receiver.url)
        started = time.monotonic()
        assert send_waiting(store, now=NOW) == 1
        assert time.monotonic() - started >= delay
    assert states(store) == ["sent"]

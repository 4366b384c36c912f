"""Settings → Who is told: a target is added, tested against a real receiver, and what was given up is sent after a click."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

import storage
from dashboard import queries
from monitor.notice import Notice, notice_to_plain
from monitor.outbox import BACK_OFF
from settings import get_settings
from storage import outbox
from tests.dashboard.conftest import html_of, text_of
from tests.dashboard.test_acts import button
from tests.dashboard.world import World
from tests.fakes.receiver import Receiver
from tests.monitor.test_outbox import send_waiting

OpenPage = Callable[..., AppTest]


def test_a_target_is_added_and_a_test_reaches_it(made: World, open_page: OpenPage) -> None:
    with Receiver(answers=[200, 503]) as receiver:
        app = open_page("settings", tab="told")
        field = {one.label: one for one in app.text_input}
        field["Name"].set_value("duty")
        field["Address"].set_value(receiver.url)
        field["Key that signs a webhook"].set_value("s3cret")
        next(one for one in app.selectbox if one.label == "Kind").set_value("webhook")
        button(app, "Save").click().run()
        (target,) = queries.targets()
        assert (target.name, target.kind, target.lang) == ("duty", "webhook", "en")  # as the page is read
        app = open_page("settings", tab="told")
        button(app, "Send a test").click().run(timeout=120)
        assert [one.value for one in app.success] == ["Accepted."]
        said = json.loads(receiver.heard[0].body)
        assert said["event"] == "test"
        assert "test from fengping" in said["text"].casefold()
        assert receiver.heard[0].headers["X-Fengping-Signature"].startswith("sha256=")
        button(app, "Send a test").click().run(timeout=120)
        assert "answered 503" in app.error[0].value


def test_an_address_that_names_no_service_is_refused(made: World, open_page: OpenPage) -> None:
    app = open_page("settings", tab="told")
    for address, words in (("pigeon://loft", "names no service"), ("dingtalk://abcdef0123456789", "")):
        next(one for one in app.text_input if one.label == "Name").set_value("duty")
        next(one for one in app.text_input if one.label == "Address").set_value(address)
        button(app, "Save").click().run()
        assert bool(app.error) is bool(words)
        assert words in "".join(str(one.value) for one in app.error)
    assert [target.url for target in queries.targets()] == ["dingtalk://abcdef0123456789"]


def test_what_was_given_up_is_shown_with_the_targets_words_and_sent_after_a_click(
    made: World, open_page: OpenPage
) -> None:
    store, now = storage.open_store(get_settings().store_url), datetime.now(UTC) - timedelta(days=30)
    with Receiver(answers=[500] * (len(BACK_OFF) + 1)) as receiver:
        with store.begin() as tx:
            target = outbox.add_target(tx, "duty", url=receiver.url, kind="webhook", secret="s")
            notice = notice_to_plain(Notice("opened", level="red", title="盼达"))
            outbox.enqueue(tx, "case-1-opened", target_id=target.id, case_id=None, payload=notice, now=now)
        for _ in range(len(BACK_OFF) + 1):
            send_waiting(store, now=now)
            now += timedelta(days=2)
        app = open_page("settings", tab="told")
        said = html_of(app)
        assert "duty: given up" in said
        assert "盼达 · " in said
        assert "the webhook answered 500" in said
        assert f"{len(BACK_OFF) + 1} tries" in said
        button(app, "Try again").click().run()
        assert "Try again" not in text_of(app)
        assert "duty: waiting" in html_of(app)
        assert send_waiting(store, now=datetime.now(UTC)) == 1
        assert {one.headers["X-Fengping-Id"] for one in receiver.heard} == {"case-1-opened"}
    store.close()
    queries.forget()
    assert "duty: waiting" not in html_of(open_page("settings", tab="told"))

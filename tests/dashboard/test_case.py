"""A case from ringing to verdict, on screen: assigned, noted, snoozed, answered, compared, resolved, and what rules learn of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from streamlit.testing.v1 import AppTest

from dashboard import queries
from dashboard.views import case_detail
from tests.dashboard.conftest import html_of, turn
from tests.dashboard.test_acts import button
from tests.dashboard.world import World

OpenPage = Callable[..., AppTest]


def field(app: AppTest, kind: str, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in app.get(kind) if one.label == label)


def test_a_case_from_ringing_to_verdict(made: World, open_page: OpenPage) -> None:
    app = open_page("cases", case=str(made.case_id))
    field(app, "text_input", "Owner").set_value("林秋")
    field(app, "text_input", "Department").set_value("客服部")
    button(app, "Assign").click().run()
    case = queries.case(made.case_id)
    assert (case.owner, case.department, case.status) == ("林秋", "客服部", "open")
    field(app, "text_area", "Note").set_value("ask the *plant* <b>")
    button(app, "Save note").click().run()
    button(app, "4 hours").click().run()
    assert queries.case(made.case_id).snoozed_until > datetime.now(UTC) + timedelta(hours=3)
    assert "snoozed until" in html_of(app)
    answered = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None, second=0, microsecond=0) - timedelta(
        hours=2
    )
    field(app, "text_area", "What was said").set_value("We recall the batch <i>now</i>.")
    field(app, "text_input", "Where").set_value("Weibo")
    field(app, "datetime_input", "When, if not just now").set_value(answered)
    button(app, "Record").click().run()
    assert not app.exception
    case = queries.case(made.case_id)
    assert case.response == {"said": "We recall the batch <i>now</i>.", "where": "Weibo"}
    assert case.responded_at == answered.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert case.status == "acknowledged", "who answers has seen it"
    said = html_of(app)
    assert "We recall the batch &lt;i&gt;now&lt;/i&gt;." in said
    assert "2 hours before" in said
    assert "2 hours after" in said
    assert "rule “负面异动”" in said
    app.radio(key=f"_verdict_{made.case_id}").set_value("real").run()
    button(app, "Resolve the case").click().run()
    log = [entry.what for entry in queries.case_log(made.case_id)]
    wanted = ["owner", "department", "note", "snoozed", "acknowledged", "responded", "resolved"]
    assert [what for what in log if what in wanted] == wanted
    app = turn(app, "rules")
    app.query_params["rule"] = str(made.rule_id)
    said = html_of(app.run())
    assert "catches 1 of 1 case people called real" in said
    assert "About" in said


def test_the_clock_counts_from_the_first_mention_and_says_what_was_found_late(made: World) -> None:
    case = queries.case(made.case_id)
    begun, hour = case.first_mention_at, timedelta(hours=1)
    assert case.opened_at > begun + hour, "its target of an hour was over when it opened"
    now = begun + 3.5 * hour
    _, opened, acknowledge, answer = case_detail._clock(case, now)
    assert opened.said.endswith("found late")
    assert (acknowledge.said, acknowledge.late) == ("due 2 h 30 min ago (target 1 hour)", True)
    assert (answer.said, answer.late) == ("30 minutes left (target 4 hours)", False)
    assert case_detail.late(case, now) == "should have been acknowledged 2 h 30 min ago"
    done = replace(case, opened_at=begun + hour / 2, acknowledged_at=begun + hour / 4, responded_at=begun + 5 * hour)
    _, opened, acknowledged, answered = case_detail._clock(done, now)
    assert not opened.said.endswith("found late")
    assert (acknowledged.said, acknowledged.done) == ("after 15 minutes (target 1 hour)", True)
    assert (answered.said, answered.late) == ("after 5 hours (target 4 hours)", True)


def test_what_cannot_be_heard_is_a_case_that_says_so(made: World, open_page: OpenPage) -> None:
    """The monitor opens it; the screen says in words what it is and shows no arithmetic that is not there."""
    import storage
    from analyzers.rules import RuleBody
    from monitor import unheard
    from monitor.quiet import Listening
    from settings import get_settings
    from storage import rules
    from storage.sources import list_sources

    store, later = storage.open_store(get_settings().store_url), datetime.now(UTC) + timedelta(days=3)
    with store.begin() as tx:
        rule = rules.add_rule(tx, "quiet", {"measure": "silence"}, who="ops", now=later)
        failed = {"last_error": "HTTP 403: the server forbids it"}
        sources = [replace(one, state=replace(one.state, failures=5), **failed) for one in list_sources(tx, later)]
    body, brand = RuleBody(measure="silence"), (made.brand.id,)
    assert unheard.judge(store, Listening(rule, body, brand, tuple(sources), get_settings(), later)) == 1
    store.close()
    queries.forget()
    (case,) = [one for one in queries.cases() if one.id != made.case_id]
    app = open_page("cases", case=str(case.id))
    assert not app.exception
    said = html_of(app)
    assert "Old gazette cannot be heard" in said
    assert "We went blind at 1 of 7 sources" in said
    assert "HTTP 403: the server forbids it" in said
    assert "Too few mentions to say why" not in said
    said = html_of(open_page("cases", lang="zh", case=str(case.id)))
    assert "HTTP 403：服务器不允许访问" in said
    assert "forbids" not in said


def test_a_verdict_on_what_was_not_heard_scores_no_alarm_of_complaints(made: World) -> None:
    """A case of silence lies over the burst; the replay of a rule that counts complaints does not take it for one."""
    import storage
    from analyzers.rules import Scope
    from dashboard import replays
    from settings import get_settings
    from storage import cases, spikes

    store = storage.open_store(get_settings().store_url)
    with store.begin() as tx:
        opened = spikes.open_case(
            tx,
            rule_id=made.rule_id,
            rule_version=1,
            brand_id=made.brand.id,
            start_at=made.now - timedelta(days=2),
            end_at=made.now,
            measure="unheard",
            figures={},
            title="blind",
            level="blue",
            now=made.now,
        )
        assert opened.what == "opened", "silence joins no case of complaints"
        cases.resolve(tx, opened.case_id, verdict="source_fault", who="ops", now=made.now)
    store.close()
    scope = Scope(brands=(made.brand.id,))
    assert [one.verdict for one in replays.runs(scope, "negative")[0].past] == [None]
    assert [one.verdict for one in replays.runs(scope, "silence")[0].past] == ["source_fault"]

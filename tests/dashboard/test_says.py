"""What a page says where it cannot say more: still learning, too few to say, nothing to say, nobody listening."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.testing.v1 import AppTest

import storage
from analyzers.explain.recount import KNOBS
from dashboard import decisions, explained, queries
from dashboard.views.answer import _not_asked
from dashboard.views.export_panel import counts_file
from monitor.spike_file import judge_file
from storage import brands, rules, sources
from storage.records import MentionFilter
from tests.dashboard.conftest import html_of
from tests.dashboard.world import World

OpenPage = Callable[..., AppTest]
HOUR = timedelta(hours=1)


def test_a_rule_says_of_which_brand_it_is_still_learning(made: World, open_page: OpenPage) -> None:
    with queries.store().begin() as tx:
        said = {"at": "2026-11-21T12:00:00+00:00", "days": 9.4}
        known = {str(made.brand.id): said | {"learning": True}, str(made.rival.id): said | {"learning": False}}
        rules.set_evaluated(tx, made.rule_id, known | {"999": said | {"learning": True}})
    page = html_of(open_page("rules"))
    assert f"{made.brand.name}: learning, 9 of 14 days" in page
    assert f"{made.rival.name}: learning" not in page


def test_too_few_to_say_is_not_nothing_to_say(made: World) -> None:
    case = queries.case(made.case_id)
    why = case.explanation["why"]

    def as_if(**other: object) -> int | None:
        return explained.marked(replace(case, explanation={"why": {**why, **other}}))

    assert explained.marked(case) == len(why["claims"])  # how many that are depends on the hour
    assert as_if(claims=[{}, {}]) == 2
    assert as_if(claims=[]) == 0
    assert as_if(too_few=True, claims=[]) is None
    assert explained.marked(replace(case, explanation=None)) is None


def test_a_case_that_nothing_marks_says_so_and_does_not_say_too_few(made: World, open_page: OpenPage) -> None:
    from storage import cases

    case = queries.case(made.case_id)
    plain = {**case.explanation, "why": {**case.explanation["why"], "claims": []}}
    with queries.store().begin() as tx:
        cases.set_explanation(tx, case.id, plain)
    st.cache_data.clear()  # the case asked for above is kept for some seconds
    said = html_of(open_page("cases", case=str(made.case_id)))
    assert "Nothing sets these mentions apart" in said
    assert "Too few mentions to say why" not in said


def test_sources_nobody_asks_are_not_quiet(made: World) -> None:
    record = next(one for one in queries.sources() if one.status == "ok")
    now = datetime.now(UTC)

    def due(ago: timedelta, **other: object) -> bool:
        return _not_asked(replace(record, next_check_at=now - ago, **other), now)

    assert not due(-timedelta(minutes=5))
    assert not due(timedelta(minutes=20))
    assert due(timedelta(hours=2))
    assert due(timedelta(hours=2), status="new")  # added, and never once asked
    assert not due(-timedelta(days=36_500))  # brought by others, asked by nobody
    assert not due(timedelta(days=2), status="paused")


def test_the_overview_is_not_calm_while_the_monitor_stands_still(made: World, open_page: OpenPage) -> None:
    decisions.resolve(made.case_id, verdict="noise", note="", who="li")
    assert "Calm" in (said := html_of(open_page())) or "No case is open" in said
    with queries.store().begin() as tx:
        for source in made.sources[:-1]:
            _ask_long_ago(tx, source.id)
    queries.forget()
    said = html_of(open_page())
    assert "The monitor does not run, or hangs: 6 of 7 sources" in said
    said = html_of(open_page("sources"))
    assert "The monitor does not run, or hangs: 6 of 7 sources" in said
    assert "sources are heard" not in said
    assert "Calm" not in said


def test_a_case_does_not_hide_that_nothing_is_heard_any_more(made: World, open_page: OpenPage) -> None:
    with queries.store().begin() as tx:
        for source in made.sources[:-1]:
            _ask_long_ago(tx, source.id)
    queries.forget()
    app = open_page()
    assert "Orange" in (said := html_of(app))
    assert "0 / 7" in said
    assert "1 not heard, 6 long not asked" in said
    assert "The monitor does not run, or hangs" in [link.proto.label for link in app.get("page_link")]


def test_a_source_that_nobody_asked_when_it_was_due_is_not_called_heard(made: World, open_page: OpenPage) -> None:
    with queries.store().begin() as tx:
        _ask_long_ago(tx, made.sources[0].id)
    queries.forget()
    said = html_of(open_page("sources"))
    assert "5 of 7 sources are heard." in said
    assert "1 long not asked" in said
    assert '<span class="fp-dot paused">long not asked</span> ' + made.sources[0].title in said
    assert "was due 5 hours ago" in said
    assert "5 / 7" in html_of(open_page())


def test_before_the_first_collection_nobody_is_sent_to_look_further_back(
    tmp_path: Path, settle: Callable[[Path], None], open_page: OpenPage
) -> None:
    url = f"sqlite:///{tmp_path / 'fengping.db'}"
    storage.migrate(url)
    store = storage.open_store(url)
    now = datetime.now(UTC)
    with store.begin() as tx:
        brands.add_brand(tx, "盼达", now=now)
        source = sources.add_source(tx, "https://a.example/feed", kind="feed", channel="news", now=now)
    settle(tmp_path)
    app = open_page()
    assert "No source has been asked yet." in (said := html_of(app))
    assert "0 negative of 0 read" not in said
    assert "Show 90 days" not in [button.label for button in app.button]
    with store.begin() as tx:
        _ask_long_ago(tx, source.id)
    store.close()
    queries.forget()
    assert "The monitor does not run, or hangs: 1 of 1 source was due" in html_of(open_page())


def test_a_search_among_sources_that_finds_none_says_so(made: World, open_page: OpenPage) -> None:
    with queries.store().begin() as tx:
        for n in range(4):
            address = f"https://more.example/{n}"
            sources.add_source(tx, address, kind="feed", channel="news", now=datetime.now(UTC))
    queries.forget()
    assert "No source fits this search." in html_of(open_page("sources", find="no such thing"))
    assert "No source fits this search." not in html_of(open_page("sources", find="more.example"))


def _ask_long_ago(tx, source_id: int) -> None:  # type: ignore[no-untyped-def]
    from sqlalchemy import update

    from storage.schema import source

    due = datetime.now(UTC) - timedelta(hours=5)
    tx.execute(update(source).where(source.c.id == source_id).values(next_check_at=due))


def test_what_was_usual_can_be_judged_again_from_the_counts_of_a_case(made: World, tmp_path: Path) -> None:
    """The file beside a case's export, through the detector without a store: the same counts, and it rings again."""
    (spike,) = queries.case(made.case_id).spikes
    (tmp_path / "counts.csv").write_bytes(counts_file(spike))
    counts = pd.read_csv(tmp_path / "counts.csv", parse_dates=["timestamp"])
    assert list(counts.columns) == ["timestamp", "total", "negative", *KNOBS]
    since, until = (when.to_pydatetime().replace(tzinfo=UTC) for when in counts.timestamp.iloc[[0, -1]])
    stored = queries.hourly_sum(MentionFilter(brands=(made.brand.id,), since=since, until=until + HOUR))
    at = ((counts.timestamp - counts.timestamp[0]) // pd.Timedelta(HOUR)).to_list()
    assert counts.negative.to_list() == [stored.negative[i] for i in at]
    assert counts.total.to_list() == [stored.read[i] for i in at]
    judge_file(tmp_path / "counts.csv", tmp_path / "judged.csv")
    judged = pd.read_csv(tmp_path / "judged.csv", parse_dates=["timestamp"]).query("alarm == 1").iloc[-1]
    assert judged.timestamp.to_pydatetime().replace(tzinfo=UTC) >= spike.start_at - HOUR
    assert re.match(r"\d+ negative in .* usual ", judged.reason)


def test_counts_of_a_rule_that_is_gone_are_a_header_alone(made: World) -> None:
    (spike,) = queries.case(made.case_id).spikes
    knobs = ",".join(KNOBS)
    assert counts_file(replace(spike, rule_version=99)).decode() == f"timestamp,total,negative,{knobs}\n"
    assert counts_file(replace(spike, rule_id=99, measure="total")).decode() == f"timestamp,value,negative,{knobs}\n"


def test_a_case_says_why_its_level_and_cites_its_first_mention(made: World) -> None:
    case = queries.case(made.case_id)
    graded = case.explanation["level"]
    said = explained.level(case)
    assert "separate voices" in said
    assert "times the usual" in said
    for name in graded["grades"].values():
        assert f"({name.capitalize()})" in said
    assert explained.level(replace(case, explanation={"level": {"figures": {"reach": None}, "grades": {}}})) == ""
    first = explained.claims(case)[0]
    assert first.mention_ids == (case.explanation["facts"]["first_id"],)
    assert first.mention_ids[0] in queries.case_mention_ids(made.case_id)


QUIET = {"since": "2025-12-31T16:00:00Z", "until": "2026-01-02T16:00:00Z"}


def test_a_period_in_which_all_sources_fail_leads_to_what_is_wrong(
    made: World, tmp_path: Path, open_page: OpenPage
) -> None:
    with sqlite3.connect(tmp_path / "home" / "fengping.db") as base:
        base.execute("UPDATE source SET status = 'failed'")
    app = open_page("overview", **QUIET)
    n = len(made.sources)
    assert f"Nothing was heard in this period: {n} sources are not heard." in html_of(app)
    assert "See what is wrong" in [link.label for link in app.get("page_link")]
    assert "Show 90 days" not in [button.label for button in app.button]


def test_without_an_open_case_the_cases_are_calm_only_if_somebody_listened(
    made: World, tmp_path: Path, open_page: OpenPage
) -> None:
    base = sqlite3.connect(tmp_path / "home" / "fengping.db")
    base.execute("UPDATE \"case\" SET status = 'resolved'")
    base.commit()
    assert 'fp-head "' in (said := html_of(open_page("cases"))), "calm"
    assert "No case is open." in said
    base.execute("UPDATE source SET status = 'failed'")
    base.commit()
    base.close()
    queries.forget()
    assert "we went blind" in (said := html_of(open_page("cases")))
    assert "fp-head deaf" in said


def test_a_period_without_mentions_says_its_days_and_offers_a_longer_one(made: World, open_page: OpenPage) -> None:
    app = open_page("overview", **QUIET)
    assert "No mentions in this period." in html_of(app)
    assert "1 Jan – 2 Jan" in html_of(app)  # as days of the viewer's zone, China's
    button = next(button for button in app.button if button.label == "Show 90 days")
    assert "No mentions in this period." not in html_of(button.click().run())


def test_an_address_of_what_is_gone_says_so(made: World, open_page: OpenPage) -> None:
    app = open_page("mentions", brand="999", mention="99999")
    said = [warning.value for warning in app.warning]
    assert said == ["A brand of this address is no longer there; it is left out.", "This mention is no longer stored."]
    assert ">0 mentions" not in html_of(app)
    assert "brand" not in app.query_params


def test_cases_of_a_brand_that_is_gone_are_not_a_calm_of_all_brands(made: World, open_page: OpenPage) -> None:
    app = open_page("cases", brand="999")
    assert [warning.value for warning in app.warning] == ["A brand of this address is no longer there; it is left out."]
    assert "1 case is open." in html_of(app)

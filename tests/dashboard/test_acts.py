"""What people decide on screen is what the store holds, and can be taken back."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import decisions, queries
from dashboard.state import View
from storage.records import MentionFilter
from tests.dashboard.conftest import html_of, text_of
from tests.dashboard.world import World

OpenPage = Callable[..., AppTest]
ZONE = ZoneInfo("Asia/Shanghai")


def button(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in app.button if one.label == label)


def negative(made: World) -> int:
    found = queries.page(MentionFilter(brands=(made.brand.id,), sentiments=("negative",)), limit=1)
    return found.rows[0].id


def test_a_correction_is_counted_and_undone(made: World, open_page: OpenPage) -> None:
    wanted = negative(made)
    before = queries.figures(MentionFilter())
    app = open_page("mentions", mention=str(wanted), of=str(made.brand.id), period="90d")
    app.button_group(key=f"correct_{wanted}_{made.brand.id}").set_value("positive").run()
    assert not app.exception
    after = queries.figures(MentionFilter())
    assert (after.negative, after.positive) == (before.negative - 1, before.positive + 1)
    assert queries.mention(wanted)[0].corrected_by
    button(app, "Undo").click().run()
    assert queries.figures(MentionFilter()) == before
    assert queries.mention(wanted)[0].corrected_by is None


def test_the_detail_says_why_and_how(made: World, open_page: OpenPage) -> None:
    wanted = negative(made)
    app = open_page("mentions", mention=str(wanted), of=str(made.brand.id), period="90d")
    said = text_of(app)
    assert "Why it is here" in said
    assert "is in it" in said
    assert "Counted as negative" in said
    assert 'class="fp fp-bars"' in html_of(app)


def test_ticked_mentions_are_flagged_together(made: World, open_page: OpenPage) -> None:
    app = open_page("mentions", period="90d")
    ticks = [box for box in app.checkbox if str(box.key).startswith("pick_") and box.key != "pick_all"]
    for box in ticks[:3]:
        box.check()
    app.run()
    button(app, "Flag").click().run()
    assert not app.exception
    assert queries.figures(MentionFilter(flagged=True)).total == 3
    button(app, "Undo").click().run()
    assert queries.figures(MentionFilter(flagged=True)).total == 0


def ticks(app: AppTest):  # type: ignore[no-untyped-def]
    return [box for box in app.checkbox if str(box.key).startswith("pick_") and box.key != "pick_all"]


def test_a_case_is_opened_by_hand_from_ticked_mentions_and_they_are_taken_out_again(
    made: World, open_page: OpenPage
) -> None:
    app = open_page("mentions", period="90d", sentiment="positive", brand=str(made.brand.id))
    for box in ticks(app)[:2]:
        box.check()
    app.run()
    next(one for one in app.text_input if one.label == "Title").set_value("rumour of a <b>recall</b>")
    next(one for one in app.button_group if one.label == "Level").set_value("orange")
    next(one for one in app.text_input if one.label == "Owner").set_value("")
    button(app, "Open with 2 mentions").click().run()
    assert not app.exception
    opened = max(queries.cases(), key=lambda case: case.id)
    assert (opened.title, opened.level, opened.mentions) == ("rumour of a <b>recall</b>", "orange", 2)
    assert opened.owner
    assert opened.status == "acknowledged", "who opens it has seen it"
    assert opened.targets == {"acknowledge_minutes": 120, "respond_minutes": 240}
    assert opened.first_mention_at == opened.start_at
    said = html_of(open_page("cases", case=str(opened.id)))
    assert "Opened by hand, with 2 mentions; no rule rang." in said
    assert "rumour of a &lt;b&gt;recall&lt;/b&gt;" in said
    app = open_page("mentions", in_case=str(opened.id), fold="no")
    ticks(app)[0].check()
    app.run()
    button(app, f"Take out of case {opened.id}").click().run()
    assert queries.case(opened.id).mentions == 1
    button(app, "Undo").click().run()
    assert queries.case(opened.id).mentions == 2


def test_ticked_mentions_are_added_to_an_open_case(made: World, open_page: OpenPage) -> None:
    before = queries.case(made.case_id).mentions
    app = open_page("mentions", period="90d", sentiment="positive", brand=str(made.brand.id))
    for box in ticks(app)[:3]:
        box.check()
    app.run()
    app.selectbox(key=f"_case_of_{made.brand.id}").set_value(made.case_id).run()
    button(app, "Add 3 mentions").click().run()
    assert not app.exception
    assert queries.case(made.case_id).mentions == before + 3
    assert not any(box.value for box in ticks(app))
    button(app, "Undo").click().run()
    assert queries.case(made.case_id).mentions == before


def test_a_search_becomes_a_rule(made: World, open_page: OpenPage) -> None:
    view = View(
        brands=(made.brand.id,), query="电池", channels=("forum",), langs=("zh",), themes=("quality",), author="x"
    )
    asked = {key: value[0] for key, value in view.to_url().items()}
    app = open_page("rules", rule="new", **asked)
    assert "author x" in text_of(app) + str([one.value for one in app.info])
    assert app.text_input(key="rule_new_name_en").value.endswith("“电池”")
    button(app, "Save").click().run()
    assert not app.exception
    (saved,) = [rule for rule in queries.rules() if rule.id != made.rule_id]
    scope = saved.body["scope"]
    assert (scope["brands"], scope["query"], scope["channels"]) == ([made.brand.id], "电池", ["forum"])
    assert (scope["langs"], scope["themes"], scope["sources"]) == (["zh"], ["quality"], [])
    assert saved.body["measure"] == "negative"


def test_a_search_is_sent_to_a_rule_by_a_link(made: World, open_page: OpenPage) -> None:
    for asked in ("电池", "says-nobody-ever"):
        app = open_page("mentions", q=asked)
        links = [link for link in app.get("page_link") if link.proto.label == "Ring on this"]
        assert len(links) == 1
        assert f"q={quote(asked)}" in links[0].proto.query_string
        assert "rule=new" in links[0].proto.query_string


def test_a_note_is_kept(made: World, open_page: OpenPage) -> None:
    wanted = negative(made)
    app = open_page("mentions", mention=str(wanted), of=str(made.brand.id))
    app.text_area(key=f"note_{wanted}").set_value("ask the shop").run()
    button(app, "Save note").click().run()
    assert queries.mention(wanted)[0].note == "ask the shop"


def test_a_note_and_a_flag_are_undone(made: World, open_page: OpenPage) -> None:
    wanted = negative(made)
    app = open_page("mentions", mention=str(wanted), of=str(made.brand.id))
    app.text_area(key=f"note_{wanted}").set_value("ask the shop").run()
    button(app, "Save note").click().run()
    app.button(key="_undo_pane").click().run()
    assert not queries.mention(wanted)[0].note
    assert app.text_area(key=f"note_{wanted}").value == ""
    next(one for one in app.toggle if one.label == "Flagged").set_value(True).run()
    assert queries.mention(wanted)[0].flagged
    app.button(key="_undo_pane").click().run()
    assert not queries.mention(wanted)[0].flagged
    assert not next(one for one in app.toggle if one.label == "Flagged").value


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_an_export_holds_exactly_what_the_filter_shows(made: World, suffix: str) -> None:
    asked = View(period="30d", sentiments=("negative",), channels=("forum", "social")).filter(datetime.now(UTC), ZONE)
    content = io.BytesIO(queries.export_file(asked, suffix))
    read = {
        ".csv": pd.read_csv,
        ".xlsx": pd.read_excel,
        ".parquet": pd.read_parquet,
        ".jsonl": lambda f: pd.read_json(f, lines=True),
    }
    frame = read[suffix](content)
    assert len(frame) == queries.figures(asked).total > 0
    assert set(frame["sentiment"]) == {"negative"}
    assert set(frame["channel"]) <= {"forum", "social"}
    assert set(frame["id"].astype(int)) == {row.id for row in queries.page(asked, limit=5000).rows}


def test_pages_of_a_list_follow_each_other_without_a_gap(made: World, open_page: OpenPage) -> None:
    app = open_page("mentions", period="90d", fold="no")
    first = {str(box.key) for box in app.checkbox if str(box.key).startswith("pick_") and box.key != "pick_all"}
    app.button(key="_older").click().run()
    second = {str(box.key) for box in app.checkbox if str(box.key).startswith("pick_") and box.key != "pick_all"}
    assert len(first) == len(second) == 25
    assert not first & second
    app.button(key="_newer").click().run()
    again = {str(box.key) for box in app.checkbox if str(box.key).startswith("pick_") and box.key != "pick_all"}
    assert again == first


def test_a_filter_changed_on_screen_is_in_the_url(made: World, open_page: OpenPage) -> None:
    app = open_page("mentions")
    app.text_input(key="f_query").set_value("电池").run()
    assert app.query_params["q"] == "电池"
    app.multiselect(key="f_channels").select("forum").run()
    assert app.query_params["channel"] == "forum"
    assert "电池" in html_of(app)
    button(app, "Clear filters").click().run()
    assert "q" not in app.query_params


def test_a_case_is_drawn_however_long_its_log(made: World, open_page: OpenPage) -> None:
    """Also when it has as many entries as its number says: what is pressed once must not be called as what is pressed again."""
    wanted = negative(made)
    number = 0
    while number < 4:
        number = decisions.open_case(made.brand.id, "Smoke", level="blue", owner="", mention_ids=[wanted], who="li")
    while len(queries.case_log(number)) < number:
        decisions.case_note(number, "called the shop", who="li")
        queries.forget()
    assert len(queries.case_log(number)) == number
    assert not open_page("cases", case=str(number)).exception


def test_a_case_is_acknowledged_answered_and_resolved(made: World, open_page: OpenPage) -> None:
    app = open_page("cases", case=str(made.case_id))
    assert "since" in html_of(app)
    button(app, "Acknowledge").click().run()
    assert queries.case(made.case_id).status == "acknowledged"
    app.radio(key=f"_verdict_{made.case_id}").set_value("real").run()
    button(app, "Resolve the case").click().run()
    assert not app.exception
    found = queries.case(made.case_id)
    assert (found.status, found.verdict) == ("resolved", "real")
    assert {"acknowledged", "resolved"} <= {entry.what for entry in queries.case_log(made.case_id)}
    button(app, "Undo").click().run()
    assert queries.case(made.case_id).status == "acknowledged"


@pytest.mark.parametrize(("lang", "word"), [("en", "By chance"), ("zh", "仅凭偶然")])
def test_a_case_tells_its_arithmetic_and_cites_mentions(made: World, open_page: OpenPage, lang: str, word: str) -> None:
    said = html_of(open_page("cases", lang, case=str(made.case_id)))
    assert word in said
    assert "mentions?in_case=1" in said
    ids = set(queries.case_mention_ids(made.case_id))
    cited = {int(one) for one in re.findall(r">#(\d+)</a>", said)}
    assert cited
    assert cited <= ids


def test_a_rule_is_replayed_and_saved_as_a_version(made: World, open_page: OpenPage) -> None:
    app = open_page("rules", rule=str(made.rule_id))
    assert "a month." in html_of(app)
    app.number_input(key=f"rule_{made.rule_id}_1_floor").set_value(100_000).run()
    assert "About 0 a month." in html_of(app)
    button(app, "Save as version 2").click().run()
    assert not app.exception
    rule = queries.rules()[0]
    assert (rule.version, rule.body["floor"]) == (2, 100_000)
    button(app, "Undo").click().run()
    assert queries.rules()[0].body["floor"] == 3


def test_what_another_person_took_away_meanwhile_is_said_and_no_fault(made: World, open_page: OpenPage) -> None:
    app = open_page("rules")
    decisions.delete_rule(made.rule_id)
    app.toggle(key=f"rule_on_{made.rule_id}").set_value(False).run()
    assert not app.exception
    assert "there is no rule" in "".join(str(one.value) for one in app.error)


def test_an_earlier_version_comes_back_in_a_click(made: World, open_page: OpenPage) -> None:
    from analyzers.rules import RuleBody

    decisions.save_rule(made.rule_id, "负面异动", RuleBody(floor=9), what="floor", who="ops")
    app = open_page("rules", rule=str(made.rule_id))
    app.button(key="_restore_1").click().run()
    assert queries.rules()[0].body["floor"] == 3
    assert len(queries.rule_versions(made.rule_id)) == 3


def test_a_source_is_paused_and_resumed(made: World, open_page: OpenPage) -> None:
    app = open_page("sources")
    app.button(key="_pause_1").click().run()
    assert queries.sources()[0].status == "paused"
    button(app, "Undo").click().run()
    assert queries.sources()[0].status != "paused"


def test_a_failing_source_says_why_and_what_to_do(made: World, open_page: OpenPage) -> None:
    said = html_of(open_page("sources"))
    assert said.index("HTTP 503") < said.index("科技日报评论")  # what fails comes first
    assert "What to do:" in said


def test_levels_and_themes_can_be_edited_and_wrong_ones_are_refused(made: World) -> None:
    from errors import InputError

    decisions.set_themes({"烟雾": {"label": {"zh": "烟雾"}, "words": ["冒烟"]}}, who="ops")
    assert queries.theme_labels("zh") == {"烟雾": "烟雾"}
    with pytest.raises(InputError, match="label"):
        decisions.set_themes({"x": {"words": [], "label": 3}}, who="ops")
    assert queries.theme_labels("zh") == {"烟雾": "烟雾"}
    decisions.set_themes(None, who="ops")
    assert "quality" in queries.theme_labels("en")


def test_a_target_shows_no_secret(made: World, open_page: OpenPage) -> None:
    decisions.add_target(
        "duty", url="mailtos://user:hunter2@example.com", kind="apprise", secret=None, levels=("red",), lang="zh"
    )
    app = open_page("settings", tab="told")
    assert "duty" in html_of(app)
    assert "hunter2" not in text_of(app)


def test_hostile_words_are_text_on_every_page(made: World, open_page: OpenPage) -> None:
    for name in ("overview", "mentions"):
        said = html_of(open_page(name))
        assert "&lt;script&gt;" in said
        assert "<script" not in said
        assert "<img" not in said
        assert "\u202e" not in said
        assert not re.search(r'href="\s*javascript:', said, re.IGNORECASE)

"""What ops keep in order on screen: readings that failed, themes, levels, rules and who is told; each act can be taken back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from analyzers.rules import RuleBody
from dashboard import commands, decisions, queries, words
from dashboard.views import brands
from errors import InputError
from storage import readings
from storage.records import Brand, MentionFilter, ReadResult
from tests.dashboard.conftest import SLOW, html_of, text_of
from tests.dashboard.world import World

OpenPage = Callable[..., AppTest]
OWN = "Negative spikes · 负面异动"


def button(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in app.button if one.label == label)


def test_what_could_not_be_read_is_said_with_its_reason_and_read_again(made: World, open_page: OpenPage) -> None:
    rows = queries.page(MentionFilter(sentiments=("negative",)), limit=2).rows
    with queries.store().begin() as tx:
        results = [ReadResult(row.id, failed="<b>odd</b> bytes", model="m") for row in rows]
        readings.store_readings(tx, results, now=datetime.now(UTC))
    queries.forget()
    failed, unread = queries.figures(MentionFilter()).failed, queries.figures(MentionFilter()).unread
    assert failed >= 2
    app = open_page("settings", tab="health")
    assert f"{failed} mentions could not be read." in text_of(app)
    assert "&lt;b&gt;odd&lt;/b&gt; bytes" in html_of(app)
    button(app, "Read again").click().run()
    assert not app.exception
    after = queries.figures(MentionFilter())
    assert (after.failed, after.unread) == (0, unread + failed)
    assert "to be read." in text_of(app)


def test_a_theme_is_deleted_and_comes_back(made: World, open_page: OpenPage) -> None:
    before = dict(queries.themes())
    app = open_page("settings", tab="themes")
    app.button(key="_theme_delete_quality").click().run()
    assert "quality" not in queries.themes()
    button(app, "Undo").click().run()
    assert dict(queries.themes()) == before
    assert not queries.themes_changed()


@pytest.mark.parametrize(("red", "saved"), [(20.0, True), (1.0, False)])
def test_levels_are_saved_only_when_they_rise(made: World, open_page: OpenPage, red: float, saved: bool) -> None:
    app = open_page("settings", tab="levels")
    app.number_input(key="_levels_strength_red_12").set_value(red)
    button(app, "Save").click().run()
    assert not app.exception
    assert (queries.setting("levels") is not None) == saved
    if saved:
        button(app, "Undo").click().run()
        assert queries.setting("levels") is None
    else:
        assert "must rise" in app.error[0].value


def test_the_store_s_own_rule_bears_its_name_in_the_viewer_s_language(made: World, open_page: OpenPage) -> None:
    rule_id = decisions.save_rule(None, OWN, RuleBody(), what="added", who="ops")
    assert "Negative spikes" in text_of(open_page("rules"))
    assert OWN not in text_of(open_page("rules"))
    assert OWN not in text_of(open_page("rules", lang="zh"))
    app = open_page("rules", rule=str(rule_id))
    assert app.text_input(key=f"rule_{rule_id}_1_name_en").value == "Negative spikes"
    app.number_input(key=f"rule_{rule_id}_1_floor").set_value(7).run()
    app.button(key="_rule_save").click().run()
    kept = next(one for one in queries.rules() if one.id == rule_id)
    assert (kept.name, kept.body["floor"]) == (OWN, 7)
    assert words.rule("ours alone") == "ours alone"


def test_a_renamed_rule_gets_its_name_back(made: World, open_page: OpenPage) -> None:
    before = queries.rules()[0]
    app = open_page("rules", rule=str(before.id))
    app.text_input(key=f"rule_{before.id}_{before.version}_name_en").set_value("another").run()
    app.button(key="_rule_save").click().run()
    assert queries.rules()[0].name == "another"
    button(app, "Undo").click().run()
    assert (queries.rules()[0].name, queries.rules()[0].body) == (before.name, before.body)


def an_editor_opened_before() -> None:
    """What a browser draws anew as a knob is moved: the rule as it was when its page was opened."""
    from dataclasses import replace

    from analyzers.rules import rule_from_plain
    from dashboard import i18n, queries
    from dashboard.views import rule_editor

    i18n.set_language("en")
    (rule,) = queries.rules()
    first = queries.rule_versions(rule.id)[-1].body
    rule_editor._editor(replace(rule, version=1, body=first), rule_from_plain(first), name=rule.name)


def test_of_two_who_have_one_rule_open_the_second_is_told_before_the_first_is_replaced(made: World) -> None:
    app = AppTest.from_function(an_editor_opened_before, default_timeout=SLOW).run()
    app.number_input(key=f"rule_{made.rule_id}_1_floor").set_value(7).run()
    decisions.save_rule(made.rule_id, queries.rules()[0].name, RuleBody(floor=5), what="changed", who="林秋")
    button(app, "Save as version 2").click().run()
    assert ["林秋 saved version 2 in the meantime" in one.value for one in app.warning] == [True]
    assert queries.rules()[0].body["floor"] == 5
    button(app, "Save as version 3").click().run()
    assert (queries.rules()[0].version, queries.rules()[0].body["floor"]) == (3, 7)


def test_a_deleted_rule_comes_back_unless_its_name_was_taken(made: World, open_page: OpenPage) -> None:
    before = queries.rules()
    app = open_page("rules")
    app.button(key=f"rule_delete_{made.rule_id}").click().run()
    assert len(queries.rules()) == len(before) - 1
    button(app, "Undo").click().run()
    assert queries.rules() == before
    app.button(key=f"rule_delete_{made.rule_id}").click().run()
    decisions.save_rule(None, before[0].name, RuleBody(), what="added", who="ops")
    button(app, "Undo").click().run()
    assert not app.exception
    assert "already a rule" in app.error[0].value


def test_undoing_a_brand_s_change_brings_back_its_mentions_and_what_people_said(made: World) -> None:
    mine = MentionFilter(brands=(made.brand.id,))
    wanted = queries.page(MentionFilter(brands=mine.brands, sentiments=("negative",)), limit=1).rows[0].id
    decisions.correct(wanted, made.brand.id, "positive", who="li")
    total = queries.figures(mine).total
    came, went = commands.change_brand(replace(made.brand, name="Nobody says this", aliases=()))
    queries.forget()
    assert (came, queries.figures(mine).total) == (0, total - went)
    assert went > 0
    brands.take_back(made.brand)
    assert queries.figures(mine).total == total
    assert queries.mention(wanted)[0].corrected_by == "li"


def test_a_deleted_source_comes_back_from_the_page_and_a_deleted_brand_by_undo(
    made: World, open_page: OpenPage
) -> None:
    before = (queries.figures(MentionFilter()), queries.sources(), queries.brands(), queries.cases())
    source = max(queries.sources(), key=lambda record: record.total)
    commands.remove("source", source.source.id)
    queries.forget()
    assert queries.figures(MentionFilter()).total == before[0].total - source.total
    app = open_page("sources")
    app.button(key=f"_restore_source_{source.source.id}").click().run()
    assert not app.exception
    assert (queries.figures(MentionFilter()), queries.sources()) == before[:2]

    app = open_page("brands")
    assert "kept for 30 days" in text_of(app)
    app.text_input(key=f"_brand_sure_{made.brand.id}").set_value(made.brand.name).run()
    app.button(key=f"_brand_delete_{made.brand.id}").click().run()
    assert (queries.brands(), queries.cases()) == ((made.rival,), ())
    button(app, "Undo").click().run()
    assert not app.exception
    assert (queries.figures(MentionFilter()), queries.sources(), queries.brands(), queries.cases()) == before


def test_a_source_s_mentions_follow_it_to_another_channel_by_a_command_that_says_how_far_it_is(
    made: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a million take minutes, in which a form that did it itself would stand still."""
    asked: list[Sequence[str]] = []
    honest = commands.follow
    monkeypatch.setattr(commands, "follow", lambda words, told: asked.append(words) or honest(words, told))
    source = max(queries.sources(), key=lambda record: record.total).source
    app = open_page("sources")
    app.session_state[f":material/tune:{source.id}"] = True
    app.run()
    next(one for one in app.selectbox if one.label == "Channel").set_value("local_review")
    button(app, "Save").click().run(timeout=SLOW)
    assert not app.exception
    assert asked == [["source", "edit", "--channel", "local_review", "--progress", "--", str(source.id)]]
    moved = queries.page(MentionFilter(channels=("local_review",)), limit=1).rows
    assert [row.source_id for row in moved] == [source.id]
    assert next(one for one in queries.sources() if one.source.id == source.id).source.channel == "local_review"


def test_a_brand_that_bears_another_s_number_as_a_name_is_not_taken_for_it(made: World) -> None:
    commands.add_brand(Brand(0, "Three", (str(made.brand.id),)))
    commands.change_brand(replace(made.brand, name="Another name"))
    commands.remove("brand", made.brand.id)
    queries.forget()
    assert {brand.name for brand in queries.brands()} == {made.rival.name, "Three"}


def test_an_address_nothing_can_be_sent_to_is_refused_by_the_command_itself(made: World) -> None:
    commands.check_target("webhook", "https://hooks.example.com/x")
    commands.check_target("apprise", "mailtos://user:password@example.com")
    for kind, address in (("webhook", "hooks.example.com"), ("apprise", "nosuch://x"), ("apprise", "")):
        with pytest.raises(InputError):
            commands.check_target(kind, address)

"""Every page, in both languages, on an empty, a filled and a failing store."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import storage
from tests.dashboard.conftest import VIEWS, html_of, text_of, turn
from tests.dashboard.world import World

OpenPage = Callable[..., AppTest]
TITLES = {
    "overview": ("Overview", "总览"),
    "mentions": ("Mentions", "提及"),
    "cases": ("Cases", "事件"),
    "rules": ("Rules", "规则"),
    "sources": ("Sources", "来源"),
    "brands": ("Brands", "品牌"),
    "settings": ("Settings", "设置"),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_draws_a_filled_store(made: World, open_page: OpenPage, lang: str) -> None:
    app = open_page("overview", lang)
    for name in VIEWS:
        turn(app, name, lang)
        assert not app.exception, name
        assert [title.value for title in app.title] == [TITLES[name][lang == "zh"]]
        assert 'class="say"' in html_of(app) or name == "settings"


def test_every_page_draws_an_empty_store(tmp_path: Path, settle: Callable[[Path], None], open_page: OpenPage) -> None:
    storage.migrate(f"sqlite:///{tmp_path / 'fengping.db'}")
    settle(tmp_path)
    app = open_page()
    for name in VIEWS:
        turn(app, name)
        assert not app.exception, name
        assert app.title, name


def test_an_empty_store_welcomes(tmp_path: Path, settle: Callable[[Path], None], open_page: OpenPage) -> None:
    storage.migrate(f"sqlite:///{tmp_path / 'fengping.db'}")
    settle(tmp_path)
    app = open_page()
    assert app.title[0].value == "Welcome to Fengping"
    labels = [button.label for button in app.button]
    assert "Next: where to listen" in labels
    assert "Open the sample workspace" in labels


def test_a_store_that_is_not_there_is_said_in_words(
    tmp_path: Path, settle: Callable[[Path], None], open_page: OpenPage
) -> None:
    settle(tmp_path / "nothing")
    app = open_page()
    for name in VIEWS:
        turn(app, name)
        assert not app.exception, name
        assert "The store cannot be read." in html_of(app), name
        assert "fengping up" in html_of(app), name
        assert "Try again" in [button.label for button in app.button], name


def test_a_newer_store_is_said_in_words(made: World, tmp_path: Path, open_page: OpenPage) -> None:
    with sqlite3.connect(tmp_path / "home" / "fengping.db") as base:
        base.execute("UPDATE alembic_version SET version_num = '9999'")
    app = open_page("mentions", "zh")
    assert not app.exception
    assert "数据库由更新版本的风评写入" in html_of(app)


def test_the_overview_says_the_worst_case_first(made: World, open_page: OpenPage) -> None:
    said = html_of(open_page("overview"))
    first = said.index('class="say"')
    assert "fp-level orange" in said[first : first + 200]
    assert "By chance: about once in 3 years" in said


def test_every_share_carries_its_n(made: World, open_page: OpenPage) -> None:
    said = html_of(open_page("overview"))
    assert "of " in said
    assert " read, " in said
    assert "unsure" in said


def test_the_overview_counts_what_the_store_counts(made: World, open_page: OpenPage) -> None:
    from dashboard import i18n, queries
    from dashboard.state import View

    app = open_page("overview", period="30d")
    asked = View(period="30d").filter(made.now, i18n.zone_or_utc("Asia/Shanghai"))
    figures = queries.figures(asked)
    assert f'<p class="value">{figures.total:,}</p>' in html_of(app)


def test_the_sample_banner_is_absent_without_a_sample(made: World, open_page: OpenPage) -> None:
    assert "Sample data" not in text_of(open_page("mentions"))


def test_the_sample_is_marked_on_every_page(made: World, tmp_path: Path, open_page: OpenPage) -> None:
    with sqlite3.connect(tmp_path / "home" / "fengping.db") as base:
        base.execute("UPDATE brand SET sample = 1")
    app = open_page()
    for name in VIEWS:
        turn(app, name)
        assert "Sample data" in text_of(app), name
        assert "Remove sample" in [button.label for button in app.button], name


def test_a_fault_of_ours_is_said_in_words_and_still_raised(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        from dashboard.components import states

        with states.told():
            {}["nothing"]

    app = AppTest.from_function(broken).run()
    assert "a fault of ours" in html_of(app)
    assert len(app.exception) == 1
    assert "fengping: the dashboard: a fault of ours, KeyError: 'nothing' at " in capsys.readouterr().err


def test_words_searched_for_are_marked_where_they_stand(made: World, open_page: OpenPage) -> None:
    app = open_page("mentions", q="battery a")
    assert "<mark>battery</mark>" in html_of(app).casefold()
    assert "<mark>a</mark>" not in html_of(app).casefold()


@pytest.mark.parametrize(("asked", "chosen"), [(None, "any"), ("yes", "yes"), ("no", "no")])
def test_the_filter_of_flags_shows_what_is_chosen(
    made: World, open_page: OpenPage, asked: str | None, chosen: str
) -> None:
    app = open_page("mentions", **({"flagged": asked} if asked else {}))
    (flag,) = [radio for radio in app.radio if radio.label == "Flag"]
    assert flag.value == chosen


def test_flagged_mentions_are_chosen_and_all_again(made: World, open_page: OpenPage) -> None:
    app = open_page("mentions")

    def choose(value: str) -> AppTest:
        return next(radio for radio in app.radio if radio.label == "Flag").set_value(value).run()

    assert 'role="status">0 mentions: Flagged<' in html_of(choose("yes"))
    assert 'role="status">0 mentions' not in html_of(choose("any"))


def test_what_streamlit_says_itself_is_said_in_the_viewers_language(made: World, open_page: OpenPage) -> None:
    """The script's words; that they reach the page is a browser's story."""

    def told(lang: str) -> str:
        app = open_page("brands", lang)
        return next(body for block in app.get("html") if "fengpingWords" in (body := str(block.proto.body)))

    chinese, english = told("zh"), told("en")
    assert json.dumps("按 Enter 应用") in chinese
    assert '"Close": "Close"' in english
    assert chinese != english  # so that it runs anew when the language changes

"""The columns of a file are matched by looking at its first rows: of one at an address, too, and saved with the source."""

from collections.abc import Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import commands, queries
from dashboard.views import columns
from tests.dashboard.test_acts import button
from tests.dashboard.world import World
from tests.fakes.site import FakeSite

SEEN: Mapping[str, Any] = {
    "columns": ["评论内容", "正文", "昵称", "网名", "星级"],
    "map": {"评论内容": "text", "正文": "extra", "昵称": "author", "网名": "extra", "星级": "rating"},
}
GUESSED = dict(SEEN["map"])


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, {}),
        ({"星级": "rating/10"}, {"星级": "rating/10"}),
        ({"评论内容": "-", "正文": "text"}, {"评论内容": "-", "正文": "text"}),
        # nobody is to be the author: the other name must not become it
        ({"昵称": "-"}, {"昵称": "-", "正文": "extra", "网名": "extra"}),
    ],
)
def test_only_what_is_guessed_otherwise_is_said(chosen: dict[str, str], said: dict[str, str]) -> None:
    assert columns.said(SEEN, GUESSED | chosen) == said


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ({}, ""),
        ({"评论内容": "-"}, "Say which column is the text, or the title."),
        ({"评论内容": "title"}, ""),
        ({"正文": "text"}, "Two columns are both Text; only one can be."),
        ({"网名": "rating/10"}, "Two columns are both Rating, 1 to 5; only one can be."),
        ({"正文": "-", "网名": "-"}, ""),
    ],
)
def test_a_choice_that_will_not_do_is_said(chosen: dict[str, str], wrong: str) -> None:
    assert columns._wrong(GUESSED | chosen) == wrong.replace("Rating, 1 to 5", columns.field_name("rating"))


def form() -> None:
    from dashboard.views import source_add

    source_add._form()


def test_a_file_at_an_address_is_mapped_by_its_picture_and_the_mapping_is_kept(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "说了啥,何时,昵称\n盼达的电池又鼓包了,2026-11-20 10:00,小王\n今天天气不错,2026-11-20 11:00,大李\n".encode(
        "gbk"
    )
    with FakeSite() as site:
        site.add("/posts.csv", told, content_type="text/csv")
        monkeypatch.setenv("FENGPING_ALLOW_HOSTS", site.host)
        app = AppTest.from_function(form, default_timeout=120).run()
        app.text_input(key="_add_url").set_value(site.url("/posts.csv"))
        button(app, "Test").click().run()
        assert [one.value for one in app.warning] == ["Say which column is the text, or the title."]
        assert not app.error  # that nobody said so yet is no fault of the file
        assert button(app, "Add the source").disabled
        field = {one.label: one for one in app.selectbox}
        assert field["昵称"].value == "author"
        field["说了啥"].set_value("text").run()
        field = {one.label: one for one in app.selectbox}
        field["何时"].set_value("published_at").run()
        with monkeypatch.context() as broken:
            broken.setattr("dashboard.commands._COMMAND", ["/nonexistent"])
            button(app, "Test with these columns").click().run()
        assert "could not be started" in app.error[0].value
        assert not app.run().error
        button(app, "Test with these columns").click().run()
        assert [one.value for one in app.success] == ["Heard: 2 entries, of which 1 would be stored."]
        button(app, "Add the source").click().run()
    (added,) = [one.source for one in queries.sources() if one.source.kind == "file"]
    assert added.options == {"map": ["说了啥=text", "何时=published_at"]}


def settings_of_the_file() -> None:
    from dashboard import queries
    from dashboard.views import sources

    sources._columns(next(one for one in queries.sources() if one.source.kind == "file"))


def test_columns_of_a_stored_file_are_said_anew(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSite() as site:
        site.add("/posts.csv", "说了啥,题目,昵称\n盼达的电池又鼓包了,求助,小王\n".encode(), content_type="text/csv")
        monkeypatch.setenv("FENGPING_ALLOW_HOSTS", site.host)
        commands.add_source(
            site.url("/posts.csv"), kind="file", channel="forum", brands=[], every_minutes=15, keep_all=False,
            columns={"说了啥": "text", "题目": "extra"},
        )  # fmt: skip
        queries.forget()
        app = AppTest.from_function(settings_of_the_file, default_timeout=120).run()
        button(app, "Look at the columns").click().run()
        field = {one.label: one for one in app.selectbox}
        assert {label: one.value for label, one in field.items()} == {
            "说了啥": "text",
            "题目": "extra",
            "昵称": "author",
        }
        field["题目"].set_value("title").run()
        button(app, "Save the columns").click().run()
    (file,) = [one.source for one in queries.sources() if one.source.kind == "file"]
    assert columns.written(file.options["map"]) == {"说了啥": "text"}  # the title is guessed

"""Options of a kind have fields of their own, in both languages, and a secret is written but never read back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import commands, i18n, words
from dashboard.views import columns, import_file, source_options

SECRET = "s3cr3t-of-ours"


def drawn() -> None:
    import streamlit as st

    from dashboard.views import source_options

    stored = {"token": "s3cr3t-of-ours", "depth": 4}
    st.session_state["given"] = source_options.fields("mastodon", "t", stored=stored)


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(drawn, default_timeout=120).run()


def test_every_option_has_words_in_both_languages() -> None:
    options = {str(option["name"]): option for kind in commands.kinds() for option in kind["options"]}
    assert options.keys() >= {"countries", "token", "client_secret", "depth"}
    for name, option in options.items():
        assert source_options._said(option) != (name, option["what"])  # as one without words is shown
    assert i18n.catalogue("zh").gettext("Pages of the first collection") != "Pages of the first collection"


def test_every_kind_of_source_has_a_name() -> None:
    kinds = [str(one["kind"]) for one in commands.kinds()]
    assert {kind for kind in kinds if words.kind(kind) == kind} == set()


def test_what_is_stored_and_left_alone_is_no_change(app: AppTest) -> None:
    assert app.session_state["given"] == {}
    assert app.number_input(key="t_mastodon_depth").value == 4


def test_a_stored_secret_is_not_sent_to_the_screen(app: AppTest) -> None:
    field = app.text_input(key="t_mastodon_token")
    assert field.value == ""
    assert field.proto.type == field.proto.PASSWORD
    assert not any(SECRET in str(element.proto) for element in app.main)


def test_a_secret_is_replaced_or_forgotten(app: AppTest) -> None:
    app.text_input(key="t_mastodon_token").set_value(" another ").run()
    assert app.session_state["given"] == {"token": "another"}
    app.checkbox(key="t_mastodon_token_forget").check().run()
    assert app.session_state["given"] == {"token": ""}


def test_a_file_is_looked_at_as_it_will_be_imported(tmp_path: Path) -> None:
    """Excel in Chinese saves GBK; a picture of it in other letters would be mapped wrongly."""
    seen = import_file._seen("评论内容;星级;门店\n难喝;1;人民路店\n".encode("gbk"), ".csv")
    assert (seen["columns"], seen["map"]) == (
        ["评论内容", "星级", "门店"],
        {"评论内容": "text", "星级": "rating", "门店": "extra"},
    )
    assert seen["rows"] == [{"评论内容": "难喝", "星级": "1", "门店": "人民路店"}]
    assert {columns.field_name(field) for field in seen["fields"]}.isdisjoint(seen["fields"])  # each has its words

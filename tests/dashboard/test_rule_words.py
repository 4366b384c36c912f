"""A rule's history is told in the words of its form and in the language of whoever looks."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
import streamlit as st

from analyzers.rules import LEVELS, QuietHours, RuleBody, Scope
from dashboard import decisions, i18n, queries, rule_words
from monitor.opening import open_workspace
from settings import load_settings
from storage import outbox, rules
from storage.engine import Store
from tests.storage import builders

WHO = "林秋"


@pytest.fixture
def store(tmp_path: Path, settle: Callable[[Path], None]) -> Iterator[Store]:
    """A brand, its source and a target, and nothing else."""
    opened = open_workspace(load_settings(home=tmp_path, database_url=""))
    with opened.begin() as tx:
        brand = builders.a_brand(tx)
        builders.a_source(tx, brands=[brand.id])
        outbox.add_target(tx, "*duty*", url="http://127.0.0.1:1/", kind="webhook")
    settle(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def speak() -> Iterator[Callable[[str], None]]:
    yield i18n.set_language
    st.session_state.clear()


def told(rule_id: int) -> list[str]:
    """The history as the page draws it, oldest first."""
    st.cache_data.clear()
    versions = sorted(queries.rule_versions(rule_id), key=lambda one: one.version)
    return [
        rule_words.history(version, before) for version, before in zip(versions, [None, *versions[:-1]], strict=True)
    ]


def test_a_change_is_told_in_both_languages(store: Store, speak: Callable[[str], None]) -> None:
    body = RuleBody()
    rule_id = decisions.save_rule(None, "mine", body, what="changed", who=WHO)
    body = replace(body, floor=12_345, false_alarms_per_month=0.5, scope=Scope(brands=(1,), channels=("forum",)))
    decisions.save_rule(rule_id, "mine", body, what="changed", who=WHO)
    body = replace(body, tell={"red": (1, 7)}, quiet=QuietHours("22:00", "08:00", weekends=True), owner="李")
    decisions.save_rule(rule_id, "ours", body, what="renamed", who=WHO)
    decisions.enable_rule(rule_id, False, who=WHO)
    decisions.restore_rule(rule_id, 2, who=WHO)
    speak("en")
    assert told(rule_id)[:4] == [
        "added",
        "Brands: Every brand that is no competitor → Acme; Channel: Any → forum; "
        "False alarms per brand and month: 1 → 0.5; Fewest mentions: 3 → 12,345",
        "renamed; Owner: – → 李; Quiet hours: off → 22:00–08:00; Weekends are quiet, too: off → on; "
        "Told for Red: Everyone who takes this level → *duty*, #7",
        "turned off",
    ]
    assert told(rule_id)[4].startswith("back to version 2; Owner: 李 → –; ")
    speak("zh")
    chinese = told(rule_id)
    assert chinese[0] == "新建"
    assert chinese[1].endswith("每品牌每月误报次数：1 → 0.5；最少提及数：3 → 12,345")
    assert chinese[2].startswith("改名；")
    assert chinese[3:] == ["停用", chinese[4]]
    assert chinese[4].startswith("恢复为第 2 版；")


def test_what_is_not_ours_to_translate_is_told_as_it_was_written(store: Store) -> None:
    rule_id = decisions.save_rule(None, "mine", RuleBody(), what="changed", who=WHO)
    with store.begin() as tx:
        rules.update_rule(tx, rule_id, body={"measure": "mood"}, who=WHO, now=builders.NOW, what="by\nhand")
        rules.update_rule(tx, rule_id, name="other", who=WHO, now=builders.NOW, what="as agreed on Monday")
    assert told(rule_id)[1:] == ["by hand", "as agreed on Monday"]


def test_a_change_told_in_english_by_an_older_version_is_read_off_the_rules_themselves(
    store: Store, speak: Callable[[str], None]
) -> None:
    rule_id = decisions.save_rule(None, "mine", RuleBody(), what="changed", who=WHO)
    decisions.save_rule(rule_id, "mine", RuleBody(floor=5), what="floor: 3 → 5", who=WHO)
    speak("zh")
    assert told(rule_id)[1] == "最少提及数：3 → 5"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_of_a_rule_has_a_word(store: Store, lang: str, speak: Callable[[str], None]) -> None:
    """A new field that the history does not know would change in silence."""
    speak(lang)
    other = RuleBody(
        "total", Scope((1,), ("news",), (1,), ("zh",), ("price",), "x"), 2.0, 4, 13.0, "red",
        QuietHours("21:00", "07:00", True, "UTC", "hold"), dict.fromkeys(LEVELS, (1,)),
        "a", "b", 61, 241,
    )  # fmt: skip
    own = len(fields(RuleBody)) - 3  # beside scope, quiet hours and who is told, which have words for their parts
    parts = len(fields(Scope)) + len(fields(QuietHours)) - 1 + len(LEVELS)  # quiet hours' start and end are told as one
    assert len(rule_words.changes(RuleBody(), other)) == own + parts

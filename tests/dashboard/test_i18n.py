"""Both languages are whole, and numbers and times read as people write them."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest
import streamlit as st

from dashboard import i18n
from dashboard.catalogues.__main__ import extracted, load, untranslated


def forms(message) -> list[str]:  # type: ignore[no-untyped-def]
    return list(message) if isinstance(message, list | tuple) else [message]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.fixture
def speak():  # type: ignore[no-untyped-def]
    yield lambda lang: i18n.set_language(lang)
    st.session_state.clear()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_message_of_the_code_is_translated(lang: str) -> None:
    catalog = load(lang)
    wanted = {str(message.id) for message in extracted() if message.id}
    assert wanted == {str(message.id) for message in catalog if message.id}
    assert untranslated(catalog) == []
    assert len(wanted) > 400


def spoken(path: Path) -> Iterator[str]:
    """What the code hands to t() as a plain string, also inside an f-string, where the catalogue's reader does not look."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_no_message_hides_where_the_catalogue_does_not_look() -> None:
    known = {str(message.id) for message in load("zh") if message.id}
    said = {message for path in Path(i18n.__file__).parent.rglob("*.py") for message in spoken(path)}
    assert len(said) > 400
    assert said <= known


def test_translations_name_the_same_values() -> None:
    for message in load("zh"):
        if message.id:
            given = set().union(*(fields(one) for one in forms(message.id)))
            for one in forms(message.string):
                assert fields(one) <= given, message.id
                assert given - fields(one) <= {"n"}, message.id


@pytest.mark.parametrize(
    ("tag", "lang"),
    [("zh-CN", "zh"), ("zh-Hant-TW", "zh"), ("zh_HK", "zh"), ("en-GB", "en"), ("de", "en"), (None, "en"), ("", "en")],
)
def test_the_browser_chooses_the_language(tag: str | None, lang: str) -> None:
    assert i18n.best_language(tag) == lang


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [(0, "0", "0"), (1234, "1,234", "1,234"), (12345, "12,345", "1.2万"), (120_000_000, "120,000,000", "1.2亿")],
)
def test_numbers(value: int, en: str, zh: str) -> None:
    assert i18n.number(value, "en") == en
    assert i18n.number(value, "zh") == zh


def test_times_and_spans(speak) -> None:  # type: ignore[no-untyped-def]
    now = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    i18n.set_zone("Asia/Shanghai")
    speak("en")
    assert i18n.ago(now - timedelta(hours=3), now) == "3 hours ago"
    assert i18n.ago(now + timedelta(minutes=20), now) == "in 20 minutes"
    assert i18n.ago(None, now) == "never"
    assert i18n.moment(now, now) == "18:05"
    speak("zh")
    assert i18n.ago(now - timedelta(days=2), now) == "2 天前"
    assert i18n.exact(now) == "2026年11月21日 18:05 UTC+8"
    assert i18n.share(0.117) == "12%"
    assert i18n.share(None) == "–"


@pytest.mark.parametrize(
    ("minutes", "en", "zh"),
    [
        (59, "59 minutes", "59 分钟"),
        (60, "1 hour", "1 小时"),
        (84, "1 h 24 min", "1 小时 24 分钟"),
        (120, "2 hours", "2 小时"),
        (359, "5 h 59 min", "5 小时 59 分钟"),
        (364, "6 hours", "6 小时"),
        (36 * 60, "2 days", "2 天"),
    ],
)
def test_a_span_is_said_as_people_say_it(speak, minutes: int, en: str, zh: str) -> None:  # type: ignore[no-untyped-def]
    for lang, said in (("en", en), ("zh", zh)):
        speak(lang)
        assert i18n.duration(timedelta(minutes=minutes)) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/Chicago", "21 Nov 2026, 04:05 UTC−6"),
        ("America/St_Johns", "21 Nov 2026, 06:35 UTC−3:30"),
        ("Asia/Kathmandu", "21 Nov 2026, 15:50 UTC+5:45"),
        ("UTC", "21 Nov 2026, 10:05 UTC"),
    ],
)
def test_an_exact_time_says_how_far_it_is_from_utc(speak, zone: str, said: str) -> None:  # type: ignore[no-untyped-def]
    i18n.set_zone(zone)
    speak("en")
    assert i18n.exact(datetime(2026, 11, 21, 10, 5, tzinfo=UTC)) == said


def test_an_unknown_zone_is_utc() -> None:
    assert str(i18n.zone_or_utc("Mars/Base")) == "UTC"
    assert str(i18n.zone_or_utc("../../etc/passwd")) == "UTC"

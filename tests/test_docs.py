"""The documents say what is so: the tables are those of the code, in both languages, and the links lead somewhere.

A test fails when a command, a setting, a page or a column is not documented, in either language.
"""

import re
from pathlib import Path

import pytest

from analyzers.levels import LEVELS, LevelTable
from analyzers.rules import MEANWHILE
from collectors.inbox import MOST_BYTES, MOST_MENTIONS
from collectors.kinds import KINDS
from settings import Settings, load_settings
from storage.export import COLUMNS
from tests.manual import MANUAL, READMES, ROOT, blocks, commands, head, shown_commands, split, table, text_of

PAGES = {"overview": "总览", "mentions": "提及", "cases": "事件", "rules": "规则", "sources": "来源", "brands": "品牌",
         "settings": "设置"}  # fmt: skip
# Split, so that this file may hold what no document may.
FORBIDDEN = ("/wo" + "rk", "../sha" + "red", "ses" + "sion", "/tm" + "p/", "/ro" + "ot/", "artif" + "actory", "ne" + "xus",
             "pypi.tuna", "127.0.0.1:3")  # fmt: skip


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_in_the_table(name):
    rows = table(name, head(name, "command", "命令"))
    assert set(rows) == {f"fengping {command}" for command in commands()}
    assert all(said[0] for said in rows.values())


@pytest.mark.parametrize("name", READMES)
def test_options_that_the_table_names_exist(name):
    known = commands()
    for command, (said,) in table(name, head(name, "command", "命令")).items():
        options = {option for param in known[command.removeprefix("fengping ")].params for option in param.opts}
        assert set(re.findall(r"`(--[a-z-]+)", said)) <= options, command


@pytest.mark.parametrize("name", READMES)
def test_every_column_of_an_export_is_in_the_table_in_order(name):
    rows = table(name, head(name, "column", "列"))
    assert list(rows) == list(COLUMNS)
    assert all(said[0] for said in rows.values())


@pytest.mark.parametrize("name", READMES)
def test_every_kind_of_source_is_in_the_table(name):
    rows = table(name, head(name, "kind", "类型"))
    assert set(rows) == set(KINDS)
    assert all(all(said) for said in rows.values())


@pytest.mark.parametrize("name", READMES)
def test_every_setting_is_in_the_table_with_its_default(name):
    rows = table(name, head(name, "setting", "设置"))
    assert list(rows) == [f"FENGPING_{field.upper()}" for field in Settings.model_fields]
    for field, info in Settings.model_fields.items():
        said, meaning = rows[f"FENGPING_{field.upper()}"]
        empty = info.default in ("", ())
        shown = f"./{info.default}" if isinstance(info.default, Path) else str(info.default)
        assert said == (head(name, "empty", "空") if empty else f"`{shown}`"), field
        assert meaning


def test_settings_are_described_in_the_words_of_the_code():
    rows = table("README.md", "setting")
    for field, info in Settings.model_fields.items():
        assert rows[f"FENGPING_{field.upper()}"][1] == info.description


def test_a_setting_in_the_environment_that_is_documented_is_read(monkeypatch):
    monkeypatch.setenv("FENGPING_TIMEZONE", "Europe/Berlin")
    assert load_settings().timezone == "Europe/Berlin"


@pytest.mark.parametrize("name", READMES)
def test_every_page_of_the_dashboard_is_named(name):
    from dashboard.pages import SPECS

    assert {spec.name for spec in SPECS} == set(PAGES)
    for english, chinese in PAGES.items():
        assert f"**{head(name, english.capitalize(), chinese)}**" in text_of(name), english


@pytest.mark.parametrize("name", READMES)
def test_words_in_bold_are_words_on_the_screen(name):
    """What a reader is told to press is there to press, in the catalogue of the language."""
    catalogue = text_of(f"dashboard/catalogues/{head(name, 'en', 'zh')}.po")
    said = set(re.findall(r'^msgstr(?:\[\d\])? "(.+)"$', catalogue, re.M))
    start, end = head(name, "five minutes", "头五分钟"), head(name, "## The command", "## 命令")
    part = text_of(name).split(start, 1)[1].split(end)[0]
    pressed = re.findall(r"\*\*(.+?)\*\*", part)
    assert len(pressed) >= 12
    assert [word for word in pressed if word not in said] == []


def test_both_readmes_say_the_same_things():
    first, second = READMES
    for language in ("sh", "python"):
        here, there = blocks(first, language), blocks(second, language)
        assert len(here) == len(there)
    names = [[split(line)[0] for of, line in shown_commands() if of == name] for name in READMES]
    assert names[0] == names[1]
    variables = [re.findall(r"FENGPING_[A-Z_]+", text_of(name)) for name in READMES]
    assert sorted(variables[0]) == sorted(variables[1])
    assert {link.replace("-zh.png", "-en.png") for link in _links(second) - {first}} == _links(first) - {second}


def test_the_inbox_page_names_the_limits_and_fields():
    from collectors.rows import FIELDS

    page = text_of("docs/inbox.md")
    assert f"{MOST_MENTIONS:,} mentions and {MOST_BYTES // 1_000_000} MB" in page
    for field in set(FIELDS) - {"published_at_source"}:  # known by re-reading our own exports, promised to nobody
        assert f"`{'id' if field == 'external_id' else field}`" in page, field


def test_the_level_table_is_the_default_one():
    rows = table("docs/spikes.md", "criterion")
    for name, steps in vars(LevelTable()).items():
        _what, blue, *higher = rows[name]
        assert blue == f"below {steps[0]:g}"
        assert higher == [f"from {step:g}" for step in steps]
    assert "| " + " | ".join(LEVELS) + " |" in text_of("docs/spikes.md")
    assert set(table("docs/spikes.md", "meanwhile")) == set(MEANWHILE)


def _links(name: str) -> set[str]:
    return {link for link in re.findall(r"\]\(([^)#]+)\)", text_of(name)) if "://" not in link}


@pytest.mark.parametrize("name", MANUAL)
def test_links_lead_to_files(name):
    missing = [link for link in _links(name) if not (ROOT / name).parent.joinpath(link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", READMES)
def test_the_first_screenful_says_what_shows_it_and_starts_it(name):
    first = text_of(name).splitlines()[:24]
    assert any(line.startswith("**") for line in first)
    assert any(line.startswith("![") and "docs/images/overview-" in line for line in first)
    assert any(line.startswith("make run") for line in first)
    assert any(line.startswith("make sample") for line in first)


@pytest.mark.parametrize("name", [*MANUAL, "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "requirements.txt"])
def test_no_document_speaks_of_where_it_was_made(name):
    text = text_of(name).casefold()
    assert [word for word in FORBIDDEN if word in text] == []
    assert "<!--" not in text or name in READMES


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_targets_of_the_makefile_that_are_named_exist(name):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text_of(name), re.M))
    assert named
    assert named <= targets

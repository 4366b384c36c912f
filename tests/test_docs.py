"""The documents say what is so: every command parses, the tables are those of the code, the links lead somewhere.

A test fails when a command, a setting, a page or a column is not documented, in either language.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from analyzers.levels import LEVELS, LevelTable
from analyzers.rules import MEANWHILE
from collectors.inbox import MOST_BYTES, MOST_MENTIONS
from collectors.kinds import KINDS
from settings import Settings, load_settings
from storage.export import COLUMNS
from tests.e2e.command import Command

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh.md")
MANUAL = (*READMES, "docs/spikes.md", "docs/inbox.md", "docs/notices.md")
PAGES = {"overview": "总览", "mentions": "提及", "cases": "事件", "rules": "规则", "sources": "来源", "brands": "品牌",
         "settings": "设置"}  # fmt: skip
# Split, so that this file may hold what no document may.
FORBIDDEN = ("/wo" + "rk", "../sha" + "red", "ses" + "sion", "/tm" + "p/", "/ro" + "ot/", "artif" + "actory", "ne" + "xus",
             "pypi.tuna", "127.0.0.1:3")  # fmt: skip
NEEDS_NETWORK = ("up", "collect", "source add", "source test")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a language, dedented, lines continued by a backslash joined."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text_of(name), re.M | re.S)
    dedented = ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]
    return [body.replace("\\\n", " ") for body in dedented]


def table(name: str, first: str) -> dict[str, list[str]]:
    """The table whose first column is headed so: its first cells without backticks, and the cells beside them."""
    lines = text_of(name).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = {}
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        cell, *others = (part.strip() for part in line.strip("|").split(" | "))
        assert cell not in rows, cell
        rows[cell.strip("`")] = others
    return rows


def head(name: str, english: str, chinese: str) -> str:
    return chinese if name.endswith("zh.md") else english


def commands() -> dict[str, typer.main.TyperCommand]:
    from monitor.cli.start import app

    def walk(command, path):
        if not hasattr(command, "commands"):
            return {" ".join(path): command}
        return {key: one for name, sub in command.commands.items() for key, one in walk(sub, (*path, name)).items()}

    return walk(typer.main.get_command(app), ())


def shown_commands() -> list[tuple[str, str]]:
    """Every `fengping ...` line of every document."""
    return [
        (name, line.strip())
        for name in MANUAL
        for block in blocks(name, "sh")
        for line in block.splitlines()
        if line.strip().startswith("fengping ")
    ]


def split(line: str) -> tuple[str, list[str]]:
    """A command line as the command's name and its arguments."""
    words = shlex.split(line)[1:]
    known = commands()
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    return name, words[len(name.split()) :]


# Tables


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


# What is shown runs


def test_the_command_shown_are_found():
    assert len(shown_commands()) >= 9


@pytest.mark.parametrize(("name", "line"), shown_commands())
def test_every_command_shown_parses(name, line):
    command, words = split(line)
    found = commands()[command]
    with found.make_context(f"fengping {command}", [word for word in words if word != "&"]) as context:
        assert context.params


@pytest.mark.parametrize("name", READMES)
def test_the_commands_shown_run(name, tmp_path):
    """In the order of the page, on a store of their own; what needs the network is left out, a source without asking."""
    fengping = Command(tmp_path)
    lines = [line for of, line in shown_commands() if of == name]
    assert [split(line)[0] for line in lines] == ["brand add", "source add", "collect", "export"]
    for line in lines:
        command, words = split(line)
        if command == "source add":
            fengping.well("source", "add", *words, "--kind", "feed")
        elif command in NEEDS_NETWORK:
            assert fengping(*command.split(), "--help").code == 0
        else:
            fengping.well(*command.split(), *words)
    assert (tmp_path / "mentions.csv").stat().st_size > 0
    (brand,) = fengping.well("brand", "list", "--json").objects
    (source,) = fengping.well("source", "list", "--json").objects
    assert source["brand"] == brand["name"]


@pytest.mark.parametrize("name", READMES)
def test_the_python_shown_reads_a_real_export(name, tmp_path):
    fengping = Command(tmp_path)
    fengping.well("brand", "add", "云杉咖啡", "--alias", "Spruce Coffee")
    (tmp_path / "in.jsonl").write_text(
        json.dumps({"id": "1", "text": "=云杉咖啡, closed", "published_at": "2026-11-20"}), "utf-8"
    )
    fengping.well("import", "in.jsonl", "--brand", "云杉咖啡", "--no-read")
    fengping.well("export", "--out", "mentions.csv")
    (code,) = blocks(name, "python")
    code += "\nassert len(mentions) == 1\nprint(*mentions.columns)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split() == list(COLUMNS)


def test_the_spikes_page_runs(tmp_path):
    (block,) = blocks("docs/spikes.md", "sh")
    rows = [
        f"2026-10-{1 + i // 24:02d} {i % 24:02d}:00:00,{2 if i < 500 else 60},{20 if i < 500 else 80}"
        for i in range(504)
    ]
    (tmp_path / "counts.csv").write_text("timestamp,negative,total\n" + "\n".join(rows) + "\n")
    Command(tmp_path).well(*shlex.split(block)[1:])
    header, *judged = (tmp_path / "judged.csv").read_text("utf-8-sig").splitlines()
    assert f"`{header}`" in text_of("docs/spikes.md")
    assert len(judged) == len(rows)
    assert [row.split(",")[2] for row in judged if row.split(",")[2] not in ("0", "False", "false")] != []


def test_the_inbox_page_runs(tmp_path):
    """Every push of the page and of the READMEs against the real inbox, by curl."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    from monitor.inbox import serving
    from monitor.opening import open_workspace
    from storage import brands
    from tests.storage.builders import NOW

    settings = load_settings(home=tmp_path, database_url="", inbox_token="choose-one", inbox_port=_free_port())
    store = open_workspace(settings)
    with store.begin() as tx:
        brands.add_brand(tx, "Spruce Coffee", aliases=["云杉咖啡"], now=NOW)
    shown = [
        block
        for name in ("docs/inbox.md", *READMES)
        for block in blocks(name, "sh")
        if block.lstrip().startswith("curl")
    ]
    assert len(shown) == 6
    with serving(store, settings) as address:
        said = [_curl(block, address) for block in [*shown, shown[0]]]
    store.close()
    taken = {"new": 1, "changed": 0, "known": 0, "unmatched": 0, "errors": []}
    assert json.loads(said[0]) == taken == json.loads(blocks("docs/inbox.md", "json")[0])
    assert json.loads(said[1]) == taken
    wrong = json.loads(said[2])
    assert [(one["index"], one["field"]) for one in wrong["errors"]] == [(1, "published_at")]
    assert "fengping_" in said[3]
    assert said[3].rstrip().endswith("ok")
    assert json.loads(said[4])["new"] == 1
    assert json.loads(said[-1])["known"] == 1


def _curl(block: str, address: str) -> str:
    asked = block.replace("http://127.0.0.1:8502", address).replace("curl ", "curl -sS --noproxy '*' ")
    return subprocess.run(["bash", "-ec", asked], capture_output=True, text=True, timeout=60, check=True).stdout


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_the_inbox_page_names_the_limits_and_fields():
    from collectors.rows import FIELDS

    page = text_of("docs/inbox.md")
    assert f"{MOST_MENTIONS:,} mentions and {MOST_BYTES // 1_000_000} MB" in page
    for field in set(FIELDS) - {"published_at_source"}:  # known by re-reading our own exports, promised to nobody
        assert f"`{'id' if field == 'external_id' else field}`" in page, field


def test_the_notices_page_says_how_to_check_a_signature():
    """The page's five lines accept what a webhook really gets, and refuse what was changed on the way."""
    from datetime import UTC, datetime

    from monitor import notice
    from tests.fakes.receiver import Receiver

    (code,) = blocks("docs/notices.md", "python")
    assert len([line for line in code.splitlines() if line]) == 5
    said = notice.Notice("opened", lang="en", level="red", title="Lark Tea", words={"en": "9 of them"})
    with Receiver() as receiver:
        notice.send(said, kind=notice.WEBHOOK, url=receiver.url, secret="k", key="case-1", now=datetime.now(UTC))
    (heard,) = receiver.heard
    exec(code, {"headers": heard.headers, "body": heard.body, "secret": "k"})
    with pytest.raises(AssertionError):
        exec(code, {"headers": heard.headers, "body": heard.body + b" ", "secret": "k"})
    assert heard.headers["X-Fengping-Id"] == json.loads(heard.body)["id"] == "case-1"
    for field in json.loads(heard.body):
        assert f"`{field}`" in text_of("docs/notices.md") or field in ("lang", "notices"), field


def test_the_addresses_of_the_notices_page_are_taken():
    from monitor.notice import check_target

    for service, (cell,) in table("docs/notices.md", "service").items():
        for address in re.findall(r"`([a-z]+://[^`]+)`", cell):
            check_target("webhook" if service == "Your own program" else "apprise", address)


def test_the_level_table_is_the_default_one():
    rows = table("docs/spikes.md", "criterion")
    for name, steps in vars(LevelTable()).items():
        _what, blue, *higher = rows[name]
        assert blue == f"below {steps[0]:g}"
        assert higher == [f"from {step:g}" for step in steps]
    assert "| " + " | ".join(LEVELS) + " |" in text_of("docs/spikes.md")
    assert set(table("docs/spikes.md", "meanwhile")) == set(MEANWHILE)


# Files


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


# Versions


def _requirements(name: str) -> list[Requirement]:
    found = []
    for line in text_of(name).splitlines():
        line = line.split(" #")[0].strip()
        if line and not line.startswith(("#", "-r")):
            found.append(Requirement(line))
    return found


def test_what_is_locked_is_what_the_ranges_admit():
    locked = {canonicalize_name(one.name): str(one.specifier) for one in _requirements("constraints.txt")}
    assert all(re.fullmatch(r"==[0-9][0-9A-Za-z.]*", pin) for pin in locked.values())
    for name in ("requirements.txt", "requirements-dev.txt"):
        for wanted in _requirements(name):
            pin = locked[canonicalize_name(wanted.name)].removeprefix("==")
            assert wanted.specifier.contains(Version(pin), prereleases=True), f"{wanted} does not admit {pin}"


def test_what_is_locked_is_sorted_and_named_once():
    names = [canonicalize_name(one.name) for one in _requirements("constraints.txt")]
    assert names == sorted(set(names))

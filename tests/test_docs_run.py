"""What the documents show runs: every command parses, blocks of shell and Python do what the page says."""

import json
import shlex
import shutil
import subprocess
import sys

import pytest

from dashboard.serving import free_port
from settings import load_settings
from storage.export import COLUMNS
from tests.e2e.command import Command
from tests.manual import READMES, ROOT, blocks, commands, shown_commands, split, text_of

NEEDS_NETWORK = ("up", "collect", "source add", "source test")


def test_the_commands_shown_are_found():
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
    bench, block, recount = blocks("docs/spikes.md", "sh")
    asked = subprocess.run([sys.executable, *shlex.split(bench)[1:]], cwd=ROOT, capture_output=True, text=True)
    assert (asked.returncode, "FOLDER/labels/combined_windows.json is missing" in asked.stderr) == (2, True)
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
    known = Command(tmp_path).well("case", "recount", "--help").out
    assert [word for word in shlex.split(recount) if word.startswith("--") and word not in known] == []


def test_the_inbox_page_runs(tmp_path):
    """Every push of the page and of the READMEs against the real inbox, by curl."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    from monitor.inbox import serving
    from monitor.opening import open_workspace
    from storage import brands
    from tests.storage.builders import NOW

    settings = load_settings(home=tmp_path, database_url="", inbox_token="choose-one", inbox_port=free_port())
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

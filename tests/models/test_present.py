"""A model that cannot be used is said before a command begins, by every command that would read; a hub's model is had by its id."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from errors import ModelError
from models.files import SHIPPED
from models.hub import HubModel
from models.present import refuse_unusable
from tests.e2e.command import Command
from tests.models.hub_server import hub_of
from tests.models.tiny import tiny_classifier

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


@pytest.fixture
def called(tmp_path):
    """`fengping` as a person calls it, in a folder of its own."""

    def called(*command, given=None, **settings):
        home = Command(tmp_path, {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1", **settings})
        return home.apart(*command, given=given, timeout=900)

    (tmp_path / "a.csv").write_text("text\nAcme is bad\n")
    return called


@pytest.fixture
def damaged(tmp_path):
    """A copy of the shipped model whose weights are half there."""
    copy = shutil.copytree(SHIPPED, tmp_path / "copy")
    os.truncate(copy / "weights.bin", 1_000_000)
    return copy


def test_the_shipped_model_can_be_had_without_its_runtime():
    code = "import sys; from models.present import refuse_unusable; refuse_unusable('');"
    code += "print([name for name in ('onnxruntime', 'torch', 'transformers') if name in sys.modules])"
    done = Command(SHIPPED).environment
    told = subprocess.run([sys.executable, "-c", code], env=done, capture_output=True, text=True, check=False)
    assert told.stdout == "[]\n", told.stderr


@pytest.mark.parametrize(("name", "kept"), [("model.onnx", 0), ("model.onnx", 20_000), ("weights.bin", 1_000_000)])
def test_a_file_that_was_cut_short_is_found_without_loading_it(tmp_path, name, kept):
    copy = shutil.copytree(SHIPPED, tmp_path / "copy")
    os.truncate(copy / name, kept)
    with pytest.raises(ModelError, match=f"The sentiment model in .* is broken .*{name} .*not "):
        refuse_unusable(str(copy))


@pytest.mark.parametrize(
    "command", [("up",), ("score", "--in", "a.csv", "--out", "b.csv"), ("doctor",), ("sample", "start")]
)
def test_every_command_that_reads_says_that_a_model_is_broken(called, damaged, tmp_path, command):
    done = called(*command, FENGPING_MODEL=str(damaged))
    assert done.code == 1, done
    assert "The sentiment model in" in done.out + done.err
    assert "et FENGPING_MODEL to another model" in done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert not (tmp_path / "b.csv").exists()


def test_a_broken_model_is_one_sentence_in_a_pipe_too(called, damaged):
    done = called("score", "--in", "-", "--out", "-", given='{"text": "bad"}\n', FENGPING_MODEL=str(damaged))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("fengping: The sentiment model in")
    assert done.err.count("\n") == 1


def test_collecting_says_first_that_a_model_is_missing_also_when_nothing_is_unread(called, tmp_path):
    nowhere = {"FENGPING_MODEL": str(tmp_path / "nowhere")}
    done = called("collect", "--once", **nowhere)
    assert done.code == 1
    first, last = done.err.splitlines()
    assert first.startswith(
        f"fengping: FENGPING_MODEL={tmp_path}/nowhere could not be loaded (there is no such folder)"
    )
    assert first.endswith("use the shipped model; what is collected is stored and waits unread")
    assert last == "nothing is due"
    assert called("collect", "--once", "--no-read", **nowhere).code == 0


def test_what_is_imported_with_a_missing_model_is_stored_and_read_later(called, tmp_path):
    called("brand", "add", "Acme")
    done = called("import", "a.csv", "--brand", "Acme", FENGPING_MODEL=str(tmp_path / "nowhere"))
    assert (done.code, done.out) == (1, "new 1, changed 0, already there 0\n")
    assert done.err.count("there is no such folder") == 1
    assert called("collect", "--once").code == 0
    called("export", "--out", "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text())["sentiment"] in ("negative", "neutral", "positive")


def test_the_loop_says_it_once_and_goes_on_collecting(tmp_path):
    settings = {
        "FENGPING_MODEL": str(tmp_path / "nowhere"),
        "FENGPING_CYCLE_SECONDS": "0.1",
        "FENGPING_INBOX_PORT": "0",
    }
    loop = Command(tmp_path, settings).start("collect", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert "there is no such folder" in loop.stderr.readline()
        log = tmp_path / "data" / "fengping.log"
        while log.read_text().count("there is no such folder") < 4:  # it has gone round
            assert loop.poll() is None
            time.sleep(0.1)
    finally:
        loop.send_signal(signal.SIGTERM)
        out, err = loop.communicate(timeout=60)
    assert (loop.returncode, out, err) == (0, "", "")


def test_up_is_not_started_with_a_model_that_is_not_there(called, tmp_path):
    done = called("up", FENGPING_MODEL=str(tmp_path / "nowhere"))
    assert done.code == 1
    assert done.err.startswith("fengping: FENGPING_MODEL=")
    assert "there is no such folder" in done.err


def from_hub(endpoint: str) -> dict[str, str]:
    """Settings of a model that is had from this hub."""
    away = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
    return {**away, "FENGPING_MODEL": "tiny/reviews"}


@pytest.mark.parametrize("names", [("POSITIVE", "NEGATIVE"), STARS])
def test_a_model_is_had_from_a_hub_by_its_id(called, tmp_path, names):
    folder = tiny_classifier(tmp_path / "tiny", *names)
    with hub_of(folder, "tiny/reviews") as (endpoint, asked):
        done = called("score", "--in", "a.csv", "--out", "b.jsonl", **from_hub(endpoint))
        assert (done.code, done.err) == (0, "")
        assert "/tiny/reviews/resolve/main/model.safetensors" in asked
    row = json.loads((tmp_path / "b.jsonl").read_text())
    expected = HubModel(str(folder)).probabilities(["Acme is bad"], [""])[0]
    assert [row[f"p_{side}"] for side in ("negative", "neutral", "positive")] == pytest.approx(list(expected), abs=1e-5)
    assert (
        called("collect", "--once", FENGPING_MODEL="tiny/reviews").code == 0
    )  # by the copy that is on this machine now


@pytest.mark.parametrize("names", [(), ("LABEL_0", "LABEL_1", "LABEL_2")])
def test_a_hubs_model_whose_labels_say_nothing_is_refused_by_its_config_alone(called, tmp_path, names):
    folder = tiny_classifier(tmp_path / "tiny", *names)
    with hub_of(folder, "tiny/reviews") as (endpoint, asked):
        done = called("collect", "--once", **from_hub(endpoint))
    assert done.code == 1
    assert "LABEL_0, LABEL_1" in done.err
    assert 'set "id2label" in its config.json' in done.err
    assert not [path for path in asked if path.endswith(".safetensors")]


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        ("tiny/nothing", {}, "holds no such model"),
        ("tiny/reviews", {"HF_ENDPOINT": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
        ("tiny/reviews", {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE keeps us from asking"),
        ("no such model", {}, "neither a folder that is there nor the id of a model"),
        ("a/b/c", {}, "there is no such folder"),
        ("x" * 5_000, {}, "could not be loaded"),
    ],
)
def test_a_hub_that_does_not_give_a_model_is_one_sentence(called, tmp_path, model, settings, said):
    with hub_of(tmp_path, "tiny/reviews") as (endpoint, _):
        there = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1", "FENGPING_MODEL": model}
        done = called("score", "--in", "a.csv", "--out", "b.csv", **{**there, **settings})
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert done.err.endswith("or unset FENGPING_MODEL to use the shipped model.\n")
    assert done.err.count("\n") == 1


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ModelError, match="it holds no weights"):
        refuse_unusable(str(tmp_path))

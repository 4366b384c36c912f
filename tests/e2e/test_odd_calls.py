"""Calls that nobody means: numbers no store can hold, names nobody sees, output that goes nowhere."""

import subprocess
import sys

import pytest


def test_the_version_is_said(fengping):
    assert fengping.well("--version").out.startswith("fengping 0.")


@pytest.mark.parametrize(
    "call",
    [
        ("collect", "--source", "9" * 20),
        ("source", "remove", "9" * 20),
        ("brand", "restore", "9" * 20),
        ("brand", "add", "\u200b\u2060"),
        ("brand", "add", "Acme", "--alias", "\ufeff"),
        ("export", "--out", "x.csv", "--since", "2026-12-01", "--until", "2026-11-01"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(fengping, call):
    said = fengping(*call)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "a fault of ours" not in said.err


def test_a_brand_that_answers_to_anothers_name_in_other_characters_is_told_of(fengping):
    fengping.well("brand", "add", "苹果")
    assert "brand 1, 苹果, answers to the same name" in fengping.well("brand", "add", "Fruit", "--alias", "蘋果").err
    assert fengping.well("brand", "add", "Pear", "--alias", "梨").err == ""


def scored(fengping, **streams):
    """`fengping score` of many rows to standard output."""
    (fengping.folder / "in.csv").write_text("text\n" + "很好\n" * 3_000, "utf-8")
    return fengping.start("score", "--in", "in.csv", "--out", "-", stderr=subprocess.PIPE, **streams)


def test_a_full_disk_behind_standard_output_is_one_sentence(fengping):
    with open("/dev/full", "w") as full:
        done = scored(fengping, stdout=full)
        assert done.communicate(timeout=300)[1] == (
            "fengping: what is printed cannot be written (No space left on device)\n"
        )
    assert done.returncode == 1


def test_a_reader_that_goes_away_is_no_failure(fengping):
    done = scored(fengping, stdout=subprocess.PIPE)
    assert done.stdout.readline().startswith("text,lang")
    done.stdout.close()
    assert (done.stderr.read(), done.wait(timeout=300)) == ("", 0)
    done.stderr.close()


def test_streams_that_are_closed_before_we_begin_are_left_alone(fengping):
    command = [sys.executable, "-m", "monitor", "brand", "add", "Acme"]
    shell = ["sh", "-c", 'exec "$@" <&- >&-', "sh", *command]
    done = subprocess.run(
        shell, cwd=fengping.folder, env=fengping.environment, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert fengping.well("brand", "list").out.startswith("1  Acme")

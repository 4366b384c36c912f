"""Training on a tiny encoder: it learns, it resumes where it stopped, and it refuses what makes no sense."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from models import curve, evaluate
from models.average import average
from models.average import main as average_main
from models.card import line
from models.config import TrainConfig
from models.distil import asked_once, student
from models.encoder import load_classifier
from models.export import lineage, ranges, read_network
from models.files import SHIPPED, fingerprint
from models.graph import build, write
from models.prepare import Prepared, load, prepare
from models.results import predict, write_results
from models.runtime import OnnxModel
from models.sources import read_folder
from models.train import Run

WORDS = ["good", "great", "fine", "bad", "awful", "poor", "table", "shop", "phone", "Acme"]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A random two-layer encoder with a tokenizer of a dozen words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in WORDS), "▁"]
    tokenizer = Tokenizer(models.Unigram([(piece, -float(n)) for n, piece in enumerate(pieces)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(pieces), max_position_embeddings=32, pad_token_id=1, **sizes)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def prepared(base, tmp_path_factory) -> Prepared:
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    sides = {"negative": WORDS[3:6], "positive": WORDS[:3], "neutral": WORDS[6:9]}
    rows = []
    for number in range(240):
        label = list(sides)[number % 3]
        rows.append({"text": f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.choice(sides[label])}", "label": label})
    frame = pd.DataFrame(rows).drop_duplicates("text").assign(source="tiny", lang="en")
    frame.to_parquet(folder / "tiny-train.parquet")
    frame.sample(30, random_state=0).to_parquet(folder / "tiny-dev.parquet")
    path = folder / "prepared.npz"
    prepare(folder, base, path, limit=16)
    return load(path)


def config(base: Path, out: Path, **changes) -> TrainConfig:
    usual = {"epochs": 4, "batch": 8, "rate": 0.005, "head_rate": 0.01, "limit": 16, "dropout": 0.0, "ema": 0.5}
    return TrainConfig(base=str(base), out=str(out), **{**usual, **changes})


def test_dev_texts_are_not_trained_on(prepared):
    def texts(split: int) -> set[bytes]:
        rows = np.flatnonzero(prepared.split == split)
        return {prepared.ids[prepared.starts[row] : prepared.starts[row + 1]].tobytes() for row in rows}

    assert texts(1)
    assert not texts(0) & texts(1)


def test_a_run_learns_and_leaves_its_record(base, prepared, tmp_path):
    run = Run(config(base, tmp_path, epochs=12), prepared)
    run.fit()
    write_results(run, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["scores"]["tiny"]["accuracy"] > 0.6
    assert report["data_hash"] == prepared.data_hash
    rows = np.arange(20)
    again = predict(load_classifier(tmp_path), prepared, rows, limit=16)
    assert np.abs(again - predict(run.model, prepared, rows, limit=16)).max() < 0.02  # saved in float16


def test_a_resumed_run_ends_where_an_unbroken_one_does(base, prepared, tmp_path):
    whole = Run(config(base, tmp_path / "whole"), prepared)
    whole.fit()
    first = Run(config(base, tmp_path / "parts"), prepared)
    first._one_epoch(0, skip=0)
    first.checkpoint()
    (tmp_path / "parts" / "state.tmp").write_bytes(b"PK half a checkpoint")  # killed while it wrote the next
    second = Run(config(base, tmp_path / "parts"), prepared)
    second.fit()
    assert second.step == whole.step
    for name, value in whole.model.state_dict().items():
        assert torch.allclose(value, second.model.state_dict()[name], atol=1e-5), name


def test_another_configuration_does_not_continue_a_run(base, prepared, tmp_path):
    Run(config(base, tmp_path), prepared).checkpoint()
    with pytest.raises(ValueError, match="another configuration"):
        Run(config(base, tmp_path, rate=0.001), prepared)
    (tmp_path / "state.pt").write_bytes((tmp_path / "state.pt").read_bytes()[:5_000])
    with pytest.raises(ValueError, match=r"state\.pt is no state of a run"):
        Run(config(base, tmp_path), prepared)


def test_rows_that_were_half_encoded_are_not_taken(base, prepared, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    frame = pd.DataFrame({"text": ["good phone", "bad phone"] * 4, "label": ["positive", "negative"] * 4})
    frame.to_parquet(tmp_path / "data" / "tiny.parquet")

    def killed(file, **arrays):
        Path(file).write_bytes(b"PK half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path / "data", base, tmp_path / "prepared.npz", limit=16)
    assert not (tmp_path / "prepared.npz").exists()
    (tmp_path / "prepared.npz").write_bytes(b"PK half a file")
    with pytest.raises(ValueError, match=r"prepared\.npz holds no encoded rows"):
        load(tmp_path / "prepared.npz")


def test_rows_of_which_none_teaches_are_refused(base, prepared, tmp_path):
    with pytest.raises(ValueError, match="no row to learn from"):
        Run(config(base, tmp_path, hold_out=("tiny",)), prepared)


def test_a_student_learns_from_its_teacher(base, prepared, tmp_path):
    Run(config(base, tmp_path / "teacher", epochs=8), prepared).fit()
    teacher = asked_once([tmp_path / "teacher"], prepared, tmp_path / "answers.npz", limit=16, features=True)
    small = config(base, tmp_path / "student", layers=(0,), epochs=8, feature_share=0.5)
    run = Run(small, prepared, model=student(tmp_path / "teacher", small), teacher=teacher)
    run.fit()
    assert run.model.encoder.config.num_hidden_layers == 1
    rows = np.flatnonzero(prepared.split == 1)
    same = predict(run.model, prepared, rows, limit=16).argmax(-1) == teacher.probabilities[rows].argmax(-1)
    assert same.mean() > 0.6


def test_rows_whose_label_is_hardly_possible_are_left_out_of_noisy_sources(base, prepared, tmp_path):
    Run(config(base, tmp_path / "first", epochs=12), prepared).fit()
    changes = {"continue_from": str(tmp_path / "first"), "doubt": 0.5}
    trusted = Run(config(base, tmp_path / "trusted", **changes), prepared)
    assert (trusted.allowed == (prepared.split == 0)).all()  # "tiny" is no noisy source
    rows = np.flatnonzero(prepared.split == 0)
    wrong, label = rows[:: len(rows) // 10], prepared.label.copy()
    label[wrong] = (label[wrong] + 1) % 3
    noisy = replace(prepared, sources=["zh_marc_amazon"], label=label)
    cleaned = Run(config(base, tmp_path / "noisy", **changes), noisy)
    left_out = (prepared.split == 0) & ~cleaned.allowed
    assert left_out[wrong].mean() > 0.6
    assert left_out[np.setdiff1d(rows, wrong)].mean() < 0.2
    again = Run(config(base, tmp_path / "noisy", **changes), noisy)  # read from what was kept
    assert (again.allowed == cleaned.allowed).all()


def test_the_mean_of_two_runs_is_between_them_and_says_where_it_comes_from(base, prepared, tmp_path):
    first, left, right = (tmp_path / name for name in ("first", "left", "right"))
    for out, changes in ((first, {}), (left, {"seed": 2}), (right, {"seed": 3})):
        run = Run(config(base, out, epochs=2, continue_from="" if out == first else str(first), **changes), prepared)
        run.fit()
        write_results(run, out)
    average([left, right], tmp_path / "mean")
    states = [load_classifier(folder).state_dict() for folder in (left, right, tmp_path / "mean")]
    assert not torch.equal(states[0]["head.weight"], states[1]["head.weight"])
    for name, mean in states[2].items():
        torch.testing.assert_close(mean, (states[0][name] + states[1][name]) / 2, atol=1e-3, rtol=1e-3)
    told = lineage(tmp_path / "mean")
    assert [run["from"] for run in told] == [[], [1], [1], [2, 3]]
    assert [run["config"].get("seed") for run in told] == [1, 2, 3, None]
    assert [run["config"].get("seed") for run in line(told)] == [1, 2, None]


def test_runs_of_different_networks_have_no_mean(base, prepared, tmp_path):
    for name, layers in (("two", ()), ("one", (0,))):
        Run(config(base, tmp_path / name, epochs=1, layers=layers), prepared).fit()
    with pytest.raises(SystemExit, match="one holds another network than"):
        average_main([str(tmp_path / "two"), str(tmp_path / "one"), "--out", str(tmp_path / "mean")])
    assert not (tmp_path / "mean").exists()


def test_two_class_rows_do_not_push_neutral_to_nothing(base, prepared, tmp_path):
    run = Run(config(base, tmp_path), prepared)
    run.two_class[:] = True
    rows = torch.tensor(np.flatnonzero(prepared.label != 1)[:8])
    logits = torch.zeros((8, 3), requires_grad=True)
    run.loss(logits, rows).backward()
    masked = float(logits.grad[:, 1].abs().sum())
    run.two_class[:] = False
    plain = torch.zeros((8, 3), requires_grad=True)
    run.loss(plain, rows).backward()
    assert masked == pytest.approx(run.config.neutral_share * float(plain.grad[:, 1].abs().sum()), rel=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"rate": 0.0},
        {"head_rate": -1.0},
        {"limit": 4},
        {"smoothing": 1.5},
        {"layers": (-1,)},
        {"batch": 0},
        {"seed": -1},
        {"boost": ("",)},
        {"boost": ("=5",)},
    ],
)
def test_a_wrong_configuration_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        TrainConfig(base="b", out="o", **wrong)


def test_layers_and_sources_that_are_not_there_are_refused_by_name(base, prepared, tmp_path):
    with pytest.raises(ValueError, match="numbers below 2"):
        Run(config(base, tmp_path, layers=(0, 2)), prepared)
    with pytest.raises(ValueError, match="no source huge, tinny; there are tiny"):
        Run(config(base, tmp_path, hold_out=("huge",), boost=("tinny=5",)), prepared)


def test_any_folder_of_the_same_columns_is_taken(tmp_path, capsys):
    texts = [f"很好用 {number}" for number in range(60)]
    pd.DataFrame({"text": texts, "label": "positive"}).to_parquet(tmp_path / "shop-train.parquet")
    pd.DataFrame({"text": [*texts[:5], "bad phone"], "label": "negative"}).to_parquet(tmp_path / "shop-dev.parquet")
    pairs = {"text": ["good screen", "bad screen"], "label": ["positive", "mixed"], "theme": ["screen", "screen"]}
    pd.DataFrame({**pairs, "source": "mine"}).to_parquet(tmp_path / "themes.parquet")
    rows = read_folder(tmp_path)
    assert "1 rows of mine left out: their label (mixed) is none of" in capsys.readouterr().out
    assert dict(rows.groupby("split").size()) == {"dev": 6, "train": 56}  # five texts are in both, and count once
    assert set(rows.lang[rows.source == "shop-train"]) == {"zh"}
    assert set(zip(rows.source, rows.target, rows.lang, strict=True)) >= {
        ("mine", "screen", "en"),
        ("shop-dev", "", "en"),
    }


def test_a_folder_without_what_is_needed_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no \.parquet file"):
        read_folder(tmp_path)
    pd.DataFrame({"review": ["good"], "label": ["positive"]}).to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(ValueError, match=r"mine\.parquet has no column text"):
        read_folder(tmp_path)
    (tmp_path / "mine.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"mine\.parquet cannot be read as Parquet"):
        read_folder(tmp_path)
    pd.DataFrame({"text": [None, 4.5], "label": "positive"}).to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(ValueError, match=r"mine\.parquet has 1 texts that are no strings, the first in row 1"):
        read_folder(tmp_path)
    pd.DataFrame({"text": ["good", "bad"], "label": [1, 0]}).to_parquet(tmp_path / "mine.parquet")
    with pytest.raises(ValueError, match="no row has a label out of negative"):
        read_folder(tmp_path)


def test_columns_of_any_type_and_with_gaps_are_taken(tmp_path):
    pd.DataFrame(
        {
            "text": ["good 17", "很差", "fine"],
            "label": pd.Categorical(["positive", "negative", "neutral"]),
            "target": [17, None, None],
            "lang": ["en", None, None],
            "source": [None, 5, None],
        }
    ).astype({"target": object, "source": object}).astype({"target": "Int64", "source": "Int64"}).to_parquet(
        tmp_path / "own.parquet"
    )
    rows = read_folder(tmp_path).set_index("text")
    assert rows.target.to_dict() == {"good 17": "17", "很差": "", "fine": ""}
    assert rows.source.to_dict() == {"good 17": "own", "很差": "5", "fine": "own"}
    assert rows.lang.to_dict() == {"good 17": "en", "很差": "zh", "fine": "en"}


@pytest.fixture(scope="module")
def exported(base, prepared, tmp_path_factory) -> tuple[Path, Path]:
    """A training run and the model exported from it."""
    run, out = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("exported")
    Run(config(base, run, epochs=4), prepared).fit()
    net = read_network(run)
    write(build(net, ranges(net, prepared, np.arange(40))), out)
    shutil.copy(base / "tokenizer.json", out)
    plain = {"text": [1, 0, 0, 0], "target": [1, 0, 0, 0]}
    (out / "config.json").write_text(
        json.dumps({"name": f"tiny@{fingerprint(out)}", "limit": 16, "calibration": {"zh": plain, "en": plain}})
    )
    return run, out


def test_every_runtime_of_the_curve_reads_alike(exported):
    run, out = exported
    texts = ["good phone", "bad shop", "Acme table fine", "awful"]
    models = curve.contenders([str(out)], run)
    chances = {name: model.probabilities(texts, ["", "", "Acme", ""]) for name, (model, _) in models.items()}
    exact = chances["torch, float32"]
    assert np.abs(chances["ONNX Runtime, float32"] - exact).max() < 2e-3  # saved in float16
    assert np.abs(chances["torch, int8 dynamic"] - exact).max() < 0.2
    assert np.abs(chances[str(out)] - exact).max() < 0.2


def test_the_curve_is_quality_beside_speed(exported, tmp_path, capsys):
    data = tmp_path / "rows.jsonl"
    rows = [("good", "", "positive"), ("bad", "", "negative"), ("Acme fine", "Acme", "neutral")]
    data.write_text("\n".join(json.dumps(dict(zip(("text", "target", "label"), row, strict=True))) for row in rows))
    out = str(exported[1])
    curve.main([out, "--data", str(data), "--texts", "4", "--json", str(tmp_path / "curve.json")])
    record = json.loads((tmp_path / "curve.json").read_text())[out]
    reader = OnnxModel(exported[1])
    right = [reader.probabilities([text], [target])[0].argmax() == curve_label(label) for text, target, label in rows]
    assert record["text_accuracy"] == pytest.approx(sum(right[:2]) / 2)
    assert record["target_accuracy"] == pytest.approx(float(right[2]))
    assert 0 <= record["checks"] <= 1
    assert record["per_cpu_second"] > 0
    assert "texts/CPU s" in capsys.readouterr().out


def curve_label(label: str) -> int:
    return ("negative", "neutral", "positive").index(label)


def test_the_fastest_round_of_each_counts():
    class Timed:
        def __init__(self, *seconds: float) -> None:
            self.left = [0.0, *seconds]

        def probabilities(self, texts, targets):
            clock[0] += self.left.pop(0)

    clock = [0.0]
    found = curve.speeds([Timed(2, 1, 4), Timed(8, 4, 2)], ["a"] * 8, clock=lambda: clock[0])
    assert found == [8.0, 4.0]


def test_wrong_data_and_models_are_one_sentence(tmp_path):
    (tmp_path / "wrong.jsonl").write_text('{"text": "x", "label": "good"}')
    with pytest.raises(SystemExit, match="a label out of negative"):
        curve.main([str(SHIPPED), "--data", str(tmp_path / "wrong.jsonl")])
    with pytest.raises(SystemExit, match=r"no \.parquet file"):
        evaluate.main(["--data", str(tmp_path)])
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(SystemExit, match="lacks weights"):
        evaluate.main(["--model", str(tmp_path)])

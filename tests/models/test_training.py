"""Training on a tiny encoder: it learns, it resumes where it stopped, and it refuses what makes no sense."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from models.config import TrainConfig
from models.distil import asked_once, student
from models.encoder import load_classifier
from models.prepare import Prepared, load, prepare
from models.results import predict, write_results
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
    second = Run(config(base, tmp_path / "parts"), prepared)
    second.fit()
    assert second.step == whole.step
    for name, value in whole.model.state_dict().items():
        assert torch.allclose(value, second.model.state_dict()[name], atol=1e-5), name


def test_another_configuration_does_not_continue_a_run(base, prepared, tmp_path):
    Run(config(base, tmp_path), prepared).checkpoint()
    with pytest.raises(ValueError, match="another configuration"):
        Run(config(base, tmp_path, rate=0.001), prepared).resume()


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
    "wrong", [{"epochs": 0}, {"rate": 0.0}, {"limit": 4}, {"smoothing": 1.5}, {"layers": (-1,)}, {"batch": 0}]
)
def test_a_wrong_configuration_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        TrainConfig(base="b", out="o", **wrong)

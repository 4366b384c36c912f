"""Training from another encoder: of BERT's kind and of XLM-RoBERTa's, each with its own signs and places."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, XLMRobertaConfig, XLMRobertaModel

from models import distil, train
from models.encoder import load_classifier
from models.export import answers, read_network
from models.graph import build
from models.pieces import Pieces
from models.prepare import load
from models.results import predict
from tests.models.hub_server import hub_of

WORDS = ["good", "great", "fine", "bad", "awful", "poor", "table", "shop", "phone", "Acme", "«", "»"]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
SIGNS = {
    "bert": (["[PAD]", "[UNK]", "[CLS]", "[SEP]"], "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
    "xlm-roberta": (["<s>", "<pad>", "</s>", "<unk>"], "<s> $A </s>", "<s> $A </s> </s> $B </s>"),
}


def tokenizer_of(kind: str, *, template: bool = True) -> Tokenizer:
    signs, single, pair = SIGNS[kind]
    pieces = {piece: number for number, piece in enumerate([*signs, *WORDS])}
    made = Tokenizer(models.WordLevel(pieces, unk_token=next(sign for sign in signs if "unk" in sign.lower())))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    if template:
        special = [(sign, pieces[sign]) for sign in signs if sign in pair.replace(":1", "").split()]
        made.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=special)
    return made


@pytest.fixture(scope="module", params=SIGNS)
def base(request, tmp_path_factory) -> Path:
    """A random two-layer encoder with a tokenizer of a dozen words."""
    folder = tmp_path_factory.mktemp(request.param)
    tokenizer_of(request.param).save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    size = len(WORDS) + 4
    if request.param == "bert":
        config = BertConfig(vocab_size=size, max_position_embeddings=32, pad_token_id=0, **SIZES)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    else:
        config = XLMRobertaConfig(vocab_size=size, max_position_embeddings=34, pad_token_id=1, **SIZES)
        XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    rng = np.random.default_rng(0)
    sides = {"negative": WORDS[3:6], "positive": WORDS[:3], "neutral": WORDS[6:9]}
    rows = []
    for number in range(200):
        label = list(sides)[number % 3]
        text = f"{rng.choice(WORDS[:9])} {rng.choice(WORDS[:9])} Acme {rng.choice(sides[label])}"
        rows.append({"text": text, "label": label, "target": "Acme" if number % 2 else ""})
    frame = pd.DataFrame(rows).drop_duplicates("text").assign(source="tiny", lang="en")
    frame[:-30].to_parquet(folder / "tiny-train.parquet")
    frame[-30:].to_parquet(folder / "tiny-dev.parquet")
    return folder


COMMON = "--batch 8 --rate 0.005 --head-rate 0.01 --limit 16 --dropout 0 --ema 0.5".split()


@pytest.fixture(scope="module")
def run(base, data, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("run")
    train.main(["--base", str(base), "--data", str(data), "--out", str(out), "--epochs", "6", *COMMON])
    return out


def test_a_base_of_either_kind_is_trained_from_and_its_graph_reads_as_it_does(base, run):
    prepared = load(run / "prepared.npz")
    assert json.loads((run / "report.json").read_text())["scores"]
    rows = np.arange(20)
    exact = predict(load_classifier(run), prepared, rows, limit=16)
    graph = answers(build(read_network(run)), prepared, rows)
    assert np.abs(exact - graph).max() < 1e-3


def test_a_student_is_taught_from_a_folder_of_rows(data, run, tmp_path):
    given = ["--base", str(run), "--data", str(data), "--teachers", str(run), "--out", str(tmp_path), "--layers", "0"]
    distil.main([*given, "--epochs", "1", *COMMON])
    assert load_classifier(tmp_path).encoder.config.num_hidden_layers == 1
    assert load(tmp_path / "prepared.npz").data_hash == load(run / "prepared.npz").data_hash


def test_a_base_is_had_from_a_hub_by_its_id(base, data, tmp_path):
    with hub_of(base, "tiny/encoder") as (endpoint, asked):
        there = {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "cache"), "NO_PROXY": "127.0.0.1"}
        env = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"} | there
        given = [
            "--base",
            "tiny/encoder",
            "--data",
            str(data),
            "--out",
            str(tmp_path / "run"),
            "--epochs",
            "1",
            *COMMON,
        ]
        command = [sys.executable, "-m", "models.train", *given]
        done = subprocess.run(
            command, cwd=Path(__file__).parents[2], env=env, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stderr
        assert any(path.endswith("model.safetensors") for path in asked)
    assert (tmp_path / "run" / "classifier.pt").is_file()


@pytest.mark.parametrize("template", [True, False])
@pytest.mark.parametrize(
    ("kind", "alone", "pair"),
    [
        ("bert", "[CLS] good shop [SEP]", "[CLS] « Acme » good [SEP] Acme [SEP]"),
        ("xlm-roberta", "<s> good shop </s>", "<s> « Acme » good </s> </s> Acme </s>"),
    ],
)
def test_texts_and_pairs_are_framed_as_the_tokenizer_does_it(kind, template, alone, pair):
    tokenizer = tokenizer_of(kind, template=template)
    ids = Pieces(tokenizer, limit=16).encode(["good shop", "Acme good"], ["", "Acme"])
    assert [" ".join(map(tokenizer.id_to_token, one)) for one in ids] == [alone, pair]


@pytest.mark.parametrize("limit", [8, 16])
def test_no_limit_is_passed_however_long_the_target(limit):
    (ids,) = Pieces(tokenizer_of("bert"), limit=limit).encode(["good " * 40], ["Acme " * 40])
    assert len(ids) == limit


def refusal(*given: str) -> str:
    with pytest.raises(SystemExit) as told:
        train.main(["--out", given[1] + "/out", *COMMON, *given])
    return str(told.value)


def test_a_base_that_cannot_be_used_is_one_sentence(base, data, tmp_path):
    from_data = ["--data", str(data)]
    assert "--data FOLDER is needed" in refusal("--base", str(base))
    assert "limit must be at most 32" in refusal("--base", str(base), *from_data, "--limit", "64")
    config = DistilBertConfig(vocab_size=16, dim=32, n_layers=1, n_heads=2, hidden_dim=32)
    DistilBertModel(config).save_pretrained(tmp_path)
    assert "no tokenizer.json" in refusal("--base", str(tmp_path), *from_data)
    (tmp_path / "tokenizer.json").write_text("{}")
    assert "is no tokenizer" in refusal("--base", str(tmp_path), *from_data)
    tokenizer_of("bert").save(str(tmp_path / "tokenizer.json"))
    assert "of the kind distilbert" in refusal("--base", str(tmp_path), *from_data)


def test_a_teacher_that_is_none_is_one_sentence(base, data, run, tmp_path):
    given = ["--base", str(base), "--data", str(data), "--out", str(tmp_path), *COMMON]
    with pytest.raises(SystemExit, match=r"models\.distil: .*nowhere"):
        distil.main([*given, "--teachers", str(tmp_path / "nowhere")])
    np.savez(tmp_path / "answers.npz", probabilities=np.zeros((3, 3)))
    with pytest.raises(SystemExit, match="answers to other questions"):
        distil.main([*given, "--teachers", str(run)])

"""Models of other people: mapped by their labels, or refused with a sentence."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from analyzers.model_name import name_of
from analyzers.sentiment import load_sentiment
from errors import FengpingError, ModelError
from models.files import SHIPPED
from models.hub import HubModel
from models.labels import label_map
from tests.models.tiny import tiny_classifier


@pytest.mark.parametrize(
    ("names", "sides"),
    [
        (["negative", "neutral", "positive"], [0, 1, 2]),
        (["POSITIVE", "NEGATIVE"], [2, 0]),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], [0, 0, 1, 2, 2]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [0, 0, 1, 2, 2]),
        (["5星", "4星", "3星", "2星", "1星"], [2, 2, 1, 0, 0]),
        (["负面", "正面"], [0, 2]),
        (["neg", "neu", "pos"], [0, 1, 2]),
        (["star 1", "star 2", "star 3", "star 4", "star 5"], [0, 0, 1, 2, 2]),
        (["1", "2", "3", "4", "5"], [0, 0, 1, 2, 2]),
        (["1_STAR", "2_STARS", "3_STARS", "4_STARS", "5_STARS"], [0, 0, 1, 2, 2]),
        (["negative (stars 1, 2 and 3)", "positive (stars 4 and 5)"], [0, 2]),
        (["-1", "0", "1"], [0, 1, 2]),
        (["Positif", "Négatif", "Neutre"], [2, 0, 1]),
        (["NEGATIVO", "NEUTRO", "POSITIVO"], [0, 1, 2]),
        (["負面", "中立", "正面"], [0, 1, 2]),
        (["ポジティブ", "ニュートラル", "ネガティブ"], [2, 1, 0]),
        (["부정", "중립", "긍정"], [0, 1, 2]),
        (["Ｎegative", "ｐositive"], [0, 2]),
        (["负面情绪", "中性", "正面情绪"], [0, 1, 2]),
        (["非常负面", "负面", "略微负面", "中性", "略微正面", "正面", "非常正面"], [0, 0, 0, 1, 2, 2, 2]),
        (
            ["extremely_negative", "Slightly Negative", "neutral", "slightly positive", "Extremely Positive"],
            [0, 0, 1, 2, 2],
        ),
        (["negative sentiment", "positive sentiment"], [0, 2]),
    ],
)
def test_labels_are_mapped_by_name(names, sides):
    assert label_map(names, "m").argmax(1).tolist() == sides


@pytest.mark.parametrize(
    "names",
    [
        ["LABEL_0", "LABEL_1"],
        ["LABEL_0", "LABEL_1", "LABEL_2"],
        ["LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4", "LABEL_5"],
        ["1 star", "1 star", "3 stars", "4 stars", "5 stars"],
        ["0", "1"],
        ["joy", "anger"],
        ["positive", "other"],
        ["negative", "neutral"],
        ["entailment", "neutral", "contradiction"],
        ["LABEL_0", "neutral", "positive"],
        ["toxic", "not negative"],
    ],
)
def test_labels_that_do_not_say_are_refused_with_what_to_set(names):
    with pytest.raises(ModelError, match="id2label"):
        label_map(names, "somebody/model")


def test_a_model_that_gives_one_number_is_refused_with_what_to_set():
    with pytest.raises(ModelError, match=r"one number for a text.*FENGPING_MODEL"):
        label_map(["LABEL_0"], "somebody/regression")


@pytest.fixture
def folder(tmp_path):
    """A tiny random classifier as `transformers` saves one."""
    return tiny_classifier(tmp_path, "bad", "good")


def test_a_folder_is_read_and_named(folder):
    reader = load_sentiment(str(folder))
    readings = reader.read(["good", "", "bad " * 500])
    assert reader.model_id.startswith(folder.name)
    assert readings[0].p_neutral == 0
    assert readings[1].confidence == 0
    assert readings[0].p_negative + readings[0].p_positive == pytest.approx(1)


def test_the_same_answer_in_any_batch(folder):
    model = HubModel(str(folder))
    texts = ["good", "bad", "good bad good"] * 9
    together = model.probabilities(texts, [""] * len(texts))
    assert np.abs(together[2] - model.probabilities(texts[2:3], [""])[0]).max() < 1e-6


def rewritten(folder, **changes):
    """config.json with other entries; None takes one out."""
    path = folder / "config.json"
    config = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    return folder


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: os.truncate(folder / "model.safetensors", 1_000), "model.safetensors is not whole"),
        (lambda folder: (folder / "model.safetensors").unlink(), "it holds no weights: model.safetensors"),
        (
            lambda folder: [path.unlink() for path in folder.glob("tokenizer*")],
            "tokenizer.json (or vocab.txt) is missing",
        ),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer.json is no JSON"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json is no JSON"),
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: rewritten(folder, hidden_size=32), "config.json gives other sizes"),
        (shutil.rmtree, "there is no such folder"),
    ],
)
def test_a_broken_folder_is_refused_with_the_file_and_what_to_do(folder, harm, said):
    harm(folder)
    with pytest.raises(ModelError) as told:
        load_sentiment(str(folder))
    assert said in str(told.value)
    assert str(told.value).endswith("unset FENGPING_MODEL to use the shipped model.")


def test_a_tokenizer_of_another_model_is_told_of_when_it_shows(folder):
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["vocab"]["bad"] = 700
    path.write_text(json.dumps(tokenizer))
    model = HubModel(str(folder))
    model.probabilities(["good"], [""])
    with pytest.raises(ModelError, match="not of one model"):
        model.probabilities(["bad"], [""])


def test_labels_named_in_the_config_are_taken(folder):
    rewritten(folder, id2label={"0": "LABEL_0", "1": "LABEL_1"}, label2id=None)
    with pytest.raises(ModelError, match="LABEL_0, LABEL_1"):
        HubModel(str(folder))
    rewritten(folder, id2label={"0": "positive", "1": "negative"})
    assert HubModel(str(folder)).probabilities(["good"], [""])[0, 1] == 0


def test_a_model_without_its_head_is_refused_and_not_made_up(folder):
    from transformers import BertConfig, BertModel

    config = BertConfig.from_pretrained(folder)
    BertModel(config).save_pretrained(folder)
    with pytest.raises(ModelError, match=r"lack classifier"):
        HubModel(str(folder))


def test_a_text_longer_than_the_models_places_is_cut(folder):
    rewritten(folder, max_position_embeddings=None)  # as saved: 512
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_max_length": 10**30}))
    model = HubModel(str(folder))
    assert np.isfinite(model.probabilities(["good " * 2_000], [""])).all()


def test_another_set_of_weights_has_another_name(folder):
    before = HubModel(str(folder)).model_id
    assert before.startswith(name_of(str(folder)))
    assert HubModel(str(folder)).model_id == before
    rewritten(folder, id2label={"0": "good", "1": "bad"})
    assert HubModel(str(folder)).model_id != before


def test_weights_in_the_older_form_are_read_and_a_program_among_them_is_not_run(folder, tmp_path_factory):
    import torch
    from safetensors.torch import load_file

    before = HubModel(str(folder)).probabilities(["good"], [""])
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert np.array_equal(HubModel(str(folder)).probabilities(["good"], [""]), before)
    trace = tmp_path_factory.mktemp("trace") / "was-run"

    class Program:
        def __reduce__(self):
            return (os.mkdir, (str(trace),))

    torch.save({"classifier.weight": Program()}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"FENGPING_MODEL=.* could not be loaded"):
        HubModel(str(folder))
    assert not trace.exists()


@pytest.mark.parametrize("name", ["no such model", "a/b/c", "../x", "~/model", "weights.bin", "-", "a//b", "模型"])
def test_what_is_no_id_is_one_sentence(name, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"FENGPING_MODEL=.* could not be loaded"):
        load_sentiment(name)


def test_answers_that_are_no_numbers_are_no_answers(folder):
    model = HubModel(str(folder))
    model._model.classifier.bias.data.fill_(float("nan"))
    with pytest.raises(ModelError, match="broken"):
        model.probabilities(["good"], [""])


@pytest.fixture
def shipped(tmp_path):
    """A copy of the shipped model, to break."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "copy"))


def damage_weights(folder):
    raw = bytearray((folder / "weights.bin").read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 4_096] = bytes(4_096)
    (folder / "weights.bin").write_bytes(raw)


@pytest.mark.parametrize(
    "harm",
    [
        damage_weights,
        lambda folder: os.truncate(folder / "weights.bin", 1_000_000),
        lambda folder: (folder / "tokenizer.json").write_text("{}"),
        lambda folder: (folder / "config.json").write_text('{"name": "m", "limit": 128, "calibration": {"zh": {}}}'),
        lambda folder: (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:999]),
    ],
    ids=["other weights", "half the weights", "no tokenizer", "no calibration", "half a graph"],
)
def test_a_damaged_copy_of_the_shipped_model_is_one_sentence(shipped, harm):
    assert load_sentiment(str(shipped)).read(["很好"])[0].label == "positive"
    harm(shipped)
    with pytest.raises(ModelError, match=r"broken .*(weights\.bin|config\.json|model\.onnx)"):
        load_sentiment(str(shipped))


def test_loading_a_model_prints_nothing_where_nobody_watches(folder, capfd):
    load_sentiment(str(folder))
    assert tuple(capfd.readouterr()) == ("", "")


def test_a_missing_model_is_one_sentence_and_never_another_model(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FengpingError, match="FENGPING_MODEL"):
        load_sentiment(str(tmp_path / "nothing-here"))


def test_a_broken_model_is_one_sentence(tmp_path):
    for name in ("model.onnx", "weights.bin", "tokenizer.json", "config.json"):
        (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(ModelError, match="broken"):
        load_sentiment(str(tmp_path))


def test_a_model_with_a_file_missing_names_it(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"lacks weights\.bin"):
        load_sentiment(str(tmp_path))
    (tmp_path / "model.onnx").rename(tmp_path / "weights.bin")
    with pytest.raises(ModelError, match=r"lacks model\.onnx"):
        load_sentiment(str(tmp_path))

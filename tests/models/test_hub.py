"""Models of other people: mapped by their labels, or refused with a sentence."""

import numpy as np
import pytest

from analyzers.sentiment import load_sentiment
from errors import FengpingError, ModelError
from models.hub import HubModel, label_map


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
    ],
)
def test_labels_are_mapped_by_name(names, sides):
    assert label_map(names, "m").argmax(1).tolist() == sides


@pytest.mark.parametrize("names", [["LABEL_0", "LABEL_1"], ["joy", "anger"], ["positive", "other"], ["spam"]])
def test_labels_that_do_not_say_are_refused_with_what_to_set(names):
    with pytest.raises(ModelError, match="id2label"):
        label_map(names, "somebody/model")


@pytest.fixture
def folder(tmp_path):
    """A tiny random classifier as `transformers` saves one."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    specials = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **specials).save_pretrained(tmp_path)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    names = {0: "bad", 1: "good"}
    config = BertConfig(vocab_size=len(words), num_labels=2, id2label=names, **sizes)
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    return tmp_path


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
    with pytest.raises(ModelError, match=r"weights\.bin"):
        load_sentiment(str(tmp_path))

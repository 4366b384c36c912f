"""The reader around a model: which alias is asked for, which sentences are read, how answers are mixed."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.sentiment import CLAUSE_SHARE, SentimentReader, about, target_in


class WordModel:
    """A small model: good words against bad words in the text it is given; notes what it was asked."""

    model_id = "words@1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def probabilities(self, texts, targets):
        self.asked += list(zip(texts, targets, strict=True))
        rows = [(1 + text.count("差"), 1, 1 + text.count("好")) for text in texts]
        return np.array(rows, float) / np.sum(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("text", "aliases", "asked"),
    [
        ("星巴克出新品了", ["星巴克", "Starbucks"], "星巴克"),
        ("starbucks is back", ["星巴克", "Starbucks"], "Starbucks"),
        ("iPhone 17 Pro review", ["iPhone", "iPhone 17 Pro"], "iPhone 17 Pro"),
        ("臺灣大哥大收訊差", ["臺灣大哥大"], "台湾大哥大"),
        ("no name here", ["Acme", "Akme"], "Acme"),
        ("nothing asked", [], ""),
        ("blank alias", ["", "  "], ""),
        ("In training they praise Acme AI", ["Acme", "Acme AI", "training camp"], "Acme AI"),
        ("brain training for AIs", ["Acme", "AI"], "Acme"),
        ("我的AI音箱", ["阿尔法", "AI"], "AI"),
    ],
)
def test_the_alias_that_stands_in_the_text_is_asked_for(text, aliases, asked):
    model = WordModel()
    SentimentReader(model).read([text], [aliases])
    assert model.asked[0][1] == asked


def test_without_targets_the_whole_text_is_asked_for():
    model = WordModel()
    SentimentReader(model).read(["好", "差"])
    assert model.asked == [("好", ""), ("差", "")]


def test_as_many_targets_as_texts():
    with pytest.raises(ValueError, match="2 texts but 1 targets"):
        SentimentReader(WordModel()).read(["a", "b"], [["x"]])


def test_of_a_long_text_the_sentences_about_the_brand_weigh_more():
    model = WordModel()
    text = "今天差。" * 80 + "风评好。" + "今天差。" * 80
    (reading,) = SentimentReader(model).read([text], [["风评"]])
    whole, near = model.asked
    assert len(near[0]) < 40 < len(whole[0])
    expected = CLAUSE_SHARE * 2 / (2 + 1 + 3) + (1 - CLAUSE_SHARE) * 2 / (2 + 1 + 161)
    assert reading.p_positive == pytest.approx(expected, rel=0.05)


def test_a_brand_in_the_middle_of_a_very_long_text_is_found_there():
    model = WordModel()
    text = "今天差。" * 3_000 + "風評好。" + "今天差。" * 3_000
    SentimentReader(model).read([text], [["Feng", "风评"]])
    (whole, asked), (near, _) = model.asked
    assert asked == "风评"
    assert "风评" not in whole
    assert near == "今天差。 风评好。 今天差。"


def test_a_short_text_is_read_once():
    model = WordModel()
    SentimentReader(model).read(["风评好。今天差。"], [["风评"]])
    assert len(model.asked) == 1


def test_neighbours_of_english_sentences_too():
    text = "One. " * 30 + "Before it. Acme failed. After it. " + "Two. " * 30
    assert about(text, "acme") == "Before it Acme failed After it"


@given(st.text(alphabet="ab好。. \n!Acme", max_size=400), st.sampled_from(["Acme", "好", "", "zzz"]))
def test_any_text_has_a_part_about_the_target(text, target):
    assert isinstance(about(text, target), str)
    assert target_in(text, [target]) in (target, "")


def test_below_the_threshold_a_reading_is_unsure_but_keeps_its_label():
    sure, unsure = (SentimentReader(WordModel(), unsure_below=limit).read(["好好好"])[0] for limit in (0.6, 0.7))
    assert (sure.label, sure.unsure, unsure.label, unsure.unsure) == ("positive", False, "positive", True)


def test_readings_are_frozen_and_the_model_is_named():
    reader = SentimentReader(WordModel())
    assert reader.model_id == "words@1"
    with pytest.raises(FrozenInstanceError):
        reader.read(["好"])[0].label = "negative"

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
        ("starbucks is back", ["星巴克", "Starbucks"], "starbucks"),
        ("iPhone 17 Pro review", ["iPhone", "iPhone 17 Pro"], "iPhone 17 Pro"),
        ("臺灣大哥大收訊差", ["臺灣大哥大"], "台湾大哥大"),
        ("no name here", ["Acme", "Akme"], "Acme"),
        ("nothing asked", [], ""),
        ("blank alias", ["", "  "], ""),
        ("In training they praise Acme AI", ["Acme", "Acme AI", "training camp"], "Acme AI"),
        ("brain training for AIs", ["Acme", "AI"], "Acme"),
        ("我的AI音箱", ["阿尔法", "AI"], "AI"),
        ("华为不行，华为的Huawei Pay也不行", ["Huawei", "华为"], "华为"),
        ("McDonald’s fries", ["Maccas", "McDonald's"], "McDonald’s"),
        ("Coca Cola Zero", ["Coke", "Coca-Cola"], "Coca Cola"),
        ("a Louis-Vuitton bag", ["LV", "Louis Vuitton"], "Louis-Vuitton"),
        ("ＳＫ－ＩＩ太贵", ["神仙水", "SK-II"], "SK－II"),
        ("华\u200b为很差", ["HW", "华\ufeff为"], "华为"),
        ("苹果手机和苹果", ["苹果手机"], "苹果手机"),
        ("C++ or C-", ["C-"], "C-"),
        ("很差 a.*(b[", ["x", "a.*(b["], "a.*(b["),
        ("很差", ["品牌" * 30_000], "品牌" * 30_000),
        ("半个字\ud800", ["\udc00半个字"], "?半个字"),
    ],
)
def test_the_name_that_stands_in_the_text_is_asked_for(text, aliases, asked):
    model = WordModel()
    SentimentReader(model).read([text], [aliases])
    assert model.asked[0][1] == asked


@pytest.mark.parametrize(
    ("text", "aliases", "shown"),
    [
        ("@华为 比 @小米 好用", ["华为"], "@华为 比 @user 好用"),
        ("@华为 比 @小米 好用", ["小米"], "@user 比 @小米 好用"),
        ("@華為終端 你們的售後太差", ["华为"], "@华为终端 你们的售后太差"),
        ("@APPLE fix this, @applefan", ["Apple"], "@APPLE fix this, @user"),
        ("@ＡＰＰＬＥ fix this", ["Apple"], "@APPLE fix this"),
        ("@apple fix this", [], "@user fix this"),
    ],
)
def test_a_brand_named_by_its_handle_stays_readable_and_people_do_not(text, aliases, shown):
    model = WordModel()
    SentimentReader(model).read([text], [aliases])
    assert model.asked[0][0] == shown


def test_a_text_of_half_characters_is_read():
    (reading,) = SentimentReader(WordModel()).read(["好\ud800\udc00" * 3_000], [["\ud800"]])
    assert reading.label == "positive"


def test_the_sentences_about_a_brand_are_those_under_any_of_its_names():
    text = "今天差。" * 80 + "Huawei好。" + "今天差。" * 80 + "菊厂好。" + "今天差。" * 80
    model = WordModel()
    SentimentReader(model).read([text], [["华为", "Huawei", "菊厂"]])
    (_, (near, _)) = model.asked
    assert near == "今天差。 Huawei好。 今天差。 今天差。 菊厂好。 今天差。"


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
    assert about(text, ("acme",)) == "Before it Acme failed After it"


@given(st.text(alphabet="ab好。. \n!Acme", max_size=400), st.sampled_from(["Acme", "好", "a b", "zzz"]))
def test_any_text_has_a_part_about_the_target(text, target):
    assert isinstance(about(text, (target,)), str)
    found = target_in(text, (target,))
    assert found == target or (found in " ".join(text.split()) and found.casefold() == target.casefold())


def test_below_the_threshold_a_reading_is_unsure_but_keeps_its_label():
    sure, unsure = (SentimentReader(WordModel(), unsure_below=limit).read(["好好好"])[0] for limit in (0.6, 0.7))
    assert (sure.label, sure.unsure, unsure.label, unsure.unsure) == ("positive", False, "positive", True)


def test_readings_are_frozen_and_the_model_is_named():
    reader = SentimentReader(WordModel())
    assert reader.model_id == "words@1"
    with pytest.raises(FrozenInstanceError):
        reader.read(["好"])[0].label = "negative"

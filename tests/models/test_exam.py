"""Every analyzer's exam, sat by the shipped model: repeatable, input untouched, and an answer to any text."""

import json
import subprocess
import sys

import numpy as np
import pytest

from analyzers.model_name import name_of
from analyzers.sentiment import load_sentiment
from models.files import SHIPPED

TEXTS = [
    "这家店的服务太差了，再也不来。",
    "Battery lasts two days, love it.",
    "The store opens at nine.",
    "蒙牛比伊利好喝多了",
    "發貨好慢，等咗成個禮拜",
    "东西ok, but the delivery was late",
    "[怒][泪]",
    "😀😀",
    "",
    "   ",
    "https://example.com/x",
    "これはとても良い製品です",
    "Это ужасный сервис",
    "?!",
    "\u200b\ufeff",
]


@pytest.fixture(scope="module")
def reader():
    return load_sentiment()


def test_its_name_is_known_without_loading_it(reader):
    assert reader.model_id == name_of("") == name_of(str(SHIPPED))


def numbers(readings):
    return np.array([[r.p_negative, r.p_neutral, r.p_positive] for r in readings])


def test_repeatable_and_input_untouched(reader):
    texts, targets = list(TEXTS), [["伊利", "Yili"]] * len(TEXTS)
    first, second = reader.read(texts, targets), reader.read(texts, targets)
    assert first == second
    assert texts == TEXTS
    assert targets == [["伊利", "Yili"]] * len(TEXTS)


def test_a_text_reads_the_same_alone_and_in_any_company(reader):
    many = [f"{text} {number}" for number in range(6) for text in TEXTS if text.strip()]
    together = reader.read(many)
    alone = [reader.read([text])[0] for text in many]
    backwards = reader.read(many[::-1])[::-1]
    assert np.abs(numbers(together) - numbers(alone)).max() < 1e-5
    assert np.abs(numbers(together) - numbers(backwards)).max() < 1e-5
    assert [r.label for r in together] == [r.label for r in alone] == [r.label for r in backwards]


def test_probabilities_add_up_and_confidence_is_the_largest(reader):
    for reading in reader.read([text for text in TEXTS if text.strip()]):
        chances = (reading.p_negative, reading.p_neutral, reading.p_positive)
        assert sum(chances) == pytest.approx(1)
        assert reading.confidence in (0.0, pytest.approx(max(chances)))


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b"])
def test_a_text_without_content_is_unsure_with_no_confidence(reader, text):
    (reading,) = reader.read([text])
    assert (reading.confidence, reading.unsure, reading.label) == (0.0, True, "neutral")


@pytest.mark.parametrize("unit", ["很差。", "a", "good bad ", "😡", "\x00", "[怒]", "的"])
def test_fifty_kilobytes_are_read(reader, unit):
    (reading,) = reader.read([unit * (50_000 // len(unit.encode()))], [["Acme"]])
    assert reading.p_negative + reading.p_neutral + reading.p_positive == pytest.approx(1)


def test_traditional_and_simplified_read_alike(reader):
    one, other = reader.read(["這個軟件太爛了，後悔買", "这个软件太烂了，后悔买"])
    assert one == other


def test_clear_praise_and_clear_blame_are_told_apart(reader):
    texts = ["质量很好，非常满意，推荐购买", "垃圾产品，用了一天就坏了，退货还不给退", "Absolutely love it, works perfectly",
             "Terrible. Broke after one day and support ignored me."]  # fmt: skip
    assert [r.label for r in reader.read(texts)] == ["positive", "negative", "positive", "negative"]


def test_two_brands_in_one_text_get_two_readings(reader):
    text = "顺丰准时又客气，中通把我的箱子摔烂了还不赔。"
    praised, blamed = reader.read([text, text], [["顺丰"], ["中通"]])
    assert praised.p_positive > blamed.p_positive
    assert blamed.p_negative > praised.p_negative


@pytest.mark.parametrize(
    ("text", "praised", "blamed"),
    [
        ("华为比小米好用多了", "华为", "小米"),
        ("@华为 比 @小米 好用多了", "华为", "小米"),
        ("ＨＵＡＷＥＩ比ＸＩＡＯＭＩ好用多了", "Huawei", "Xiaomi"),
        ("@Apple your service is terrible, @Samsung was great", "Samsung", "Apple"),
        ("McDonald’s fries were cold and soggy, but Wendy’s was lovely", "Wendy's", "McDonald's"),
    ],
)
def test_two_brands_are_told_apart_however_they_are_written(reader, text, praised, blamed):
    assert [one.label for one in reader.read([text, text], [[praised], [blamed]])] == ["positive", "negative"]


def test_the_same_answer_with_any_number_of_threads():
    from models.runtime import OnnxModel

    texts = [f"{text} {number}" for number in range(20) for text in TEXTS[:6]]
    one, four = (OnnxModel(SHIPPED, threads=threads).probabilities(texts, ["Acme"] * len(texts)) for threads in (1, 4))
    assert np.array_equal(one, four)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells what is mapped")
def test_the_weights_are_mapped_and_not_read(reader):
    from pathlib import Path

    from models.files import WEIGHTS

    assert str(SHIPPED / WEIGHTS) in Path("/proc/self/maps").read_text()


def test_reading_needs_neither_torch_nor_transformers():
    code = (
        "import sys; from analyzers.sentiment import load_sentiment; load_sentiment().read(['很好']);"
        "print([name for name in ('torch', 'transformers', 'pandas', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SHIPPED.parent.parent)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_weights_are_small_enough_and_the_name_is_theirs():
    from models.files import WEIGHTS, fingerprint

    assert (SHIPPED / WEIGHTS).stat().st_size <= 60_000_000
    assert load_sentiment().model_id.endswith(fingerprint(SHIPPED))


def test_the_card_says_what_the_report_says():
    report = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))
    card = (SHIPPED / "CARD.md").read_text(encoding="utf-8")
    bins = report["bins"]
    error = sum(abs(b["confidence"] - b["right"]) * b["n"] for b in bins) / sum(b["n"] for b in bins)
    assert f"expected calibration error {error:.3f}" in card
    assert error <= 0.05
    assert "MIT" in card
    assert "No text of theirs is in this repository" in card


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_confidence_is_honest_in_each_language(lang):
    scores = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))["scores"]
    groups = [scores[f"all {lang}"], scores[f"all {lang}:target"]]
    assert sum(row["ece"] * row["n"] for row in groups) / sum(row["n"] for row in groups) <= 0.05


def test_the_cards_figure_for_the_checks_is_what_the_model_answers():
    """Recomputed by counting: right answers over sentences, nothing from models.metrics."""
    from models.evaluate import CHECKS

    rows = [json.loads(line) for line in CHECKS.read_text(encoding="utf-8").splitlines()]
    readings = load_sentiment().read(
        [row["text"] for row in rows], [[row["target"]] if row["target"] else [] for row in rows]
    )
    right = sum(reading.label == row["label"] for reading, row in zip(readings, rows, strict=True))
    table = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))["checks"]["scores"]
    stated = sum(row["accuracy"] * row["n"] for name, row in table.items() if not name.startswith("all "))
    assert sum(row["n"] for name, row in table.items() if not name.startswith("all ")) == len(rows)
    assert right == pytest.approx(stated, abs=0.01 * len(rows))

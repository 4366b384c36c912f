"""Scores against figures worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from models.evaluate import confusions, scores
from models.metrics import calibration_error, confusion, macro_f1, macro_recall, summary

#            given            read as
# negative:  0 0 0 0          0 0 0 1
# neutral:   1 1              0 1
# positive:  2 2 2 2          2 2 1 0
TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
GUESS = np.array([0, 0, 0, 1, 0, 1, 2, 2, 1, 0])


def test_confusion_has_given_labels_as_rows():
    assert confusion(TRUTH, GUESS).tolist() == [[3, 1, 0], [1, 1, 0], [1, 1, 2]]


def test_macro_recall_is_the_mean_of_three_quarters_and_two_halves():
    assert macro_recall(TRUTH, GUESS) == pytest.approx((3 / 4 + 1 / 2 + 1 / 2) / 3)


def test_macro_f1_by_hand():
    negative = 2 * 3 / (4 + 5)  # 4 given, 5 read as negative, 3 both
    neutral = 2 * 1 / (2 + 3)
    positive = 2 * 2 / (4 + 2)
    assert macro_f1(TRUTH, GUESS) == pytest.approx((negative + neutral + positive) / 3)


def test_a_class_that_does_not_occur_is_left_out_and_nothing_is_nan():
    assert macro_recall(np.array([0, 0]), np.array([0, 2])) == pytest.approx(0.5)
    assert math.isnan(macro_f1(np.array([], int), np.array([], int)))
    assert math.isnan(calibration_error(np.array([]), np.array([])))


def test_calibration_error_is_the_weighted_gap():
    confidence = np.array([0.91, 0.91, 0.91, 0.91, 0.51])
    right = np.array([True, True, True, False, True])
    assert calibration_error(confidence, right, bins=10) == pytest.approx((4 * (0.91 - 0.75) + (1 - 0.51)) / 5)


def test_two_class_sources_are_also_scored_by_their_sides():
    logits = np.array([[1.0, 2.0, 0.0], [0.0, 2.0, 1.0], [3.0, 0.0, 1.0], [2.0, 0.0, 1.0]])
    row = summary(np.array([0, 2, 0, 2]), logits, two_class=True)
    assert (row["accuracy"], row["sides"], row["neutral"]) == (0.25, 0.75, 0.5)


def test_the_table_of_an_evaluation_by_hand():
    rows = pd.DataFrame(
        {
            "text": list("abcd"),
            "target": ["", "", "", "x"],
            "label": ["negative", "neutral", "positive", "positive"],
            "lang": ["en", "en", "en", "zh"],
            "source": ["s", "s", "s", "t"],
        }
    )
    chances = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.1, 0.2, 0.7]])
    table = scores(rows, chances)
    assert set(table) == {"s", "t:target", "all en", "all zh"}
    assert table["s"]["accuracy"] == pytest.approx(2 / 3)
    assert table["s"]["macro_f1"] == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert table["t:target"]["accuracy"] == 1.0
    tables = confusions(rows, chances)
    assert set(tables) == set(table)
    assert tables["all en"] == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert tables["t:target"] == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]

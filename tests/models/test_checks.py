"""The hand-written check set: a floor for every kind, a little under what the shipped model reaches.

A floor says "not worse than this", not "good": what the kinds reach stands in the card.
"""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from analyzers.sentiment import load_sentiment
from models.evaluate import CHECKS

FLOORS = {
    "comparison": 0.47,
    "concession": 0.14,
    "finance": 0.64,
    "irony_emoji": 0.31,
    "mere_mention": 0.77,
    "negation": 0.53,
    "neutral_text": 0.89,
    "plain": 0.65,
    "question": 0.59,
    "recovery": 0.31,
    "reported_speech": 0.57,
    "rumour_denial": 0.59,
    "same_side": 0.49,
    "sarcasm": 0.54,
    "slang": 0.74,
    "two_brands_opposite": 0.49,
    "wish_hypothetical": 0.68,
}


@pytest.fixture(scope="module")
def answered() -> dict[str, list[bool]]:
    return answers(CHECKS)


def answers(file: Path) -> dict[str, list[bool]]:
    """Which rows were read right, by kind."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    targets = [[row["target"]] if row["target"] else [] for row in rows]
    readings = load_sentiment().read([row["text"] for row in rows], targets)
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row, reading in zip(rows, readings, strict=True):
        kinds[row["kind"]].append(reading.label == row["label"])
    return kinds


def test_every_kind_has_a_floor_and_rows(answered):
    assert set(answered) == set(FLOORS)
    assert sum(map(len, answered.values())) >= 200


@pytest.mark.parametrize("kind", FLOORS)
def test_not_below_its_floor(answered, kind):
    right = answered[kind]
    assert sum(right) / len(right) >= FLOORS[kind]


def test_all_kinds_together(answered):
    rows = [right for kind in answered.values() for right in kind]
    assert sum(rows) / len(rows) >= 0.62


@pytest.mark.parametrize(
    ("name", "floor"), [("rhetoric_2.jsonl", 0.7), ("rhetoric_3.jsonl", 0.7), ("places.jsonl", 0.75)]
)
def test_sets_by_another_hand(name, floor):
    right = [right for kind in answers(CHECKS.with_name(name)).values() for right in kind]
    assert sum(right) / len(right) >= floor

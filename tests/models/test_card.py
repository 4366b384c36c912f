"""The card says what the run's record says, and nothing typed by hand."""

import json

import pytest

from models.card import card, kept_layers
from models.files import SHIPPED


def test_the_shipped_card_is_the_one_that_its_record_makes():
    record = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))
    assert (SHIPPED / "CARD.md").read_text(encoding="utf-8") == card(record)


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ([[]], []),
        ([[0, 1, 2, 3]], [0, 1, 2, 3]),
        ([[0, 2, 4, 6], [], [0, 3]], [0, 6]),
        ([[], [1, 2], [1]], [2]),
    ],
)
def test_layers_of_a_run_count_from_the_run_before(chosen, left):
    assert kept_layers(chosen) == left

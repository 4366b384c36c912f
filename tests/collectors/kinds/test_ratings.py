"""Stars on one scale."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.ratings import to_five


@pytest.mark.parametrize(
    ("value", "best", "worst", "stars"),
    [
        (4, None, None, 4.0),
        ("4,5", None, None, 4.5),
        ("４.５", "5", "1", 4.5),
        (8, 10, None, 4.0),
        ("8,5", "10", "1", 4.25),
        ("80%", None, None, 4.0),
        ("80 %", "100", "0", 4.0),
        (80, 100, None, 4.0),
        ("4.5/5", None, None, 4.5),
        ("8 / 10", None, None, 4.0),
        ("7 out of 10", None, None, 3.5),
        ("4,5 von 5 Sternen", None, None, 4.5),
        ("3 sur 5 étoiles", None, None, 3.0),
        ("★★★★☆", None, None, 4.0),
        ("五星", None, None, 5.0),
        ("4星", None, None, 4.0),
        ("3 stars", None, None, 3.0),
        ("4 estrellas", None, None, 4.0),
        ("Rated 4 out of 5", None, None, 4.0),
        ("评分：4", None, None, 4.0),
        ("90", "100%", None, 4.5),
        (0, 10, 0, 1.0),
        ("0%", None, None, 1.0),
        (1, 10, 1, 1.0),
        (2, 2, -2, 5.0),
        (0, 2, -2, 3.0),
    ],
)
def test_is_placed_on_one_to_five(value: object, best: object, worst: object, stars: float) -> None:
    assert to_five(value, best=best, worst=worst) == stars


@pytest.mark.parametrize(
    ("value", "best", "worst"),
    [
        (8, None, None),
        (0, None, None),
        (11, 10, 1),
        ("excellent", None, None),
        (None, 5, 1),
        (True, 5, 1),
        ([4], 5, 1),
        (float("nan"), 5, 1),
        ("1e400", 5, 1),
        (3, 0, 0),
        (3, -5, -10),
        ("", 5, 1),
        (4, 5, 4.5),
    ],
)
def test_is_none_where_it_would_be_a_guess(value: object, best: object, worst: object) -> None:
    assert to_five(value, best=best, worst=worst) is None


anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()))


@settings(max_examples=60, deadline=None)
@given(anything, anything, anything)
def test_any_values_give_one_to_five_or_none(value: object, best: object, worst: object) -> None:
    stars = to_five(value, best=best, worst=worst)
    assert stars is None or (math.isfinite(stars) and 1 <= stars <= 5)

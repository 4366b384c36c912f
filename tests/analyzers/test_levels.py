"""Levels by a table: the middle of three grades, raised by more and never by less; a wrong table is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.levels import CRITERIA, LEVELS, LevelTable, grade, levels_from_plain, levels_to_plain
from errors import InputError


@pytest.mark.parametrize(
    ("strength", "reach", "speed", "level"),
    [
        (1.5, 2, 1, "blue"),
        (4, 10, 1, "yellow"),
        (7, 40, 1, "orange"),
        (20, 200, 1, "red"),
        (100, 3, 2, "blue"),
        (float("nan"), 200, 60, "red"),
    ],
)
def test_levels_of_typical_spikes(strength: float, reach: float, speed: float, level: str) -> None:
    assert grade(strength=strength, reach=reach, speed=speed).level == level


def test_a_moved_cut_moves_the_level_and_the_grades_say_why() -> None:
    strict = LevelTable(reach=(20, 50, 200))
    assert grade(strength=4, reach=10, speed=1).level == "yellow"
    graded = grade(strength=4, reach=10, speed=1, table=strict)
    assert graded.level == "blue"
    assert graded.grades == {"strength": "yellow", "reach": "blue", "speed": "blue"}
    assert set(graded.figures) == set(CRITERIA)


@given(st.floats(0, 50), st.integers(0, 300), st.floats(0, 100))
def test_more_is_never_less_grave(strength: float, reach: int, speed: float) -> None:
    here = grade(strength=strength, reach=reach, speed=speed).level
    more = grade(strength=strength + 1, reach=reach + 5, speed=speed + 5).level
    assert LEVELS.index(more) >= LEVELS.index(here)


def test_a_table_survives_being_stored() -> None:
    table = LevelTable(strength=(2.0, 4.0, 8.0))
    assert levels_from_plain(levels_to_plain(table)) == table
    assert levels_from_plain(None) == LevelTable()


@pytest.mark.parametrize("rows", [{"strength": [3, 2, 1]}, {"reach": [1, 2]}, {"speed": ["a", 2, 3]}])
def test_a_wrong_table_is_refused(rows: dict) -> None:
    with pytest.raises(InputError):
        levels_from_plain(rows)

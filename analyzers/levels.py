"""How grave: 蓝 黄 橙 红 from three grades that people can check by hand.

A spike is graded on how strong it is (times the usual), how far it reaches (separate voices) and how fast it runs
(mentions in its busiest hour). Each grade is read off a table that ops can edit; the level is the middle of the three,
so that no single figure makes a case red: a small brand's tenfold evening of three voices stays blue.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from errors import InputError

LEVELS = ("blue", "yellow", "orange", "red")
CRITERIA = ("strength", "reach", "speed")
Steps = tuple[float, float, float]  # from which figure a grade is yellow, orange, red


@dataclass(frozen=True)
class LevelTable:
    """From which figure on a grade is yellow, orange, red. Raising a figure makes that colour rarer."""

    strength: Steps = (3.0, 6.0, 12.0)  # times the usual
    reach: Steps = (8.0, 25.0, 80.0)  # separate voices
    speed: Steps = (4.0, 10.0, 30.0)  # mentions in the busiest hour


@dataclass(frozen=True)
class Grades:
    """The level, and the grade and figure of each criterion it is the middle of."""

    level: str
    grades: dict[str, str]
    figures: dict[str, float]


def strength(observed: float, expected: float) -> float:
    """Times the usual. Of half a mention at least: next to nothing, anything is a multitude."""
    return observed / max(expected, 0.5)


def grade(*, strength: float, reach: float, speed: float, table: LevelTable | None = None) -> Grades:
    """The level of a spike. A figure that is not known (nan) grades blue."""
    steps = asdict(table or LevelTable())
    figures = {"strength": strength, "reach": reach, "speed": speed}
    grades = {name: LEVELS[sum(figures[name] >= step for step in steps[name])] for name in CRITERIA}
    middle = sorted(grades.values(), key=LEVELS.index)[1]
    return Grades(middle, grades, figures)


def levels_to_plain(table: LevelTable) -> dict[str, Any]:
    return {name: list(steps) for name, steps in asdict(table).items()}


def levels_from_plain(plain: Mapping[str, Any] | None) -> LevelTable:
    """A checked table; what is not given keeps its default. Raises InputError naming the row that is wrong."""
    given = dict(plain or {})
    strange = sorted(set(given) - set(CRITERIA))
    if strange:
        raise InputError(f"the level table has no row '{strange[0]}'; its rows are {', '.join(CRITERIA)}")
    return LevelTable(**{name: _steps(name, value) for name, value in given.items()})


def _steps(name: str, value: Any) -> Steps:
    try:
        yellow, orange, red = (float(one) for one in value)
    except (TypeError, ValueError) as error:
        raise InputError(f"level table, {name}: three numbers are needed, for yellow, orange and red") from error
    if not 0 < yellow < orange < red < 1e9:
        raise InputError(f"level table, {name}: the figures must rise from yellow to orange to red")
    return yellow, orange, red

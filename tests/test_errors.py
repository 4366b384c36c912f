"""The tree of errors is the one that is drawn, and a message says where."""

import inspect
import re

import pytest

import errors
from errors import FengpingError, InputError


def drawn() -> dict[str, str]:
    """Class -> parent, from the drawing in the module's docstring."""
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^(\s*[│├└─ ]*)([A-Z][A-Za-z]+)(?:\s{2,}|$)", line)
        if not found or not line.startswith("    "):
            continue
        depth = len(found.group(1))
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if stack:
            parents[found.group(2)] = stack[-1][1]
        stack.append((depth, found.group(2)))
    return parents


def defined() -> dict[str, str]:
    return {
        name: kind.__mro__[1].__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, FengpingError) and kind is not FengpingError
    }


def test_the_drawing_is_the_truth() -> None:
    assert drawn() == defined()


def test_every_error_can_leave_the_command() -> None:
    for name in defined():
        assert getattr(errors, name).exit_code in (1, 2)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("is empty", row=3, column="text"), "row 3, column 'text': is empty"),
        (InputError("is empty", row=3), "row 3: is empty"),
        (InputError("no such brand 'x'"), "no such brand 'x'"),
    ],
)
def test_wrong_input_says_where(error: InputError, words: str) -> None:
    assert str(error) == words

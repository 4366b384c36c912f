"""What people may set for a source of a kind: one table that the command's help, its checks and the forms are made of.

An option is written as a text (`name=value`) and kept as its form says: a secret stays a text however it looks, a list
is split where it is used. `read_option` gives the value to keep or an InputError that names the option.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from collectors.date_parts import named_zone
from errors import InputError

LONGEST = 4_000


class Form(StrEnum):
    """How a value is written and asked for."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - a form, not a password; never shown again
    LIST = "list"  # words with commas between them
    NUMBER = "number"  # from 1
    FLAG = "flag"
    ZONE = "zone"  # a name of the time zone database


@dataclass(frozen=True)
class Option:
    name: str
    form: Form
    what: str  # one sentence
    example: str


EVERYWHERE = (
    Option("depth", Form.NUMBER, "Pages that the first collection reads.", "3"),
    Option("timezone", Form.ZONE, "The zone of times that name none.", "Asia/Shanghai"),
)


def read_option(option: Option, text: str) -> Any:
    """The value to keep. Raises InputError."""
    text = text.strip()
    if len(text) > LONGEST:
        raise InputError(f"option '{option.name}' has at most {LONGEST} characters")
    if option.form is Form.NUMBER:
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 10_000):
            raise InputError(f"option '{option.name}' wants a number from 1, as {option.example}; this is '{text}'")
        return int(text)
    if option.form is Form.FLAG:
        return _flag(option, text)
    if option.form is Form.ZONE and named_zone(text) is None:
        raise InputError(f"option '{option.name}' wants a time zone, as {option.example}; this is '{text}'")
    return text


def _flag(option: Option, text: str) -> int:
    said = {"1": 1, "true": 1, "yes": 1, "on": 1, "0": 0, "false": 0, "no": 0, "off": 0}.get(text.lower())
    if said is None:
        raise InputError(f"option '{option.name}' wants 1 or 0; this is '{text}'")
    return said


def read_options(known: Sequence[Option], given: Mapping[str, str], *, kind: str) -> dict[str, Any]:
    """The values to keep. Raises InputError, also for an option the kind does not have."""
    by_name = check_names(known, given, kind=kind)
    return {name: read_option(by_name[name], text) for name, text in given.items()}


def check_names(known: Sequence[Option], given: Iterable[str], *, kind: str) -> dict[str, Option]:
    """The kind's options by name. Raises InputError that names one it does not have."""
    by_name = {option.name: option for option in known}
    for name in given:
        if name not in by_name:
            has = f"it has {', '.join(by_name)}" if by_name else "it has none"
            raise InputError(f"a source of kind {kind} has no option '{name}'; {has}")
    return by_name

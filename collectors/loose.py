"""Reading JSON that other people's services send: a wrong field is a missing field, never a lost entry.

Every reader here takes any value and gives the wanted type or None. Absent, null and nonsense are None; 0 is only
what the service said was 0. `load` turns bytes into a value or says in words why it cannot, and knows the two
defects met in the wild: a web page where JSON was expected, and GDELT's backslashes that escape nothing
(github.com/alex9smith/gdelt-doc-api, issue 26).
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from collectors.charset import decode
from collectors.dates import when
from collectors.ratings import number
from collectors.seams import ParseContext
from errors import ParseError

WHOLE_LIMIT = 2**53  # beyond it JSON numbers stop being exact, and no count of likes gets there
_STRAY_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')


def load(body: bytes | str, *, url: str = "", what: str = "JSON") -> Any:
    """The JSON value in `body`, which may be decoded already. Raises ParseError with the beginning of what came instead."""
    text = (body if isinstance(body, str) else decode(body)).strip("\ufeff \t\r\n")
    if not text:
        raise ParseError(f"an empty answer where {what} was expected", url=url)
    if text.startswith(("<?xml", "<rss", "<feed")) and "<html" not in text[:2_000].lower():
        raise ParseError(f"XML where {what} was expected", url=url)
    if text.startswith("<"):
        raise ParseError(f"a web page where {what} was expected: a login, consent or error page", url=url)
    try:
        return _loads(text)
    except (ValueError, RecursionError) as error:
        first = re.sub(r"\s+", " ", text[:120])
        raise ParseError(f"not {what}: it begins with {first!r}", url=url) from error


def attempt(body: bytes) -> Any:
    """The JSON value in `body`, or None when there is none."""
    try:
        return load(body)
    except ParseError:
        return None


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_constant=lambda _name: None)
    except ValueError:
        repaired = _STRAY_ESCAPE.sub(r"\\\\", text)
        if repaired == text:
            raise
        return json.loads(repaired, strict=False, parse_constant=lambda _name: None)


def table(value: object) -> dict[str, Any]:
    """`value` where it is an object, else an empty one, so that a lookup in it gives None."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[dict[str, Any]]:
    """The objects in a list; a lone object is a list of one (XML turned into JSON does that), and objects under
    numbers are a list (PHP writes one with gaps so)."""
    if isinstance(value, dict):
        if not value or not all(key.isdigit() for key in value):
            return [value]
        value = list(value.values())
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def at(value: object, *path: str) -> Any:
    """The value at `path` inside nested objects, or None."""
    for name in path:
        value = table(value).get(name)
    return value


def text(value: object) -> str | None:
    """A string with something in it; a number is its digits (ids come as either)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def first_text(*values: object) -> str | None:
    return next((found for found in map(text, values) if found is not None), None)


def whole(value: object, *, least: int = 0) -> int | None:
    """A count: 12, 12.0, "12", "1,204"; None below `least` and beyond what can be exact."""
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,3}(,\d{3})+\s*", value):
        value = value.replace(",", "")
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?\d+(\.0*)?\s*", value):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    else:
        exact = number(value)
        if exact is None or exact != int(exact):
            return None
        found = int(exact)
    return found if least <= found <= WHOLE_LIMIT else None


def named(what: str, number: str | None) -> str:
    """An id with what it is an id of; empty, for finishing to derive one, where the service gave none."""
    return f"{what}-{number}" if number is not None else ""


def identifier(value: object) -> str | None:
    """An id as a short string: 12 and "12" are the same id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = text(value)
    return found if found is not None and len(found) <= 512 else None


def moment(context: ParseContext, *values: object) -> tuple[datetime, str]:
    """The first of these that is a time, and whose word it is; ours when none is."""
    for value in values:
        found = when(value, context)
        if found[1] == "author":
            return found
    return context.now, "collector"


def flag(value: object) -> bool | None:
    """A yes or no, also as 1 and 0 and in words; None for anything else."""
    if isinstance(value, str):
        value = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
            value.strip().lower()
        )
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None


def listed(value: object) -> list[str]:
    """An option that holds several words: a list, or words with commas or spaces between them."""
    if isinstance(value, str):
        return [piece for piece in re.split(r"[,\s]+", value) if piece]
    return [str(piece) for piece in value] if isinstance(value, list | tuple) else []


def told(**fields: object) -> dict[str, Any]:
    """`extra` of a mention: only what the source gave."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {})}


def words(value: object, limit: int = 50) -> list[str]:
    """The strings of a list, such as tags."""
    return list(_words(value))[:limit]


def _words(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else []:
        found = text(item)
        if found is not None:
            yield found

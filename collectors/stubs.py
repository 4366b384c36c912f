"""An entry that came cut off, before what identifies it, and its return in one piece.

Promise: such an entry is stored with what came, and when it comes whole it is the same mention, changed, under the
name it was stored by. What was begun and whose name it became is kept in the source's cursor. Only whole elements of
a cut entry are read, so its title is as it will be and its text is, or is not there yet. Blind spot: a new entry of
the same title may be taken for it; both are stored once all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from collectors.records import Mention

KEY = "_stubs"  # of the cursor
KEPT = 50  # names remembered
_HEAD = 500  # characters of a text that are compared

_Begun = tuple[str, str, str]  # id, title, text


def under_their_names(
    mentions: Sequence[Mention], *, stub: Mention | None, cursor: Mapping[str, Any], seen: Callable[[str], bool]
) -> tuple[list[Mention], dict[str, Any]]:
    """The mentions under the names they were begun by, and what the cursor keeps.

    `stub` is the one of them that is cut off; `seen` tells the ids of entries that came whole before.
    """
    names, begun = _held(cursor)
    if stub is None and begun is None and not names:
        return list(mentions), {}
    for mention in mentions:
        if begun is not None and not seen(mention.external_id) and _goes_on(mention, begun):
            names[mention.external_id] = begun[0]
            begun = None
    if stub is not None:
        begun = (names.get(stub.external_id, stub.external_id), stub.title, stub.text[:_HEAD])
    renamed = [replace(one, external_id=names.get(one.external_id, one.external_id)) for one in mentions]
    return renamed, {KEY: {"begun": begun, "names": dict(list(names.items())[-KEPT:])}}


def _held(cursor: Mapping[str, Any]) -> tuple[dict[str, str], _Begun | None]:
    held = cursor.get(KEY)
    held = held if isinstance(held, dict) else {}
    names, begun = held.get("names"), held.get("begun")
    return (
        {str(name): str(was) for name, was in names.items()} if isinstance(names, dict) else {},
        (str(begun[0]), str(begun[1]), str(begun[2])) if isinstance(begun, list | tuple) and len(begun) == 3 else None,
    )


def _goes_on(mention: Mention, begun: _Begun) -> bool:
    """Whether this says what was begun, and perhaps more."""
    return mention.title == begun[1] and mention.text.startswith(begun[2])

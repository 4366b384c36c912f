"""Values of strangers, made storable: what a database cannot hold is replaced before it gets there.

A NUL (PostgreSQL refuses it) and half a surrogate pair (no UTF-8) become U+FFFD; a number too large becomes None.
"""

import json
import re
from typing import Any, overload

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LARGEST = 2**63 - 1


@overload
def clean(text: str) -> str: ...
@overload
def clean(text: None) -> None: ...
def clean(text: str | None) -> str | None:
    """The text, with what cannot be stored replaced."""
    if text is None:
        return None
    try:
        if "\x00" not in text and text.encode():  # quicker than a search: it fails on half a pair
            return text
    except UnicodeEncodeError:
        pass
    return UNSTORABLE.sub("\ufffd", text)


def clean_json(value: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON that both databases take."""
    if not value:
        return value
    written = json.dumps(value, ensure_ascii=True, default=str)
    if "\\u0000" in written or "\\ud" in written.lower() or "NaN" in written or "Infinity" in written:
        written = json.dumps(_cleaned(json.loads(written)))
    cleaned: dict[str, Any] = json.loads(written)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def whole_number(value: float | int | None) -> int | None:
    """A count; None for what is no count or does not fit."""
    if value is None or value != value or abs(value) > LARGEST:
        return None
    return int(value)

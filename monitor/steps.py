"""How far a long work is: its part, and how much of that is done. In words for a person; as JSON for the dashboard, which
says it in the viewer's language and so must know every part by its name.

A part without figures has begun, and nobody can say how long it takes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PARTS = {
    "sample": "collecting sixty days",
    "sources": "asking the sources",
    "importing": "storing",
    "reading": "reading",
    "judging": "judging the days",
    "matching": "matching what is stored",
    "moving": "moving mentions",
}


@dataclass(frozen=True)
class Step:
    part: str  # of PARTS
    done: int | None = None
    total: int | None = None

    @property
    def in_words(self) -> str:
        if self.done is None:
            return f"{PARTS[self.part]} ..."
        return f"{PARTS[self.part]}: {self.done:,}" + (f" of {self.total:,}" if self.total else "")

    @property
    def as_object(self) -> dict[str, Any]:
        return {"step": self.part, "done": self.done, "total": self.total}


Stepped = Callable[[Step], None]

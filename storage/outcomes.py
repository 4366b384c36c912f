"""What work on the store came to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stored:
    """What one stored collection did."""

    new: int
    changed: int
    known: int
    unmatched: int
    new_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rematch:
    """A part of what a changed brand changed: ids of the mentions that came and that went, and how far it is."""

    came: tuple[int, ...]
    went: tuple[int, ...]
    done: int
    total: int

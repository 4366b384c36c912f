"""The plain records an explanation is made from and made of. All can be rebuilt from an export's columns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["term", "theme", "source", "author", "region"]
KINDS: tuple[Kind, ...] = ("term", "theme", "source", "author", "region")


@dataclass(frozen=True)
class Told:
    """A mention as explanations see it: what an export's row says of it."""

    id: int
    published_at: datetime
    tokens: tuple[str, ...] = ()
    author: str = ""
    source: str = ""
    channel: str = ""
    region: str = ""
    themes: tuple[str, ...] = ()
    copy_group: str = ""
    label: str = ""


@dataclass(frozen=True)
class Arithmetic:
    """The figures of an alert. `usual`, `low`, `high` are for this window at this time of the week.

    `copies` is the size of the largest group of equal texts (0 when all differ), `copy_ids` its mentions; `voices` counts
    separate authors, `unnamed` mentions without one. `listed` mentions were at hand; it equals `observed` unless some
    were deleted or corrected since.
    """

    measure: str
    start: datetime
    end: datetime
    observed: int
    total: int
    usual: float
    low: int
    high: int
    once_in_days: float
    share: float
    usual_share: float
    listed: int
    copies: int
    copy_ids: tuple[int, ...]
    voices: int
    unnamed: int
    sources: int
    first_seen: datetime | None
    first_id: int | None


@dataclass(frozen=True)
class Claim:
    """Something that marks the spike against its baseline, with the mentions that show it.

    `z` is the weighted log-odds in standard errors. Counts are of mentions, and for terms of different texts.
    """

    kind: Kind
    value: str
    in_spike: int
    of_spike: int
    in_baseline: int
    of_baseline: int
    z: float
    mention_ids: tuple[int, ...]


@dataclass(frozen=True)
class Example:
    """A mention that stands for others; `alike` are the ids of its copies."""

    mention_id: int
    alike: tuple[int, ...]


@dataclass(frozen=True)
class Origin:
    """Where one text began: its first mention, and its copies in the order they appeared."""

    first_id: int
    first_at: datetime
    copies: tuple[tuple[int, datetime], ...]


@dataclass(frozen=True)
class Why:
    """The explanation. `too_few` says that claims were not attempted, and `claims` is then empty."""

    too_few: bool
    texts: int
    claims: tuple[Claim, ...]
    examples: tuple[Example, ...]
    origins: tuple[Origin, ...]

    def of(self, kind: Kind) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.kind == kind)

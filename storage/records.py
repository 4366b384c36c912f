"""What the store hands out and takes. Frozen; no row or connection leaves the room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from analyzers.records import Reading, TextFacts
from collectors.records import CHANNELS as CHANNELS
from collectors.records import Brand as Brand
from collectors.records import Source, SourceState, Status

SENTIMENTS = ("negative", "neutral", "positive", "unsure", "unread", "failed")


@dataclass(frozen=True)
class MentionFilter:
    """Which mentions. One frozen thing that becomes the URL, the list, the chart and the export alike.

    `since` is included, `until` excluded. An empty tuple means any. `query` is full text.
    """

    brands: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sentiments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()
    langs: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    flagged: bool | None = None
    query: str = ""
    case_id: int | None = None
    author: str | None = None
    copy_group: int | None = None


QUIET = 4.0  # usual intervals without a mention
SHORTEST_QUIET = timedelta(hours=6)


@dataclass(frozen=True)
class SourceRecord:
    """A source with its health. `status` is 'paused' when people paused it, else how the last collection ended."""

    source: Source
    state: SourceState
    status: Status
    next_check_at: datetime
    created_at: datetime
    sample: bool = False
    not_before: datetime | None = None
    last_tried_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    last_advice: str | None = None
    new: int | None = None  # of the last collection
    changed: int | None = None
    capped: int | None = None
    missed: bool = False
    total: int = 0  # mentions stored
    success_share_7d: float | None = None  # None: not tried in 7 days
    usual_interval_s: float | None = None  # median time between mentions; None: too few
    brand_names: tuple[str, ...] = ()

    def within(self, sources: Sequence[int], channels: Sequence[str]) -> bool:
        """Whether a scope that keeps to these, where there are any, listens to it."""
        return (not sources or self.source.id in sources) and (not channels or self.source.channel in channels)

    def overdue(self, now: datetime) -> timedelta | None:
        """How long a source that is heard has been quiet, when its own rhythm does not explain that.

        Cautious: mentions come in bursts. A source of too few mentions, or one not heard now, is not judged.
        """
        if (
            self.last_new_at is None
            or self.usual_interval_s is None
            or self.status not in (Status.OK, Status.NOT_MODIFIED)
        ):
            return None
        quiet = now - self.last_new_at
        patience = max(QUIET * timedelta(seconds=self.usual_interval_s), 2 * self.source.every, SHORTEST_QUIET)
        return quiet if quiet > patience else None


@dataclass(frozen=True)
class FetchRecord:
    """How one collection of a source went."""

    at: datetime
    status: Status
    error: str | None
    error_kind: str | None
    new: int
    changed: int
    seconds: float


@dataclass(frozen=True)
class Unread:
    """A mention waiting to be read, with the brands it was stored under."""

    mention_id: int
    title: str
    text: str
    published_at: datetime
    brands: tuple[int, ...]
    content_hash: str | None = None  # give it back in ReadResult
    has_facts: bool = False  # stored when it came: only its sentiment is to be read


@dataclass(frozen=True)
class ReadResult:
    """What reading one mention gave: facts and a reading per brand, or the reason it failed."""

    mention_id: int
    facts: TextFacts | None = None
    readings: dict[int, Reading] = field(default_factory=dict)
    failed: str | None = None
    content_hash: str | None = None  # of the text that was read, from Unread: a text changed since stays unread
    model: str | None = None  # that failed; with another one it is tried again


@dataclass(frozen=True)
class VersionRecord:
    """What a mention said before it changed. `corrections`: brand id -> what people had said of that text."""

    seen_at: datetime
    title: str
    text: str
    corrections: dict[str, Any]


@dataclass(frozen=True)
class MentionRow:
    """One mention as one brand sees it: what lists, details, cases and exports show."""

    id: int
    brand_id: int
    brand: str
    source_id: int
    source_title: str
    source_kind: str
    channel: str
    url: str | None
    external_id: str
    title: str
    text: str
    lang: str | None
    author: str | None
    author_url: str | None
    author_followers: int | None
    published_at: datetime
    published_at_source: str
    collected_at: datetime
    rating: float | None
    likes: int | None
    replies: int | None
    shares: int | None
    views: int | None
    sentiment: str  # what is counted; 'unread' when not read yet
    label: str | None
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    confidence: float | None
    model: str | None
    corrected_by: str | None
    themes: tuple[str, ...]
    region: str | None
    copy_group: int | None
    copies: int  # mentions in the copy group, this one included
    first_in_group: bool | None
    flagged: bool
    note: str | None
    cases: tuple[int, ...]
    matched: str
    keywords: tuple[str, ...] = ()
    failed_reason: str | None = None
    sample: bool = False


@dataclass(frozen=True)
class Cursor:
    """Where a keyset page ends. Newest first: (published_at, mention id, brand id)."""

    published_at: datetime
    mention_id: int
    brand_id: int


@dataclass(frozen=True)
class MentionPage:
    rows: tuple[MentionRow, ...]
    next: Cursor | None  # None: the last page


@dataclass(frozen=True)
class Figures:
    """Counts of one filter, from the rollup or counted. `read` is negative + neutral + positive + unsure."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unsure: int = 0
    unread: int = 0
    failed: int = 0
    capped: bool = False  # counting stopped at a limit: there are more

    @property
    def total(self) -> int:
        return self.read + self.unread + self.failed

    @property
    def read(self) -> int:
        return self.negative + self.neutral + self.positive + self.unsure

    @property
    def negative_share(self) -> float | None:
        return self.negative / self.read if self.read else None

    @property
    def net_sentiment(self) -> float | None:
        """(positive - negative) / read, from -1 to 1."""
        return (self.positive - self.negative) / self.read if self.read else None


@dataclass(frozen=True)
class Bucket:
    """Counts of one step of a timeline, `start` included."""

    start: datetime
    figures: Figures


@dataclass(frozen=True)
class HourlyCounts:
    """Counts hour by hour: item i of each list is the hour that starts i hours after `start`."""

    start: datetime
    by_sentiment: dict[str, list[int]]

    @property
    def negative(self) -> list[int]:
        return self.by_sentiment["negative"]

    @property
    def read(self) -> list[int]:
        """As in Figures."""
        of = self.by_sentiment
        return list(map(sum, zip(of["negative"], of["neutral"], of["positive"], of["unsure"], strict=True)))

    @property
    def total(self) -> list[int]:
        return list(map(sum, zip(*self.by_sentiment.values(), strict=True)))

    def figures(self, hours: slice = slice(None)) -> Figures:
        negative, neutral, positive, unsure, unread, failed = (
            sum(self.by_sentiment[name][hours]) for name in SENTIMENTS
        )
        return Figures(negative, neutral, positive, unsure, unread, failed)

    def then(self, later: "HourlyCounts") -> "HourlyCounts":
        """These, up to the hour in which `later` starts, and those."""
        hours = (later.start - self.start) // timedelta(hours=1)
        whole = {name: counted[:hours] + later.by_sentiment[name] for name, counted in self.by_sentiment.items()}
        return HourlyCounts(self.start, whole)


@dataclass(frozen=True)
class Gap:
    """A stretch in which a source was not heard."""

    source_id: int
    source_title: str
    start: datetime
    end: datetime
    reason: str | None = None


@dataclass(frozen=True)
class RuleRecord:
    """A rule in the version in force. `body` is monitor.rules.RuleBody as plain values."""

    id: int
    name: str
    version: int
    enabled: bool
    body: dict[str, Any]
    created_at: datetime
    sample: bool = False
    evaluated_to: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleVersion:
    rule_id: int
    version: int
    body: dict[str, Any]
    who: str
    at: datetime
    what: str


@dataclass(frozen=True)
class SpikeRecord:
    id: int
    rule_id: int
    rule_name: str
    rule_version: int
    brand_id: int
    case_id: int
    start_at: datetime
    end_at: datetime
    measure: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class CaseRecord:
    """A case with its clock. `mentions` counts the case's mentions."""

    id: int
    brand_id: int
    brand: str
    title: str
    level: str  # blue, yellow, orange, red
    status: str  # open, acknowledged, resolved
    owner: str | None
    department: str | None
    start_at: datetime
    end_at: datetime
    first_mention_at: datetime | None
    opened_at: datetime
    acknowledged_at: datetime | None
    responded_at: datetime | None
    response: dict[str, Any] | None
    resolved_at: datetime | None
    verdict: str | None
    snoozed_until: datetime | None
    escalated_at: datetime | None
    targets: dict[str, Any]
    explanation: dict[str, Any] | None
    sample: bool
    mentions: int
    spikes: tuple[SpikeRecord, ...] = ()


@dataclass(frozen=True)
class LogEntry:
    at: datetime
    who: str
    what: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Target:
    """Who is told. `url` and `secret` are secrets: show `masked_url`."""

    id: int
    name: str
    url: str
    kind: str
    secret: str | None
    levels: tuple[str, ...]
    lang: str
    enabled: bool


@dataclass(frozen=True)
class OutboxItem:
    id: int
    key: str
    case_id: int | None
    target: Target
    payload: dict[str, Any]
    state: str  # waiting, sent, dead
    attempts: int
    next_try_at: datetime
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None

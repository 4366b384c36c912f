"""A rule: what rings, whom it rings, and what it would have rung. Pure; the clock is handed in.

A rule says what it listens to (`scope`), what it measures, how often it may be wrong (`false_alarms_per_month`), how
few mentions are too few (`floor`), how long must be calm before it rings again, when it keeps quiet and what happens
meanwhile, from which level it opens a case, who is told, who owns the case and by when they should answer.
Plain values in and out: rules are stored, exported and shown as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analyzers.spikes import Spike, SpikeSettings
from errors import InputError

MEASURES = ("negative", "share", "total", "silence")
LEVELS = ("blue", "yellow", "orange", "red")
CHANNELS = (
    "news",
    "social",
    "forum",
    "blog",
    "ecommerce",
    "local_review",
    "app_store",
    "video",
)  # as collectors name them
LANGS = ("zh", "en", "other")
MEANWHILE = ("hold", "urgent", "ring")
REPLAY_DAYS = 90  # a rule shows what it would have rung in so many days
HISTORY_DAYS = REPLAY_DAYS + 42  # and is judged, then and now, on so many: the first ones are only learned from
VERDICTS = ("real", "campaign", "noise", "source_fault")


@dataclass(frozen=True)
class Scope:
    """Which mentions are counted. Empty means any; brands empty means every brand that is not a competitor."""

    brands: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()
    langs: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    query: str = ""

    @property
    def narrowed(self) -> dict[str, Any]:
        """All but the brands, by the names that a filter of mentions has them by, too."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "brands"}


@dataclass(frozen=True)
class QuietHours:
    """When nobody is to be woken. Cases are opened all the same; `meanwhile` says who hears of them.

    hold: notices wait until the quiet hours end. urgent: red is told at once, the rest waits. ring: no quiet at all.
    """

    start: str = ""  # HH:MM in `zone`; empty: no quiet hours
    end: str = ""
    weekends: bool = False  # Saturday and Sunday count as quiet all day
    zone: str = "Asia/Shanghai"
    meanwhile: str = "urgent"


@dataclass(frozen=True)
class RuleBody:
    """Everything a rule says. `tell` gives target ids per level; a level without an entry tells every target that
    takes that level. `acknowledge_minutes` and `respond_minutes` are the targets of a case's clock, counted from its first
    mention (analyzers.clock); 0 is no target. The answer's default is what Chinese press offices call the golden four
    hours."""

    measure: str = "negative"
    scope: Scope = Scope()
    false_alarms_per_month: float = 1.0
    floor: int = 3
    cooldown_hours: float = 12.0
    least_level: str = "blue"
    quiet: QuietHours = QuietHours()
    tell: dict[str, tuple[int, ...]] = field(default_factory=dict)
    owner: str = ""
    department: str = ""
    acknowledge_minutes: int = 120
    respond_minutes: int = 240

    @property
    def sentiments(self) -> tuple[str, ...]:
        """Those the measure counts: what is not read yet is in no figure, so in no case either."""
        return ("negative",) if self.measure in ("negative", "share") else ("negative", "neutral", "positive", "unsure")

    @property
    def detector(self) -> SpikeSettings:
        """The detector's settings for a measure of counts (not silence)."""
        return SpikeSettings(
            false_alarms_per_month=self.false_alarms_per_month,
            floor=self.floor,
            cooldown_hours=self.cooldown_hours,
            measure=self.measure if self.measure != "silence" else "total",  # type: ignore[arg-type]
        )


def rule_to_plain(body: RuleBody) -> dict[str, Any]:
    plain = asdict(body)
    plain["scope"] = {name: list(v) if isinstance(v, tuple) else v for name, v in plain["scope"].items()}
    plain["tell"] = {level: list(ids) for level, ids in body.tell.items()}
    return plain


def rule_from_plain(plain: Mapping[str, Any]) -> RuleBody:
    """A checked rule. Raises InputError naming the field that is wrong; unknown fields are refused. A field that says
    nothing (null) keeps its default."""
    values = _known(RuleBody, plain, "rule")
    scope = _known(Scope, values.pop("scope", None) or {}, "scope")
    quiet = _known(QuietHours, values.pop("quiet", None) or {}, "quiet")
    tell = values.pop("tell", None) or {}
    try:
        picked: dict[str, Any] = {name: v if name == "query" else _listed(name, v) for name, v in scope.items()}
        body = RuleBody(
            **values,
            scope=Scope(**picked),
            quiet=QuietHours(**quiet),
            tell={str(level): tuple(int(i) for i in _listed(level, ids)) for level, ids in tell.items()},
        )
        _check_kinds(body)
        check_rule(body)
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the rule has a value of the wrong kind: {error}") from error
    return body


def _known(record: type, plain: Mapping[str, Any], where: str) -> dict[str, Any]:
    if not isinstance(plain, Mapping):
        raise InputError(f"{where} must be a mapping, not {type(plain).__name__}")
    names = {f.name for f in fields(record)}
    strange = sorted(set(map(str, plain)) - names)
    if strange:
        raise InputError(f"{where} has no field '{strange[0]}'")
    return {name: value for name, value in plain.items() if value is not None}


def _listed(name: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise InputError(f"'{name}' must be a list, not {value!r}")
    return tuple(value)


def _check_kinds(body: RuleBody) -> None:
    """Refuse a value of another kind than its field's. A file may hold one by accident: in YAML, query: 315 is a number
    and 22:00 may be one, and a search that is a number would stop the judge in the middle of its work."""
    scope, quiet = body.scope, body.quiet
    for record, names in (
        (body, ("measure", "least_level", "owner", "department")),
        (scope, ("query",)),
        (quiet, ("start", "end", "zone", "meanwhile")),
    ):
        for name in names:
            if not isinstance(value := getattr(record, name), str):
                raise InputError(f"'{name}' must be text, in quotes where it looks like a number: {value!r}")
    for name, kind in (("brands", int), ("sources", int), ("channels", str), ("langs", str), ("themes", str)):
        for value in getattr(scope, name):
            if not isinstance(value, kind) or isinstance(value, bool):
                raise InputError(f"'{name}' of the scope: {value!r} is of the wrong kind")
    for name in ("floor", "acknowledge_minutes", "respond_minutes"):
        if not isinstance(value := getattr(body, name), int) or isinstance(value, bool):
            raise InputError(f"'{name}' must be a whole number: {value!r} is of the wrong kind")
    for name in ("false_alarms_per_month", "cooldown_hours"):
        if not isinstance(value := getattr(body, name), int | float) or isinstance(value, bool):
            raise InputError(f"'{name}' must be a number: {value!r} is of the wrong kind")
    if not isinstance(quiet.weekends, bool):
        raise InputError(f"'weekends' must be true or false: {quiet.weekends!r} is of the wrong kind")


def check_rule(body: RuleBody) -> None:
    """Refuse what could never ring, or never stop. Raises InputError with the reason."""
    if body.measure not in MEASURES:
        raise InputError(f"measure '{body.measure}' is not one of {', '.join(MEASURES)}")
    if body.least_level not in LEVELS:
        raise InputError(f"level '{body.least_level}' is not one of {', '.join(LEVELS)}")
    strange = sorted(set(body.tell) - set(LEVELS))
    if strange:
        raise InputError(f"level '{strange[0]}' is not one of {', '.join(LEVELS)}")
    for what, given, known in (("language", body.scope.langs, LANGS), ("channel", body.scope.channels, CHANNELS)):
        if unknown := sorted(set(given) - set(known)):
            raise InputError(f"{what} '{unknown[0]}' is not one of {', '.join(known)}")
    if not 0 <= body.acknowledge_minutes <= 100_000 or not 0 <= body.respond_minutes <= 100_000:
        raise InputError("the clock must be between 0 and 100,000 minutes")
    _ = body.detector  # checks the knob, the floor and the cool-down
    _check_quiet(body.quiet)


def _check_quiet(quiet: QuietHours) -> None:
    if quiet.meanwhile not in MEANWHILE:
        raise InputError(f"during quiet hours '{quiet.meanwhile}' is not one of {', '.join(MEANWHILE)}")
    if bool(quiet.start) != bool(quiet.end):
        raise InputError("quiet hours need both a start and an end")
    for name, text in (("start", quiet.start), ("end", quiet.end)):
        if text and _clock(text) is None:
            raise InputError(f"quiet hours: {name} '{text}' is not a time such as 22:00")
    if quiet.start and _clock(quiet.start) == _clock(quiet.end):
        raise InputError(f"quiet hours: from {quiet.start} to {quiet.end} is no time at all")
    try:
        ZoneInfo(quiet.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last: a folder of zones, as "Asia"
        raise InputError(f"quiet hours: there is no time zone '{quiet.zone}'") from error


def _clock(text: str) -> time | None:
    """A time of day; None for what is none, or brings a zone of its own."""
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo else found


def tell_at(quiet: QuietHours, level: str, now: datetime) -> datetime:
    """When a notice of `level` raised at `now` may go out: `now`, or the end of the quiet hours it falls in."""
    if quiet.meanwhile == "ring" or (quiet.meanwhile == "urgent" and level == "red"):
        return now
    zone = ZoneInfo(quiet.zone)
    at = now.astimezone(zone)
    for _ in range(10):  # a night, a weekend and a night again
        later = _after_quiet(quiet, at)
        if later is None:
            break
        at = later
    return max(now, at.astimezone(now.tzinfo))


def _after_quiet(quiet: QuietHours, at: datetime) -> datetime | None:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if quiet.weekends and at.weekday() >= 5:
        return midnight + timedelta(days=1)
    start, end = _clock(quiet.start), _clock(quiet.end)
    if start is None or end is None or start == end:
        return None
    today = at.time()
    if start < end:
        return _at(midnight, end) if start <= today < end else None
    if today >= start:
        return _at(midnight + timedelta(days=1), end)
    return _at(midnight, end) if today < end else None


def _at(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute)


@dataclass(frozen=True)
class Judged:
    """How a past case ended, for scoring a replay."""

    start: datetime
    end: datetime
    verdict: str | None


@dataclass(frozen=True)
class Rung:
    """An alarm a setting would have rung, with the verdict people gave to what happened then (None: none given)."""

    spike: Spike
    verdict: str | None


@dataclass(frozen=True)
class ReplayScore:
    """A setting against people's verdicts: real cases it would have rung, and alarms people called false."""

    alarms: int
    per_month: float
    real_caught: int
    real: int
    false_rung: int


def judge_replay(spikes: Sequence[Spike], cases: Sequence[Judged], *, days: float) -> tuple[list[Rung], ReplayScore]:
    """Mark each alarm with the verdict of the case it overlaps, and score the setting by them."""
    rung = [Rung(spike, _verdict(spike, cases)) for spike in spikes]
    real = [case for case in cases if case.verdict == "real"]
    caught = sum(any(_overlap(spike, case) for spike in spikes) for case in real)
    false_rung = sum(one.verdict in ("campaign", "noise", "source_fault") for one in rung)
    per_month = len(spikes) / days * 30 if days else float("nan")
    return rung, ReplayScore(len(spikes), per_month, caught, len(real), false_rung)


def _verdict(spike: Spike, cases: Sequence[Judged]) -> str | None:
    said = [case.verdict for case in cases if case.verdict and _overlap(spike, case)]
    return "real" if "real" in said else (said[0] if said else None)


def _overlap(spike: Spike, case: Judged) -> bool:
    return spike.start < case.end and case.start < spike.until

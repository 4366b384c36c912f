"""What a page shows, as one frozen thing that becomes the URL: every view is a link.

`View.from_url(view.to_url()) == view` for every view. What a URL says wrongly is left out, never an error. A period is
a name (`24h`) or two moments; named periods end at the next whole hour (or local midnight from 30 days on), so that
counts come from the hourly rollup and all pages of one hour share a cache.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import i18n
from storage.records import CHANNELS, SENTIMENTS, MentionFilter

PERIODS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
LANGS = ("zh", "en", "other")
CUSTOM = "custom"
DEFAULT_PERIOD = "7d"
HOUR = timedelta(hours=1)
_KEPT = "_view"
_OPENED = "_opened"
_LONGEST = 200


@dataclass(frozen=True)
class View:
    brands: tuple[int, ...] = ()
    period: str = DEFAULT_PERIOD
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
    fold: bool = True

    @property
    def searched(self) -> tuple[str, ...]:
        """The words of the search as they were typed, to be marked where they stand; a single Latin letter is no sight."""
        return tuple(word for word in self.query.split() if len(word) > 1 or not word.isascii())

    @classmethod
    def from_url(cls, params: Mapping[str, Iterable[str]]) -> "View":
        def many(key: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(str(value)[:_LONGEST] for value in params.get(key, ())))

        def one(key: str) -> str:
            return next(iter(many(key)), "")

        since, until = _moment(one("since")), _moment(one("until"))
        custom = since is not None and until is not None and since < until
        period = one("period") if one("period") in PERIODS else DEFAULT_PERIOD
        return cls(
            brands=_ids(many("brand")),
            period=CUSTOM if custom else period,
            since=since if custom else None,
            until=until if custom else None,
            sentiments=_among(many("sentiment"), SENTIMENTS),
            channels=_among(many("channel"), CHANNELS),
            sources=_ids(many("source")),
            langs=_among(many("in"), LANGS),
            themes=many("theme"),
            flagged={"yes": True, "no": False}.get(one("flagged")),
            query=one("q"),
            case_id=next(iter(_ids(many("in_case"))), None),
            author=one("author") or None,
            copy_group=next(iter(_ids(many("copies"))), None),
            fold=one("fold") != "no",
        )

    def to_url(self) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {
            "brand": [str(brand) for brand in self.brands],
            "sentiment": list(self.sentiments),
            "channel": list(self.channels),
            "source": [str(source) for source in self.sources],
            "in": list(self.langs),
            "theme": list(self.themes),
            "flagged": [] if self.flagged is None else ["yes" if self.flagged else "no"],
            "q": [self.query] if self.query else [],
            "in_case": [] if self.case_id is None else [str(self.case_id)],
            "author": [self.author] if self.author else [],
            "copies": [] if self.copy_group is None else [str(self.copy_group)],
            "fold": [] if self.fold else ["no"],
        }
        if self.period == CUSTOM and self.since and self.until:
            values |= {"since": [_stamp(self.since)], "until": [_stamp(self.until)]}
        elif self.period != DEFAULT_PERIOD:
            values["period"] = [self.period]
        return {key: value for key, value in values.items() if value}

    def span(self, now: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
        """First and past-the-last moment."""
        if self.period == CUSTOM and self.since and self.until:
            return self.since, self.until
        length = PERIODS.get(self.period, PERIODS[DEFAULT_PERIOD])
        if length >= timedelta(days=30):
            tomorrow = (now.astimezone(tz) + timedelta(days=1)).date()
            end = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=tz).astimezone(UTC)
        else:
            end = now.replace(minute=0, second=0, microsecond=0) + HOUR
        return end - length, end

    def step(self, now: datetime, tz: ZoneInfo) -> str:
        since, until = self.span(now, tz)
        return "hour" if until - since <= timedelta(days=8) else "day"

    def filter(self, now: datetime, tz: ZoneInfo) -> MentionFilter:
        since, until = self.span(now, tz)
        anywhen = self.case_id is not None or self.copy_group is not None
        return MentionFilter(
            brands=self.brands,
            since=None if anywhen else since,
            until=None if anywhen else until,
            sentiments=self.sentiments,
            channels=self.channels,
            sources=self.sources,
            langs=self.langs,
            themes=self.themes,
            flagged=self.flagged,
            query=self.query,
            case_id=self.case_id,
            author=self.author,
            copy_group=self.copy_group,
        )

    def at(self, since: datetime, until: datetime) -> "View":
        return replace(self, period=CUSTOM, since=since, until=until)

    @property
    def narrowed(self) -> int:
        """How many filters beside brand and period are set."""
        return sum(
            bool(value)
            for value in (
                self.sentiments,
                self.channels,
                self.sources,
                self.langs,
                self.themes,
                self.query,
                self.flagged is not None,
                self.case_id,
                self.author,
                self.copy_group,
            )
        )


def current() -> View:
    """The view of the URL. A page opened from the menu keeps the brands and the period looked at before."""
    params, view = st.query_params, from_address()
    own = {key for key in params if key in _KEYS}
    if not own and isinstance(kept := st.session_state.get(_KEPT), View):
        view = replace(View(), brands=kept.brands, period=kept.period, since=kept.since, until=kept.until)
        if view != View():
            put(view)
    st.session_state[_KEPT] = view
    return view


def from_address() -> View:
    """What the address says, and nothing that was looked at before."""
    return View.from_url({key: st.query_params.get_all(key) for key in st.query_params})


def put(view: View) -> None:
    """Make this the view: the URL follows. Other parameters of the page stay."""
    rest = {key: st.query_params.get_all(key) for key in st.query_params if key not in _KEYS}
    st.query_params.from_dict({**rest, **view.to_url()})
    st.session_state[_KEPT] = view


def follow(page: str) -> None:
    """Let the browser's address follow a link to the page one is on: Streamlit takes it to what the link says and leaves
    the address as it was, so that a reload or a shared link would show something else. Other pages' links are not its
    matter, nor are filters, which are written by `put`."""
    opened = (page, param("case"), param("rule"))
    before = st.session_state.get(_OPENED)
    st.session_state[_OPENED] = opened
    if before is not None and before[0] == page and before != opened:
        st.query_params.from_dict({key: st.query_params.get_all(key) for key in st.query_params})
        if not st.query_params:
            st.query_params.clear()


def forget_brand(brand_id: int) -> None:
    kept = st.session_state.get(_KEPT)
    if isinstance(kept, View):
        st.session_state[_KEPT] = replace(kept, brands=tuple(b for b in kept.brands if b != brand_id))


def param(key: str) -> str | None:
    return st.query_params.get(key) or None


def id_param(key: str) -> int | None:
    return next(iter(_ids((param(key) or "",))), None)


def set_param(key: str, value: object | None) -> None:
    if value is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = str(value)


def link_params(view: View | None = None, **more: object) -> dict[str, list[str]]:
    """Query parameters of a link to another page; the language goes along when it was chosen."""
    params = view.to_url() if view else {}
    params |= {key: [str(value)] for key, value in more.items() if value is not None}
    if lang := param("lang"):
        params["lang"] = [i18n.best_language(lang)]
    return params


_KEYS = {
    "brand",
    "period",
    "since",
    "until",
    "sentiment",
    "channel",
    "source",
    "in",
    "theme",
    "flagged",
    "q",
    "in_case",
    "author",
    "copies",
    "fold",
}


def _ids(values: Iterable[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(v) for v in values if v.isascii() and v.isdigit() and len(v) <= 18))


def _among(values: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    known = set(allowed)
    return tuple(value for value in values if value in known)


def _moment(value: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(value)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""A case in words, in the viewer's language: its title, its arithmetic, and why, each claim with its mentions.

Nothing is invented here: figures come from the spike as it was stored, claims from `analyzers.explain` as it was stored
with the case. Where a figure is missing its part of the sentence is left out.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from analyzers.spikes import Spike
from dashboard import explained, i18n, state
from dashboard.components.cards import Claim, PageLink
from dashboard.i18n import t, tn
from storage.records import CaseRecord, SpikeRecord

LINKS = 4
YEAR = 365.25


def title(case: CaseRecord) -> str:
    """Brand and what it is about, as it was stored for the viewer's language."""
    if said := explained.title(case):
        return said
    return case.title if case.brand in case.title else t("{brand}: {what}", brand=case.brand, what=case.title)


def arithmetic(case: CaseRecord) -> str:
    """How unusual, in words that can be recomputed: observed, when, usual, by chance, copies, voices."""
    if explained.by_hand(case):
        return tn(
            "Opened by hand, with {n} mention; no rule rang.",
            "Opened by hand, with {n} mentions; no rule rang.",
            case.mentions,
        )
    said = explained.in_words(case)
    if said:
        observed = (case.explanation or {}).get("facts", {}).get("observed") or case.mentions
        more = tn("By now {n} mention in all.", "By now {n} mentions in all.", case.mentions)
        return i18n.joined(said, more) if case.mentions > observed else said
    worst = strongest(case)
    return "" if worst is None else of_spike(worst.figures, worst.start_at, worst.end_at)


def strongest(case: CaseRecord) -> SpikeRecord | None:
    return max(case.spikes, key=lambda spike: _number(spike.figures, "evidence") or 0.0, default=None)


def of_spike(figures: Mapping[str, Any], start: datetime, end: datetime) -> str:
    observed, expected = _number(figures, "observed"), _number(figures, "expected")
    if observed is None:
        return ""
    total = figures.get("measure") == "total"
    what = (
        tn("{n} mention", "{n} mentions", round(observed))
        if total
        else tn("{n} negative mention", "{n} negative mentions", round(observed))
    )
    now = end
    parts = [t("{what} from {start} to {end}", what=what, start=i18n.moment(start, now), end=i18n.moment(end, now))]
    low, high = _number(figures, "low"), _number(figures, "high")
    if expected is not None:
        usual = i18n.number(round(expected, 1) if expected < 10 else round(expected))
        between = f" ({low:.0f}–{high:.0f})" if low is not None and high is not None else ""
        parts.append(t("usual at this time of the week is {usual}{between}", usual=usual, between=between))
    said = "; ".join(parts) if i18n.language() == "en" else "；".join(parts)
    once = _number(figures, "once_in_days")
    stop = "." if i18n.language() == "en" else "。"
    return said + stop + (" " + t("By chance: {often}.", often=once_in(once)) if once else "")


def once_in(days: float) -> str:
    if days != days:
        return "–"
    if days < 45:
        return t("about once in {time}", time=i18n.duration(timedelta(hours=max(1, round(24 * days)))))
    if days < 1.5 * YEAR:
        return tn("about once in {n} month", "about once in {n} months", round(days / 30.4))
    if days < 1000 * YEAR:
        return tn("about once in {n} year", "about once in {n} years", round(days / YEAR))
    return t("less than once in 1,000 years")


def by_chance(spike: Spike) -> str:
    return once_in(spike.once_in_days)


def span(spike: Spike) -> str:
    return i18n.duration(timedelta(hours=spike.window_hours))


def claims(case: CaseRecord) -> list[Claim]:
    """Why: each claim with links to the mentions that show it."""
    return [
        Claim(
            one.said,
            tuple(_link(case, mention_id) for mention_id in one.mention_ids[:LINKS]),
            tn("and {n} more", "and {n} more", len(one.mention_ids) - LINKS) if len(one.mention_ids) > LINKS else "",
        )
        for one in explained.claims(case)
    ]


def _link(case: CaseRecord, mention_id: int) -> PageLink:
    inside = state.View(case_id=case.id, fold=False)
    return PageLink(f"#{mention_id}", "mentions", state.link_params(inside, mention=mention_id, of=case.brand_id))


def _number(figures: Mapping[str, Any], name: str) -> float | None:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value == value else None

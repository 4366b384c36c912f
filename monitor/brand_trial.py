"""Trying a brand before it is saved, on what is stored and on what a source gives now: what matches, why, and what would
match but for an excluding or a missing word; for a change, what would come and go.

Nothing is stored. Blind spot: entries that named no brand were never stored, so a wider brand finds in the past only
what other brands and keep-all sources brought; a source asked live has the others, too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from collectors.matching import Matcher, Why
from collectors.records import Brand
from monitor.plain import clean, mask_secrets, mask_url, several
from monitor.trying import Trial, newest
from storage import counts, mentions
from storage.attach import candidates
from storage.engine import Tx

LOOKED_AT = 20_000  # newest mentions
SHOWN = 8


@dataclass(frozen=True)
class Example:
    """A text, and why it does or does not count as naming the brand."""

    title: str
    text: str
    source: str
    why: Why
    id: int | None = None  # of a stored mention

    def as_object(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "text": self.text[:500],
            "source": self.source,
            "alias": self.why.alias,
            "around": self.why.around,
            "missing": list(self.why.missing),
            "excluded_by": self.why.excluded_by,
        }

    @property
    def reason(self) -> str:
        why = self.why
        if not why.alias:
            return "no name is in it"
        found = f"{why.alias}: …{why.around}…"
        if why.excluded_by:
            return f"{found}; kept out by {why.excluded_by}"
        return f"{found}; without {', '.join(why.missing)}" if why.missing else found


@dataclass(frozen=True)
class LiveTrial:
    """What one source gives now. `error` says why it gave nothing, or not all."""

    source_id: int
    source: str
    entries: int
    matched: int
    error: str | None
    advice: str | None
    examples: tuple[Example, ...]
    near: tuple[Example, ...]

    def as_object(self) -> dict[str, Any]:
        return {
            "id": self.source_id,
            "source": self.source,
            "entries": self.entries,
            "matched": self.matched,
            "last_error": self.error,
            "advice": self.advice,
            "mentions": _objects(self.examples),
            "near": _objects(self.near),
        }


@dataclass(frozen=True)
class BrandTrial:
    """`matched` counts the mentions that name it among the newest `looked_at`; `partial` says that there are older ones.

    `near` hold one of its names and are kept out by a word that is there or is not.
    """

    matched: int
    came: int
    went: int
    looked_at: int
    partial: bool
    examples: tuple[Example, ...]
    near: tuple[Example, ...] = ()
    coming: tuple[Example, ...] = ()
    going: tuple[Example, ...] = ()
    live: tuple[LiveTrial, ...] = ()

    def as_object(self) -> dict[str, Any]:
        return {
            "matched": self.matched,
            "came": self.came,
            "went": self.went,
            "looked_at": self.looked_at,
            "partial": self.partial,
            "mentions": _objects(self.examples),
            "near": _objects(self.near),
            "came_mentions": _objects(self.coming),
            "went_mentions": _objects(self.going),
            "live": [one.as_object() for one in self.live],
        }


def try_brand(tx: Tx, wanted: Brand, *, instead_of: int | None = None) -> BrandTrial:
    """Match a brand against what is stored. `instead_of` is the brand it would change."""
    brand_id = instead_of or 0  # 0: no stored brand, so nothing is matched yet
    judge = _Judge(replace(wanted, id=brand_id))
    counted = {"matched": 0, "near": 0, "came": 0, "went": 0}
    picked: dict[str, list[tuple[int, Why]]] = {name: [] for name in counted}
    for one in candidates(tx, brand_id, limit=LOOKED_AT):
        why = judge.why(one.body) if one.in_scope else judge.nothing
        groups = {
            "matched": why.matched,
            "near": bool(why.alias) and not why.matched,
            "came": why.matched and one.had is None,
            "went": not why.matched and bool(one.had),  # what was kept without a name stays
        }
        for name in (name for name, holds in groups.items() if holds):
            counted[name] += 1
            if len(picked[name]) < SHOWN:
                picked[name].append((one.mention_id, why))
    stored = counts.stored(tx, up_to=LOOKED_AT + 1)
    shown = {name: _examples(tx, found) for name, found in picked.items()}
    return BrandTrial(
        matched=counted["matched"],
        came=counted["came"],
        went=counted["went"],
        looked_at=min(stored, LOOKED_AT),
        partial=stored > LOOKED_AT,
        examples=shown["matched"],
        near=shown["near"],
        coming=shown["came"],
        going=shown["went"],
    )


def judge_live(trial: Trial, wanted: Brand) -> LiveTrial:
    """What a source that was just asked holds for a brand."""
    judge = _Judge(wanted)
    title = trial.source.title or trial.collected.title or mask_url(trial.source.url)
    examples = [
        Example(one.mention.title, one.mention.text, title, judge.why(one.mention.body))
        for one in newest(trial.matched)
    ]
    matched = [one for one in examples if one.why.matched]
    near = [one for one in examples if one.why.alias and not one.why.matched]
    return LiveTrial(
        trial.source.id,
        title,
        entries=len(examples),
        matched=len(matched),
        error=mask_secrets(trial.collected.error) if trial.collected.error else None,
        advice=trial.collected.advice,
        examples=tuple(matched[:SHOWN]),
        near=tuple(near[:SHOWN]),
    )


def in_lines(trial: BrandTrial) -> list[str]:
    """The trial for a person."""
    lines = [
        f"{several(trial.matched, 'stored mention matches', 'stored mentions match')}; {trial.came} would come, {trial.went} would go"
    ]
    lines += [_line(one) for one in trial.examples]
    if trial.near:
        lines += ["named, and yet kept out:", *map(_line, trial.near)]
    if trial.going:
        lines += ["would come and go:", *diff_lines(trial)]
    for live in trial.live:
        lines.append(
            f"source {live.source_id}, {live.source}: {live.matched} of {several(live.entries, 'entry', 'entries')} match now"
        )
        lines += [f"failed: {live.error}"] if live.error else []
        lines += map(_line, live.examples)
        lines += ["named, and yet kept out:", *map(_line, live.near)] if live.near else []
    return lines


def diff_lines(trial: BrandTrial) -> list[str]:
    """Some of what comes (+) and of what goes (-), with the reason."""
    return [f"  {sign}{_line(one)}" for sign, part in (("+", trial.coming), ("-", trial.going)) for one in part]


def _line(example: Example) -> str:
    said = clean(" ".join((example.title or example.text).split()))[:100]
    return f"  {said}  ({example.reason})"


class _Judge:
    """One brand's matcher, which has an answer for every text."""

    def __init__(self, brand: Brand) -> None:
        self._matcher = Matcher([brand])
        self.nothing = Why(brand.id, matched=False)

    def why(self, text: str) -> Why:
        return next(iter(self._matcher.why(text)), self.nothing)


def _examples(tx: Tx, picked: Iterable[tuple[int, Why]]) -> tuple[Example, ...]:
    rows = ((row, why) for mention_id, why in picked for row in mentions.get_mention(tx, mention_id)[:1])
    return tuple(Example(row.title, row.text, row.source_title, why, row.id) for row, why in rows)


def _objects(examples: Iterable[Example]) -> list[dict[str, Any]]:
    return [one.as_object() for one in examples]

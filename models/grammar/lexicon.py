"""The words of the grammar: domains, common words and brands, loaded once from `words/`.

Every list is cut in two by position: every fifth phrase belongs to the `held_out` split, the others to
`train`, so that a score on held-out text is not a score on remembered phrases. Lists too short to cut are
shared by both splits. Brands are cut by hand, in `brands.yaml`, and never shared.

Blind spot: the phrases were written by a few hands; they are plausible, not a sample of what people post.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Split = Literal["train", "held_out"]
SPLITS: tuple[Split, ...] = ("train", "held_out")
LANGS = ("zh", "en")
WORDS = Path(__file__).parent / "words"
HELD_EVERY = 5
SHORTEST_CUT = 5
ASPECT_MARK = "\x1f"


@dataclass(frozen=True)
class Pools:
    """What a slot may draw from: slot name ('s.+', 'ev.-', 'prod', ...) to phrases."""

    by_slot: dict[str, tuple[str, ...]]

    def get(self, slot: str) -> tuple[str, ...]:
        return self.by_slot.get(slot, ())


def cut(phrases: list[str], split: Split) -> tuple[str, ...]:
    """The part of a list that belongs to a split; short lists are shared."""
    if len(phrases) < SHORTEST_CUT:
        return tuple(phrases)
    held = split == "held_out"
    return tuple(p for i, p in enumerate(phrases) if (i % HELD_EVERY == HELD_EVERY - 2) == held)


@cache
def read_yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((WORDS / name).read_text(encoding="utf-8")) or {}


def parts(line: str) -> list[str]:
    return [p.strip() for p in line.split(" / ") if p.strip()]


def signed(line: str) -> dict[str, list[str]]:
    """'good / fine | bad' -> {'+': [good, fine], '-': [bad]}."""
    good, _, bad = line.partition("|")
    return {"+": parts(good), "-": parts(bad)}


def domain_slots(raw: dict[str, Any], lang: str) -> dict[str, list[str]]:
    """Flatten one domain of a words file into slots."""
    slots: dict[str, list[str]] = {"s.+": [], "s.-": [], "asp": list(raw["aspects"])}
    for aspect, line in raw["aspects"].items():
        for sign, predicates in signed(line).items():
            slots[f"s.{sign}"] += [clause(aspect, predicate, lang) for predicate in predicates]
    for name in ("ev", "vp", "adj"):
        for sign, phrases in signed(raw.get(name, "")).items():
            slots[f"{name}.{sign}"] = phrases
    for name in ("prod", "fact", "ask"):
        slots[name] = parts(raw.get(name, ""))
    return slots if lang == "zh" else with_comparatives(slots)


def clause(aspect: str, predicate: str, lang: str) -> str:
    if lang == "zh":
        return f"{aspect}{ASPECT_MARK}{predicate}"
    article = "" if aspect.startswith("~") else "the "
    return f"{article}{aspect.lstrip('~')}{ASPECT_MARK} {predicate}"


def with_comparatives(slots: dict[str, list[str]]) -> dict[str, list[str]]:
    """English adjectives are written 'fast:faster'; split them into base and comparative."""
    slots["asp"] = [a.lstrip("~") for a in slots["asp"]]
    for sign in "+-":
        pairs = [p.partition(":") for p in slots.get(f"adj.{sign}", [])]
        slots[f"adj.{sign}"] = [base for base, _, _ in pairs]
        slots[f"cmp.{sign}"] = [more or f"more {base}" for base, _, more in pairs]
    return slots


def common_slots(raw: dict[str, Any]) -> dict[str, list[str]]:
    slots: dict[str, list[str]] = {}
    for name, value in raw.items():
        lines = value if isinstance(value, str) else " / ".join(value)
        if "|" in lines:
            slots.update({f"{name}.{sign}": phrases for sign, phrases in signed(lines).items()})
        else:
            slots[name] = parts(lines)
    return slots


@cache
def domain_names(lang: str) -> tuple[str, ...]:
    return tuple(_domains(lang))


@cache
def _domains(lang: str) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted(WORDS.glob(f"{lang}_domains_*.yaml")):
        found.update({name: domain_slots(raw, lang) for name, raw in read_yaml(path.name).items()})
    return found


@cache
def common(lang: str) -> dict[str, list[str]]:
    """The lists of every `*_common*.yaml` of a language, joined."""
    joined: dict[str, list[str]] = {}
    for path in sorted(WORDS.glob(f"{lang}_common*.yaml")):
        for slot, phrases in common_slots(read_yaml(path.name)).items():
            joined[slot] = list(dict.fromkeys(joined.get(slot, []) + phrases))
    return joined


@cache
def pools(lang: str, domain: str, split: Split) -> Pools:
    """Everything a template of this language and domain may draw from."""
    merged = {**common(lang), **_domains(lang)[domain]}
    return Pools({slot: cut(phrases, split) for slot, phrases in merged.items()})

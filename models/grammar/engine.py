"""Expand a template into a text and the labels it carries.

A template is a line of `templates/*.txt`:

    [kind]
    A=s B=!s | {A}比{B}{adj.s}<多了|太多>
    ~ A=- W=- | ...                      '~' keeps the line for the held_out split

`A`, `B`, `C` are brands of one domain, `X` one of another domain, `P` one that has a place to stand at; `W` is
the whole text. A label is `+`, `-`, `0`, `s` or `t` (drawn signs) or `!s`, `!t` (their opposites). A brand
without a label gives no row. `<a|b>` chooses; `{name}` draws from a pool; `{name.s}` draws on that side;
`{s}` is a clause of the domain; `{=s}` one about the aspect spoken of last, `{s}` never about one used already;
`{x:name.s}` draws from the domain of X.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from models.grammar.brands import PLACE_DOMAINS, Brand, draw
from models.grammar.lexicon import ASPECT_MARK, Pools, Split, domain_names, pools

TEMPLATES = Path(__file__).parent / "templates"
CHOICE = re.compile(r"<([^<>]*)>")
SLOT = re.compile(r"\{([^{}]+)\}")
SIGNS = ("+", "-", "s", "!s", "t", "!t")
FLIP = {"+": "-", "-": "+"}
LABELS = {"+": "positive", "-": "negative", "0": "neutral"}
ROLES = ("A", "B", "C", "X", "P")


@dataclass(frozen=True)
class Template:
    kind: str
    lang: str
    held_out: bool
    labels: tuple[tuple[str, str], ...]
    pattern: str
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Expansion:
    """A text, the brands in it by role, and the label toward each role ('W' = the whole text)."""

    text: str
    brands: dict[str, Brand]
    labels: dict[str, str]
    domain: str
    kind: str
    second_kind: str = ""


def parse_line(line: str, kind: str, lang: str) -> Template:
    head, _, pattern = line.partition("|")
    words = head.replace("~", " ").split()
    settings = dict(word.split("=", 1) for word in words)
    domains = tuple(settings.pop("dom", "").split(",")) if "dom" in settings else ()
    return Template(kind, lang, line.startswith("~"), tuple(settings.items()), pattern.strip(), domains)


@cache
def templates(
    lang: str, kind: str | None = None, split: Split | None = None, *, files: str = "*"
) -> tuple[Template, ...]:
    """The templates of a language, of one kind and split if asked; `files` matches what follows `zh_` or `en_`."""
    found: list[Template] = []
    for path in sorted(TEMPLATES.glob(f"{lang}_{files}.txt")):
        section = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[] ")
            elif line.strip() and not line.startswith("#"):
                found.append(parse_line(line, section, lang))
    held = {"train": False, "held_out": True}.get(split or "")
    return tuple(t for t in found if kind in (None, t.kind) and held in (None, t.held_out))


class Expander:
    """One text in the making: it remembers the drawn signs, brands and phrases."""

    def __init__(self, template: Template, rng: Random, split: Split, domain: str | None = None) -> None:
        self.template, self.rng, self.split = template, rng, split
        self.domain = domain or rng.choice(template.domains or domain_names(template.lang))
        self.other = rng.choice([d for d in domain_names(template.lang) if d != self.domain])
        self.signs = {"s": rng.choice("+-"), "t": rng.choice("+-")}
        self.brands: dict[str, Brand] = {}
        self.used: set[str] = set()
        self.aspect = ""

    def run(self) -> Expansion:
        pattern = self.template.pattern
        while CHOICE.search(pattern):
            pattern = CHOICE.sub(lambda m: self.rng.choice(m.group(1).split("|")), pattern, count=1)
        while SLOT.search(pattern):
            pattern = SLOT.sub(lambda m: self.fill(m.group(1)), pattern, count=1)
        labels = {role: LABELS[self.sign(mark)] for role, mark in self.template.labels if role in (*self.brands, "W")}
        return Expansion(pattern, dict(self.brands), labels, self.domain, self.template.kind)

    def sign(self, mark: str) -> str:
        if mark in "+-0":
            return mark
        drawn = self.signs[mark.lstrip("!")]
        return FLIP[drawn] if mark.startswith("!") else drawn

    def fill(self, slot: str) -> str:
        if slot in ROLES:
            return self.brand(slot).name
        where, _, name = slot.rpartition(":")
        again, name = name.startswith("="), name.lstrip("=")
        name = f"s.{name}" if name in SIGNS else name
        base, dot, mark = name.partition(".")
        key = f"{base}.{self.sign(mark)}" if dot else base
        pool = pools(self.template.lang, self.other if where else self.domain, self.split)
        return self.clause(pool, key, again=again) if base == "s" else self.phrase(pool.get(key), slot)

    def clause(self, pool: Pools, key: str, *, again: bool) -> str:
        """A clause about a fresh aspect, or about the one named last."""
        found: Sequence[str] = pool.get(key)
        if again:
            found = [c for c in found if c.split(ASPECT_MARK)[0] == self.aspect] or found
        else:
            found = [c for c in found if c.split(ASPECT_MARK)[0] not in self.used] or found
        chosen = self.phrase(found, key)
        self.aspect = chosen.split(ASPECT_MARK)[0]
        self.used.add(self.aspect)
        return chosen.replace(ASPECT_MARK, "")

    def phrase(self, phrases: Sequence[str], slot: str) -> str:
        if not phrases:
            raise KeyError(f"no words for {slot!r} in {self.domain}, asked by {self.template.pattern!r}")
        self.used.add(chosen := self.rng.choice([p for p in phrases if p not in self.used] or phrases))
        return chosen

    def brand(self, role: str) -> Brand:
        if role not in self.brands:
            domain = {"X": self.other, "P": self.place()}.get(role, self.domain)
            taken = tuple(n for b in self.brands.values() for n in (b.name, *b.aliases))
            self.brands[role] = draw(self.rng, domain, lang=self.template.lang, split=self.split, taken=taken)
        return self.brands[role]

    def place(self) -> str:
        return self.rng.choice(PLACE_DOMAINS)

"""Draw rows: choose a language, a kind, a template; expand; dress; write one row per labelled brand.

The target of a row stands in its text, except where the text uses a listed alias (星爸爸 for 星巴克): three in
ten such rows ask by the full name. An empty target asks for the sentiment of the whole text.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from models.grammar.brands import Brand
from models.grammar.engine import Expander, Expansion, templates
from models.grammar.lexicon import LANGS, SPLITS, Split
from models.grammar.surface import combine, dress

WEIGHTS = {
    "plain": 1.5, "same_side": 0.8, "two_brands_opposite": 1.4, "comparison": 1.6, "concession": 1.2,
    "negation": 1.3, "sarcasm": 1.1, "rumour_denial": 1.4, "question": 1.1, "mere_mention": 1.9,
    "wish_hypothetical": 0.8, "recovery": 0.6, "reported_speech": 0.8, "slang": 0.8, "irony_emoji": 0.6,
    "neutral_text": 1.7, "finance": 0.5, "mixed_zh_en": 0.45, "cantonese": 0.55,
    "headline": 1.2, "review_line": 1.2, "post": 1.6,
}  # fmt: skip
LABELS = ("negative", "neutral", "positive")
WHOLE_SHARE = 0.3
COMBINE_SHARE = 0.09
FULL_NAME_SHARE = 0.3
COMBINED_WITH = ("plain", "neutral_text", "mere_mention", "slang")


@dataclass(frozen=True)
class Row:
    """One question about one text. Rows with the same `group` share the text."""

    text: str
    target: str
    label: str
    lang: str
    kind: str
    group: str


def generate(n: int, seed: int, split: Split = "train", *, files: str = "*") -> list[Row]:
    """`n` rows, the same for the same seed, split and files; the last group may be cut short. `files` keeps to the
    templates of some files (`10_*`): what a model was seen to lack is taught by more rows of those that hold it."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {SPLITS}, not {split!r}")
    rng, rows, seen = Random(f"{seed}-{split}"), list[Row](), set[str]()
    while len(rows) < n:
        lang = rng.choice(LANGS)
        kind = draw_kind(rng, lang, split, files)
        expansion = expand(rng, lang, kind, split, files)
        if expansion.text not in seen:
            seen.add(expansion.text)
            rows += rows_of(expansion, lang=lang, group=f"{split}-{seed}-{len(seen):06d}", rng=rng)
    return rows[:n]


@cache
def kinds_of(lang: str, split: Split, files: str) -> tuple[str, ...]:
    kinds = tuple(sorted({t.kind for t in templates(lang, split=split, files=files)}))
    if not kinds:
        raise ValueError(f"no template in {lang}_{files}.txt is for {split}")
    return kinds


def draw_kind(rng: Random, lang: str, split: Split, files: str) -> str:
    kinds = kinds_of(lang, split, files)
    return rng.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]


def expand(rng: Random, lang: str, kind: str, split: Split, files: str) -> Expansion:
    first = Expander(rng.choice(templates(lang, kind, split, files=files)), rng, split).run()
    if kind not in ("finance", "cantonese") and rng.random() < COMBINE_SHARE:
        first = try_combine(first, rng, lang, split)
    return dress(first, lang=lang, split=split, rng=rng)


def try_combine(first: Expansion, rng: Random, lang: str, split: Split) -> Expansion:
    """Add a second post about another brand, if each of the two opens with its own brand."""
    second = Expander(rng.choice(templates(lang, rng.choice(COMBINED_WITH), split)), rng, split).run()
    names = [b.name.lower() for b in (*first.brands.values(), *second.brands.values())]
    clash = any(a in b for i, a in enumerate(names) for j, b in enumerate(names) if i != j)
    if clash or not (opens_with_brand(first) and opens_with_brand(second)):
        return first
    return combine(first, second, lang=lang, rng=rng)


def opens_with_brand(expansion: Expansion) -> bool:
    return any(0 <= expansion.text.find(b.name) < 12 for b in expansion.brands.values())


def rows_of(expansion: Expansion, *, lang: str, group: str, rng: Random) -> list[Row]:
    rows = []
    for role, label in expansion.labels.items():
        if role == "W" and len(expansion.labels) > 1 and rng.random() > WHOLE_SHARE:
            continue
        target = "" if role == "W" else asked_as(expansion.brands[role], rng)
        kind = expansion.second_kind if role.startswith("2") else expansion.kind
        rows.append(Row(expansion.text, target, label, lang, kind, group))
    return rows


def asked_as(brand: Brand, rng: Random) -> str:
    if not brand.shown or rng.random() < FULL_NAME_SHARE:
        return brand.name
    return brand.shown

"""Brand names for the grammar: well-known ones from `brands.yaml`, and invented ones in many shapes.

Train and held-out names never overlap, aliases included. Invented names of the two splits start from
different syllables.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from models.grammar.lexicon import Split, read_yaml

INVENTED_SHARE = 0.3
LATIN_IN_ZH = 0.18
PLACE_DOMAINS = ("coffee", "hotel", "restaurant", "bank", "clothing", "phone")
INVENTED_TRAIN, INVENTED_HELD = 420, 120

ZH_HEADS = {"train": "云青禾鹿岚栖木星泊川沐橙知朴晴果澜麦拾海", "held_out": "屿砚芥椿霁炽鲸漠苔萤"}
ZH_TAILS = "禾舟里物间屋集选派客居味优行研佳尚宝鲜达伴方源"
ZH_SUFFIXES = ("", "", "", "", "科技", "优品", "生活", "集团")
EN_HEADS = {
    "train": "Zel Nor Kan Brim Ver Lumo Tav Quin Ost Pell Dax Mira Gren Halo Fen Ark Sol Cori Wex Juno".split(),
    "held_out": "Yar Plo Ux Thim Isk Bexl Orv Cald Rho Vint".split(),
}
EN_TAILS = "vo dara tek ix pine ly ora well mart ful ton nest gate io bay field mo zen ify way".split()
EN_SHAPES = ("{}", "{}", "{}", "{}", "{} Labs", "{} & Co", "{} Group", "{}X", "{}-{n}", "Go{}", "The {} Company")


@dataclass(frozen=True)
class Brand:
    """`shown` is the alias that stands in the text, when it is not the name."""

    name: str
    aliases: tuple[str, ...] = ()
    shown: str = ""


@cache
def known(domain: str, lang: str, split: Split) -> tuple[Brand, ...]:
    key = lang if split == "train" else f"{lang}_held"
    entries = (str(entry).split("=") for entry in read_yaml("brands.yaml")[domain][key])
    return tuple(Brand(name, tuple(aliases)) for name, *aliases in entries)


@cache
def invented(lang: str, split: Split) -> tuple[Brand, ...]:
    """A fixed list of made-up names; the seed is part of the list's identity, not of a run."""
    rng, wanted = Random(f"{lang}-{split}"), INVENTED_TRAIN if split == "train" else INVENTED_HELD
    names: dict[str, None] = {}
    while len(names) < wanted:
        names[invent_zh(rng, split) if lang == "zh" else invent_en(rng, split)] = None
    return tuple(Brand(name) for name in names)


def invent_zh(rng: Random, split: Split) -> str:
    stem = rng.choice(ZH_HEADS[split]) + rng.choice(ZH_TAILS)
    return stem + rng.choice(ZH_SUFFIXES)


def invent_en(rng: Random, split: Split) -> str:
    stem = rng.choice(EN_HEADS[split]) + rng.choice(EN_TAILS)
    shaped = rng.choice(EN_SHAPES).format(stem, n=rng.randint(2, 99))
    return shaped.upper() if rng.random() < 0.08 else shaped


def draw(rng: Random, domain: str, *, lang: str, split: Split, taken: tuple[str, ...] = ()) -> Brand:
    """A brand of the domain whose name neither holds nor is held by one already taken."""
    for _ in range(50):
        brand = rng.choice(invented(lang, split)) if rng.random() < INVENTED_SHARE else real(rng, domain, lang, split)
        names = (brand.name, *brand.aliases)
        if not any(a.lower() in b.lower() or b.lower() in a.lower() for a in names for b in taken):
            return brand
    return rng.choice(invented(lang, split))


def real(rng: Random, domain: str, lang: str, split: Split) -> Brand:
    latin = lang == "zh" and rng.random() < LATIN_IN_ZH
    return rng.choice(known(domain, "en" if latin else lang, split))


def every_name(split: Split) -> frozenset[str]:
    """All names and aliases of a split, for the tests that hold the splits apart."""
    listed = [known(d, lang, split) for d in read_yaml("brands.yaml") for lang in ("zh", "en")]
    made = [invented(lang, split) for lang in ("zh", "en")]
    return frozenset(n for group in listed + made for b in group for n in (b.name, *b.aliases))

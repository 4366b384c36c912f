"""Make a drawn text look posted: distracting sentences, end marks, casing, typos, aliases, traditional script.

Nothing here may change a label toward a brand. A distracting mood ('my team lost') does change what the whole
text feels like, so the row for the whole text is dropped with it.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random

from opencc import OpenCC

from models.grammar.brands import Brand
from models.grammar.engine import Expansion
from models.grammar.lexicon import Split, pools

END = re.compile(r"[。！？!?.~…\])）】]$|[^\w\s]$")
ARTICLE = re.compile(r"\b([Aa]) (?=[aeioAEIO]|u(?!s|ni))(?!one\b|eu)")
SENTENCE_START = re.compile(r"(^|[.!?] +|\n)([a-z])")
ZH_SLIPS = (("的", "得"), ("在", "再"), ("了", "勒"), ("做", "作"), ("账", "帐"), ("已经", "以经"))
JOINTS = {"zh": ("。", "。", "，", "！", " ", "\n"), "en": (". ", ". ", "... ", "\n", " - ")}
BRIDGES = {"zh": ("。", "。另外，", "\n", "；", "。再说", "。"), "en": (". ", ". Also, ", "\n", "; ")}
CANTONESE_TRADITIONAL_SHARE = 0.7
BARE_KINDS = ("finance", "cantonese")
ZH_ENDS = ("。", "。", "。", "", "", "！", "~", "…", "！！")
CONTEXT_SHARE, MOOD_SHARE, ALIAS_SHARE, TRADITIONAL_SHARE, SLIP_SHARE, LOWER_SHARE = 0.26, 0.2, 0.25, 0.07, 0.05, 0.3


def dress(expansion: Expansion, *, lang: str, split: Split, rng: Random) -> Expansion:
    """The text as someone might have posted it, with the labels that still hold."""
    if lang == "en":
        expansion = replace(expansion, text=articles(expansion.text))
    expansion = with_context(expansion, lang=lang, split=split, rng=rng)
    expansion = with_alias(expansion, rng)
    finish: Callable[[Expansion, Random], str] = finish_zh if lang == "zh" else finish_en
    expansion = replace(expansion, text=finish(expansion, rng))
    share = CANTONESE_TRADITIONAL_SHARE if expansion.kind == "cantonese" else TRADITIONAL_SHARE
    return traditional(expansion) if lang == "zh" and rng.random() < share else expansion


def articles(text: str) -> str:
    return ARTICLE.sub(lambda m: f"{m.group(1)}n ", text)


def with_context(expansion: Expansion, *, lang: str, split: Split, rng: Random) -> Expansion:
    """Put up to three sentences that say nothing about the brand before or after."""
    if rng.random() > CONTEXT_SHARE or expansion.kind in BARE_KINDS:
        return expansion
    pool, labels = pools(lang, expansion.domain, split), expansion.labels
    around = [rng.choice(pool.get("neu")) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    if rng.random() < MOOD_SHARE:
        around[-1] = rng.choice(pool.get("mood"))
        labels = {role: label for role, label in labels.items() if role != "W"}
    around = [fill_city(sentence, pool.get("city"), rng) for sentence in dict.fromkeys(around)]
    cut = rng.randint(0, len(around))
    pieces = [*around[:cut], expansion.text, *around[cut:]]
    joint = rng.choice(JOINTS[lang])
    return replace(expansion, text=joined(pieces, joint), labels=labels)


def fill_city(sentence: str, cities: tuple[str, ...], rng: Random) -> str:
    return sentence.replace("{city}", rng.choice(cities))


def joined(pieces: list[str], joint: str) -> str:
    text = pieces[0]
    for piece in pieces[1:]:
        text += (joint if not END.search(text) else joint[-1] if joint[-1] in " \n" else "") + piece
    return text


def combine(first: Expansion, second: Expansion, *, lang: str, rng: Random) -> Expansion:
    """Two posts in one: the brands keep their labels, the whole text has none."""
    joint = rng.choice(BRIDGES[lang])
    brands = {**first.brands, **{f"2{role}": brand for role, brand in second.brands.items()}}
    labels = {**first.labels, **{f"2{role}": label for role, label in second.labels.items()}}
    kept = {role: label for role, label in labels.items() if not role.endswith("W")}
    text = joined([first.text.rstrip("。."), second.text], joint)
    return Expansion(text, brands, kept, first.domain, first.kind, second.kind)


def with_alias(expansion: Expansion, rng: Random) -> Expansion:
    """Let the text call a brand by a nickname; the brand's record keeps which one stands there."""
    for role, brand in expansion.brands.items():
        if brand.aliases and rng.random() < ALIAS_SHARE:
            alias = rng.choice(brand.aliases)
            shown = replace(brand, shown=alias)
            text = expansion.text.replace(brand.name, alias)
            expansion = replace(expansion, text=text, brands={**expansion.brands, role: shown})
    return expansion


def finish_zh(expansion: Expansion, rng: Random) -> str:
    text = expansion.text
    if rng.random() < SLIP_SHARE:
        right, wrong = rng.choice(ZH_SLIPS)
        text = guarded(text, expansion.brands, lambda part: part.replace(right, wrong, 1))
    style = rng.random()
    if style < 0.1:
        text = text.replace("，", " ")
    elif style < 0.16:
        text = text.replace("，", rng.choice(("！", "，，", "～", ",")))
    end = rng.choice(("？", "？", "", "。") if expansion.kind == "question" else ZH_ENDS)
    return text if END.search(text) else text + end


def finish_en(expansion: Expansion, rng: Random) -> str:
    text = expansion.text
    if rng.random() < SLIP_SHARE:
        text = guarded(text, expansion.brands, lambda part: slip_en(part, rng))
    if rng.random() > LOWER_SHARE:
        text = SENTENCE_START.sub(lambda m: m.group(1) + m.group(2).upper(), text)
    elif rng.random() < 0.5:
        text = re.sub(r"\bI\b", "i", text)
    text = re.sub(r"(?<!\.)\.{2}(?!\.)", ".", text).replace("s's ", "s' ").replace(",,", ",")
    end = rng.choice((".", ".", ".", "", "", "!", "!!", "..."))
    return text if END.search(text) else text + end


def slip_en(part: str, rng: Random) -> str:
    words = part.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if long:
        i, word = (at := rng.choice(long)), words[at]
        spot = rng.randint(1, len(word) - 3)
        words[i] = word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
    return " ".join(words)


def guarded(text: str, brands: dict[str, Brand], change: Callable[[str], str]) -> str:
    """Apply a change to the text but never inside a brand name."""
    names = [n for b in brands.values() for n in (b.name, b.shown) if n]
    pieces = re.split("(" + "|".join(map(re.escape, names)) + ")", text) if names else [text]
    if pieces and max(len(p) for p in pieces[::2]) > 0:
        longest = max(range(0, len(pieces), 2), key=lambda i: len(pieces[i]))
        pieces[longest] = change(pieces[longest])
    return "".join(pieces)


@cache
def converter() -> OpenCC:
    return OpenCC("s2t")


def traditional(expansion: Expansion) -> Expansion:
    to = converter().convert
    brands = {role: replace(b, name=to(b.name), shown=to(b.shown)) for role, b in expansion.brands.items()}
    return replace(expansion, text=to(expansion.text), brands=brands)

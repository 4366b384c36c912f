"""Why a spike: what marks it against its own baseline, who began, and mentions that show it. Never invented.

Claims are weighted log-odds with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008): how much likelier a term,
theme, source, author or region is in the spike than before, leaning on how common it is in both together, in standard
errors. Terms count once per different text, so a text copied seventeen times does not turn each of its words into a
finding; the copying is told by `origins` instead.

Blind spots: with fewer than FEWEST_TEXTS different texts nothing is claimed; a term that marks the spike need not be its
cause; tokens are only as good as the tokenizer.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from analyzers.explain.records import KINDS, Claim, Example, Kind, Origin, Told, Why

FEWEST_TEXTS = 4
FEWEST_SHOWING = 3
PRIOR_WEIGHT = 20.0
# Thousands of terms are looked at and a handful of themes, so terms must stand out further.
LEAST_Z: dict[Kind, float] = {"term": 2.6, "theme": 2.0, "source": 2.0, "author": 2.3, "region": 2.0}
MOST = 8
EXAMPLES = 3
LIKE = 0.6


def why(spike: Sequence[Told], baseline: Sequence[Told], *, examples: int = EXAMPLES) -> Why:
    """Explain the mentions of a spike by those of its baseline. Order of the input does not matter."""
    spike = sorted(spike, key=_when)
    baseline = sorted(baseline, key=_when)
    texts = texts_of(spike)
    enough = len(texts) >= FEWEST_TEXTS and len(baseline) > 0
    claims: list[Claim] = []
    if enough:
        for kind in KINDS:
            claims += _claims(kind, spike, baseline)
    return Why(not enough, len(texts), tuple(claims), representatives(spike, examples), origins(spike))


def _when(one: Told) -> tuple[float, int]:
    return one.published_at.timestamp(), one.id


def texts_of(mentions: Iterable[Told]) -> dict[str, list[Told]]:
    """Mentions by different text: a copy group, or the mention alone when it is in none."""
    groups: dict[str, list[Told]] = defaultdict(list)
    for one in mentions:
        groups[one.copy_group or f"#{one.id}"].append(one)
    return dict(groups)


_FEATURES: dict[Kind, Callable[[Told], Iterable[str]]] = {
    "term": lambda one: one.tokens,
    "theme": lambda one: one.themes,
    "source": lambda one: (one.source,),
    "author": lambda one: (one.author,),
    "region": lambda one: (one.region,),
}


def _showing(kind: Kind, mentions: Sequence[Told]) -> tuple[dict[str, list[int]], int]:
    """For every value the ids that show it, one per text for terms, and how many mentions or texts there are."""
    units = [group[0] for group in texts_of(mentions).values()] if kind == "term" else list(mentions)
    ids: dict[str, list[int]] = defaultdict(list)
    for one in units:
        for value in {value.strip() for value in _FEATURES[kind](one)} - {""}:
            ids[value].append(one.id)
    return ids, len(units)


def _claims(kind: Kind, spike: Sequence[Told], baseline: Sequence[Told]) -> list[Claim]:
    here, n = _showing(kind, spike)
    before, m = _showing(kind, baseline)
    found = []
    for value, ids in here.items():
        if len(ids) < FEWEST_SHOWING:
            continue
        z = log_odds_z(len(ids), n, len(before.get(value, ())), m)
        if z >= LEAST_Z[kind]:
            seen = len(before.get(value, ()))
            found.append(Claim(kind, value, len(ids), n, seen, m, z, tuple(ids)))
    return sorted(found, key=lambda claim: (-claim.z, claim.value))[:MOST]


def log_odds_z(a: int, n: int, b: int, m: int, *, prior_weight: float = PRIOR_WEIGHT) -> float:
    """Weighted log-odds of a of n against b of m, in standard errors; the prior is what both say together."""
    alpha = prior_weight * (a + b + 0.5) / (n + m + 1.0)
    here = (a + alpha) / max(n + prior_weight - a - alpha, 1e-9)
    there = (b + alpha) / max(m + prior_weight - b - alpha, 1e-9)
    return math.log(here / there) / math.sqrt(1.0 / (a + alpha) + 1.0 / (b + alpha))


def representatives(mentions: Sequence[Told], k: int = EXAMPLES) -> tuple[Example, ...]:
    """Up to k mentions that stand for many and differ from each other (maximal marginal relevance, Carbonell & Goldstein
    1998, on token sets). A text stands for its copies; texts much like a chosen one are passed over."""
    groups = list(texts_of(sorted(mentions, key=_when)).values())[:400]
    sets = [frozenset(group[0].tokens) for group in groups]
    common = Counter(token for group, tokens in zip(groups, sets, strict=True) for token in tokens for _ in group)
    size = sum(len(group) for group in groups)
    relevance = [
        sum(common[token] for token in tokens) / (size * math.sqrt(len(tokens))) if tokens else 0.0 for tokens in sets
    ]
    top = max(relevance, default=0.0) or 1.0
    likeness = [0.0] * len(groups)
    chosen: list[int] = []
    while len(chosen) < min(k, len(groups)):
        open_ = [i for i in range(len(groups)) if i not in chosen and likeness[i] < LIKE]
        if not open_:
            break
        best = max(open_, key=lambda i: (relevance[i] / top - likeness[i] + 0.2 * math.log(len(groups[i])), -i))
        chosen.append(best)
        likeness = [max(old, _jaccard(sets[best], sets[i])) for i, old in enumerate(likeness)]
    return tuple(Example(groups[i][0].id, tuple(one.id for one in groups[i][1:])) for i in chosen)


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0


def origins(mentions: Sequence[Told], *, most: int = 5) -> tuple[Origin, ...]:
    """Texts that were copied, most copied first, each with its first mention and its copies by time."""
    found = []
    for group in texts_of(sorted(mentions, key=_when)).values():
        if len(group) >= 2:
            copies = tuple((one.id, one.published_at) for one in group[1:])
            found.append(Origin(group[0].id, group[0].published_at, copies))
    return tuple(sorted(found, key=lambda one: (-len(one.copies), one.first_at, one.first_id))[:most])

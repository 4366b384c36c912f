"""Stars on one scale: whatever a site, a file or a push calls a rating, as 1-5 or as None.

A value is read against its best: 8 of 10 and 80 % are both 4, as a person would say. Where the worst is neither
0 nor 1 the span from worst to best is laid on 1-5. A value under one star is one star, since there is no less.
What cannot be placed (no number, above its own best, a bare 8 whose best nobody gave) is None: a guessed scale
would be an invented rating. Blind spot: a bare 0-5 on a site whose scale really ends at 10 is taken as stars.
"""

import math
import re
import unicodedata

FULL_STARS = "★⭐🌟✭"
EMPTY_STARS = "☆✩"
_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_FRACTION = re.compile(rf"({_NUMBER})\s*(?:/|out of|von|sur|из|of|／)\s*({_NUMBER})", re.IGNORECASE)
_UNIT = re.compile(
    r"\s*(?:stars?|sternen?|étoiles?|estrellas?|stelle|sterren|звезд\w*|points?|星级?|颗星|分)$", re.IGNORECASE
)
_LABEL = re.compile(r"(?:rated|rating|score|评分|評分|打分)\s*:?\s*(?=[\d★⭐])", re.IGNORECASE)
_CHINESE = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_LONGEST = 64  # a rating is a short thing; anything longer is text about one


def number(value: object) -> float | None:
    """A finite number from a number or its spelling (`4,5`, `４.５`, ` 80 `); None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _finite(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    match = re.fullmatch(rf"\s*({_NUMBER})\s*", unicodedata.normalize("NFKC", value))
    return _finite(match[1].replace(",", ".")) if match else None


def to_five(value: object, *, best: object = None, worst: object = None) -> float | None:
    """`value` on 1-5. `best` and `worst` as the source gives them; without a best, five stars are meant."""
    if isinstance(value, str):
        if len(value) > _LONGEST:
            return None
        said = _said_in_words(value)
        if said is not None:
            value, spoken_best = said
            best, worst = (spoken_best, 0) if spoken_best else (best, worst)
    if isinstance(best, str):
        best = best.strip().removesuffix("%")
    of = number(value)
    top = number(best) if number(best) is not None else 5.0
    low = number(worst)
    if of is None or top is None or top <= 0 or of > top or (low is not None and of < low):
        return None
    if low is None and of <= 0:
        return None  # a zero on a scale whose worst is not given means "not rated" as often as "worst"
    if low is not None and low not in (0.0, 1.0):
        return _stars(1 + 4 * (of - low) / (top - low)) if top > low else None
    return _stars(5 * of / top)


def _said_in_words(value: str) -> tuple[object, float | None] | None:
    """The number and its best in `4.5/5`, `80%`, `★★★★☆`, `4 stars`, `五星`; None when it is a plain number."""
    written = unicodedata.normalize("NFKC", value).strip()
    plain = _LABEL.sub("", written, count=1)
    full, empty = sum(plain.count(s) for s in FULL_STARS), sum(plain.count(s) for s in EMPTY_STARS)
    if full or empty:
        return (full, None) if full + empty <= 5 else (full, float(full + empty))
    if percent := re.fullmatch(rf"({_NUMBER})\s*%", plain):
        return percent[1], 100.0
    bare = _UNIT.sub("", plain)
    if fraction := _FRACTION.fullmatch(bare):
        return fraction[1], number(fraction[2])
    if bare != written and (spoken := re.fullmatch(rf"{_NUMBER}|[零一二两三四五]", bare)):
        return _CHINESE.get(spoken[0], spoken[0]), None
    return None


def _stars(value: float) -> float:
    return round(min(5.0, max(1.0, value)), 2)


def _finite(value: int | float | str) -> float | None:
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    return found if math.isfinite(found) else None

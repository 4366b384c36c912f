"""What the labels of other people's models mean: negative, neutral or positive, by their names.

Promise: a label that does not say which side it is on is never guessed; the model is refused with a sentence that says what
to set. Blind spot: names in other languages than those listed here are refused, too.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from errors import ModelError

_NAMES = (  # English, Chinese, Japanese, Korean, and the languages of Europe and Asia that models are often published for
    (
        "negative neg negativ negativo negativa negatif négatif négative negatief negatywny негативный негативная негатив "
        "bad 消极 消极的 负面 負面 负向 負向 负 負 坏 差 差评 負評 ネガティブ 否定的 부정 부정적 سلبي olumsuz tiêu_cực"
    ),
    (
        "neutral neu neutro neutra neutre neutraal netral neutralny нейтральный нейтральная mixed none "
        "中性 中性的 中立 中立的 中评 中評 一般 ニュートラル 중립 중립적 محايد nötr trung_tính trung_lập"
    ),
    (
        "positive pos positiv positivo positiva positif positive positief pozytywny позитивный позитивная позитив "
        "good 积极 积极的 積極 正面 正向 正 好 好评 好評 ポジティブ 肯定的 긍정 긍정적 إيجابي olumlu tích_cực"
    ),
)
_SIDE_OF = {name.replace("_", " "): side for side, names in enumerate(_NAMES) for name in names.split()}
_DEGREE = re.compile(
    "^(?:(?:very|strongly|extremely|highly|moderately|somewhat|slightly|weakly|mildly) |"
    "(?:非常|极其|极度|强烈|很|比较|较为|较|略微|略|稍微|有点|轻微)(?=.))|(?: sentiment|情感|情绪|评价)$"
)
_STARS = re.compile(r"^([1-5])[ -]?(?:stars?|星)?$|^(?:stars?|rating)[ -]?([1-5])$")
_REMARK = re.compile(r"\s*[(（].*$")  # "negative (stars 1, 2 and 3)"
WAY_OUT = "or unset FENGPING_MODEL to use the shipped model."


def label_map(names: Sequence[str], model: str) -> np.ndarray:
    """(labels, 3): how each label of the model counts toward negative, neutral, positive."""
    if len(names) == 1:
        raise ModelError(
            f"The model {model} gives one number for a text, and nothing says which numbers are negative; set FENGPING_MODEL "
            f"to a sequence-classification model whose labels are named, {WAY_OUT}"
        )
    cleaned = [_REMARK.sub("", re.sub(r"[\s_]+", " ", _plain(name))) for name in names]
    stars = [
        next((int(digit) for digit in found.groups() if digit), 0) for name in cleaned if (found := _STARS.match(name))
    ]
    if sorted(stars) == [1, 2, 3, 4, 5] and len(names) == 5:
        sides = [(0, 0, 1, 2, 2)[number - 1] for number in stars]
    elif sorted(cleaned) == ["-1", "0", "1"]:
        sides = [int(name) + 1 for name in cleaned]
    else:
        sides = [_SIDE_OF.get(_DEGREE.sub("", name), -1) for name in cleaned]
    if -1 in sides or not {0, 2} <= set(sides):
        raise ModelError(
            f"The model {model} has labels {', '.join(map(str, names))[:300]}, which do not say what is negative and what is "
            'positive; set "id2label" in its config.json (of a hub model: in a copy of it in a folder) to names such as '
            f"negative, neutral, positive (or 1 star to 5 stars), {WAY_OUT}"
        )
    return np.eye(3)[sides]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip().lower()

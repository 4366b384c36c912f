"""Make probabilities honest: one temperature and one neutral offset per language and question, learnt on dev.

The offset moves the border of neutral to where the mean macro-F1 over the sources is best, so that a source with few
neutral rows does not decide for all; the temperature then makes the largest probability as large as the share
of right answers. Half of the rows (by hash of the text) learn, the other half judge.
"""

import numpy as np
import pandas as pd

from models.metrics import calibration_error, macro_f1, softmax

OFFSETS = np.arange(-0.8, 0.81, 0.1)
TEMPERATURES = np.geomspace(0.5, 2.5, 41)
FEW = 40  # a source with fewer rows says nothing of its own


def learn(rows: pd.DataFrame, logits: np.ndarray, *, two_class: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """language -> question -> [temperature, three offsets], from rows with columns zh, target, label, source."""
    table: dict[str, dict[str, list[float]]] = {}
    for lang, zh in (("zh", True), ("en", False)):
        table[lang] = {}
        for question in ("text", "target"):
            here = ((rows.zh == zh) & ((rows.target != "") == (question == "target"))).to_numpy()
            table[lang][question] = _fit(rows[here], logits[here], two_class[here])
    return table


def _fit(rows: pd.DataFrame, logits: np.ndarray, two_class: np.ndarray) -> list[float]:
    if len(rows) < FEW:
        return [1.0, 0.0, 0.0, 0.0]
    truth = rows.number.to_numpy()
    three = ~two_class
    groups = [number for number in rows[three].groupby("source").indices.values() if len(number) >= FEW]
    best = max(OFFSETS, key=lambda offset: _worth(logits, truth, three, groups, float(offset)))
    moved = logits + np.array([0.0, best, 0.0])
    right = moved.argmax(-1) == truth
    errors = [calibration_error(softmax(moved / t).max(-1), right) for t in TEMPERATURES]
    temperature = float(TEMPERATURES[int(np.argmin(errors))])
    return [round(temperature, 4), 0.0, round(float(best) / temperature, 4), 0.0]


def _worth(logits: np.ndarray, truth: np.ndarray, three: np.ndarray, groups: list[np.ndarray], offset: float) -> float:
    """Mean macro-F1 over three-class sources, less what two-class rows lose to neutral, less a pull toward no change."""
    moved = logits + np.array([0.0, offset, 0.0])
    guess = moved.argmax(-1)
    inner_guess, inner_truth = guess[three], truth[three]
    mean = np.mean([macro_f1(inner_truth[number], inner_guess[number]) for number in groups]) if groups else 0.0
    lost = float(np.mean(guess[~three] == 1)) if (~three).any() else 0.0
    return float(mean) - 0.25 * lost - 0.01 * abs(offset)

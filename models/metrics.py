"""Scores of a classifier of three labels, in numpy alone.

Undefined is nan, not 0: recall of a class that does not occur, calibration of no rows.
"""

import numpy as np

CLASSES = 3


def confusion(truth: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Rows are the given labels, columns the predicted ones."""
    return np.bincount(truth.astype(np.int64) * CLASSES + guess, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def accuracy(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(np.mean(truth == guess)) if len(truth) else float("nan")


def recalls(table: np.ndarray) -> np.ndarray:
    """Per class that occurs in the truth: the share found."""
    present = table.sum(1) > 0
    return np.diag(table)[present] / table.sum(1)[present]


def macro_recall(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(np.mean(recalls(confusion(truth, guess)))) if len(truth) else float("nan")


def macro_f1(truth: np.ndarray, guess: np.ndarray) -> float:
    """Mean F1 over the classes that occur in the truth."""
    if not len(truth):
        return float("nan")
    table = confusion(truth, guess)
    present = table.sum(1) > 0
    both = table.sum(0) + table.sum(1)
    return float(np.mean((2 * np.diag(table) / np.maximum(both, 1))[present]))


def calibration_error(confidence: np.ndarray, right: np.ndarray, *, bins: int = 15) -> float:
    """Expected calibration error: mean gap between confidence and share right, over equal-width bins."""
    if not len(confidence):
        return float("nan")
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[where == number].mean() - right[where == number].mean()) * np.mean(where == number)
        for number in range(bins)
        if np.any(where == number)
    ]
    return float(sum(gaps))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def summary(truth: np.ndarray, logits: np.ndarray, *, two_class: bool) -> dict[str, float]:
    """n, accuracy, macro-F1 and -recall, calibration error; for two-class sources also the sides alone."""
    chances = softmax(logits.astype(np.float64))
    guess = chances.argmax(-1)
    scores = {
        "n": float(len(truth)),
        "accuracy": accuracy(truth, guess),
        "macro_f1": macro_f1(truth, guess),
        "macro_recall": macro_recall(truth, guess),
        "ece": calibration_error(chances.max(-1), truth == guess),
    }
    if two_class:
        scores["sides"] = accuracy(truth, np.where(logits[:, 0] > logits[:, 2], 0, 2))
        scores["neutral"] = float(np.mean(guess == 1))
    return scores

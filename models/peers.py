"""What people can install today, behind the shape of our own model: SnowNLP for Chinese, VADER and TextBlob for
English. Each returns (texts, 3) probabilities-like scores; only their argmax is compared.

They give one number; the cut into three is the one their authors or users give: VADER ±0.05, TextBlob ±0.05,
SnowNLP below 0.4 and above 0.6. None of them knows a target.
"""

from collections.abc import Callable, Sequence

import numpy as np

Peer = Callable[[Sequence[str]], np.ndarray]


def _three(scores: list[float], low: float, high: float) -> np.ndarray:
    """Scores from -1 to 1 as three columns; the sides keep the order of the score, for two-class comparison."""
    values = np.array(scores, np.float64)
    middle = np.where((values > low) & (values < high), 2.0, 0.0)
    return np.stack([-values, middle, values], 1)


def snownlp(texts: Sequence[str]) -> np.ndarray:
    from snownlp import SnowNLP

    return _three([2 * SnowNLP(text).sentiments - 1 if text.strip() else 0.0 for text in texts], -0.2, 0.2)


def vader(texts: Sequence[str]) -> np.ndarray:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return _three([analyzer.polarity_scores(text)["compound"] for text in texts], -0.05, 0.05)


def textblob(texts: Sequence[str]) -> np.ndarray:
    from textblob import TextBlob

    return _three([TextBlob(text).sentiment.polarity for text in texts], -0.05, 0.05)


PEERS: dict[str, tuple[str, Peer]] = {"SnowNLP": ("zh", snownlp), "VADER": ("en", vader), "TextBlob": ("en", textblob)}

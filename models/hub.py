"""Any sequence-classification model of `transformers` in place of the shipped one.

Its labels are mapped to negative, neutral, positive by their names, or the model is refused with a sentence that
says what to set. Such a model knows no target: it answers for the text it is given. Needs torch and transformers.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from errors import ModelError
from models.runtime import NOTHING_SAID

_NAMES = {
    0: {"negative", "neg", "negativ", "bad", "消极", "负面", "负向", "差评", "very negative", "strongly negative"},
    1: {"neutral", "neu", "mixed", "中性", "中立", "none"},
    2: {"positive", "pos", "positiv", "good", "积极", "正面", "正向", "好评", "very positive", "strongly positive"},
}
_STARS = re.compile(r"^(?:label_)?([1-5])[ _-]?(?:stars?|星)$|^([1-5])$")
_BATCH = 16


def label_map(names: Sequence[str], model: str) -> np.ndarray:
    """(labels, 3): how each label of the model counts toward negative, neutral, positive."""
    cleaned = [re.sub(r"[\s_]+", " ", name.strip().lower()) for name in names]
    stars = [_STARS.match(name) for name in cleaned]
    if len(names) == 5 and all(stars):
        sides = [(0, 0, 1, 2, 2)[int(match.group(1) or match.group(2)) - 1] for match in stars if match]
    else:
        sides = [next((side for side, known in _NAMES.items() if name in known), -1) for name in cleaned]
    if -1 in sides or not {0, 2} <= set(sides):
        raise ModelError(
            f"The model {model} has labels {', '.join(names)}, which do not say what is negative and what is positive; "
            'set "id2label" in its config.json to names such as negative, neutral, positive (or 1 star to 5 stars), '
            "or unset FENGPING_MODEL to use the shipped model."
        )
    return np.eye(3)[sides]


class HubModel:
    """A `transformers` model behind the same two members as the shipped one."""

    def __init__(self, source: str) -> None:
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError as error:
            raise ModelError(
                f"FENGPING_MODEL={source} needs the packages torch and transformers; install them "
                "(pip install torch transformers) or unset FENGPING_MODEL to use the shipped model."
            ) from error
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(source)
            self._model = AutoModelForSequenceClassification.from_pretrained(source).eval()
        except Exception as error:  # missing, broken and unreachable models raise a dozen library types
            raise ModelError(
                f"FENGPING_MODEL={source} could not be loaded ({type(error).__name__}: {str(error).splitlines()[0][:200]}); "
                "give a folder or hub id of a sequence-classification model, or unset it to use the shipped model."
            ) from error
        self._torch = torch
        self._sides = label_map([self._model.config.id2label[n] for n in range(self._model.config.num_labels)], source)
        self._limit = min(512, self._tokenizer.model_max_length)
        revision = getattr(self._model.config, "_commit_hash", None) or "local"
        self.model_id = f"{Path(source).name if Path(source).is_dir() else source}@{revision[:10]}"

    def probabilities(self, texts: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        """Probabilities of the texts; `targets` is taken for the shape of the call and not used."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        answers = np.tile(np.array(NOTHING_SAID), (len(texts), 1))
        asked = [row for row in order if texts[row]]
        for start in range(0, len(asked), _BATCH):
            rows = asked[start : start + _BATCH]
            answers[rows] = self._softmax([texts[row] for row in rows]) @ self._sides
        return answers

    def _softmax(self, texts: list[str]) -> np.ndarray:
        inputs = self._tokenizer(texts, padding=True, truncation=True, max_length=self._limit, return_tensors="pt")
        with self._torch.inference_mode():
            logits = self._model(**inputs).logits.double()
        return self._torch.softmax(logits, -1).numpy()

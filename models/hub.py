"""Any sequence-classification model of `transformers` in place of the shipped one.

Its labels are mapped to negative, neutral, positive by their names, or the model is refused with a sentence that
says what to set. Such a model knows no target: it answers for the text it is given, so two brands in one short text
get the same reading. Needs torch and transformers.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from errors import ModelError
from models.labels import WAY_OUT, label_map
from models.present import cannot_be_had, refuse_missing
from models.runtime import NOTHING_SAID, refuse_nan

_BATCH = 16
_LONGEST = 512


class HubModel:
    """A `transformers` model behind the same two members as the shipped one."""

    def __init__(self, source: str) -> None:
        refuse_missing(source)
        import torch

        self._torch = torch
        self._tokenizer, self._model = _loaded(source)
        config = self._model.config
        self._sides = label_map([name for _, name in sorted(config.id2label.items())], source)
        self._limit = _room(self._tokenizer, config)
        if self._tokenizer.pad_token is None:  # decoders are trained without padding; their end can stand in for it
            self._tokenizer.pad_token = self._tokenizer.eos_token
            config.pad_token_id = self._tokenizer.pad_token_id
        self.model_id = _name(source, config)

    def probabilities(self, texts: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        """Probabilities of the texts; `targets` is taken for the shape of the call and not used."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        answers = np.tile(np.array(NOTHING_SAID), (len(texts), 1))
        asked = [row for row in order if texts[row]]
        for start in range(0, len(asked), _BATCH):
            rows = asked[start : start + _BATCH]
            answers[rows] = self._softmax([texts[row] for row in rows]) @ self._sides
        return refuse_nan(answers, self.model_id)

    def _softmax(self, texts: list[str]) -> np.ndarray:
        inputs = self._tokenizer(texts, padding=True, truncation=True, max_length=self._limit, return_tensors="pt")
        try:
            with self._torch.inference_mode():
                logits = self._model(**inputs).logits.double()
        except IndexError as error:
            raise ModelError(
                f"The model {self.model_id} has no weights for some pieces that its tokenizer makes of a text: they are not of "
                f"one model; give a folder or hub id of one whose files belong together, {WAY_OUT}"
            ) from error
        return np.asarray(self._torch.softmax(logits, -1).numpy())


def _loaded(source: str) -> tuple[Any, Any]:
    """Tokenizer and model, whole: what the files do not hold would be made of random numbers, or of no words."""
    try:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        _quiet()
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            source, trust_remote_code=False, output_loading_info=True, ignore_mismatched_sizes=True
        )
    except Exception as error:  # missing, broken and unreachable models raise a dozen library types
        said = (str(error).splitlines() or [""])[0][:200]
        raise cannot_be_had(source, f"{type(error).__name__}: {said}") from error
    other = sorted(str(key[0] if isinstance(key, tuple) else key) for key in loading["mismatched_keys"])
    if other:
        raise _untrained(source, f"its config.json gives other sizes than its weights have for {', '.join(other[:3])}")
    if lacking := sorted(loading["missing_keys"]):
        raise _untrained(source, f"its files lack {', '.join(lacking[:3])}")
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        raise _untrained(source, "its tokenizer knows no words: tokenizer.json (or vocab.txt) is missing")
    return tokenizer, model.eval()


def _untrained(source: str, why: str) -> ModelError:
    return ModelError(
        f"FENGPING_MODEL={source} is no trained sequence-classification model: {why}; "
        f"give a folder or hub id of one that was trained for sentiment, {WAY_OUT}"
    )


def _quiet() -> None:
    """What goes wrong is said once, by us, not once for each try; a bar is for a person who watches it."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    if not sys.stderr.isatty():
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _room(tokenizer: Any, config: Any) -> int:
    """The most pieces a text may have: some tokenizers do not know how many places their model has."""
    places = getattr(config, "max_position_embeddings", None) or _LONGEST
    if getattr(config, "model_type", "") in ("roberta", "xlm-roberta", "camembert", "longformer", "xlm-roberta-xl"):
        places -= 2  # their first two places are padding
    return max(8, min(_LONGEST, int(tokenizer.model_max_length), int(places)))


def _name(source: str, config: Any) -> str:
    """Name and version: the commit on the hub, or a hash of the files, so that other weights are read again."""
    folder = Path(source)
    if not folder.is_dir():
        return f"{source}@{(getattr(config, '_commit_hash', None) or 'hub')[:10]}"
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".bin", ".json", ".txt", ".model"):
            with path.open("rb") as file:
                digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return f"{folder.absolute().name}@{digest.hexdigest()[:10]}"

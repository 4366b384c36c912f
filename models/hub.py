"""Any sequence-classification model of `transformers` in place of the shipped one.

Its labels are mapped to negative, neutral, positive by their names, or the model is refused with a sentence that
says what to set. Such a model knows no target: it answers for the text it is given, so two brands in one short text
get the same reading. Needs torch and transformers.
"""

import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from errors import ModelError
from models.runtime import NOTHING_SAID, refuse_nan

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
_WAY_OUT = "or unset FENGPING_MODEL to use the shipped model."
_BATCH = 16
_LONGEST = 512


def label_map(names: Sequence[str], model: str) -> np.ndarray:
    """(labels, 3): how each label of the model counts toward negative, neutral, positive."""
    if len(names) == 1:
        raise ModelError(
            f"The model {model} gives one number for a text, and nothing says which numbers are negative; set FENGPING_MODEL "
            f"to a sequence-classification model whose labels are named, {_WAY_OUT}"
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
            f"negative, neutral, positive (or 1 star to 5 stars), {_WAY_OUT}"
        )
    return np.eye(3)[sides]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip().lower()


class HubModel:
    """A `transformers` model behind the same two members as the shipped one."""

    def __init__(self, source: str) -> None:
        try:
            import torch
            import transformers  # noqa: F401 - loaded where it is used
        except ImportError as error:
            raise ModelError(
                f"FENGPING_MODEL={source} needs the packages torch and transformers; install them "
                f"(pip install torch transformers) {_WAY_OUT}"
            ) from error
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
                f"one model; give a folder or hub id of one whose files belong together, {_WAY_OUT}"
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
        raise ModelError(
            f"FENGPING_MODEL={source} could not be loaded ({_culprit(source) or f'{type(error).__name__}: {said}'}); "
            f"give a folder or hub id of a sequence-classification model, {_WAY_OUT}"
        ) from error
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
        f"give a folder or hub id of one that was trained for sentiment, {_WAY_OUT}"
    )


def _culprit(source: str) -> str:
    """What is wrong with the files of a folder, by name; empty where it is something else, or a hub id."""
    from safetensors import SafetensorError, safe_open

    folder = Path(source)
    if not folder.is_dir():
        is_path = source.startswith(("/", ".", "~")) or source.count("/") > 1 or folder.exists()
        return "there is no such folder" if is_path else ""
    if not (folder / "config.json").is_file():
        return "it holds no config.json"
    for path in sorted(folder.glob("*.json")):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            return f"{path.name} is no JSON: {error}"
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, "numpy"):
                pass
        except SafetensorError as error:
            return f"{path.name} is not whole: {error}"
    return ""


def _quiet() -> None:
    """What goes wrong is said once, by us, not once for each try; a bar is for a person who watches it."""
    from huggingface_hub.utils.logging import set_verbosity_error
    from transformers.utils import logging

    set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    if not sys.stderr.isatty():
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the hub's too


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

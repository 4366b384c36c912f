"""The shipped model at work: texts and targets in, probabilities out, by ONNX Runtime alone.

Promise: neither torch nor transformers is imported; the weights are mapped, not read; a text's probabilities
are the same whatever it is batched with, because a batch holds token lists of one length and so no padding.
Throughput comes from several batches at once, one thread each: on small networks that wastes less than
threads inside one product.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from errors import ModelError
from models.files import GRAPH, TOKENIZER, broken, refuse_broken
from models.pieces import Pieces
from models.text import is_chinese

TOKENS_PER_BATCH = 384  # measured: larger batches are no faster, and the arena would keep their memory
NOTHING_SAID = (0.25, 0.5, 0.25)  # the answer to an empty text; its reader gives it no confidence
CHUNK = 2_048  # texts encoded and sorted together: bounds memory, still fills batches


class OnnxModel:
    """Three probabilities for each (text, target); texts must have been through `models.text.clean`."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self.config = refuse_broken(folder)
        try:
            self._pieces = Pieces(Tokenizer.from_file(str(folder / TOKENIZER)), limit=self.config.limit)
            self._session = _session(folder / GRAPH)
        except Exception as error:  # each library has its own types for a broken file; all mean the same here
            raise broken(folder, error) from error
        self._threads = threads or min(8, _cores())

    @property
    def model_id(self) -> str:
        return self.config.name

    def probabilities(self, texts: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        """(texts, 3) in the order negative, neutral, positive; an empty text gets NOTHING_SAID."""
        answers = np.empty((len(texts), 3), np.float64)
        for start in range(0, len(texts), CHUNK):
            part = slice(start, start + CHUNK)
            answers[part] = self._chunk(texts[part], targets[part])
        return answers

    def _chunk(self, texts: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        ids = self._pieces.encode(texts, targets)
        logits = np.empty((len(texts), 3), np.float32)
        batches = list(_batches(ids))
        if self._threads == 1 or len(batches) == 1:
            for rows in batches:
                logits[rows] = self._logits(ids, rows)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                for rows, values in zip(batches, pool.map(lambda rows: self._logits(ids, rows), batches), strict=True):
                    logits[rows] = values
        scaled = logits.astype(np.float64)
        for row, (text, target) in enumerate(zip(texts, targets, strict=True)):
            temperature, *offsets = self._calibration(text, target)
            scaled[row] = scaled[row] / temperature + offsets
        powers = np.exp(scaled - scaled.max(1, keepdims=True))
        chances = powers / powers.sum(1, keepdims=True)
        chances[[not text for text in texts]] = NOTHING_SAID
        return refuse_nan(chances, self.model_id)

    def _calibration(self, text: str, target: str) -> list[float]:
        language = self.config.calibration["zh" if is_chinese(text) else "en"]
        return language["target" if target else "text"]

    def _logits(self, ids: list[list[int]], rows: list[int]) -> np.ndarray:
        answer = self._session.run(["logits"], {"ids": np.array([ids[row] for row in rows], np.int32)})
        return np.asarray(answer[0])


def _cores() -> int:
    """Cores this process may use: a container often has fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(graph: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Without VNNI, products of unsigned and signed bytes can overflow; this chooses kernels that do not.
    options.add_session_config_entry("session.x64quantprecision", "1")
    # The graph is written as it should run; the general optimiser would only cost start-up time.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _batches(ids: list[list[int]]) -> Iterator[list[int]]:
    """Rows of one length together, at most TOKENS_PER_BATCH tokens, longest first so that threads end together."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for row, pieces in enumerate(ids):
        by_length[len(pieces)].append(row)
    for length in sorted(by_length, reverse=True):
        size = max(1, TOKENS_PER_BATCH // length)
        rows = by_length[length]
        for start in range(0, len(rows), size):
            yield rows[start : start + size]


def refuse_nan(chances: np.ndarray, model: str) -> np.ndarray:
    """The probabilities, unless the network gave what is no number: its likeliest label would be negative for every text."""
    if not np.isfinite(chances).all():
        raise ModelError(
            f"The sentiment model {model} is broken: it answers with what is no number; "
            "set FENGPING_MODEL to another model, or unset it to use the shipped one."
        )
    return chances

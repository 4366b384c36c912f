"""Rows whose label the network that a run begins with finds hardly possible: mostly labelled wrongly, and left out.

Confident learning in its simplest form (Northcutt et al. 2021, arXiv:1911.00068), in sources known as noisy alone: those of
two classes, and those trusted less (`models.sources`). Elsewhere such rows are the hard ones, from which most is learnt.
Blind spot: what the network misreads as surely as wrong labels is left out with them.
"""

import hashlib
import os
from pathlib import Path

import numpy as np

from models.config import TrainConfig
from models.encoder import Classifier
from models.metrics import softmax
from models.prepare import Prepared
from models.results import predict
from models.sources import policy


def doubted(model: Classifier, prepared: Prepared, allowed: np.ndarray, config: TrainConfig) -> np.ndarray:
    """(rows,) of bool. Kept in the folder of the run: reading costs a third of learning, and a resumed run would read
    with other weights."""
    told = hashlib.sha256(f"{config} {prepared.data_hash}".encode()).hexdigest()[:12]
    path = Path(config.out) / f"doubted-{told}.npy"
    if path.exists():
        return np.load(path)
    noisy = [
        number for number, name in enumerate(prepared.sources) if policy(name).two_class or policy(name).weight < 1
    ]
    rows = np.flatnonzero(allowed & np.isin(prepared.source, noisy))
    chances = softmax(predict(model, prepared, rows, limit=config.limit))
    least = np.where(prepared.two_class[rows], config.doubt * (1 - chances[:, 1]), config.doubt / 2)
    found = np.zeros(len(prepared), bool)
    found[rows] = chances[np.arange(len(rows)), prepared.label[rows]] < least
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.npy")  # workers may come at once: half a file is not taken for the whole
    np.save(part, found)
    part.replace(path)
    return found

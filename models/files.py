"""The files of a model as it is shipped: where they are, what they are called, and whether they belong together.

Imports nothing that takes time to load. Blind spot: a whole file that is no graph is found out by loading it.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError

from errors import ModelError

SHIPPED = Path(__file__).parent / "sentiment"
GRAPH, WEIGHTS, TOKENIZER, CONFIG = "model.onnx", "weights.bin", "tokenizer.json", "config.json"
LANGUAGES, QUESTIONS = ("zh", "en"), ("text", "target")


def is_ours(folder: Path) -> bool:
    """Whether a folder holds a model of the form that is shipped, whole or not."""
    return os.path.isfile(folder / GRAPH) or os.path.isfile(folder / WEIGHTS)  # which never raise, as Path's own do


@dataclass(frozen=True)
class ModelConfig:
    """What belongs to the weights: their name, the input limit, and the calibration learnt on dev."""

    name: str
    limit: int
    calibration: dict[str, dict[str, list[float]]]  # language -> question -> temperature, three offsets

    @classmethod
    def read(cls, path: Path) -> "ModelConfig":
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            table = {
                lang: {asked: [float(number) for number in raw["calibration"][lang][asked]] for asked in QUESTIONS}
                for lang in LANGUAGES
            }
            found = cls(str(raw["name"]), int(raw["limit"]), table)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path.name} does not hold name, limit and calibration: {error!r}") from error
        if any(len(row) != 4 or row[0] <= 0 for questions in table.values() for row in questions.values()):
            raise ValueError(f"calibration in {path.name} must hold a temperature above 0 and three offsets")
        return found


def refuse_broken(folder: Path) -> ModelConfig:
    """What belongs to the weights. Raises ModelError where a file is missing or they are not of one model."""
    missing = [name for name in (GRAPH, WEIGHTS, TOKENIZER, CONFIG) if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"The sentiment model in {folder} lacks {', '.join(missing)}; "
            "check the installation out again, or set FENGPING_MODEL to another model."
        )
    try:
        config = ModelConfig.read(folder / CONFIG)
        stated = config.name.rpartition("@")[2] if "@" in config.name else ""
        if stated and stated != fingerprint(folder):  # half copied, of another version: they would answer nonsense
            raise ValueError(f"{WEIGHTS} or {TOKENIZER} is not the file that {CONFIG} names")
        if not _whole(folder / GRAPH):
            raise ValueError(f"{GRAPH} is not whole")
    except (OSError, ValueError) as error:
        raise broken(folder, error) from error
    return config


def _whole(graph: Path) -> bool:
    """Whether the file ends where a message in protobuf's form ends; which message, only loading tells."""
    try:
        return bool(Empty.FromString(graph.read_bytes()).ByteSize())
    except DecodeError:
        return False


def broken(folder: Path, error: Exception) -> ModelError:
    return ModelError(
        f"The sentiment model in {folder} is broken ({type(error).__name__}: {str(error)[:200]}); "
        "check the installation out again, or set FENGPING_MODEL to another model."
    )


def fingerprint(folder: Path) -> str:
    """Short hash of weights and tokenizer, for the model's name."""
    digest = hashlib.sha256()
    for name in (WEIGHTS, TOKENIZER):
        with (folder / name).open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()[:10]

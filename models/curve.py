"""What a smaller model costs: `python -m models.curve FOLDER... [--data D] [--per-source N] [--run DIR] [--json FILE]`.

Each FOLDER is a model as `models.export` writes it (or any that FENGPING_MODEL takes); all of them read the same rows
and the same timing texts in one run: quality beside texts per CPU second is the curve by which a number of layers is
chosen. `models.distil --layers ...` makes the points of it, `models.export` the folders. The card shows the figures kept in
models/curve.json.

`--run DIR`, the training run behind the first folder, compares runtimes instead of sizes: its weights in ONNX
Runtime at float32, and in torch at float32 and at int8 (weights beforehand, activations as they come: by its older module, and
by torchao where that is installed), beside the static int8 that ships. Same texts, same batches of one length, one thread each.

Timing goes round the models ROUNDS times and takes each one's fastest, so that a busy moment of the machine falls on
none alone. Blind spot: processor time differs between machines; compare within one run.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from errors import ModelError
from models.bench import texts_for
from models.evaluate import CHECKS, load_model, load_rows, scores
from models.files import WEIGHTS
from models.runtime import OnnxModel
from models.text import clean

ROUNDS = 3


class Reads(Protocol):
    def probabilities(self, texts: Sequence[str], targets: Sequence[str]) -> np.ndarray: ...


class TorchModel(OnnxModel):
    """The shipped model's batches and calibration around torch, with the weights of a training run."""

    def __init__(self, folder: Path, run: Path, *, quantise: Callable[[Any], Any] = lambda network: network) -> None:
        import torch

        from models.encoder import load_classifier

        super().__init__(folder, threads=1)
        torch.set_num_threads(1)
        self._torch = torch
        self._network = quantise(load_classifier(run).eval())

    def _logits(self, ids: list[list[int]], rows: list[int]) -> np.ndarray:
        batch = self._torch.tensor([ids[row] for row in rows])
        with self._torch.inference_mode():
            return np.asarray(self._network(batch, self._torch.ones_like(batch)).float().numpy())


def torch_dynamic(network: Any) -> Any:
    import torch
    from torch.ao.quantization import quantize_dynamic

    return quantize_dynamic(network, {torch.nn.Linear}, dtype=torch.qint8)


def torchao_dynamic(network: Any) -> Any:
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

    quantize_(network, Int8DynamicActivationInt8WeightConfig())
    return network


class FloatModel(OnnxModel):
    """The shipped model's batches and calibration around ONNX Runtime at float32."""

    def __init__(self, folder: Path, run: Path) -> None:
        from models.export import read_network, session
        from models.graph import build

        super().__init__(folder, threads=1)
        self._session = session(build(read_network(run)))


def contenders(folders: Sequence[str], run: Path | None) -> dict[str, tuple[Reads, float]]:
    """Name -> model and its megabytes (nan where they are not ours to say)."""
    found: dict[str, tuple[Reads, float]] = {}
    for folder in folders:
        weights = Path(folder) / WEIGHTS
        size = weights.stat().st_size / 1e6 if weights.is_file() else float("nan")
        found[folder] = (OnnxModel(Path(folder), threads=1) if weights.is_file() else load_model(folder), size)
    if run is not None:
        first = Path(folders[0])
        kept = 4 * sum(value.numel() for value in _weights(run)) / 1e6
        found["ONNX Runtime, float32"] = (FloatModel(first, run), kept)
        found["torch, float32"] = (TorchModel(first, run), kept)
        found["torch, int8 dynamic"] = (TorchModel(first, run, quantise=torch_dynamic), float("nan"))
        if find_spec("torchao"):
            found["torchao, int8 dynamic"] = (TorchModel(first, run, quantise=torchao_dynamic), float("nan"))
    return found


def _weights(run: Path):
    import torch

    return torch.load(run / "classifier.pt", map_location="cpu", weights_only=True).values()


def quality(rows: pd.DataFrame, model: Reads) -> dict[str, float]:
    """Over the rows of each question: accuracy, and the mean over sources of macro-F1 (two-class sources: of the sides)."""
    chances = model.probabilities(rows.text.tolist(), [clean(name) for name in rows.target])
    table = {name: row for name, row in scores(rows, chances).items() if not name.startswith("all ")}
    result = {}
    for question in ("text", "target"):
        chosen = [row for name, row in table.items() if name.endswith(":target") == (question == "target")]
        total = sum(row["n"] for row in chosen)
        result[f"{question}_accuracy"] = sum(row["accuracy"] * row["n"] for row in chosen) / total if total else np.nan
        means = [row.get("sides", row["macro_f1"]) for row in chosen]
        result[f"{question}_mean"] = float(np.mean(means)) if means else np.nan
    return result


def speeds(
    models: Sequence[Reads], texts: Sequence[str], *, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Texts per CPU second of each, its fastest of ROUNDS."""
    shown = [clean(text) for text in texts]
    none = [""] * len(shown)
    best = [0.0] * len(models)
    for model in models:
        model.probabilities(shown[:8], none[:8])
    for _ in range(ROUNDS):
        for number, model in enumerate(models):
            before = clock()
            model.probabilities(shown, none)
            best[number] = max(best[number], len(shown) / max(clock() - before, 1e-9))
    return best


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="folders written by models.export, or hub ids")
    parser.add_argument(
        "--data", type=Path, default=CHECKS, help="folder of Parquet files (its dev rows), or a .jsonl file"
    )
    parser.add_argument("--per-source", type=int, default=150, help="read at most so many rows of each source")
    parser.add_argument("--texts", type=int, default=300, help="texts to time with")
    parser.add_argument("--run", type=Path, help="the training run of the first folder: compares runtimes")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args(arguments)
    try:
        rows = load_rows(args.data, per_source=args.per_source)
        found = contenders(args.folders, args.run)
    except (ModelError, OSError, ValueError) as error:
        sys.exit(f"models.curve: {error}")
    checks = load_rows(CHECKS)
    speed = speeds([model for model, _ in found.values()], texts_for(args.texts))
    record = {
        name: {
            "megabytes": size,
            "per_cpu_second": per_second,
            **quality(rows, model),
            "checks": quality(checks, model)["target_accuracy"],
        }
        for (name, (model, size)), per_second in zip(found.items(), speed, strict=True)
    }
    print(f"{len(rows):,} rows; {args.texts} texts timed, one thread, best of {ROUNDS}")
    print("mean: over sources, of macro-F1; checks: accuracy on the hand-written sentences")
    heads = ("MB", "texts/CPU s", "text acc", "text mean", "target acc", "target mean", "checks")
    print(f"{'':36s}" + "".join(f"{head:>13s}" for head in heads))
    for name, row in record.items():
        values = list(row.values())
        print(f"{name[-36:]:36s}{values[0]:13.1f}{values[1]:13.1f}" + "".join(f"{value:13.3f}" for value in values[2:]))
    if args.json:
        args.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

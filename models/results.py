"""What a trained network says of rows, and the record a run leaves behind: dev.npz and report.json."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from models.batches import DeviceRows
from models.encoder import Classifier
from models.metrics import summary
from models.prepare import SPLITS, Prepared

DEV = SPLITS.index("dev")


@torch.no_grad()
def predict(model: Classifier, prepared: Prepared, rows: np.ndarray, *, limit: int, features: bool = False):
    """Logits of the rows in float32 (and the mean-pooled vectors in float16 when asked)."""
    device = next(model.parameters()).device
    model.eval()
    store = DeviceRows(prepared, device, pad=model.encoder.config.pad_token_id, limit=limit)
    order = rows[np.argsort(store.lengths[rows], kind="stable")]
    size = 1_024 if device.type == "cuda" else 32
    position = np.empty(len(prepared), np.int64)
    position[rows] = np.arange(len(rows))
    logits = np.empty((len(rows), 3), np.float32)
    vectors = np.empty((len(rows), model.encoder.config.hidden_size), np.float16) if features else None
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        batch = store.batch(chosen)
        pooled = model.pooled_autocast(batch.ids, batch.mask)
        logits[position[chosen]] = model.head(pooled).float().cpu().numpy()
        if vectors is not None:
            vectors[position[chosen]] = pooled[:, -vectors.shape[1] :].half().cpu().numpy()
    return (logits, vectors) if features else logits


def report(logits: np.ndarray, prepared: Prepared, rows: np.ndarray) -> dict[str, dict[str, float]]:
    """Scores per source and question on the rows."""
    table = {}
    for number, name in enumerate(prepared.sources):
        for pair in (False, True):
            here = (prepared.source[rows] == number) & (prepared.pair[rows] == pair)
            if here.sum() >= 20:
                two = bool(prepared.two_class[rows][here][0])
                table[name + (":target" if pair else "")] = summary(
                    prepared.label[rows][here], logits[here], two_class=two
                )
    return table


def write_results(run, out: Path) -> None:
    """dev.npz (row numbers, logits) and report.json, for the card and for calibration."""
    held = np.isin(run.data.source, [run.data.sources.index(name) for name in run.config.hold_out])
    rows = np.flatnonzero((run.data.split == DEV) | held)
    if 0 < run.config.dev_rows < len(rows):
        rows = np.sort(np.random.default_rng(0).choice(rows, run.config.dev_rows, replace=False))
    logits = predict(run.model, run.data, rows, limit=run.config.limit)
    np.savez_compressed(out / "dev.npz", rows=rows, logits=logits.astype(np.float16))
    table = report(logits, run.data, rows)
    record = {
        "config": asdict(run.config),
        "data_hash": run.data.data_hash,
        "rows": int(run.allowed.sum()),
        "run": progress(run),
        "scores": table,
    }
    (out / "report.json").write_text(json.dumps(record, indent=1))
    for name, scores in table.items():
        print(f"{name:42s}" + "  ".join(f"{key} {value:.3f}" for key, value in scores.items()), flush=True)


def progress(run) -> dict[str, float]:
    texts = run.step * run.config.batch * run.crew
    return {"steps": run.step, "texts": texts, "minutes": round(run.seconds / 60, 1), "workers": run.crew}

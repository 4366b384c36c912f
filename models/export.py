"""Write the model that ships: `python -m models.export --run DIR --base DIR --prepared FILE --out models/sentiment`.

Takes a trained classifier, measures activation ranges on training texts, writes the int8 graph, checks it against float32 on
dev rows, and learns the calibration on the int8 model's own answers. `report.json` in the output keeps what the
card needs; `python -m models.card` writes the card from it.
"""

import argparse
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import torch

from models import prepare as preparation
from models.calibrate import learn
from models.encoder import first_place
from models.files import CONFIG, GRAPH, TOKENIZER, WEIGHTS, fingerprint
from models.graph import Network, Ranges, build, network, write
from models.metrics import softmax, summary
from models.prepare import Prepared
from models.sources import FOLDS, LABELS, fold

RANGE_TEXTS = 6  # of every source
KEPT = 0.97
LIMIT = 128


def read_network(run: Path) -> Network:
    config = json.loads((run / "config.json").read_text())
    state = torch.load(run / "classifier.pt", map_location="cpu", weights_only=True)
    arrays = {name: tensor.float().numpy() for name, tensor in state.items()}
    first = first_place(config["model_type"], config.get("pad_token_id"))
    return network(arrays, heads=config["num_attention_heads"], epsilon=config["layer_norm_eps"], first_place=first)


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def row_ids(prepared: Prepared, row: int) -> np.ndarray:
    ids = prepared.ids[prepared.starts[row] : prepared.starts[row + 1]]
    if len(ids) > LIMIT:
        ids = np.concatenate([ids[: LIMIT - LIMIT // 2], ids[-(LIMIT // 2) :]])
    return ids.astype(np.int32)


def spread_rows(prepared: Prepared, split: int, each: int, *, seed: int) -> np.ndarray:
    """At most `each` rows of every source and question of a split."""
    rng = np.random.default_rng(seed)
    chosen = []
    for number in range(len(prepared.sources)):
        for pair in (False, True):
            rows = np.flatnonzero((prepared.split == split) & (prepared.source == number) & (prepared.pair == pair))
            chosen.append(rng.permutation(rows)[:each])
    return np.sort(np.concatenate(chosen))


def ranges(net: Network, prepared: Prepared, rows: np.ndarray) -> Ranges:
    """How far every channel of each activation reaches: in 97 of 100 texts no further (measured: letting the few
    furthest saturate costs less than the precision they would take from all others)."""
    running = session(build(net, show=True))
    names = [output.name for output in running.get_outputs()][1:]
    reach: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for row in rows:
        for name, value in zip(names, running.run(names, {"ids": row_ids(prepared, row)[None]}), strict=True):
            reach[name].append(np.stack([value[0].min(0), value[0].max(0)]))
    low = {name: np.quantile([pair[0] for pair in found], 1 - KEPT, axis=0) for name, found in reach.items()}
    high = {name: np.quantile([pair[1] for pair in found], KEPT, axis=0) for name, found in reach.items()}
    return {name: np.stack([low[name], high[name]]) for name in names}


def answers(model: onnx.ModelProto | Path, prepared: Prepared, rows: np.ndarray) -> np.ndarray:
    """Logits of single rows."""
    if isinstance(model, Path):
        model = onnx.load(model)
    running = session(model)
    return np.concatenate([running.run(["logits"], {"ids": row_ids(prepared, row)[None]})[0] for row in rows])


def agreement(exact: np.ndarray, quantised: np.ndarray) -> dict[str, float]:
    a, b = softmax(exact), softmax(quantised)
    return {
        "same_label": float(np.mean(a.argmax(-1) == b.argmax(-1))),
        "mean_difference": float(np.abs(a - b).max(-1).mean()),
        "largest_difference": float(np.abs(a - b).max()),
    }


def dev_table(prepared: Prepared, texts: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    chosen = texts.iloc[rows].reset_index(drop=True)
    return chosen.assign(zh=prepared.zh[rows], number=prepared.label[rows].astype(np.int64))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder written by models.train or models.distil")
    parser.add_argument("--base", type=Path, required=True, help="the base or the run, for the tokenizer")
    parser.add_argument("--prepared", type=Path, required=True, help="encoded rows, as a run leaves them")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "sentiment")
    parser.add_argument(
        "--dev", type=int, default=300, help="so many dev rows of every source for calibration and scores"
    )
    parser.add_argument("--name", default="fengping-sentiment")
    args = parser.parse_args()
    prepared = preparation.load(args.prepared)
    texts = pd.read_parquet(args.prepared.with_suffix(".rows.parquet"))
    net = read_network(args.run)
    measured = ranges(net, prepared, spread_rows(prepared, 0, RANGE_TEXTS, seed=3))
    quantised = build(net, measured)
    dev = spread_rows(prepared, 1, args.dev, seed=4)
    logits = answers(quantised, prepared, dev)
    few = np.random.default_rng(5).permutation(len(dev))[:400]
    near = agreement(answers(build(net), prepared, dev[few]), logits[few])
    print("int8 against float32:", near, flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    write(quantised, args.out)
    shutil.copy(args.base / "tokenizer.json", args.out / TOKENIZER)
    size = {"layers": len(net.layers), "hidden": net.words.shape[1]}
    finish(args, prepared, dev_table(prepared, texts, dev), dev, logits, {**size, "int8": near})


def finish(args, prepared: Prepared, rows: pd.DataFrame, dev: np.ndarray, logits: np.ndarray, facts: dict) -> None:
    """Learn the calibration on one half, judge on the other, write config.json and report.json."""
    two_class = prepared.two_class[dev]
    learns = rows.text.map(lambda text: fold(text + "#") < FOLDS // 2).to_numpy()
    calibration = learn(rows[learns].reset_index(drop=True), logits[learns], two_class=two_class[learns])
    moved = calibrated(logits, rows, calibration)
    name = f"{args.name}@{fingerprint(args.out)}"
    config = {"name": name, "limit": LIMIT, "labels": LABELS, "calibration": calibration}
    (args.out / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    judged = rows[~learns].reset_index(drop=True)
    report = {
        "name": name,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "megabytes": round((args.out / WEIGHTS).stat().st_size / 1e6, 1),
        "graph_kilobytes": round((args.out / GRAPH).stat().st_size / 1e3),
        "training": lineage(args.run),
        "data_hash": prepared.data_hash,
        **facts,
        "scores": tables(judged, moved[~learns], two_class[~learns]),
        "bins": reliability(moved[~learns], judged.number.to_numpy()),
        "counts": counts(prepared),
    }
    (args.out / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    for group, row in report["scores"].items():
        print(f"{group:42s}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items()))


def lineage(run: Path) -> list[dict]:
    """The runs that led to these weights, each after those it came from, whose numbers (from 1) are its `from`:
    configuration (without places on a disk), steps, texts."""
    told: dict[Path, dict] = {}
    _tell(run.resolve(), told)
    return list(told.values())


def _tell(run: Path, told: dict[Path, dict]) -> None:
    path = run / "report.json"
    if run in told or not path.exists():
        return
    record = json.loads(path.read_text(encoding="utf-8"))
    config = record["config"]
    before = [Path(place).resolve() for place in config.get("averaged", [config.get("continue_from")]) if place]
    for one in before:
        _tell(one, told)
    numbers = {place: number for number, place in enumerate(told, 1)}
    places = ("base", "out", "continue_from", "averaged")
    said = {key: value for key, value in config.items() if key not in places}
    come = [numbers[one] for one in before if one in numbers]
    told[run] = {"config": said, "run": record.get("run", {}), "from": come}


def calibrated(logits: np.ndarray, rows: pd.DataFrame, calibration: dict) -> np.ndarray:
    moved = np.empty_like(logits, dtype=np.float64)
    for number, (zh, target) in enumerate(zip(rows.zh, rows.target, strict=True)):
        temperature, *offsets = calibration["zh" if zh else "en"]["target" if target else "text"]
        moved[number] = logits[number] / temperature + offsets
    return moved


def tables(rows: pd.DataFrame, logits: np.ndarray, two_class: np.ndarray) -> dict[str, dict[str, float]]:
    """Scores per source and question, then per language and question."""
    table = {}
    truth = rows.number.to_numpy()
    question = np.where(rows.target != "", ":target", "")
    for (source, asked), number in rows.groupby([rows.source, question]).indices.items():
        if len(number) >= 20:
            table[source + asked] = summary(truth[number], logits[number], two_class=bool(two_class[number[0]]))
    for (zh, asked), number in rows.groupby([rows.zh, question]).indices.items():
        table[f"all {'zh' if zh else 'en'}{asked}"] = summary(truth[number], logits[number], two_class=False)
    return table


def reliability(logits: np.ndarray, truth: np.ndarray, *, bins: int = 10) -> list[dict[str, float]]:
    """Per band of confidence: rows, mean confidence, share right."""
    chances = softmax(logits)
    sure, right = chances.max(-1), chances.argmax(-1) == truth
    where = np.minimum((sure * bins).astype(int), bins - 1)
    return [
        {
            "n": int((where == number).sum()),
            "confidence": float(sure[where == number].mean()),
            "right": float(right[where == number].mean()),
        }
        for number in range(bins)
        if (where == number).any()
    ]


def counts(prepared: Prepared) -> dict[str, list[int]]:
    """Training rows per source: negative, neutral, positive."""
    return {
        name: np.bincount(prepared.label[(prepared.source == number) & (prepared.split == 0)], minlength=3).tolist()
        for number, name in enumerate(prepared.sources)
    }


if __name__ == "__main__":
    main()

"""Score a model: `python -m models.evaluate [--model M] [--data D] [--peers] [--json FILE]`.

D is a folder of Parquet files as `models.train` takes them (its dev rows are scored) or a .jsonl file of
text, target, label, lang, kind; the default is the hand-written check set. Per source and question: n, accuracy, macro-F1,
macro-recall, expected calibration error; for two-class sources also the accuracy of the two sides alone
(positive against negative probability) and the share read as neutral. `--peers` scores SnowNLP, VADER and TextBlob
on the very same rows.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from models.metrics import confusion, macro_f1, macro_recall, summary
from models.peers import PEERS
from models.sources import LABELS, policy, read_folder
from models.text import clean

CHECKS = Path(__file__).parent.parent / "tests" / "models" / "checks" / "rhetoric.jsonl"


def load_rows(data: Path, *, per_source: int = 0, seed: int = 0) -> pd.DataFrame:
    """Rows to score: text, target, label, lang, source, kind. `per_source` caps the rows of each source."""
    if data.suffix == ".jsonl":
        rows = pd.read_json(data, lines=True)
        rows["target"] = rows.target.fillna("") if "target" in rows else ""
        rows["source"] = "check_" + rows.kind if "kind" in rows else data.stem
        rows["text"] = [clean(text) for text in rows.text]
    else:
        rows = read_folder(data)
        rows = rows[rows.split == "dev"]
        if rows.empty:
            raise SystemExit(f"{data} has no dev rows")
    if per_source:
        rows = rows.sample(frac=1, random_state=seed).groupby(["source", rows.target != ""]).head(per_source)
    return rows.reset_index(drop=True)


def load_model(name: str | None):
    """The shipped model, a folder of one, or a `transformers` model."""
    from models.runtime import GRAPH, SHIPPED, OnnxModel

    if not name or (Path(name) / GRAPH).is_file():
        return OnnxModel(Path(name) if name else SHIPPED)
    from models.hub import HubModel

    return HubModel(name)


def scores(rows: pd.DataFrame, chances: np.ndarray) -> dict[str, dict[str, float]]:
    """Summaries by source and question, then means over the groups of each language."""
    truth = rows.label.map(LABELS.index).to_numpy(np.int64)
    logits = np.log(np.clip(chances, 1e-9, None))
    table: dict[str, dict[str, float]] = {}
    for source, number in rows.groupby(["source", rows.target != ""]).indices.items():
        name = f"{source[0]}:target" if source[1] else source[0]
        table[name] = summary(truth[number], logits[number], two_class=policy(source[0]).two_class)
    for lang in sorted(set(rows.lang)):
        here = (rows.lang == lang).to_numpy()
        table[f"all {lang}"] = summary(truth[here], logits[here], two_class=False)
    return table


def peer_scores(rows: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Each peer on the rows of its language; its numbers are no probabilities, so no calibration is given."""
    answers = {}
    for name, (lang, peer) in PEERS.items():
        here = rows[rows.lang == lang].reset_index(drop=True)
        if here.empty:
            continue
        values = peer(here.text.tolist())
        truth = here.label.map(LABELS.index).to_numpy(np.int64)
        answers[name] = {
            source: _peer_summary(truth[number], values[number], two_class=policy(source).two_class)
            for source, number in {**here.groupby("source").indices, f"all {lang}": np.arange(len(here))}.items()
        }
    return answers


def _peer_summary(truth: np.ndarray, values: np.ndarray, *, two_class: bool) -> dict[str, float]:
    guess = values.argmax(-1)
    result = {
        "n": float(len(truth)), "accuracy": float(np.mean(guess == truth)),
        "macro_f1": macro_f1(truth, guess), "macro_recall": macro_recall(truth, guess),
    }  # fmt: skip
    if two_class:
        result["sides"] = float(np.mean(np.where(values[:, 0] > values[:, 2], 0, 2) == truth))
    return result


def print_table(title: str, table: dict[str, dict[str, float]]) -> None:
    print(f"\n{title}")
    for name, row in table.items():
        cells = "  ".join(f"{key} {value:.3f}" for key, value in row.items() if key != "n")
        print(f"  {name:38s} n {int(row['n']):5d}  {cells}")


def print_confusion(rows: pd.DataFrame, chances: np.ndarray) -> None:
    table = confusion(rows.label.map(LABELS.index).to_numpy(np.int64), chances.argmax(-1))
    print("\nrows: given label, columns: read as negative, neutral, positive")
    for label, counts in zip(LABELS, table, strict=True):
        print(f"  {label:9s}" + "".join(f"{count:7d}" for count in counts))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder or hub id; default: the shipped model")
    parser.add_argument("--data", type=Path, default=CHECKS, help="folder of Parquet files, or a .jsonl file")
    parser.add_argument("--peers", action="store_true", help="SnowNLP, VADER and TextBlob on the same rows")
    parser.add_argument("--per-source", type=int, default=0, help="score at most so many rows of each source")
    parser.add_argument("--json", type=Path, help="also write the scores here")
    args = parser.parse_args(arguments)
    rows = load_rows(args.data, per_source=args.per_source)
    model = load_model(args.model)
    chances = model.probabilities(rows.text.tolist(), [clean(name) for name in rows.target])
    record: dict[str, object] = {"model": model.model_id, "rows": len(rows), "scores": scores(rows, chances)}
    print_table(f"{model.model_id} on {len(rows):,} rows", record["scores"])
    print_confusion(rows, chances)
    if args.peers:
        record["peers"] = peer_scores(rows)
        for name, table in record["peers"].items():
            print_table(name, table)
    if args.json:
        args.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

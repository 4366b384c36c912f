"""Score a model: `python -m models.evaluate [--model M] [--data D] [--peers] [--json FILE]`.

D is a folder of Parquet files as `models.train` takes them (its dev rows are scored) or a .jsonl file of
text, label and optionally target, lang, kind; the default is the hand-written check set. Per source and question, and
per language: n, accuracy, macro-F1, macro-recall, expected calibration error, and the confusion of the three labels; for
two-class sources also the accuracy of the two sides alone (positive against negative probability) and the share read as
neutral. `--peers` scores SnowNLP, VADER and TextBlob on the very same rows.

Blind spot: each row is read once, as the model sees it. `analyzers.sentiment` reads a long text about a brand a second time,
by its sentences about that brand, which is not measured here.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from errors import ModelError
from models.metrics import confusion, macro_f1, macro_recall, summary
from models.peers import PEERS
from models.sources import LABELS, policy, read_folder
from models.text import clean, is_chinese

CHECKS = Path(__file__).parent.parent / "tests" / "models" / "checks" / "rhetoric.jsonl"


def load_rows(data: Path, *, per_source: int = 0, seed: int = 0) -> pd.DataFrame:
    """Rows to score: text, target, label, lang, source, kind. `per_source` caps the rows of each source."""
    rows = _rows_of(data) if data.suffix == ".jsonl" else read_folder(data).query("split == 'dev'")
    if rows.empty:
        raise ValueError(f"{data} has no dev rows: no file named *-dev.parquet, and no targets")
    if per_source:
        rows = rows.sample(frac=1, random_state=seed).groupby(["source", rows.target != ""]).head(per_source)
    return rows.reset_index(drop=True)


def _rows_of(file: Path) -> pd.DataFrame:
    rows = pd.read_json(file, lines=True, dtype=False)
    missing = [name for name in ("text", "label") if name not in rows]
    if missing or not rows.label.isin(LABELS).all():
        raise ValueError(f"every line of {file} wants a text and a label out of {', '.join(LABELS)}")
    rows["target"] = rows.target.fillna("") if "target" in rows else ""
    rows["source"] = "check_" + rows.kind if "kind" in rows else file.stem
    rows["text"] = [clean(text) for text in rows.text]
    if "lang" not in rows:
        rows["lang"] = ["zh" if is_chinese(text) else "en" for text in rows.text]
    return rows


def load_model(name: str | None):
    """The shipped model, a folder of one, or a `transformers` model."""
    from models.files import SHIPPED, is_ours
    from models.runtime import OnnxModel

    if not name or is_ours(Path(name)):
        return OnnxModel(Path(name) if name else SHIPPED)
    from models.hub import HubModel

    return HubModel(name)


def scores(rows: pd.DataFrame, chances: np.ndarray) -> dict[str, dict[str, float]]:
    """Summaries by source and question, then means over the groups of each language."""
    truth = rows.label.map(LABELS.index).to_numpy(np.int64)
    logits = np.log(np.clip(chances, 1e-9, None))
    return {
        name: summary(truth[number], logits[number], two_class=two_class) for name, number, two_class in groups(rows)
    }


def groups(rows: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, bool]]:
    """Name, row numbers and whether it has two classes, of each source and question, then of each language."""
    for source, number in rows.groupby(["source", rows.target != ""]).indices.items():
        yield f"{source[0]}:target" if source[1] else source[0], number, policy(source[0]).two_class
    for lang in sorted(set(rows.lang)):
        yield f"all {lang}", np.flatnonzero((rows.lang == lang).to_numpy()), False


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


def confusions(rows: pd.DataFrame, chances: np.ndarray) -> dict[str, list[list[int]]]:
    """For each group of `groups`: rows are the given labels, columns what they were read as."""
    truth, guess = rows.label.map(LABELS.index).to_numpy(np.int64), chances.argmax(-1)
    return {name: confusion(truth[number], guess[number]).tolist() for name, number, _ in groups(rows)}


def print_confusions(tables: dict[str, list[list[int]]]) -> None:
    print("\ngiven label: how many were read as negative, neutral, positive")
    for name, table in tables.items():
        cells = (f"{label} " + "/".join(map(str, counts)) for label, counts in zip(LABELS, table, strict=True))
        print(f"  {name:38s} " + "   ".join(f"{cell:24s}" for cell in cells).rstrip())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder or hub id; default: the shipped model")
    parser.add_argument("--data", type=Path, default=CHECKS, help="folder of Parquet files, or a .jsonl file")
    parser.add_argument("--peers", action="store_true", help="SnowNLP, VADER and TextBlob on the same rows")
    parser.add_argument("--per-source", type=int, default=0, help="score at most so many rows of each source")
    parser.add_argument("--json", type=Path, help="also write the scores here")
    args = parser.parse_args(arguments)
    try:
        rows = load_rows(args.data, per_source=args.per_source)
        model = load_model(args.model)
    except (ModelError, OSError, ValueError) as error:
        sys.exit(f"models.evaluate: {error}")
    chances = model.probabilities(rows.text.tolist(), [clean(name) for name in rows.target])
    table, confused = scores(rows, chances), confusions(rows, chances)
    record: dict[str, object] = {"model": model.model_id, "rows": len(rows), "scores": table, "confusion": confused}
    print_table(f"{model.model_id} on {len(rows):,} rows", table)
    print_confusions(confused)
    if args.peers:
        record["peers"] = peers = peer_scores(rows)
        for name, table in peers.items():
            print_table(name, table)
    if args.json:
        args.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The mean of several runs' weights: `python -m models.average --out DIR RUN RUN...`.

Runs that went on from the same weights lie close together, and their mean often reads better than each of them, at the cost
of one (Wortsman et al. 2022, "Model soups", arXiv:2203.05482). Blind spot: runs that began apart are averaged all the
same, and the mean then reads badly; `models.evaluate` tells.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import torch


def average(runs: Sequence[Path], out: Path) -> None:
    """Write a run folder whose weights are the mean of the runs' own; ValueError when their networks differ."""
    configs = [json.loads((run / "config.json").read_text(encoding="utf-8")) for run in runs]
    states = [torch.load(run / "classifier.pt", map_location="cpu", weights_only=True) for run in runs]
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    for run, config, shape in zip(runs, configs, shapes, strict=True):
        if config != configs[0] or shape != shapes[0]:
            raise ValueError(f"{run} holds another network than {runs[0]}: only runs of one network have a mean")
    mean = {name: torch.stack([state[name].float() for state in states]).mean(0).half() for name in states[0]}
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(runs[0] / "config.json", out / "config.json")
    record = {"config": {"averaged": [str(run.resolve()) for run in runs]}, "run": {}}
    (out / "report.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    torch.save(mean, out / "classifier.pt")


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders written by models.train or models.distil")
    parser.add_argument("--out", type=Path, required=True, help="folder of the mean, which models.export takes")
    args = parser.parse_args(given)
    try:
        average(args.runs, args.out)
    except (ValueError, OSError) as error:
        sys.exit(f"models.average: {error}")


if __name__ == "__main__":
    main()

"""`python -m models.grammar --n 40000 --seed 1 --out FILE.parquet`: write generated rows as Parquet."""

import argparse
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from models.grammar import generate
from models.grammar.lexicon import SPLITS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.grammar", description=__doc__)
    parser.add_argument("--n", type=int, default=40_000, help="rows to write (default 40000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=SPLITS, default="train", help="held_out: other brands and templates")
    parser.add_argument("--files", default="*", help="of these template files only: '10_*' is zh_10_*.txt, en_10_*.txt")
    parser.add_argument("--out", type=Path, required=True, help="a .parquet file")
    options = parser.parse_args()
    rows = generate(options.n, options.seed, options.split, files=options.files)
    pd.DataFrame([asdict(row) for row in rows]).to_parquet(options.out, compression="zstd", index=False)
    counts = Counter(row.label for row in rows)
    print(f"{len(rows)} rows in {options.out}: " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))


if __name__ == "__main__":
    main()

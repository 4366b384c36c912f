"""Rows as token ids, once: what training and distillation read.

`prepare` writes one .npz with the ids of every row end to end, its label, policy and split, and the tokenizer beside it.
A pair is `<s> text </s></s> target </s>`, or as the tokenizer writes one. Rows longer than the limit keep their beginning and their end.
"""

import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tokenizers import Tokenizer

from models.pieces import Pieces
from models.sources import LABELS, fold, labelled, policy, read_folder, read_rows
from models.text import clean

SPLITS = ("train", "dev")


@dataclass(frozen=True)
class Prepared:
    """Token ids of all rows, flat, and per-row columns of equal length."""

    ids: np.ndarray  # uint32 or uint16, all rows end to end
    starts: np.ndarray  # int64, rows + 1
    label: np.ndarray  # int8, index into LABELS
    two_class: np.ndarray  # bool
    weight: np.ndarray  # float32
    source: np.ndarray  # int16, index into sources
    split: np.ndarray  # int8, index into SPLITS
    pair: np.ndarray  # bool
    zh: np.ndarray  # bool
    sources: tuple[str, ...]
    data_hash: str

    def __len__(self) -> int:
        return len(self.label)

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)


def prepare(data: Path, base: Path, out: Path, *, limit: int = 192, extra: list[Path] | None = None) -> Prepared:
    """Read the folder (and extra files of the same columns), encode, write `out`."""
    rows = read_folder(data)
    if extra:
        rows = pd.concat([rows, *(_extra(path) for path in extra)], ignore_index=True)
    pieces = Pieces(tokenizer_of(base), limit=limit)
    ids = pieces.encode(rows.text.tolist(), [clean(name) for name in rows.target])
    sources = tuple(sorted(set(rows.source)))
    policies = {name: policy(name) for name in sources}
    flat = np.fromiter((number for row in ids for number in row), dtype=np.uint32)
    prepared = Prepared(
        ids=flat.astype(np.uint16) if flat.max() < 2**16 else flat,
        starts=np.cumsum([0, *map(len, ids)]).astype(np.int64),
        label=rows.label.map(LABELS.index).to_numpy(np.int8),
        two_class=rows.source.map(lambda name: policies[name].two_class).to_numpy(bool, copy=True),
        weight=rows.source.map(lambda name: policies[name].weight).to_numpy(np.float32),
        source=rows.source.map(sources.index).to_numpy(np.int16),
        split=rows.split.map(SPLITS.index).to_numpy(np.int8),
        pair=(rows.target != "").to_numpy(bool),
        zh=rows.lang.isin(["zh", "yue"]).to_numpy(bool),
        sources=sources,
        data_hash=_hash(rows),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(out.with_suffix(".rows.parquet"))  # the same rows as text, to look at mistakes
    if out.parent.resolve() != base.resolve():
        shutil.copy(base / "tokenizer.json", out.parent)  # so that a run can be the base of a student and an export
    save(prepared, out)  # last: where it is, the others are whole
    return prepared


def tokenizer_of(base: Path) -> Tokenizer:
    path = base / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{base} has no tokenizer.json; where it has another form of a vocabulary, transformers' "
            "AutoTokenizer.from_pretrained(BASE).save_pretrained(BASE) writes it"
        )
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises a bare Exception for whatever is wrong with the file
        raise ValueError(f"{path} is no tokenizer ({error})") from error


def _extra(path: Path) -> pd.DataFrame:
    """Rows written by the grammar: their split is by hash of the text, like that of the target rows."""
    rows = read_rows(path, ("text", "label", "target", "lang", "kind"))
    rows["source"] = rows.lang.where(rows.lang == "en", "zh") + "_grammar"
    rows["text"] = [clean(text) for text in rows.text]
    rows["target"] = rows.target.fillna("")
    rows["split"] = ["dev" if fold(text) == 0 else "train" for text in rows.text]
    return labelled(rows).drop_duplicates(["text", "target"])[
        ["text", "target", "label", "lang", "source", "kind", "split"]
    ]


def _hash(rows: pd.DataFrame) -> str:
    digest = hashlib.sha256()
    for column in ("text", "target", "label", "source", "split"):
        digest.update("\n".join(rows[column]).encode())
    return digest.hexdigest()[:16]


def save(prepared: Prepared, path: Path) -> None:
    write_whole({name: getattr(prepared, name) for name in Prepared.__dataclass_fields__}, path)


def write_whole(arrays: dict[str, np.ndarray], path: Path) -> None:
    """All or nothing: of a run that is killed while it writes, no half a file is taken for the whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(part, **arrays)
    part.replace(path)


def load(path: Path) -> Prepared:
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in Prepared.__dataclass_fields__}
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} holds no encoded rows ({error}); delete it and give --data") from error
    return Prepared(**{**arrays, "sources": tuple(map(str, arrays["sources"])), "data_hash": str(arrays["data_hash"])})

"""What a training run depends on, validated, and its options on the command line."""

import argparse
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any


def _said(default: Any, words: str) -> Any:
    """A field with what its option's help says."""
    return field(default=default, metadata={"help": words})


@dataclass(frozen=True)
class TrainConfig:
    """Everything a run depends on but data and hardware."""

    base: str = field(metadata={"help": "folder or hub id of an encoder of BERT's family, to start from"})
    out: str = field(metadata={"help": "folder of the run: state to resume from, weights, report.json"})
    layers: tuple[int, ...] = _said((), "transformer layers kept, by number from 0; none given keeps all")
    epochs: int = _said(4, "times the rows are gone through")
    minutes: float = _said(0.0, "stop, with the schedule run out, after so many minutes of training; 0 never")
    batch: int = _said(192, "texts a step; less needs less memory")
    rate: float = _said(1e-4, "learning rate of the last layer")
    decay: float = _said(0.92, "each layer learns at this share of the rate of the one above")
    head_rate: float = _said(5e-4, "learning rate of the head")
    dropout: float = _said(0.1, "share of values left out at random while training")
    smoothing: float = _said(0.05, "share of a label that is spread over the others")
    neutral_share: float = _said(0.2, "share of the full loss in sources that have no neutral")
    hard_share: float = _said(0.1, "share of the given labels beside a teacher's probabilities")
    feature_share: float = _said(0.0, "weight of matching the teacher's pooled vectors")
    warmup: float = _said(0.05, "first part of the run, in which the rate rises")
    cooldown: float = _said(0.3, "last part of the run, in which the rate falls to nothing")
    ema: float = _said(0.998, "how slowly the averaged weights follow, 0 to 1")
    limit: int = _said(160, "pieces of a text that are read; of more, both ends")
    seed: int = _said(1, "of the order of rows and of what is drawn")
    continue_from: str = _said("", "a folder this command wrote: go on from its weights in place of the base's")
    cap_scale: float = _said(1.0, "every source's cap of rows an epoch, times this")
    boost: tuple[str, ...] = _said((), "source=cap: rows of a source an epoch, in place of its own cap")
    hold_out: tuple[str, ...] = _said((), "sources kept out of training, to test on")
    doubt: float = _said(
        0.0,
        "rows of noisy sources are left out to whose label, of two, the first weights give less than this; of three, half of it",
    )
    rows: int = _said(0, "at most so many rows an epoch, for trials; 0 takes all")
    dev_rows: int = _said(0, "at most so many dev rows are scored when the run ends; 0 takes all")
    freeze_words: bool = _said(False, "word embeddings stay as they are: a third faster on a CPU")
    freeze_layers: int = _said(0, "so many of the lowest layers stay as they are: no gradient passes through them")

    def __post_init__(self) -> None:
        checks = {
            "epochs must be 1 or more": self.epochs >= 1,
            "batch must be 1 or more": self.batch >= 1,
            "cap_scale must be above 0": self.cap_scale > 0,
            "doubt needs weights that can read: continue_from": bool(self.continue_from) or not self.doubt,
            "boost must be written source=cap": all(
                item.rpartition("=")[0] and item.rpartition("=")[2].isdigit() for item in self.boost
            ),
            "limit must be 8 to 512": 8 <= self.limit <= 512,
            "rate must be above 0 and at most 0.01": 0 < self.rate <= 0.01,
            "head_rate must be above 0 and at most 0.1": 0 < self.head_rate <= 0.1,
            "decay must be above 0 and at most 1": 0 < self.decay <= 1,
            "shares, smoothing, dropout, doubt and ema must be 0 to 1": all(
                0 <= share <= 1
                for share in (
                    self.neutral_share,
                    self.hard_share,
                    self.smoothing,
                    self.dropout,
                    self.ema,
                    self.doubt,
                    self.warmup,
                    self.cooldown,
                )
            ),
            "layers, rows, dev_rows, minutes, seed and feature_share must not be negative": min(
                (
                    *self.layers,
                    self.rows,
                    self.dev_rows,
                    self.minutes,
                    self.freeze_layers,
                    self.seed,
                    self.feature_share,
                )
            )
            >= 0,
        }
        broken = [message for message, holds in checks.items() if not holds]
        if broken:
            raise ValueError("; ".join(broken))


def arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """An option for every field of TrainConfig."""
    for one in fields(TrainConfig):
        option, words = "--" + one.name.replace("_", "-"), one.metadata["help"]
        if one.default is MISSING:
            parser.add_argument(option, required=True, help=words)
        elif one.type is bool:
            parser.add_argument(option, action="store_true", help=words)
        elif isinstance(one.default, tuple):
            kind = int if one.name == "layers" else str
            parser.add_argument(option, nargs="*", type=kind, default=[], help=words)
        else:
            told = words if one.default == "" else f"{words} (default {one.default})"
            parser.add_argument(option, type=one.type, default=one.default, help=told)
    parser.add_argument(
        "--data", type=Path, help="folder of Parquet files: text, label, optionally target, lang, source"
    )
    parser.add_argument(
        "--extra", type=Path, nargs="*", default=[], help="further Parquet files, such as models.grammar writes"
    )
    parser.add_argument("--prepared", type=Path, help="where the encoded rows are kept (default OUT/prepared.npz)")
    return parser


def config_from(args: argparse.Namespace) -> TrainConfig:
    values = {one.name: getattr(args, one.name) for one in fields(TrainConfig)}
    return TrainConfig(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})

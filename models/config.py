"""What a training run depends on, validated, and its options on the command line."""

import argparse
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class TrainConfig:
    """Everything a run depends on but data and hardware."""

    base: str
    out: str
    layers: tuple[int, ...] = ()  # transformer layers kept, by number from 0; none given keeps all
    epochs: int = 4
    minutes: float = 0.0  # stop (with the schedule run out) after so many minutes of training; 0 never
    batch: int = 192
    rate: float = 1e-4  # of the last layer; each layer below learns at `decay` times the one above
    decay: float = 0.92
    head_rate: float = 5e-4
    dropout: float = 0.1
    smoothing: float = 0.05
    neutral_share: float = 0.2  # of the full loss in two-class sources
    hard_share: float = 0.1  # of the given labels beside a teacher's probabilities
    feature_share: float = 0.0  # of matching the teacher's pooled vectors
    warmup: float = 0.05
    cooldown: float = 0.3  # last part of the run in which the rate falls to nothing
    ema: float = 0.998
    limit: int = 160
    seed: int = 1
    continue_from: str = ""  # a folder this command wrote: go on from its weights instead of the base's
    cap_scale: float = 1.0  # every source's cap times this
    boost: tuple[str, ...] = ()  # source=cap, in place of the source's own cap
    hold_out: tuple[str, ...] = ()
    rows: int = 0  # at most this many rows an epoch (trial runs); 0 takes all
    dev_rows: int = 0  # at most this many dev rows are scored when the run ends; 0 takes all
    freeze_words: bool = False  # word embeddings as they are: a third faster on a CPU
    freeze_layers: int = 0  # so many of the lowest layers as they are: no gradient passes through them

    def __post_init__(self) -> None:
        checks = {
            "epochs must be 1 or more": self.epochs >= 1,
            "batch must be 1 or more": self.batch >= 1,
            "cap_scale must be above 0": self.cap_scale > 0,
            "boost must be written source=cap": all(
                item.rpartition("=")[0] and item.rpartition("=")[2].isdigit() for item in self.boost
            ),
            "limit must be 8 to 512": 8 <= self.limit <= 512,
            "rate must be above 0 and at most 0.01": 0 < self.rate <= 0.01,
            "head_rate must be above 0 and at most 0.1": 0 < self.head_rate <= 0.1,
            "decay must be above 0 and at most 1": 0 < self.decay <= 1,
            "shares, smoothing, dropout and ema must be 0 to 1": all(
                0 <= share <= 1
                for share in (
                    self.neutral_share,
                    self.hard_share,
                    self.smoothing,
                    self.dropout,
                    self.ema,
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
    for field in fields(TrainConfig):
        option = "--" + field.name.replace("_", "-")
        if field.name == "hold_out":
            parser.add_argument(option, nargs="*", default=[], help="sources kept out of training, to test on")
        elif field.name == "boost":
            parser.add_argument(option, nargs="*", default=[], metavar="SOURCE=CAP", help="rows of a source per epoch")
        elif field.name == "layers":
            parser.add_argument(option, nargs="*", type=int, default=[], help="transformer layers to keep")
        elif field.type is bool:
            parser.add_argument(option, action="store_true")
        else:
            required = field.name in ("base", "out")
            parser.add_argument(option, type=field.type, required=required, default=None if required else field.default)
    parser.add_argument(
        "--data", type=Path, help="folder of Parquet files: text, label, optionally target, lang, source"
    )
    parser.add_argument(
        "--extra", type=Path, nargs="*", default=[], help="further Parquet files, such as models.grammar writes"
    )
    parser.add_argument("--prepared", type=Path, help="where the encoded rows are kept (default OUT/prepared.npz)")
    return parser


def config_from(args: argparse.Namespace) -> TrainConfig:
    values = {field.name: getattr(args, field.name) for field in fields(TrainConfig)}
    return TrainConfig(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})

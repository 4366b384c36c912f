"""Train the sentiment model: `python -m models.train --base DIR_OR_HUB_ID --data DIR --out DIR`.

One head learns two questions at once: the sentiment of a text, and the sentiment toward a target in it. Sources
whose labels have no neutral teach through a loss without neutral (plus a small share of the full one, so that a
plain verdict is not read as neutral). The run resumes from its last checkpoint; the order of rows depends on
the seed and the epoch only. models.distil learns a teacher's probabilities instead.

Blind spot: two runs on different hardware agree in quality, not bit for bit.
"""

import argparse
import os
import pickle
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from torch import distributed
from torch.nn import functional

from models import prepare as preparation
from models.batches import DeviceRows, class_weights, epoch_batches, epoch_rows
from models.config import TrainConfig, arguments, config_from
from models.doubt import doubted
from models.encoder import Classifier, keep_layers, load_classifier, load_encoder, places, save_classifier
from models.prepare import SPLITS, Prepared
from models.results import write_results

TRAIN = SPLITS.index("train")
MEETING, PROGRESS, CHECKPOINT = 10, 20, 100  # steps


@dataclass(frozen=True)
class Teacher:
    """What a teacher said of every row: probabilities, and pooled vectors when features are matched."""

    probabilities: np.ndarray
    features: np.ndarray | None = None


class Run:
    """One training run: model, optimizer, averaged weights, and the state to resume from."""

    def __init__(
        self,
        config: TrainConfig,
        prepared: Prepared,
        *,
        model: Classifier | None = None,
        teacher: Teacher | None = None,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.data = config, prepared
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = (model or build(config)).to(self.device)
        self.live = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        self.average = {name: value.detach().clone() for name, value in self.live.items()}
        self.crew = distributed.get_world_size() if distributed.is_initialized() else 1
        self.rank = distributed.get_rank() if self.crew > 1 else 0
        unknown = sorted(
            {*config.hold_out, *(item.rpartition("=")[0] for item in config.boost)} - set(prepared.sources)
        )
        if unknown:
            raise ValueError(f"there is no source {', '.join(unknown)}; there are {', '.join(prepared.sources)}")
        held = np.isin(prepared.source, [prepared.sources.index(name) for name in config.hold_out])
        self.allowed = (prepared.split == TRAIN) & ~held
        if config.doubt:
            self.allowed &= ~doubted(self.model, prepared, self.allowed, config)
        if not self.allowed.any():
            raise ValueError("there is no row to learn from: all are dev rows, or of a source that is held out")
        self.rows = DeviceRows(prepared, self.device, pad=self.model.encoder.config.pad_token_id, limit=config.limit)
        self.label = torch.from_numpy(prepared.label.astype(np.int64)).to(self.device)
        self.two_class = torch.from_numpy(prepared.two_class).to(self.device)
        self.weight = torch.from_numpy(class_weights(prepared, self.allowed)).to(self.device)
        self.soft = _on(self.device, teacher.probabilities) if teacher else None
        self.features = _on(self.device, teacher.features) if teacher and config.feature_share else None
        self.optimizer = optimizer_for(self.model, config)
        self.step, self.seconds = 0, 0.0
        self.steps_per_epoch = max(1, len(self._epoch_rows(0)) // config.batch // self.crew)
        self.resume()

    def _rng(self, epoch: int) -> np.random.Generator:
        return np.random.default_rng([self.config.seed, epoch])

    def _epoch_rows(self, epoch: int) -> np.ndarray:
        config = self.config
        rows = epoch_rows(self.data, self.allowed, self._rng(epoch), scale=config.cap_scale, boost=config.boost)
        return rows[: self.config.rows] if self.config.rows else rows

    def done(self) -> float:
        """The share of the run that is over, by steps or by minutes, whichever is further."""
        by_time = self.seconds / 60 / self.config.minutes if self.config.minutes else 0.0
        return max(by_time, self.step / (self.steps_per_epoch * self.config.epochs))

    def fit(self) -> None:
        self.model.train()
        while self.done() < 1:
            self._one_epoch(self.step // self.steps_per_epoch, skip=self.step % self.steps_per_epoch)
        self.checkpoint()
        self.use_average()
        if self.rank == 0:
            save_classifier(self.model, Path(self.config.out))

    def _one_epoch(self, epoch: int, *, skip: int) -> None:
        rng = self._rng(epoch + 10_000)
        batches = list(epoch_batches(self._epoch_rows(epoch), self.rows.lengths, self.config.batch, rng))
        losses: list[torch.Tensor] = []
        started = time.monotonic()
        for chosen in batches[self.rank :: self.crew][skip : self.steps_per_epoch]:
            losses.append(self._one_step(chosen))
            if self.step % MEETING == 0 or self.step % self.steps_per_epoch == 0:
                self.meet(time.monotonic() - started)
                started = time.monotonic()
                if self.done() >= 1:
                    return
            if self.step % PROGRESS == 0:
                self._tell(epoch, losses[-PROGRESS:])
            if self.step % CHECKPOINT == 0:
                self.checkpoint()

    def _tell(self, epoch: int, losses: list[torch.Tensor]) -> None:
        if self.rank == 0:
            speed = self.step * self.config.batch * self.crew / max(self.seconds, 1e-9)
            loss = float(torch.stack(losses).mean())
            print(
                f"{self.done():6.1%} epoch {epoch + 1} step {self.step} loss {loss:.4f} {speed:,.1f} texts/s",
                flush=True,
            )

    def _one_step(self, chosen: np.ndarray) -> torch.Tensor:
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * self._schedule()
        batch = self.rows.batch(chosen)
        pooled = self.model.pooled_autocast(batch.ids, batch.mask)
        loss = self.loss(self.model.head(self.model.dropout(pooled)), batch.rows)
        if self.features is not None:
            near = functional.cosine_similarity(pooled[:, -self.features.shape[1] :], self.features[batch.rows].float())
            loss = loss + self.config.feature_share * (1 - near).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._average_in()
        return loss.detach()

    def _schedule(self) -> float:
        """Up, level, down: any moment of the level part can be continued or cooled down into a model."""
        done = self.done()
        if done < self.config.warmup:
            return max(done, 1e-3) / self.config.warmup
        return min(1.0, max(0.02, (1 - done) / max(self.config.cooldown, 1e-9)))

    def loss(self, logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        hard = self._hard_loss(logits.float(), rows)
        if self.soft is None:
            return hard
        soft = -(self.soft[rows].float() * functional.log_softmax(logits.float(), -1)).sum(-1).mean()
        return (1 - self.config.hard_share) * soft + self.config.hard_share * hard

    def _hard_loss(self, logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        label, two, weight = self.label[rows], self.two_class[rows], self.weight[rows]
        smooth = self.config.smoothing
        full = functional.cross_entropy(logits, label, reduction="none", label_smoothing=smooth)
        sides = functional.cross_entropy(logits[:, [0, 2]], label // 2, reduction="none", label_smoothing=smooth)
        share = self.config.neutral_share
        loss = torch.where(two, share * full + (1 - share) * sides, full)
        return (loss * weight).sum() / weight.sum()

    @torch.no_grad()
    def _average_in(self) -> None:
        keep = min(self.config.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.values()), list(self.live.values()), 1 - keep)

    @torch.no_grad()
    def meet(self, seconds: float) -> None:
        """The workers take the mean of their weights, and agree on the time spent (local SGD, Stich 2019)."""
        if self.crew > 1:
            flat = torch.cat([value.data.reshape(-1) for value in self.live.values()])
            clock = torch.tensor([seconds])
            distributed.all_reduce(flat)
            distributed.all_reduce(clock, op=distributed.ReduceOp.MAX)
            parts = (flat / self.crew).split([value.numel() for value in self.live.values()])
            for value, part in zip(self.live.values(), parts, strict=True):
                value.data.copy_(part.view_as(value))
            seconds = float(clock)
        self.seconds += seconds

    @torch.no_grad()
    def use_average(self) -> None:
        for name, value in self.live.items():
            value.copy_(self.average[name])

    def checkpoint(self) -> None:
        if self.rank:
            return
        folder = Path(self.config.out)
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(), "average": self.average, "optimizer": self.optimizer.state_dict(),
            "seconds": self.seconds, "step": self.step, "config": asdict(self.config), "data": self.data.data_hash,
        }  # fmt: skip
        torch.save(state, folder / "state.tmp")
        (folder / "state.tmp").replace(folder / "state.pt")

    def resume(self) -> None:
        path = Path(self.config.out) / "state.pt"
        if not path.exists():
            return
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
            raise ValueError(f"{path} is no state of a run ({str(error)[:80]}); delete it to begin anew") from error
        if (state["config"], state["data"]) != (asdict(self.config), self.data.data_hash):
            raise ValueError(f"{path} belongs to a run with another configuration or data; choose another --out")
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.seconds, self.step = state["seconds"], state["step"]
        print(f"resumed after step {self.step}", flush=True)


def start_crew() -> None:
    """Under `torchrun`, join the other workers; each uses one thread. Alone, do nothing."""
    if "RANK" in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // int(os.environ["WORLD_SIZE"])))
        distributed.init_process_group("gloo", timeout=timedelta(hours=2))


def _on(device: torch.device, array: np.ndarray | None) -> torch.Tensor | None:
    return None if array is None else torch.from_numpy(array).to(device)


def build(config: TrainConfig) -> Classifier:
    if config.continue_from:
        model = load_classifier(Path(config.continue_from), dropout=config.dropout)
    else:
        model = Classifier(load_encoder(config.base, dropout=config.dropout), dropout=config.dropout)
    if config.limit > (room := places(model.encoder)):
        raise ValueError(f"limit must be at most {room}: a text of this network has no more places")
    if config.layers:
        keep_layers(model.encoder, list(config.layers))
    if config.freeze_words:
        model.encoder.get_input_embeddings().weight.requires_grad_(False)
    if config.freeze_layers:
        model.encoder.embeddings.requires_grad_(False)
        model.encoder.encoder.layer[: config.freeze_layers].requires_grad_(False)
    return model


def optimizer_for(model: Classifier, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW; lower layers learn slower; biases and norms without decay."""
    depth = model.encoder.config.num_hidden_layers
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, value in model.named_parameters():
        if not value.requires_grad:
            continue
        peak = config.head_rate
        if name.startswith("encoder."):
            layer = int(name.split("layer.")[1].split(".")[0]) if "layer." in name else -1
            peak = config.rate * config.decay ** ((depth - 1 - layer) * 12 / depth)
        groups.setdefault((peak, 0.01 if value.ndim > 1 else 0.0), []).append(value)
    listed = [
        {"params": values, "peak": peak, "lr": peak, "weight_decay": fade} for (peak, fade), values in groups.items()
    ]
    return torch.optim.AdamW(listed, betas=(0.9, 0.98), fused=torch.cuda.is_available())


def prepared_for(args: argparse.Namespace) -> Prepared:
    path = args.prepared or Path(args.out) / "prepared.npz"
    if path.exists():
        print(f"taking the rows encoded in {path}" + ("; --data is not read again" if args.data else ""), flush=True)
        return preparation.load(path)
    if not args.data:
        raise ValueError(f"--data FOLDER is needed: there are no encoded rows in {path} yet")
    base = Path(args.base)
    if not base.is_dir():
        from huggingface_hub import snapshot_download

        base = Path(snapshot_download(args.base, allow_patterns=["tokenizer*.json", "config.json"]))
    print("encoding the rows ...", flush=True)
    return preparation.prepare(args.data, base, path, limit=max(192, args.limit), extra=args.extra)


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args = arguments(parser).parse_args(given)
    start_crew()
    try:
        run = Run(config_from(args), prepared_for(args))
    except (ValueError, OSError) as error:
        sys.exit(f"models.train: {error}")
    print(
        f"worker {run.rank + 1} of {run.crew}: {int(run.allowed.sum()):,} rows to learn from, on {run.device}",
        flush=True,
    )
    run.fit()
    if run.rank == 0:
        write_results(run, Path(args.out))


if __name__ == "__main__":
    main()

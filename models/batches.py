"""Rows on the device, and the order in which an epoch sees them.

Batches hold texts of nearly one length, so little is spent on padding; which texts and which order is drawn
from the seed and the epoch alone, so that a resumed run sees what an unbroken one would have seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from models.prepare import Prepared
from models.sources import policy

CHUNK = 50  # batches that are sorted by length together


@dataclass(frozen=True)
class Batch:
    rows: torch.Tensor
    ids: torch.Tensor
    mask: torch.Tensor


class DeviceRows:
    """All token ids on the device; a batch is one gather."""

    def __init__(self, prepared: Prepared, device: torch.device, *, pad: int, limit: int) -> None:
        self._flat = torch.from_numpy(prepared.ids.astype(np.int32)).to(device)
        self._starts = torch.from_numpy(prepared.starts[:-1]).to(device)
        self._lengths = torch.from_numpy(np.minimum(prepared.lengths, limit)).to(device)
        self._dropped = torch.from_numpy(np.maximum(prepared.lengths - limit, 0)).to(device)
        self.lengths = np.minimum(prepared.lengths, limit)
        self._pad = pad
        self._device = device

    def batch(self, rows: np.ndarray) -> Batch:
        chosen = torch.from_numpy(rows).to(self._device)
        longest = int(self.lengths[rows].max())
        steps = torch.arange(longest, device=self._device)
        length = self._lengths[chosen][:, None]
        mask = steps[None, :] < length
        second_half = steps[None, :] >= length - length // 2  # of a row too long, the middle is left out
        where = self._starts[chosen][:, None] + steps[None, :] + second_half * self._dropped[chosen][:, None]
        where.clamp_(max=len(self._flat) - 1)
        ids = torch.where(mask, self._flat[where].long(), self._pad)
        return Batch(rows=chosen, ids=ids, mask=mask.long())


def epoch_rows(
    prepared: Prepared,
    allowed: np.ndarray,
    rng: np.random.Generator,
    *,
    scale: float = 1.0,
    boost: tuple[str, ...] = (),
) -> np.ndarray:
    """The rows of one epoch: large sources capped, small ones repeated, as their policy (or `boost`) says."""
    boosted = {item.rpartition("=")[0]: int(item.rpartition("=")[2]) for item in boost}
    parts = []
    for number, name in enumerate(prepared.sources):
        rows = np.flatnonzero(allowed & (prepared.source == number))
        rule = policy(name)
        cap = boosted.get(name, max(1, round(rule.cap * scale)))
        if len(rows) > cap:
            rows = rng.choice(rows, cap, replace=False)
        parts.append(np.tile(rows, rule.repeat))
    return rng.permutation(np.concatenate(parts))


def epoch_batches(rows: np.ndarray, lengths: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    batches = []
    for start in range(0, len(rows), size * CHUNK):
        chunk = rows[start : start + size * CHUNK]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches += [chunk[at : at + size] for at in range(0, len(chunk), size)]
    for number in rng.permutation(len(batches)):
        yield batches[number]


def class_weights(prepared: Prepared, allowed: np.ndarray, *, power: float = 0.5) -> np.ndarray:
    """Per row: rarer classes of a source count more (inverse frequency to `power`), mean 1 in each source."""
    weights = np.ones(len(prepared), np.float32)
    for number in range(len(prepared.sources)):
        here = prepared.source == number
        counts = np.bincount(prepared.label[here & allowed], minlength=3).astype(np.float64)
        if not counts.sum():
            continue
        by_class = np.where(counts > 0, counts.sum() / np.maximum(counts, 1), 0) ** power
        by_class /= (by_class * counts).sum() / counts.sum()
        weights[here] = by_class[prepared.label[here]]
    return weights * prepared.weight

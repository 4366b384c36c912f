"""From evidence to episodes: one alarm at the start, then quiet until all has been calm for a while.

A window may ring only when it reaches back no further than the end of the episode before, so a long window does not ring
again for what a short one rang for. Inside an episode nothing rings, unless it has outlasted the cool-down and what
happens now is far stranger than all of it was: then that is an episode of its own.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.evidence import NO_EVIDENCE
from analyzers.spikes.records import HOUR, Bools, Floats, Ints, Measure, SpikeSettings

# An episode lives while evidence stays within HYSTERESIS decades of the bar, yet never on what comes every other day.
HYSTERESIS, COLDEST = 0.7, -0.3
# A long window stays hot long after the event that heated it, so only windows up to LIVELY_HOURS keep an episode alive;
# and by STRANGER decades must an episode be outdone. Bursts of all mentions come in quick succession, each its own news.
LIVELY_HOURS: dict[Measure, float] = {"negative": 6.0, "share": 6.0, "total": 1.0}
STRANGER: dict[Measure, float] = {"negative": 2.0, "share": 2.0, "total": 0.7}
MUCH_STRANGER, FADED = 2.0, 1.0


@dataclass
class Episode:
    """One episode so far. Rows are row numbers; `window` indexes the window lengths."""

    alarm: int
    window: int
    evidence: float
    last_hot: int
    peak: int
    peak_evidence: float
    peak_window: int


class Ringer:
    """The state machine. `step` is called for hot rows only and says what the row is."""

    def __init__(self, windows: Ints, bucket_seconds: int, settings: SpikeSettings) -> None:
        self.windows, self.settings = windows, settings
        self.threshold = -float(np.log10(settings.false_alarms_per_month))
        self.stranger = STRANGER[settings.measure]
        hour = HOUR / bucket_seconds
        self.calm_rows = max(1.0, settings.cooldown_hours * hour)
        self.lively = windows <= max(1.0, LIVELY_HOURS[settings.measure] * hour)
        self.free_from = 0
        self.episodes: list[Episode] = []
        self.open: Episode | None = None

    def warmth(self, stretch: Floats | float = 1.0) -> Floats:
        """The evidence that keeps an episode alive where a decade of the knob is worth `stretch` decades of evidence."""
        bar = self.threshold * np.asarray(stretch, dtype=np.float64)
        return np.maximum(bar - HYSTERESIS, np.minimum(bar, COLDEST))

    def close_if_calm(self, row: int) -> None:
        if self.open is not None and row - self.open.last_hot > self.calm_rows:
            self.free_from = self.open.last_hot + 1
            self.open = None

    def step(
        self, row: int, decades: Floats, observed: Floats, strong: Bools, penalty: float, stretch: float = 1.0
    ) -> bool:
        """Judge one row: true when it rings. `open` then holds the episode, or None."""
        self.close_if_calm(row)
        if self.open is not None:
            if not self._outdone(self.open, row, decades, observed, strong):
                # What may not ring keeps no episode alive.
                self._follow(self.open, row, np.where(strong, decades, NO_EVIDENCE), float(self.warmth(stretch)))
                return False
            self.free_from, self.open = self.open.alarm + 1, None
        room = row + 1 - self.free_from
        able = strong & (observed >= self.settings.floor) & ((self.windows <= room) | (self.windows == 1))
        if not able.any():
            return False
        usable = np.where(able, decades, NO_EVIDENCE)
        top = int(usable.argmax())
        if usable[top] < self.threshold * stretch + penalty:
            return False
        self.open = Episode(row, top, float(usable[top]), row, row, float(usable[top]), top)
        self.episodes.append(self.open)
        return True

    def _follow(self, episode: Episode, row: int, decades: Floats, warm: float) -> None:
        top = int(decades.argmax())
        if decades[self.lively].max() >= warm:
            episode.last_hot = row
        if decades[top] > episode.peak_evidence:
            episode.peak, episode.peak_evidence, episode.peak_window = row, float(decades[top]), top

    def _outdone(self, episode: Episode, row: int, decades: Floats, observed: Floats, strong: Bools) -> bool:
        """Whether what came since the alarm, and after the cool-down, is far stranger than the episode's strangest row."""
        if row - episode.alarm <= self.calm_rows:
            return False
        since = strong & (observed >= self.settings.floor) & (self.windows <= row - episode.alarm)
        return bool((decades[since] >= episode.peak_evidence + self.stranger).any())


class Novelty:
    """What is new in the evidence: the row that opens an episode, and later ones that outdo all before by far.

    The rest of an episode, and rows that may not ring, fade below the bar: a score is read row by row, and a crisis of
    two days is one piece of news, not five hundred.
    """

    def __init__(self) -> None:
        self.peak = 0.0

    def step(self, evidence: float, *, rang: bool, inside: bool) -> float:
        if rang or (inside and evidence >= self.peak + MUCH_STRANGER):
            self.peak = evidence
            return evidence
        return min(evidence, 0.0) - FADED if inside else min(evidence, -FADED)


def score_of(evidence: Floats) -> Floats:
    """Evidence in decades to [0, 1]: 0.5 is once a month by chance, 0.75 once in ten thousand months."""
    up = np.maximum(evidence, 0.0)
    return np.where(evidence >= 0, 0.5 + 0.5 * up / (up + 4.0), 0.5 * 10.0 ** (np.minimum(evidence, 0.0) / 3.0))

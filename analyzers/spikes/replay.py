"""Replaying a setting over scored history: which alarms it would have rung, in milliseconds, and what each row says."""

import numpy as np

from analyzers.spikes.detector import History, Scorer, history_of, score_history
from analyzers.spikes.records import (
    LEARNING_DAYS,
    MONTH_DAYS,
    Bucket,
    Counts,
    Judgement,
    Spike,
    SpikeSettings,
    counts_from,
    moment,
)
from analyzers.spikes.ringing import Episode, Ringer, score_of
from analyzers.spikes.tails import usual_range
from analyzers.spikes.words import all_rose, reason_for
from errors import InputError

LONGEST_ONCE_IN_DAYS = 365.25 * 1000


def replay(history: History, settings: SpikeSettings) -> list[Spike]:
    """The spikes this setting rings for, oldest first. The measure is the history's own."""
    ringer = Ringer(history.windows, history.bucket_seconds, settings)
    for row in _hot_rows(history, ringer):
        _step(ringer, history, row)
    return [spike_of(history, episode, 0) for episode in ringer.episodes]


def _hot_rows(history: History, ringer: Ringer) -> list[int]:
    if len(history.start) == 0:
        return []
    hot: list[int] = np.flatnonzero(history.decades.max(axis=1) >= ringer.warmth(history.stretch)).tolist()
    return hot


def _step(ringer: Ringer, history: History, row: int, offset: int = 0) -> bool:
    return ringer.step(
        row + offset,
        history.decades[row],
        history.observed[row],
        history.strong[row],
        float(history.penalty[row]),
        float(history.stretch[row]),
    )


def spike_of(history: History, episode: Episode, offset: int) -> Spike:
    """The arithmetic of an episode, at the row that rang. Row numbers of the episode count from `offset` before."""
    row, w = episode.alarm - offset, episode.window
    width = history.bucket_seconds
    zero = int(history.start[0]) - offset * width
    end = int(history.start[row]) + width
    mean, shape = history.mean[row, w], history.shape[row, w]
    low, high = usual_range(np.array([mean]), np.array([shape]))
    observed, total, due = history.observed[row, w], history.total[row, w], history.due_total[row, w]
    rare = float(history.decades[row, w] / history.stretch[row] - history.often[row])
    once = MONTH_DAYS * 10.0 ** min(rare, 12.0)
    # Before what all mentions explain: the usual share is that of the usual counts.
    share_due = mean / max(float(total) - float(observed) + float(mean), 1e-9)
    return Spike(
        start=moment(end - int(history.windows[w]) * width),
        end=moment(end),
        until=moment(zero + (episode.last_hot + 1) * width),
        peak=moment(zero + episode.peak * width),
        window_hours=float(history.hours[w]),
        observed=round(float(observed)),
        total=round(float(total)),
        expected=float(mean),
        usual_total=float(due),
        low=int(low[0]),
        high=int(high[0]),
        p_value=float(10.0 ** max(history.log_p[row, w], -300.0)),
        once_in_days=min(once, LONGEST_ONCE_IN_DAYS),
        strength=float(observed / max(float(mean), 0.1)),
        evidence=float(episode.peak_evidence),
        share=float(observed / total) if total else float("nan"),
        usual_share=float(min(share_due, 1.0)),
        measure=history.measure,
    )


def judge(history: History, settings: SpikeSettings) -> list[Judgement]:
    """One judgement per row of the history."""
    return judge_rows(history, Ringer(history.windows, history.bucket_seconds, settings), 0)


def judge_rows(history: History, ringer: Ringer, offset: int) -> list[Judgement]:
    """Judge rows that follow `offset` rows the ringer has already seen."""
    if len(history.start) == 0:
        return []
    scores = score_of(history.novel).tolist()
    low, high = history.usual
    hot = set(_hot_rows(history, ringer))
    rose = all_rose(history.due_total, history.total).tolist()
    ranges = list(zip(low.astype(int).tolist(), high.astype(int).tolist(), strict=True))
    return [
        _judgement(history, ringer, row, offset, hot=row in hot, score=scores[row], usual=ranges[row], rose=rose[row])
        for row in range(len(history.start))
    ]


def _judgement(
    history: History,
    ringer: Ringer,
    row: int,
    offset: int,
    *,
    hot: bool,
    score: float,
    usual: tuple[int, int],
    rose: bool,
) -> Judgement:
    ringer.close_if_calm(row + offset)
    rang = _step(ringer, history, row, offset) if hot else False
    spike = spike_of(history, ringer.open, offset) if rang and ringer.open is not None else None
    number = len(ringer.episodes) if ringer.open is not None else 0
    learning = bool(history.days[row] < LEARNING_DAYS)
    return Judgement(
        start=moment(int(history.start[row])),
        score=score,
        alarm=rang,
        expected=float(history.mean[row, 0]),
        low=usual[0],
        high=usual[1],
        reason=reason_for(history, row, spike, number, rose=rose),
        episode=number,
        learning=learning,
        spike=spike,
    )


def detect(counts: Counts, settings: SpikeSettings | None = None) -> list[Judgement]:
    """Judge a whole series; each judgement is what the incremental detector would have said at that bucket."""
    settings = settings or SpikeSettings()
    return judge(score_history(counts, measure=settings.measure), settings)


class Detector:
    """The same, one bucket at a time; picklable. Buckets that were skipped count as not heard."""

    def __init__(self, bucket_seconds: int, settings: SpikeSettings | None = None) -> None:
        self.bucket_seconds, self.settings = int(bucket_seconds), settings or SpikeSettings()
        self._scorer: Scorer | None = None
        self._ringer: Ringer | None = None

    def update(self, bucket: Bucket) -> Judgement:
        """Judge the next bucket."""
        start = int(bucket.start)
        if self._scorer is None or self._ringer is None:
            self._scorer = Scorer(start, self.bucket_seconds, self.settings.measure)
            self._ringer = Ringer(self._scorer.windows, self.bucket_seconds, self.settings)
        due = self._scorer.series.first + self._scorer.series.n * self.bucket_seconds
        gap = (start - due) // self.bucket_seconds
        if gap < 0:
            raise InputError("this bucket, or a later one, was already judged")
        silence = np.zeros(max(0, gap))
        counts = counts_from(
            due,
            self.bucket_seconds,
            negative=np.append(silence, bucket.negative),
            total=np.append(silence, bucket.total),
            heard=np.append(silence, float(bucket.heard)) > 0,
        )
        blocks = self._scorer.extend(counts.negative, counts.total, counts.heard.astype(np.float64))
        history = history_of(self._scorer, counts, blocks)
        offset = self._scorer.series.n - len(history.start)
        return judge_rows(history, self._ringer, offset)[-1]

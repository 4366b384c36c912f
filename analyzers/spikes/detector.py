"""The detector: on line, count-aware, calibrated (see the package's page for the whole story and its blind spots).

Scoring knows nothing of the knob: rows become evidence once, then any knob, floor or cool-down is replayed over it in
milliseconds. What past rows the baseline learns from is decided at a fixed sensitivity for the same reason.
"""

from dataclasses import dataclass

import numpy as np

from analyzers.spikes.baseline import HISTORY_DAYS, Baseline, empty_baseline, fit
from analyzers.spikes.calibrate import ASIDE, Tail, Towers, fit_tail, fit_towers
from analyzers.spikes.evidence import NO_EVIDENCE, Evidence, Lens, Sums, weigh
from analyzers.spikes.ladder import build, level_ladder
from analyzers.spikes.records import DAY, HOUR, LEARNING_DAYS, Bools, Counts, Floats, Ints, Measure, SpikeSettings
from analyzers.spikes.ringing import Novelty, Ringer
from analyzers.spikes.series import TALL_NOW_HOURS, Series
from analyzers.spikes.tails import usual_range

# Nothing rings before this much was heard; from there to LEARNING_DAYS the bar comes down from so many decades. A volume
# is learned sooner than a share of it.
EARLIEST_DAYS = 2.0
EARLY_PENALTY: dict[Measure, float] = {"negative": 1.5, "share": 1.5, "total": 0.7}
FEWEST = 3
# Holidays, new sources and slow swings are in no fit and ring too, so up to so many decades are kept for them: half of it
# where so many mentions a day are usual. In few mentions swings drown in chance, and the knob's promise is spent whole.
HELD_BACK: dict[Measure, tuple[float, float]] = {"negative": (0.35, 20.0), "share": (0.35, 20.0), "total": (0.45, 10.0)}
# Of a brand whose mentions burst often, each burst is beyond chance and only the tall ones are news: so many doublings
# over what was tall of late make an alarm, and one doubling more is worth so many decades.
TOWERS, TOWERING = 0.2, 3.0
# In their first weeks volumes by the minute are taken to burst, though by no more decades than chance allows and so many.
YOUNG_SLACK = 1.0
FIRST_TAUGHT = 150  # the tail learns from the third day or this row on
KEPT_OUT_DAYS, NEWS_A_MONTH = 4.0, (1.7, 3.0)
# A ladder costs as much as three fits: one after so many fits, later and early. Where what is usual is only drawn, a ladder
# merely says which rows are left out.
LADDERS, LADDERS_DRAWN = (6, 1), (12, 3)


@dataclass(frozen=True)
class Block:
    """Scored rows: arrays of rows x windows, and per row."""

    sums: Sums
    evidence: Evidence
    decades: Floats
    penalty: Floats
    days: Floats
    novel: Floats
    stretch: Floats
    often: Floats


class Scorer:
    """Rows in, evidence out. Holds the series, the current fit and the fixed-sensitivity ringer that guards the baseline."""

    def __init__(self, first: int, bucket_seconds: int, measure: Measure, *, lead: int = 0) -> None:
        self.measure, self.bucket_seconds, self.lead = measure, bucket_seconds, lead
        self.lens = Lens.of(measure, bucket_seconds)
        self.windows = self.lens.windows
        self.series = Series(first, bucket_seconds)
        self.base: Baseline = empty_baseline(len(self.windows))
        self.ladder, self.tail, self.held_back = level_ladder(), Tail(), 0.0
        self.bursty, self.young = 0.0, False  # how much all mentions are judged by what towers, 0 to 1
        self.towers = Towers()
        self.guard = Ringer(self.windows, bucket_seconds, SpikeSettings(measure=measure))
        # What is news for the score is asked at lower bars too, so that a reader may set his own.
        self.news = [
            Ringer(self.windows, bucket_seconds, SpikeSettings(knob, measure=measure)) for knob in NEWS_A_MONTH
        ]
        self.novelty = Novelty()
        self.fits_at, self.fits = 0, 0
        self.heard_rows = 0.0

    def extend(self, negative: Floats, total: Floats, heard: Floats) -> list[Block]:
        """Append rows, refitting on schedule, and return their blocks."""
        blocks, done = [], 0
        while done < len(total):
            if self.series.n >= self.fits_at:
                self._refit()
            step = min(len(total) - done, self.fits_at - self.series.n)
            cut = slice(done, done + step)
            blocks.append(self._score(negative[cut], total[cut], heard[cut]))
            done += step
        return blocks

    def _refit(self) -> None:
        n = self.series.n
        day = DAY / self.bucket_seconds
        # Every six hours at first, then daily, then every other or third day; ten rows when a bucket is a day.
        every = day / 4 if n < 3 * day else day if n < 28 * day else (3 if self.lead else 2) * day
        every = max(every, 1.0 if n < 28 else 10.0)
        if n < self.lead:
            # Nobody asks about these rows: learned anew when they are a third more.
            every = min(max(day, n / 3), self.lead - n)
        self.fits_at = n + int(every)
        # Volumes by the minute burst, until two weeks of them say otherwise.
        self.young = self.measure == "total" and self.bucket_seconds < HOUR and n < LEARNING_DAYS * day
        self.bursty = float(self.young)
        if n == 0:
            return
        rows = int(max(HISTORY_DAYS * day, 150))
        value_only = self.measure == "total"
        self.base = fit(self.series.past(rows), self.windows, value_only=value_only)
        a_day = 24.0 * float((self.base.total_rate * (1.0 if value_only else self.base.share)).mean())
        most, half = HELD_BACK[self.measure]
        self.held_back = most * a_day / (a_day + half)
        self.fits += 1
        early = self.fits < 20 and n < (self.lead or 28 * day)
        # The first rows neither ring nor teach the tail.
        wanted = self.fits_at > min(EARLIEST_DAYS * day - 1, FIRST_TAUGHT)
        if wanted and self.fits % (LADDERS_DRAWN if self.lead else LADDERS)[early] == 0:
            self.ladder = build(self.base, self.lens, fewest=FEWEST)
        a = max(0, n - rows)
        judged = (self.series["heard"][a:n] > 0) & (self.series["silent"][a:n] == 0)
        judged &= np.arange(a, n) >= min(3 * day, FIRST_TAUGHT)
        starts, aside, least = self.series.starts(a, n), ASIDE[self.measure], float(self.ladder.worth[0])
        self.tail = fit_tail(starts, self.series["raw"][a:n], judged, aside=aside, least=least)
        if self.measure == "total" and not self.young:
            self.bursty = self.tail.bursty
            judged &= np.arange(a, n) >= 7 * day
            self.towers = fit_towers(starts, self.series["towers"][a:n], judged)

    def _score(self, negative: Floats, total: Floats, heard: Floats) -> Block:
        a = self.series.n
        # A rate learned from a handful of mentions is no ground to call the zeros that follow an outage: they teach it.
        k = float(self.base.k_total[min(len(self.windows) - 1, 5)])
        calm = 1.0 / (1.0 / k + 1.0 / self.base.sure_total) if self.base.days > 0 else 0.0
        self.series.append(negative, total, heard, self.base, calm)
        b = self.series.n
        sums = self.series.window_sums(a, b, self.windows)
        seen = weigh(sums, self.base, self.lens)
        # What the first day expected was a guess, so no window that reaches into it is judged.
        guessed = max(1, DAY // self.bucket_seconds)
        fits = self.windows[None, :] <= (np.arange(a, b)[:, None] + 1 - guessed)
        raw = np.where(fits, self.ladder.apply(seen.decades), NO_EVIDENCE)
        decades = self.tail.apply(raw) - self.held_back
        if self.measure == "total":
            self.series.columns["towers"][a:b] = self.series.prominence(a, b)
        if self.bursty > 0:
            # Exactly what towers where all is judged by it: of windows that are alike the shortest is told, not one by rounding.
            decades = (1.0 - self.bursty) * decades + self.bursty * self._towering(a, b, decades)
        decades = np.where(heard[:, None] > 0, decades, NO_EVIDENCE)
        observed = sums.total if self.measure == "total" else sums.negative
        # The tail is learned from what could have rung, so that what may not ring does not use up the promise.
        able = seen.strong & (observed >= FEWEST) & (heard[:, None] > 0)
        self.series.columns["raw"][a:b] = np.where(able, raw, NO_EVIDENCE).max(axis=1)
        days = (self.heard_rows + np.cumsum(heard)) * self.bucket_seconds / DAY
        self.heard_rows += float(heard.sum())
        penalty = (1.0 - self.bursty) * EARLY_PENALTY[self.measure] * np.clip(1.0 - days / LEARNING_DAYS, 0.0, 1.0)
        penalty = np.where(days < EARLIEST_DAYS, 99.0, penalty)
        novel = self._guard(a, decades, observed, seen.strong, penalty)
        return Block(sums, seen, decades, penalty, days, novel, *self._rank(b - a))

    def _towering(self, a: int, b: int, ordinary: Floats) -> Floats:
        """Evidence of what towers; never above the ordinary in windows it did not look at and for what an outage owed."""
        towering = TOWERING * (self.series.columns["towers"][a:b] - TOWERS)
        owed = self.series.columns["owed"][a:b, None] > 0
        long = self.windows[None, :] * self.bucket_seconds > max(TALL_NOW_HOURS * HOUR, self.bucket_seconds)
        slack = np.where(owed, 0.0, YOUNG_SLACK * self.young)
        bound = np.where(self.young | owed | long, ordinary + slack, np.inf)
        return np.minimum(np.maximum(towering, NO_EVIDENCE)[:, None], bound)

    def _rank(self, rows: int) -> tuple[Floats, Floats]:
        """Per row: evidence that a decade of the knob is worth, and what a month has by chance at evidence 0, in decades.

        What towers is ranked, so the series' own past says how much rarer the higher is, and how often it comes at all.
        """
        stretch, often = 1.0, YOUNG_SLACK * self.young
        if not self.young:
            stretch += self.bursty * (TOWERING / self.towers.decades - 1.0)
            often = self.bursty * self.towers.often(TOWERS)
        return np.full(rows, stretch), np.full(rows, often)

    def _guard(self, a: int, decades: Floats, observed: Floats, strong: Bools, penalty: Floats) -> Floats:
        """Mark rows inside episodes, which the next fits leave out, and keep what is news for the score."""
        best = np.where(strong & (observed >= self.guard.settings.floor), decades, NO_EVIDENCE).max(axis=1) - penalty
        spiking, news = self.series.columns["spiking"], self.news[-1]
        longest = KEPT_OUT_DAYS * DAY / self.bucket_seconds
        hot = (decades.max(axis=1) >= float(news.warmth())).tolist()
        novel = np.empty(len(hot))
        for i, evidence in enumerate(best.tolist()):
            row, rang = a + i, False
            if hot[i]:
                step = (row, decades[i], observed[i], strong[i], float(penalty[i]))
                said = [ringer.step(*step) for ringer in (self.guard, *self.news)]
                rang = any(said)
            else:
                for ringer in (self.guard, *self.news):
                    ringer.close_if_calm(row)
            episode = self.guard.open
            if episode is not None and row - episode.alarm < longest:
                if episode.alarm == row:
                    spiking[max(0, row + 1 - int(self.windows[episode.window])) : row] = 1.0
                spiking[row] = 1.0
            novel[i] = self.novelty.step(evidence, rang=rang, inside=news.open is not None)
        return novel


@dataclass(frozen=True)
class History:
    """Scored counts, ready for any setting. Arrays are rows x windows unless per row."""

    start: Ints
    bucket_seconds: int
    measure: Measure
    windows: Ints
    observed: Floats
    total: Floats
    due_total: Floats
    mean: Floats
    shape: Floats
    log_p: Floats
    decades: Floats
    strong: Bools
    penalty: Floats
    days: Floats
    novel: Floats
    stretch: Floats
    often: Floats
    heard: Bools
    silent: Bools
    catching_up: Bools

    @property
    def hours(self) -> Floats:
        return np.asarray(self.windows * (self.bucket_seconds / HOUR), dtype=np.float64)

    @property
    def usual(self) -> tuple[Floats, Floats]:
        """Low and high of what is usual in each bucket: 95 of 100 lie between."""
        return usual_range(self.mean[:, 0], self.shape[:, 0])


def score_history(counts: Counts, *, measure: Measure = "negative", lead: int = 0) -> History:
    """Evidence for every row, each from that row and earlier ones. Independent of knob, floor and cool-down.

    The first `lead` rows are only learned from, with fewer fits on the way and after. That is for drawing what is usual
    after them, which then differs by a few hundredths at most hours; what rings is judged without it.
    """
    first = int(counts.start[0]) if len(counts) else 0
    scorer = Scorer(first, counts.bucket_seconds, measure, lead=lead)
    return history_of(scorer, counts, scorer.extend(counts.negative, counts.total, counts.heard.astype(np.float64)))


def history_of(scorer: Scorer, counts: Counts, blocks: list[Block]) -> History:
    """Join blocks that cover exactly `counts`."""
    wide = len(scorer.windows)

    def join(parts: list[Floats], *, per_row: bool = False) -> Floats:
        return np.concatenate(parts) if parts else np.zeros(0 if per_row else (0, wide))

    value_only = scorer.measure == "total"
    n = scorer.series.n
    rows = slice(n - len(counts), n)
    return History(
        counts.start,
        counts.bucket_seconds,
        scorer.measure,
        scorer.windows,
        join([b.sums.total if value_only else b.sums.negative for b in blocks]),
        join([b.sums.total for b in blocks]),
        join([b.sums.due_total for b in blocks]),
        join([b.evidence.mean for b in blocks]),
        join([b.evidence.shape for b in blocks]),
        join([b.evidence.log_p for b in blocks]),
        join([b.decades for b in blocks]),
        join([b.evidence.strong.astype(np.float64) for b in blocks]) > 0,
        join([b.penalty for b in blocks], per_row=True),
        join([b.days for b in blocks], per_row=True),
        join([b.novel for b in blocks], per_row=True),
        join([b.stretch for b in blocks], per_row=True),
        join([b.often for b in blocks], per_row=True),
        counts.heard,
        scorer.series["hushed"][rows] > 0,
        scorer.series["owed"][rows] > 0,
    )

"""The series as the detector remembers it: rows, running sums, what was expected, and which rows to learn from.

Rows are appended in blocks of any size; every array at a row depends on that row and earlier ones only, and the same
rows appended one by one or at once give the same numbers (running sums are added in one order).

An outage is a run of rows nobody heard, or of zeros far too long for chance. When it ends, what was missed may arrive at
once: the missed expectation becomes a backlog that is owed until it has come or time has passed.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from analyzers.spikes.baseline import Baseline, Past
from analyzers.spikes.evidence import FEW_OTHERS, Sums
from analyzers.spikes.records import DAY, HOUR, Floats, Ints

# A run of zeros is an outage when chance gives it less often than this.
QUIET_CHANCE = 0.01
LONGEST_OUTAGE = 7 * DAY  # of rows that were heard
UNREST_HOURS, FEW_TO_TELL = 12.0, 2.0  # half-life; and of so many mentions expected meanwhile half is believed
# A campaign is remembered for a while. Up to CHANCE doublings of other mentions are nothing to remember.
LOUD_HOURS, LOUD_MEMORY_HOURS, CHANCE = 6.0, 24.0, 0.25
# From so many doublings down to so many a swell lasts; the fit learns nothing from it unless it outlasts LONGEST_SWELL,
# for then it is the new usual. What the first days foretell is too unsure to call anything a swell.
SWELL, SWELL_OVER, LONGEST_SWELL, FIRST_SWELL = 1.0, 0.5, 6 * DAY, 4 * DAY
# What is tall: the tallest row of each quarter of a day, and of those the third tallest of four weeks; beside it, with
# half the weight, the tallest of the last two days, for large bursts have aftershocks.
TALL_HOURS, TALL_DAYS, TALL_RANK, TALL_NOW_HOURS, TALL_LEAST = 6.0, 28.0, 3, 0.25, 2.0
LATELY_DAYS, LATELY = 2.0, 0.5
_FIELDS = (
    "negative",
    "total",
    "heard",
    "due_total",
    "due_negative",
    "owed",
    "owed_share",
    "stage",
    "silent",
    "hushed",
    "unrest",
    "loud",
    "swollen",
    "spiking",
    "raw",
    "towers",
)


@dataclass
class _Quiet:
    """The current run of rows without a mention, and what is still owed from the last one."""

    first: int = -1
    missed: float = 0.0
    outage: bool = False
    owed: float = 0.0
    owed_at_first: float = 0.0
    owed_until: int = -1
    stage: int = -1


@dataclass
class _Swell:
    """The current run of rows with far more mentions than expected, from row `first`; `usual` when it lasted too long."""

    first: int = -1
    usual: bool = False


class Series:
    """Growing columns with running sums; `n` rows are filled."""

    def __init__(self, first: int, bucket_seconds: int) -> None:
        self.first, self.bucket_seconds, self.n = first, bucket_seconds, 0
        self._size = 0
        self.columns: dict[str, Floats] = {name: np.zeros(0) for name in _FIELDS}
        self.sums: dict[str, Floats] = {
            name: np.zeros(1) for name in ("negative", "total", "due_negative", "due_total")
        }
        self._quiet = _Quiet()
        self._unrest = (0.0, 0.0)
        self._loud = (0.0, 0.0, 0.0)
        self._swell = _Swell()

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name][: self.n]

    def starts(self, a: int, b: int) -> Ints:
        return np.asarray(self.first + self.bucket_seconds * np.arange(a, b, dtype=np.int64), dtype=np.int64)

    def append(self, negative: Floats, total: Floats, heard: Floats, base: Baseline, calm: float) -> None:
        """Add rows with what the baseline expects of them. `calm` is the shape that decides how long a silence is odd."""
        a, b = self.n, self.n + len(total)
        self._grow(b)
        due, share = base.expect(self.starts(a, b), self.bucket_seconds)
        column = self.columns
        column["heard"][a:b], column["stage"][a:b] = heard, -1.0
        column["negative"][a:b], column["total"][a:b] = negative * heard, total * heard
        column["due_total"][a:b], column["due_negative"][a:b] = due * heard, due * share * heard
        column["owed_share"][a:b] = share
        self.n = b
        self._mark_outages(a, b, due, calm)
        self._remember_unrest(a, b)
        self._remember_loudness(a, b)
        for name, sums in self.sums.items():
            # One order of adding, so that blocks of any size give the same figures.
            sums[a : b + 1] = np.add.accumulate(np.concatenate([sums[a : a + 1], column[name][a:b]]))

    def _remember_unrest(self, a: int, b: int) -> None:
        """How wild the last hours were before each row: squared error beyond Poisson, fading by half in UNREST_HOURS.

        From few mentions there is little to tell it by: one where one a day is usual is no wild day.
        """
        column = self.columns
        due = column["due_total"][a:b]
        beyond = (column["total"][a:b] - due) ** 2 - due
        keep = 0.5 ** (self.bucket_seconds / HOUR / UNREST_HOURS)
        now, expected = self._unrest
        unrest = column["unrest"]
        for i, (step, foretold) in enumerate(zip(beyond.tolist(), due.tolist(), strict=True), start=a):
            unrest[i] = now * expected / (expected + FEW_TO_TELL)
            now, expected = keep * now + (1.0 - keep) * step, keep * expected + foretold
        self._unrest = (now, expected)

    def _remember_loudness(self, a: int, b: int) -> None:
        """How long, of late, other mentions were twice as many as expected: 1 after a day of it."""
        column = self.columns
        others = (column["total"][a:b] - column["negative"][a:b]).tolist()
        due = (column["due_total"][a:b] - column["due_negative"][a:b]).tolist()
        rows = HOUR / self.bucket_seconds
        keep, hold = 0.5 ** (1.0 / rows / (LOUD_HOURS / 2)), 0.5 ** (1.0 / rows / LOUD_MEMORY_HOURS)
        heard, expected, memory = self._loud
        loud = column["loud"]
        for i, (got, foretold) in enumerate(zip(others, due, strict=True), start=a):
            heard, expected = keep * heard + got, keep * expected + foretold
            now = math.log2((heard + FEW_OTHERS) / (expected + FEW_OTHERS))
            memory = hold * memory + (1.0 - hold) * min(max((now - CHANCE) / (1.0 - CHANCE), 0.0), 1.0)
            loud[i] = min(1.0, 2.0 * memory)
            self._mark_swell(i, now)
        self._loud = (heard, expected, memory)

    def _mark_swell(self, i: int, doublings: float) -> None:
        """Campaigns teach the fit nothing: it would be deaf for a week after each."""
        swell, swollen = self._swell, self.columns["swollen"]
        if doublings < SWELL_OVER:
            swell.first, swell.usual = -1, False
            return
        if swell.first < 0:
            if doublings < SWELL or i * self.bucket_seconds < FIRST_SWELL:
                return
            swell.first = i
        if not swell.usual and (i - swell.first) * self.bucket_seconds > LONGEST_SWELL:
            swollen[swell.first : i] = 0.0
            swell.usual = True
        swollen[i] = float(not swell.usual)

    def prominence(self, a: int, b: int) -> Floats:
        """Doublings of all mentions in rows a..b-1, or just before, over what was tall before them.

        What a person sees in a plot: a burst as tall as several before it is no news, however rare at its hour.
        """
        block = max(1, round(TALL_HOURS * HOUR / self.bucket_seconds))
        kept, lately = (round(days * DAY / self.bucket_seconds / block) for days in (TALL_DAYS, LATELY_DAYS))
        now = max(1, round(TALL_NOW_HOURS * HOUR / self.bucket_seconds))
        total = self.columns["total"]
        phase = self.first // self.bucket_seconds % block  # quarters of a day are the clock's, wherever it begins
        tall = np.full(b - a, np.inf)
        for number in range((a + phase) // block, (b - 1 + phase) // block + 1):
            begin = number * block - phase
            past = total[max(0, begin - max(kept, TALL_RANK) * block) : max(begin, 0)]
            past = np.concatenate([np.zeros(-len(past) % block), past])
            peaks = np.log2(past.reshape(-1, block).max(axis=1) + TALL_LEAST)
            if len(peaks):
                tallest = np.sort(peaks)[-min(TALL_RANK, len(peaks))]
                level = (tallest + LATELY * peaks[-max(lately, 1) :].max()) / (1.0 + LATELY)
                tall[max(begin - a, 0) : begin + block - a] = level
        recent = np.max([total[np.maximum(np.arange(a, b) - back, 0)] for back in range(now)], axis=0)
        return np.asarray(np.log2(recent + TALL_LEAST) - tall, dtype=np.float64)

    def _grow(self, size: int) -> None:
        if size <= self._size:
            return
        self._size = max(size, 2 * self._size, 256)
        for name, values in self.columns.items():
            self.columns[name] = np.concatenate([values, np.zeros(self._size - len(values))])
        for name, values in self.sums.items():
            self.sums[name] = np.concatenate([values, np.zeros(self._size + 1 - len(values))])

    def _mark_outages(self, a: int, b: int, due: Floats, calm: float) -> None:
        column, quiet = self.columns, self._quiet
        total, heard = column["total"], column["heard"]
        for i, expected in zip(range(a, b), due.tolist(), strict=True):
            if total[i] == 0:
                self._quieter(i, expected, bool(heard[i]), calm)
                continue
            if quiet.first >= 0:
                self._speaks_again(i)
            if quiet.owed > 0:
                column["owed"][i], column["stage"][i] = quiet.owed, quiet.stage
                quiet.owed -= max(0.0, float(total[i]) - expected)
                if quiet.owed < 0.1 * quiet.owed_at_first or i >= quiet.owed_until:
                    quiet.owed = 0.0

    def _quieter(self, i: int, expected: float, heard: bool, calm: float) -> None:
        quiet, silent = self._quiet, self.columns["silent"]
        if quiet.first < 0:
            quiet.first, quiet.missed, quiet.outage = i, 0.0, False
        if heard and (i - quiet.first) * self.bucket_seconds > LONGEST_OUTAGE:
            quiet.outage = False  # it was listened to for a week: this is the new usual, and the next fits learn it
            return
        quiet.missed += expected
        # With no baseline yet (calm 0) no run of zeros is odd.
        if not quiet.outage:
            chance = (calm / (calm + quiet.missed)) ** calm
            quiet.outage = chance < QUIET_CHANCE or not heard
            if quiet.outage:
                silent[quiet.first : i + 1] = 1.0
        else:
            silent[i] = 1.0
        # `silent` is known in hindsight and teaches later fits; `hushed` is what could be said at the row.
        self.columns["hushed"][i] = float(quiet.outage)
        if quiet.owed > 0 and i < quiet.owed_until:
            self.columns["owed"][i], self.columns["stage"][i] = quiet.owed, quiet.stage

    def _speaks_again(self, i: int) -> None:
        quiet = self._quiet
        if quiet.outage:
            rows = i - quiet.first
            hour = max(1, HOUR // self.bucket_seconds)
            quiet.owed = quiet.owed_at_first = quiet.missed
            quiet.owed_until = i + min(max(rows, 3, 3 * hour), max(3, DAY // self.bucket_seconds))
            quiet.stage = i
        quiet.first, quiet.missed, quiet.outage = -1, 0.0, False

    def window_sums(self, a: int, b: int, windows: Ints) -> Sums:
        """Sums over the windows that end at rows a..b-1. Windows longer than the series stop at its first row."""
        ends = np.arange(a, b)[:, None] + 1
        begins = np.maximum(ends - windows[None, :], 0)
        parts = {name: sums[ends] - sums[begins] for name, sums in self.sums.items()}
        backlog, backlog_negative = self._backlog(a, b, begins)
        return Sums(
            parts["negative"],
            parts["total"],
            np.maximum(parts["due_negative"], 0.0),
            np.maximum(parts["due_total"], 0.0),
            backlog,
            backlog_negative,
            self._wildest(a, b, windows),
            self.columns["loud"][a:b, None],
        )

    def _wildest(self, a: int, b: int, windows: Ints) -> Floats:
        """The most unrest at any row of each window: what made it wild still stands in the window when unrest has faded,
        and would ring once more long after it ended."""
        back = min(a, int(windows.max()) - 1)
        unrest = np.maximum(self.columns["unrest"][a - back : b], 0.0)
        sizes = windows.tolist()
        most = [maximum_filter1d(unrest, size, origin=(size - 1) // 2, mode="nearest")[back:] for size in sizes]
        return np.stack(most, axis=1)

    def _backlog(self, a: int, b: int, begins: Ints) -> tuple[Floats, Floats]:
        """The most that was owed at any row of the window: owed falls with time, so look at its stage's first row."""
        none = np.zeros(begins.shape)
        back = max(0, a - int((np.arange(a, b)[:, None] - begins).max()) - 1)
        if not self.columns["owed"][back:b].any():
            return none, none
        latest = np.maximum.accumulate(self.columns["stage"][:b])[a:b].astype(np.int64)
        row = np.maximum(begins, latest[:, None])
        within = (latest[:, None] >= 0) & (row <= np.arange(a, b)[:, None])
        row = np.where(within, row, 0)
        owed = np.where(within, self.columns["owed"][row], 0.0)
        return owed, owed * self.columns["owed_share"][row]

    def past(self, rows: int) -> Past:
        """The last `rows` rows for a fit."""
        a = max(0, self.n - rows)
        cut = slice(a, self.n)
        column = self.columns
        return Past(
            self.starts(a, self.n),
            self.bucket_seconds,
            column["negative"][cut],
            column["total"][cut],
            (column["heard"][cut] > 0) & (column["silent"][cut] == 0),
            (column["spiking"][cut] > 0) | (column["swollen"][cut] > 0),
        )

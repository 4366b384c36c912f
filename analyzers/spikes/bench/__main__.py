"""`python -m analyzers.spikes.bench`: scorecard, campaigns, confounders, calibration, silences, tweets, speed, in one run.

--brands N     simulated brands (default 140)
--seed S       another truth of the same kind
--quick        a tenth of everything, for a look
--only PART    one part: scorecard, campaigns, confounders, calibration, silences, tweets or speed
--nab FOLDER   the tweets part on the real series, too: a checkout of the Numenta Anomaly Benchmark
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from analyzers.spikes.bench import confounders, peers
from analyzers.spikes.bench.campaigns import KINDS, Trial, campaign_brand, trial
from analyzers.spikes.bench.nab import best_nab_score, nab_score, real_volumes
from analyzers.spikes.bench.pauses import rings_a_month, stops, voices
from analyzers.spikes.bench.scorecard import HEADER, at_most_one_false_alarm, card
from analyzers.spikes.bench.simulate import FIRST, Brand, brand, brands
from analyzers.spikes.bench.tweets import Volume, volume
from analyzers.spikes.detector import History, score_history
from analyzers.spikes.records import DAY, HOUR, MONTH_DAYS, Counts, Floats, Measure, SpikeSettings, counts_from
from analyzers.spikes.replay import judge, replay
from analyzers.spikes.ringing import score_of
from errors import InputError

PARTS = ("scorecard", "campaigns", "confounders", "calibration", "silences", "tweets", "speed")
KNOBS, TWEET_KNOBS = (0.5, 1.0, 4.0), (0.5, 1.0, 2.0)
# Where the benchmark's optimiser put the windowed Gaussian's threshold: 1 in double precision.
GAUSSIAN_BAR = 8.3


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m analyzers.spikes.bench", description=__doc__)
    parser.add_argument("--brands", type=int, default=140)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--nab", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        real = real_volumes(options.nab) if options.nab else []
    except InputError as error:
        parser.error(str(error))
    tenth = 10 if options.quick else 1
    few, sets = (4, 1) if options.quick else (10, 6)
    asked = PARTS if options.only is None else (options.only,)
    if "scorecard" in asked:
        _scorecard(brands(max(8, options.brands // tenth), seed=options.seed))
    if "campaigns" in asked:
        _campaigns(max(1, 6 // tenth), options.seed)
    if "confounders" in asked:
        _confounders(max(3, 40 // tenth), options.seed)
    if "calibration" in asked:
        _calibration(max(3, 12 // tenth), options.seed)
    if "silences" in asked:
        _pauses(max(2, 20 // tenth), options.seed)
    if "tweets" in asked:
        _volumes(
            "like the real ones", [[volume(options.seed * 1000 + 100 * k + i) for i in range(few)] for k in range(sets)]
        )
        if real:
            _volumes("of real brands (realTweets)", [real])
    if "speed" in asked:
        _speed(30_000 // tenth)
    return 0


def _say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def alarm_rows(history: History, knob: float) -> list[int]:
    """The rows that ring at a knob."""
    setting = SpikeSettings(false_alarms_per_month=knob, measure=history.measure)
    return [int(s.end.timestamp() - history.start[0]) // history.bucket_seconds - 1 for s in replay(history, setting)]


def _scorecard(truth: Sequence[Brand]) -> None:
    crises = sum(len(one.of("crisis")) for one in truth)
    campaigns, outages = (sum(len(one.of(kind)) for one in truth) for kind in ("campaign", "outage"))
    days = sum(len(one.counts) * one.counts.bucket_seconds for one in truth) / DAY
    _say(f"Simulated truth: {len(truth)} brands, {days:,.0f} brand-days, {crises} crises, {campaigns} campaigns,")
    _say(f"{outages} outages; also new sources, holidays, daily peaks, growth. From 1 to 600 negatives a day.")
    _say()
    _say(HEADER)
    histories = [score_history(one.counts) for one in truth]
    for knob in (0.5, 1.0, 2.0):
        line = card(f"fengping, knob {knob:g} a month", truth, [alarm_rows(h, knob) for h in histories]).line()
        _say(line)
    negative = [(one.counts.negative, one.counts.bucket_seconds) for one in truth]
    scored: list[tuple[str, list[Floats]]] = [
        ("rolling z-score, 7 days", [peers.rolling_z(*pair) for pair in negative]),
        ("seasonal decomposition (S-H-ESD)", [peers.seasonal_test(*pair) for pair in negative]),
        ("Poisson, same hour of the week", [peers.poisson_same_hour(*pair) for pair in negative]),
        ("oracle, told the true rates", [peers.oracle(one) for one in truth]),
    ]
    for name, scores in scored:
        _say(at_most_one_false_alarm(f"{name}, at most 1 false", truth, scores).line())
    _say()


def _campaigns(n: int, seed: int) -> None:
    _say(f"Campaigns by shape, {n} brands each, 60 days: how many rang (crises inside aside), crises inside caught")
    every: list[Trial] = []
    for number, (name, kind) in enumerate(KINDS.items()):
        brands_of_kind = [campaign_brand(seed * 100_000 + 1_000 * number + i, kind) for i in range(n)]
        alarms = [alarm_rows(score_history(one.counts), 1.0) for one in brands_of_kind]
        every.append(trial(brands_of_kind, alarms))
        _say(_trial_line(name, every[-1]))
    _say(_trial_line("all", Trial(*(sum(figures) for figures in zip(*map(astuple, every), strict=True)))))
    _say()


def _trial_line(name: str, one: Trial) -> str:
    crises = f"{one.caught:5} of {one.crises} crises inside" if one.crises else ""
    return f"{name:<44} {one.rang:5} of {one.campaigns:3} = {one.rang / max(one.campaigns, 1):6.1%} {crises}"


def _confounders(n: int, seed: int) -> None:
    _say(f"What else multiplies all mentions, {n} brands each, 60 days: how many rang; alarms elsewhere per 30 days")
    for number, kind in enumerate(confounders.KINDS):
        brands_of_kind = [confounders.troubled(seed * 200_000 + 1_000 * number + i, kind) for i in range(n)]
        alarms = [alarm_rows(score_history(one.counts), 1.0) for one in brands_of_kind]
        found = confounders.trouble(brands_of_kind, kind, alarms)
        _say(f"{kind:<44} {found.rang:5} of {found.events:4} = {found.rang / found.events:6.1%} {found.quiet:8.2f}")
    _say()


def _calibration(n: int, seed: int) -> None:
    _say("Calibration on series without events: alarms per 30 days after the first 14 (promised: the column's head)")
    _say(f"{'series':<44}" + "".join(f"{knob:>8g}" for knob in KNOBS))
    for rate in (1.0, 5.0, 30.0, 200.0, 1440.0):
        null = [calm(rate, HOUR, 104, seed + i) for i in range(n)]
        _row(f"{rate:g} negatives a day, hourly", null, "negative")
    for rate in (1.0, 30.0, 1440.0):
        null = [counts_from(FIRST, HOUR, negative=calm(rate, HOUR, 104, seed + i).negative) for i in range(n)]
        _row(f"{rate:g} mentions a day, hourly, all mentions", null, "total")
    few = max(3, n // 3)
    _row("1440 negatives a day, 5 minutes", [calm(1440.0, 300, 60, seed + i) for i in range(few)], "negative")
    _row("1440 negatives a day, 1 minute", [calm(1440.0, 60, 40, seed + i) for i in range(few)], "negative")
    _row("20 negatives a day, daily", [calm(20.0, DAY, 800, seed + i) for i in range(few)], "negative")
    swinging = [brand(seed * 991 + i, days=104, crises=0, troubles=False).counts for i in range(2 * n)]
    _row("simulated brands, swinging, 1 to 600 a day", swinging, "negative")
    _say()


def _pauses(n: int, seed: int) -> None:
    _say(
        "Silences of brands whose sources never stop, per 30 days; then of one source that stops: told, delay at knob 1"
    )
    _say(f"{'sources, mentions a day each':<44}" + "".join(f"{knob:>8g}" for knob in KNOBS))
    for sources, a_day, swing in ((1, 2, 0.0), (5, 2, 0.0), (20, 2, 0.0), (3, 24, 0.0), (1, 2, 0.4), (10, 2, 0.4),
                                  (3, 24, 0.4), (1, 480, 0.4)):  # fmt: skip
        brands_ = [voices(a_day, sources, 74, seed + i, swing=swing) for i in range(n)]
        rates = "".join(f"{rings_a_month(brands_, 74, knob):8.2f}" for knob in KNOBS)
        told = stops(brands_, 60.4, 1.0)
        name = f"{sources} x {a_day}{', swinging' if swing else ''}"
        _say(f"{name:<44}{rates}   {told.told} of {told.stopped}, {told.hours:.0f} h")
    _say()


def calm(a_day: float, bucket: int, days: int, seed: int) -> Counts:
    """Poisson counts with a daily rhythm, a fifth of them negative."""
    rng = np.random.default_rng(seed)
    hour = np.arange(days * DAY // bucket) * bucket / HOUR
    rate = a_day * bucket / DAY * (1 + 0.6 * np.sin(2 * np.pi * hour / 24))
    negative = rng.poisson(rate)
    return counts_from(FIRST, bucket, negative=negative, total=negative + rng.poisson(4 * rate))


def _row(name: str, series: Sequence[Counts], measure: Measure) -> None:
    histories = [score_history(one, measure=measure) for one in series]
    settled = round(14 * DAY / series[0].bucket_seconds)
    months = sum(len(one) - settled for one in series) * series[0].bucket_seconds / DAY / MONTH_DAYS
    rates = [sum(row >= settled for h in histories for row in alarm_rows(h, knob)) / months for knob in KNOBS]
    _say(f"{name:<44}" + "".join(f"{rate:8.2f}" for rate in rates))


def _volumes(what: str, sets: Sequence[Sequence[Volume]]) -> None:
    count, windows = sum(map(len, sets)), sum(len(one.windows) for volumes in sets for one in volumes)
    _say(f"Tweet volumes {what}: {len(sets)} sets, {count} series of 5 minutes, {windows} windows;")
    _say("NAB's standard profile: mean over the sets and their spread")
    scored: dict[str, list[float]] = {}
    for volumes in sets:
        for name, score in _nab_scores(volumes).items():
            scored.setdefault(name, []).append(score)
    for name, scores in scored.items():
        _say(f"{name:<44} {np.mean(scores):8.1f} +- {np.std(scores):.1f}")
    _say()


def _nab_scores(volumes: Sequence[Volume]) -> dict[str, float]:
    windows = [one.windows for one in volumes]
    histories = [score_history(counts_from(one.start, 300, negative=one.value), measure="total") for one in volumes]
    settled = round(14 * DAY / 300)
    months = sum(len(one.value) - settled for one in volumes) * 300 / DAY / MONTH_DAYS
    scores: dict[str, float] = {}
    for knob in TWEET_KNOBS:
        alarms = [np.zeros(len(history.start)) for history in histories]
        for marked, history in zip(alarms, histories, strict=True):
            marked[alarm_rows(history, knob)] = 1.0
        scores[f"fengping, alarm column as it is, knob {knob:g}"] = nab_score(windows, alarms, 0.5)
        scores[f"  its alarms in 30 days after 14, knob {knob:g}"] = sum(a[settled:].sum() for a in alarms) / months
    z = [peers.rolling_z(one.value, 300, days=1) for one in volumes]
    gaussian = [peers.windowed_gaussian(one.value) for one in volumes]
    scores["fengping, score, best threshold"] = best_nab_score(windows, [score_of(h.novel) for h in histories])[0]
    scores["rolling z-score, 1 day, best threshold"] = best_nab_score(windows, z)[0]
    scores["windowed Gaussian (51 on the real series)"] = nab_score(windows, gaussian, GAUSSIAN_BAR)
    return scores


def _speed(rows: int) -> None:
    for name, bucket in (("hourly", HOUR), ("5 minutes", 300), ("daily", DAY)):
        counts = calm(200.0, bucket, rows * bucket // DAY, 1)
        began = time.perf_counter()
        judge(score_history(counts), SpikeSettings())
        took = time.perf_counter() - began
        _say(f"speed, {name}: {len(counts) / took * 60:,.0f} rows a minute")
    quarter = [score_history(calm(200.0, HOUR, 90, i)) for i in range(20)]
    began = time.perf_counter()
    found = sum(len(replay(history, SpikeSettings())) for history in quarter)
    _say(f"replay of 90 days for 20 rules: {time.perf_counter() - began:.3f} s ({found} alarms)")


if __name__ == "__main__":
    sys.exit(main())

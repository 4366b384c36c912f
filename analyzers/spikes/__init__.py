"""Spikes people believe: when negative mentions leave their usual range, and how sure one can be.

The promise: one knob, the expected number of false alarms per brand per 30 days, kept within a factor of two on series
without crises; a rise of negatives that a rise of all mentions explains does not ring; every answer depends on its own
bucket and earlier ones only; every figure quoted can be recomputed from the counts.

How: `baseline` says what is usual for the hour of the week, `evidence` how strange the windows ending now are given what
all mentions did, `calibrate` makes the series keep the knob's word, `ringing` turns evidence into episodes, `replay`
does so for any setting over history scored once. `python -m analyzers.spikes.bench` prints the scorecard.

Blind spots: a crisis in the first two days; one that multiplies neutral mentions as much as negative ones (use the measure
`total`); a rhythm longer than a week; a slow change over weeks, which becomes the new usual.
"""

from analyzers.spikes.detector import History, score_history
from analyzers.spikes.records import (
    LEARNING_DAYS,
    Bucket,
    Counts,
    Judgement,
    Measure,
    Spike,
    SpikeSettings,
    counts_from,
)
from analyzers.spikes.replay import Detector, detect, judge, replay
from analyzers.spikes.silence import LOOK_BACK, Silence, overdue, share_of, silences

__all__ = [
    "LEARNING_DAYS",
    "LOOK_BACK",
    "Bucket",
    "Counts",
    "Detector",
    "History",
    "Judgement",
    "Measure",
    "Silence",
    "Spike",
    "SpikeSettings",
    "counts_from",
    "detect",
    "judge",
    "overdue",
    "replay",
    "score_history",
    "share_of",
    "silences",
]

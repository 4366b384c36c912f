"""The usual range that is drawn: what is usual, also in the hours around an outage."""

import numpy as np

from analyzers.spikes import counts_from, judge, score_history
from analyzers.spikes.records import SpikeSettings
from dashboard.usual import _ordinary

DAYS, OUTAGE = 40, slice(700, 720)


def test_an_outage_and_its_catching_up_draw_the_range_of_a_day_before() -> None:
    rng = np.random.default_rng(3)
    negative, total = rng.poisson(2, DAYS * 24), rng.poisson(12, DAYS * 24)
    heard = np.ones(DAYS * 24, dtype=bool)
    negative[OUTAGE] = total[OUTAGE] = 0
    heard[OUTAGE] = False
    history = score_history(counts_from(0, 3600, negative=negative, total=total + negative, heard=heard))
    high = [one.high for one in judge(history, SpikeSettings())]
    stands = _ordinary(history)
    assert max(high[715:730]) > 3 * np.median(high)  # what the detector allows for
    assert max(high[stands[index]] for index in range(700, 730)) < 2 * np.median(high)
    assert stands[:690] == list(range(690))

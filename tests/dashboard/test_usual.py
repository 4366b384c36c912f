"""The usual range that is drawn: what is usual, also around an outage; and a case's hours, counted as its rule counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analyzers.rules import RuleBody, Scope
from analyzers.spikes import counts_from, judge, score_history
from analyzers.spikes.records import SpikeSettings
from dashboard import decisions, queries, usual
from dashboard.usual import Around, Band, ordinary
from storage.records import MentionFilter
from tests.dashboard.world import World

DAYS, OUTAGE = 40, slice(700, 720)
HOUR = timedelta(hours=1)
START = datetime(2026, 11, 1, tzinfo=UTC)


def test_an_outage_and_its_catching_up_draw_the_range_of_a_day_before() -> None:
    rng = np.random.default_rng(3)
    negative, total = rng.poisson(2, DAYS * 24), rng.poisson(12, DAYS * 24)
    heard = np.ones(DAYS * 24, dtype=bool)
    negative[OUTAGE] = total[OUTAGE] = 0
    heard[OUTAGE] = False
    history = score_history(counts_from(0, 3600, negative=negative, total=total + negative, heard=heard))
    high = [one.high for one in judge(history, SpikeSettings())]
    stands = ordinary(history)
    assert max(high[715:730]) > 3 * np.median(high)  # what the detector allows for
    assert max(high[stands[index]] for index in range(700, 730)) < 2 * np.median(high)
    assert stands[:690] == list(range(690))


def test_a_days_range_is_narrower_than_the_sum_of_its_hours() -> None:
    band = Band(START, np.full(36, 1.0), np.full(36, 5.0), 20.0)
    hours = usual._per_bucket(band, [START + hour * HOUR for hour in range(36)])
    assert (set(hours.low), set(hours.high)) == ({1.0}, {5.0})
    days = usual._per_bucket(band, [START - 3 * HOUR, START + 21 * HOUR, START + 45 * HOUR])
    assert days.starts == (START - 3 * HOUR, START + 21 * HOUR)
    assert days.low == pytest.approx((3 * 21 - 2 * 21**0.5, 3 * 15 - 2 * 15**0.5))
    assert days.high == pytest.approx((3 * 21 + 2 * 21**0.5, 3 * 15 + 2 * 15**0.5))


def around(made: World, body: RuleBody, **figures: object) -> tuple[Around, MentionFilter]:
    """The hours of the case had this rule rung, and the mentions of those hours in its scope."""
    rule_id = decisions.save_rule(None, f"rule {len(queries.rules())}", body, what="added", who="ops")
    (spike,) = queries.case(made.case_id).spikes
    rang = replace(spike, rule_id=rule_id, rule_version=1, measure=body.measure, figures=spike.figures | figures)
    since, until = (spike.start_at - 30 * HOUR).replace(minute=0, second=0, microsecond=0), made.now
    where = body.scope
    asked = MentionFilter(brands=(made.brand.id,), since=since, until=until, themes=where.themes)
    return usual.around(made.brand.id, rang, since, until), asked


def test_a_case_is_drawn_in_the_scope_of_its_rule(made: World) -> None:
    whole, asked = around(made, RuleBody())
    by_theme = queries.by_theme(asked)
    theme = max(by_theme, key=lambda name: by_theme[name].negative)
    part, narrower = around(made, RuleBody(scope=Scope(themes=(theme,))))
    for drawn, counted in ((whole, asked), (part, narrower)):
        assert sum(drawn.values) == queries.figures(counted).negative > 0
        assert drawn.starts[0] == asked.since
        assert drawn.usual is not None
        assert drawn.usual.starts == drawn.starts
    assert sum(part.values) < sum(whole.values)
    assert sum(part.usual.high) < sum(whole.usual.high)


def test_a_case_is_drawn_in_the_measure_of_its_rule(made: World) -> None:
    every, asked = around(made, RuleBody(measure="total"))
    figures = queries.figures(asked)
    assert sum(every.values) == figures.read > figures.negative
    share, _ = around(made, RuleBody(measure="share"))
    counted = np.nansum(np.array(share.values) * np.array(every.values))
    assert counted == pytest.approx(figures.negative)
    assert share.usual is not None
    assert max(share.usual.high) <= 1.0
    assert set(share.usual.starts) == {s for s, n in zip(every.starts, every.values, strict=True) if n}


def test_a_silent_source_is_drawn_by_what_it_said(made: World) -> None:
    source = made.sources[1].id
    drawn, asked = around(made, RuleBody(measure="silence"), source_id=source)
    assert drawn.scope.sources == (source,)
    assert sum(drawn.values) == queries.figures(replace(asked, sources=(source,))).read > 0


def test_a_rule_that_is_gone_leaves_the_brands_negatives(made: World) -> None:
    (spike,) = queries.case(made.case_id).spikes
    since = (spike.start_at - 30 * HOUR).replace(minute=0, second=0, microsecond=0)
    for rang in (None, replace(spike, rule_version=99)):
        drawn = usual.around(made.brand.id, rang, since, made.now)
        assert (drawn.measure, drawn.scope) == ("negative", Scope())
        assert (
            sum(drawn.values)
            == queries.figures(MentionFilter(brands=(made.brand.id,), since=since, until=made.now)).negative
        )

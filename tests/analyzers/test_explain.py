"""Explanations invent nothing: figures recount, claims cite mentions that show them, too few is said."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.explain import Told, arithmetic, gone_quiet, in_words, not_heard, origins, representatives, why
from analyzers.explain.why import LIKE, log_odds_z
from analyzers.spikes import Spike
from errors import InputError

START = datetime(2026, 11, 17, 6, 0, tzinfo=UTC)  # a Tuesday; 14:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


def spike(**changes: object) -> Spike:
    made = Spike(
        start=START,
        end=START + timedelta(hours=3),
        until=START + timedelta(hours=9),
        peak=START,
        window_hours=3.0,
        observed=23,
        total=60,
        expected=4.0,
        usual_total=40.0,
        low=0,
        high=9,
        p_value=1e-6,
        once_in_days=3 * 365.25,
        strength=5.75,
        evidence=1.5,
        share=23 / 60,
        usual_share=0.1,
        measure="negative",
    )
    return replace(made, **changes)


def told(number: int, *, minutes: float = 0, tokens: str = "", **more: object) -> Told:
    values = {"author": f"voice {number}", "source": "forum", "label": "negative", **more}
    return Told(number, START + timedelta(minutes=minutes), tuple(tokens.split()), **values)


def burnt_battery() -> list[Told]:
    """23 negative mentions: 17 copies of one text by two voices, six of their own."""
    copied = [
        told(i, minutes=i, tokens="battery fire recall", author=f"voice {i % 2}", copy_group="g1") for i in range(17)
    ]
    own = [told(100 + i, minutes=40 + i, tokens=f"battery hot phone word{i}", author=f"own {i % 4}") for i in range(6)]
    return copied + own


def test_the_arithmetic_recounts_what_the_window_holds() -> None:
    outside = [told(900, minutes=-1), told(901, minutes=180), told(902, minutes=5, label="positive")]
    facts = arithmetic(spike(), [*burnt_battery(), *outside])
    assert (facts.observed, facts.listed, facts.copies, facts.voices, facts.unnamed) == (23, 23, 17, 6, 0)
    assert facts.copy_ids == tuple(range(17))
    assert facts.first_seen == START
    assert facts.first_id == 0


def test_the_arithmetic_in_english() -> None:
    said = in_words(arithmetic(spike(), burnt_battery()), "en", SHANGHAI)
    assert said == (
        "23 negative mentions from 14:00 on 17 November to 17:00; usual for a Tuesday at this time is 4 (0–9). "
        "By chance: about once in 3 years. "
        "17 of the 23 are copies of one text; 6 separate voices; first seen on 17 November at 14:00."
    )


def test_the_arithmetic_in_chinese() -> None:
    said = in_words(arithmetic(spike(), burnt_battery()), "zh", SHANGHAI)
    assert said == (
        "11月17日 14:00 至 17:00 共 23 条负面提及；星期二这个时段通常为 4（0–9）。仅凭偶然：约 3 年一次。"
        "23 条中有 17 条为同一文本；6 个不同发声者；最早见于 11月17日 14:00。"
    )


def test_the_arithmetic_of_a_share_says_the_share() -> None:
    facts = arithmetic(spike(measure="share", observed=6, total=8, share=0.75, usual_share=0.125), burnt_battery()[:6])
    assert "That is 75 % of all 8; usual is 12 %." in in_words(facts, "en")
    assert "占全部 8 条的 75%，通常为 12%。" in in_words(facts, "zh")
    assert "占全部" not in in_words(arithmetic(spike(), burnt_battery()), "zh")


@pytest.mark.parametrize(
    ("days", "en", "zh"),
    [
        (1.2, "once in 1 day", "约 1 天"),
        (30.0, "once in 30 days", "约 30 天"),
        (61.0, "once in 2 months", "约 2 个月"),
        (365.25 * 40, "once in 40 years", "约 40 年"),
        (365.25 * 1000, "less than once in 1,000 years", "千年不到一次"),
    ],
)
def test_how_often_by_chance(days: float, en: str, zh: str) -> None:
    facts = arithmetic(spike(once_in_days=days), burnt_battery())
    assert en in in_words(facts, "en")
    assert zh in in_words(facts, "zh")


def test_mentions_that_are_gone_are_owned_up_to() -> None:
    facts = arithmetic(spike(), burnt_battery()[:20])
    assert "20 of them are listed here." in in_words(facts, "en")
    assert arithmetic(spike(), []).first_seen is None
    with pytest.raises(InputError):
        in_words(facts, "fr")


def calm_weeks() -> list[Told]:
    return [
        told(
            1000 + i, minutes=-60 * (i + 1), tokens=f"delivery late phone other{i % 50}", source="shop", author=f"a{i}"
        )
        for i in range(300)
    ]


def test_what_marks_the_spike_is_claimed_with_mentions_that_show_it() -> None:
    mentions = [
        told(i, minutes=i, tokens=f"battery hot phone word{i}", themes=("safety",), region="Guangdong")
        for i in range(12)
    ]
    found = why(mentions, calm_weeks())
    by_id = {one.id: one for one in mentions}
    assert not found.too_few
    assert [claim.value for claim in found.of("term")][:2] == ["battery", "hot"]
    assert [claim.value for claim in found.of("theme")] == ["safety"]
    assert [claim.value for claim in found.of("source")] == ["forum"]
    assert [claim.value for claim in found.of("region")] == ["Guangdong"]
    for claim in found.of("term"):
        assert len(claim.mention_ids) == claim.in_spike
        assert all(claim.value in by_id[number].tokens for number in claim.mention_ids)
    assert "phone" not in [claim.value for claim in found.of("term")]  # as common before


def test_one_text_copied_is_an_origin_and_no_dozen_findings() -> None:
    found = why(burnt_battery()[:17], calm_weeks())
    assert found.too_few
    assert found.texts == 1
    assert found.claims == ()
    assert found.origins[0].first_id == 0
    assert [number for number, _ in found.origins[0].copies] == list(range(1, 17))


def test_too_few_to_say() -> None:
    assert why([told(1, tokens="a"), told(2, tokens="a")], calm_weeks()).too_few
    assert why([told(i, tokens="a b") for i in range(9)], []).too_few
    assert why([], []).examples == ()


def test_log_odds_by_hand() -> None:
    # 8 of 10 against 10 of 100, prior worth 20: alpha = 20 * 18.5 / 111.
    alpha = 20 * 18.5 / 111
    here = (8 + alpha) / (10 + 20 - 8 - alpha)
    there = (10 + alpha) / (100 + 20 - 10 - alpha)
    by_hand = math.log(here / there) / math.sqrt(1 / (8 + alpha) + 1 / (10 + alpha))
    assert log_odds_z(8, 10, 10, 100) == pytest.approx(by_hand)
    assert log_odds_z(5, 50, 10, 100) == pytest.approx(0.0, abs=0.1)


def test_examples_differ_from_each_other_and_a_text_stands_for_its_copies() -> None:
    chosen = representatives(burnt_battery(), 3)
    assert chosen[0].mention_id == 0
    assert chosen[0].alike == tuple(range(1, 17))
    tokens = {one.id: set(one.tokens) for one in burnt_battery()}
    for one in chosen:
        for other in chosen:
            a, b = tokens[one.mention_id], tokens[other.mention_id]
            assert one == other or len(a & b) / len(a | b) < LIKE


words = st.lists(st.sampled_from("abcdefgh"), max_size=6).map(tuple)
mentions = st.lists(
    st.builds(
        lambda tokens, author, group, minutes: (tokens, author, group, minutes),
        words,
        st.sampled_from(["", "x", "y"]),
        st.sampled_from(["", "g", "h"]),
        st.integers(0, 200),
    ),
    max_size=25,
).map(
    lambda rows: [
        Told(i, START + timedelta(minutes=m), t, author=a, copy_group=g, label="negative")
        for i, (t, a, g, m) in enumerate(rows)
    ]
)


@given(mentions, mentions, st.randoms())
def test_nothing_is_cited_that_is_not_there_and_order_does_not_matter(
    spiking: list[Told], before: list[Told], chance: object
) -> None:
    found = why(spiking, before)
    ids = {one.id for one in spiking}
    cited = {number for claim in found.claims for number in claim.mention_ids}
    cited |= {number for one in found.examples for number in (one.mention_id, *one.alike)}
    cited |= {number for one in found.origins for number in (one.first_id, *(copy for copy, _ in one.copies))}
    assert cited <= ids
    assert len(found.examples) <= 3
    shuffled = list(spiking)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert why(shuffled, before) == found
    for one in origins(spiking):
        assert all(at >= one.first_at for _, at in one.copies)


def test_what_was_not_said_or_not_heard_is_dated_in_the_readers_zone():
    since = datetime(2026, 11, 20, 18, tzinfo=UTC)
    said = gone_quiet(since, "en", UTC, gap=30.5, usual=2.0, limit=9.5)
    assert said.startswith("No mention since 2026-11-20 18:00: 30.5 hours. Usually one comes every 2.0 hours")
    assert "自 2026年11月21日 02:00 起" in gone_quiet(since, "zh", SHANGHAI, gap=30.5, usual=2.0, limit=9.5)
    sources = [(f"source {n}", since) for n in range(7)]
    said = not_heard("Acme", sources, "en", SHANGHAI, of=9)
    assert said.startswith("We went blind at 7 of 9 sources of Acme: “source 0” since 2026-11-21 02:00; ")
    assert "“source 4”" in said
    assert "source 5" not in said
    assert "and 2 more." in said
    assert "；另有 2 个。" in not_heard("Acme", sources, "zh", UTC, of=9)

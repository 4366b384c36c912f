"""Trying a brand: what it would match among what is stored, what would come and go, and nothing changed by asking."""

import pytest

from collectors.records import Brand
from monitor import brand_trial
from monitor.brand_trial import SHOWN, BrandTrial, try_brand
from storage import attach, brands, mentions
from storage.engine import Store
from storage.records import MentionFilter
from tests.storage import builders
from tests.storage.builders import say


@pytest.fixture
def apple(store: Store):
    """A brand with a few mentions, one of them of a source that keeps whatever it brings, and a rival's mention."""
    with store.begin() as tx:
        apple = builders.a_brand(tx, "苹果", aliases=["Apple"])
        rival = builders.a_brand(tx, "Beta")
        source = builders.a_source(tx)
        builders.store(tx, source, say("1", "苹果手机发热"), say("2", "苹果汁真甜"), brands=[apple], alias="苹果")
        both = say("3", "Apple or Beta, the battery swells", title="Which one")
        builders.store(tx, source, both, brands=[apple, rival], alias="Apple")
        builders.store(tx, source, say("4", "five stars"), brands=[apple], alias="")  # kept, though it names nothing
        builders.store(tx, source, say("5", "Beta ships an iPhone case"), brands=[rival], alias="Beta")
    return apple


def tried(store: Store, name: str, aliases=(), excludes=(), requires=(), *, instead_of=None) -> BrandTrial:
    with store.read() as tx:
        return try_brand(tx, Brand(0, name, tuple(aliases), tuple(excludes), tuple(requires)), instead_of=instead_of)


def shown(trial: BrandTrial) -> list[tuple[str, str]]:
    return [(row.external_id, alias) for row, alias in trial.examples]


def test_a_new_brand_is_told_what_it_finds_in_what_others_brought(store, apple):
    trial = tried(store, "Gamma", ["battery", "iPhone"])
    assert (trial.matched, trial.came, trial.went) == (2, 2, 0)
    assert shown(trial) == [("5", "iPhone"), ("3", "battery")]
    assert (trial.looked_at, trial.partial) == (5, False)


def test_a_brand_that_nobody_named_matches_nothing(store, apple):
    trial = tried(store, "Omega")
    assert (trial.matched, trial.came, trial.went, trial.examples) == (0, 0, 0, ())


def test_a_change_says_what_comes_and_what_goes(store, apple):
    trial = tried(store, "苹果", ["Apple", "iPhone"], ["苹果汁"], instead_of=apple.id)
    assert (trial.matched, trial.came, trial.went) == (3, 1, 1)
    assert shown(trial) == [("5", "iPhone"), ("3", "Apple"), ("1", "苹果")]


def test_what_a_source_keeps_whatever_it_says_stays_and_is_no_match(store, apple):
    trial = tried(store, "苹果", ["Apple"], instead_of=apple.id)
    assert (trial.matched, trial.came, trial.went) == (3, 0, 0)
    assert "4" not in dict(shown(trial))


def test_a_required_word_narrows_it(store, apple):
    trial = tried(store, "苹果", ["Apple"], requires=["发热"], instead_of=apple.id)
    assert (trial.matched, trial.went) == (1, 2)
    assert shown(trial) == [("1", "苹果")]


def test_the_trial_foretells_the_change(store, apple):
    trial = tried(store, "苹果", ["iPhone"], instead_of=apple.id)
    with store.begin() as tx:
        brands.update_brand(tx, apple.id, aliases=["iPhone"])
        match = brand_trial.Matcher([Brand(apple.id, "苹果", ("iPhone",))]).match
        done = brands.rematch(tx, apple.id, match, now=builders.NOW)
        assert (len(done.came), len(done.went)) == (trial.came, trial.went) == (1, 1)


def test_asking_changes_nothing(store, apple):
    def named() -> set[str]:
        with store.read() as tx:
            return {row.external_id for row in mentions.iter_rows(tx, MentionFilter(brands=(apple.id,)))}

    before = named()
    tried(store, "苹果", ["iPhone"], instead_of=apple.id)
    assert named() == before == {"1", "2", "3", "4"}


def test_with_more_stored_than_it_looks_at_it_speaks_of_the_newest(store, apple, monkeypatch):
    """Mentions are counted, not the brands they name: the third names two."""
    monkeypatch.setattr(brand_trial, "LOOKED_AT", 3)
    trial = tried(store, "苹果", ["Apple", "iPhone"], instead_of=apple.id)
    assert (trial.looked_at, trial.partial) == (3, True)
    assert (trial.matched, trial.came, trial.went) == (2, 1, 0)
    monkeypatch.setattr(brand_trial, "LOOKED_AT", 5)
    assert tried(store, "苹果", ["Apple"], instead_of=apple.id).partial is False


def test_no_more_examples_than_a_person_reads_newest_first(store, apple):
    with store.begin() as tx:
        more = [say(f"m{n}", f"Apple number {n}") for n in range(2 * SHOWN)]
        builders.store(tx, builders.a_source(tx, "https://example.org/2"), *more, brands=[apple], alias="Apple")
    trial = tried(store, "苹果", ["Apple"], instead_of=apple.id)
    assert trial.matched == 3 + 2 * SHOWN
    ids = [row.id for row, _ in trial.examples]
    assert len(ids) == SHOWN
    assert ids == sorted(ids, reverse=True)


def test_as_an_object_it_has_the_keys_that_are_documented(store, apple):
    plain = tried(store, "Gamma", ["battery"]).as_object()
    assert set(plain) == {"matched", "came", "went", "looked_at", "partial", "mentions"}
    (example,) = plain["mentions"]
    assert (example["title"], example["alias"]) == ("Which one", "battery")


def test_a_source_of_other_brands_brings_nothing(store, apple):
    """A source that is for one brand alone is not searched for another, as when it is collected."""
    with store.begin() as tx:
        rival = next(one for one in brands.list_brands(tx) if one.name == "Beta")
        own = builders.a_source(tx, "https://example.org/beta", brands=[rival.id])
        builders.store(tx, own, say("6", "Apple again"), brands=[rival], alias="Beta")
    trial = tried(store, "苹果", ["Apple"], instead_of=apple.id)
    assert (trial.matched, trial.came) == (3, 0)
    assert attach.CHUNK > trial.looked_at == 6

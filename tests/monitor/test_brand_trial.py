"""Trying a brand: what it would match among what is stored, what would come and go, and nothing changed by asking."""

from datetime import timedelta

import pytest

from collectors.records import Brand, Status
from errors import InputError
from monitor import brand_trial
from monitor.brand_trial import SHOWN, BrandTrial, in_lines, judge_live, try_brand
from monitor.trying import try_stored
from monitor.upkeep import follow_brand
from storage import attach, brands, mentions
from storage.engine import Store
from storage.records import MentionFilter
from storage.sources import get_source
from tests.fakes.site import FakeSite
from tests.storage import builders
from tests.storage.builders import say

SWELLS = "Apple or Beta, the battery swells"


@pytest.fixture
def apple(store: Store):
    """A brand with a few mentions, one of them of a source that keeps whatever it brings, and a rival's mention."""
    with store.begin() as tx:
        apple = builders.a_brand(tx, "苹果", aliases=["Apple"])
        rival = builders.a_brand(tx, "Beta")
        source = builders.a_source(tx)
        builders.store(tx, source, say("1", "苹果手机发热"), say("2", "苹果汁真甜"), brands=[apple], alias="苹果")
        both = say("3", SWELLS, title="Which one")
        builders.store(tx, source, both, brands=[apple, rival], alias="Apple")
        builders.store(tx, source, say("4", "five stars"), brands=[apple], alias="")  # kept, though it names nothing
        builders.store(tx, source, say("5", "Beta ships an iPhone case"), brands=[rival], alias="Beta")
    return apple


def tried(store: Store, name: str, aliases=(), excludes=(), requires=(), *, instead_of=None) -> BrandTrial:
    with store.read() as tx:
        return try_brand(tx, Brand(0, name, tuple(aliases), tuple(excludes), tuple(requires)), instead_of=instead_of)


def shown(trial: BrandTrial) -> list[tuple[str, str]]:
    return [(one.text, one.why.alias) for one in trial.examples]


def test_a_new_brand_is_told_what_it_finds_in_what_others_brought(store, apple):
    trial = tried(store, "Gamma", ["battery", "iPhone"])
    assert (trial.matched, trial.came, trial.went) == (2, 2, 0)
    assert shown(trial) == [("Beta ships an iPhone case", "iPhone"), (SWELLS, "battery")]
    assert (trial.looked_at, trial.partial) == (5, False)


def test_a_brand_that_nobody_named_matches_nothing(store, apple):
    trial = tried(store, "Omega")
    assert (trial.matched, trial.came, trial.went, trial.examples) == (0, 0, 0, ())


def test_a_change_says_what_comes_and_what_goes(store, apple):
    trial = tried(store, "苹果", ["Apple", "iPhone"], ["苹果汁"], instead_of=apple.id)
    assert (trial.matched, trial.came, trial.went) == (3, 1, 1)
    assert shown(trial) == [("Beta ships an iPhone case", "iPhone"), (SWELLS, "Apple"), ("苹果手机发热", "苹果")]


def test_what_a_source_keeps_whatever_it_says_stays_and_is_no_match(store, apple):
    trial = tried(store, "苹果", ["Apple"], instead_of=apple.id)
    assert (trial.matched, trial.came, trial.went) == (3, 0, 0)
    assert "five stars" not in dict(shown(trial))


def test_a_required_word_narrows_it(store, apple):
    trial = tried(store, "苹果", ["Apple"], requires=["发热"], instead_of=apple.id)
    assert (trial.matched, trial.went) == (1, 2)
    assert shown(trial) == [("苹果手机发热", "苹果")]


def test_it_says_where_a_name_was_found_and_what_kept_others_out(store, apple):
    trial = tried(store, "苹果", ["Apple"], ["苹果汁"], ["手机"], instead_of=apple.id)
    (hit,) = trial.examples
    assert (hit.why.alias, hit.why.around, hit.reason) == ("苹果", "苹果手机发热", "苹果: …苹果手机发热…")
    assert [(one.text, one.why.missing, one.why.excluded_by) for one in trial.near] == [
        (SWELLS, ("手机",), ""),
        ("苹果汁真甜", ("手机",), "苹果汁"),
    ]
    assert [one.text for one in trial.going] == [SWELLS, "苹果汁真甜"]
    assert trial.coming == ()
    lines = "\n".join(in_lines(trial))
    assert "without 手机" in lines
    assert "kept out by 苹果汁" in lines
    assert "  -  苹果汁真甜" in lines


def test_a_name_that_is_no_longer_looked_for_is_said_so(store, apple):
    trial = tried(store, "Apple", instead_of=apple.id)
    (juice, phone) = trial.going
    assert (juice.text, phone.text, juice.reason) == ("苹果汁真甜", "苹果手机发热", "no name is in it")


def test_the_trial_foretells_the_change(store, apple):
    trial = tried(store, "苹果", ["iPhone"], instead_of=apple.id)
    with store.begin() as tx:
        brands.update_brand(tx, apple.id, aliases=["iPhone"])
    assert follow_brand(store, apple.id, now=builders.NOW) == (trial.came, trial.went) == (1, 1)


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
    ids = [one.id for one in trial.examples]
    assert len(ids) == SHOWN
    assert ids == sorted(ids, reverse=True)


def test_as_an_object_it_has_the_keys_that_are_documented(store, apple):
    plain = tried(store, "Gamma", ["battery"]).as_object()
    counts = {"matched", "came", "went", "looked_at", "partial"}
    assert set(plain) == counts | {"mentions", "near", "came_mentions", "went_mentions", "live"}
    (example,) = plain["mentions"]
    assert (example["title"], example["alias"]) == ("Which one", "battery")
    assert set(example) == {"id", "title", "text", "source", "alias", "around", "missing", "excluded_by"}


def test_a_source_of_other_brands_brings_nothing(store, apple):
    """A source that is for one brand alone is not searched for another, as when it is collected."""
    with store.begin() as tx:
        rival = next(one for one in brands.list_brands(tx) if one.name == "Beta")
        own = builders.a_source(tx, "https://example.org/beta", brands=[rival.id])
        builders.store(tx, own, say("6", "Apple again"), brands=[rival], alias="Beta")
    trial = tried(store, "苹果", ["Apple"], instead_of=apple.id)
    assert (trial.matched, trial.came) == (3, 0)
    assert attach.CHUNK > trial.looked_at == 6


LIVE = """<rss version="2.0"><channel><title>Fresh</title>
<item><guid>1</guid><title>Gamma phones arrive</title></item>
<item><guid>2</guid><title>A gamma ray burst</title></item>
<item><guid>3</guid><title>Nothing of note</title></item></channel></rss>"""


def test_a_source_is_asked_now_also_when_it_is_for_another_brand(store, apple, settings):
    """A new brand can be tried where nothing of it is stored, as no source brought it yet."""
    with FakeSite() as site:
        site.add("/feed", LIVE)
        with store.begin() as tx:
            source = builders.a_source(tx, site.url("/feed"), brands=[apple.id])
            record = get_source(tx, source.id, now=builders.NOW)
        wanted = Brand(0, "Gamma", excludes=("gamma ray",))
        allowed = settings.model_copy(update={"allow_hosts": (site.url("/").split("/")[2],)})
        trial = try_stored(record, wanted, settings=allowed, now=builders.NOW)
        live = judge_live(trial, wanted)
    assert (live.entries, live.matched, live.error) == (3, 1, None)
    assert [(one.title, one.source) for one in live.examples] == [("Gamma phones arrive", "Fresh")]
    assert [(one.title, one.why.excluded_by) for one in live.near] == [("A gamma ray burst", "gamma ray")]
    assert site.paths == ["/feed"]
    with store.read() as tx:
        assert get_source(tx, source.id, now=builders.NOW) == record  # nothing of it was noted


def test_a_source_that_asked_for_rest_is_not_asked_for_a_trial(store, apple, settings):
    with store.begin() as tx:
        source = builders.a_source(tx, "https://example.org/rests")
        later = builders.NOW + timedelta(hours=1)
        resting = builders.heard(source, status=Status.FAILED, error="HTTP 429", retry_at=later)
        mentions.store_collected(tx, resting, (), next_check_at=later, now=builders.NOW)
        record = get_source(tx, source.id, now=builders.NOW)
    with pytest.raises(InputError, match="Retry-After"):
        try_stored(record, Brand(0, "Gamma"), settings=settings, now=builders.NOW)

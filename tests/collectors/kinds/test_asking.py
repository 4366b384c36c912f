"""Changing one parameter of an address and nothing else; the table of kinds and its documentation."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import asking, kinds
from collectors.records import Brand, Source, SourceState
from tests.collectors.kinds.helping import LARK, NOW

piece = st.from_regex(r"[a-c%2+=\[\]~é]{0,8}", fullmatch=True).filter(lambda text: "&" not in text)


@settings(max_examples=40, deadline=None)
@given(st.lists(piece, max_size=5), st.integers(0, 99))
def test_the_other_parameters_stay_as_they_were_written(pieces: list[str], page: int) -> None:
    url = "http://u:p@127.0.0.1:8000/a/b?" + "&".join(pieces)
    once = asking.with_params(url, page=page)
    assert asking.param(once, "page") == str(page)
    assert once.split("?")[1].split("&")[:-1] == [one for one in pieces if one]
    assert once.startswith("http://u:p@127.0.0.1:8000/a/b?")
    assert asking.with_params(once, page=page) == once
    assert asking.param(asking.with_params(once, page=None), "page") is None


def test_names_of_all_brands_come_before_their_aliases() -> None:
    brands = [Brand(1, "A", aliases=("a1", "a2")), Brand(2, "B", aliases=("b1",))]
    assert asking.search_names(brands) == ["A", "B", "a1", "b1", "a2"]
    assert asking.search_names(brands, most=2) == ["A", "B"]


def test_a_search_reaches_back_to_what_was_heard_last() -> None:
    source = Source(1, "http://127.0.0.1:8000/", "google_news", "news")
    state = SourceState(last_success_at=NOW - timedelta(days=9, hours=3))
    for name, heard, expected in (
        ("google_news", state, "when%3A11d"),
        ("gdelt", state, "timespan=11d"),
        ("gdelt", replace(state, last_success_at=NOW), "timespan=3d"),
        ("gdelt", SourceState(), "timespan=7d"),
    ):
        (first, *_) = kinds.KINDS[name].first_requests(source, heard, now=NOW, brands=(LARK,))
        assert expected in first.url


def test_every_kind_is_documented_and_speaks_for_itself() -> None:
    assert set(kinds.KINDS) == {
        "feed",
        "google_news",
        "gdelt",
        "hackernews",
        "reddit",
        "v2ex",
        "stackexchange",
        "discourse",
        "mastodon",
        "lemmy",
        "appstore",
        "steam",
        "reviews_page",
        "rsshub",
        "file",
        "inbox",
    }
    for name, kind in kinds.KINDS.items():
        assert f"| {name} |" in (kinds.__doc__ or "")
        assert kind.label

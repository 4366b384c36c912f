"""Identity and cleanliness of what leaves the child."""

from datetime import timedelta

import pytest

from collectors.finishing import SHARED, finish
from collectors.matching import normalise
from collectors.records import Mention
from collectors.seams import Limits, ParseContext, Parsed
from tests.collectors.reading import NOW, URL, parse
from tests.fakes.site import entry, rss


def mention(external_id: str = "", title: str = "t", text: str = "", url: str | None = None, **more: object) -> Mention:
    when = more.pop("published_at", NOW)
    return Mention(external_id, title, text, url, when, more.pop("whose", "author"), **more)  # type: ignore[arg-type]


def finished(*mentions: Mention, **how: object) -> Parsed:
    return finish(Parsed(tuple(mentions)), ParseContext(URL, NOW, **how), base=URL)  # type: ignore[arg-type]


def ids(parsed: Parsed) -> list[str]:
    return [found.external_id for found in parsed.mentions]


def test_identity_is_the_guid_then_the_link_then_the_content() -> None:
    link = "http://a.example/x?id=1&utm_source=feed"
    named, linked, told = finished(mention("g", url=link), mention(url=link), mention(text="only")).mentions
    assert named.external_id == "g"
    assert linked.external_id == "http://a.example/x?id=1"
    assert linked.url == link
    assert told.external_id.startswith("sha256:")
    assert finished(mention(text="only")).mentions[0].external_id == told.external_id


def test_a_guid_shared_by_two_entries_loses_neither() -> None:
    items = [entry(f"T{n}", f"text {n}", guid="same", link=f"/{n}") for n in range(3)]
    all_three = parse(rss(*items))
    assert len(set(ids(all_three))) == 3
    assert all_three.cursor[SHARED] == ["same"]
    reordered = parse(rss(*reversed(items)))
    assert set(ids(reordered)) == set(ids(all_three))


def test_an_entry_keeps_its_name_when_the_others_have_gone() -> None:
    items = [entry(f"T{n}", "x", guid="same", link=f"/{n}") for n in range(2)]
    before = parse(rss(*items))
    after = parse(rss(items[1]), cursor=before.cursor)
    assert ids(after) == ids(before)[1:]


def test_a_shared_guid_without_links_is_told_apart_by_content() -> None:
    found = ids(parse(rss(entry("A", "a", guid="g"), entry("B", "b", guid="g"))))
    assert len(set(found)) == 2
    assert all(name.startswith("g#") for name in found)


def test_an_edited_entry_keeps_its_name() -> None:
    (before,) = parse(rss(entry("T", "old text", guid="g", link="/1"))).mentions
    (after,) = parse(rss(entry("T", "new text", guid="g", link="/1"))).mentions
    assert before.external_id == after.external_id
    assert before.content_hash != after.content_hash


def test_what_is_said_twice_is_stored_once() -> None:
    assert len(parse(rss(entry("T", "x", guid="g"), entry("T", "x", guid="g"))).mentions) == 1


def test_links_that_all_entries_share_are_no_identity() -> None:
    found = parse(rss(*[entry(f"T{n}", link="http://a.example/") for n in range(3)]))
    assert len(set(ids(found))) == 3


def test_numbers_are_sane_or_absent() -> None:
    (found,) = finished(
        mention(
            "1",
            likes=-1,
            views=2**60,
            replies=True,
            shares=3.0,
            rating=7.0,
            author_followers=float("nan"),
            extra={"a": float("inf")},
        )
    ).mentions
    assert (found.likes, found.views, found.replies, found.shares, found.rating, found.author_followers) == (
        None, None, None, 3, None, None)  # fmt: skip
    assert found.extra == {}


@pytest.mark.parametrize("published", [NOW + timedelta(days=400), NOW.replace(year=1970)])
def test_impossible_times_of_any_kind_are_the_collectors(published: object) -> None:
    (found,) = finished(mention("1", published_at=published)).mentions
    assert (found.published_at, found.published_at_source) == (NOW, "collector")


def test_everything_shown_is_clean_and_short() -> None:
    (found,) = finished(
        mention(
            "i\x00d" + "x" * 900,
            "a\nb\u202e",
            "one\x07\n\n\n\ntwo",
            "/rel",
            author="A\x1b[0m\nB",
            region="沪\x00",
            extra={"k": "v\x00"},
        ),
        limits=Limits(max_text=6),
    ).mentions
    assert found.external_id.startswith("sha256:")
    assert (found.title, found.text, found.author, found.region) == ("a b", "one…", "A[0m B", "沪")
    assert (found.url, found.extra) == ("http://feeds.example/rel", {"k": "v"})


def test_norms_are_those_of_the_bodies() -> None:
    parsed = finished(mention("1", "蘋果", "手機"), mention("2", "ＳＫ－ＩＩ"))
    assert parsed.norms == tuple(normalise(found.body) for found in parsed.mentions)
    assert parsed.norms == ("苹果 手机", "sk-ii")


def test_the_limit_of_entries_is_counted() -> None:
    parsed = finished(*[mention(str(n)) for n in range(12)], limits=Limits(max_entries=5))
    assert (len(parsed.mentions), len(parsed.norms), parsed.capped) == (5, 5, 7)

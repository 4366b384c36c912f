"""Paging: how deep, how far back, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.records import SourceState, Status
from collectors.seams import Limits
from tests.collectors.collected import NOW, ids, pages, run
from tests.fakes.site import FakeSite


def test_paging_has_a_first_depth(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"), b=("7 6", "/c"), c=("5 4", ""))
    first = run(site, "/a", kind="pages")
    assert (sorted(ids(first)), site.paths, first.missed) == (["6", "7", "8", "9"], ["/a", "/b"], False)
    deeper = run(site, "/a", kind="pages", depth=5)
    assert sorted(ids(deeper)) == ["4", "5", "6", "7", "8", "9"]
    assert deeper.requests == 3


def test_paging_goes_back_to_what_is_known_and_no_further(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"), b=("7 6", "/c"), c=("5 4", ""))
    state = SourceState(last_success_at=NOW)
    run(site, "/a", state, kind="pages", known=["6", "5", "4"])
    assert site.paths == ["/a", "/b"]
    site.requests.clear()
    found = run(site, "/a", state, kind="pages", known=["8", "7"])
    assert (site.paths, found.missed) == (["/a"], False)


def test_entries_that_were_never_stored_are_remembered_as_seen(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"), b=("7 6", "/c"), c=("5 4", ""))
    first = run(site, "/a", kind="pages")
    site.requests.clear()
    again = run(site, "/a", first.state, kind="pages")
    assert (site.paths, again.missed) == (["/a"], False)


@pytest.mark.parametrize("size", [100, 250])
def test_the_longest_pages_of_which_nothing_was_stored_are_known_again(site: FakeSite, size: int) -> None:
    pages(
        site,
        a=(" ".join(map(str, range(3 * size, 2 * size, -1))), "/b"),
        b=(" ".join(map(str, range(2 * size, 0, -1))), ""),
    )
    first = run(site, "/a", kind="pages", depth=1)
    site.requests.clear()
    again = run(site, "/a", first.state, kind="pages")
    assert (site.paths, again.missed) == (["/a"], False)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500])
def test_a_refused_later_page_ends_paging_and_nothing_else(site: FakeSite, status: int) -> None:
    pages(site, a=("9 8", "/b"))
    site.add("/b", "", status=status)
    first = run(site, "/a", kind="pages")
    assert (first.status, sorted(ids(first)), first.error, first.missed) == (Status.OK, ["8", "9"], None, False)
    later = run(site, "/a", SourceState(last_success_at=NOW), kind="pages")
    assert (later.status, later.missed) == (Status.OK, True)


def test_a_broken_or_foreign_later_page_ends_paging_too(site: FakeSite) -> None:
    with FakeSite() as other:
        pages(other, x=("1", ""))
        pages(site, a=("9 8", other.url("/x")), b=("7", "/c"), c=("broken", ""))
        assert ids(run(site, "/a", kind="pages", also_allow=[other.host])) == ["8", "9"]
        assert other.paths == []
        assert ids(run(site, "/b", kind="pages")) == ["7"]


def test_paging_ends_on_time_and_at_the_cap(site: FakeSite) -> None:
    site.otherwise(
        lambda exchange: exchange.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % answer_page(exchange.request.path, site)
        )
    )
    endless = run(site, "/p1", SourceState(last_success_at=NOW), kind="pages", limits=Limits(max_pages=6))
    assert (endless.requests, endless.missed) == (6, True)
    capped = run(site, "/p1", kind="pages", depth=100, limits=Limits(max_entries=5))
    assert len(capped.mentions) == 5
    assert capped.requests <= 5


def answer_page(path: str, site: FakeSite) -> tuple[int, bytes]:
    number = int(path[2:])
    body = f"{number}-a\n{number}-b\n{site.url(f'/p{number + 1}')}".encode()
    return len(body), body


def test_details_that_fail_are_left_out(site: FakeSite) -> None:
    pages(site, a=("9 8", ""), more=("7", ""))
    found = run(site, "/a", kind="pages", also=["more", "missing"])
    assert (found.status, sorted(ids(found))) == (Status.OK, ["7", "8", "9"])


def test_what_a_kind_remembers_is_handed_back(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"), b=("7", ""))
    assert run(site, "/a", kind="pages").state.cursor["page"] == 2


def test_a_later_page_that_asks_for_rest_is_obeyed(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"))
    site.add("/b", "", status=429, headers={"Retry-After": "3600"})
    found = run(site, "/a", kind="pages")
    assert (found.status, found.error) == (Status.OK, None)
    assert found.retry_at is not None
    assert found.retry_at > datetime.now(UTC) + timedelta(minutes=50)


@pytest.mark.parametrize("status", [503, 429])
def test_paging_that_a_busy_service_cut_short_is_taken_up_the_next_time(site: FakeSite, status: int) -> None:
    pages(site, a=("9 8", "/b"), b=("7 6", ""))
    page_two = "\n".join(["7", "6", ""])
    site.add("/b", "", status=status).then(page_two)
    first = run(site, "/a", kind="pages")
    assert (ids(first), first.status) == (["8", "9"], Status.OK)
    second = run(site, "/a", first.state, kind="pages", known=["9", "8"])
    assert sorted(ids(second)) == ["6", "7", "8", "9"]
    site.requests.clear()
    third = run(site, "/a", second.state, kind="pages", known=["9", "8", "7", "6"])
    assert (site.paths, third.missed) == (["/a"], False)


def test_a_page_that_is_refused_for_good_is_not_asked_again(site: FakeSite) -> None:
    pages(site, a=("9 8", "/b"))
    site.add("/b", "", status=404)
    first = run(site, "/a", kind="pages")
    site.requests.clear()
    run(site, "/a", first.state, kind="pages", known=["9", "8"])
    assert site.paths == ["/a"]

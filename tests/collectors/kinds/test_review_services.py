"""App stores, Steam and shops' pages against a real server on loopback that speaks their format and has its quirks."""

from typing import Any

import pytest

from collectors.records import Status
from tests.collectors.kinds.conftest import Collect
from tests.collectors.kinds.test_reviews_page import MICRODATA, RDFA
from tests.fakes.services import Reply, Scripted
from tests.fakes.services.reviews import FakeAppStore, FakeShop, FakeSteam, json_ld

BEGIN = 1795250000


def app_review(number: int) -> dict[str, Any]:
    values = {
        "updated": f"2026-11-20T10:{number:02}:00-07:00",
        "id": str(5000 + number),
        "title": f"标题 {number}",
        "content": f"正文 {number}",
        "im:rating": str(number % 5 + 1),
        "im:version": "1.0",
        "im:voteSum": "2",
        "im:voteCount": "3",
    }
    return {
        **{name: {"label": value} for name, value in values.items()},
        "author": {"name": {"label": f"用户{number}"}},
    }


def steam_review(number: int, **more: Any) -> dict[str, Any]:
    return {
        "recommendationid": str(9000 + number),
        "review": f"Review {number}",
        "voted_up": number % 2 == 0,
        "timestamp_created": BEGIN - number,
        "votes_up": number,
        "language": "english",
        "author": {"steamid": str(7656 + number), "playtime_forever": 60},
        **more,
    }


@pytest.mark.parametrize("form", ["json", "xml"])
def test_app_reviews_ten_pages_at_most(collect: Collect, form: str) -> None:
    path = f"/cn/rss/customerreviews/page=1/id=123456/sortby=mostrecent/{form}"
    with FakeAppStore([app_review(n) for n in range(40)]) as service:
        collected = collect(service, path, "appstore")
        assert (len(collected.mentions), len(service.asked)) == (30, 10)
        assert {one.rating for one in collected.mentions} == {1.0, 2.0, 3.0, 4.0, 5.0}
        again = collect(
            service, path, "appstore", state=collected.state, known={one.external_id for one in collected.mentions}
        )
        assert (again.requests, again.missed) == (1, False)


def test_a_single_app_review_and_none(collect: Collect) -> None:
    path = "/cn/rss/customerreviews/id=123456/json"
    with FakeAppStore([app_review(1)], app_first=False) as service:
        assert len(collect(service, path, "appstore").mentions) == 1
    with FakeAppStore([]) as service:
        empty = collect(service, path, "appstore")
        assert (empty.status, empty.mentions) == (Status.OK, ())


def test_steam_reads_all_pages_and_review_bombs(collect: Collect) -> None:
    reviews = [steam_review(n) for n in range(5)] + [steam_review(7, _offtopic=True)]
    with FakeSteam(reviews) as service:
        collected = collect(service, "/appreviews/570", "steam")
        assert len(collected.mentions) == 6
        assert service.queries("cursor")[:2] == ["*", "AoJ/+3=="]
        assert {one.extra["recommended"] for one in collected.mentions} == {True, False}
        service.fail_with(Reply({"success": 2}))
        assert collect(service, "/appreviews/570", "steam").error_kind == "ParseError"


def review_ld(number: int) -> str:
    return json_ld(
        {
            "@type": "Product",
            "name": "茶",
            "review": {
                "@type": "Review",
                "reviewBody": f"评价 {number}",
                "author": "李",
                "datePublished": "2026-11-20",
                "reviewRating": {"ratingValue": "8", "bestRating": "10"},
            },
        }
    )


def test_a_shops_pages_are_followed_and_its_robots_obeyed(collect: Collect) -> None:
    with FakeShop([review_ld(1), review_ld(2)]) as shop:
        collected = collect(shop, "/p/1", "reviews_page")
        assert [one.rating for one in collected.mentions] == [4.0, 4.0]
        assert shop.paths == ["/robots.txt", "/p/1", "/p/1?page=2"]
    forbidding = Reply("User-agent: *\nDisallow: /p/\n", content_type="text/plain")
    with FakeShop([review_ld(1)], robots=forbidding) as shop:
        refused = collect(shop, "/p/1", "reviews_page")
        assert (refused.status, refused.error_kind, shop.paths) == (Status.FAILED, "Forbidden", ["/robots.txt"])
        assert "robots.txt" in (refused.error or "")
    with FakeShop([review_ld(1)], robots=Reply(b"", status=503)) as shop:
        assert collect(shop, "/p/1", "reviews_page").status is Status.FAILED
    with FakeShop([review_ld(1)], robots=Reply(b"", status=401)) as shop:
        assert collect(shop, "/p/1", "reviews_page").status is Status.OK


def test_microdata_and_rdfa_are_read_in_the_child(collect: Collect) -> None:
    with FakeShop([MICRODATA + RDFA]) as shop:
        assert {one.author for one in collect(shop, "/p/1", "reviews_page").mentions} == {"李", "王"}


def test_a_server_that_ignores_page_numbers_is_asked_twice_and_no_more(collect: Collect) -> None:
    entry = {"feed": {"entry": [app_review(1), app_review(2)]}}
    with Scripted(lambda path, query: Reply(entry)) as service:
        collected = collect(service, "/reviews", "appstore")
        assert (len(collected.mentions), len(service.asked)) == (2, 2)

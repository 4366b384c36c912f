"""Fakes of the places where reviews are: Apple's feed, Steam, and a shop with marked-up pages."""

import html
import json
import re
from typing import Any

from tests.fakes.services import NOT_FOUND, Query, Reply, Service, page_of
from tests.fakes.site import Asked

APP = {
    "im:name": {"label": "云雀外卖"},
    "id": {"label": "https://apps.apple.com/cn/app/id123456", "attributes": {"im:id": "123456"}},
    "title": {"label": "云雀外卖 - Lark Ltd"},
    "im:artist": {"label": "Lark Ltd"},
}


class FakeAppStore(Service):
    """itunes.apple.com: ten pages, a lone review as an object, the app itself first, `next` leading to the XML."""

    def __init__(self, reviews: list[dict[str, Any]], size: int = 3, *, app_first: bool = True) -> None:
        super().__init__()
        self.reviews, self.size, self.app_first = reviews, size, app_first

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if "/customerreviews/" not in path:
            return NOT_FOUND
        number = re.search(r"page=(\d+)", path)
        page = int(number[1]) if number else 1
        if page > 10:
            return Reply("CustomerReviews RSS page depth is limited to 10", status=400, content_type="text/plain")
        found = page_of(self.reviews, page - 1, self.size)
        if path.endswith("/xml"):
            return Reply(self._xml(found), content_type="text/xml;charset=UTF-8")
        entries: list[Any] = ([APP] if self.app_first and page == 1 else []) + found
        feed: dict[str, Any] = {
            "author": {"name": {"label": "iTunes Store"}, "uri": {"label": "http://www.apple.com/itunes/"}},
            "title": {"label": "iTunes Store: Customer Reviews"},
            "updated": {"label": "2026-11-21T10:00:00-07:00"},
            "link": [{"attributes": {"rel": "next", "href": "https://itunes.apple.com/cn/rss/customerreviews/xml"}}],
        }
        if entries:
            feed["entry"] = entries if len(entries) > 1 else entries[0]
        return Reply({"feed": feed}, content_type="text/javascript; charset=utf-8")

    def _xml(self, reviews: list[dict[str, Any]]) -> str:
        def label(review: dict[str, Any], name: str) -> str:
            return html.escape(str(review[name]["label"]))

        entries = "".join(
            f"<entry><updated>{label(one, 'updated')}</updated><id>{label(one, 'id')}</id>"
            f"<title>{label(one, 'title')}</title><content type='text'>{label(one, 'content')}</content>"
            f"<im:contentType term='Application' label='Application'/><im:voteSum>{label(one, 'im:voteSum')}</im:voteSum>"
            f"<im:voteCount>{label(one, 'im:voteCount')}</im:voteCount><im:rating>{label(one, 'im:rating')}</im:rating>"
            f"<im:version>{label(one, 'im:version')}</im:version>"
            f"<author><name>{html.escape(one['author']['name']['label'])}</name><uri>https://itunes.apple.com/cn/reviews/id9</uri></author>"
            f"<link rel='related' href='https://itunes.apple.com/cn/review?id=123456'/>"
            f"<content type='html'>&lt;table&gt;&lt;b&gt;markup&lt;/b&gt;</content></entry>"
            for one in reviews
        )
        return (
            "<?xml version='1.0' encoding='utf-8'?><feed xmlns:im='http://itunes.apple.com/rss' "
            f"xmlns='http://www.w3.org/2005/Atom' xml:lang='zh'><title>Customer Reviews</title>{entries}</feed>"
        )


class FakeSteam(Service):
    """store.steampowered.com: opaque cursors that need encoding, off-topic reviews only when asked for."""

    def __init__(self, reviews: list[dict[str, Any]], size: int = 3) -> None:
        super().__init__()
        self.reviews, self.size = reviews, size

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if not path.startswith("/appreviews/") or query.get("json") != "1":
            return Reply("<html>a review page</html>", content_type="text/html")
        wanted = [
            one for one in self.reviews if query.get("filter_offtopic_activity") == "0" or not one.get("_offtopic")
        ]
        cursor = query.get("cursor", "*")
        begin = 0 if cursor == "*" else int(cursor.removeprefix("AoJ/+").removesuffix("=="))
        found = [
            {key: value for key, value in one.items() if key != "_offtopic"}
            for one in wanted[begin : begin + self.size]
        ]
        summary = {"num_reviews": len(found), **({"total_reviews": len(wanted)} if cursor == "*" else {})}
        after = f"AoJ/+{begin + len(found)}==" if found else cursor
        return Reply({"success": 1, "query_summary": summary, "reviews": found, "cursor": after})


class FakeShop(Service):
    """A shop whose product pages carry reviews as JSON-LD, page by page, with a robots.txt of its own."""

    def __init__(self, pages: list[str], robots: Reply = NOT_FOUND) -> None:
        super().__init__()
        self.pages, self.robots = pages, robots

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if path == "/robots.txt":
            return self.robots
        number = int(query.get("page", "1"))
        if not 1 <= number <= len(self.pages):
            return NOT_FOUND
        following = f'<link rel="next" href="?page={number + 1}">' if number < len(self.pages) else ""
        return Reply(
            f"<html><head><title>Shop</title>{following}</head><body>{self.pages[number - 1]}</body></html>",
            content_type="text/html; charset=utf-8",
        )


def json_ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'

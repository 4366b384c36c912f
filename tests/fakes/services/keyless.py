"""Fakes of the services with keyless JSON APIs."""

from typing import Any

from tests.fakes.services import NOT_FOUND, Query, Reply, Service, page_of
from tests.fakes.site import Asked


class FakeHackerNews(Service):
    """hn.algolia.com: pages from 0, `nbPages`, newest first."""

    def __init__(self, hits: list[dict[str, Any]], size: int = 3) -> None:
        super().__init__()
        self.hits, self.size = hits, size

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if not path.endswith("/search_by_date"):
            return NOT_FOUND
        page = int(query.get("page", "0"))
        hits = sorted(self.hits, key=lambda hit: -hit["created_at_i"])
        pages = -(-len(hits) // self.size)
        return Reply(
            {
                "hits": page_of(hits, page, self.size),
                "page": page,
                "nbPages": pages,
                "nbHits": len(hits),
                "hitsPerPage": self.size,
                "exhaustiveNbHits": True,
                "query": query.get("query", ""),
            }
        )


class FakeGdelt(Service):
    """api.gdeltproject.org: at most `maxrecords` articles, newest first, cut by `enddatetime`; `{}` when empty."""

    def __init__(self, articles: list[dict[str, Any]]) -> None:
        super().__init__()
        self.articles = articles

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if query.get("format") != "json":
            return Reply("<html>a chart</html>", content_type="text/html")
        end = query.get("enddatetime", "99999999999999")
        stamp = {id(one): one["seendate"].replace("T", "").replace("Z", "") for one in self.articles}
        found = [one for one in self.articles if stamp[id(one)] <= end]
        found.sort(key=lambda one: stamp[id(one)], reverse=True)
        found = found[: int(query.get("maxrecords", "75"))]
        return Reply({"articles": found} if found else {})


class FakeV2ex(Service):
    """www.v2ex.com: API 1 without pages, API 2.0 by `p` with a token, replies by topic."""

    def __init__(self, topics: list[dict[str, Any]], replies: dict[str, list[dict[str, Any]]] | None = None) -> None:
        super().__init__()
        self.topics, self.replies = topics, replies or {}

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if path.startswith("/api/v2/"):
            if asked.headers.get("authorization") != "Bearer t0ken":
                return Reply({"success": False, "message": "Token not found"})
            page = page_of(self.topics, int(query.get("p", "1")) - 1, 2)
            return Reply({"success": True, "message": "Found topics", "result": page})
        if path == "/api/replies/show.json":
            return Reply(self.replies.get(query["topic_id"], []))
        return Reply(self.topics) if path.startswith("/api/topics/") else NOT_FOUND


class FakeStackExchange(Service):
    """api.stackexchange.com: wrapped, gzip always, pages from 1."""

    def __init__(self, items: list[dict[str, Any]], size: int = 3) -> None:
        super().__init__()
        self.items, self.size, self.backoff = items, size, 0

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        page = int(query.get("page", "1"))
        found = page_of(self.items, page - 1, self.size)
        more = page * self.size < len(self.items)
        wrapper = {"items": found, "has_more": more, "quota_max": 300, "quota_remaining": 250}
        return Reply({**wrapper, "backoff": self.backoff} if self.backoff else wrapper, encoding="gzip")


class FakeDiscourse(Service):
    """A forum: newest posts by `before`, search by `page`, topics by `page`."""

    def __init__(self, posts: list[dict[str, Any]], topics: list[dict[str, Any]] | None = None, size: int = 3) -> None:
        super().__init__()
        self.posts, self.topics, self.size = posts, topics or [], size

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        page = int(query.get("page", "0"))
        if path == "/posts.json":
            before = int(query.get("before", "0")) or 10**9
            older = sorted((one for one in self.posts if one["id"] <= before), key=lambda one: -one["id"])
            return Reply({"latest_posts": older[: self.size]})
        if path == "/search.json":
            page = max(page, 1)
            more = page * self.size < len(self.posts)
            return Reply(
                {
                    "posts": page_of(self.posts, page - 1, self.size),
                    "topics": self.topics,
                    "users": [],
                    "grouped_search_result": {"more_full_page_results": more or None},
                }
            )
        if path == "/latest.json":
            rest = {"more_topics_url": f"/latest?page={page + 1}"} if (page + 1) * self.size < len(self.topics) else {}
            users = [{"id": 7, "username": "lark", "name": "云雀"}]
            return Reply({"users": users, "topic_list": {**rest, "topics": page_of(self.topics, page, self.size)}})
        return Reply(
            {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}, status=404
        )


class FakeMastodon(Service):
    """A server: tag timelines by `max_id`, with the Link header."""

    def __init__(self, statuses: list[dict[str, Any]], size: int = 3) -> None:
        super().__init__()
        self.statuses, self.size = statuses, size

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if not path.startswith("/api/v1/timelines/"):
            return Reply({"error": "Record not found"}, status=404)
        below = int(query.get("max_id", "0")) or 10**18
        older = sorted((one for one in self.statuses if int(one["id"]) < below), key=lambda one: -int(one["id"]))
        found = older[: self.size]
        if not found:
            return Reply([])
        link = f'<{self.url(path)}?max_id={found[-1]["id"]}>; rel="next", <{self.url(path)}?min_id=9>; rel="prev"'
        return Reply(found, headers={"Link": link})


class FakeLemmy(Service):
    """A server: search by `page`, post lists by cursor."""

    def __init__(self, posts: list[dict[str, Any]], comments: list[dict[str, Any]], size: int = 2) -> None:
        super().__init__()
        self.posts, self.comments, self.size = posts, comments, size

    def reply(self, path: str, query: Query, asked: Asked) -> Reply:
        if path == "/api/v3/search":
            page = int(query.get("page", "1")) - 1
            return Reply(
                {
                    "type_": "All",
                    "posts": page_of(self.posts, page, self.size),
                    "communities": [],
                    "comments": page_of(self.comments, page, self.size),
                    "users": [],
                }
            )
        if path == "/api/v3/post/list":
            page = int(query.get("page_cursor", "P0")[1:])
            more = {"next_page": f"P{page + 1}"} if (page + 1) * self.size < len(self.posts) else {}
            return Reply({"posts": page_of(self.posts, page, self.size), **more})
        return Reply({"error": "unknown"}, status=400)

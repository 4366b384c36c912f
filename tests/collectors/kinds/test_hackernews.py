"""Hacker News, from Algolia's format."""

from datetime import UTC, datetime

import pytest

from errors import ParseError
from tests.collectors.kinds.helping import LARK, NOW, parse, requests, urls

STORY = {
    "created_at": "2026-11-21T10:05:00.000Z",
    "created_at_i": 1795255500,
    "title": "LarkTea recalls bottles &amp; says why",
    "url": "https://example.com/recall",
    "author": "dang",
    "points": 57,
    "story_text": None,
    "comment_text": None,
    "num_comments": 31,
    "story_id": None,
    "parent_id": None,
    "objectID": "900001",
    "_tags": ["story", "author_dang"],
    "_highlightResult": {"title": {"value": "<em>LarkTea</em> recalls"}},
}
COMMENT = {
    "created_at": "2026-11-21T10:15:00Z",
    "created_at_i": 1795256100,
    "title": None,
    "url": None,
    "author": "pg",
    "points": None,
    "comment_text": 'I drank it.<p>It was <i>sour</i>. <a href="https:&#x2F;&#x2F;x.com">x.com</a>',
    "num_comments": None,
    "story_id": 900001,
    "story_title": "LarkTea recalls bottles",
    "parent_id": 900001,
    "objectID": "900002",
    "_tags": ["comment"],
}


def test_stories_and_comments_give_their_fields() -> None:
    parsed = parse("hackernews", {"hits": [STORY, COMMENT], "page": 0, "nbPages": 1})
    story, comment = parsed.mentions
    assert (story.external_id, story.title, story.text) == ("900001", "LarkTea recalls bottles & says why", "")
    assert story.url == "https://news.ycombinator.com/item?id=900001"
    assert (story.author, story.likes, story.replies) == ("dang", 57, 31)
    assert story.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert story.published_at_source == "author"
    assert story.extra["link"] == "https://example.com/recall"
    assert comment.title == ""
    assert comment.text == "I drank it.\n\nIt was sour. x.com"
    assert (comment.likes, comment.replies) == (None, None)
    assert comment.extra["story"] == "LarkTea recalls bottles"
    assert parsed.next is None


def test_pages_are_counted_from_zero_and_end_with_the_last() -> None:
    url = "http://127.0.0.1:8000/api/v1/search_by_date?query=%22Lark%20Tea%22&tags=story"
    following = parse("hackernews", {"hits": [STORY], "page": 0, "nbPages": 2}, url).next
    assert following is not None
    assert following.url == url + "&page=1"
    assert parse("hackernews", {"hits": [STORY], "page": 1, "nbPages": 2}, following.url).next is None
    assert parse("hackernews", {"hits": [], "page": 0, "nbPages": 50}, url).next is None


@pytest.mark.parametrize("field", sorted(STORY))
@pytest.mark.parametrize("wrong", [None, 7, "x", [], {"a": 1}, -1, True])
def test_a_wrong_field_costs_only_itself(field: str, wrong: object) -> None:
    parsed = parse("hackernews", {"hits": [{**STORY, field: wrong}, COMMENT], "page": 0, "nbPages": 1})
    assert parsed.mentions[-1].external_id == "900002"
    if field != "objectID":
        assert len(parsed.mentions) == 2


def test_a_missing_time_is_ours() -> None:
    mention = parse("hackernews", {"hits": [{**STORY, "created_at": None, "created_at_i": None}]}).mentions[0]
    assert (mention.published_at, mention.published_at_source) == (NOW, "collector")
    only_iso = parse("hackernews", {"hits": [{**STORY, "created_at_i": "soon"}]}).mentions[0]
    assert only_iso.published_at_source == "author"


@pytest.mark.parametrize(
    "body", [{"message": "invalid query"}, [], "null", {"hits": {"a": 1}}, b"<html>login</html>", b""]
)
def test_other_answers_are_errors_in_words(body: object) -> None:
    with pytest.raises(ParseError, match=r"\w+ \w+"):
        parse("hackernews", body)


def test_pages_of_the_site_become_searches() -> None:
    assert urls("hackernews", "https://news.ycombinator.com/item?id=5") == [
        "https://hn.algolia.com/api/v1/search_by_date?tags=story_5&hitsPerPage=100"
    ]
    assert "query=%22LarkTea%22" in urls("hackernews", "https://news.ycombinator.com/")[1]
    assert len(urls("hackernews", "https://hn.algolia.com/?q=lark+tea")) == 1
    assert all(request.foreign for request in requests("hackernews", "https://news.ycombinator.com/newest"))


def test_an_address_of_the_format_is_kept_and_a_bare_one_searches() -> None:
    url = "http://127.0.0.1:8000/anything?query=a%20b&tags=story"
    assert urls("hackernews", url) == [url]
    bare = urls("hackernews", "http://127.0.0.1:8000")
    assert [one.split("?")[0] for one in bare] == ["http://127.0.0.1:8000/api/v1/search_by_date"] * len(LARK.names)


def test_an_entry_without_an_id_is_kept() -> None:
    parsed = parse("hackernews", {"hits": [{key: value for key, value in STORY.items() if key != "objectID"}]})
    assert [(one.external_id, one.title[:7], one.url) for one in parsed.mentions] == [("", "LarkTea", STORY["url"])]

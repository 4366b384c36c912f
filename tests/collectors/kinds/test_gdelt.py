"""GDELT's article list, its plain-text errors and its broken escapes."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.records import Brand
from errors import InputError, ParseError, RateLimited
from tests.collectors.kinds.helping import NOW, parse, requests, urls

ARTICLE = {
    "url": "https://news.example.com/a/1",
    "url_mobile": "",
    "title": "LarkTea recalls 10,000 bottles",
    "seendate": "20261121T100500Z",
    "socialimage": "",
    "domain": "news.example.com",
    "language": "English",
    "sourcecountry": "United States",
}
URL = "http://127.0.0.1:8000/api/v2/doc/doc?query=LarkTea&mode=ArtList&format=json&maxrecords=2"


def test_articles_give_title_outlet_country_language_and_time() -> None:
    (mention,) = parse("gdelt", {"articles": [ARTICLE]}, URL).mentions
    assert (mention.title, mention.text, mention.url) == (ARTICLE["title"], "", ARTICLE["url"])
    assert mention.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert mention.extra == {"outlet": "news.example.com", "country": "United States", "language": "English"}
    assert mention.region == "United States"
    assert (mention.likes, mention.views, mention.rating) == (None, None, None)


def test_nothing_found_is_an_empty_object() -> None:
    assert parse("gdelt", {}, URL).mentions == ()
    assert parse("gdelt", {"articles": []}, URL).next is None


def test_a_full_answer_asks_for_what_lies_before_it() -> None:
    older = {**ARTICLE, "url": "https://news.example.com/a/2", "seendate": "20261121T090000Z"}
    following = parse("gdelt", {"articles": [ARTICLE, older]}, URL + "&timespan=3d").next
    assert following is not None
    assert "enddatetime=20261121090000" in following.url
    assert "startdatetime=20261118100500" in following.url
    assert "timespan" not in following.url
    assert parse("gdelt", {"articles": [ARTICLE]}, URL).next is None
    assert parse("gdelt", {"articles": [older, older]}, URL + "&enddatetime=20261121090000").next is None


def test_stray_backslashes_cost_nothing() -> None:
    body = b'{"articles": [{"url": "https://n.example/1", "title": "A \\| B \\d", "seendate": "20261121T100500Z"}]}'
    assert parse("gdelt", body, URL).mentions[0].title == "A \\| B \\d"


def test_a_request_to_slow_down_inside_a_200_says_when_to_come_back() -> None:
    with pytest.raises(RateLimited, match="limit requests") as raised:
        parse("gdelt", "Please limit requests to one every 5 seconds or contact kalev.leetaru5@gmail.com", URL)
    assert raised.value.retry_at is not None
    assert raised.value.retry_at > NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    "said", ["Your query was too short or too long.\n", "The specified phrase is too short.", "Timespan is too short."]
)
def test_a_refused_query_is_said_in_gdelts_words(said: str) -> None:
    with pytest.raises(ParseError, match=said.strip().rstrip(".")):
        parse("gdelt", said, URL, content_type="text/html; charset=utf-8")


def test_names_share_a_search_and_latin_ones_come_first() -> None:
    (url,) = urls("gdelt", "http://127.0.0.1:8000/")
    assert "query=%22LarkTea%22" in url
    assert "format=json" in url
    chinese = urls("gdelt", "http://127.0.0.1:8000/", brands=(Brand(1, "云雀奶茶"),), languages=["chinese"])
    assert "sourcelang%3Achinese" in chinese[0]


def test_the_list_is_asked_as_json_whatever_the_address_says_of_the_rest() -> None:
    (url,) = urls("gdelt", "http://127.0.0.1:8000/api/v2/doc/doc?query=x&timespan=1d")
    assert url.startswith("http://127.0.0.1:8000/api/v2/doc/doc?query=x&timespan=1d&")
    assert "mode=ArtList" in url
    assert "format=json" in url


@pytest.mark.parametrize("articles", [None, []])
def test_no_article_in_any_shape_is_nothing(articles: object) -> None:
    assert parse("gdelt", {"articles": articles}, URL).mentions == ()


def test_a_lone_article_may_be_an_object() -> None:
    assert len(parse("gdelt", {"articles": ARTICLE}, URL).mentions) == 1


def test_with_nobody_to_search_for_it_fails_in_words_and_is_not_called_heard() -> None:
    with pytest.raises(InputError, match="no brand is named"):
        requests("gdelt", "https://api.gdeltproject.org/", brands=())

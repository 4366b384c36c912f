"""Stack Exchange: questions, answers, excerpts, and what its wrapper says."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.kinds import find_kind
from errors import Forbidden, ParseError, RateLimited
from tests.collectors.kinds.helping import NOW, parse, requests, urls

QUESTION = {
    "tags": ["tea", "api"],
    "owner": {
        "display_name": "O&#39;Neil",
        "user_id": 5,
        "reputation": 101,
        "link": "https://stackoverflow.com/users/5/oneil",
    },
    "is_answered": True,
    "view_count": 120,
    "answer_count": 2,
    "score": -1,
    "creation_date": 1795255500,
    "question_id": 77,
    "link": "https://stackoverflow.com/questions/77/lark",
    "title": "LarkTea SDK &quot;hangs&quot;",
    "body": "<p>It hangs.</p><pre><code>a &lt; b</code></pre>",
}
ANSWER = {
    "item_type": "answer",
    "answer_id": 88,
    "question_id": 77,
    "score": 3,
    "creation_date": 1795255560,
    "title": "LarkTea SDK",
    "excerpt": 'use <span class="highlight">LarkTea</span> 2 &hellip;',
    "is_accepted": True,
}
EXCERPT = {
    "item_type": "question",
    "question_id": 78,
    "answer_id": 0,
    "score": 1,
    "creation_date": 1795255570,
    "title": "LarkTea?",
    "excerpt": "why",
    "answer_count": 0,
}
URL = "http://127.0.0.1:8000/2.3/search/excerpts?q=LarkTea&site=stackoverflow"


def test_items_give_their_fields() -> None:
    question, answer, excerpt = parse(
        "stackexchange", {"items": [QUESTION, ANSWER, EXCERPT], "has_more": False}, URL
    ).mentions
    assert (question.external_id, question.title, question.author) == ("question-77", 'LarkTea SDK "hangs"', "O'Neil")
    assert question.text.startswith("It hangs.")
    assert "a < b" in question.text
    assert (question.likes, question.replies, question.views) == (None, 2, 120)
    assert question.extra["score"] == -1
    assert question.published_at == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert (answer.external_id, answer.title, answer.url) == ("answer-88", "", "https://stackoverflow.com/a/88")
    assert (answer.text, answer.replies, answer.author) == ("use LarkTea 2 …", None, None)
    assert (excerpt.external_id, excerpt.replies) == ("question-78", 0)


def test_pages_follow_has_more() -> None:
    following = parse("stackexchange", {"items": [QUESTION], "has_more": True}, URL).next
    assert following is not None
    assert following.url == URL + "&page=2"
    assert parse("stackexchange", {"items": [QUESTION], "has_more": False}, URL).next is None
    assert parse("stackexchange", {"items": [], "has_more": True}, URL).next is None


def test_backoff_and_a_spent_quota_are_waited_for() -> None:
    parsed = parse("stackexchange", {"items": [QUESTION], "has_more": True, "backoff": 30}, URL)
    assert (parsed.next, parsed.ttl, len(parsed.mentions)) == (None, timedelta(seconds=30), 1)
    spent = parse("stackexchange", {"items": [QUESTION], "has_more": True, "quota_remaining": 0}, URL)
    assert spent.ttl == timedelta(hours=12)


def test_throttling_inside_an_answer_says_until_when() -> None:
    body = {
        "error_id": 502,
        "error_name": "throttle_violation",
        "error_message": "too many requests from this IP, more requests available in 82216 seconds",
    }
    with pytest.raises(RateLimited) as raised:
        parse("stackexchange", body, URL)
    assert raised.value.retry_at == NOW + timedelta(seconds=82216)


@pytest.mark.parametrize(
    ("number", "error"), [(400, ParseError), (401, Forbidden), (404, ParseError), (500, ParseError)]
)
def test_errors_are_said_in_their_words(number: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="site is required"):
        parse("stackexchange", {"error_id": number, "error_message": "site is required"}, URL)


def test_pages_of_sites_become_calls() -> None:
    (url,) = urls("stackexchange", "https://stackoverflow.com/questions/tagged/tea+milk")
    assert url.startswith(
        "https://api.stackexchange.com/2.3/questions?tagged=tea%3Bmilk&order=desc&sort=creation&site=stackoverflow"
    )
    (url,) = urls("stackexchange", "https://tea.stackexchange.com/search?q=lark", key="K")
    assert "site=tea" in url
    assert url.endswith("key=K")
    assert urls("stackexchange", URL) == [URL]
    assert "site=superuser" in urls("stackexchange", "http://127.0.0.1:8000", site="superuser")[0]
    assert requests("stackexchange", "https://superuser.com/")[0].foreign
    assert not requests("stackexchange", URL)[0].foreign


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("stackoverflow.com", "stackoverflow"),
        ("ru.stackoverflow.com", "ru.stackoverflow"),
        ("meta.superuser.com", "meta.superuser"),
        ("meta.mathoverflow.net", "meta.mathoverflow.net"),
        ("apple.stackexchange.com", "apple"),
        ("apple.meta.stackexchange.com", "apple.meta"),
        ("meta.stackexchange.com", "meta"),
    ],
)
def test_a_site_and_its_name_in_the_api_are_one(host: str, site: str) -> None:
    assert find_kind(f"https://{host}/") == "stackexchange"
    (asked,) = urls("stackexchange", f"https://{host}/questions")
    assert f"site={site}&" in asked
    (found,) = parse("stackexchange", {"items": [{"question_id": 7, "title": "t"}]}, asked).mentions
    assert found.url == f"https://{host}/q/7"

"""Any bytes and any JSON value give every kind mentions or an error of ours, and what it gives can be stored."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.finishing import finish
from collectors.kinds import KINDS, find_kind
from collectors.records import CHANNELS, Source, SourceState
from collectors.seams import ParseContext
from errors import CollectError
from tests.collectors.kinds.helping import LARK, NOW, document
from tests.collectors.kinds.test_forums import COMMENT_VIEW, POST, TOPIC, VIEW
from tests.collectors.kinds.test_gdelt import ARTICLE
from tests.collectors.kinds.test_hackernews import COMMENT, STORY
from tests.collectors.kinds.test_mastodon import STATUS
from tests.collectors.kinds.test_reddit import POST as REDDIT_POST
from tests.collectors.kinds.test_reviews import REVIEW, STEAM
from tests.collectors.kinds.test_stackexchange import ANSWER, QUESTION
from tests.collectors.kinds.test_v2ex import REPLY
from tests.collectors.kinds.test_v2ex import TOPIC as V2EX_TOPIC

NAMES = sorted(KINDS)
URL = "http://127.0.0.1:8000/appreviews/570?page=2&cursor=x"
GOOD: dict[str, list[Any]] = {
    "hackernews": [{"hits": [STORY, COMMENT], "page": 0, "nbPages": 3}],
    "gdelt": [{"articles": [ARTICLE, ARTICLE]}],
    "reddit": [{"kind": "Listing", "data": {"after": "t3_x", "children": [REDDIT_POST]}}],
    "v2ex": [
        [V2EX_TOPIC, REPLY],
        {"success": True, "result": [V2EX_TOPIC]},
        {"total": 5, "hits": [{"_source": V2EX_TOPIC}]},
    ],
    "stackexchange": [{"items": [QUESTION, ANSWER], "has_more": True, "quota_remaining": 3}],
    "discourse": [
        {"latest_posts": [POST]},
        {"topic_list": {"topics": [TOPIC], "more_topics_url": "/x"}, "users": []},
        {"posts": [POST], "topics": [TOPIC], "grouped_search_result": {"more_full_page_results": True}},
    ],
    "mastodon": [[STATUS], {"statuses": [STATUS]}],
    "lemmy": [{"posts": [VIEW], "comments": [COMMENT_VIEW], "next_page": "P2"}],
    "appstore": [{"feed": {"title": {"label": "t"}, "entry": [REVIEW, REVIEW]}}],
    "steam": [{"success": 1, "reviews": [STEAM], "cursor": "AoJ"}],
}
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["http://[", "<b>x", "9" * 400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def storable(kind: str, body: object, url: str = URL) -> None:
    """Parse and finish as the child does. Errors other than ours escape and fail the test."""
    context = ParseContext(url, NOW, options={"replies": True, "map": {}})
    try:
        parsed = KINDS[kind].parse(document(body, url), context)
    except CollectError:
        return
    for mention in finish(parsed, context, base=url).mentions:
        assert mention.title or mention.text
        assert mention.external_id
        assert mention.url is None or mention.url.startswith(("http://", "https://"))
        assert mention.rating is None or 1 <= mention.rating <= 5
        assert mention.published_at.tzinfo is not None
        assert all(
            one is None or (isinstance(one, int) and one >= 0)
            for one in (mention.likes, mention.replies, mention.shares, mention.views, mention.author_followers)
        )
        assert mention.author is None or isinstance(mention.author, str)
        json.dumps(mention.extra)
    if parsed.next is not None:
        assert parsed.next.url.startswith("http://127.0.0.1:8000/")


def damaged(value: Any, rng: random.Random, wrong: Any, chance: float) -> Any:
    """A copy in which some values, at any depth, are something else or gone."""
    if rng.random() < chance:
        return wrong
    if isinstance(value, dict):
        return {key: damaged(one, rng, wrong, chance) for key, one in value.items() if rng.random() > chance / 3}
    return [damaged(one, rng, wrong, chance) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", NAMES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.binary(max_size=400) | junk.map(json.dumps) | st.text(max_size=200).map(lambda text: "<feed>" + text))
def test_any_bytes(kind: str, body: object) -> None:
    storable(kind, body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body)


@pytest.mark.parametrize("kind", sorted(GOOD))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), wrong=junk, chance=st.sampled_from([0.02, 0.1, 0.3]))
def test_any_damage_to_a_good_answer(kind: str, seed: int, wrong: Any, chance: float) -> None:
    rng = random.Random(seed)
    for answer in GOOD[kind]:
        storable(kind, json.dumps(damaged(answer, rng, wrong, chance)).encode())


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), wrong=junk, chance=st.sampled_from([0.02, 0.1, 0.3]))
def test_any_damage_to_marked_up_reviews(seed: int, wrong: Any, chance: float) -> None:
    product = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@id": "#p",
                "@type": ["Product"],
                "name": "茶",
                "review": [
                    {
                        "@type": "Review",
                        "reviewBody": "酸",
                        "author": [{"@type": "Person", "name": "李", "url": "/u"}],
                        "url": "/r/1",
                        "reviewRating": {"ratingValue": "4,5", "bestRating": 10, "worstRating": 1},
                        "datePublished": "2026-11-20",
                        "itemReviewed": {"@id": "#p"},
                    },
                    {"@id": "#r"},
                ],
            },
            {"@id": "#r", "@type": "Review", "description": {"@value": "苦"}, "inLanguage": "zh"},
        ],
    }
    script = json.dumps(damaged(product, random.Random(seed), wrong, chance)).replace("</", "<\\/")
    storable(
        "reviews_page", f'<html><script type="application/ld+json">{script}</script></html>'.encode("utf-8", "replace")
    )


PIECES = [
    "<div itemscope itemtype='http://schema.org/Review'>",
    "<p itemprop='reviewBody'>x",
    "<i itemprop='author' itemscope>",
    "</div>",
    "<div vocab='http://schema.org/' typeof='Review' resource='#x'>",
    "<b property='reviewBody'>y</b>",
    "<a rel='next' href='?p=2'>",
    "<meta itemprop='ratingValue' content='9'>",
    "<base href='http://[x'>",
    "<div itemref='a' id='a' itemscope>",
    "\x00",
    "</html>",
    "<time property='datePublished' datetime='x'>",
    "<div about='::::' prefix='a: b c:' typeof='a:b'>",
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_any_microdata_and_rdfa(pieces: list[str]) -> None:
    storable("reviews_page", f"<html><body>{''.join(pieces)}".encode())


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_a_deep_answer_is_an_error_and_a_long_one_is_cut(kind: str) -> None:
    storable(kind, b"[" * 100_000)
    storable(kind, b'{"a":' * 100_000)


@settings(max_examples=50, deadline=None)
@given(
    st.text(max_size=60) | st.from_regex(r"https?://[a-z.\[\]:@]{0,20}(/[a-z0-9.?&=%\[+]{0,12}){0,4}", fullmatch=True)
)
def test_any_address_is_told_and_asked_without_a_crash(url: str) -> None:
    name = find_kind(url)
    assert KINDS[name].channel(url) in CHANNELS
    for kind in KINDS.values():
        source = Source(
            1, url, kind.name, "news", options={"token": "t", "client_id": "i", "countries": ["cn"], "search": True}
        )
        for request in kind.first_requests(source, SourceState(), now=NOW, brands=(LARK,)):
            assert isinstance(request.url, str)

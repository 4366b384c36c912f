"""What a push may hold, and what it is told when something is wrong with it."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.inbox import MOST_MENTIONS, read_push
from errors import InputError
from tests.collectors.kinds.helping import NOW

ONE = {
    "id": "c-1",
    "text": "奶茶里有异物",
    "published_at": "2026-11-21T10:05:00+08:00",
    "author": "李女士",
    "rating": 1,
    "url": "https://example.com/c/1",
    "extra": {"shop": "人民路店"},
    "ticket": 77,
    "likes": 0,
}


def push(value: object, **more: str):  # type: ignore[no-untyped-def]
    return read_push(json.dumps(value).encode(), now=NOW, **more)


def test_a_push_gives_mentions_with_their_brands() -> None:
    pushed = push(
        {
            "source": "call centre",
            "brand": "云雀奶茶",
            "channel": "forum",
            "mentions": [ONE, {"title": "t", "brand": ["A", "B"]}],
        }
    )
    first, second = pushed.mentions
    assert (pushed.source, pushed.channel, pushed.faults) == ("call centre", "forum", ())
    assert pushed.brands == (("云雀奶茶",), ("A", "B"))
    assert (first.external_id, first.text, first.author, first.rating) == ("c-1", "奶茶里有异物", "李女士", 1.0)
    assert first.published_at == datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
    assert first.extra == {"shop": "人民路店", "ticket": 77}
    assert (first.likes, first.replies) == (0, None)
    assert (second.title, second.published_at_source) == ("t", "collector")


@pytest.mark.parametrize("value", [[ONE], ONE, {"mentions": [ONE]}])
def test_three_shapes_are_understood(value: object) -> None:
    assert len(push(value).mentions) == 1


def test_json_lines_are_understood() -> None:
    body = (json.dumps(ONE) + "\n" + json.dumps({"text": "b"}) + "\n").encode()
    assert len(read_push(body, "application/x-ndjson; charset=utf-8", now=NOW).mentions) == 2


def test_the_same_push_twice_has_the_same_ids() -> None:
    rows = [{"text": "好评"}, {"text": "好评"}, {"text": "差评", "author": "x"}]
    assert [one.external_id for one in push(rows).mentions] == [one.external_id for one in push(rows).mentions]
    assert len({one.external_id for one in push(rows).mentions}) == 3
    assert len(push([ONE, ONE]).mentions) == 1


def test_every_fault_is_told_and_nothing_is_taken() -> None:
    pushed = push([ONE, {"text": ""}, {"text": "x", "published_at": "never"}, 5, {"text": "x", "rating": 9}])
    assert (pushed.mentions, pushed.brands) == ((), ())
    assert [(fault.index, fault.field) for fault in pushed.faults] == [
        (1, "text"),
        (2, "published_at"),
        (3, None),
        (4, "rating"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"{}",
        b"[]",
        b'{"mentions": {}}',
        b"7",
        b"<html>",
        b'{"channel": "moon", "mentions": [{"text": "x"}]}',
        b"[" + b" " * 5_000_001 + b"]",
    ],
)
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(InputError):
        read_push(body, now=NOW)


def test_a_push_has_a_limit() -> None:
    with pytest.raises(InputError, match="at most"):
        push([{"text": "x"}] * (MOST_MENTIONS + 1))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "id", "rating", "published_at", "x"]), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["text", "title", "id", "rating", "likes", "url", "author", "published_at", "extra"]),
            values,
        ),
        max_size=4,
    )
)
def test_any_push_gives_mentions_or_faults(items: list[object]) -> None:
    try:
        pushed = push({"mentions": items})
    except InputError:
        return
    assert bool(pushed.mentions) != bool(pushed.faults)
    assert len(pushed.brands) == len(pushed.mentions)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["application/json", "application/x-ndjson", ""]))
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    with contextlib.suppress(InputError):
        assert read_push(body, content_type, now=NOW).source == "inbox"

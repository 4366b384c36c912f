"""What services say in the body of a failed request."""

import pytest

from collectors.kinds import KINDS
from errors import RateLimited
from tests.collectors.kinds.helping import document


@pytest.mark.parametrize("kind", ["stackexchange", "discourse", "mastodon", "lemmy", "v2ex", "reddit"])
def test_the_body_of_a_failure_is_understood_or_passed_over(kind: str) -> None:
    for body in (b"", b"[]", b"null", b"{}", b"<html>", b'{"x": [1]}', b"[" * 9_000):
        KINDS[kind].refuse(document(body, status=500))
    throttled = {
        "stackexchange": {"error_id": 502, "error_message": "more requests available in 77 seconds"},
        "discourse": {"errors": ["slow down"], "error_type": "rate_limit"},
        "mastodon": {"error": "Too many requests"},
        "lemmy": {"error": "rate_limit_error"},
        "v2ex": {"status": "error", "message": "Rate Limit Exceeded"},
        "reddit": {"error": 429, "message": "Too Many Requests"},
    }
    with pytest.raises(RateLimited):
        KINDS[kind].refuse(document(throttled[kind], status=400))

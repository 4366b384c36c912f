"""Health in words."""

import inspect
from datetime import UTC, datetime

import pytest

import errors
from collectors.health import LONGEST, advice, sentence
from errors import CollectError, FetchError, HTTPStatusError, InputError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CollectError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_fail_has_advice(kind: type[CollectError]) -> None:
    error = kind("x", status=404) if issubclass(kind, HTTPStatusError) else kind("x")
    assert advice(error).endswith(".")
    assert sentence(error) == "x"


def test_advice_fits() -> None:
    assert "Check the address" in advice(HTTPStatusError("HTTP 404", status=404))
    assert "login" in advice(errors.ParseError("a login page where a feed was expected"))
    assert "kind auto" in advice(errors.ParseError("a web page ('x') where a feed was expected"))
    assert "settings" in advice(InputError("depth is wrong"))
    assert "FENGPING_MAX_BYTES" in advice(FetchError("HTTP 200: too large: 12 MB"))


def test_a_sentence_is_one_clean_line_without_secrets() -> None:
    told = sentence(FetchError("no connection to http://ann:secret@a.example/\nwith \x1b[31mcolour\u202e" + "x" * 900))
    assert "\n" not in told
    assert "\x1b" not in told
    assert "secret" not in told
    assert len(told) <= LONGEST

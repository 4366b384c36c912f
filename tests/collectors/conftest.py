"""A site of its own for each test, and the kind of `collected` among the kinds."""

from collections.abc import Iterator

import pytest

from collectors import robots
from collectors.kinds import KINDS
from tests.collectors.collected import Pages
from tests.fakes.site import FakeSite


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    monkeypatch.setitem(KINDS, "pages", Pages())
    robots.forget()
    with FakeSite() as site:
        yield site

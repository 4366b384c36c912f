"""A real Chromium on the real dashboard over a filled store. Skipped where no Chromium is; never when CI is set."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboard import serving
from tests.dashboard import world
from tests.dashboard.conftest import HOSTILE
from tests.dashboard.world import World

SLOW = 120_000  # a busy machine is slow, not wrong
expect.set_options(timeout=SLOW)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = serving.chromium()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium; install Debian's chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(serving.CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, World]]:
    home = tmp_path_factory.mktemp("browser")
    made = world.build(home, days=21, per_day=10, extra=HOSTILE)
    with serving.served(home) as address:
        yield address, made


class Visitor:
    """A person at the dashboard: opens pages, waits until they have settled, and remembers what went wrong."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.outside: list[str] = []
        self.failed: list[str] = []
        page.set_default_timeout(SLOW)
        page.on("request", lambda request: self.outside.append(request.url) if self._leaves(request.url) else None)
        page.on("pageerror", lambda error: self.failed.append(str(error)))

    def _leaves(self, url: str) -> bool:
        return not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:"))

    def open(self, path: str = "") -> "Visitor":
        self.page.goto(f"{self.address}/{path}")
        return self.settled()

    def settled(self) -> "Visitor":
        serving.settle(self.page, SLOW)
        return self

    def words(self) -> str:
        return self.page.inner_text('[data-testid="stMain"]')


@pytest.fixture
def visit(
    chromium: Browser, dashboard: tuple[str, World], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    wanted = {"locale": "en-GB", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1440, "height": 1000}}
    wanted |= getattr(request, "param", {})
    context = chromium.new_context(accept_downloads=True, **wanted)
    visitor = Visitor(context.new_page(), dashboard[0])
    yield visitor
    context.close()
    assert visitor.failed == []
    assert visitor.outside == [], "the dashboard works offline: it asks nobody else for anything"

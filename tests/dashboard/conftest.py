"""One filled store for the room's tests, copied for those that write; caches and settings are forgotten around each test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.components import cards
from settings import get_settings
from tests.dashboard import world
from tests.dashboard.world import World

SLOW = 300  # seconds: a busy machine is slow, not wrong
APP = Path(__file__).parents[2] / "dashboard" / "app.py"
VIEWS = {
    "overview": "overview.py",
    "mentions": "mentions.py",
    "cases": "cases.py",
    "rules": "rules.py",
    "sources": "sources.py",
    "brands": "brands.py",
    "settings": "settings_page.py",
}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> 盼达",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png) **盼达** `code` $\\alpha$ :red[red] :material/home: :smile:",
    "\u202e盼达 gnp.exe \u2066hidden\u2069 \x00\x07\x1b[31m",
    '=HYPERLINK("https://evil.example","盼达")',
    "z\u0335\u0336\u0337\u0338\u0334\u0321\u0322\u0327\u0328\u0330\u0331algo 盼达 " + "长" * 3000,
)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    home = tmp_path_factory.mktemp("filled")
    return home, world.build(home, days=21, per_day=10, extra=HOSTILE)


@pytest.fixture
def made(filled: tuple[Path, World], tmp_path: Path, settle: Callable[[Path], None]) -> World:
    """A store of one's own with everything in it."""
    home, found = filled
    shutil.copytree(home, tmp_path / "home")
    settle(tmp_path / "home")
    return found


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Point the settings at a folder; nothing of another test is remembered."""

    def point(home: Path) -> None:
        monkeypatch.setenv("FENGPING_HOME", str(home))
        monkeypatch.delenv("FENGPING_DATABASE_URL", raising=False)
        forget()

    def forget() -> None:
        st.cache_data.clear()
        st.cache_resource.clear()
        get_settings.cache_clear()

    forget()
    yield point
    forget()


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Open a page by its name, in a language, with query parameters, as a link would."""

    def go(name: str = "overview", lang: str = "en", **params: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=SLOW)
        app.query_params["lang"] = lang
        app.run()
        if name != "overview":
            app.switch_page(f"views/{VIEWS[name]}")
            app.query_params["lang"] = lang
        for key, value in params.items():
            app.query_params[key] = value
        return app.run()

    return go


def turn(app: AppTest, name: str, lang: str = "en") -> AppTest:
    """To another page of the same visit."""
    app.switch_page(f"views/{VIEWS[name]}")
    app.query_params["lang"] = lang
    return app.run()


def html_of(app: AppTest) -> str:
    """Everything our own HTML says on the page, the style sheet and the scripts of the sidebar left out."""
    said = (str(block.proto.body) for block in app.get("html"))
    ours = ("<style>", cards._INTO_POPOVERS, "window.fengpingWords")
    return "\n".join(one for one in said if not any(part in one for part in ours))


def text_of(app: AppTest) -> str:
    """All words of a page, however they were drawn."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text", "error", "warning", "info", "success")
    said = [str(element.value) for kind in kinds for element in app.get(kind)]
    said += [str(button.label) for button in app.button]
    return "\n".join([*said, html_of(app)])

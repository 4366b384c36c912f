"""`python -m dashboard.screenshots OUT`: every page, two widths, both languages, light and dark.

Shows the store of `--home`; without it the sample workspace is made in a folder of its own first. `rule-dragged` is a rule
whose knob is held by the mouse, before anything is saved. `--manual` takes the pictures that the manual shows, a screenful
each. Needs Chromium and Playwright's Python package (both only for developing). Pictures are for people to look at:
nothing is compared.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from streamlit.logger import set_log_level

from dashboard import serving

WIDTHS = {1440: 900, 390: 844}
LANGS = ("zh", "en")
SCHEMES = ("light", "dark")
TALLEST = 4000
DRAGGED = "rule-dragged"
FAR = 0.3  # of the knob's way that the mouse drags it to the right
VIEWER = "林秋"  # whose name stands in the manual's pictures
MANUAL = {"overview": 1000, "case": 1080, DRAGGED: 1080}  # what the manual shows, and how tall


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    width: int
    lang: str
    scheme: str
    tall: int | None = None  # None: as tall as the page

    @property
    def file(self) -> str:
        if self.tall is not None:
            return f"{self.name.removesuffix('-dragged')}-{self.lang}.png"
        return f"{self.name}-{self.width}-{self.lang}-{self.scheme}.png"


def addresses() -> dict[str, str]:
    """Pages by name; the newest case, its newest mention and the first rule stand for their kind."""
    from dashboard import queries
    from storage.records import MentionFilter

    found = {
        name: "" if name == "overview" else name
        for name in ("overview", "mentions", "cases", "rules", "sources", "brands", "settings")
    }
    found |= {f"settings-{tab}": f"settings?tab={tab}" for tab in ("told", "themes", "levels", "health")}
    if rows := queries.page(MentionFilter(sentiments=("negative",)), limit=1).rows:
        found["mention"] = f"mentions?mention={rows[0].id}&of={rows[0].brand_id}"
    if cases := queries.cases():
        found["case"] = f"cases?case={cases[0].id}"
    if rules := queries.rules():
        found["rule"] = found[DRAGGED] = f"rules?rule={rules[0].id}"
    return found


def take(
    home: Path,
    out: Path,
    wanted: set[str] | None = None,
    variants: list[tuple[int, str, str]] | None = None,
    *,
    manual: bool = False,
) -> int:
    """Take the pictures of one store; how many."""
    os.environ["FENGPING_HOME"] = str(home)
    set_log_level("ERROR")  # Streamlit warns of each cached query asked outside a running app, as `addresses` does
    pages = {name: path for name, path in addresses().items() if not wanted or name in wanted}
    n = 0
    if pages:
        with serving.served(home, {"LOGNAME": VIEWER} if manual else None) as address:
            n += _all(address, out, pages, variants, manual=manual)
    if not wanted or "welcome" in wanted:
        with tempfile.TemporaryDirectory(prefix="fengping-empty-") as folder:
            _monitor(folder, "brand", "list")  # makes the store and nothing in it
            with serving.served(Path(folder)) as address:
                n += _all(address, out, {"welcome": ""}, variants)
    return n


def _monitor(home: str, *arguments: str) -> None:
    environment = {**os.environ, "FENGPING_HOME": home}
    subprocess.run([sys.executable, "-m", "monitor", *arguments], check=True, env=environment)  # noqa: S603


def _all(
    address: str,
    out: Path,
    pages: dict[str, str],
    variants: list[tuple[int, str, str]] | None,
    *,
    manual: bool = False,
) -> int:
    from playwright.sync_api import sync_playwright

    executable = serving.chromium()
    if executable is None:
        sys.exit("no Chromium was found; install Debian's chromium, or set CHROMIUM to its path")
    out.mkdir(parents=True, exist_ok=True)
    n = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(serving.CHROMIUM_FLAGS))
        for width, lang, scheme in variants or list(product(WIDTHS, LANGS, SCHEMES)):
            context = browser.new_context(
                viewport={"width": width, "height": WIDTHS[width]},
                locale={"zh": "zh-CN", "en": "en-GB"}[lang],
                color_scheme=scheme,
                timezone_id="Asia/Shanghai",
                is_mobile=width < 600,
                has_touch=width < 600,
            )
            page = context.new_page()
            for name, path in pages.items():
                shot = Shot(name, path, width, lang, scheme, MANUAL[name] if manual else None)
                _shoot(page, address, shot, out)
                n += 1
                print(shot.file, flush=True)
            context.close()
        browser.close()
    return n


def _shoot(page, address: str, shot: Shot, out: Path) -> None:  # type: ignore[no-untyped-def]
    """The whole page in one picture, where no height is asked for: the window is made as tall as the page."""
    page.set_viewport_size({"width": shot.width, "height": shot.tall or WIDTHS[shot.width]})
    page.goto(f"{address}/{shot.path}")
    serving.settle(page)
    tall = page.evaluate("() => document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    if shot.tall is None and "?mention=" not in shot.path:
        page.set_viewport_size({"width": shot.width, "height": max(WIDTHS[shot.width], min(TALLEST, int(tall)))})
        serving.settle(page)
    with dragged(page) if shot.name == DRAGGED else nullcontext():
        page.screenshot(path=str(out / shot.file))


@contextmanager
def dragged(page) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """A rule's knob as a hand holds it: pressed, moved, not let go. The replay has answered, and nothing is saved."""
    knob, way = page.get_by_role("slider").first, page.get_by_test_id("stSlider").first.bounding_box()
    before = page.locator(".fp-head .say").first.inner_text()
    knob.scroll_into_view_if_needed()
    at = knob.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    try:
        page.mouse.move(x + FAR * way["width"], y, steps=12)
        page.wait_for_function("before => document.querySelector('.fp-head .say').innerText !== before", arg=before)
        serving.settle(page)
        yield
    finally:
        page.mouse.up()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, help="data folder to show; without it the sample workspace")
    parser.add_argument("--page", action="append", help="only these pages")
    parser.add_argument("--variant", action="append", help="only these, as 390-zh-dark")
    parser.add_argument("--manual", action="store_true", help="the pictures of the manual, in both languages")
    given = parser.parse_args()
    variants = [(int(w), lang, scheme) for w, lang, scheme in (one.split("-") for one in given.variant or [])]
    wanted = set(given.page or [])
    if given.manual:
        wanted, variants = set(MANUAL), [(1440, lang, "light") for lang in LANGS]
    if given.home:
        n = take(given.home.absolute(), given.out, wanted, variants, manual=given.manual)
    else:
        with tempfile.TemporaryDirectory(prefix="fengping-shots-") as folder:
            _monitor(folder, "sample", "start")
            n = take(Path(folder), given.out, wanted, variants, manual=given.manual)
    print(f"{n} pictures in {given.out}")


if __name__ == "__main__":
    main()

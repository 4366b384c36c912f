"""`python -m tests.browser.first_chart`: how long a newcomer waits, from the first click to a first chart.

The real `fengping up` on an empty store, a real Chromium, both ways of the welcome page: an own brand with a feed served
on loopback, and the sample workspace. The places the welcome offers are unticked: how long the internet takes is not
ours to time. `tests/browser/test_first_visit.py` walks the same way and looks at what is drawn.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from dashboard import serving
from tests.e2e.up import PATIENCE, Up
from tests.fakes.site import FakeSite, entry, rss

NAME, ALIASES = "云雀奶茶", "Lark Tea, LARK"
OFFERED = '[data-testid="stMain"] [data-testid="stCheckbox"]'
CHART = '[data-testid="stMain"] .js-plotly-plot .main-svg'
SAID = (
    "云雀奶茶的茉莉奶绿太难喝了，等了一小时，再也不买",
    "Lark Tea makes a lovely oolong, friendly staff, will come back",
    "今天在大学城喝到云雀奶茶，味道清爽，推荐",
    "Awful milk tea from Lark Tea: cold, late and far too expensive",
)


def feed(now: datetime, n: int = 40) -> str:
    """What was said in the last two days, and one entry about something else."""
    times = [now - timedelta(hours=48) * (i + 1) / (n + 1) for i in range(n)]
    dated = [(f"{SAID[i % len(SAID)]} ({i})", format_datetime(at, usegmt=True)) for i, at in enumerate(times)]
    entries = [entry(said, said, guid=str(i), date=date) for i, (said, date) in enumerate(dated)]
    return rss(*entries, entry("Rain tomorrow", "Bring a coat.", guid="rain"), title="Tea talk")


def own_brand(page: Page, address: str) -> float:
    """Name a brand, say where to listen; seconds from the first click until a chart is drawn."""
    page.get_by_role("textbox", name="Its name").click()
    clicked = time.monotonic()
    page.get_by_role("textbox", name="Its name").fill(NAME)
    page.get_by_role("textbox", name="Also called").fill(ALIASES)
    page.get_by_role("button", name="Next: where to listen").click()
    page.locator(OFFERED).first.wait_for()
    while left := page.locator(f'{OFFERED}[data-selected="true"]').count():
        page.locator(f'{OFFERED}[data-selected="true"] p').first.click()
        expect(page.locator(f'{OFFERED}[data-selected="true"]')).to_have_count(left - 1, timeout=PATIENCE * 1000)
    page.get_by_role("textbox", name="Or an address you know").fill(address)
    page.get_by_role("button", name="Start listening").click()
    page.locator(CHART).first.wait_for()
    return time.monotonic() - clicked


def sample(page: Page) -> float:
    """The sample workspace in one click; seconds until a chart is drawn."""
    page.get_by_role("button", name="Open the sample workspace").click()
    clicked = time.monotonic()
    page.locator(CHART).first.wait_for()
    return time.monotonic() - clicked


def arrive(page: Page, address: str) -> None:
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(address)
    page.get_by_role("heading", name="Welcome to Fengping").wait_for()


def measure(wanted: list[str]) -> None:
    executable = serving.chromium()
    if executable is None:
        sys.exit("no Chromium was found; install Debian's chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright, FakeSite() as site:
        site.add("/feed.xml", feed(datetime.now(UTC)))
        browser = playwright.chromium.launch(executable_path=executable, args=list(serving.CHROMIUM_FLAGS))
        for way in wanted:
            with tempfile.TemporaryDirectory(prefix="fengping-first-") as folder:
                started = time.monotonic()
                with Up(Path(folder), {"FENGPING_ALLOW_HOSTS": site.host}) as up:
                    page = browser.new_page(locale="en-GB")
                    arrive(page, up.address)
                    print(f"fengping up until the welcome page: {time.monotonic() - started:.0f} s", flush=True)
                    took = sample(page) if way == "sample" else own_brand(page, site.url("/feed.xml"))
                    print(f"{way}: first click to first chart: {took:.0f} s", flush=True)
                    page.close()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", nargs="*", help="both when none is named")
    measure(parser.parse_args().way or ["own", "sample"])


if __name__ == "__main__":
    main()

"""A newcomer: an empty store, the welcome page, an own brand, a first chart; and the sample, which goes again."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from dashboard import serving
from monitor.opening import open_workspace
from settings import load_settings
from storage import brands
from tests.browser import first_chart
from tests.browser.conftest import SLOW
from tests.e2e.up import Up
from tests.fakes.site import FakeSite

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_an_empty_store_to_a_first_chart_of_an_own_brand(chromium: Browser, tmp_path) -> None:
    with FakeSite() as site, Up(tmp_path, {"FENGPING_ALLOW_HOSTS": site.host}) as up:
        site.add("/feed.xml", first_chart.feed(datetime.now(UTC)))
        page = chromium.new_page(locale="en-GB")
        first_chart.arrive(page, up.address)
        first_chart.own_brand(page, site.url("/feed.xml"))
        serving.settle(page, SLOW)
        drawn = page.locator('[data-testid="stMain"]')
        expect(drawn).to_contain_text("1 / 1")  # the source is heard
        expect(drawn).to_contain_text("of 40 read")  # every entry that names the brand, and no other
        expect(page.get_by_role("button", name="Open the sample workspace")).to_have_count(0)
        page.close()
        (source,) = up.fengping.well("source", "list", "--json").objects
        assert (source["url"], source["brand"], source["total"]) == (site.url("/feed.xml"), first_chart.NAME, 40)
        (brand,) = up.fengping.well("brand", "list", "--json").objects
        assert (brand["aliases"], brand["mentions"]) == (["Lark Tea", "LARK"], 40)


def test_the_sample_goes_by_a_button_of_every_page_and_what_is_ones_own_stays(chromium: Browser, tmp_path) -> None:
    store = open_workspace(load_settings(home=tmp_path / "data", database_url=""))
    with store.begin() as tx:
        for name, sample in (("Acme", False), ("样品", True)):
            brands.add_brand(tx, name, now=datetime.now(UTC), sample=sample)
    store.close()
    with Up(tmp_path) as up:
        page = chromium.new_page(locale="en-GB")
        page.set_default_timeout(SLOW)
        page.goto(f"{up.address}/brands")
        expect(page.get_by_text("Sample data: invented brands, simulated days.")).to_be_visible(timeout=SLOW)
        page.get_by_role("button", name="Remove sample").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        expect(page.get_by_text("Sample data: invented brands, simulated days.")).to_have_count(0, timeout=SLOW)
        page.close()
        assert [one["name"] for one in up.fengping.well("brand", "list", "--json").objects] == ["Acme"]

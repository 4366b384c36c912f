"""A newcomer: an empty store, the welcome page, an own brand, a first chart."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from dashboard import serving
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

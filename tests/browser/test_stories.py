"""Three people's days: PR resolves a case, ops moves a threshold, an analyst takes the evidence away."""

import re
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, TimeoutError, expect

import storage
from dashboard.screenshots import dragged
from storage import cases, rules
from tests.browser.conftest import SLOW, Visitor
from tests.dashboard.world import World

pytestmark = pytest.mark.browser


def test_pr_reads_a_case_and_resolves_it(visit: Visitor, dashboard: tuple[str, World]) -> None:
    page = visit.open().page
    expect(page.locator(".fp-head .say").first).to_contain_text("Orange")
    page.get_by_role("link", name="Open the case").click()
    expect(page.get_by_role("link", name="All cases")).to_be_visible()
    visit.settled()
    said = visit.words()
    for part in ("negative mentions from", "usual for a", "By chance", "First mention", "Why", "Log"):
        assert part in said
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".fp-head .why").first).to_contain_text("Acknowledged")
    visit.settled()
    page.get_by_role("button", name="Resolve", exact=True).click()
    page.get_by_text("real", exact=True).click()
    visit.settled()
    page.get_by_role("button", name="Resolve the case").click()
    expect(page.locator(".fp-head .why").first).to_contain_text("verdict: real")
    _, made = dashboard
    store = storage.open_store(made.url)
    with store.read() as tx:
        found = cases.get_case(tx, made.case_id)
    store.close()
    assert found is not None
    assert (found.status, found.verdict) == ("resolved", "real")


def test_ops_moves_a_threshold_sees_the_replay_change_and_saves(visit: Visitor, dashboard: tuple[str, World]) -> None:
    _, made = dashboard
    page = visit.open(f"rules?rule={made.rule_id}").page
    answer = page.locator(".fp-head .say")
    floor = page.get_by_role("spinbutton", name=re.compile("Fewest mentions"))
    floor.fill("100000")
    floor.press("Enter")
    expect(answer).to_have_text("About 0 a month.")
    expect(page.get_by_text("No alarm in this period.")).to_be_visible()
    floor.fill("2")
    floor.press("Enter")
    expect(answer).not_to_have_text("About 0 a month.")
    visit.settled()
    knob = page.get_by_role("slider")
    knob.focus()
    for _ in range(3):
        knob.press("ArrowRight")
    visit.settled()
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("Rule saved.")).to_be_visible()
    store = storage.open_store(made.url)
    with store.read() as tx:
        rule = rules.get_rule(tx, made.rule_id)
    store.close()
    assert rule.version == 2
    assert rule.body["floor"] == 2
    assert rule.body["false_alarms_per_month"] > 1


def test_the_replay_follows_the_knob_while_it_is_held(visit: Visitor, dashboard: tuple[str, World]) -> None:
    _, made = dashboard
    page = visit.open(f"rules?rule={made.rule_id}").page
    answer, unchanged = page.locator(".fp-head .say").first, page.get_by_text("Nothing changed yet.")
    expect(unchanged).to_be_visible()
    with dragged(page):  # ends when the answer is another one
        held = answer.inner_text()
        expect(unchanged).to_be_hidden()
    visit.settled()
    expect(answer).to_have_text(held)


def test_what_is_opened_from_a_list_is_in_the_address(visit: Visitor, dashboard: tuple[str, World]) -> None:
    """A case opened from its list can be sent to a colleague, reloaded, and left by the browser's own Back."""
    _, made = dashboard
    page = visit.open("cases?show=all&period=90d").page
    page.get_by_role("link", name="Open", exact=True).first.click()
    expect(page.get_by_role("link", name="All cases")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/cases\?case={made.case_id}$"))
    page.reload()
    expect(page.get_by_role("link", name="All cases")).to_be_visible()
    visit.settled()
    page.get_by_role("link", name="All cases").click()
    expect(page).to_have_url(re.compile(r"/cases$"))
    page.go_back()
    expect(page.get_by_role("link", name="All cases")).to_be_visible()


def test_a_search_is_sent_to_a_rule(visit: Visitor) -> None:
    page = visit.open("mentions?period=30d&channel=forum").page
    page.get_by_label("Search the text").fill("电池")
    page.get_by_label("Search the text").press("Enter")
    expect(page.locator(".fp-head .say")).to_contain_text("电池")
    visit.settled()
    page.get_by_role("link", name="Ring on this").click()
    expect(page.get_by_role("heading", name="New rule")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value(re.compile("电池"))
    expect(page.get_by_text("Only some mentions (2)")).to_be_visible()
    expect(page.locator(".fp-head .say")).to_contain_text("a month")


def test_an_analyst_filters_corrects_exports_and_pandas_opens_it(visit: Visitor, tmp_path: Path) -> None:
    page = visit.open("mentions?period=30d&sentiment=negative&channel=forum").page
    total = int(re.sub(r"\D", "", page.locator(".fp-head .say").inner_text().split("mention")[0]))
    page.get_by_role("button", name="Details").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("radio", name="positive").or_(
        dialog.get_by_role("button", name="positive", exact=True)
    ).first.click()
    expect(dialog.get_by_text("Corrected by")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(page.locator(".fp-head .say")).to_contain_text(f"{total - 1} mention")
    visit.settled()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".csv"
    frame = pd.read_csv(path)
    assert len(frame) == total - 1
    assert set(frame["sentiment"]) == {"negative"}
    assert set(frame["channel"]) == {"forum"}


def test_hostile_words_stay_words_in_a_real_browser(visit: Visitor) -> None:
    page = visit.open("mentions?period=30d&q=" + "盼达").page
    main = page.locator('[data-testid="stMain"]')
    assert main.locator("script").count() == 0
    assert main.locator('img[src^="x"], img[src*="evil"]').count() == 0
    assert main.locator('a[href^="javascript"]').count() == 0
    assert main.locator(".katex").count() == 0
    page.get_by_role("button", name="Details").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.get_by_role("dialog").locator("script, iframe").count() == 0


@pytest.mark.parametrize("visit", [{"locale": "zh-CN"}, {"locale": "en-US"}], indirect=True)
def test_the_language_follows_the_browser_and_can_be_switched(visit: Visitor, request: pytest.FixtureRequest) -> None:
    page = visit.open("sources").page
    chinese = page.evaluate("navigator.language").startswith("zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("来源" if chinese else "Sources")
    page.get_by_role("radio", name="English" if chinese else "中文").or_(
        page.get_by_role("button", name="English" if chinese else "中文", exact=True)
    ).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources" if chinese else "来源")
    assert "lang=" in page.url


@pytest.mark.parametrize("visit", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_a_small_screen_needs_no_sideways_scrolling(visit: Visitor) -> None:
    for path in ("", "mentions", "cases", "rules", "sources", "brands", "settings"):
        page = visit.open(path).page
        wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=\"stMain\"]'); return m.scrollWidth - m.clientWidth }"
        )
        assert wide <= 1, path or "overview"


BARS = """() => {
  const paths = [...document.querySelector('.js-plotly-plot').querySelectorAll('.barlayer .trace .point path')];
  const places = paths.map(path => path.getBoundingClientRect()).filter(r => r.width > 4 && r.height > 8);
  const ground = Math.max(...places.map(r => r.bottom));  // bars stand on it; what was not heard hangs from above
  const standing = places.filter(r => ground - r.bottom < 2 && r.height < 220).sort((a, b) => b.height - a.height);
  return standing.slice(0, 6).map(r => [r.x + r.width / 2, r.y + r.height / 2]);
}"""
LISTENS = "() => document.querySelector('.js-plotly-plot')?._fullLayout?.dragmode === 'select'"
PLACE = "e => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height] }"


@pytest.mark.parametrize("visit", [{"viewport": {"width": 1440, "height": 2400}}], indirect=True)
def drag_over(page: Page) -> None:
    x, y, width, height = page.locator(".js-plotly-plot .nsewdrag").first.evaluate(PLACE)
    page.mouse.move(x + width * 0.5, y + height * 0.6)
    page.mouse.down()
    page.mouse.move(x + width * 0.6, y + height * 0.6, steps=6)
    page.mouse.move(x + width * 0.9, y + height * 0.6, steps=6)
    page.mouse.up()


def test_a_drag_selects_a_period_and_a_click_on_a_bar_opens_its_mentions(visit: Visitor) -> None:
    page = visit.open("?period=30d").page
    page.get_by_text("Drag selects a period").click()
    page.wait_for_function(LISTENS)
    visit.settled()
    for _ in range(3):  # a live part may redraw the chart under the hand: a person drags again
        drag_over(page)
        with suppress(TimeoutError):
            page.wait_for_url("**since=**until=**", timeout=20_000)
            break
        visit.failed[:] = [
            said for said in visit.failed if "_hoverlayer" not in said
        ]  # plotly's, of the chart that went
    assert "since=" in page.url
    visit.settled()
    page.get_by_text("Click opens mentions").click()
    page.wait_for_function(LISTENS.replace("===", "!=="))
    visit.settled()
    for x, y in page.evaluate(BARS):  # a live part may redraw the chart under the hand: a person clicks again
        page.mouse.move(x - 2, y)
        page.mouse.move(x, y)
        page.wait_for_timeout(400)
        page.mouse.click(x, y)
        with suppress(TimeoutError):
            page.wait_for_url("**/mentions?**", timeout=10_000)
            break
    assert "/mentions?" in page.url


def test_pages_are_reached_by_keyboard(visit: Visitor) -> None:
    page = visit.open("sources").page
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("() => (document.activeElement.innerText || document.activeElement.ariaLabel || '').trim()")
        )
    assert any("Rules" in one for one in reached)
    assert any("Add a source" in one for one in reached)
    assert any("Pause" in one for one in reached)


def test_a_case_is_worked_on_by_keyboard_alone(visit: Visitor, dashboard: tuple[str, World]) -> None:
    """What a popover holds comes next, though it stands elsewhere in the document; after an act the keyboard is back."""
    _, made = dashboard
    page = visit.open(f"cases?case={made.case_id}").page
    opener = page.get_by_role("button", name="Note", exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if opener.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Note")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("Written without a mouse")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".fp-log")).to_contain_text("Written without a mouse")
    page.wait_for_function("() => document.activeElement.closest('.st-key-case-acts')", timeout=SLOW)


def test_what_was_taken_back_in_a_mention_is_no_longer_chosen_nor_sent_again(visit: Visitor) -> None:
    page = visit.open("mentions?period=30d&sentiment=negative").page
    page.get_by_role("button", name="Details").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="positive").click()
    expect(dialog.get_by_text("Counted as positive.")).to_be_visible()
    visit.settled()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("Counted as negative.")).to_be_visible()
    expect(dialog.get_by_role("radio", name="negative")).to_be_checked()
    visit.settled()
    dialog.get_by_label("Flagged").locator("xpath=ancestor::label").click()
    expect(dialog.get_by_text("Flagged.", exact=True)).to_be_visible()
    visit.settled()
    expect(dialog.get_by_text("Counted as negative.")).to_be_visible()
    dialog.get_by_role("button", name="Undo").click()


@pytest.mark.parametrize("visit", [{"locale": "zh-CN"}], indirect=True)
def test_streamlits_own_words_follow_the_language(visit: Visitor) -> None:
    """What a screen reader hears of a dialog and what a field says of Enter, in Chinese, and in English after the switch."""
    page = visit.open("brands").page
    page.get_by_role("button", name="编辑").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="名称", exact=True).fill("盼达")
    expect(dialog.get_by_text("按 Enter 应用")).to_be_visible()
    expect(dialog.get_by_role("button", name=re.compile("^移除 ")).first).to_be_attached()
    dialog.get_by_role("button", name="关闭", exact=True).click()
    expect(dialog).not_to_be_visible()
    visit.open("mentions?since=2026-01-01T00:00:00Z&until=2026-01-10T00:00:00Z")
    page.get_by_role("button", name=re.compile("^选择日期范围")).click()
    expect(page.get_by_role("button", name="快速选择")).to_have_text("快速选择")
    visit.open("?period=30d")
    page.get_by_text("数据表").first.click()
    table = page.get_by_test_id("stDataFrame").first
    table.get_by_role("button", name="在表中搜索").dispatch_event("click")  # it hides when the mouse is elsewhere
    expect(page.get_by_text("输入要查找的内容").first).to_be_visible()
    visit.open("brands")
    page.get_by_role("radio", name="English").or_(page.get_by_role("button", name="English", exact=True)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Brands")
    page.get_by_role("button", name="Edit", exact=True).first.click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Close", exact=True)).to_be_visible()

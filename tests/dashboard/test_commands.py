"""What the dashboard leaves to the command is done by the real command, and its failures come back as sentences."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

import storage
from dashboard import commands, queries
from dashboard.components import steps
from errors import InputError
from monitor.steps import PARTS
from storage.records import Brand
from tests.dashboard.conftest import SLOW
from tests.dashboard.world import World
from tests.fakes.site import FakeSite

FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Owners</title>'
    "<item><guid>1</guid><title>盼达 again</title><description>The 盼达 is quiet.</description></item>"
    "<item><guid>2</guid><title>Rain tomorrow</title><description>Bring a coat.</description></item>"
    "</channel></rss>"
)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    with FakeSite() as made:
        monkeypatch.setenv("FENGPING_ALLOW_HOSTS", urlsplit(made.url("/")).netloc)
        yield made


def test_a_source_is_tested_before_it_is_added(made: World, site: FakeSite) -> None:
    site.add("/feed.xml", FEED)
    trial = commands.try_source(site.url("/feed.xml"))
    assert (trial["kind"], trial["entries"], trial["would_store"]) == ("feed", 2, 1)
    assert trial["mentions"][0]["brands"]
    assert len(queries.sources()) == len(made.sources)  # nothing was added


def test_a_source_that_fails_its_test_says_why(made: World, site: FakeSite) -> None:
    site.add("/gone.xml", "no", status=410)
    trial = commands.try_source(site.url("/gone.xml"), "feed")
    assert trial["status"] in ("failed", "gone")
    assert "410" in trial["last_error"]
    assert trial["advice"]


def test_an_address_that_may_not_be_read_is_refused_in_words(made: World) -> None:
    trial = commands.try_source("http://127.0.0.1:1/feed", "feed")
    assert trial["status"] == "failed"
    assert trial["advice"]


def test_an_address_cannot_become_an_option(made: World) -> None:
    with pytest.raises(InputError):
        commands.try_source("--help")


def test_what_the_command_refuses_comes_without_its_own_name_and_what_it_says_of_help(made: World) -> None:
    ours = "'no address' is no web address; write one that begins with http:// or https://"
    with pytest.raises(InputError, match=f"^{ours}$"):
        commands.run(["source", "test", "--", "no address"])
    with pytest.raises(InputError, match=r"^No such command 'nothing'\.$"):
        commands.follow(["source", "nothing"], lambda step: None)


def test_a_brand_is_tried_changed_and_taken_back(made: World) -> None:
    wider = Brand(made.brand.id, made.brand.name, (*made.brand.aliases, "客服"), ("冒烟",))
    trial = commands.try_brand(wider, instead_of=made.brand.id)
    assert trial["went"] > 0
    came, went = commands.change_brand(wider)
    assert (came, went) == (trial["came"], trial["went"])
    commands.change_brand(made.brand)
    queries.forget()
    assert next(b for b in queries.brands() if b.id == made.brand.id).excludes == ()


def test_a_brand_that_is_there_is_refused_by_name(made: World) -> None:
    with pytest.raises(InputError, match="盼达汽车"):
        commands.add_brand(Brand(0, "盼达汽车"))


def test_welcome_names_a_brand_and_offers_places(
    tmp_path: Path, settle: Callable[[Path], None], open_page: Callable[..., AppTest]
) -> None:
    storage.migrate(f"sqlite:///{tmp_path / 'fengping.db'}")
    settle(tmp_path)
    app = open_page()
    field = {one.label: one for one in app.text_input}
    field["Its name"].set_value("Panda Motors")
    field["Also called"].set_value("盼达，PANDA")
    next(button for button in app.button if button.label == "Next: where to listen").click().run(timeout=90)
    assert not app.exception
    assert [brand.aliases for brand in queries.brands()] == [("盼达", "PANDA")]
    offered = [box.label for box in app.checkbox]
    assert any("Google News" in one for one in offered)
    assert any("Hacker News" in one for one in offered)


@pytest.fixture
def empty(tmp_path: Path, settle: Callable[[Path], None]) -> None:
    storage.migrate(f"sqlite:///{tmp_path / 'fengping.db'}")
    settle(tmp_path)


def test_a_brand_without_a_name_is_refused_in_words(empty: None, open_page: Callable[..., AppTest]) -> None:
    app = open_page()
    next(button for button in app.button if button.label == "Next: where to listen").click().run()
    assert [one.value for one in app.error] == ["A brand needs a name."]
    assert queries.brands() == ()


def test_welcome_adds_nothing_twice_when_an_address_is_refused_and_given_again(
    empty: None, site: FakeSite, open_page: Callable[..., AppTest]
) -> None:
    site.add("/offered.xml", FEED)
    site.add("/own.xml", FEED)
    brand = Brand(0, "盼达")
    commands.add_brand(brand)
    app = open_page()
    app.session_state["_welcome_brand"] = brand
    app.session_state["_welcome_offered"] = [
        {"url": site.url("/offered.xml"), "kind": "feed", "channel": "news", "title": "Offered"}
    ]
    app.run()
    start(app, "no address at all")
    assert [one for one in app.error if one.value]
    queries.forget()
    assert [one.source.url for one in queries.sources()] == [site.url("/offered.xml")]
    start(app, site.url("/own.xml"))
    assert not app.error
    queries.forget()
    heard = {one.source.url: (str(one.status), one.new) for one in queries.sources()}
    assert len(queries.sources()) == 2
    assert heard == {site.url("/offered.xml"): ("ok", 1), site.url("/own.xml"): ("ok", 1)}


def start(app: AppTest, address: str) -> None:
    next(one for one in app.text_input if one.label == "Or an address you know").set_value(address)
    next(one for one in app.button if one.label == "Start listening").click().run(timeout=180)
    assert not app.exception


def test_a_long_command_says_how_far_it_is(empty: None, site: FakeSite) -> None:
    site.add("/feed.xml", FEED)
    commands.add_brand(Brand(0, "盼达"))
    commands.add_found_source(site.url("/feed.xml"), brand="盼达")
    told: list[commands.Step] = []
    commands.collect_all(told.append)
    assert [(one.part, one.done, one.total) for one in told] == [
        ("sources", 0, 1),
        ("sources", 1, 1),
        ("reading", 1, 1),
    ]


def test_every_part_of_a_long_command_has_words() -> None:
    assert set(steps.named()) == set(PARTS)
    assert steps.in_words(commands.Step("reading", 40, 2000)) == "Reading: 40 of 2,000"
    assert steps.in_words(commands.Step("judging", None, None)) == "Judging the days …"


def offered_places() -> None:
    from dashboard import i18n, queries
    from dashboard.views import offered

    i18n.set_language("en")
    offered._places(queries.brands()[0])


def test_public_places_are_offered_wherever_a_source_is_added(made: World) -> None:
    app = AppTest.from_function(offered_places, default_timeout=SLOW).run()
    first, *others = app.checkbox
    assert (first.label, first.value) == ("Google News 中文 · news", True)
    for one in others:
        one.uncheck()
    next(button for button in app.button if button.label == "Add these").click().run()
    assert not app.exception
    added = [record.source for record in queries.sources() if record.source.kind == "google_news"]
    assert [(source.brands, source.title) for source in added] == [((made.brand.id,), "Google News 中文 · 盼达汽车")]
    assert len(app.checkbox) == len(others)  # what is listened to is offered no more


def list_of_feeds() -> None:
    from dashboard import i18n
    from dashboard.views import source_add

    i18n.set_language("zh")
    rows = "\n".join(f'<outline xmlUrl="ftp://u:secret@h/{n}"/>' for n in range(source_add.SHOWN_REFUSALS + 1))
    one = f'<opml><body><outline xmlUrl="https://news.example/rss"/>{rows}</body></opml>'
    source_add._import_opml(one.encode(), None, None, keep_all=False)


def test_lines_of_an_opml_that_cannot_be_used_are_shown_beside_what_was_added(made: World) -> None:
    app = AppTest.from_function(list_of_feeds, default_timeout=SLOW).run()
    assert [one.value for one in app.success] == ["已添加 1 个来源。"]
    (left_out,) = [one.value.splitlines() for one in app.warning]
    assert "11" in left_out[0]
    assert "不是网址" in left_out[2]
    assert left_out[-1] == "…"
    assert "secret" not in app.warning[0].value
    assert len(queries.sources()) == len(made.sources) + 1

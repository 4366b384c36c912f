"""Reviews in pages: JSON-LD, microdata, RDFa, nested, on odd scales, broken."""

from datetime import UTC, datetime

import pytest

from collectors.kinds import KINDS
from collectors.records import Source
from collectors.standing import standing_in
from errors import Forbidden, InputError, ParseError
from tests.collectors.kinds.helping import parse, requests
from tests.fakes.services.reviews import json_ld

URL = "http://127.0.0.1:8000/p/1"


def page(*parts: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Shop</title>{head}</head><body>{''.join(parts)}</body></html>"


def review(text: str = "Sour", **more: object) -> dict[str, object]:
    return {
        "@type": "Review",
        "reviewBody": text,
        "author": {"@type": "Person", "name": "Ann"},
        "datePublished": "2026-11-20",
        "reviewRating": {"@type": "Rating", "ratingValue": "4"},
        **more,
    }


def test_reviews_nested_in_a_product() -> None:
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "LarkTea",
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.4", "reviewCount": "89"},
        "review": [review(), review("Fine", author="Bob", name="Good")],
    }
    first, second = parse("reviews_page", page(json_ld(product)), URL).mentions
    assert (first.text, first.author, first.rating, first.title) == ("Sour", "Ann", 4.0, "")
    assert (first.published_at, first.published_at_source) == (datetime(2026, 11, 20, tzinfo=UTC), "author")
    assert first.extra["item"] == "LarkTea"
    assert first.url == URL
    assert (second.author, second.title) == ("Bob", "Good")
    assert first.external_id != second.external_id


@pytest.mark.parametrize(
    "wrapped",
    [
        {"@graph": [{"@type": "WebPage"}, review()]},
        [review()],
        review(),
        {"@type": "Organization", "review": review()},
        {
            "@type": ["LocalBusiness", "Restaurant"],
            "reviews": {"@type": "http://schema.org/Review", "reviewBody": "Sour"},
        },
        {
            "@type": "ItemList",
            "itemListElement": [{"@type": "ListItem", "item": {"@type": "Product", "review": [review()]}}],
        },
        {"@graph": [{"@type": "Product", "review": {"@id": "#r1"}}, {"@id": "#r1", **review()}]},
        {"@type": "Product", "review": {"reviewBody": "Sour"}},
    ],
    ids=["graph", "array", "alone", "organization", "business", "list", "reference", "untyped"],
)
def test_a_review_is_found_wherever_it_hangs(wrapped: object) -> None:
    assert [one.text for one in parse("reviews_page", page(json_ld(wrapped)), URL).mentions] == ["Sour"]


@pytest.mark.parametrize(
    "written", ["<p>sour</p><p>&amp; dear</p>", "&lt;p&gt;sour&lt;/p&gt;&lt;p&gt;&amp;amp; dear&lt;/p&gt;"]
)
def test_markup_in_the_data_is_read_however_it_was_escaped(written: str) -> None:
    (found,) = parse("reviews_page", page(json_ld(review(written))), URL).mentions
    assert found.text == "sour\n\n& dear"


def rated(**more: object) -> dict[str, object]:
    return {"@type": "Product", "name": "LarkTea", "aggregateRating": {"@type": "AggregateRating", **more}}


AVERAGE_IN_MICRODATA = """<div itemscope itemtype="http://schema.org/Product"><div itemprop="aggregateRating" itemscope
itemtype="http://schema.org/AggregateRating"><b itemprop="ratingValue">8,6</b>/<b itemprop="bestRating">10</b>
<b itemprop="ratingCount">210</b></div></div>"""
AVERAGE_IN_RDFA = """<div vocab="https://schema.org/" typeof="Product"><div property="aggregateRating" typeof="AggregateRating">
<b property="ratingValue">86</b><b property="bestRating">100</b><b property="reviewCount">210</b></div></div>"""


@pytest.mark.parametrize(
    ("written", "rating", "count"),
    [
        (json_ld(rated(ratingValue="4,3", reviewCount="210")), 4.3, 210),
        (json_ld(rated(ratingValue="86%", ratingCount=210, reviewCount=9)), 4.3, 210),
        (json_ld(rated(ratingValue=4, description="x")), 4.0, None),
        (json_ld({"@graph": [{"@type": "Product", "aggregateRating": {"@id": "#a"}},
                             {"@id": "#a", "@type": "AggregateRating", "ratingValue": 4.3, "ratingCount": 210}]}), 4.3, 210),
        (AVERAGE_IN_MICRODATA, 4.3, 210),
        (AVERAGE_IN_RDFA, 4.3, 210),
    ],
)  # fmt: skip
def test_an_average_is_no_mention_and_is_not_lost(written: str, rating: float, count: int | None) -> None:
    parsed = parse("reviews_page", page(written), URL)
    given = standing_in(parsed.cursor)
    assert parsed.mentions == ()
    assert given is not None
    assert (given.rating, given.count, given.single) == (rating, count, False)
    assert given.in_words.startswith("no single reviews on this page; it gives 4")


def test_the_average_is_that_of_what_is_reviewed() -> None:
    shop = {"@type": "Organization", "aggregateRating": {"ratingValue": 4.9, "reviewCount": 90_000}}
    product = {**rated(ratingValue=3.1, reviewCount=12), "review": [review()]}
    given = standing_in(parse("reviews_page", page(json_ld(shop), json_ld(product)), URL).cursor)
    assert given is not None
    assert given.in_words == "the page gives 3.1 of 5 from 12 ratings"


@pytest.mark.parametrize("value", ["great", 47, None, {}, float("1e400"), "-1"])
def test_an_average_on_no_scale_is_none(value: object) -> None:
    assert standing_in(parse("reviews_page", page(json_ld(rated(ratingValue=value))), URL).cursor) is None


def test_a_page_that_gives_no_average_any_more_takes_it_back() -> None:
    assert parse("reviews_page", page(json_ld(review())), URL).cursor == {"standing": None}
    assert parse("reviews_page", page(json_ld(review())), URL, page=2).cursor == {}


@pytest.mark.parametrize(
    ("rating", "stars"),
    [
        ({"ratingValue": "4,5"}, 4.5),
        ({"ratingValue": 8, "bestRating": 10}, 4.0),
        ({"ratingValue": "80", "bestRating": "100"}, 4.0),
        ({"ratingValue": "80%"}, 4.0),
        ({"ratingValue": "9", "bestRating": "10", "worstRating": "1"}, 4.5),
        ({"ratingValue": "1", "bestRating": "2", "worstRating": "-2"}, 4.0),
        ("4", 4.0),
        (3, 3.0),
        ([{"ratingValue": 2}], 2.0),
        ({"ratingValue": "great"}, None),
        ({"ratingValue": "47"}, None),
        (None, None),
        ({}, None),
        ({"ratingValue": ["5"]}, 5.0),
    ],
)
def test_stars_are_one_to_five(rating: object, stars: float | None) -> None:
    (mention,) = parse("reviews_page", page(json_ld(review(reviewRating=rating))), URL).mentions
    assert mention.rating == stars


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Ann", "Ann"),
        ({"name": "Ann"}, "Ann"),
        ([{"name": "Ann"}, {"name": "Bob"}], "Ann"),
        ({"givenName": "Ann", "familyName": "Li"}, "Ann Li"),
        ({"name": {"@value": "Ann", "@language": "en"}}, "Ann"),
        (None, None),
        ({}, None),
        ([], None),
        (7, "7"),
        ({"name": ["Ann"]}, "Ann"),
    ],
)
def test_authors_in_every_shape(author: object, name: str | None) -> None:
    assert parse("reviews_page", page(json_ld(review(author=author))), URL).mentions[0].author == name


MICRODATA = """<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">LarkTea</h1>
<div itemprop="review" itemscope itemtype="http://schema.org/Review"><span itemprop="name">酸</span>
<span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">李</b></span>
<div itemprop="reviewRating" itemscope itemtype="http://schema.org/Rating"><meta itemprop="ratingValue" content="2">
<meta itemprop="bestRating" content="10"></div><time itemprop="datePublished" datetime="2026-11-20">昨天</time>
<p itemprop="reviewBody">喝出塑料</p><a itemprop="url" href="/r/7">x</a></div></div>"""
RDFA = """<div vocab="https://schema.org/" typeof="Product"><span property="name">LarkTea</span>
<div property="review" typeof="Review"><span property="author" typeof="Person"><span property="name">王</span></span>
<span property="reviewRating" typeof="Rating"><span property="ratingValue">80</span>/<span property="bestRating">100</span></span>
<span property="reviewBody">味道可以</span><time property="datePublished" datetime="2026-11-19">很久以前</time></div></div>"""


def test_microdata() -> None:
    (mention,) = parse("reviews_page", page(MICRODATA), URL).mentions
    assert (mention.title, mention.text, mention.author, mention.rating) == ("酸", "喝出塑料", "李", 1.0)
    assert (mention.url, mention.external_id) == ("http://127.0.0.1:8000/r/7", "http://127.0.0.1:8000/r/7")
    assert mention.published_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert mention.extra["item"] == "LarkTea"


def test_rdfa() -> None:
    (mention,) = parse("reviews_page", page(RDFA), URL).mentions
    assert (mention.text, mention.author, mention.rating) == ("味道可以", "王", 4.0)
    assert mention.published_at == datetime(2026, 11, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        '<div itemscope itemtype="http://schema.org/Review"><a itemprop="author" href="/u/1">Ann</a>'
        '<p itemprop="reviewBody">Sour</p></div>',
        '<div vocab="http://schema.org/" typeof="Review"><a property="author" href="/u/1">Ann</a>'
        '<p property="reviewBody">Sour</p></div>',
        '<div typeof="schema:Review"><a property="schema:author" href="/u/1"><b>Ann</b></a>'
        '<p property="schema:reviewBody">Sour</p></div>',
    ],
)
def test_the_name_in_a_link_is_the_author(written: str) -> None:
    (mention,) = parse("reviews_page", page(written), URL).mentions
    assert (mention.author, mention.text) == ("Ann", "Sour")


@pytest.mark.parametrize(
    "written",
    [
        '<div itemscope itemtype="http://schema.org/Review"><span itemprop="author" itemscope '
        'itemtype="http://schema.org/Person"><a itemprop="name url" href="/u/1"><b>Ann</b></a></span>'
        '<a itemprop="url name" href="/r/1">Sour</a><p itemprop="reviewBody">Tea</p></div>',
        '<div vocab="http://schema.org/" typeof="Review"><span property="author" typeof="Person">'
        '<a property="name url" href="/u/1"><b>Ann</b></a></span>'
        '<a property="url name" href="/r/1">Sour</a><p property="reviewBody">Tea</p></div>',
    ],
)
def test_a_link_may_be_a_name_and_an_address(written: str) -> None:
    (mention,) = parse("reviews_page", page(written), URL).mentions
    assert (mention.author, mention.author_url, mention.title) == ("Ann", "http://127.0.0.1:8000/u/1", "Sour")
    assert mention.url == "http://127.0.0.1:8000/r/1"


def test_an_author_who_is_only_an_address_has_no_name() -> None:
    (mention,) = parse("reviews_page", page(json_ld(review(author="https://shop.example/u/1"))), URL).mentions
    assert (mention.author, mention.author_url) == (None, "https://shop.example/u/1")


def test_the_same_review_in_two_syntaxes_is_one() -> None:
    same = review("喝出塑料", author="李", name="酸")
    assert len(parse("reviews_page", page(json_ld(same), MICRODATA, RDFA), URL).mentions) == 2


def test_a_broken_script_costs_only_itself() -> None:
    broken = '<script type="application/ld+json">{"@type": "Review", "reviewBody": "lost</script>'
    comma = '<script type="application/ld+json"><!-- {"@type": "Review", "reviewBody": "Kept",} --></script>'
    parsed = parse("reviews_page", page(broken, comma, json_ld(review())), URL)
    assert [one.text for one in parsed.mentions] == ["Kept", "Sour"]


def test_reviews_that_share_an_address_stay_apart() -> None:
    both = [review("One", url="/p/1/reviews"), review("Two", url="/p/1/reviews")]
    assert len({one.external_id for one in parse("reviews_page", page(json_ld(both)), URL).mentions}) == 2
    alone = parse("reviews_page", page(json_ld(review(url="/r/5?a=1"))), URL).mentions[0]
    assert alone.external_id == alone.url == "http://127.0.0.1:8000/r/5?a=1"


def test_markup_in_the_text_is_taken_off() -> None:
    assert (
        parse("reviews_page", page(json_ld(review("<p>One</p><p>Two &amp; three</p>"))), URL).mentions[0].text
        == "One\n\nTwo & three"
    )


def test_further_pages_are_on_the_same_host_only() -> None:
    def following(href: str) -> object:
        found = parse("reviews_page", page(json_ld(review()), head=f'<link rel="next" href="{href}">'), URL).next
        return found and (found.url, found.robots)

    assert following("?page=2") == ("http://127.0.0.1:8000/p/1?page=2", True)
    assert following("http://elsewhere.example/p/2") is None
    assert following("http://[broken") is None
    assert following("javascript:alert(1)") is None


def test_only_listed_domains_are_read_and_robots_are_asked() -> None:
    assert requests("reviews_page", URL)[0].robots
    body = page(json_ld(review()))
    with pytest.raises(Forbidden, match="listed"):
        parse("reviews_page", body, "http://evil.example/p", source="http://shop.example/p")
    assert parse("reviews_page", body, "http://www.shop.example/p", source="http://shop.example/p").mentions
    assert parse(
        "reviews_page", body, "http://b.example/p", source="http://shop.example/p", options={"listed": ["b.example"]}
    ).mentions
    with pytest.raises(InputError):
        KINDS["reviews_page"].check(Source(1, URL, "reviews_page", "ecommerce", options={"listed": ["http://x/"]}))


SITE = {
    "@graph": [
        {"@type": "Organization", "name": "Shop", "logo": {"@type": "ImageObject", "url": "/l.png"}},
        {"@type": "WebSite", "potentialAction": {"@type": "SearchAction", "target": {"@type": "EntryPoint"}}},
    ]
}


@pytest.mark.parametrize(
    "body",
    ["", "<html><body>Please log in</body></html>", b"\xff\xfe\x00", "{}", page(json_ld(SITE), "<h1>Log in</h1>")],
)
def test_a_page_without_markup_of_anything_reviewed_is_an_error(body: object) -> None:
    with pytest.raises(ParseError):
        parse("reviews_page", body, URL)


@pytest.mark.parametrize("item", [{"@type": "Product", "name": "LarkTea"}, {"@type": "AggregateRating"}])
def test_what_nobody_has_reviewed_yet_is_no_error(item: object) -> None:
    assert parse("reviews_page", page(json_ld(SITE), json_ld(item)), URL).mentions == ()


def test_the_page_may_be_in_gbk() -> None:
    body = page(json_ld(review("奶茶里喝出塑料片，店家不认账，太让人失望了")), head='<meta charset="gbk">').encode(
        "gbk"
    )
    assert parse("reviews_page", body, URL, content_type="text/html").mentions[0].text.startswith("奶茶里喝出塑料片")


def test_a_place_on_the_page_is_no_name() -> None:
    """Pages rank their reviews anew with each that comes; who said what stays, and so does a number of the shop's."""

    def ids(*given: dict[str, object], places: object, url: str = URL) -> list[str]:
        named = [{**one, "@id": f"#review-{place}"} for place, one in zip(places, given, strict=False)]  # type: ignore[call-overload]
        return [one.external_id for one in parse("reviews_page", page(json_ld(named)), url).mentions]

    one, two = review("One", author="Ann"), review("Two", author="Bob")
    assert ids(review("Zero", author="Eve"), one, two, places=range(9))[1:] == ids(one, two, places=range(9))
    before, after = (
        ids(one, places=[48211]),
        ids(review("One, edited", author="Ann"), places=[48211], url=URL + "?page=2"),
    )
    assert before == after
    assert ids(one, places=[48212]) != before


def test_a_script_written_in_entities_is_read() -> None:
    written = (
        json_ld(review("It&amp;#39;s sour"))
        .replace('"', "&quot;")
        .replace("type=&quot;application/ld+json&quot;", 'type="application/ld+json"')
    )
    assert parse("reviews_page", page(written), URL).mentions[0].text == "It's sour"


REVIEWS_IN_OTHER_WORDS = {
    "prefixed": {"@type": "schema:Review", "schema:reviewBody": "b", "schema:author": {"schema:name": "Ann"},
                 "schema:reviewRating": {"schema:ratingValue": "8,6", "schema:bestRating": 10}},
    "expanded": {"@type": ["http://schema.org/Review"], "http://schema.org/reviewBody": [{"@value": "b"}],
                 "http://schema.org/author": [{"http://schema.org/name": [{"@value": "Ann"}]}],
                 "http://schema.org/reviewRating": [{"http://schema.org/ratingValue": [{"@value": "86"}],
                                                     "http://schema.org/bestRating": [{"@value": 100}]}]},
    "linked": {"@graph": [{"@type": "Review", "reviewBody": "b", "author": {"@id": "#a"}, "reviewRating": {"@id": "#r"}},
                          {"@id": "#a", "@type": "Person", "name": "Ann"},
                          {"@id": "#r", "@type": "Rating", "ratingValue": 0.86, "bestRating": 1, "worstRating": 0}]},
}  # fmt: skip


@pytest.mark.parametrize("written", REVIEWS_IN_OTHER_WORDS)
def test_one_review_in_the_dialects_of_json_ld(written: str) -> None:
    (mention,) = parse("reviews_page", page(json_ld(REVIEWS_IN_OTHER_WORDS[written])), URL).mentions
    assert (mention.text, mention.author, mention.rating) == ("b", "Ann", 4.3)


@pytest.mark.parametrize(
    "script",
    ['/* ours */ {"@type":"Review","reviewBody":"b"}', '{"@type":"Product"},{"@type":"Review","reviewBody":"b"}'],
)
def test_scripts_that_are_nearly_json(script: str) -> None:
    written = page(f'<script type="application/ld+json">{script}</script>')
    assert parse("reviews_page", written, URL).mentions[0].text == "b"

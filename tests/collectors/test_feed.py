"""Feeds of every format, well made and badly made: what survives is title, text, author, link and date, as plain text."""

import contextlib
import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import feed_quick
from collectors.seams import Limits
from errors import ParseError
from tests.collectors.reading import NOW, URL, one, parse
from tests.fakes.site import entry, rss

TEN = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="html">Crumbs &amp;amp; Co</title>
<author><name>The bakery</name></author><link rel="next" href="/page/2"/><updated>2026-11-21T10:05:00Z</updated>
<entry><id>urn:x:1</id><title>Bread &amp; butter</title><link rel="alternate" href="/1?utm_source=a"/>
<link rel="enclosure" href="/1.mp3"/><published>2026-11-21T18:05:00+08:00</published>
<updated>2026-11-21T11:00:00Z</updated><summary>Short.</summary>
<content type="html">&lt;p&gt;A long &lt;b&gt;loaf&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;And butter.&lt;/p&gt;</content></entry>
<entry><id>urn:x:2</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <em>second</em></div></title>
<link href="http://feeds.example/2"/><updated>2026-11-21T10:05:00Z</updated>
<author><name>Zoë</name><uri>/people/zoe</uri></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Para</p><p>graph</p></div></content></entry></feed>"""

RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="http://a.example/"><title>R</title></channel>
<item rdf:about="http://a.example/1"><title>One</title><link>http://a.example/1</link><description>Text</description>
<dc:creator>Li</dc:creator><dc:date>2026-11-21T10:05:00Z</dc:date></item></rdf:RDF>"""

CDF = """<?xml version="1.0"?><CHANNEL HREF="http://a.example/"><TITLE>C</TITLE>
<ITEM HREF="http://a.example/1" LASTMOD="2026-11-21T10:05:00Z"><TITLE>One</TITLE><ABSTRACT>Text</ABSTRACT></ITEM></CHANNEL>"""

OLD = """<rss version="0.91"><channel><title>Old</title><item><title>One</title><link>http://a.example/1</link>
<description>Text</description></item></channel></rss>"""

JSON = """{"version":"https://jsonfeed.org/version/1.1","title":"J &amp; J","language":"en","next_url":"/p2","items":[
{"id":7,"url":"/7","title":"Seven","content_html":"<p>A</p><p>B</p>","date_published":"2026-11-21T18:05:00+08:00",
"authors":[{"name":"Zoë","url":"http://a.example/zoe"}]},
{"id":"x","content_text":"Only text","author":{"name":"Old style"}},
{"id":"","title":null,"content_text":null}, "nonsense", {"summary":"No id","external_url":"http://b.example/"}]}"""


def test_atom() -> None:
    parsed = parse(ATOM)
    first, second = parsed.mentions
    assert (parsed.title, parsed.next and parsed.next.url) == ("Crumbs & Co", "http://feeds.example/page/2")
    assert (first.external_id, first.title, first.text) == ("urn:x:1", "Bread & butter", "A long loaf.\n\nAnd butter.")
    assert (first.url, first.author) == ("http://feeds.example/1?utm_source=a", "The bakery")
    assert (first.published_at, first.published_at_source) == (TEN, "author")
    assert (second.title, second.text, second.author) == ("A second", "Para\n\ngraph", "Zoë")
    assert (second.author_url, second.url) == ("http://feeds.example/people/zoe", "http://feeds.example/2")


@pytest.mark.parametrize("body", [RDF, CDF, OLD], ids=["rdf", "cdf", "rss 0.91"])
def test_older_formats(body: str) -> None:
    mention = one(body)
    assert (mention.title, mention.text, mention.url) == ("One", "Text", "http://a.example/1")
    assert mention.published_at == (NOW if body == OLD else TEN)
    assert mention.published_at_source == ("collector" if body == OLD else "author")


def test_json_feed() -> None:
    parsed = parse(JSON, "application/feed+json")
    seven, text, bare = parsed.mentions
    assert (parsed.title, parsed.next and parsed.next.url) == ("J & J", "http://feeds.example/p2")
    assert (seven.external_id, seven.url, seven.text, seven.author) == ("7", "http://feeds.example/7", "A\n\nB", "Zoë")
    assert seven.published_at == TEN
    assert (text.text, text.author, text.title) == ("Only text", "Old style", "")
    assert (bare.external_id, bare.url) == ("http://b.example/", "http://b.example/")


def test_the_fullest_text_is_taken() -> None:
    teaser, full = "Just a teaser", "&lt;p&gt;The whole story, which is longer.&lt;/p&gt;"
    encoded = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">' + full + "</content:encoded>"
    assert one(rss(entry("t", teaser, more=encoded))).text == "The whole story, which is longer."
    assert one(rss(entry("t", full * 2, more=encoded))).text.count("story") == 2


def test_modules_give_author_replies_and_source() -> None:
    more = (
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Wang &amp; Li</dc:creator>'
        '<slash:comments xmlns:slash="http://purl.org/rss/1.0/modules/slash/">17</slash:comments>'
        '<source url="http://o.example/">The Outlet</source>'
    )
    mention = one(rss(entry("t", "x", more=more)))
    assert (mention.author, mention.replies, mention.extra) == ("Wang & Li", 17, {"source": "The Outlet"})
    assert one(rss(entry("t", "x"))).replies is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [("ann@a.example (Ann)", "Ann"), ("Ann &lt;ann@a.example&gt;", "Ann"), ("ann@a.example", "ann@a.example"), ("张三", "张三"),
     ("&lt;b&gt;Bob&lt;/b&gt;", "Bob"), ("A\u202eB", "AB"), ("  ", None)],
)  # fmt: skip
def test_authors_are_names(written: str, shown: str | None) -> None:
    assert one(rss(entry("t", "x", author=written))).author == shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [("A &amp;amp; B", "A & B"), ("1 &lt; 2", "1 < 2"), ("&lt;b&gt;Bold&lt;/b&gt; x", "Bold x"), ("<![CDATA[A & <i>B</i>]]>", "A & B"),
     ("&lt;script&gt;alert(1)&lt;/script&gt;Hi", "Hi"), ("  two\n lines ", "two lines"), ("&#x202E;abc", "abc"), ("Q&amp;#38;A", "Q&A"),
     ("👩‍👩‍👧 family", "👩‍👩‍👧 family"), ("&amp;lt;3", "<3")],
)  # fmt: skip
def test_titles_are_plain(title: str, shown: str) -> None:
    assert one(rss(entry(title, "x"))).title == shown


def test_links_are_absolute_or_absent() -> None:
    assert one(rss(entry("t", link="/p?a=1&amp;b=2"))).url == "http://feeds.example/p?a=1&b=2"
    assert one(rss(entry("t", link="javascript:alert(1)"))).url is None
    assert one(rss(entry("t", link="http://u:p@a.example/x"))).url == "http://a.example/x"
    guid = "<item><title>t</title><guid>http://a.example/perma</guid></item>"
    assert one(rss(guid)).url == "http://a.example/perma"
    based = rss(entry("t", link="p")).replace("<channel>", '<channel xml:base="http://b.example/dir/">')
    assert one(based).url == "http://b.example/dir/p"


def test_a_guid_is_kept_as_it_is_wherever_the_feed_lives() -> None:
    item = "<item><title>t</title><guid>12345</guid></item>"
    assert one(rss(item)).external_id == one(rss(item), url="https://moved.example/").external_id == "12345"


def test_an_entry_with_nothing_to_say_is_left_out() -> None:
    assert parse(rss(entry("", ""), entry("  ", "&lt;p&gt; &lt;/p&gt;"), "<item/>")).mentions == ()
    assert one(rss(entry("only a title"))).text == ""


def test_how_long_it_stays_fresh() -> None:
    assert parse(rss(more="<ttl>90</ttl>")).ttl == timedelta(minutes=90)
    sy = '<sy:{0} xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">{1}</sy:{0}>'
    assert parse(rss(more=sy.format("updatePeriod", "daily") + sy.format("updateFrequency", "4"))).ttl == timedelta(
        hours=6
    )
    assert parse(rss(more="<ttl>soon</ttl>")).ttl is None


def test_an_empty_feed_is_a_feed() -> None:
    for body in (
        rss(),
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>',
        '{"version":"https://jsonfeed.org/version/1","items":[]}',
    ):
        assert parse(body).mentions == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty"),
        ("   \n ", "empty"),
        ("<html><head><title>Shop</title></head><body>Hi</body></html>", r"a web page \('Shop'\)"),
        ("<!DOCTYPE html><html><form action='/login'><input type='password'></form></html>", "a login page"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "<svg>"),
        ("<opml version='2.0'><body/></opml>", "OPML.*import it"),
        ("just words", "neither"),
        ("{}", "not a JSON feed"),
        ('{"error": "forbidden"}', "not a JSON feed"),
        ("[1, 2]", "not a JSON feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": {', "JSON"),
        ("\x00\x01\x02\x03", "neither|empty"),
    ],
)
def test_what_is_no_feed_is_said(body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse(body)


BROKEN = [
    ("undefined entity", rss(entry("A&nbsp;B &copy;", "x")), "A B ©"),
    ("bare ampersand", rss(entry("A & B", "x")), "A & B"),
    ("junk before", "Warning: mysql_connect() in x.php\n" + rss(entry("T", "x")), "T"),
    ("blank before declaration", "\n\n  " + rss(entry("T", "x")), "T"),
    ("control characters", rss(entry("A\x08\x0bB", "x")), "AB"),
    ("references to them", rss(entry("A&#8;&#x0;B", "x")), "AB"),
    ("cut in the middle", rss(entry("T", "x"))[:-40], "T"),
    ("cut in an item", rss(entry("T", "x") + entry("U", "y"))[: rss(entry("T", "x")).index("</item>") + 20], "T"),
    ("unclosed markup", rss(entry("T", "<p>one<br>two")), "T"),
    ("undeclared namespace", rss(entry("T", "x", more="<foo:bar>1</foo:bar>")), "T"),
    ("capital letters", rss(entry("T", "x")).replace("item>", "ITEM>").replace("title>", "TITLE>"), "T"),
    ("no declaration", rss(entry("T", "x")).split("?>", 1)[1], "T"),
    ("trailing junk", rss(entry("T", "x")) + "<!-- served in 3 ms --><script>x</script>", "T"),
    ("nested cdata", rss(entry("<![CDATA[T]]>", "<![CDATA[<![CDATA[x]]>]]>")), "T"),
]


@pytest.mark.parametrize(("name", "body", "title"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_broken_feeds_are_read(name: str, body: str, title: str) -> None:
    assert parse(body).mentions[0].title == title


def test_entities_are_neither_fetched_nor_blown_up() -> None:
    outside = (
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + rss(entry("A&x;B", "x")).split("?>", 1)[1]
    )
    assert "root:" not in one(outside).title
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    laughs = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a0 "ha">{levels}]>' + rss(entry("&a11;x", "y")).split("?>", 1)[1]
    )
    assert len(one(laughs).title) < 100
    remote = (
        '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">' + rss(entry("T", "x")).split("?>", 1)[1]
    )
    assert one(remote).title == "T"


def test_words_read_twice_through_the_wrong_charset_are_mended() -> None:
    assert one(rss(entry("服务太差".encode().decode("latin-1"), "x"))).title == "服务太差"


@pytest.mark.parametrize(
    "encoding", ["gbk", "gb18030", "big5", "utf-16", "utf-16-le", "utf-32", "shift_jis", "utf-8-sig"]
)
def test_encodings_reach_the_mention(encoding: str) -> None:
    body = rss(entry("服務品質很差", "電池不行，太熱"), encoding="gb2312" if encoding == "gbk" else "utf-8")
    assert one(body.encode(encoding), "text/xml; charset=iso-8859-1").title == "服務品質很差"


def test_a_cap_is_counted() -> None:
    parsed = parse(rss(*[entry(f"t{n}", "x", guid=str(n)) for n in range(30)]), limits=Limits(max_entries=10))
    assert (len(parsed.mentions), parsed.capped) == (10, 20)


@pytest.mark.parametrize("more", ["", "<unknown:thing/>"], ids=["quick reader", "feedparser"])
def test_entries_beyond_the_cap_cost_nothing(more: str) -> None:
    body = rss(*[entry(f"t{n}", "x", guid=str(n), more=more) for n in range(3000)])
    parsed = parse(body, limits=Limits(max_entries=10))
    assert ([mention.external_id for mention in parsed.mentions], parsed.capped) == ([str(n) for n in range(10)], 2990)


def test_titles_and_texts_are_cut() -> None:
    mention = one(rss(entry("t" * 5000, "x" * 90_000)))
    assert (len(mention.title), len(mention.text)) == (Limits().max_title, Limits().max_text)


# the quick reader and feedparser agree

TITLES = st.sampled_from(
    ["T", "A &amp; B", "服务", "&lt;b&gt;x&lt;/b&gt;", "é", "Ã©", "<![CDATA[a <i>b</i>]]>", "1 &lt; 2", "x\u0092y"]
)
OPTIONAL = {
    "description": TITLES,
    "link": st.sampled_from(["/a", "http://a.example/?x=1&amp;y=2", "x y", "  "]),
    "guid": st.sampled_from(["1", "http://a.example/1", " g "]),
    "pubDate": st.sampled_from(["Sat, 21 Nov 2026 10:05:00 GMT", "2026-11-21", "never"]),
    "author": st.sampled_from(["Ann", "a@b.example (Ann)", "Ann &lt;a@b.example&gt;", "a@b.example"]),
    "category": st.just("c"),
    "comments": st.just("http://a.example/c"),
}
ITEM = st.fixed_dictionaries({"title": TITLES}, optional=OPTIONAL)


@given(st.lists(ITEM, max_size=4), st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_quick_reader_agrees_with_feedparser_on_rss(items: list[dict[str, str]], permalink: bool) -> None:
    parts = ["".join(f"<{name}>{value}</{name}>" for name, value in item.items()) for item in items]
    body = rss(*[f"<item>{part}</item>" for part in parts])
    both_agree(body if permalink else body.replace("<guid>", '<guid isPermaLink="false">'))


ATOM_ITEM = st.fixed_dictionaries(
    {"title": TITLES, "id": st.sampled_from(["urn:1", "http://a.example/1", "1"])},
    optional={
        "updated": st.sampled_from(["2026-11-21T10:05:00Z", "x"]),
        "published": st.just("2026-11-21T18:05:00+08:00"),
        "summary": TITLES,
        "content": TITLES,
        "author": st.sampled_from(
            ["<name>Ann</name>", "<name>Ann</name><uri>/ann</uri>", "<email>a@b.example</email>"]
        ),
    },
)
LINKS = st.sampled_from(["", '<link href="/1"/>', '<link rel="alternate" type="text/html" href="http://a.example/1"/>',
                         '<link rel="self" href="/s"/><link href="/2"/>', '<link rel="alternate" type="audio/mpeg" href="/a"/>'])  # fmt: skip


@given(st.lists(st.tuples(ATOM_ITEM, LINKS), max_size=4), st.sampled_from(["", ' type="html"', ' type="text"']))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_quick_reader_agrees_with_feedparser_on_atom(items: list[tuple[dict[str, str], str]], kind: str) -> None:
    entries = ""
    for item, links in items:
        fields = "".join(
            f"<{name}{kind if name in ('title', 'summary', 'content') else ''}>{value}</{name}>"
            for name, value in item.items()
        )
        entries += f"<entry>{fields}{links}</entry>"
    both_agree(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{entries}</feed>')


def both_agree(body: str) -> None:
    quick = parse(body)
    assert feed_quick.read(body.encode(), url=URL, most=100) is not None
    original, feed_quick.read = feed_quick.read, lambda text, *, url, most: None  # type: ignore[assignment]
    try:
        slow = parse(body)
    finally:
        feed_quick.read = original
    assert quick.mentions == slow.mentions
    assert (quick.title, quick.ttl, quick.next) == (slow.title, slow.ttl, slow.next)


# anything at all

FRAGMENTS = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<![CDATA[", b"]]>",
                         b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<content type='xhtml'>", b"&#x110000;", b"&#0;", b"&",
                         b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<?xml version='1.0' encoding='utf-16'?>", b"\xff\xfe", b"{\"items\":[", b"}", b"\x00",
                         b"<guid>", b"<link>", b"<pubDate>", b"xml:base='::'", b"<a:b xmlns:a='x'>", b"</", b"<!", b"<!--", b"<georss:point>1",
                         b"<georss:point>1 2</georss:point>", b"<media:content url='", b"<itunes:image/>", b"<content mode='base64'>!!"]),
    ),
    max_size=14,
)  # fmt: skip


@given(FRAGMENTS, st.sampled_from(["application/xml", "text/html; charset=gbk", "application/json", "x"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_give_mentions_or_a_parse_error(parts: list[bytes], content_type: str) -> None:
    try:
        parsed = parse(b"".join(parts), content_type)
    except ParseError:
        return
    else:
        assert all(mention.title or mention.text for mention in parsed.mentions)
        assert len({mention.external_id for mention in parsed.mentions}) == len(parsed.mentions)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_damaged_feed_never_breaks_more_than_itself(position: int, damage: bytes) -> None:
    body = rss(*[entry(f"标题{n}", "&lt;p&gt;text&lt;/p&gt;", guid=str(n)) for n in range(3)]).encode()
    with contextlib.suppress(ParseError):
        assert len(parse(body[:position] + damage + body[position + 1 :]).mentions) <= 3


def test_a_compressed_file_in_the_body_is_not_a_feed() -> None:
    with pytest.raises(ParseError):
        parse(gzip.compress(b"x"))


@pytest.mark.parametrize(
    "after",
    ["", "<category>c</category>", "<media:thumbnail url='http://a.example/i'/>", "<link>http://a.example/2</link>"],
)
def test_an_element_that_is_never_closed_costs_no_entry(after: str) -> None:
    """feedparser would lose the title, and the entry that follows."""
    written = f"<item><guid>2</guid><title><![CDATA[Two <3]]>{after}</item>"
    body = (
        f'<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>c</title>'
        f"<item><guid>1</guid><title>One</title></item>{written}"
        "<item><guid>3</guid><title>Three</title><description><![CDATA[<!-- <title>not one<link> -->x]]></description></item>"
        "</channel></rss>"
    )
    mentions = parse(body).mentions
    assert [mention.title for mention in mentions] == ["One", "Two <3", "Three"]
    assert mentions[2].text == "x"

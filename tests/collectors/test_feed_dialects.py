"""What feeds of every dialect put where: bodies by type, addresses by base, people, dates and extensions.

The ideas are those of feedparser's own well-formed tests (github.com/kurtmckee/feedparser, tests/wellformed); the
documents and what is expected of them are ours: a mention in plain text.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from errors import ParseError
from tests.collectors.reading import one, parse

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def atom(inner: str, attributes: str = "", version: str = "http://www.w3.org/2005/Atom") -> str:
    return f'<feed xmlns="{version}"{attributes}><title>f</title><entry><id>urn:1</id>{inner}</entry></feed>'


def rss(inner: str) -> str:
    spaces = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "full": "http://purl.org/rss/1.0/modules/content/",  # a prefix is a matter of taste
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "media": "http://search.yahoo.com/mrss/",
        "atom": "http://www.w3.org/2005/Atom",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
    }
    named = " ".join(f'xmlns:{name}="{address}"' for name, address in spaces.items())
    return f'<rss version="2.0" {named}><channel><title>c</title><item>{inner}</item></channel></rss>'


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<title>&lt;b&gt; is bold</title>", "<b> is bold"),
        ('<title type="html">&lt;b&gt;x&lt;/b&gt; &amp;amp; y</title>', "x & y"),
        ('<title type="html"><![CDATA[<b>x</b> &amp; y]]></title>', "x & y"),
        (f'<title type="xhtml"><div {XHTML}>a <b>b</b> &lt; c</div></title>', "a b < c"),
    ],
)
def test_atom_titles_by_type(written: str, title: str) -> None:
    assert one(atom(written)).title == title


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('<content type="text/plain">a &lt; b &amp;amp; c</content>', "a < b & c"),
        ('<content type="html">&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</content>', "a\n\nb"),
        (f'<content type="xhtml"><div {XHTML}><p>a</p><p>b</p></div></content>', "a\n\nb"),
        (f'<content type="application/xhtml+xml"><div {XHTML}><p>a</p><p>b</p></div></content>', "a\n\nb"),
        ('<content type="application/octet-stream">PHA+aGVsbG88L3A+</content>', "hello"),
        ('<content src="http://x.example/1" type="text/html"/>', ""),
        ('<content type="image/png">aGVsbG8=</content><summary>told</summary>', "told"),
    ],
)
def test_atom_bodies_by_type(written: str, text: str) -> None:
    assert one(atom("<title>t</title>" + written)).text == text


def test_atom_03_says_its_mode() -> None:
    inner = (
        '<title mode="escaped" type="text/html">&lt;b&gt;x&lt;/b&gt;</title><issued>2026-11-20T10:00:00Z</issued>'
        '<modified>2026-11-20T12:00:00Z</modified><content type="text/html" mode="base64">PHA+aGVsbG88L3A+</content>'
    )
    mention = one(atom(inner, version="http://purl.org/atom/ns#"))
    assert (mention.title, mention.text, mention.published_at) == ("x", "hello", AT)


@pytest.mark.parametrize(
    ("attributes", "link", "url"),
    [
        (' xml:base="http://b.example/x/"', '<link href="1.html"/>', "http://b.example/x/1.html"),
        (' xml:base="/x/"', '<link href="1.html"/>', "http://feeds.example/x/1.html"),
        (' xml:base="http://b.example/x/"', '<link xml:base="y/" href="1.html"/>', "http://b.example/x/y/1.html"),
        ("", '<link href="../1.html"/>', "http://feeds.example/1.html"),
        ("", '<link rel="self" href="/feed"/><link rel="alternate" href="/page"/>', "http://feeds.example/page"),
        ("", '<link type="application/pdf" href="/p"/><link type="text/html" href="/h"/>', "http://feeds.example/h"),
        ("", '<link rel="http://www.iana.org/assignments/relation/alternate" href="/h"/>', "http://feeds.example/h"),
        ("", "", None),
    ],
)
def test_links_by_base_and_relation(attributes: str, link: str, url: str | None) -> None:
    assert one(atom("<title>t</title>" + link, attributes)).url == url


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("<description><![CDATA[<p>a</p><p>b</p>]]></description>", {"text": "a\n\nb"}),
        ("<description>&amp;lt;b&amp;gt; stays</description>", {"text": "<b> stays"}),
        ("<description>Hello <b>World</b> x</description>", {"text": "Hello World x"}),
        ("<description>a</description><full:encoded>&lt;p&gt;longer&lt;/p&gt;</full:encoded>", {"text": "longer"}),
        ("<description>a</description><fullitem>&lt;p&gt;longer&lt;/p&gt;</fullitem>", {"text": "longer"}),
        (f"<body {XHTML}><p>a</p><p>b</p></body>", {"text": "a\n\nb"}),
        ("<itunes:author>Pod</itunes:author><itunes:summary>Heard</itunes:summary>", {"author": "Pod", "text": "Heard"}),
        ("<media:description>Seen</media:description>", {"text": "Seen"}),
        ("<dc:creator>Li</dc:creator><dc:date>2026-11-20T18:00:00+08:00</dc:date>", {"author": "Li", "published_at": AT}),
        ("<dcterms:created>2026-11-20T10:00:00Z</dcterms:created><dcterms:modified>2026-11-21T10:00:00Z</dcterms:modified>",
         {"published_at": AT}),
        ("<atom:updated>2026-11-20T10:00:00Z</atom:updated><atom:link href='http://a.example/7'/>",
         {"published_at": AT, "url": "http://a.example/7"}),
        ("<author>ann@x.example (Ann Li)</author>", {"author": "Ann Li"}),
        ("<guid>http://a.example/5</guid>", {"external_id": "http://a.example/5", "url": "http://a.example/5"}),
        ("<slash:comments>7</slash:comments><comments>http://a.example/5#c</comments>", {"replies": 7, "likes": None}),
        ("<slash:comments></slash:comments>", {"replies": None}),
    ],
)  # fmt: skip
def test_elements_of_rss_and_its_extensions(written: str, found: dict[str, Any]) -> None:
    mention = one(rss("<title>t</title>" + written))
    assert {name: getattr(mention, name) for name in found} == found


def test_a_video_of_a_channel() -> None:
    mention = one(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><entry><id>yt:video:1</id>'
        "<title>V</title><author><name>Ch</name></author><published>2026-11-20T10:00:00+00:00</published><media:group>"
        "<media:title>V</media:title><media:description>Long words</media:description><media:community>"
        '<media:statistics views="1234"/></media:community></media:group></entry></feed>'
    )
    assert (mention.text, mention.views, mention.author, mention.published_at) == ("Long words", 1234, "Ch", AT)


def test_an_entry_taken_over_keeps_its_author() -> None:
    inner = "<title>t</title><source><title>Elsewhere</title><author><name>Ann</name></author></source>"
    mention = one(atom(inner))
    assert (mention.author, mention.extra) == ("Ann", {"source": "Elsewhere"})


def test_rss_10_and_090() -> None:
    body = (
        f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"><channel rdf:about="http://a.example/"><title>c</title></channel>'
        '<item rdf:about="http://a.example/1?x=2"><title>t</title></item></rdf:RDF>'
    )
    assert one(body).external_id == "http://a.example/1?x=2"
    old = (
        f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>c</title></channel>'
        "<item><title>t</title><link>http://a.example/1</link></item></rdf:RDF>"
    )
    assert (one(old).title, one(old).url) == ("t", "http://a.example/1")


def test_json_feeds_as_people_write_them() -> None:
    head = '{"version": "https://jsonfeed.org/version/1.1", "items": '
    item = '{"id": 1.0, "title": "<b>T</b> &amp; U", "content_text": "2 < 3", "author": "Ann"}'
    for items in (item, f"[{item}]", f"[null, {item}, 7]"):
        mention = one(head + items + "}", "application/feed+json")
        assert (mention.external_id, mention.title, mention.text, mention.author) == ("1", "T & U", "2 < 3", "Ann")


FIRST = "<item><title>Whole</title><description>one</description><guid>urn:1</guid></item>"
SECOND = "<item><title>Cut</title><description>two, a longer text</description><link>http://a.example/2</link><guid>urn:2</guid></item>"
BEFORE, AFTER = "<rss version='2.0'><channel><title>c</title>", "</channel></rss>"


@pytest.mark.parametrize("left", range(1, len(SECOND) - len("<item><title>Cut</ti"), 7))
@pytest.mark.parametrize("begun", [FIRST, ""], ids=["with others", "alone"])
def test_an_entry_that_came_cut_off_is_the_same_when_it_comes_whole(left: int, begun: str) -> None:
    half = parse(BEFORE + begun + SECOND[: len(SECOND) - left])
    assert half.incomplete
    cursor = {**half.cursor, "_seen": []}
    whole = parse(BEFORE + begun + SECOND + AFTER, cursor=cursor)
    assert not whole.incomplete
    ids = [mention.external_id for mention in whole.mentions]
    stubs = [mention.external_id for mention in half.mentions if mention.title == "Cut"]
    assert ids[-1] in (stubs or ["urn:2"])
    assert len(set(ids)) == len(ids)
    again = parse(BEFORE + begun + SECOND + AFTER, cursor={**cursor, **whole.cursor})
    assert [mention.external_id for mention in again.mentions] == ids


@pytest.mark.parametrize("cut", [BEFORE, BEFORE + "<item><ti", BEFORE + "<item><title>" + "<" * 99])
def test_a_feed_that_ends_before_its_first_entry_says_anything_is_no_empty_one(cut: str) -> None:
    with pytest.raises(ParseError, match="before its first entry"):
        parse(cut)


def test_of_several_authors_the_first_with_an_address_of_their_own() -> None:
    people = "<author><name>Ann</name><uri>http://ann.example/</uri></author><author><name>Bo</name></author>"
    mention = one(atom(f"<title>t</title>{people}"))
    assert (mention.author, mention.author_url) == ("Ann", "http://ann.example/")
    people = "<author><name>Ann</name></author><author><name>Bo</name><uri>http://bo.example/</uri></author>"
    mention = one(atom(f"<title>t</title>{people}"))
    assert (mention.author, mention.author_url) == ("Ann", None)
    assert one(rss("<title>t</title><dc:creator>Ann</dc:creator><dc:creator>Bo</dc:creator>")).author == "Ann"


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("<guid>http://x.example/1</guid>", "http://x.example/1"),
        ('<guid isPermaLink="false">http://x.example/1</guid>', None),
        ('<guid isPermaLink="false">http://x.example/1</guid><media:thumbnail url="http://x.example/p.png"/>', None),
        ('<guid isPermaLink="false">http://x.example/1</guid><dc:rights>x</dc:rights>', None),
    ],
)
def test_a_guid_that_is_no_link_is_none(guid: str, url: str | None) -> None:
    mention = one(rss(f"<title>t</title>{guid}"))
    assert (mention.external_id, mention.url) == ("http://x.example/1", url)


def test_a_feed_that_claims_to_be_a_page() -> None:
    doctype = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://x.example/">'
    assert one(f'<?xml version="1.0"?>{doctype}{rss("<title>t</title>")}').title == "t"


def test_a_channel_of_cdf_with_nothing_in_it() -> None:
    assert parse("<CHANNEL><TITLE>a channel</TITLE></CHANNEL>").mentions == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("R&D at AT&T & Co", "R&D at AT&T & Co"),
        ("R&D <![CDATA[a&b &amp; c]]>", "R&D a&b & c"),
        ("&eacute;&nbsp;R&D", "é R&D"),
        ("&#55357;&#56397; &#xD83D;&#xDC4D;", "👍 👍"),  # as JavaScript counts
        ("x &#55357; y", "x \ufffd y"),
        ("x &#1114112;&#xFFFF; y", "x \ufffd\ufffd y"),
        ("<![CDATA[&#55357;&#56397;]]>", "👍"),
        ("&amp;#55357;&amp;#56397;", "👍"),
    ],
)
def test_references_that_xml_has_not(written: str, read: str) -> None:
    mention = one(rss(f"<title>{written}</title><description>{written}</description>"))
    assert (mention.title, mention.text) == (read, read)


@pytest.mark.parametrize("whole", [rss("<title>t</title>"), atom("<title>t</title>")])
def test_a_feed_that_ends_inside_its_first_tag_is_called_cut_off(whole: str) -> None:
    with pytest.raises(ParseError, match="ends before its first entry"):
        parse(whole[: whole.index(">") - 5])

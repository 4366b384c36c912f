"""Lists of feeds from feed readers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.opml import parse_opml, web_address
from errors import InputError

NESTED = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>x</title></head><body>
  <outline text="新闻"><outline text="inner">
    <outline type="rss" text="甲" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>
    <outline type="rss" title="Two" text="two" XMLURL="feed://b.example/rss"/>
  </outline></outline>
  <outline text="again" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>
  <outline text="a link" url="https://c.example/"/>
</body></opml>"""


def test_tags_in_any_case_and_titles_on_one_line():
    (feed,) = parse_opml('<OPML><Outline xmlUrl="http://a.example/" TEXT="\u202e甲&#10;乙"/></OPML>'.encode()).feeds
    assert (feed.url, feed.title) == ("http://a.example/", "甲 乙")


def test_outlines_at_any_depth_without_repeats():
    feeds = parse_opml(NESTED.encode()).feeds
    assert [(feed.url, feed.title) for feed in feeds] == [
        ("https://a.example/feed?x=1&y=2", "甲"),
        ("http://b.example/rss", "Two"),
    ]


def test_a_chinese_encoding_is_read():
    data = NESTED.replace("UTF-8", "GBK").encode("gbk")
    assert parse_opml(data).feeds[0].title == "甲"


@pytest.mark.parametrize("label", ["GB2312", "UTF-8", "Big5"])
def test_a_wrong_label_or_blank_lines_before_it_keep_nothing_out(label):
    data = "\n " + NESTED.replace("UTF-8", label).replace("甲", "朱镕基的博客，说说新闻")
    assert parse_opml(data.encode("gbk")).feeds[0].title == "朱镕基的博客，说说新闻"


def test_an_address_that_is_none_keeps_no_other_out():
    said = parse_opml(NESTED.replace("https://c", "c").replace(' url="', ' xmlUrl="').encode())
    assert len(said.feeds) == 2
    (refused,) = said.refused
    assert (refused.row, "'c.example/' is no web address" in str(refused)) == (8, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "OPML"),
        (b"<opml><body><outline", "row 1"),
        (b"<rss></rss>", "<rss>"),
        (b"<opml><body/></opml>", "no feed"),
        (b'<opml><body>\n<outline xmlUrl="ftp://a.example/x"/></body></opml>', "row 2, column 'xmlUrl'"),
        (b'<opml><body>\n\n<outline xmlUrl="not a url"/></body></opml>', "row 3"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body><outline xmlUrl="http://a/&a;"/></body></opml>', "entities"),
        (b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml>&a;</opml>', "entities"),
    ],
)
def test_what_is_wrong_is_said(data, words):
    with pytest.raises(InputError) as told:
        parse_opml(data)
    assert words in str(told.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_feeds_or_an_input_error(data):
    with contextlib.suppress(InputError):
        assert parse_opml(data).feeds


@pytest.mark.parametrize("text", ["", "example.com", "ftp://a/b", "file:///etc/passwd", "http://", "http://a:99999/",
                                  "javascript:alert(1)", "http://a/\x1b", "http://[::1"])  # fmt: skip
def test_what_is_no_web_address(text):
    with pytest.raises(InputError, match="web address"):
        web_address(text)


def test_addresses_are_kept_as_written():
    for text in (
        "HTTP://Example.com/A?b=%E5%93%81",
        "http://127.0.0.1:80/x",
        "https://例子.中国/路径",
        "http://u:p@h/x",
    ):
        assert web_address(text) == text

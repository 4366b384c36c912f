"""Addresses: checking, masking, resolving, telling apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.urls import absolute, host_of, identity, masked, read_address
from errors import InputError


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://Example.com", "http://example.com/"),
        ("https://例子.测试/路径?q=中文#x", "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF%E5%BE%84?q=%E4%B8%AD%E6%96%87"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("http://example.com:80/x?y=%20z", "http://example.com/x?y=%20z"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://user:pa%40ss@example.com/", "http://example.com/"),
        (" http://exam\nple.com/\n", "http://example.com/"),
    ],
)
def test_what_is_asked(written: str, asked: str) -> None:
    assert read_address(written).url == asked


@pytest.mark.parametrize(
    "written",
    [
        "", "http://", "http:///x", "ftp://example.com/", "file:///etc/passwd", "data:text/xml,x", "javascript:alert(1)",
        "http://example.com:99999/", "http://example.com:0/", "http://exa mple.com/", "http://[::1", "//example.com/",
        "http://example.com\\@evil.com/", "http://-x-.com/", "mailto:a@b.c",
    ],
)  # fmt: skip
def test_what_is_no_web_address(written: str) -> None:
    with pytest.raises(InputError):
        read_address(written)


def test_credentials_are_sent_and_never_shown() -> None:
    url = "https://ann:s3cret@example.com/feed?token=abc&page=2&API_KEY=k"
    assert read_address(url).authorization == "Basic YW5uOnMzY3JldA=="
    shown = masked(url)
    assert shown == "https://***@example.com/feed?token=***&page=2&API_KEY=***"
    with pytest.raises(InputError) as raised:
        read_address("https://ann:s3cret@exa mple.com/")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("base", "link", "expected"),
    [
        ("http://a.com/f/x.xml", "../p", "http://a.com/p"),
        ("http://a.com/", "//b.com/x", "http://b.com/x"),
        ("http://a.com/", "?q=1", "http://a.com/?q=1"),
        ("http://a.com/", "http://u:p@b.com/x", "http://b.com/x"),
        ("http://a.com/", "/路径", "http://a.com/路径"),
        ("http://a.com/", " http://b.com/a b ", "http://b.com/a%20b"),
        ("http://a.com/", "javascript:alert(1)", None),
        ("http://a.com/", "data:text/html,x", None),
        ("http://a.com/", "tag:a.com,2026:1", None),
        ("http://a.com/", "http://[bad/", None),
        ("http://a.com/", "http://", None),
        ("", "relative", None),
        ("http://a.com/", "", None),
    ],
)
def test_links_become_absolute_or_nothing(base: str, link: str, expected: str | None) -> None:
    assert absolute(base, link) == expected


def test_tracking_does_not_make_another_entry() -> None:
    assert identity("https://Ex.com:443/a?utm_source=x&id=3&fbclid=y&spm=1.2#top") == "https://ex.com/a?id=3"
    assert identity("http://ex.com/?p=1") != identity("http://ex.com/?p=2")
    assert identity("http://ex.com/#!/post/1") != identity("http://ex.com/#!/post/2")


def test_host_of_names_the_port() -> None:
    assert host_of("https://Example.com/x") == "example.com:443"
    assert host_of("http://[::1]/") == "[::1]:80"
    assert host_of("nonsense") == ""


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_link_is_absolute_http_or_none(base: str, link: str) -> None:
    found = absolute(base, link)
    assert found is None or found.lower().startswith(("http://", "https://"))
    assert isinstance(masked(link), str)
    assert isinstance(identity(link), str)

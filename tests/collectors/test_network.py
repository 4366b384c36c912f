"""Which addresses are public, and that the judged address is the one connected to."""

import socket

import pytest

from collectors import network
from collectors.fetcher import Fetcher
from collectors.seams import Limits
from errors import AddressRefused, FetchError, TimedOut
from tests.fakes.site import FakeSite

REFUSED = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1", "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "100::1", "::ffff:0:127.0.0.1", "nonsense",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2400:3200::1",
    "::ffff:8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_not_public(address: str) -> None:
    assert network.why_not_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert network.why_not_public(address) is None


@pytest.mark.parametrize(
    "written",
    ["0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "127.1", "127.0.1", "017700000001", "[::ffff:7f00:1]", "[::1]",
     "localhost", "127.0.0.1", "0.0.0.0", "[::]", "[0:0:0:0:0:ffff:127.0.0.1]"],
)  # fmt: skip
def test_no_spelling_reaches_this_machine(written: str) -> None:
    with FakeSite() as site, Fetcher() as fetcher:
        with pytest.raises(AddressRefused):
            fetcher.get(f"http://{written}:{site.port}/")
        assert site.paths == []


def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    answers = iter([["8.8.8.8", "127.0.0.1"], ["127.0.0.1"]])
    with FakeSite() as site, Fetcher(resolver=lambda host, port: next(answers)) as fetcher:
        for _ in range(2):
            with pytest.raises(AddressRefused, match="this machine"):
                fetcher.get(f"http://rebinding.example:{site.port}/")
        assert site.paths == []


def test_the_judged_address_is_connected_to_and_the_name_is_sent() -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with FakeSite() as site:
        site.add("/x", "<rss/>")
        allowed = [f"feeds.example:{site.port}"]
        with Fetcher(allow_hosts=allowed, resolver=resolver) as fetcher:
            assert fetcher.get(f"http://feeds.example:{site.port}/x").status == 200
        assert asked == ["feeds.example"]
        assert site.requests[0].headers["host"] == f"feeds.example:{site.port}"


def test_the_exception_list_is_by_host_and_port() -> None:
    with FakeSite() as site, FakeSite() as other, Fetcher(allow_hosts=[site.host]) as fetcher:
        site.add("/x", "<rss/>")
        assert fetcher.get(site.url("/x")).status == 200
        for url in (other.url("/x"), f"http://localhost:{site.port}/x", f"http://2130706433:{site.port}/x"):
            with pytest.raises(AddressRefused):
                fetcher.get(url)
        assert other.paths == []


def test_exceptions_are_read_as_people_write_them() -> None:
    assert network.allowed(["LocalHost:80", "[::1]:8080", "box", "0:0::1"]) == {
        "localhost:80", "[::1]:8080", "box:80", "box:443", "[0:0::1]:80", "[0:0::1]:443",
    }  # fmt: skip


def test_ports_of_other_services_are_refused() -> None:
    with Fetcher(resolver=lambda host, port: ["8.8.8.8"]) as fetcher:
        for port in (22, 25, 6379 - 379, 6667):
            with pytest.raises(AddressRefused, match="port"):
                fetcher.get(f"http://example.com:{port}/")


def test_names_that_do_not_exist_and_resolvers_that_hang() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    def hanging(host: str, port: int) -> list[str]:
        import time

        time.sleep(1.5)
        return ["8.8.8.8"]

    with Fetcher(resolver=unknown) as fetcher, pytest.raises(FetchError, match="not known"):
        fetcher.get("http://nowhere.example/")
    limits = Limits(connect=0.2)
    with Fetcher(limits, resolver=hanging) as fetcher, pytest.raises(TimedOut, match="not answered"):
        fetcher.get("http://slow.example/")


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSite() as proxy, FakeSite() as site:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("http_proxy", proxy.url())
        monkeypatch.setenv("ALL_PROXY", proxy.url())
        site.add("/x", "<rss/>")
        with Fetcher(allow_hosts=[site.host, proxy.host]) as fetcher:
            fetcher.get(site.url("/x"))
        assert proxy.paths == []
        assert site.paths == ["/x"]

"""The command on a data folder of its own, beside a real server on loopback that it may reach."""

import pytest

from tests.e2e.command import Command, rss
from tests.fakes.site import FakeSite


@pytest.fixture
def site():
    with FakeSite() as running:
        yield running


@pytest.fixture
def fengping(tmp_path, site):
    return Command(tmp_path, {"FENGPING_ALLOW_HOSTS": site.url("/").split("/")[2]})


@pytest.fixture
def stored(fengping, site):
    """The command, with two mentions of 云雀奶茶 collected, one of which names Hallon, and a brand Ruby that names none."""
    site.add("/feed", rss([("1", "云雀奶茶 and Hallon"), ("2", "云雀奶茶")]))
    fengping.well("brand", "add", "云雀奶茶")
    fengping.well("source", "add", site.url("/feed"), "--kind", "feed")
    fengping.well("collect", "--once", "--no-read")
    fengping.well("brand", "add", "Ruby")
    return fengping

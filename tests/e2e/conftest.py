"""The command on a data folder of its own, beside a real server on loopback that it may reach."""

import pytest

from tests.e2e.command import Command
from tests.fakes.site import FakeSite


@pytest.fixture
def site():
    with FakeSite() as running:
        yield running


@pytest.fixture
def fengping(tmp_path, site):
    return Command(tmp_path, {"FENGPING_ALLOW_HOSTS": site.url("/").split("/")[2]})

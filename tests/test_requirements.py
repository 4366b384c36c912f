"""What CI installs is what the ranges admit, named once."""

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.manual import text_of


def _requirements(name: str) -> list[Requirement]:
    found = []
    for line in text_of(name).splitlines():
        line = line.split(" #")[0].strip()
        if line and not line.startswith(("#", "-r")):
            found.append(Requirement(line))
    return found


def test_what_is_locked_is_what_the_ranges_admit():
    locked = {canonicalize_name(one.name): str(one.specifier) for one in _requirements("constraints.txt")}
    assert all(re.fullmatch(r"==[0-9][0-9A-Za-z.]*", pin) for pin in locked.values())
    for name in ("requirements.txt", "requirements-dev.txt"):
        for wanted in _requirements(name):
            pin = locked[canonicalize_name(wanted.name)].removeprefix("==")
            assert wanted.specifier.contains(Version(pin), prereleases=True), f"{wanted} does not admit {pin}"


def test_what_is_locked_is_sorted_and_named_once():
    names = [canonicalize_name(one.name) for one in _requirements("constraints.txt")]
    assert names == sorted(set(names))

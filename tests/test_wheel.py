"""A wheel holds whatever Fengping reads while it runs, and runs from there as from a checkout."""

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("analyzers", "collectors", "dashboard", "models", "monitor", "storage")
BESIDE = (".streamlit", "errors.py", "settings.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE")


@dataclass(frozen=True)
class Built:
    """A wheel, and the copy of the checkout that it was built from."""

    source: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built from a copy, since building leaves things beside the sources; nothing is downloaded."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in (*ROOMS, *BESIDE):
        if (ROOT / name).is_dir():
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=left_out)
        else:
            shutil.copy(ROOT / name, source)
    command = ["-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
    done = subprocess.run([sys.executable, *command], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return Built(source, next(out.glob("fengping-*.whl")))


def test_every_file_of_the_rooms_is_in_the_wheel_as_it_stands(built: Built) -> None:
    there = {
        str(path.relative_to(built.source))
        for room in ROOMS
        for path in (built.source / room).rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(built.source).parts)
    } | {"dashboard/.streamlit/config.toml", "errors.py", "settings.py"}
    with zipfile.ZipFile(built.wheel) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert there - packed == set()
        assert packed - there == set()
        for name in there:
            assert wheel.read(name) == (built.source / name).read_bytes(), name


FOUND = """
import sys
from monitor.up import dashboard_arguments
from settings import load_settings
from streamlit import config
app = dashboard_arguments(load_settings(), 8501)[1]
config._main_script_path = app  # as `streamlit run` does
config.get_config_options(force_reparse=True)
print(app, config.get_option("theme.baseRadius"), config.get_option("server.maxUploadSize"))
"""


def test_the_dashboard_of_an_installed_wheel_finds_its_look(built: Built, tmp_path: Path) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        wheel.extractall(tmp_path / "installed")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FOUND],
        cwd=elsewhere,
        env={"PYTHONPATH": str(tmp_path / "installed"), "HOME": str(elsewhere), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [str(tmp_path / "installed" / "dashboard" / "app.py"), "6px", "50"]

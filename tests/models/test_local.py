"""Reading is local: the libraries below the model keep nothing and tell nobody."""

import os
import subprocess
import sys
from pathlib import Path

from models.files import SHIPPED

ROOT = Path(__file__).parents[2]
READ = """
from pathlib import Path
from models.runtime import OnnxModel
print(OnnxModel(Path({folder!r})).probabilities(["A fine day"], [""]).shape)
"""
QUIET = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")  # each of them alone silences the runtime


def read_in(home: Path) -> list[str]:
    """What a process that read one text left in its home."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    code = READ.format(folder=str(SHIPPED))
    environment = {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "(1, 3)"
    return sorted(path.name for path in home.rglob("*"))


def test_the_runtime_keeps_no_record_of_what_was_read(tmp_path):
    assert read_in(tmp_path / "home") == []

"""What a sentiment model is called, without loading it: every process that starts asks whether its model has read all.

Blind spot: of a model in `transformers`' form, by folder or hub id, this is the beginning of the name; which version of its
files that is, only loading tells.
"""

import json
from pathlib import Path

from models.files import CONFIG, SHIPPED, is_ours


def name_of(model: str) -> str:
    """What the names of its readings begin with, for FENGPING_MODEL as it is set; empty when that cannot be told."""
    folder = Path(model) if model else SHIPPED
    if not folder.is_dir():
        return f"{model}@"
    if not is_ours(folder):
        return f"{folder.absolute().name}@"
    try:
        return str(json.loads((folder / CONFIG).read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""  # loading it says what is wrong

"""A sentiment model without loading it: what it is called, by which every process that starts asks whether its model has read
all, and whether it can be had (`refuse_unusable`).

Blind spot: of a model in `transformers`' form, by folder or hub id, this is the beginning of the name; which version of its
files that is, only loading tells.
"""

import json
import os
from pathlib import Path

from models.files import CONFIG, SHIPPED, is_ours
from models.present import refuse_unusable

__all__ = ["name_of", "refuse_unusable"]


def name_of(model: str) -> str:
    """What the names of its readings begin with, for FENGPING_MODEL as it is set; empty when that cannot be told."""
    folder = Path(model) if model else SHIPPED
    if not os.path.isdir(folder):
        return f"{model}@"
    if not is_ours(folder):
        return f"{folder.absolute().name}@"
    try:
        return str(json.loads((folder / CONFIG).read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""  # loading it says what is wrong

"""Where the shipped model is, and what the files of such a folder are called. Imports nothing that takes time to load."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sentiment"
GRAPH, WEIGHTS, TOKENIZER, CONFIG = "model.onnx", "weights.bin", "tokenizer.json", "config.json"


def is_ours(folder: Path) -> bool:
    """Whether a folder holds a model of the form that is shipped, whole or not."""
    return (folder / GRAPH).is_file() or (folder / WEIGHTS).is_file()

"""Whether a model can be had, without loading it: what every command that will read asks before it begins.

Promise: a tenth of a second for the shipped model and for a folder; neither ONNX Runtime nor torch is loaded. Of a hub's
model only config.json is fetched, and that once. Blind spot: weights that do not fit their config, or a tokenizer of
another model, are found out by loading.
"""

import json
import os
from importlib.util import find_spec
from pathlib import Path

from errors import ModelError
from models.files import SHIPPED, is_ours, refuse_broken
from models.labels import WAY_OUT, label_map


def refuse_unusable(model: str) -> None:
    """Raise ModelError, with what to do, when the model of this folder or hub id cannot be used; empty: the shipped one."""
    folder = Path(model) if model else SHIPPED
    if not model or is_ours(folder):
        refuse_broken(folder)
    else:
        refuse_missing(model)


def refuse_missing(source: str) -> None:
    """The same for a model in the form of `transformers`."""
    if lacking := [name for name in ("torch", "transformers") if find_spec(name) is None]:
        raise ModelError(
            f"FENGPING_MODEL={source} needs the packages torch and transformers; install them "
            f"(pip install {' '.join(lacking)}) {WAY_OUT}"
        )
    try:
        if os.path.isdir(source):
            _refuse_folder(source, Path(source))
        config = _json(source, Path(source) / "config.json" if os.path.isdir(source) else _from_hub(source))
    except OSError as error:
        raise cannot_be_had(source, f"{error.filename or 'a file of it'} cannot be read: {error.strerror}") from error
    if names := _label_names(config):
        label_map(names, source)


def cannot_be_had(source: str, why: str) -> ModelError:
    return ModelError(
        f"FENGPING_MODEL={source} could not be loaded ({why}); "
        f"give a folder or hub id of a sequence-classification model, {WAY_OUT}"
    )


def _label_names(config: object) -> list[str]:
    """The labels in their order; empty where only loading tells."""
    if not isinstance(config, dict):
        return []
    named = config.get("id2label")
    if isinstance(named, dict) and all(str(key).isdecimal() for key in named):
        return [str(named[key]) for key in sorted(named, key=int)]
    if any(str(name).endswith("ForSequenceClassification") for name in config.get("architectures") or ()):
        return [
            "LABEL_0",
            "LABEL_1",
        ]  # what transformers calls two labels that nobody named, and then does not write down
    return []


def _refuse_folder(source: str, folder: Path) -> None:
    """A file that is missing or not whole, by its name."""
    from safetensors import SafetensorError, safe_open

    if not (folder / "config.json").is_file():
        raise cannot_be_had(source, "it holds no config.json")
    if not any(path.suffix in (".safetensors", ".bin") for path in folder.iterdir()):
        raise cannot_be_had(source, "it holds no weights: model.safetensors or pytorch_model.bin is missing")
    for path in sorted(folder.glob("*.json")):
        _json(source, path)
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, "numpy"):
                pass
        except SafetensorError as error:
            raise cannot_be_had(source, f"{path.name} is not whole: {error}") from error


def _json(source: str, path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise cannot_be_had(source, f"{path.name} is no JSON: {error}") from error


def _from_hub(source: str) -> Path:
    """config.json of a hub's model: the copy on this machine, else fetched."""
    if source.startswith(("/", ".", "~")) or source.count("/") > 1 or os.path.exists(source):
        raise cannot_be_had(source, "there is no such folder")
    from huggingface_hub import constants, errors, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.utils.logging import set_verbosity_error

    set_verbosity_error()  # type: ignore[no-untyped-call]  # what goes wrong is said once, by us
    try:
        here = try_to_load_from_cache(source, "config.json")
        return Path(here if isinstance(here, str) else hf_hub_download(source, "config.json"))
    except errors.HFValidationError:
        why = "it is neither a folder that is there nor the id of a model, which is written owner/name"
    except errors.GatedRepoError:
        why = "its owner gives it only to accounts that asked; set HF_TOKEN to a token of such an account"
    except errors.RepositoryNotFoundError:
        why = f"{constants.ENDPOINT} holds no such model, or does not show it to everybody; then set HF_TOKEN"
    except errors.RemoteEntryNotFoundError:
        why = "it holds no config.json"
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        off = constants.is_offline_mode()
        reached = "HF_HUB_OFFLINE keeps us from asking for it" if off else f"{constants.ENDPOINT} cannot be reached"
        why = f"it is not on this machine, and {reached}; go on line once, or set HF_ENDPOINT to a hub that can be reached"
    except (OSError, ValueError) as error:
        why = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
    raise cannot_be_had(source, why)

"""`fengping config`: people's decisions as a YAML file, to keep, to compare and to move."""

from pathlib import Path
from typing import Annotated, Any

import typer

from errors import InputError
from monitor.cli.common import existing_file, now, say, tell, tell_block, workspace
from monitor.plain import MASK, mask_url

app = typer.Typer(help="Brands, sources, rules and settings, as one YAML file.", no_args_is_help=True)


@app.command("export")
def export_config(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; without, it is printed.")] = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="With passwords and keys; keep such a file safe.")] = False,
) -> None:
    """Write brands, sources, rules and settings as YAML. Who is told is left out: those addresses are secrets.

    \b
    Example:
      fengping config export --out fengping.yaml
    """
    import yaml

    from monitor.rows import whole_file
    from storage.config import export_config as read

    with workspace() as (_, store), store.read() as tx:
        values = read(tx, now=now())
    hidden = 0 if secrets else _hide(values["sources"])
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    if hidden:
        say(f"note: {hidden} addresses hold passwords or keys and are masked; --secrets writes them out")
    if out is None:
        tell_block(text.rstrip("\n"))
        return
    with whole_file(out) as handle:
        handle.write(text.encode("utf-8"))
    tell(f"written to {out}")


@app.command("import")
def import_config(file: Annotated[Path, typer.Argument(help="A file that `config export` wrote.")]) -> None:
    """Add what a YAML file names, and change what has the same name. All of it or, when it is wrong, nothing.

    \b
    Example:
      fengping config import fengping.yaml
    """
    import yaml

    from storage.config import import_config as write

    try:
        values = yaml.safe_load(existing_file(file).read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"{file.name} is not YAML ({getattr(error, 'problem', None) or error})", row=mark.line + 1 if mark else None
        ) from error
    if isinstance(values, dict) and any(MASK in str(one.get("url")) for one in _dicts(values.get("sources"))):
        raise InputError("a source's address is masked; export again with --secrets, or write its address in")
    if not isinstance(values, dict):
        raise InputError(f"{file.name} holds no settings; write one with `fengping config export --out FILE`")
    with workspace() as (_, store), store.begin() as tx:
        done = write(tx, values, who="config import", now=now())
    tell(f"{done.added} added, {done.changed} changed")


def _dicts(values: object) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _hide(sources: list[dict[str, Any]]) -> int:
    """Mask the secrets in addresses; how many there were."""
    hidden = 0
    for source in sources:
        masked = mask_url(source["url"])
        hidden += masked != source["url"]
        source["url"] = masked
    return hidden

"""`fengping config`: people's decisions as a YAML file, to keep, to compare and to move."""

from pathlib import Path
from typing import Annotated

import typer

from errors import InputError
from monitor.cli.common import existing_file, now, tell, tell_block, workspace

app = typer.Typer(help="Brands, sources, rules and who is told, as one YAML file.", no_args_is_help=True)


@app.command("export")
def export_config(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; without, it is printed.")] = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="With passwords and keys; keep such a file safe.")] = False,
) -> None:
    """Write brands, sources, rules and targets as YAML.

    \b
    Example:
      fengping config export --out fengping.yaml
    """
    import yaml
    from storage.config import export_config as read

    from monitor.rows import whole_file

    with workspace() as (_, store), store.read() as tx:
        text = yaml.safe_dump(read(tx, secrets=secrets), allow_unicode=True, sort_keys=False)
    if out is None:
        tell_block(text.rstrip("\n"))
        return
    with whole_file(out) as handle:
        handle.write(text.encode("utf-8"))
    tell(f"written to {out}")


@app.command("import")
def import_config(file: Annotated[Path, typer.Argument(help="A file that `config export` wrote.")]) -> None:
    """Add what a YAML file names and this store has not. All of it or, when the file is wrong, nothing.

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
    if not isinstance(values, dict):
        raise InputError(f"{file.name} holds no settings; write one with `fengping config export --out FILE`")
    with workspace() as (_, store), store.begin() as tx:
        added = write(tx, values, now=now())
    for word, number in added.items():
        tell(f"{word}: {number} added")

"""`fengping config`: people's decisions as a YAML file, to keep, to compare and to move."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.common import existing_file, now, say, tell, tell_block, workspace
from monitor.cli.following import follow
from monitor.plain import MASK, mask_url, several

_SECRET = re.compile(r"(?i)token|secret|passw|(^|_)(key|auth|sig)$")  # names of options

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

    from monitor.rows import whole_output
    from storage.config import export_config as read

    with workspace() as (_, store), store.read() as tx:
        values = read(tx, now=now())
    hidden = 0 if secrets else _hide(values)
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    if hidden:
        say(f"note: {several(hidden, 'password or key', 'passwords or keys')} masked; --secrets writes them out")
    if out is None:
        tell_block(text.rstrip("\n"))
        return
    with whole_output(out) as handle:
        handle.write(text.encode("utf-8"))
    tell(f"written to {out}")


@app.command("import")
def import_config(file: Annotated[Path, typer.Argument(help="A file that `config export` wrote.")]) -> None:
    """Add what a YAML file names, and change what has the same name. All of it or, when it is wrong, nothing.

    Nothing is deleted, and the same file again changes nothing. Whom a rule tells is found by name: add those targets
    before. Stored mentions are matched again with a brand whose words changed.

    \b
    Example:
      fengping config import fengping.yaml
    """
    from monitor.configuration import checked, read_yaml
    from monitor.upkeep import follow_brand
    from storage.config import import_config as write

    values = checked(read_yaml(existing_file(file).read_bytes()))
    with workspace() as (_, store):
        with store.begin() as tx:
            done = write(tx, values, who="config import", now=now())
        moved = [follow_brand(store, brand.id, now=now()) for brand in done.brands]
        follow(store)  # a source of another channel
    words = f"{done.added} added, {done.changed} changed"
    if moved:
        came, went = (sum(each) for each in zip(*moved, strict=True))
        words += f"; {several(came, 'stored mention')} came, {went} went"
    tell(words)
    for name in done.missing_targets:
        say(f"note: rules tell '{name}', who is not here; add that target and import again")


def _hide(values: dict[str, Any]) -> int:
    """Mask the secrets in addresses and options; how many there were."""
    hidden = 0
    for source in values["sources"]:
        secrets = {name for name, value in source["options"].items() if value and _SECRET.search(name)}
        source["options"] = {name: MASK if name in secrets else value for name, value in source["options"].items()}
        masked = mask_url(source["url"])
        hidden += (masked != source["url"]) + len(secrets)
        source["url"] = masked
    for rule in values["rules"]:
        scope = rule["body"].get("scope") or {}
        if scope.get("sources"):
            scope["sources"] = [mask_url(url) for url in scope["sources"]]
    return hidden

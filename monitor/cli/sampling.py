"""`fengping sample`: sixty simulated days of two invented brands, collected and read for real."""

from typing import Annotated

import typer

from monitor.cli.common import emit, say, tell, workspace

app = typer.Typer(help="Sixty simulated days of two invented brands, to look around in.", no_args_is_help=True)


@app.command("start")
def start(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per step.")] = False) -> None:
    """Build the sample workspace into this store. Takes a minute or two; removed by `sample remove`.

    With --json: step (sample, reading, judging), done and total (days, or mentions; null: nobody can say).

    \b
    Example:
      fengping sample start
    """
    from monitor.sample.run import build

    with workspace() as (settings, store):
        build(store, settings, told=lambda step: emit(step.as_object) if as_json else tell(step.in_words), say=say)
    if not as_json:
        tell("the sample workspace is ready")


@app.command("remove")
def remove() -> None:
    """Remove the sample workspace and everything in it. Your own brands and sources stay.

    \b
    Example:
      fengping sample remove
    """
    from monitor.sample.run import remove as remove_all

    with workspace() as (_, store):
        remove_all(store)
    tell("the sample workspace is removed")

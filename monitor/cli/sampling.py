"""`fengping sample`: sixty simulated days of two invented brands, collected and read for real."""

import typer

from monitor.cli.common import tell, workspace

app = typer.Typer(help="Sixty simulated days of two invented brands, to look around in.", no_args_is_help=True)


@app.command("start")
def start() -> None:
    """Build the sample workspace into this store. Takes a minute or two; removed by `sample remove`.

    \b
    Example:
      fengping sample start
    """
    from monitor.sample.run import build

    with workspace() as (settings, store):
        build(store, settings, say=tell)


@app.command("remove")
def remove() -> None:
    """Remove the sample workspace and everything in it. Your own brands and sources stay.

    \b
    Example:
      fengping sample remove
    """
    from storage.sample import remove_sample

    with workspace() as (_, store), store.begin() as tx:
        remove_sample(tx)
    tell("the sample workspace is removed")

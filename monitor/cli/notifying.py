"""`fengping notify`: whether people can be reached."""

import uuid
from typing import Annotated

import typer

from monitor.cli.common import now, tell, workspace

app = typer.Typer(help="Whether people can be reached.", no_args_is_help=True)


@app.callback()
def notify() -> None:
    """Whether people can be reached."""


@app.command("test")
def send_test(target: Annotated[str, typer.Argument(help="Name or id of a target.")]) -> None:
    """Send a test to a target, now. Exit code 1 when it was not accepted.

    \b
    Example:
      fengping notify test duty
    """
    from monitor.cli.targets import find_target
    from monitor.notice import Notice, send

    with workspace() as (_, store), store.read() as tx:
        found = find_target(tx, target)
    send(
        Notice("test", lang=found.lang),
        kind=found.kind,
        url=found.url,
        secret=found.secret,
        key=f"test-{uuid.uuid4()}",
        now=now(),
    )
    tell(f"sent to {found.name}")

"""`fengping target`: who is told when something rings."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import InputError
from monitor.cli.common import emit, tell, workspace

if TYPE_CHECKING:
    from storage.engine import Tx
    from storage.records import Target

app = typer.Typer(help="Who is told: webhooks, e-mail and chats (apprise addresses).", no_args_is_help=True)

LEVELS = ("blue", "yellow", "orange", "red")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    url: Annotated[str, typer.Argument(help="https://... with --webhook, else an apprise address as mailto://...")],
    webhook: Annotated[bool, typer.Option("--webhook", help="A JSON webhook of your own.")] = False,
    secret: Annotated[str, typer.Option("--secret", help="Key that signs the webhook (HMAC-SHA256).")] = "",
    level: Annotated[list[str], typer.Option("--level", help="Only these levels. Repeatable.")] = [],  # noqa: B006
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Tell somebody when a case opens or gets worse. The address is never shown again.

    \b
    Examples:
      fengping target add duty https://hooks.example.com/fengping --webhook --secret "a long key"
      fengping target add mail "mailtos://user:password@example.com" --level orange --level red --lang zh
    """
    from monitor.notice import check_target
    from storage import outbox

    check_target("webhook" if webhook else "apprise", url)
    for one in level:
        if one not in LEVELS:
            raise InputError(f"there is no level '{one}'; choose {', '.join(LEVELS)}")
    if lang not in ("zh", "en"):
        raise InputError(f"there is no language '{lang}'; choose zh or en")
    with workspace() as (_, store), store.begin() as tx:
        target = outbox.add_target(
            tx,
            name,
            url=url,
            kind="webhook" if webhook else "apprise",
            secret=secret or None,
            levels=tuple(level) or LEVELS,
            lang=lang,
        )
    tell(f"target {target.id} added: {target.name}")


@app.command("check")
def check(
    url: Annotated[str, typer.Argument(help="The address; - reads it from standard input, which nobody can list.")],
    webhook: Annotated[bool, typer.Option("--webhook", help="A JSON webhook of your own.")] = False,
) -> None:
    """Say whether an address is one that can be sent to. Nothing is stored or sent.

    \b
    Example:
      fengping target check - < address.txt
    """
    from monitor.notice import check_target

    check_target("webhook" if webhook else "apprise", sys.stdin.read().strip() if url == "-" else url)
    tell("an address that can be sent to")


@app.command("list")
def list_targets(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False) -> None:
    """Who is told. Addresses are secrets and only their beginning is shown.

    \b
    Example:
      fengping target list
    """
    from storage import outbox

    with workspace() as (_, store), store.read() as tx:
        found = [_as_object(target) for target in outbox.list_targets(tx)]
    for target in found:
        emit(target) if as_json else tell(
            f"{target['id']}  {target['name']}  {target['kind']}  {target['address']}  {', '.join(target['levels'])}"
        )
    if not found and not as_json:
        tell("nobody is told yet; add somebody with: fengping target add NAME ADDRESS")


def _as_object(target: Any) -> dict[str, Any]:
    scheme, _, rest = target.url.partition("://")
    host = rest.rpartition("@")[2].partition("/")[0] if target.kind == "webhook" else "..."
    return {
        "id": target.id,
        "name": target.name,
        "kind": target.kind,
        "address": f"{scheme}://{host}",
        "levels": list(target.levels),
        "lang": target.lang,
        "enabled": target.enabled,
    }


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Name or id.")]) -> None:
    """Tell somebody no more.

    \b
    Example:
      fengping target remove duty
    """
    from storage import outbox

    with workspace() as (_, store), store.begin() as tx:
        found = find_target(tx, name)
        outbox.delete_target(tx, found.id)
    tell(f"target {found.name} removed")


def find_target(tx: "Tx", name: str) -> "Target":
    """The target of that name or id. Raises InputError."""
    from storage import outbox

    for target in outbox.list_targets(tx):
        if name in (target.name, str(target.id)):
            return target
    raise InputError(f"there is no target '{name}'; `fengping target list` shows them")

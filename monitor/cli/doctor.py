"""`fengping doctor`: what is wrong, and what to do about it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import emit, now, say, tell

if TYPE_CHECKING:
    from monitor.findings import Finding


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Also count every reading again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line: findings, then sources.")] = False,
) -> None:
    """Look at versions, store, model, sources and disk, and say what to do about each finding.

    Exit code 1 when something failed: a source is not heard, a text is not read, somebody is not told.
    With --json, `record` says what a line holds: a `finding` with check, status (ok, warn, fail), message and advice,
    or a `source` with the keys of `source list --json`.

    \b
    Example:
      fengping doctor --json
    """
    from errors import StorageError
    from monitor.cli.source_words import as_object
    from monitor.findings import FAIL, Finding, look_at, looks, stopped
    from monitor.logs import start_log
    from monitor.opening import open_workspace
    from settings import get_settings
    from storage.sources import list_sources

    settings = get_settings()
    failed = False

    def show(finding: Finding) -> None:
        nonlocal failed
        failed = failed or finding.status == FAIL
        emit({"record": "finding", **asdict(finding)}) if as_json else tell(_in_words(finding))

    store = None
    try:
        start_log(settings)
        store = open_workspace(settings)
    except StorageError as error:
        show(stopped("store", error))
    try:
        for check, look in looks(settings, store, now=now(), deep=deep):
            for finding in look_at(check, look):
                show(finding)
        if as_json and store is not None:
            with store.read() as tx:
                for record in list_sources(tx, now=now()):
                    emit({"record": "source", **as_object(record)})
    finally:
        if store is not None:
            store.close()
    if failed:
        say("something needs a hand: see the lines marked fail")
        raise typer.Exit(1)


def _in_words(finding: "Finding") -> str:
    advice = f"  -> {finding.advice}" if finding.advice else ""
    return f"{finding.status:<5}{finding.check:<10}{finding.message}{advice}"

"""`fengping doctor`: what is wrong, and what to do about it."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import emit, now, say, tell

if TYPE_CHECKING:
    from monitor.findings import Finding
    from settings import Settings
    from storage.engine import Store


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
    from monitor.findings import FAIL
    from settings import get_settings

    settings = get_settings()
    store, shut = _opened(settings)
    failed = False
    try:
        for finding in chain([shut] if shut else [], _found(settings, store, deep=deep)):
            failed = failed or finding.status == FAIL
            emit({"record": "finding", **asdict(finding)}) if as_json else tell(_in_words(finding))
        if as_json and store is not None:
            _emit_sources(store)
    finally:
        if store is not None:
            store.close()
    if failed:
        say("something needs a hand: see the lines marked fail")
        raise typer.Exit(1)


def _opened(settings: "Settings") -> "tuple[Store | None, Finding | None]":
    """The store, or the finding that says why it cannot be opened."""
    from errors import StorageError
    from monitor.findings import stopped
    from monitor.logs import start_log
    from monitor.opening import open_workspace

    try:
        start_log(settings)
        return open_workspace(settings), None
    except StorageError as error:
        return None, stopped("store", error)


def _found(settings: "Settings", store: "Store | None", *, deep: bool) -> "Iterator[Finding]":
    from monitor.findings import look_at, looks

    for check, look in looks(settings, store, now=now(), deep=deep):
        yield from look_at(check, look)


def _emit_sources(store: "Store") -> None:
    from monitor.cli.source_words import as_object
    from storage.sources import list_sources

    with store.read() as tx:
        for record in list_sources(tx, now=now()):
            emit({"record": "source", **as_object(record)})


def _in_words(finding: "Finding") -> str:
    advice = f"  -> {finding.advice}" if finding.advice else ""
    return f"{finding.status:<5}{finding.check:<10}{finding.message}{advice}"

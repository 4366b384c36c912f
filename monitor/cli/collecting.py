"""`fengping collect` and `fengping up`: the heartbeat."""

from typing import Annotated

import typer

from errors import InputError
from monitor.cli.common import emit, now, progress, say, tell, workspace
from monitor.plain import several


def register(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("collect")(collect)


def up(
    sample: Annotated[bool, typer.Option("--sample", help="With sixty simulated days of two invented brands.")] = False,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port of the dashboard.")] = None,
) -> None:
    """Start the monitor and the dashboard, and keep them running until Ctrl-C.

    Makes or updates the store, then starts two processes; one that dies is started again. A second `up` on the same
    store is refused.

    \b
    Examples:
      fengping up
      fengping up --sample --port 8600
    """
    from monitor.up import run_up
    from settings import get_settings

    raise typer.Exit(run_up(get_settings(), sample=sample, port=port))


def collect(
    once: Annotated[bool, typer.Option("--once", help="One cycle: everything that is due now, then end.")] = False,
    source: Annotated[
        int | None, typer.Option("--source", help="Only this source, now, due or not. Implies --once.")
    ] = None,
    no_read: Annotated[bool, typer.Option("--no-read", help="Store without reading sentiment.")] = False,
    read_again: Annotated[bool, typer.Option("--read-again", help="Also read what could not be read before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: one JSON object per source.")] = False,
    steps: Annotated[
        bool, typer.Option("--progress", help="With --once: JSON objects with step, done and total as it goes.")
    ] = False,
) -> None:
    """Collect what is due, read it, evaluate the rules, tell whom they name.

    Without --once, goes on until Ctrl-C and takes pushes at the inbox. A line per source: new / changed / not modified / failed and why.
    Exit code 1 when a source failed, or when the sentiment model cannot be used: this is said first, and what is
    collected is stored and waits unread. A source that asked to be left alone (Retry-After) or is
    gone is not collected, also not with --source.

    \b
    Examples:
      fengping collect --once --json
      fengping collect --source 3 --no-read
    """
    from monitor.cycle import run_forever

    if once or source is not None:
        if read_again:
            _read_again()
        raise typer.Exit(_once(source, no_read=no_read, as_json=as_json, steps=steps))
    if as_json or steps:
        raise InputError("--json and --progress go with --once or --source")
    from errors import AlreadyRunning
    from monitor.inbox import serving
    from storage.lock import try_lock

    with workspace() as (settings, store), try_lock(settings.store_url) as ours:
        if not ours:
            raise AlreadyRunning("another copy already collects into this store; stop it, or use --once")
        if read_again:
            _read_again()
        with serving(store, settings):
            run_forever(store, settings, read=not no_read, tell=tell)


def _read_again() -> None:
    from storage import readings

    with workspace() as (_, store):
        n = readings.requeue_all(store)
    say(f"{several(n, 'reading')} that could not be made: tried again")


def _once(source: int | None, *, no_read: bool, as_json: bool, steps: bool) -> int:
    """One cycle; gives the exit code."""
    from monitor.cli.source_words import as_object
    from monitor.cycle import Heartbeat, settle
    from monitor.loop import Outcome, due_now, one_source
    from monitor.trying import why_not
    from storage import sources

    with workspace() as (settings, store), Heartbeat(store, settings, read=not no_read) as heart:
        settle()
        can_read = no_read or heart.can_read(say=say)
        moment = now()
        if source is None:
            due = due_now(store, now=moment)
            refusal = None
        else:
            due = [one_source(store, source, now=moment)]
            refusal = why_not(due[0], now=moment)
        with progress("sources", as_json=steps) as told:
            heard = 0
            told(heard, len(due))

            def report(outcome: Outcome) -> None:
                nonlocal heard
                heard += 1
                told(heard, len(due))
                if not as_json and not steps:
                    tell(outcome.in_words)

            cycle = heart.collect([] if refusal else due, report=report)
        if as_json:
            ids = {record.source.id for record in due}
            with store.read() as tx:
                for record in sources.list_sources(tx, now=now()):
                    if record.source.id in ids:
                        emit(as_object(record))
        elif not due and not steps:
            say("nothing is due")
        with progress("reading", as_json=steps) as told:
            read_well = no_read or (can_read and heart.read_all(told=told, say=say))
        heart.judge_and_tell()
    if refusal:
        say(f"fengping: {refusal}")
    return 1 if refusal or cycle.failed or not read_well else 0

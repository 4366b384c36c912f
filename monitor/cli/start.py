"""Assembles the commands and turns every way to end into an exit code."""

import errno
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from errors import FengpingError
from monitor.cli import (
    brands,
    cases,
    collecting,
    configuring,
    doctor,
    exchange,
    notifying,
    sampling,
    scoring,
    sources,
    targets,
)
from monitor.cli.common import say, tell

HELP = """Fengping 风评 watches what people say about a brand and rings when bad word of mouth starts to spread.

\b
A first chart in five lines:
  fengping brand add 云杉咖啡 --alias "Spruce Coffee"
  fengping source add https://example.com/feed.xml --every 15m
  fengping collect --once
  fengping export --out mentions.csv
  fengping up                      # monitor and dashboard, until Ctrl-C

Every command says more with --help. Exit code: 0 done, 1 something failed, 2 the call was wrong.
Settings come from FENGPING_... in the environment or a .env file; FENGPING_HOME is the data folder.
"""

CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
INTERRUPTED = 128 + signal.SIGINT

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110},
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        tell(f"fengping {version('fengping')}")
        raise typer.Exit


@app.callback(help=HELP)
def every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """What comes before a command."""


collecting.register(app)
app.add_typer(brands.app, name="brand")
app.add_typer(sources.app, name="source")
scoring.register(app)
exchange.register(app)
doctor.register(app)
app.add_typer(cases.app, name="case")
app.add_typer(targets.app, name="target")
app.add_typer(notifying.app, name="notify")
app.add_typer(sampling.app, name="sample")
app.add_typer(configuring.app, name="config")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit."""
    logging.getLogger().addHandler(logging.NullHandler())  # until a command starts the log, nothing is printed
    _occupy_closed_streams()
    logging.raiseExceptions = False  # a full disk is told once, by the work that met it, not by every line of the log
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    code = run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _pipe_closed()
    except OSError as error:
        code = _cannot_write(error)
    if code == INTERRUPTED:
        os._exit(code)  # now: threads that wait for a slow server would keep the terminal for half a minute
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    try:
        given = list(arguments) if arguments is not None else None
        return int(app(args=given, prog_name="fengping", standalone_mode=False) or 0)
    except typer.Exit as ending:
        return ending.exit_code
    except TyperException as error:
        return _usage(error)
    except FengpingError as error:
        say(f"fengping: {error}")
        return error.exit_code
    except (BrokenPipeError, SystemExit):  # typer turns the first into the second
        return _pipe_closed()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        return _cannot_write(error) if error.errno in CANNOT_WRITE else _bug(error)
    except Exception as error:  # noqa: BLE001 - the last seam: a bug must end as words too
        return _bug(error)


def _usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        print(context.get_help(), file=sys.stderr)
        return 2
    say(f"fengping: {error.format_message()}")
    if context is not None:
        say(f"Try '{context.command_path} --help'.")
    return getattr(error, "exit_code", 2)


def _occupy_closed_streams() -> None:
    """A stream that was closed before we began (`>&-`) is nobody's: else the next file that is opened would take its place,
    and what somebody prints would be written into the store."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - to the end of the process


def _pipe_closed() -> int:
    """The reader went away, as `| head` does: not our failure, and nothing more can be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _cannot_write(error: OSError) -> int:
    """What is printed goes into a file on a disk that is full."""
    say(f"fengping: what is printed cannot be written ({error.strerror})")
    _pipe_closed()
    return 1


def _bug(error: Exception) -> int:
    """Ours, not the caller's: one line, and everything with FENGPING_LOG_LEVEL=DEBUG."""
    import traceback

    from monitor.logs import FILE, where

    logging.getLogger("fengping").error("bug", exc_info=error)
    if os.environ.get("FENGPING_LOG_LEVEL", "").upper() == "DEBUG":
        traceback.print_exception(error)
    say(f"fengping: a fault of ours, {where(error)}")
    say(f"More in {FILE} in the data folder, or run again with FENGPING_LOG_LEVEL=DEBUG; please report it.")
    return 1

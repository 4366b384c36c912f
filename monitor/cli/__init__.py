"""The `fengping` command.

Promise: 0 done, 1 some work failed, 2 the call was wrong; what went wrong is one line on stderr; a traceback only at
FENGPING_LOG_LEVEL=DEBUG; what is printed holds no control character but line feed and tab unless a terminal reads it.
Commands import what they need when they run, so that help and small commands start at once.
"""

from monitor.cli.start import main

__all__ = ["main"]

"""Runs a module as a child that cannot outlive its parent: `python -m monitor.guard MODULE [ARGUMENT]...`.

The parent holds the other end of our standard input and never writes to it. When the parent goes, however it is
killed, that end closes and we end with it. Works on every system with pipes.
"""

import os
import runpy
import signal
import sys
import threading

PATIENCE = 5.0  # seconds to end by ourselves after the parent is gone


def main() -> None:
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    threading.Thread(target=_watch, name="guard", daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch() -> None:
    while True:
        try:
            if not os.read(0, 64):
                break
        except OSError:
            break
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()

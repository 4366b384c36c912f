"""The monitor as `fengping up` starts it: the loop and the inbox in one process. The lock on the store is up's."""

import logging
import sys

from errors import FengpingError
from monitor.cycle import run_forever
from monitor.inbox import serving
from monitor.logs import start_log
from monitor.opening import open_workspace
from monitor.plain import line
from settings import get_settings


def main() -> int:
    settings = get_settings()
    start_log(settings)
    try:
        store = open_workspace(settings)
        try:
            with serving(store, settings):
                run_forever(store, settings)
        finally:
            store.close()
    except FengpingError as error:
        logging.getLogger("fengping.worker").error("%s", error)
        print(line(f"fengping: monitor: {error}"), file=sys.stderr, flush=True)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

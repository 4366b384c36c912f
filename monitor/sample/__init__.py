"""The sample workspace: sixty simulated days of two invented brands, served as real feeds and taken in for real.

`world` invents what people say, `site` serves it on loopback as it would stand at a given time, `run` walks the
collecting loop through the sixty days with its clock in hand. Nothing is written into the store but by the pipeline.
"""

from collections.abc import Callable

from errors import AlreadyRunning
from settings import Settings


def prepare(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Build the sample workspace unless it is there."""
    from monitor.opening import open_workspace
    from monitor.sample.run import build, is_built

    store = open_workspace(settings)
    try:
        with store.read() as tx:
            there = is_built(tx)
        if not there:
            try:
                build(store, settings, told=lambda step: say(step.in_words), say=say)
                say("the sample workspace is ready")
            except AlreadyRunning as error:
                say(str(error))
    finally:
        store.close()

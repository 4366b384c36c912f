"""The facts helper: names and themes, then lists of texts, on stdin; lists of facts on stdout, until stdin ends.

Started by `monitor.facts`. It holds the dictionary, no store, no network and no settings, and may be killed at any moment.
"""

import gc
import os
import sys

from collectors.child import receive, send


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between answers
    jobs = sys.stdin.buffer
    from analyzers.text import TextReader
    from analyzers.text.themes import themes_from

    words = receive(jobs)
    if not isinstance(words, tuple):
        return
    names, themes = words
    reader = TextReader(names, themes_from(themes) if themes else None)
    gc.freeze()  # half a million words that no collection need look at again
    gc.disable()  # facts are plain values: none goes round in a circle
    while isinstance(texts := receive(jobs), list):
        send(answers, reader.facts_of(texts))


if __name__ == "__main__":
    main()

"""Explaining a spike: its arithmetic in words, what marks it, who began, examples. Each claim carries mention ids.

Pure: mentions in, records out, nothing looked up. Given the same export it says the same again.
"""

from analyzers.explain.arithmetic import arithmetic, in_words
from analyzers.explain.records import Arithmetic, Claim, Example, Origin, Told, Why
from analyzers.explain.recount import Recount, grades, recount
from analyzers.explain.unsaid import gone_quiet, not_heard
from analyzers.explain.why import origins, representatives, why

__all__ = [
    "Arithmetic",
    "Claim",
    "Example",
    "Origin",
    "Recount",
    "Told",
    "Why",
    "arithmetic",
    "gone_quiet",
    "grades",
    "in_words",
    "not_heard",
    "origins",
    "recount",
    "representatives",
    "why",
]

"""A long command as it goes: what it does now and how much of that is done, in the viewer's language.

Blind spot: a part that cannot say how much there is shows an empty bar.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import i18n
from dashboard.commands import Step
from dashboard.i18n import t


@contextmanager
def followed(label: str) -> Iterator[Callable[[Step], None]]:
    """A box with `label` and a bar; give what comes out of it to the command. An error leaves the box marked as failed."""
    with st.status(label, expanded=True) as status:
        bar = st.empty()
        bar.progress(0.0, text=t("Starting …"))
        yield lambda step: bar.progress(_share(step), text=in_words(step))
        status.update(label=t("Done"), state="complete")


def _share(step: Step) -> float:
    return min(1.0, (step.done or 0) / step.total) if step.total else 0.0


def in_words(step: Step) -> str:
    name = named().get(step.part, step.part)
    if not step.total:
        return f"{name} …"
    return t("{what}: {n} of {all}", what=name, n=i18n.number(step.done or 0), all=i18n.number(step.total))


def named() -> dict[str, str]:
    return {
        "sample": t("Collecting sixty days"),
        "sources": t("Asking the sources"),
        "importing": t("Storing"),
        "reading": t("Reading"),
        "judging": t("Judging the days"),
        "matching": t("Matching what is stored"),
        "moving": t("Moving mentions"),
    }

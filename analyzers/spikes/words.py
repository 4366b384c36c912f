"""The short reason beside each row, in plain English for files and logs. Screens render their own words from the figures."""

from typing import TYPE_CHECKING

import numpy as np

from analyzers.spikes.records import LEARNING_DAYS, Bools, Floats, Spike

if TYPE_CHECKING:
    from analyzers.spikes.detector import History


def span(hours: float) -> str:
    """A window's length as people say it: 5 min, 3 h, 2 days."""
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:g} h" if hours < 48 else f"{hours / 24:g} days"


def arithmetic(spike: Spike) -> str:
    """`23 negative in 3 h, usual 4 (0-9)`."""
    what = "mentions" if spike.measure == "total" else "negative"
    usual = f"{spike.expected:.1f}" if spike.expected < 10 else f"{spike.expected:.0f}"
    return f"{spike.observed} {what} in {span(spike.window_hours)}, usual {usual} ({spike.low}-{spike.high})"


def reason_for(history: "History", row: int, spike: Spike | None, episode: int, *, rose: bool) -> str:
    """Why the row was judged so. Empty means usual."""
    days = float(history.days[row])
    learning = f"learning, {int(days)} of {LEARNING_DAYS:g} days" if days < LEARNING_DAYS else ""
    said = _said(history, row, spike, episode, days, rose)
    return ": ".join(part for part in (learning, said) if part)


def _said(history: "History", row: int, spike: Spike | None, episode: int, days: float, rose: bool) -> str:
    if not history.heard[row]:
        return "not heard"
    if spike is not None:
        return arithmetic(spike)
    if history.silent[row]:
        return "silent: far fewer mentions than usual"
    if history.catching_up[row]:
        return "catching up after an outage"
    if episode:
        return f"episode {episode} goes on"
    if history.measure != "total" and days >= 1 and rose:
        return "campaign: all mentions rose"
    return ""


def all_rose(due: Floats, total: Floats) -> Bools:
    """Per row: all mentions at least doubled over some window, beyond chance. Arrays are rows x windows."""
    rose = (total >= 2.0 * due) & (total - due >= 5.0 * np.sqrt(due + 1.0))
    return np.asarray(rose.any(axis=1), dtype=np.bool_)

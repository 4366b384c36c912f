"""The short reason beside each row, in plain English for files and logs. Screens render their own words from the figures."""

from typing import TYPE_CHECKING

from analyzers.spikes.records import Spike

if TYPE_CHECKING:
    from analyzers.spikes.detector import History

LEARNING_DAYS = 14.0


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


def reason_for(history: "History", row: int, spike: Spike | None, episode: int) -> str:
    """Why the row was judged so. Empty means usual."""
    days = float(history.days[row])
    learning = f"learning, {int(days)} of {LEARNING_DAYS:g} days" if days < LEARNING_DAYS else ""
    said = _said(history, row, spike, episode, days)
    return ": ".join(part for part in (learning, said) if part)


def _said(history: "History", row: int, spike: Spike | None, episode: int, days: float) -> str:
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
    if history.measure != "total" and days >= 1 and all_rose(history, row):
        return "campaign: all mentions rose"
    return ""


def all_rose(history: "History", row: int) -> bool:
    """All mentions at least doubled over some window, beyond chance, and the negatives with them."""
    due, total = history.due_total[row], history.total[row]
    rose = (total >= 2.0 * due) & (total - due >= 5.0 * (due + 1.0) ** 0.5)
    return bool(rose.any())

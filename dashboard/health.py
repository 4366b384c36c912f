"""Which sources have gone quiet for longer than they do, from figures the store keeps of each.

A plain rule for the Sources page: more than eight usual intervals and more than six hours without a new mention, while
the source itself is heard. Rules of the measure `silence` judge more finely and open cases. Blind spot: a source with
too few mentions has no usual interval and is never called quiet.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.records import SourceRecord

INTERVALS, LEAST = 8, timedelta(hours=6)


def overdue(records: Iterable[SourceRecord], now: datetime) -> dict[int, timedelta]:
    """Source id -> how long it has been quiet."""
    found = {}
    for record in records:
        if not record.usual_interval_s or record.last_new_at is None or record.status not in ("ok", "not_modified"):
            continue
        quiet = now - record.last_new_at
        if quiet > max(INTERVALS * timedelta(seconds=record.usual_interval_s), LEAST):
            found[record.source.id] = quiet
    return found

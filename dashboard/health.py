"""A source's health in the viewer's words: what kind of failure, and whether it has gone quiet.

What failed and what to do are the collectors' own sentences: `dashboard.error_words` says those. Quiet is the plain rule of
`storage.records.SourceRecord.overdue`; rules of the measure `silence` judge more finely and open cases. Blind spot: a
source with too few mentions is never called quiet.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dashboard.i18n import t
from storage.records import SourceRecord


def overdue(records: Iterable[SourceRecord], now: datetime) -> dict[int, timedelta]:
    """Source id -> how long it had been quiet when it was last heard: while nobody listens nothing is known to be quiet."""
    found = ((one.source.id, one.overdue(min(now, one.last_success_at or now))) for one in records)
    return {source_id: quiet for source_id, quiet in found if quiet is not None}


def failure(kind: str | None) -> str:
    """The class of an error in words; '' where there is none to say."""
    said = {
        "AddressRefused": t("not a public address"),
        "FetchError": t("the network failed"),
        "HTTPStatusError": t("the server answered with an error"),
        "Gone": t("it has ended"),
        "Forbidden": t("the site does not want to be read"),
        "RateLimited": t("asked too often"),
        "TimedOut": t("it took too long"),
        "Crowded": t("we were too busy"),
        "ParseError": t("its content cannot be read"),
        "InputError": t("its settings are wrong"),
        "Fault": t("a fault of ours"),
    }
    return said.get(kind or "", "")

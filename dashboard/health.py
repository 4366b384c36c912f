"""A source's health in the viewer's words: what kind of failure, what to do, and whether it has gone quiet.

The store keeps the collectors' own sentences, which are English; here they are said in the viewer's language where we
know them (the error itself by `dashboard.error_words`), and as they are where we do not. Quiet is the plain rule of
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
        "ParseError": t("its content cannot be read"),
        "InputError": t("its settings are wrong"),
        "Fault": t("a fault of ours"),
    }
    return said.get(kind or "", "")


def advice(sentence: str) -> str:
    """What to do, in the viewer's language."""
    known = {
        "Correct the source's settings.": t("Correct the source's settings."),
        "Please report it with the log.": t("Please report it with the log."),
        "Check the address. If this machine is meant to be read, an admin can list it in FENGPING_ALLOW_HOSTS.": t(
            "Check the address. If this machine is meant to be read, an admin can list it in FENGPING_ALLOW_HOSTS."
        ),
        "Usually passes by itself; if it stays, look whether the address opens in a browser.": t(
            "Usually passes by itself; if it stays, look whether the address opens in a browser."
        ),
        "The site must renew its certificate; look whether it moved to another address.": t(
            "The site must renew its certificate; look whether it moved to another address."
        ),
        "Check the spelling of the address and this machine's connection; the site may have moved or closed.": t(
            "Check the spelling of the address and this machine's connection; the site may have moved or closed."
        ),
        "Look for a shorter feed of the same site, or raise FENGPING_MAX_BYTES.": t(
            "Look for a shorter feed of the same site, or raise FENGPING_MAX_BYTES."
        ),
        "Open the address in a browser and add the one it ends at.": t(
            "Open the address in a browser and add the one it ends at."
        ),
        "Usually passes by itself; it is tried again, later each time.": t(
            "Usually passes by itself; it is tried again, later each time."
        ),
        "The site says that this has ended; look for its new address, or remove the source.": t(
            "The site says that this has ended; look for its new address, or remove the source."
        ),
        "Nothing to do: it is asked again when the site allows; a longer interval helps.": t(
            "Nothing to do: it is asked again when the site allows; a longer interval helps."
        ),
        "The site does not want to be read this way; look for an open feed, or ask it for permission.": t(
            "The site does not want to be read this way; look for an open feed, or ask it for permission."
        ),
        "Check the address; the feed may have moved: look for its link on the site.": t(
            "Check the address; the feed may have moved: look for its link on the site."
        ),
        "The site wants a login now; look for an open feed of the same content.": t(
            "The site wants a login now; look for an open feed of the same content."
        ),
        "This is a page for people; add the site again with kind auto, which looks for its feed.": t(
            "This is a page for people; add the site again with kind auto, which looks for its feed."
        ),
        "The document is built to be hard to read, or far too big; look for another feed of the site.": t(
            "The document is built to be hard to read, or far too big; look for another feed of the site."
        ),
        "Open the address and look whether it is still what it was; tell the site if its feed is broken.": t(
            "Open the address and look whether it is still what it was; tell the site if its feed is broken."
        ),
    }
    return known.get(sentence, sentence)

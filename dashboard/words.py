"""The words of the house, once: what each value of the store is called on screen. Menu, chart, filter and tag agree.

Keys are values of the store; the text is looked up when a page is drawn, in the viewer's language.
"""

from dashboard import queries
from dashboard.i18n import language, t


def sentiment(value: str) -> str:
    words = {
        "negative": t("negative"),
        "neutral": t("neutral"),
        "positive": t("positive"),
        "unsure": t("unsure"),
        "unread": t("not read yet"),
        "failed": t("could not be read"),
    }
    return words.get(value, value)


def kind(value: str) -> str:
    """Of a source. Services go by their own names."""
    words = {
        "feed": t("Feed"),
        "google_news": "Google News",
        "gdelt": "GDELT",
        "hackernews": "Hacker News",
        "reddit": "Reddit",
        "v2ex": "V2EX",
        "stackexchange": "Stack Exchange",
        "appstore": "App Store",
        "steam": "Steam",
        "rsshub": "RSSHub",
        "mastodon": "Mastodon",
        "lemmy": "Lemmy",
        "discourse": t("Discourse forum"),
        "reviews_page": t("Review page"),
        "file": t("File"),
        "inbox": t("Pushed"),
    }
    return words.get(value, value)


def channel(value: str) -> str:
    words = {
        "news": t("news"),
        "social": t("social"),
        "forum": t("forum"),
        "blog": t("blog"),
        "ecommerce": t("e-commerce"),
        "local_review": t("local reviews"),
        "app_store": t("app store"),
        "video": t("video"),
    }
    return words.get(value, value)


def lang(value: str) -> str:
    return {"zh": t("Chinese"), "en": t("English"), "other": t("other language")}.get(value, value)


def level(value: str) -> str:
    return {"blue": t("Blue"), "yellow": t("Yellow"), "orange": t("Orange"), "red": t("Red")}.get(value, value)


def status(value: str) -> str:
    """Of a source."""
    words = {
        "new": t("not tried yet"),
        "ok": t("heard"),
        "not_modified": t("heard, nothing new"),
        "failed": t("failed"),
        "paused": t("paused"),
        "gone": t("gone for good"),
    }
    return words.get(value, value)


def case_status(value: str) -> str:
    return {"open": t("open"), "acknowledged": t("acknowledged"), "resolved": t("resolved")}.get(value, value)


def verdict(value: str | None) -> str:
    words = {
        "real": t("real"),
        "campaign": t("campaign"),
        "noise": t("noise"),
        "source_fault": t("source fault"),
    }
    return words.get(value or "", value or "–")


def theme(value: str) -> str:
    """By the label ops gave it, in the viewer's language."""
    return queries.theme_labels(language()).get(value, value)


def period(value: str) -> str:
    words = {
        "24h": t("24 hours"),
        "7d": t("7 days"),
        "30d": t("30 days"),
        "90d": t("90 days"),
        "custom": t("Own dates"),
    }
    return words.get(value, value)


def measure(value: str) -> str:
    words = {
        "negative": t("negative mentions"),
        "share": t("negative share"),
        "total": t("all mentions"),
        "theme": t("mentions of one theme"),
        "silence": t("silence"),
    }
    return words.get(value, value)


def rule(name: str) -> str:
    """A rule by its name: those of the store's own rules, which bear both languages, in the viewer's."""
    words = {
        "Negative spikes · 负面异动": t("Negative spikes"),
        "Gone quiet · 沉默": t("Gone quiet"),
    }
    return words.get(name, name)


def log(value: str) -> str:
    """What happened to a case."""
    words = {
        "opened": t("opened"),
        "extended": t("went on"),
        "joined": t("another rule joined"),
        "level": t("level changed"),
        "owner": t("owner set"),
        "assigned": t("assigned"),
        "acknowledged": t("acknowledged"),
        "snoozed": t("snoozed"),
        "note": t("note"),
        "responded": t("response recorded"),
        "response": t("response recorded"),
        "resolved": t("resolved"),
        "reopened": t("opened again"),
        "escalated": t("escalated"),
        "notified": t("people told"),
        "not_notified": t("could not be told"),
        "department": t("department set"),
        "woken": t("reminders again"),
        "speaks_again": t("speaks again"),
        "heard_again": t("heard again"),
        "let_be": t("listened to no more"),
        "rule_off": t("the rule listens no more"),
        "unheard_too": t("not heard any more, either"),
        "mentions_added": t("mentions added"),
        "mentions_removed": t("mentions removed"),
        "raised": t("level raised"),
    }
    return words.get(value, value)

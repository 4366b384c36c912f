"""Mentions: storing them, listing them, counting them, and what people say of one. See the modules named below."""

from storage.arrivals import known_ids, store_collected, store_many
from storage.counts import count
from storage.judge import correct, flag, get_mention, mention_history, note, versions
from storage.pages import iter_rows, page

__all__ = [
    "correct",
    "count",
    "flag",
    "get_mention",
    "iter_rows",
    "known_ids",
    "mention_history",
    "note",
    "page",
    "store_collected",
    "store_many",
    "versions",
]

"""Opening the store for work: made when missing, brought up to date when older, searched with the analyzers' words."""

from collections.abc import Sequence
from functools import cache

from errors import NewerSchema, StorageBusy, StorageError, StorageFull
from settings import Settings
from storage.engine import Store, open_store


def open_workspace(settings: Settings) -> Store:
    """The store of these settings. Most calls find it ready and pay nothing for migrations."""
    try:
        return open_store(settings.store_url, tokenise=search_tokens)
    except (NewerSchema, StorageBusy, StorageFull):
        raise
    except StorageError:
        return open_store(settings.store_url, migrate=True, tokenise=search_tokens)


def search_tokens(query: str) -> Sequence[str]:
    """A search split as texts were split when they were read. jieba is loaded at the first search."""
    return _reader().search_tokens(query)


@cache
def _reader():  # type: ignore[no-untyped-def]
    from analyzers.text import TextReader

    return TextReader()

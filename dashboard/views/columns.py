"""Which column of a file is what: its first rows to look at, and a field for each column, guessed until somebody says
otherwise. For a file that is imported and for one at an address."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import text
from dashboard.i18n import t

MOST = 60  # columns offered; those beyond are read as they are guessed


def matched(seen: Mapping[str, Any], *, key: str, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Column -> field as chosen; empty, and why, where it will not do. `before`: what was said of them until now."""
    names = list(seen["columns"])[:MOST]
    rows = [{name: text.line(row.get(name), 120) for name in names} for row in seen["rows"]]
    st.dataframe(pd.DataFrame(rows, columns=names), hide_index=True, height=min(220, 36 * (len(rows) + 1) + 2))
    st.caption(t("Which column is what? What belongs nowhere is kept beside the mention."))
    grid = st.grid(3)
    fields = list(seen["fields"])
    chosen = {}
    for number, column in enumerate(names):
        guess = (before or {}).get(column) or seen["map"].get(column, "extra")
        chosen[column] = grid.selectbox(
            text.line(column, 60),
            fields,
            index=fields.index(guess if guess in fields else "extra"),
            format_func=field_name,
            key=f"_map_{key}_{number}",
        )
    if wrong := _wrong(chosen):
        st.warning(wrong)
        return {}
    return chosen


def _wrong(chosen: Mapping[str, str]) -> str:
    """Why a choice will not do; '' when it does."""
    given = Counter(map(_plain, chosen.values()))
    if twice := [field_name(field) for field, n in given.items() if n > 1 and field not in ("-", "extra")]:
        return t("Two columns are both {fields}; only one can be.", fields=t(", ").join(twice))
    if not given.keys() & {"text", "title"}:
        return t("Say which column is the text, or the title.")
    return ""


def said(seen: Mapping[str, Any], chosen: Mapping[str, str]) -> dict[str, str]:
    """What must be said of the columns so that they are read as chosen. What is guessed right is left out, so that a file
    whose columns change later is still read; but a field that was taken away from its column must go to no other."""
    guessed = {column: seen["map"].get(column, "extra") for column in chosen}
    freed = {_plain(field) for field in guessed.values()} - {_plain(field) for field in chosen.values()}
    return {
        column: field for column, field in chosen.items() if field != guessed[column] or (freed and field == "extra")
    }


def written(option: object) -> dict[str, str]:
    """A source's stored option `map`, in any of the forms that it may have, as column -> field."""
    if isinstance(option, Mapping):
        return {str(column): str(field) for column, field in option.items()}
    said = option.split(",") if isinstance(option, str) else option if isinstance(option, list | tuple) else ()
    return {column.strip(): field.strip() for column, _, field in (str(one).rpartition("=") for one in said)}


def _plain(field: str) -> str:
    """Without its scale: a rating of 10 is a rating."""
    return field.partition("/")[0]


def field_name(field: str) -> str:
    names = {
        "text": t("Text"),
        "title": t("Title"),
        "url": t("Link"),
        "author": t("Author"),
        "published_at": t("Published"),
        "external_id": t("Its own id"),
        "likes": t("Likes"),
        "replies": t("Replies"),
        "shares": t("Shares"),
        "views": t("Views"),
        "region": t("Region"),
        "author_url": t("Author's page"),
        "author_followers": t("Author's followers"),
        "published_at_source": t("Whose time it is"),
        "rating": t("Rating, 1 to 5"),
        "rating/5": t("Rating of 5"),
        "rating/10": t("Rating of 10"),
        "rating/100": t("Rating of 100"),
        "extra": t("kept beside it"),
        "-": t("leave out"),
    }
    return names.get(field, field)

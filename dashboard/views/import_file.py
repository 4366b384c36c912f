"""Mentions from elsewhere: a CSV, XLSX or JSONL file, its columns matched to ours by looking at the first rows."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import commands, queries, text, words
from dashboard.components import states
from dashboard.i18n import t, tn
from errors import FengpingError
from storage.records import CHANNELS

SUFFIXES = ["csv", "tsv", "xlsx", "jsonl", "ndjson", "json"]


def open_() -> None:
    @st.dialog(t("Import mentions from a file"), width="large")
    def ask() -> None:
        with states.told():
            _form()

    ask()


def _form() -> None:
    brands = {brand.id: brand.name for brand in queries.brands()}
    if not brands:
        st.warning(t("Name a brand first."))
        return
    upload = st.file_uploader(t("CSV, XLSX or JSONL file"), type=SUFFIXES, key="_import_file")
    if upload is None:
        return
    content, suffix = upload.getvalue(), Path(upload.name).suffix.lower()
    try:
        seen = _seen(content, suffix)
    except FengpingError as error:
        states.refused(error)
        return
    _picture(seen)
    mapping = _mapping(seen, key=f"{upload.file_id}")
    brand = st.selectbox(t("Brand"), list(brands), format_func=lambda b: text.line(brands[b], 60))
    channel = st.selectbox(t("Channel"), CHANNELS, index=CHANNELS.index("social"), format_func=words.channel)
    if st.button(t("Import"), type="primary", disabled=not {"text", "title"} & set(mapping.values()), key="_import_go"):
        _import(content, upload.name, brands[brand], channel, mapping)


@st.cache_data(show_spinner=False, max_entries=4)
def _seen(content: bytes, suffix: str) -> dict[str, Any]:
    """The file's columns, first rows and how they would be read, by the command that imports it."""
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / f"look{suffix}"
        path.write_bytes(content)
        return commands.look_at(path)


def _picture(seen: dict[str, Any]) -> None:
    rows = [{name: text.line(row.get(name), 120) for name in seen["columns"]} for row in seen["rows"]]
    st.dataframe(pd.DataFrame(rows, columns=seen["columns"]), hide_index=True, height=200)


def _mapping(seen: dict[str, Any], key: str) -> dict[str, str]:
    """Column -> field for every column, as it is guessed until somebody says otherwise."""
    st.caption(t("Which column is what? What belongs nowhere is kept beside the mention."))
    mapping: dict[str, str] = {}
    grid = st.grid(3)
    fields = list(seen["fields"])
    for number, column in enumerate(seen["columns"]):
        guess = seen["map"].get(column, "extra")
        chosen = grid.selectbox(
            text.line(column, 60),
            fields,
            index=fields.index(guess) if guess in fields else fields.index("extra"),
            format_func=_field,
            key=f"_map_{key}_{number}",
        )
        mapping[column] = chosen
    twice = [field for field, n in Counter(one.partition("/")[0] for one in mapping.values()).items() if n > 1]
    if clash := [_field(field) for field in twice if field not in ("-", "extra")]:
        st.warning(t("Two columns are both {fields}; only one can be.", fields=", ".join(clash)))
        return {}
    return mapping


def _field(field: str) -> str:
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


def _import(content: bytes, name: str, brand: str, channel: str, mapping: dict[str, str]) -> None:
    """Under the file's own name, by which a corrected one is known."""
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / (Path(name).name[-60:] or "import.csv")
        path.write_bytes(content)
        try:
            with st.spinner(t("Importing …")):
                told = commands.import_mentions(path, brand=brand, channel=channel, columns=mapping)
        except FengpingError as error:
            states.refused(error)
            return
    queries.forget()
    new = sum(int(one.get("new") or 0) for one in told)
    st.success(tn("{n} new mention stored.", "{n} new mentions stored.", new))

"""Mentions from elsewhere: a CSV, XLSX or JSONL file, its columns matched to ours by looking at the first rows."""

import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import commands, queries, text, words
from dashboard.components import states, steps
from dashboard.i18n import t, tn
from dashboard.views import columns
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
        with st.spinner(t("Looking into the file …")):
            seen = _seen(content, suffix)
    except FengpingError as error:
        states.refused(error)
        return
    mapping = columns.matched(seen, key=f"{upload.file_id}")
    brand = st.selectbox(t("Brand"), list(brands), format_func=lambda b: text.line(brands[b], 60))
    channel = st.selectbox(t("Channel"), CHANNELS, index=CHANNELS.index("social"), format_func=words.channel)
    if st.button(t("Import"), type="primary", disabled=not mapping, key="_import_go"):
        _import(content, upload.name, brands[brand], channel, mapping)


@st.cache_data(show_spinner=False, max_entries=4)
def _seen(content: bytes, suffix: str) -> dict[str, Any]:
    """The file's columns, first rows and how they would be read, by the command that imports it."""
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / f"look{suffix}"
        path.write_bytes(content)
        return commands.look_at(path)


def _import(content: bytes, name: str, brand: str, channel: str, mapping: dict[str, str]) -> None:
    """Under the file's own name, by which a corrected one is known."""
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / (Path(name).name[-60:] or "import.csv")
        path.write_bytes(content)
        try:
            with steps.followed(t("Importing …")) as told:
                found = commands.import_mentions(path, told, brand=brand, channel=channel, columns=mapping)
        except FengpingError as error:
            states.refused(error)
            return
        finally:
            queries.forget()
    st.success(tn("{n} new mention stored.", "{n} new mentions stored.", int(found.get("new") or 0)))

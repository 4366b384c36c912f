"""Mentions from elsewhere: a CSV, XLSX or JSONL file, its columns matched to ours by looking at the first rows."""

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import commands, queries, text
from dashboard.components import states
from dashboard.i18n import t, tn
from errors import FengpingError

FIELDS = (
    "text",
    "title",
    "url",
    "author",
    "published_at",
    "external_id",
    "rating",
    "likes",
    "replies",
    "shares",
    "views",
    "region",
)
_GUESSES = {
    "text": ("text", "content", "body", "comment", "review", "正文", "内容", "评论", "评价"),
    "title": ("title", "headline", "subject", "标题"),
    "url": ("url", "link", "href", "链接", "网址"),
    "author": ("author", "user", "name", "nickname", "作者", "用户", "昵称"),
    "published_at": ("published_at", "date", "time", "created_at", "published", "时间", "日期", "发布时间"),
    "external_id": ("external_id", "id", "guid", "编号"),
    "rating": ("rating", "stars", "score", "评分", "星级"),
    "likes": ("likes", "点赞"),
    "replies": ("replies", "comments", "回复"),
    "shares": ("shares", "reposts", "转发"),
    "views": ("views", "阅读", "浏览"),
    "region": ("region", "location", "地区", "城市"),
}


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
    upload = st.file_uploader(t("CSV, XLSX or JSONL file"), type=["csv", "xlsx", "jsonl"], key="_import_file")
    if upload is None:
        return
    suffix = Path(upload.name).suffix.lower()
    try:
        head = _head(upload, suffix)
    except (ValueError, UnicodeDecodeError, KeyError, OSError) as error:
        st.error(
            t("This file cannot be read as {format}: {reason}", format=suffix[1:].upper(), reason=text.md(error, 200))
        )
        return
    st.dataframe(head.map(lambda value: text.line(value, 120)), hide_index=True, height=200)
    columns = [str(column) for column in head.columns]
    mapping = {}
    grid = st.grid(3)
    for field in FIELDS:
        guess = next((index for index, column in enumerate(columns) if column.strip().lower() in _GUESSES[field]), None)
        chosen = grid.selectbox(
            _field(field),
            columns,
            index=guess,
            placeholder=t("not in this file"),
            key=f"_map_{field}",
            format_func=lambda column: text.line(column, 60),
        )
        if chosen is not None:
            mapping[chosen] = field
    brand = st.selectbox(t("Brand"), list(brands), format_func=lambda b: text.line(brands[b], 60))
    if st.button(t("Import"), type="primary", disabled=not {"text", "title"} & set(mapping.values()), key="_import_go"):
        _import(upload.getvalue(), suffix, brands[brand], mapping)


def _field(field: str) -> str:
    names = {
        "text": t("Text"),
        "title": t("Title"),
        "url": t("Link"),
        "author": t("Author"),
        "published_at": t("Published"),
        "external_id": t("Its own id"),
        "rating": t("Rating"),
        "likes": t("Likes"),
        "replies": t("Replies"),
        "shares": t("Shares"),
        "views": t("Views"),
        "region": t("Region"),
    }
    return names[field]


def _head(upload: object, suffix: str) -> pd.DataFrame:
    """Five rows to look at; the import itself reads the file anew."""
    if suffix == ".xlsx":
        return pd.read_excel(upload, nrows=5, dtype=str)
    if suffix == ".jsonl":
        return pd.read_json(upload, lines=True, nrows=5, dtype=False)
    return pd.read_csv(upload, nrows=5, dtype=str, encoding_errors="replace")


def _import(content: bytes, suffix: str, brand: str, mapping: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / f"import{suffix}"
        path.write_bytes(content)
        try:
            with st.spinner(t("Importing …")):
                told = commands.import_mentions(path, brand=brand, columns=mapping)
        except FengpingError as error:
            states.refused(error)
            return
    queries.forget()
    new = sum(int(one.get("new") or 0) for one in told)
    st.success(tn("{n} new mention stored.", "{n} new mentions stored.", new))

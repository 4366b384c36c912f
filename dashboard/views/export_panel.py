"""Take it away: exactly what the filter shows, in the four formats, made when asked for and streamed to disk."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import i18n, queries, text
from dashboard.components import filters
from dashboard.i18n import t, tn
from dashboard.state import View
from storage.records import MentionFilter

FORMATS = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
}
SHEET_ROWS = 1_048_575


def show(view: View, asked: MentionFilter, total: int, *, name: str = "mentions") -> None:
    said = filters.in_words(view)
    st.caption(tn("{n} mention, one row per brand.", "{n} mentions, one row per brand.", total))
    if said:
        st.caption(t("Filters: {filters}", filters=", ".join(text.md(part, 80) for part in said)))
    suffix = st.radio(
        t("Format"),
        list(FORMATS),
        horizontal=True,
        key=f"format_{name}",
        captions=[t("Excel, Numbers"), t("Excel"), t("scripts"), t("pandas")],
    )
    if suffix == ".xlsx" and total > SHEET_ROWS:
        st.error(t("A sheet holds {n} rows; choose another format or filter more.", n=i18n.number(SHEET_ROWS)))
        return
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M")
    st.download_button(
        t("Download"),
        data=partial(queries.export_file, asked, str(suffix)),
        file_name=f"fengping-{name}-{stamp}{suffix}",
        mime=FORMATS[str(suffix)],
        type="primary",
        icon=":material/download:",
        key=f"download_{name}",
        on_click="ignore",
    )
    st.caption(t("Columns are those of the manual, the same in every format. Times are UTC."))

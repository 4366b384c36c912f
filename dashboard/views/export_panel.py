"""Take it away: exactly what the filter shows, in the four formats, made when asked for and streamed to disk.

With a case go the hourly counts its rule was judged on: what was usual, and how rare the spike is by chance, come from
them, and `fengping spikes` says so again.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from analyzers.explain.recount import KNOBS
from analyzers.rules import HISTORY_DAYS
from dashboard import i18n, queries, text, words
from dashboard.components import filters
from dashboard.i18n import t, tn
from dashboard.state import View
from storage.records import CaseRecord, MentionFilter, SpikeRecord

FORMATS = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
}
SHEET_ROWS = 1_048_575
LARGE = 20_000


def show(view: View, asked: MentionFilter, total: int, *, name: str = "mentions") -> None:
    said = filters.in_words(view)
    st.caption(tn("{n} mention, one row per brand.", "{n} mentions, one row per brand.", total))
    if said:
        st.caption(t("Filters: {filters}", filters=t(", ").join(text.md(part, 80) for part in said)))
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
    if total > LARGE:
        st.caption(t("A large file takes a while: the button turns until it is written."))
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


def show_counts(case: CaseRecord) -> None:
    """One file for each rule that rang for the case by counts."""
    by_rule = {spike.rule_id: spike for spike in case.spikes if spike.measure in ("negative", "share", "total")}
    for spike in by_rule.values():
        st.download_button(
            t("Hourly counts behind “{rule}”", rule=text.md(words.rule(spike.rule_name), 40)),
            data=partial(counts_file, spike),
            file_name=f"fengping-case-{case.id}-counts-{spike.rule_id}.csv",
            mime="text/csv",
            type="tertiary",
            icon=":material/functions:",
            key=f"counts_{case.id}_{spike.rule_id}",
            on_click="ignore",
            help=t("What is usual is learned from these: `fengping spikes --csv` judges them again. Times are UTC."),
        )


def counts_file(spike: SpikeRecord, *, now: datetime | None = None) -> bytes:
    """The counts of a rule's version up to a day after its spike, in the form `fengping spikes` and `fengping case recount`
    take: an hour that nobody heard has no row, the one that runs stands as it is, and each row says the rule's knobs.
    They begin where those began that the case was last judged on, for what was usual is learned from the first one on.
    Without rows where the rule's version or the counts are gone."""
    total = spike.measure == "total"  # `fengping spikes` counts what is called value, else negative of total
    lines = [",".join(("timestamp", "value" if total else "total", "negative", *KNOBS))]
    until = min(spike.end_at + timedelta(days=1), now or datetime.now(UTC))
    judged = min(_judged_at(spike.case_id) or until, until)
    body = queries.rule_body(spike.rule_id, spike.rule_version)
    found = queries.watched(spike.brand_id, body.scope, judged - timedelta(days=HISTORY_DAYS), until) if body else None
    knobs = [str(getattr(body, name, "")) for name in KNOBS]
    for hour, heard in enumerate(found.heard if found else ()):
        if found and heard:
            at = (found.start + timedelta(hours=hour)).astimezone(UTC)
            lines.append(",".join((f"{at:%F %T}", str(found.read[hour]), str(found.negative[hour]), *knobs)))
    return ("\n".join(lines) + "\n").encode()


def _judged_at(case_id: int) -> datetime | None:
    """When a case's account was last made."""
    case = queries.case(case_id)
    said = str(((case.explanation if case else None) or {}).get("made_at") or "")
    return datetime.fromisoformat(said) if said else None

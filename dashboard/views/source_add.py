"""Adding a source: test it first, see what would be stored, then save. And many at once from OPML."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import commands, decisions, error_words, i18n, queries, text, words
from dashboard.components import cards, states
from dashboard.i18n import t, tn
from dashboard.views import columns, offered, source_options
from errors import FengpingError
from storage.records import CHANNELS as _CHANNELS

CHANNELS = list(_CHANNELS)
AUTO = "auto"
_TRIAL = "_source_trial"
SHOWN_REFUSALS = 10


def open_() -> None:
    st.session_state.pop(_TRIAL, None)

    @st.dialog(t("Add a source"), width="medium")
    def ask() -> None:
        with states.told():
            _form()

    ask()


def _form() -> None:
    url = address(t("Address"), key="_add_url")
    with st.spinner(t("One moment …")):
        kinds = commands.kinds()  # a command of its own, the first time
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            t("Kind"),
            [AUTO, *(str(one["kind"]) for one in kinds if one["options"])],
            format_func=lambda k: t("found by itself") if k == AUTO else words.kind(k),
            key="_add_kind",
            width=220,
        )
        tested = st.button(t("Test"), type="primary", icon=":material/science:", key="_add_test")
    options = {} if kind == AUTO else _options(kind)
    if tested:
        _test(url, kind, options)
    trial = st.session_state.get(_TRIAL)
    if trial:
        found = str(trial.get("kind") or "feed")
        options = _options(found) if kind == AUTO else options
        chosen = _columns(trial, options) if trial.get("look") else {}
        _result(st.session_state.get(_TRIAL) or trial, options, chosen)
    else:
        offered.panel()


def address(label: str, *, key: str) -> str:
    """The field for an address that may become a source."""
    said = t("A feed, a site that has one, a search or a review page.")
    return st.text_input(label, placeholder="https://example.com/feed", max_chars=4000, key=key, help=said).strip()


def _options(kind: str) -> dict[str, str]:
    with st.expander(t("Options of {kind}", kind=words.kind(kind)), icon=":material/tune:"):
        return source_options.fields(kind, "_add", without=("map",))


def _test(url: str, kind: str, options: dict[str, str], columns_said: dict[str, str] | None = None) -> None:
    """Ask once, and look into what is a file. Where that fails with columns that were chosen, their picture stays."""
    if not url:
        st.error(t("Give an address first."))
        return
    before = st.session_state.pop(_TRIAL, None) or {}
    look = before.get("look") if columns_said is not None else None
    try:
        with st.spinner(t("Asking the source once …")):
            told = commands.try_source(url, None if kind == AUTO else kind, options=options, columns=columns_said)
            if told.get("kind") == "file" and look is None:
                look = _look(url)
    except FengpingError as error:
        states.refused(error)
        if columns_said is not None:
            st.session_state[_TRIAL] = before
        return
    st.session_state[_TRIAL] = {"asked": url, "columns": columns_said or {}, **told, "look": look}


def _look(url: str) -> dict[str, Any] | None:
    """None where it cannot be opened: the trial has said why."""
    try:
        return commands.look_at_address(url)
    except FengpingError:
        return None


def _columns(trial: dict[str, Any], options: dict[str, str]) -> dict[str, str] | None:
    """What is to be said of a file's columns, chosen by looking at its first rows; None where it will not do."""
    chosen = columns.matched(trial["look"], key=str(trial["asked"]))
    said = columns.said(trial["look"], chosen) if chosen else None
    changed = said is not None and said != trial["columns"]
    if st.button(t("Test with these columns"), icon=":material/science:", disabled=not changed, key="_add_columns"):
        _test(str(trial["asked"]), str(trial["kind"]), options, said)
    return said


def _result(trial: dict[str, Any], options: dict[str, str], chosen: dict[str, str] | None) -> None:
    failed = trial.get("status") in ("failed", "gone")
    if failed and (trial.get("look") or {}).get("problem") and not trial["columns"]:
        failed = False  # nobody said yet which column is the text: the picture above asks for it
    elif failed:
        st.error(text.md(error_words.in_words(trial.get("last_error") or ""), 400), icon=":material/error:")
        if trial.get("advice"):
            st.caption(t("What to do: {advice}", advice=text.md(error_words.in_words(trial["advice"]), 300)))
    else:
        entries, kept = int(trial.get("entries") or 0), int(trial.get("would_store") or 0)
        st.success(
            t(
                "Heard: {entries}, of which {kept} would be stored.",
                entries=tn("{n} entry", "{n} entries", entries),
                kept=i18n.number(kept),
            ),
            icon=":material/check:",
        )
        if trial.get("note"):
            st.caption(error_words.in_words(str(trial["note"])))
        _preview(trial.get("mentions") or [])
        if entries and not kept:
            st.caption(t("None of the entries names a brand now; later ones may."))
    _save_form(trial, options, chosen, failed)


def _preview(mentions: list[dict[str, Any]]) -> None:
    rows = [
        (
            text.line(m.get("title") or m.get("text"), 90),
            text.line(_why(m.get("brands") or {}), 90),
            i18n.moment(datetime.fromisoformat(m["published_at"])) if m.get("published_at") else "",
        )
        for m in mentions[:5]
    ]
    if rows:
        cards.table((t("Mention"), t("Brand"), t("Published")), rows)


def _why(brands: dict[str, str]) -> str:
    """The brands, each with the name it was found by."""
    return ", ".join(brand if alias in ("", brand) else f"{brand} ({alias})" for brand, alias in brands.items())


def _save_form(trial: dict[str, Any], options: dict[str, str], chosen: dict[str, str] | None, failed: bool) -> None:
    brands = {brand.id: text.line(brand.name, 60) for brand in queries.brands()}
    channel = trial.get("channel") if trial.get("channel") in CHANNELS else "news"
    with st.form("source_save", border=False):
        title = st.text_input(t("Name"), value=text.line(trial.get("title"), 200), max_chars=200)
        with st.container(horizontal=True, vertical_alignment="center"):
            picked = st.selectbox(t("Channel"), CHANNELS, index=CHANNELS.index(str(channel)), format_func=words.channel)
            every = st.selectbox(
                t("Collect every"),
                (5, 15, 30, 60, 180, 720),
                index=1,
                format_func=lambda m: i18n.duration(timedelta(minutes=m)),
            )
        scope = st.multiselect(t("Brands"), list(brands), format_func=lambda b: brands[b], placeholder=t("All brands"))
        keep_all = st.checkbox(
            t("Keep entries that name no brand"),
            help=t("For a feed that is about the brand as a whole; choose one brand above."),
        )
        label = t("Add it all the same") if failed else t("Add the source")
        kind = "secondary" if failed else "primary"
        if st.form_submit_button(label, type=kind, disabled=chosen is None) and chosen is not None:
            try:
                with st.spinner(t("Adding …")):
                    added = commands.add_source(
                        _address(trial),
                        kind=str(trial.get("kind") or "feed"),
                        channel=picked,
                        every_minutes=int(every),
                        brands=[brands[brand] for brand in scope],
                        keep_all=keep_all,
                        options=options,
                        columns=chosen,
                    )
                queries.forget()
                if title.strip() and added.get("id"):
                    decisions.change_source(int(added["id"]), title=title.strip())
            except FengpingError as error:
                states.refused(error)
                return
            st.session_state.pop(_TRIAL, None)
            st.rerun()


def _address(trial: dict[str, Any]) -> str:
    """The address that was found, unless a secret in it was masked: then the one that was typed."""
    found = str(trial.get("url") or "")
    return found if found and "*" not in found and "…" not in found else str(trial["asked"])


def open_opml() -> None:
    @st.dialog(t("Import OPML"), width="medium")
    def ask() -> None:
        st.caption(
            t(
                "The list of feeds that every feed reader can export. Nothing is fetched until monitoring asks each in turn."
            )
        )
        upload = st.file_uploader(t("OPML file"), type=["opml", "xml"], key="_opml_file")
        brands = {brand.id: brand.name for brand in queries.brands()}
        brand = st.selectbox(
            t("Brand"),
            list(brands),
            index=None,
            format_func=lambda b: text.line(brands[b], 60),
            placeholder=t("All brands"),
        )
        channel = st.selectbox(
            t("Channel"), CHANNELS, index=None, format_func=words.channel, placeholder=t("by the kind of source")
        )
        keep_all = st.checkbox(t("Keep entries that name no brand"), disabled=brand is None)
        if st.button(t("Import"), type="primary", disabled=upload is None, key="_opml_go") and upload is not None:
            _import_opml(upload.getvalue(), brands.get(brand) if brand else None, channel, bool(keep_all and brand))

    ask()


def _import_opml(content: bytes, brand: str | None, channel: str | None, keep_all: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / "import.opml"
        path.write_bytes(content)
        try:
            with st.spinner(t("Importing …")):
                added = commands.import_opml(path, brand=brand, channel=channel, keep_all=keep_all)
        except FengpingError as error:
            states.refused(error)
            return
    queries.forget()
    st.success(tn("{n} source added.", "{n} sources added.", sum("url" in one for one in added)))
    if refused := [str(one["refused"]) for one in added if "refused" in one]:
        said = [tn("{n} line of the file is left out:", "{n} lines of the file are left out:", len(refused))]
        said += [text.md(error_words.in_words(one), 400) for one in refused[:SHOWN_REFUSALS]]
        said += ["…"] if len(refused) > SHOWN_REFUSALS else []
        st.warning("\n\n".join(said), icon=":material/error:")

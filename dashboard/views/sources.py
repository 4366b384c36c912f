"""Sources: do we hear everything? Failing ones first, in words, with what to do; adding is tested before it is saved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard import commands, decisions, error_words, health, i18n, pages, queries, state, text, words
from dashboard.components import cards, states, steps
from dashboard.i18n import t, tn
from dashboard.views import answer, columns, deleted, import_file, inbox, source_add, source_options
from errors import FengpingError
from storage.records import FetchRecord, SourceRecord

BAD = ("failed", "gone")
EVERY = (5, 15, 30, 60, 180, 360, 720, 1440)  # minutes
MOST = 50


def show() -> None:
    now = datetime.now(UTC)
    st.title(t("Sources"), anchor=False)
    records = queries.sources()
    _answer(records, now)
    with st.container(horizontal=True, key="source-tools"):
        if st.button(
            t("Add a source"), type="primary" if not records else "secondary", icon=":material/add:", key="_source_add"
        ):
            source_add.open_()
        if st.button(t("Import OPML"), icon=":material/upload_file:", key="_opml"):
            source_add.open_opml()
        if st.button(t("Import mentions from a file"), icon=":material/table_view:", key="_import"):
            import_file.open_()
        inbox.button()
    if not records:
        cards.state(
            t("Nothing is listened to yet."),
            more=t("A source is one place to collect from: a feed, a search, a review page."),
        )
        deleted.lately("source")
        return
    shown = _chosen(records)
    if not shown:
        cards.state(t("No source fits this search."), more=t("Write fewer letters, or take a status away."))
    overdue = health.overdue(records, now)
    for record in shown[:MOST]:
        _card(record, overdue.get(record.source.id), now)
    if len(shown) > MOST:
        st.caption(t("{n} more; search to see them.", n=i18n.number(len(shown) - MOST)))
    deleted.lately("source")


def _answer(records: tuple[SourceRecord, ...], now: datetime) -> None:
    if not records:
        return
    if answer.most(late := answer.not_asked(records, now), records):
        answer.say_nobody_asks(late, records)
        return
    heard = answer.heard(records, late)
    bad = [record for record in records if record.status in BAD]
    said = {
        True: tn("{n} source is heard.", "All {n} sources are heard.", len(records)),
        False: tn(
            "{heard} of {n} source is heard.",
            "{heard} of {n} sources are heard.",
            len(records),
            heard=i18n.number(heard),
        ),
    }[heard == len(records)]
    counts = [
        f"{words.status(status)} {i18n.number(n)}"
        for status in ("failed", "gone", "paused", "new")
        if (n := sum(record.status == status for record in records))
    ]
    counts += [tn("{n} long not asked", "{n} long not asked", len(late))] if late else []
    cards.headline(said, mood="deaf" if bad or late else "", why=t(", ").join(counts))


def _chosen(records: tuple[SourceRecord, ...]) -> list[SourceRecord]:
    """Narrowed by words and status; what fails comes first."""
    if len(records) > 8:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            wanted = st.text_input(
                t("Search sources"),
                value=state.param("find") or "",
                key="_find_source",
                icon=":material/search:",
                width=280,
            ).strip()
            state.set_param("find", wanted or None)
            kinds = sorted({str(record.status) for record in records})
            only = st.pills(t("Status"), kinds, selection_mode="multi", format_func=words.status, key="_source_status")
        folded = wanted.casefold()
        records = tuple(
            record
            for record in records
            if (not only or str(record.status) in only)
            and (not folded or folded in f"{record.source.title} {record.source.url} {record.source.kind}".casefold())
        )
    order = {"failed": 0, "gone": 1, "new": 2, "ok": 3, "not_modified": 3, "paused": 4}
    return sorted(records, key=lambda record: (order.get(str(record.status), 3), record.source.id))


def _card(record: SourceRecord, overdue: timedelta | None, now: datetime) -> None:
    source = record.source
    with st.container(border=True, gap="xsmall", key=f"source_{source.id}"):
        late = bool(answer.not_asked([record], now))
        cards.source(record, *_health(record, overdue, now), late=late)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            pages.link(
                "mentions",
                tn("{n} mention", "{n} mentions", record.total),
                state.View(sources=(source.id,), period="90d"),
                icon=":material/forum:",
            )
            if record.status == "paused":
                st.button(
                    t("Resume"),
                    key=f"_resume_{source.id}",
                    type="tertiary",
                    icon=":material/play_arrow:",
                    on_click=_pause,
                    args=(source.id, False),
                )
            else:
                st.button(
                    t("Pause"),
                    key=f"_pause_{source.id}",
                    type="tertiary",
                    icon=":material/pause:",
                    on_click=_pause,
                    args=(source.id, True),
                )
                if st.button(t("Collect now"), key=f"_collect_{source.id}", type="tertiary", icon=":material/refresh:"):
                    _collect(source.id)
            _folded(record, now)


def _folded(record: SourceRecord, now: datetime) -> None:
    """What is drawn only when it is opened, so that many sources cost little."""
    parts: tuple[tuple[str, str, Callable[[], None]], ...] = (
        (t("Settings"), ":material/tune:", lambda: _settings(record)),
        (t("Past collections"), ":material/history:", lambda: _past(queries.fetch_history(record.source.id), now)),
        (t("Delete"), ":material/delete:", lambda: _ask_delete(record)),
    )
    for label, icon, draw in parts:
        folded = st.popover(label, icon=icon, type="tertiary", on_change="rerun", key=f"{icon}{record.source.id}")
        if folded.open:
            with folded:
                draw()


def _health(record: SourceRecord, overdue: timedelta | None, now: datetime) -> tuple[list[str], list[str]]:
    """What is wrong and what to do; then last heard, next try, success, whether it has gone quiet: each in words."""
    loud: list[str] = []
    said: list[str] = []
    if record.status in BAD and record.last_error:
        latest = next(iter(queries.fetch_history(record.source.id)), None)
        kind = health.failure(latest.error_kind if latest else None)
        what = text.line(error_words.in_words(record.last_error), 300)
        error = t("{kind}: {what}", kind=kind, what=what) if kind else what
        loud.append(t("Since {time}: {error}", time=i18n.moment(record.last_error_at, now), error=error))
    if record.status in BAD and record.last_advice:
        loud.append(t("What to do: {advice}", advice=text.line(error_words.in_words(record.last_advice), 300)))
    said.append(
        t("last heard {time}", time=i18n.ago(record.last_success_at, now))
        if record.last_success_at
        else t("never heard yet")
    )
    if record.last_new_at:
        said.append(t("last new mention {time}", time=i18n.ago(record.last_new_at, now)))
    if record.success_share_7d is not None:
        said.append(t("{share} of tries in 7 days succeeded", share=i18n.share(record.success_share_7d)))
    if record.usual_interval_s:
        said.append(t("usually a mention every {time}", time=i18n.duration(timedelta(seconds=record.usual_interval_s))))
    if overdue is not None:
        loud.append(t("quiet for {time}, longer than usual", time=i18n.duration(overdue)))
    if record.status not in ("paused", "gone"):
        due = max(record.next_check_at, record.not_before or record.next_check_at)
        if due > now:
            said.append(t("next try {time}", time=i18n.ago(due, now)))
        else:
            long = answer.not_asked([record], now)
            said.append(t("was due {time}", time=i18n.ago(due, now)) if long else t("next try now"))
    if (given := record.state.standing) is not None:
        said.append(error_words.in_words(given.in_words))
    if record.capped:
        said.append(tn("{n} entry left out by a limit", "{n} entries left out by a limit", record.capped))
    if record.missed:
        said.append(t("some mentions between two collections may be missing"))
    return loud, said


@states.tried
def _pause(source_id: int, on: bool) -> None:
    decisions.pause_source(source_id, on)
    states.offer_undo(
        t("Source paused.") if on else t("Source resumed."), partial(decisions.pause_source, source_id, not on)
    )


def _collect(source_id: int) -> None:
    with st.spinner(t("Collecting …")):
        try:
            told = commands.collect_now(source_id)
        except FengpingError as error:
            states.refused(error)
            return
    queries.forget()
    one = next(iter(told), {})
    if one.get("status") in BAD:
        st.error(text.md(error_words.in_words(one.get("last_error") or ""), 300), icon=":material/error:")
    else:
        st.toast(text.md(t("{new} new, {changed} changed", new=one.get("new") or 0, changed=one.get("changed") or 0)))


def _settings(record: SourceRecord) -> None:
    source = record.source
    if source.kind == "file" and source.url.startswith("http"):
        _columns(record)
    brands = {brand.id: text.line(brand.name, 60) for brand in queries.brands()}
    with st.form(f"source_{source.id}_settings", border=False):
        title = st.text_input(t("Name"), value=source.title or "", max_chars=200)
        minutes = sorted({*EVERY, max(1, round(source.every.total_seconds() / 60))})
        every = st.selectbox(
            t("Collect every"),
            minutes,
            index=minutes.index(max(1, round(source.every.total_seconds() / 60))),
            format_func=lambda m: i18n.duration(timedelta(minutes=m)),
        )
        channel = st.selectbox(
            t("Channel"),
            source_add.CHANNELS,
            index=source_add.CHANNELS.index(source.channel),
            format_func=words.channel,
        )
        scope = st.multiselect(
            t("Brands"),
            list(brands),
            default=[b for b in source.brands if b in brands],
            format_func=lambda b: brands[b],
            placeholder=t("All brands"),
        )
        keep_all = st.checkbox(t("Keep entries that name no brand"), value=source.keep_all)
        options = source_options.fields(source.kind, f"_set_{source.id}", stored=source.options)
        if st.form_submit_button(t("Save"), type="primary"):
            changes = {"every": timedelta(minutes=every), "brands": tuple(scope), "keep_all": keep_all}
            _save(record, options, channel, title=title.strip() or None, **changes)


def _save(record: SourceRecord, options: dict[str, str], channel: str, **changes: object) -> None:
    source = record.source
    try:
        if options:
            with st.spinner(t("Saving …")):
                commands.set_options(source.id, options)
        decisions.change_source(source.id, **changes)
        if channel != source.channel:
            with steps.followed(t("Saving …")) as told:
                commands.move_source(source.id, channel, told)
    except FengpingError as error:
        states.refused(error)
        return
    finally:
        queries.forget()
    st.rerun()


def _columns(record: SourceRecord) -> None:
    """Of a file at an address: what its columns are, said by looking at its first rows as they are now."""
    source, key = record.source, f"_look_{record.source.id}"
    if st.button(t("Look at the columns"), icon=":material/table_view:", key=f"{key}_ask"):
        try:
            with st.spinner(t("Looking into the file …")):
                st.session_state[key] = commands.look_at_address(source.url)
        except FengpingError as error:
            states.refused(error)
    if (seen := st.session_state.get(key)) is None:
        return
    chosen = columns.matched(seen, key=key, before=columns.written(source.options.get("map")))
    if st.button(t("Save the columns"), type="primary", disabled=not chosen, key=f"{key}_save"):
        try:
            with st.spinner(t("Saving …")):
                commands.set_columns(source.id, columns.said(seen, chosen))
        except FengpingError as error:
            states.refused(error)
            return
        st.session_state.pop(key)
        queries.forget()
        st.rerun()


def _past(history: tuple[FetchRecord, ...], now: datetime) -> None:
    if not history:
        st.caption(t("Not collected yet."))
        return
    rows = [
        (
            i18n.moment(one.at, now),
            words.status(str(one.status)),
            text.line(error_words.in_words(one.error or ""), 160)
            or t("{new} new, {changed} changed", new=one.new, changed=one.changed),
            f"{one.seconds:.1f} s",
        )
        for one in history[:15]
    ]
    cards.table((t("When"), t("How"), t("What"), t("Took")), rows, numeric=frozenset({3}))


def _ask_delete(record: SourceRecord) -> None:
    st.markdown(tn("Delete this source and its {n} mention?", "Delete this source and its {n} mentions?", record.total))
    st.caption(i18n.joined(deleted.kept(), t("Pausing leaves all of it in sight.")))
    name = record.source.title or text.shown_address(record.source.url)
    wanted = st.button(t("Delete"), type="primary", key=f"_source_delete_{record.source.id}")
    if wanted and deleted.delete("source", record.source.id, t("Source “{name}” deleted.", name=name)):
        st.rerun()


if __name__ == "__main__":
    show()

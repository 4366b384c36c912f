"""One mention in detail, in a drawer: the text, where it is from, how it was read and why it is here, its history.

Corrections are decisions of people: they win over the model, are counted at once, and can be undone.
"""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import decisions, i18n, pages, people, queries, state, text, words
from dashboard.components import cards, states
from dashboard.components.cards import Link
from dashboard.i18n import t, tn
from dashboard.state import View
from storage.records import SENTIMENTS, LogEntry, MentionRow

CORRECTABLE = SENTIMENTS[:3]


def asked_for() -> int | None:
    """The mention that the address names, while it is stored; that it is not is said."""
    number = state.id_param("mention")
    if number is not None and not queries.mention(number):
        st.warning(t("This mention is no longer stored."), icon=":material/search_off:")
        return None
    return number


def open_(mention_id: int, brand_id: int | None, view: View) -> None:
    rows = queries.mention(mention_id)
    row = next((row for row in rows if row.brand_id == brand_id), rows[0])

    @st.dialog(t("Mention {id}", id=row.id), width=640, position="right", on_dismiss=_close)
    def pane() -> None:
        with states.told():
            fresh = queries.mention(mention_id)
            _draw(next((r for r in fresh if r.brand_id == row.brand_id), row), fresh, view)

    pane()


def _close() -> None:
    state.set_param("mention", None)
    state.set_param("of", None)


def _draw(row: MentionRow, rows: tuple[MentionRow, ...], view: View) -> None:
    now = datetime.now(UTC)
    states.undo_bar("pane")
    _from_where(row)
    cards.mention_body(row, searched=view.searched)
    _tags(row, view)
    st.subheader(t("How it was read for {brand}", brand=text.md(row.brand, 40)), anchor=False)
    _reading(row)
    _correct(row)
    others = [other for other in rows if other.brand_id != row.brand_id]
    if others:
        st.caption(
            t(
                "Also read for: {brands}",
                brands=t(", ").join(
                    f"{text.md(other.brand, 40)} ({words.sentiment(other.sentiment)})" for other in others
                ),
            )
        )
    _why(row)
    _decisions(row)
    _history(row, now)


def _from_where(row: MentionRow) -> None:
    ours = "" if row.published_at_source == "author" else " (" + t("time of collection; the source gives none") + ")"
    cards.facts(
        [
            (t("Source"), f"{row.source_title} · {words.channel(row.channel)}"),
            (t("Author"), Link(row.author, row.author_url) if row.author else t("not given")),
            (t("Followers"), i18n.number(row.author_followers) if row.author_followers is not None else None),
            (t("Published"), i18n.exact(row.published_at) + ours),
            (t("Language"), _language(row)),
            (t("Rating"), t("{stars} of 5", stars=f"{row.rating:g}") if row.rating is not None else None),
            (t("Reactions"), _reactions(row)),
            (t("Region"), row.region),
            (
                t("Original"),
                Link(t("Open in a new tab"), row.url) if text.link(row.url) else t("The source gives no link."),
            ),
        ]
    )


def _language(row: MentionRow) -> str | None:
    if row.lang == "other":
        return t("not supported: its sentiment is a guess")
    return words.lang(row.lang) if row.lang else None


def _reactions(row: MentionRow) -> str:
    """Only what the source gives: absent is not zero."""
    known = (
        (row.likes, lambda n: tn("{n} like", "{n} likes", n)),
        (row.replies, lambda n: tn("{n} reply", "{n} replies", n)),
        (row.shares, lambda n: tn("{n} share", "{n} shares", n)),
        (row.views, lambda n: tn("{n} view", "{n} views", n)),
    )
    return t(", ").join(say(n) for n, say in known if n is not None)


def _tags(row: MentionRow, view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for theme in row.themes:
            other = View(brands=view.brands, period=view.period, since=view.since, until=view.until, themes=(theme,))
            st.button(
                text.md(words.theme(theme), 40),
                key=f"_theme_{theme}",
                icon=":material/label:",
                type="tertiary",
                on_click=_leave_for,
                args=(other,),
            )
        if row.copies > 1 and row.copy_group is not None:
            first = t("the origin") if row.first_in_group else t("a copy")
            st.button(
                f"×{i18n.number(row.copies)} · {first}",
                key="_copies",
                icon=":material/content_copy:",
                type="tertiary",
                on_click=_leave_for,
                args=(View(copy_group=row.copy_group, fold=False),),
            )
        for case_id in row.cases:
            pages.link("cases", t("Case {id}", id=case_id), icon=":material/flag:", case=case_id)


def _leave_for(view: View) -> None:
    """Close the drawer and list other mentions."""
    _close()
    state.put(view)


def _reading(row: MentionRow) -> None:
    if row.sentiment == "unread":
        cards.state(t("Not read yet."), more=t("Mentions are read newest first; this one waits its turn."))
        return
    if row.sentiment == "failed":
        cards.state(t("It could not be read."), more=text.line(row.failed_reason or "", 300))
        return
    if row.p_negative is not None:
        cards.sentiment_bars(row)
    said = t("Counted as {sentiment}.", sentiment=words.sentiment(row.sentiment))
    if row.corrected_by:
        said = i18n.joined(said, t("Corrected by {name}.", name=text.md(row.corrected_by, 40)))
    elif row.confidence is not None:
        said = i18n.joined(said, t("Confidence {share}.", share=i18n.share(row.confidence)))
    st.caption(said)


def _correct(row: MentionRow) -> None:
    key = f"correct_{row.id}_{row.brand_id}"
    # Set, not given as a default: what was chosen and taken back would stay chosen in the browser, and be sent once more.
    st.session_state.setdefault(key, row.sentiment if row.sentiment in CORRECTABLE else None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(t("Correct the sentiment"), CORRECTABLE, format_func=words.sentiment, key=key)
        if row.corrected_by and st.button(t("Back to the model's reading"), key="_uncorrect", type="tertiary"):
            _set(row, None)
    if chosen and chosen != row.sentiment:
        _set(row, str(chosen))


def _set(row: MentionRow, to: str | None) -> None:
    before = row.sentiment if row.corrected_by else None
    decisions.correct(row.id, row.brand_id, to, who=people.me())
    said = t("Corrected to {sentiment}.", sentiment=words.sentiment(to)) if to else t("Back to the model's reading.")
    states.offer_undo(said, partial(_take_back, row.id, row.brand_id, before))
    st.session_state.pop(f"correct_{row.id}_{row.brand_id}", None)
    st.rerun()


def _take_back(mention_id: int, brand_id: int, before: str | None) -> None:
    decisions.correct(mention_id, brand_id, before, who=people.me())
    st.session_state.pop(f"correct_{mention_id}_{brand_id}", None)


def _why(row: MentionRow) -> None:
    st.subheader(t("Why it is here"), anchor=False)
    if row.matched:
        said = t("It names {brand}: “{alias}” is in it.", brand=text.md(row.brand, 60), alias=text.md(row.matched, 60))
    else:
        said = t("Its source keeps everything for {brand}; the text need not name it.", brand=text.md(row.brand, 60))
    st.markdown(said)
    if row.keywords:
        st.caption(t("Keywords: {words}", words=t(", ").join(text.md(word, 30) for word in row.keywords[:12])))


def _decisions(row: MentionRow) -> None:
    st.subheader(t("Flag and note"), anchor=False)
    on = st.toggle(t("Flagged"), value=row.flagged, key=f"flag_{row.id}_{row.flagged}")
    if on != row.flagged:
        decisions.flag((row.id,), on, who=people.me())
        said = t("Flagged.") if on else t("Flag removed.")
        states.offer_undo(said, partial(decisions.flag, (row.id,), not on, who=people.me()))
        st.rerun()
    st.session_state.setdefault(f"note_{row.id}", row.note or "")
    note = st.text_area(t("Note"), key=f"note_{row.id}", max_chars=4000, height=90)
    if note.strip() != (row.note or "") and st.button(t("Save note"), key=f"_note_{row.id}", type="primary"):
        decisions.note(row.id, note.strip(), who=people.me())
        states.offer_undo(t("Note saved."), partial(_note_back, row.id, row.note or ""))
        st.rerun()


def _note_back(mention_id: int, before: str) -> None:
    decisions.note(mention_id, before, who=people.me())
    st.session_state.pop(f"note_{mention_id}", None)


def _history(row: MentionRow, now: datetime) -> None:
    versions = queries.versions(row.id)
    with st.expander(t("History"), icon=":material/history:"):
        st.caption(
            t("Collected {time}. Id {id}, the source's own id below.", time=i18n.exact(row.collected_at), id=row.id)
        )
        st.text(text.line(row.external_id, 300))
        entries = queries.mention_history(row.id)
        if entries:
            cards.log(entries[::-1], [_said(entry) for entry in reversed(entries)])
        if not versions:
            st.caption(t("It never changed since it was collected."))
        for version in versions:
            st.caption(t("Until {time} it said:", time=i18n.moment(version.seen_at, now)))
            st.text(text.plain(f"{version.title}\n{version.text}".strip(), 4000))


def _said(entry: LogEntry) -> str:
    """What a person did, in words."""
    to = entry.detail.get("to")
    said = {
        "corrected": t("corrected to {to}", to=words.sentiment(str(to))) if to else t("correction taken back"),
        "flagged": t("flagged"),
        "unflagged": t("flag removed"),
        "noted": t("note: {note}", note=text.line(to, 200)) if to else t("note removed"),
    }
    return said.get(entry.what, entry.what)

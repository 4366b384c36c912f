"""Who is told: e-mail, chats and webhooks; a test to each; what waits to be sent, and what could not be."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from analyzers.rules import LEVELS
from dashboard import commands, decisions, error_words, i18n, pages, queries, text, words
from dashboard.components import cards, states
from dashboard.i18n import t, tn
from errors import FengpingError
from storage.records import OutboxItem, Target

KINDS = ("apprise", "webhook")
STATES = ("waiting", "sent", "dead")


def show() -> None:
    targets = queries.targets()
    _answer(targets)
    for target in targets:
        _card(target)
    with st.expander(t("Add somebody"), icon=":material/add:", expanded=not targets):
        _form(None)
    _outbox()


def _answer(targets: tuple[Target, ...]) -> None:
    """Whether people are reached: what could not be delivered comes first."""
    if not targets:
        cards.state(
            t("Nobody is told yet."), more=t("Add an e-mail address, a chat or a webhook; cases open all the same.")
        )
        return
    on = sum(target.enabled for target in targets)
    said = tn("Cases are told to {n} address.", "Cases are told to {n} addresses.", on)
    if dead := queries.outbox_counts().get("dead", 0):
        lost = tn("{n} notice could not be delivered.", "{n} notices could not be delivered.", dead)
        cards.headline(lost, mood="watch", why=t("Below it says why. Mend the address, send a test, then try again."))
    else:
        cards.headline(said if on else t("Everybody is switched off: nobody is told."), mood="plain" if on else "watch")


def _card(target: Target) -> None:
    with st.container(border=True, gap="xsmall", key=f"target_{target.id}"):
        levels = t(", ").join(words.level(level) for level in target.levels) or t("every level")
        said = f"{_kind(target.kind)} · {text.masked(target.url)} · {levels} · {i18n.LANGUAGES.get(target.lang, target.lang)}"
        cards.named(target.name, said, "" if target.enabled else t("switched off"))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(t("Send a test"), key=f"_test_{target.id}", icon=":material/send:", type="tertiary"):
                _test(target)
            st.button(
                t("Switch off") if target.enabled else t("Switch on"),
                key=f"_target_on_{target.id}",
                type="tertiary",
                on_click=_switch,
                args=(target.id, not target.enabled),
            )
            with st.popover(t("Edit"), icon=":material/edit:", type="tertiary"):
                _form(target)
            with st.popover(t("Delete"), icon=":material/delete:", type="tertiary"):
                st.markdown(t("Delete {name}? What waits to be sent to it goes, too.", name=text.md(target.name, 60)))
                if st.button(t("Delete"), type="primary", key=f"_target_delete_{target.id}"):
                    removed = decisions.delete_target(target.id)
                    said = t("{name} is told no more.", name=target.name)
                    states.offer_undo(said, partial(decisions.bring_back_target, removed))
                    st.rerun()


def _kind(kind: str) -> str:
    return t("webhook, signed JSON") if kind == "webhook" else t("e-mail or chat")


def _test(target: Target) -> None:
    try:
        with st.spinner(t("Sending …")):
            commands.send_test(target.name)
    except FengpingError as error:
        states.refused(error)
        return
    st.success(t("Accepted."), icon=":material/check:")


@states.tried
def _switch(target_id: int, on: bool) -> None:
    decisions.change_target(target_id, enabled=on)
    states.offer_undo(
        t("Switched on.") if on else t("Switched off."), partial(decisions.change_target, target_id, enabled=not on)
    )


def _form(target: Target | None) -> None:
    key = f"target_{target.id}" if target else "target_new"
    with st.form(f"{key}_form", border=False, clear_on_submit=target is None):
        name = st.text_input(t("Name"), value=target.name if target else "", max_chars=200)
        kind = st.selectbox(
            t("Kind"),
            KINDS,
            index=KINDS.index(target.kind) if target and target.kind in KINDS else 0,
            format_func=_kind,
        )
        url = st.text_input(
            t("Address"),
            type="password",
            placeholder=text.masked(target.url) if target else "mailtos://user:password@example.com",
            help=t(
                "An Apprise address (mailtos://, dingtalk://, feishu://, wecombot://, slack://, msteams://, tgram://) or https:// for a webhook. Shown masked."
            ),
        )
        secret = st.text_input(
            t("Key that signs a webhook"),
            type="password",
            placeholder=t("unchanged") if target and target.secret else "",
        )
        levels = st.multiselect(
            t("Levels"), LEVELS, default=list(target.levels) if target else list(LEVELS), format_func=words.level
        )
        lang = st.radio(
            t("Language"),
            list(i18n.LANGUAGES),
            index=list(i18n.LANGUAGES).index(i18n.best_language(target.lang if target else i18n.language())),
            horizontal=True,
            format_func=lambda key: i18n.LANGUAGES[key],
        )
        if st.form_submit_button(t("Save"), type="primary"):
            _save(target, name.strip(), kind, url.strip(), secret or None, tuple(levels), lang)


def _save(
    target: Target | None, name: str, kind: str, url: str, secret: str | None, levels: tuple[str, ...], lang: str
) -> None:
    if not name or (target is None and "://" not in url):
        st.error(t("A name and an address such as mailtos://… are needed."))
        return
    try:
        with st.spinner(t("Checking …")):
            commands.check_target(kind, url or (target.url if target else ""))
        if target is None:
            decisions.add_target(name, url=url, kind=kind, secret=secret, levels=levels, lang=lang)
        else:
            decisions.change_target(
                target.id,
                name=name,
                url=url or target.url,
                kind=kind,
                secret=secret or target.secret,
                levels=levels,
                lang=lang,
            )
    except FengpingError as error:
        states.refused(error)
        return
    st.rerun()


def _outbox() -> None:
    st.subheader(t("Outbox"), anchor=False)
    now = datetime.now(UTC)
    counts = queries.outbox_counts()
    names = {"waiting": t("waiting"), "sent": t("sent"), "dead": t("given up")}
    cards.tiles([cards.Tile(names[state], i18n.number(counts.get(state, 0))) for state in STATES])
    for item in queries.outbox(("dead", "waiting"), limit=20):
        _item(item, now, names)


def _item(item: OutboxItem, now: datetime, names: dict[str, str]) -> None:
    with st.container(border=True, gap="xsmall", key=f"outbox_{item.id}"):
        said = tn("{n} try", "{n} tries", item.attempts)
        if title := item.payload.get("title"):
            said = text.line(title, 120) + " · " + said
        if item.last_error:
            said += " · " + text.line(error_words.in_words(item.last_error), 200)
        if item.state == "waiting":
            due = t("next try {time}", time=i18n.ago(item.next_try_at, now))
            said += " · " + (due if item.next_try_at > now else t("next try now"))
        named = t("{name}: {what}", name=item.target.name, what=names.get(item.state, item.state))
        cards.named(named, said, i18n.exact(item.created_at))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if item.state == "dead":
                again = states.tried(partial(decisions.requeue_outbox, item.id))
                st.button(t("Try again"), key=f"_requeue_{item.id}", on_click=again)
            if item.case_id is not None:
                pages.link("cases", t("Open the case"), icon=":material/arrow_forward:", case=item.case_id)

"""One field for each option of a kind, drawn from the kind's own table. A secret that is stored is never shown again."""

from collections.abc import Container, Mapping
from typing import Any

import streamlit as st

from dashboard import commands, text
from dashboard.i18n import t


def fields(
    kind: str, key: str, *, stored: Mapping[str, Any] | None = None, without: Container[str] = ()
) -> dict[str, str]:
    """What people wrote that differs from what is stored, as the command takes it; empty: take it away."""
    given = {}
    for option in commands.options_of(kind):
        if option["name"] in without:
            continue
        name = str(option["name"])
        before = _written((stored or {}).get(name))
        now = _field(option, before, f"{key}_{kind}_{name}")
        if now != before:
            given[name] = now
    return given


def _written(value: object) -> str:
    """A stored value as people write it."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _field(option: Mapping[str, Any], before: str, key: str) -> str:
    label, help_ = _said(option)
    example = t("for example {example}", example=option["example"])
    if option["form"] == "secret":
        return _secret(label, help_, before, key)
    if option["form"] == "flag":
        on = st.toggle(label, value=before not in ("", "0"), help=help_, key=key)
        return before if on == (before not in ("", "0")) else str(int(on))
    if option["form"] == "number":
        start = int(before) if before.isdecimal() else None
        number = st.number_input(
            label, min_value=1, max_value=9_999, value=start, placeholder=example, help=help_, key=key
        )
        return "" if number is None else str(number)
    return st.text_input(label, value=before, max_chars=4_000, placeholder=example, help=help_, key=key).strip()


def _secret(label: str, help_: str, before: str, key: str) -> str:
    """What is written replaces what is stored; left empty, that stays."""
    hint = t("stored; write another to replace it") if before else ""
    written = st.text_input(
        label, type="password", placeholder=hint, max_chars=4_000, help=help_, key=key, autocomplete="new-password"
    ).strip()
    if before and st.checkbox(t("Forget it: {option}", option=text.md(label, 60)), key=f"{key}_forget"):
        return ""
    return written or before


def _said(option: Mapping[str, Any]) -> tuple[str, str]:
    """An option's label and what it does; one that has no words yet is shown as its table says it."""
    known = {
        "depth": (t("Pages of the first collection"), t("How far back it reads when it begins.")),
        "timezone": (t("Time zone"), t("For times that name none.")),
        "editions": (t("Editions"), t("Each as language|country|edition, with commas between them.")),
        "when": (t("First search reaches back"), t("As 30d or 12h.")),
        "languages": (t("Languages"), t("English names of languages, with commas between them.")),
        "span": (t("First search reaches back"), t("As 7d or 12h.")),
        "client_id": (t("App: client id"), t("Of an app of your own; with it, scores and replies are read.")),
        "client_secret": (t("App: client secret"), t("It is kept, and never shown again.")),
        "token": (t("Access token"), t("It is kept, and never shown again.")),
        "replies": (t("Read replies, too"), t("One more request for each topic.")),
        "key": (t("App key"), t("More requests a day. It is kept, and never shown again.")),
        "site": (t("Site to search"), t("For an API address alone, as superuser or stackoverflow.")),
        "search": (t("Search for the brands' names"), t("Where the address is only the forum's.")),
        "countries": (t("Countries"), t("Two-letter codes with commas between them.")),
        "language": (t("Language"), t("As Steam names it: schinese, tchinese, english.")),
        "listed": (t("Further domains"), t("The page may lead to these, too, with commas between them.")),
        "map": (t("Columns"), t("column=field with commas between them; columns with usual names need none.")),
    }
    return known.get(str(option["name"]), (str(option["name"]), str(option["what"])))

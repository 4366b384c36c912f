"""Who is looking. There is no login yet: a person says a name once, and it stands beside what they decide.

Kept in the session; the last name said on this installation is offered to the next session.
"""

import getpass

import streamlit as st

from dashboard import decisions, queries, text
from dashboard.i18n import t

_KEY = "_person"
_SETTING = "last_person"


def me() -> str:
    name = st.session_state.get(_KEY)
    if not name:
        name = text.line(queries.setting(_SETTING, "") or _login(), 60)
        st.session_state[_KEY] = name
    return str(name)


def picker() -> None:
    """In the sidebar: who decides here."""
    name = st.text_input(
        t("Your name"), value=me(), max_chars=60, key="_person_input", help=t("Stands beside what you decide, in logs.")
    )
    name = text.line(name, 60)
    if name and name != me():
        st.session_state[_KEY] = name
        decisions.set_setting(_SETTING, name, who=name)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "someone"

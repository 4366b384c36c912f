"""The inbox: where other systems push mentions to, and whether they may."""

import streamlit as st

from dashboard import i18n
from dashboard.i18n import t
from settings import Settings, get_settings


def button() -> None:
    with st.popover(t("Push from other systems"), icon=":material/move_to_inbox:", key="_inbox"):
        _shown(get_settings())


def _shown(settings: Settings) -> None:
    if not settings.inbox_port:
        st.caption(t("The inbox is off: FENGPING_INBOX_PORT is 0."))
        return
    address = f"http://{_host(settings.inbox_host)}:{settings.inbox_port}/mentions"
    st.markdown(t("Other systems and crawlers send mentions here while monitoring runs:"))
    st.code(address, language=None)
    if settings.inbox_token:
        st.caption(t("A token is set: senders give it, as below. It is not shown here."))
    else:
        st.warning(t("No token is set, so every push is refused. Set FENGPING_INBOX_TOKEN and start again."))
    st.code(_curl(address), language="bash", wrap_lines=True)


def _host(host: str) -> str:
    """A host to write into an address; one that listens everywhere is reached here by loopback."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _curl(address: str) -> str:
    text = "包装破了，客服不理" if i18n.language() == "zh" else "The box was torn and nobody answers"
    return (
        f"curl {address} \\\n"
        '  -H "Authorization: Bearer $FENGPING_INBOX_TOKEN" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f'  -d \'{{"source": "call centre", "mentions": [{{"id": "c-1", "text": "{text}"}}]}}\''
    )

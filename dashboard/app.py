"""The dashboard's entry: `streamlit run dashboard/app.py`, which `fengping up` does.

Sets language, zone and the menu, then runs the page. A failing store becomes a sentence here, never a traceback.
"""

import sys
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:  # Streamlit puts this file's folder on the path, not the one our rooms are in
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from dashboard import i18n, pages, people, queries, state  # noqa: E402
from dashboard.components import cards, own_words, sample_banner, states  # noqa: E402
from dashboard.i18n import t  # noqa: E402


def main() -> None:
    st.set_page_config(page_title="Fengping 风评", page_icon=str(STATIC / "icon.png"), layout="wide")
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.png"))
    _speak()
    cards.style()
    page = st.navigation([pages.page(spec.name) for spec in pages.SPECS])
    state.follow(page.url_path)
    with st.sidebar:
        _language_switch()
        cards.lead_keyboard()
        own_words.say()
    with states.told():
        queries.ready()
        i18n.set_zone(queries.zone_name(st.context.timezone))
        with st.sidebar:
            people.picker()
        sample_banner.show()
        states.undo_bar()
        page.run()


def _speak() -> None:
    """The language of the URL, else the one chosen in this session, else the browser's."""
    wanted = state.param("lang") or st.session_state.get("_lang_chosen") or st.context.locale
    i18n.set_language(i18n.best_language(wanted))


def _language_switch() -> None:
    st.session_state["_lang_switch"] = i18n.language()
    st.segmented_control(
        t("Language"),
        list(i18n.LANGUAGES),
        required=True,
        format_func=lambda lang: i18n.LANGUAGES[lang],
        key="_lang_switch",
        on_change=_choose_language,
        label_visibility="collapsed",
    )


def _choose_language() -> None:
    chosen = str(st.session_state["_lang_switch"])
    st.session_state["_lang_chosen"] = chosen
    state.set_param("lang", chosen)


if __name__ == "__main__":
    main()

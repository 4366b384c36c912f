"""The pages: their files, their names in the menu, and links to them that carry filters."""

from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.i18n import t
from dashboard.state import View


@dataclass(frozen=True)
class PageSpec:
    """`name` is the address; `path` is relative to `dashboard/app.py`."""

    name: str
    path: str
    icon: str
    default: bool = False


SPECS = (
    PageSpec("overview", "views/overview.py", ":material/monitoring:", default=True),
    PageSpec("mentions", "views/mentions.py", ":material/forum:"),
    PageSpec("cases", "views/cases.py", ":material/notification_important:"),
    PageSpec("rules", "views/rules.py", ":material/tune:"),
    PageSpec("sources", "views/sources.py", ":material/rss_feed:"),
    PageSpec("brands", "views/brands.py", ":material/sell:"),
    PageSpec("settings", "views/settings_page.py", ":material/settings:"),
)
_SPEC = {spec.name: spec for spec in SPECS}


def title(name: str) -> str:
    names = {
        "overview": t("Overview"),
        "mentions": t("Mentions"),
        "cases": t("Cases"),
        "rules": t("Rules"),
        "sources": t("Sources"),
        "brands": t("Brands"),
        "settings": t("Settings"),
    }
    return names[name]


def page(name: str) -> st.Page:
    spec = _SPEC[name]
    return st.Page(spec.path, title=title(name), icon=spec.icon, url_path=name, default=spec.default)


def link(name: str, label: str, view: View | None = None, *, icon: str | None = "", **params: object) -> None:
    """A link to a page with the view's filters. `label` is Markdown: pass others' words through `text.md`."""
    st.page_link(page(name), label=label, icon=icon, query_params=state.link_params(view, **params))


def go(name: str, view: View | None = None, **params: object) -> None:
    """Leave for another page now."""
    st.switch_page(page(name), query_params=state.link_params(view, **params))

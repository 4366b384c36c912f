"""All HTML of our own, in one file to audit. Every value passes `text.html`, `text.marked` or `text.link` on its way.

Streamlit sanitises what `st.html` is given once more (DOMPurify), and runs no script of it but one that never changes, and those
of `to_top` and `focus_acts`, which are given a number alone. Words of people never reach a tag, an attribute or a style
unescaped; links leave with rel="noopener noreferrer nofollow".
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from dashboard import i18n, text, theme, words
from dashboard.i18n import t
from storage.records import CaseRecord, Figures, LogEntry, MentionRow, SourceRecord

_CSS = Path(__file__).with_name("cards.css")
# What a popover holds stands at the end of the document: without this, Tab leads on through the whole page.
_INTO_POPOVERS = """if (!window.fengpingTabs) { window.fengpingTabs = true; document.addEventListener("keydown", pressed => {
  const at = document.activeElement;
  if (pressed.key !== "Tab" || pressed.shiftKey || at?.getAttribute("aria-expanded") !== "true") return;
  if (!at.closest('[data-testid="stPopover"]')) return;
  const inside = 'input, textarea, select, a[href], button:not([disabled]), [tabindex="0"]';
  const first = document.querySelector('[data-testid="stPopoverBody"]')?.querySelector(inside);
  if (first) { pressed.preventDefault(); first.focus(); }
}, true) }"""

# On Linux English is drawn by a Chinese font, whose quotation marks are as wide as a character: these are another's.
_ENGLISH_MARKS = """@font-face { font-family: "Fengping marks"; unicode-range: U+B7, U+2018-201D, U+2026;
  src: local("Source Sans 3"), local("Noto Sans"), local("Liberation Sans"), local("DejaVu Sans"), local("Ubuntu"); } """


@lru_cache(maxsize=1)
def _style() -> str:
    return _CSS.read_text(encoding="utf-8")


def style() -> None:
    """Once per run, before anything else: our rules, and what in them depends on the viewer's theme and language."""
    colours = theme.palette()
    uploader = {"choose": t("Choose a file"), "size": t("at most {n} MB", n=st.get_option("server.maxUploadSize"))}
    said = "".join(f"--fp-{name}: {json.dumps(value, ensure_ascii=False)}; " for name, value in uploader.items())
    inks = f"--fp-ground: {colours.ground}; --fp-accent: {colours.accent}; --fp-on-primary: {colours.on_primary}; "
    root = f":root {{ {inks}{said}}}"
    marks = _ENGLISH_MARKS if i18n.language() == "en" else ""
    st.html(f"<style>{marks}{root}{_style()}</style>")


def lead_keyboard() -> None:
    """The way of the Tab key into what is open. For the sidebar: the page itself holds no script at rest."""
    listen(_INTO_POPOVERS)


def listen(script: str) -> None:
    """A script of ours that stays. Runs anew when it says something else."""
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def hide_exceptions() -> None:
    """Take Streamlit's own box for a fault off the page: ours has said it."""
    st.html("<style>[data-testid='stException'] { display: none; }</style>")


def to_top(turn: int) -> None:
    """Show the page from its top: Streamlit leaves the reader where the button stood. Runs once for each new `turn`."""
    line = "document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)"
    st.html(f"<script>{line}; // {int(turn)}</script>", unsafe_allow_javascript=True)


def focus_acts(turn: int) -> None:
    """Give the keyboard back to a case's acts when the button it stood on is gone. Runs once for each new `turn`."""
    line = "document.querySelector('.st-key-case-acts button')?.focus({preventScroll: true})"
    lost = "if (document.activeElement === document.body) { clearInterval(wait); " + line + " }"
    wait = f"let tries = 0; const wait = setInterval(() => {{ if (++tries > 25) clearInterval(wait); {lost} }}, 200)"
    st.html(f"<script>{{ {wait} }} // {int(turn)}</script>", unsafe_allow_javascript=True)


def _prose(sentence: str, limit: int | None = None) -> str:
    """A sentence of ours; what stands between backticks is a command or a name to type."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text.html(sentence, limit))


def _draw(inner: str, classes: str = "fp") -> None:
    st.html(f'<div class="{classes}" lang="{i18n.language()}">{inner}</div>')


def level_badge(level: str) -> str:
    kind = level if level in theme.LEVELS else "blue"
    return f'<span class="fp-level {kind}">{text.html(words.level(level))}</span>'


def headline(sentence: str, *, level: str | None = None, why: str = "", more: str = "", mood: str = "") -> None:
    """The page's answer. `level` puts its badge and colour; `mood` is 'deaf' or 'learning' where we cannot judge."""
    badge = level_badge(level) + " " if level else ""
    kind = level if level in theme.LEVELS else mood
    below = "".join(f'<p class="why">{_prose(part)}</p>' for part in (why, more) if part)
    _draw(f'<p class="say" role="status">{badge}{text.html(sentence)}</p>{below}', f"fp fp-head {kind}")


@dataclass(frozen=True)
class Tile:
    name: str
    value: str
    note: str = ""


def tiles(items: Sequence[Tile]) -> None:
    """Figures with their n beneath."""
    cells = "".join(
        f'<div class="fp-tile"><p class="name">{text.html(item.name)}</p>'
        f'<p class="value">{text.html(item.value)}</p><p class="note">{text.html(item.note)}</p></div>'
        for item in items
    )
    _draw(cells, "fp fp-tiles")


def sentiment_mark(value: str) -> str:
    kind = value if value in theme.SENTIMENT_COLOUR else "unread"
    return f'<span class="fp-mark {kind}">{text.html(words.sentiment(value))}</span>'


def when(moment: datetime, now: datetime) -> str:
    """Relative time; the exact one on hover and for machines."""
    return (
        f'<time datetime="{moment.isoformat()}" title="{text.html(i18n.exact(moment))}">'
        f"{text.html(i18n.ago(moment, now))}</time>"
    )


def mention(
    row: MentionRow, *, now: datetime, show_brand: bool = False, length: int = 260, searched: tuple[str, ...] = ()
) -> None:
    """One mention as a card: sentiment, where and who, when, the text with brand and search marked, themes, copies."""
    names = (*_names(row), *searched)
    parts = [sentiment_mark(row.sentiment)]
    if show_brand:
        parts.append(f"<span>{text.html(row.brand, 60)}</span>")
    parts += [
        f"<span>{text.html(row.source_title, 60)}</span>",
        f"<span>{text.html(words.channel(row.channel))}</span>",
    ]
    if row.author:
        parts.append(f"<span>{text.html(row.author, 40)}</span>")
    if row.rating is not None:
        stars = t("{stars} of 5", stars=f"{row.rating:g}")  # outside the f-string, where it is found for translation
        parts.append(f"<span>{text.html(stars)}</span>")
    parts.append(when(row.published_at, now))
    title = text.line(row.title, 160)
    body = text.excerpt(row.text or "", names, length)
    heading = f'<p class="title">{text.marked(title, names)}</p>' if title and not body.startswith(title) else ""
    said = f'<p class="text quoted" dir="auto">{text.marked(body, names)}</p>' if body else ""
    _draw(f'<div class="meta">{"".join(parts)}</div>{heading}{said}{_tags(row)}', "fp fp-card")


def _tags(row: MentionRow) -> str:
    tags = [words.theme(theme_) for theme_ in row.themes]
    if row.copies > 1:
        tags.insert(0, f"×{i18n.number(row.copies)}")
    if row.lang == "other":
        tags.append(t("language not supported"))
    if row.corrected_by:
        tags.append(t("corrected"))
    if row.flagged:
        tags.append(t("flagged"))
    if row.note:
        tags.append(t("has a note"))
    tags += [t("case {id}", id=case) for case in row.cases]
    if not tags:
        return ""
    return (
        '<div class="tags">' + "".join(f'<span class="fp-tag">{text.html(tag, 60)}</span>' for tag in tags) + "</div>"
    )


def _names(row: MentionRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (row.matched, row.brand) if name))


def mention_body(row: MentionRow, limit: int = 20_000, *, searched: tuple[str, ...] = ()) -> None:
    """The whole text, paragraphs kept."""
    names = (*_names(row), *searched)
    title = f'<p class="title">{text.marked(text.line(row.title), names)}</p>' if row.title else ""
    body = "" if row.text == row.title else text.marked(row.text, names, limit)
    scrolled = ' tabindex="0"' if len(body) > 1000 else ""  # by keyboard, too
    _draw(f'<div class="fp-card">{title}</div><div class="fp-body" dir="auto"{scrolled}>{body}</div>')


def sentiment_bars(row: MentionRow) -> None:
    """The three probabilities as bars, with figures."""
    rows = (("negative", row.p_negative), ("neutral", row.p_neutral), ("positive", row.p_positive))
    cells = "".join(
        f'<span>{text.html(words.sentiment(name))}</span><span class="bar" role="img" aria-label="{text.html(i18n.share(p))}">'
        f'<i style="width:{100 * (p or 0):.1f}%;background:{theme.SENTIMENT_COLOUR[name]}"></i></span>'
        f"<span>{text.html(i18n.share(p))}</span>"
        for name, p in rows
    )
    _draw(cells, "fp fp-bars")


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values; a value may be text or `Link`."""
    cells = "".join(
        f"<dt>{text.html(name)}</dt><dd>{value.html() if isinstance(value, Link) else text.html(value)}</dd>"
        for name, value in pairs
        if value not in (None, "")
    )
    _draw(f'<dl class="fp-facts">{cells}</dl>')


@dataclass(frozen=True)
class Link:
    """A link to somewhere else. An address that is not plain http(s) shows as text."""

    words: str
    url: str | None

    def html(self) -> str:
        href = text.link(self.url)
        label = text.html(self.words, 120)
        if href is None:
            return label
        return f'<a href="{text.html(href)}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


@dataclass(frozen=True)
class PageLink:
    """A link to one of our pages, with its filters."""

    words: str
    page: str
    params: dict[str, list[str]]

    def html(self) -> str:
        query = urlencode(self.params, doseq=True)
        href = self.page + (f"?{query}" if query else "")
        return f'<a href="{text.html(href)}" target="_self">{text.html(self.words, 160)}</a>'


Cell = str | Link | PageLink | Figures | None


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, numeric: frozenset[int] = frozenset()) -> None:
    """A small table that becomes cards on a small screen. For long ones use `st.dataframe`."""
    head = "".join(
        f'<th scope="col" class="{"n" if index in numeric else ""}">{text.html(name)}</th>'
        for index, name in enumerate(columns)
    )
    lines = []
    for row in rows:
        cells = "".join(
            f'<td class="{"n" if index in numeric else ""}" data-name="{text.html(columns[index]) if index else ""}">'
            f"{_cell(value)}</td>"
            for index, value in enumerate(row)
        )
        lines.append(f"<tr>{cells}</tr>")
    _draw(f'<table class="fp-rows"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>')


def _cell(value: Cell) -> str:
    if isinstance(value, Link | PageLink):
        return value.html()
    if isinstance(value, Figures):
        return _split(value)
    return text.html(value, 400)


def _split(figures: Figures) -> str:
    """Negative, unsure, neutral and positive of what was read, as one bar."""
    if not figures.read:
        return text.html(t("nothing read"))
    shown = (
        ("negative", figures.negative),
        ("unsure", figures.unsure),
        ("neutral", figures.neutral),
        ("positive", figures.positive),
    )
    said = ", ".join(f"{words.sentiment(name)} {i18n.number(n)}" for name, n in shown)
    bars = "".join(
        f'<i class="{name}" style="width:{100 * n / figures.read:.2f}%'
        + (f";background:{theme.SENTIMENT_COLOUR[name]}" if name != "unsure" else "")
        + '"></i>'
        for name, n in shown
        if n
    )
    return f'<div class="fp-split" role="img" aria-label="{text.html(said)}" title="{text.html(said)}">{bars}</div>'


def log(entries: Sequence[LogEntry], say: Sequence[str]) -> None:
    """A case's log, newest first; `say` is each entry in words."""
    items = "".join(
        f'<li><time class="soft" datetime="{entry.at.isoformat()}" title="{text.html(i18n.exact(entry.at))}">'
        f'{text.html(i18n.moment(entry.at))}</time> <span class="soft">{text.html(entry.who, 60)}</span><br>'
        f"{text.html(sentence, 2000)}</li>"
        for entry, sentence in zip(entries, say, strict=True)
    )
    _draw(f'<ul class="fp-log">{items}</ul>')


def state(sentence: str, *, more: str = "") -> None:
    """A designed state: empty, learning, failed. Put its one button after it."""
    below = f'<p class="soft">{_prose(more)}</p>' if more else ""
    _draw(f'<p class="say">{text.html(sentence)}</p>{below}', "fp fp-state")


def case_line(case: CaseRecord, title: str, meta: Sequence[str], arithmetic: str) -> None:
    """A case in a list: level, what, the arithmetic, whose it is."""
    parts = "".join(f"<span>{text.html(part)}</span>" for part in meta)
    said = f'<p class="text">{text.html(arithmetic, 400)}</p>' if arithmetic else ""
    _draw(
        f'<p class="title">{level_badge(case.level)} {text.html(title, 160)}</p>{said}<div class="meta">{parts}</div>',
        "fp fp-card",
    )


@dataclass(frozen=True)
class ClockHand:
    """One of a case's times against its target."""

    name: str
    said: str
    late: bool = False
    done: bool = False


def clock(hands: Sequence[ClockHand]) -> None:
    """First mention, acknowledged, answered: how long each took or may still take."""
    cells = "".join(
        f'<div class="fp-tile{" late" if hand.late else ""}{" done" if hand.done else ""}">'
        f'<p class="name">{text.html(hand.name)}</p><p class="note">{text.html(hand.said)}</p></div>'
        for hand in hands
    )
    _draw(cells, "fp fp-tiles fp-clock")


def lead(sentence: str) -> None:
    """A paragraph of our own words, larger than text."""
    _draw(f'<p class="fp-lead">{text.html(sentence)}</p>')


@dataclass(frozen=True)
class Claim:
    """One thing said of a case, and the mentions that show it."""

    said: str
    mentions: tuple[PageLink, ...] = ()
    more: str = ""


def claims(items: Sequence[Claim]) -> None:
    """What marks the spike; each claim with links to its mentions."""
    lines = []
    for item in items:
        links = " ".join(link.html() for link in item.mentions)
        rest = f" {text.html(item.more)}" if item.more else ""
        lines.append(f'<li>{text.html(item.said, 600)} <span class="soft">{links}{rest}</span></li>')
    _draw(f'<ul class="fp-claims">{"".join(lines)}</ul>')


def named(name: str, sentence: str, note: str = "") -> None:
    """A thing of ours in a list: its name, what it does, a note."""
    below = f'<p class="meta">{_prose(note)}</p>' if note else ""
    _draw(
        f'<p class="title">{text.html(name, 200)}</p><p class="text">{_prose(sentence, 600)}</p>{below}',
        "fp fp-card",
    )


def source(record: SourceRecord, wrong: Sequence[str], health: Sequence[str], *, late: bool = False) -> None:
    """A source with its health in words; what is wrong and what to do stand on lines of their own. One that is `late`,
    which nobody asked when it was due, is not said to be heard."""
    kind, said = ("paused", t("long not asked")) if late else (str(record.status), words.status(str(record.status)))
    title = text.line(record.source.title or text.shown_address(record.source.url), 120)
    meta = [
        words.kind(record.source.kind),
        words.channel(record.source.channel),
        t(", ").join(record.brand_names) or t("all brands"),
    ]
    meta += [t("sample")] if record.sample else []
    loud = "".join(f'<p class="text">{text.html(part, 600)}</p>' for part in wrong)
    address = (
        f'<p class="soft small">{text.html(text.shown_address(record.source.url), 160)}</p>'
        if record.source.title
        else ""
    )
    _draw(
        f'<p class="title"><span class="fp-dot {text.html(kind)}">{text.html(said)}</span> {text.html(title)}</p>'
        f'{address}{loud}<p class="soft small">{" · ".join(text.html(part, 80) for part in meta)}</p>'
        f'<p class="soft small">{" · ".join(text.html(part, 200) for part in health)}</p>',
        "fp fp-card",
    )
